"""Moves the exchange through a day: a bar at each minute's end, then the close."""

from __future__ import annotations

from datetime import datetime, timedelta

from lottogrid.brokers.port import BrokerEvent
from lottogrid.exchange.exchange import Exchange
from lottogrid.market.bars import Bar
from lottogrid.market.sessions import Session

MINUTE = timedelta(minutes=1)


class Driver:
    """Feeds one session's bars as their minutes end. Bars that ended before the start are fed at once."""

    def __init__(self, exchange: Exchange, session: Session) -> None:
        self.session = session
        self._exchange = exchange
        self._fed = 0
        self.is_closed = False
        """Whether the session is over and settled."""
        exchange.start_session(session.day)

    @property
    def bars(self) -> tuple[Bar, ...]:
        """The bars that have ended, oldest first."""
        return self.session.bars[: self._fed]

    def advance(self, now: datetime) -> list[BrokerEvent]:
        """Go on to `now` (aware) and return what happened, in order; each event once."""
        events: list[BrokerEvent] = []
        while (end := self._next_bar_end()) is not None and end <= now:
            events += self._exchange.collect(end)
            self._exchange.advance(self.session.bars[self._fed], end)
            self._fed += 1
        if not self.is_closed and now >= self.session.day.closes:
            self._exchange.close_session(now)
            self.is_closed = True
        return events + self._exchange.collect(now)

    def next_due(self) -> datetime | None:
        """Return when `advance` will have something to do; None when the day is over and nothing is under way."""
        closes = None if self.is_closed else self.session.day.closes
        times = (self._exchange.next_due(), self._next_bar_end(), closes)
        return min((at for at in times if at is not None), default=None)

    def _next_bar_end(self) -> datetime | None:
        bars = self.session.bars
        return bars[self._fed].start + MINUTE if self._fed < len(bars) else None
