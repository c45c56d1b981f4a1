"""The world outside: an actor that plays the simulated exchange and the bars that move it. Nobody supervises it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from actors import messages as m
from actors.broker import Broker
from actors.runtime.actor import Actor
from actors.runtime.runtime import Timer
from lottogrid.brokers.simulated import SimulatedBroker
from lottogrid.exchange.venue import Venue
from lottogrid.market.bars import Bar
from lottogrid.market.sessions import Session

MINUTE = timedelta(minutes=1)


class Line:
    """Joins the venue to the port of the present broker incarnation."""

    def __init__(self) -> None:
        self.port: SimulatedBroker | None = None

    def connect(self, broker: Broker) -> SimulatedBroker:
        """Return a new port whose requests reach the venue while `broker` is heard."""
        self.port = SimulatedBroker(lambda request: broker.send(m.VENUE, request))
        return self.port


@dataclass(frozen=True, slots=True)
class BarDue:
    """A bar of the feed has ended."""


@dataclass(frozen=True, slots=True)
class EventsDue:
    """The exchange has something to say."""


@dataclass(frozen=True, slots=True)
class CloseDue:
    """The session is over."""


@dataclass(frozen=True, slots=True)
class DropLink:
    """Break the link to the client."""

    reason: str


@dataclass(frozen=True, slots=True)
class VenueView:
    """How far the feed has come."""

    session: Session | None
    bars_fed: int
    sessions_left: bool


class VenueActor(Actor):
    """Feeds the bars of the sessions at the instants at which they ended, and plays the exchange behind them.

    Bars that had ended when it starts are fed at once: the exchange passes over those that it saw in an earlier life.
    """

    def __init__(self, venue: Venue, sessions: Iterator[Session], line: Line) -> None:
        super().__init__()
        self._venue = venue
        self._sessions = sessions
        self._line = line
        self._session: Session | None = None
        self._bars: Iterator[Bar] = iter(())
        self._bar: Bar | None = None
        self._fed = 0
        self._timer: Timer | None = None

    def on_start(self) -> None:
        """Begin with the first session."""
        self._next_session()

    def on_receive(self, message: object) -> None:
        """Feed, act on a request, say what is due."""
        match message:
            case BarDue():
                self._feed()
            case CloseDue():
                self._venue.exchange.close_session(self.now())
                self._next_session()
            case EventsDue():
                pass
            case DropLink(reason=reason):
                self._venue.drop_link(reason, self.now())
            case _:
                self._venue.handle(message, self.now())  # type: ignore[arg-type]
        self._pump()

    def _next_session(self) -> None:
        self._session = next(self._sessions, None)
        if self._session is None:
            self._show()
            return
        self._venue.exchange.start_session(self._session.day)
        self._bars = iter(self._session.bars)
        self._bar = None
        self._fed = 0
        self._wait_for_next_bar()

    def _feed(self) -> None:
        if self._bar is not None:
            self._venue.exchange.advance(self._bar, self.now())
            self._fed += 1
        self._wait_for_next_bar()

    def _wait_for_next_bar(self) -> None:
        assert self._session is not None
        now = self.now()
        self._bar = next(self._bars, None)
        while self._bar is not None and self._bar.start + MINUTE < now:
            self._venue.exchange.advance(self._bar, now)
            self._fed += 1
            self._bar = next(self._bars, None)
        if self._bar is None:
            self.at(max(self._session.day.closes, now), CloseDue())
        else:
            self.at(self._bar.start + MINUTE, BarDue())
        self._show()

    def _pump(self) -> None:
        now = self.now()
        port = self._line.port
        for event in self._venue.collect(now):
            if port is not None:
                port.deliver(self._venue.generation, event)
        due = self._venue.next_due()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if due is not None:
            self._timer = self.at(max(due, now), EventsDue())

    def _show(self) -> None:
        self.publish(VenueView(self._session, self._fed, self._session is not None))
