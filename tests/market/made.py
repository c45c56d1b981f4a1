"""Days and bars for the tests of the market."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from lottogrid.calendar import Calendar, NoTrading, TradingDay
from lottogrid.clock import NEW_YORK
from lottogrid.market.bars import Bar
from lottogrid.risk.reasons import Reason

MINUTE = timedelta(minutes=1)
TICK = Decimal("0.25")
MONDAY = date(2025, 3, 3)


def trading_day(on: date, closes: time = time(16, 0)) -> TradingDay:
    """Return the session of `on` from 09:30 to `closes`, New York time."""
    opens, ends = (datetime.combine(on, at, tzinfo=NEW_YORK).astimezone(UTC) for at in (time(9, 30), closes))
    return TradingDay(
        date=on,
        opens=opens,
        last_entry=ends - 15 * MINUTE,
        flatten=ends - 2 * MINUTE,
        closes=ends,
        is_half_day=closes < time(16, 0),
    )


def trading_days(count: int, start: date = MONDAY) -> list[TradingDay]:
    """Return the sessions of `count` weekdays from `start` on."""
    dates = (start + timedelta(days=number) for number in range(2 * count + 7))
    return [trading_day(on) for on in dates if on.weekday() < 5][:count]


class Weekdays(Calendar):
    """A calendar of weekdays, with half days and holidays as told."""

    def __init__(self, half: frozenset[date] = frozenset(), closed: frozenset[date] = frozenset()) -> None:
        self.half = half
        self.closed = closed

    def day(self, on: date, contract_close: datetime | None = None) -> TradingDay | NoTrading:
        if on in self.closed or on.weekday() >= 5:
            return NoTrading(date=on, reason=Reason.MARKET_CLOSED, detail="a holiday")
        return trading_day(on, time(13, 0) if on in self.half else time(16, 0))


def flat_bar(start: datetime, price: str = "6000") -> Bar:
    """Return a bar at `start` that stands still at `price`."""
    return Bar(start, *(Decimal(price),) * 4)


def minutes(begin: datetime, end: datetime) -> list[Bar]:
    """Return a flat bar for each minute from `begin` to before `end`."""
    return [flat_bar(begin + number * MINUTE) for number in range((end - begin) // MINUTE)]


def whole_session(day: TradingDay) -> list[Bar]:
    """Return flat bars for the minutes of `day` and the two hours before it."""
    return minutes(day.opens - 120 * MINUTE, day.closes)
