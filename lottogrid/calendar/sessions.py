"""The calendar: asks every source about a date and makes a trading day of what they agree on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from lottogrid.calendar.days import NoTrading, TradingDay
from lottogrid.calendar.sources import CME_EXCEPTIONS, FIRST_DATE, LAST_DATE, CmeException, nyse
from lottogrid.clock import NEW_YORK
from lottogrid.errors import BadInput
from lottogrid.risk.reasons import Reason

TOLERANCE = timedelta(minutes=5)
"""How far apart two sources may put the end of a day and still agree."""

_FULL_CLOSE = time(16, 0)
_SATURDAY = 5
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


class Session(Protocol):
    """The settings that shape a day: the window in New York time, and cut-offs in minutes before its end."""

    @property
    def market_open(self) -> time: ...  # noqa: D102
    @property
    def market_close(self) -> time: ...  # noqa: D102
    @property
    def last_entry_minutes(self) -> int: ...  # noqa: D102
    @property
    def flatten_minutes(self) -> int: ...  # noqa: D102


class Calendar:
    """Says of any date from 2016 to 2035 whether it is traded, and between which instants.

    Closures decreed after the installed `exchange_calendars` was published are unknown to it, which is why the
    contract's own last trade time is asked for too.
    """

    def __init__(self, session: Session, cme: Mapping[date, CmeException] = CME_EXCEPTIONS) -> None:
        self._session = session
        self._cme = cme

    def day(self, on: date, contract_close: datetime | None = None) -> TradingDay | NoTrading:
        """Return the session of `on`, or why there is none.

        Args:
            on: day in New York.
            contract_close: the option's last trade time as the broker gives it, aware; None where not known.

        Raises:
            BadInput: `on` lies outside the calendar, or `contract_close` has no offset.
        """
        if isinstance(on, datetime) or not FIRST_DATE <= on <= LAST_DATE:
            raise BadInput(f"calendar: expected a date from {FIRST_DATE} to {LAST_DATE}, found {on}; choose one in it")
        if contract_close is not None and contract_close.tzinfo is None:
            raise BadInput(f"contract close: expected a time with an offset, found {contract_close}; attach its zone")
        hours = nyse().sessions.get(on)
        if hours is None:
            return NoTrading(date=on, reason=Reason.MARKET_CLOSED, detail=self._why_closed(on))
        ends = self._ends(on, hours[1], contract_close)
        if max(ends.values()) - min(ends.values()) > TOLERANCE:
            detail = "end of the day: " + ", ".join(f"{source} {_new_york(end)}" for source, end in ends.items())
            return NoTrading(date=on, reason=Reason.CALENDAR_DISAGREES, detail=detail)
        return self._traded(on, hours, min(ends.values()))

    def next_day(self, after: date) -> TradingDay:
        """Return the first traded day after `after`; BadInput where the calendar ends before one."""
        return self._search(after, _DAY)

    def previous_day(self, before: date) -> TradingDay:
        """Return the last traded day before `before`; BadInput where the calendar begins after one."""
        return self._search(before, -_DAY)

    def _search(self, start: date, step: timedelta) -> TradingDay:
        on = start + step
        while not isinstance(day := self.day(on), TradingDay):
            on += step
        return day

    def _why_closed(self, on: date) -> str:
        if on.weekday() >= _SATURDAY:
            return f"{on:%A}"
        known = self._cme.get(on)
        return known.why if known else nyse().holidays.get(on, "NYSE closed")

    def _ends(self, on: date, nyse_close: datetime, contract_close: datetime | None) -> dict[str, datetime]:
        ends = {"NYSE": nyse_close}
        if contract_close is not None:
            ends["contract"] = contract_close.astimezone(UTC)
        cme = self._cme.get(on)
        if cme is not None:
            end = _instant(on, cme.ends or time(0))
            # Futures trade on after the cash market on every half day; only an end before the others' says anything.
            if end < min(ends.values()):
                ends[f"CME ({cme.why})"] = end
        return ends

    def _traded(self, on: date, hours: tuple[datetime, datetime], closes: datetime) -> TradingDay | NoTrading:
        session = self._session
        # The configured window bounds what the bot does; it does not move an option's expiry.
        window_end = min(closes, _instant(on, session.market_close))
        day = TradingDay(
            date=on,
            opens=max(hours[0], _instant(on, session.market_open)),
            last_entry=window_end - session.last_entry_minutes * _MINUTE,
            flatten=window_end - session.flatten_minutes * _MINUTE,
            closes=closes,
            is_half_day=hours[1] < _instant(on, _FULL_CLOSE),
        )
        if day.opens >= day.last_entry:
            detail = f"the window opens {_new_york(day.opens)}, the last entry is {_new_york(day.last_entry)}"
            return NoTrading(date=on, reason=Reason.AFTER_LAST_ENTRY, detail=detail)
        return day


def _instant(on: date, at: time) -> datetime:
    return datetime.combine(on, at, tzinfo=NEW_YORK).astimezone(UTC)


def _new_york(instant: datetime) -> str:
    return f"{instant.astimezone(NEW_YORK):%Y-%m-%d %H:%M} ET"
