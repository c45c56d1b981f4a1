"""The clock actor: turns time into messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from actors import messages as m
from actors.runtime.actor import Actor
from lottogrid.calendar import Calendar, NoTrading, TradingDay
from lottogrid.clock import new_york, to_utc, trading_date
from machines.session import SESSION, SessionState

LISTENERS = (m.BROKER, m.RISK, m.ENGINE, m.STRATEGIST, m.MARKET_DATA, m.POSITIONS)
PRE_OPEN = timedelta(minutes=120)
"""How long before the open the day begins to gather samples."""


@dataclass(frozen=True, slots=True)
class _Boundary:
    """A line of the timetable is due."""


@dataclass(frozen=True, slots=True)
class SessionView:
    """The session as it is shown."""

    state: SessionState
    since: datetime
    day: TradingDay | NoTrading
    next_day: TradingDay


class Clock(Actor):
    """Owns the day's timetable and the session machine.

    Publishes `SessionChanged` to those who trade, at each boundary, at midnight, at its own start and when asked. It
    never sleeps; a crash costs nothing, as the timetable follows from the calendar and the time.
    """

    def __init__(self, calendar: Calendar) -> None:
        super().__init__()
        self._calendar = calendar
        self._life = SESSION.life()
        self._since = self.now()
        self._today: date | None = None
        self._day: TradingDay | NoTrading
        self._next: TradingDay

    def on_start(self) -> None:
        """Find out what the hour allows, and say it."""
        self._move_on(tell=self.cell.generation > 1)  # at first those who listen are not there yet; they will ask

    def on_receive(self, message: object) -> None:
        """Move at a boundary; answer."""
        match message:
            case _Boundary():
                self._move_on()
            case m.TellSession(reply_to=reply_to):
                self.send(reply_to, self._told())

    def _move_on(self, *, tell: bool = True) -> None:
        now = self.now()
        today = trading_date(now)
        if today != self._today:
            self._begin(today)
        for instant, trigger in self._timetable():
            if instant <= now and self._life.can(trigger):
                self._life.fire(trigger)
                self._since = now
        for listener in LISTENERS if tell else ():
            self.send(listener, self._told())
        self.publish(SessionView(self._life.state, self._since, self._day, self._next))
        self.at(self._next_boundary(now), _Boundary())

    def _begin(self, today: date) -> None:
        self._today = today
        self._day = self._calendar.day(today)
        self._next = self._calendar.next_day(today)
        self._life = SESSION.life()

    def _timetable(self) -> list[tuple[datetime, str]]:
        if isinstance(self._day, NoTrading):
            return []
        day = self._day
        return [
            (day.opens - PRE_OPEN, "pre_open"),
            (day.opens, "open"),
            # an entry is allowed at the last minute itself
            (day.last_entry + timedelta(seconds=1), "last_entry"),
            (day.flatten, "flatten"),
            (day.closes, "expire"),
            (day.closes + timedelta(minutes=15), "close"),
        ]

    def _next_boundary(self, now: datetime) -> datetime:
        today = new_york(now).replace(hour=0, minute=0, second=0, microsecond=0)
        midnight = to_utc((today + timedelta(days=1)).replace(fold=0))
        return min([midnight, *(instant for instant, _ in self._timetable() if instant > now)])

    def _told(self) -> m.SessionChanged:
        assert self._today is not None
        return m.SessionChanged(self._life.state, self._day, self._today, self._next)
