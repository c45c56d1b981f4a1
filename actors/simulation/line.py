"""The line between the bot and its broker: late, lossy, repeating itself, cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from actors import messages as m
from actors.broker import Broker
from actors.runtime.actor import Actor
from actors.runtime.stepped import SteppedRuntime
from actors.simulation.clock import SkewedClock
from actors.simulation.spoiled import spoil
from actors.venue import Line
from lottogrid.brokers import port as p
from lottogrid.brokers.port import BrokerEvent
from lottogrid.brokers.simulated import (
    SimulatedBroker,
    VenueClose,
    VenueOpen,
    VenuePlace,
    VenuePlaceCombo,
    VenueRequest,
    VenueSnapshot,
)
from lottogrid.market.contracts import OptionContract

WIRE = "wire"
_CALLBACKS = (p.OrderAcknowledged, p.OrderCancelled, p.OrderRejected, p.OrderExpired, p.CancelRefused, p.Executed)
"""What the broker says of orders by itself, and what a client must find out about where it is lost."""
_ORDER_KINDS = (*_CALLBACKS, p.Commissioned)
_AT_ONCE = timedelta(0)
_LOST, _TWICE, _REORDERED, _CROSSED = 0.6, 0.7, 0.6, 0.3
"""How often it strikes what passes while it is in force."""
_SNAPSHOT_TAKES = 2.0
"""Seconds that a snapshot is under way at most, on the best of days."""
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event reaches the bot's end of the line."""

    port: FaultyPort
    generation: int
    event: BrokerEvent


@dataclass(frozen=True, slots=True)
class Departure:
    """A request reaches the broker's end."""

    request: VenueRequest


class Wire(Actor):
    """What is on its way. Lives in the world, not in the process."""

    def on_receive(self, message: object) -> None:
        """Hand over what has arrived."""
        match message:
            case Arrival(port=port, generation=generation, event=event):
                port.arrive(generation, event)
            case Departure(request=request):
                self.send(m.VENUE, request)


class FaultyPort(SimulatedBroker):
    """A port whose words go over the line."""

    def __init__(self, line: FaultyLine, broker: Broker, last_generation: int) -> None:
        super().__init__(lambda request: line.take(self, request), last_generation)
        self.broker = broker
        self._line = line

    @property
    def last_generation(self) -> int:
        """The number of the link opened last."""
        return self._generation

    def deliver(self, generation: int, event: BrokerEvent) -> None:
        """Put what the venue says on the line."""
        self._line.carry(self, generation, event)

    def arrive(self, generation: int, event: BrokerEvent) -> None:
        """Hand over what came out of the line."""
        event = self._line.stamped(event)
        self._line.note_heard(event)
        super().deliver(generation, event)


class FaultyLine(Line):
    """Joins venue and port, and does to what passes whatever is in force.

    Requests keep their order, as on one connection; what is on its way when the link breaks is lost. Events may be
    delayed one by one, so that they overtake each other.
    """

    port: FaultyPort | None

    def __init__(
        self, world: SteppedRuntime, clock: SkewedClock, random: Random, struck: Callable[[str], None]
    ) -> None:
        super().__init__()
        self.habits: dict[str, datetime] = {}
        """Until when a class of faults is in force."""
        self.cut_until: datetime | None = None
        """Nothing passes either way, and nobody is told."""
        self.cut_by = "F15"
        """The class of faults that cut the line."""
        self.data_fault = 0
        """Which of the bad data comes while F34 is in force."""
        self.lose_requests = 0
        self.refuse_orders = 0
        self.bar_heard: datetime | None = None
        """End of the last bar that the bot was told of."""
        self.quotes_heard: dict[OptionContract, datetime] = {}
        self.connected_at: datetime | None = None
        self._world = world
        self._clock = clock
        self._random = random
        self._struck = struck
        self._generation = 0
        self._clear_at = clock.true.now()
        self._acknowledged_at: dict[str, datetime] = {}

    def connect(self, broker: Broker) -> FaultyPort:
        """Return a port for an incarnation of the broker actor, of this process or the next."""
        if self.port is not None:
            self._generation = max(self._generation, self.port.last_generation)
        self.port = FaultyPort(self, broker, self._generation)
        return self.port

    def hang_up(self) -> None:
        """The process is gone: its socket closes."""
        self.connected_at = None
        if self.port is not None:
            self._generation = max(self._generation, self.port.last_generation)
            self.port = None
            self._world.send(m.VENUE, VenueClose())

    def is_on(self, fault: str) -> bool:
        """Whether a class of faults is in force."""
        until = self.habits.get(fault)
        return until is not None and self._now() < until

    def heal(self) -> None:
        """End everything that is in force."""
        self.habits.clear()
        self.cut_until = None
        self.lose_requests = self.refuse_orders = 0

    @property
    def is_cut(self) -> bool:
        """Whether nothing passes."""
        return self.cut_until is not None and self._now() < self.cut_until

    def _now(self) -> datetime:
        return self._clock.true.now()

    # --- from the bot

    def take(self, port: FaultyPort, request: VenueRequest) -> None:
        """Carry a request, unless it is lost."""
        if port.broker.cell.fenced or port is not self.port:
            return
        if isinstance(request, VenueOpen):
            self.connected_at = None
        if self.is_cut:
            self._lost()
            return
        if self.refuse_orders and isinstance(request, (VenuePlace, VenuePlaceCombo)):
            self.refuse_orders -= 1
            self._struck("F22")
            for order in request.combo.legs if isinstance(request, VenuePlaceCombo) else (request.order,):
                refused = p.OrderNotSent(order.ref, "pacing: too many messages", self._clock.now())
                port.arrive(port.last_generation, refused)
            return
        if self.lose_requests and not isinstance(request, (VenueOpen, VenueClose)):
            self.lose_requests -= 1
            self._struck("F20")
            return
        is_order = isinstance(request, (VenuePlace, VenuePlaceCombo))
        if is_order and self.is_on("F31") and self._random.random() < _CROSSED:
            self._forward(VenueSnapshot())
        self._forward(request)

    def _forward(self, request: VenueRequest) -> None:
        if self._clear_at > self._now():
            self._world.schedule(self._clear_at, self._world.cells[WIRE], Departure(request))
        else:
            self._world.send(m.VENUE, request)

    def _lost(self) -> None:
        if self.cut_by == "F15":
            self._struck("F15")

    def clog(self, delay: timedelta) -> None:
        """Let no request through for `delay`; then they come in their order."""
        self._clear_at = self._now() + delay

    # --- to the bot

    def carry(self, port: FaultyPort, generation: int, event: BrokerEvent) -> None:
        """Carry an event, as what is in force allows."""
        if self.is_cut:
            self._lost()
            return
        for changed, delay in self._fate(event):
            if delay > timedelta(0):
                self._world.schedule(self._now() + delay, self._world.cells[WIRE], Arrival(port, generation, changed))
            else:
                port.arrive(generation, changed)

    def stamped(self, event: BrokerEvent) -> BrokerEvent:
        """The adapter stamps a snapshot with the machine's own clock, right or wrong."""
        if isinstance(event, p.BrokerSnapshot) and self._clock.error:
            return replace(event, taken_at=event.taken_at + self._clock.error)
        return event

    def note_heard(self, event: BrokerEvent) -> None:
        """Remember what the bot knows of the market, and since when it is connected."""
        match event:
            case p.BarClosed(bar=bar):
                self.bar_heard = bar.start + MINUTE
            case p.BarHistory(bars=bars) if bars:
                self.bar_heard = bars[-1].start + MINUTE
            case p.Quoted(quotes=quotes):
                for quote in quotes:
                    self.quotes_heard[quote.contract] = max(quote.at, self.quotes_heard.get(quote.contract, quote.at))
            case p.Connected():
                self.connected_at = self._now()
            case p.Disconnected():
                self.connected_at = None

    def _fate(self, event: BrokerEvent) -> Sequence[tuple[BrokerEvent, timedelta]]:
        """Return what of an event arrives, and how much later."""
        if isinstance(event, p.BrokerSnapshot):
            return self._snapshot(event)
        if not self.habits:
            return ((event, _AT_ONCE),)
        if self.is_on("F34") and isinstance(event, (p.BarClosed, p.Quoted)):
            return self._spoiled(event)
        if isinstance(event, _ORDER_KINDS) and (fate := self._order_fate(event)) is not None:
            return fate
        if self.is_on("F17") and not isinstance(event, (p.Connected, p.Disconnected)):
            return ((event, self._struck_by("F17", 0.5, 8)),)
        return ((event, _AT_ONCE),)

    def _snapshot(self, event: p.BrokerSnapshot) -> Sequence[tuple[BrokerEvent, timedelta]]:
        """Let it take its time; a stale one says that it is younger, by less than a message may be under way."""
        if self.is_on("F31"):
            late = self._struck_by("F31", 0.5, 4)
            return ((replace(event, taken_at=event.taken_at + late), late),)
        return ((event, timedelta(seconds=self._random.uniform(0, _SNAPSHOT_TAKES))),)

    def _spoiled(self, event: BrokerEvent) -> Sequence[tuple[BrokerEvent, timedelta]]:
        changed = spoil(event, self.data_fault)
        if changed is not event:
            self._struck("F34")
        return () if changed is None else ((changed, _AT_ONCE),)

    def _struck_by(self, fault: str, least: float, most: float) -> timedelta:
        """Count a strike and return a delay in seconds from `least` to `most`."""
        self._struck(fault)
        return timedelta(seconds=self._random.uniform(least, most))

    def _order_fate(self, event: BrokerEvent) -> Sequence[tuple[BrokerEvent, timedelta]] | None:
        chance = self._random.random
        if self.is_on("F32") and isinstance(event, p.Commissioned):
            return ((event, self._struck_by("F32", 5, 60)),)
        if self.is_on("F21") and isinstance(event, _CALLBACKS) and chance() < _LOST:
            self._struck("F21")
            return ()
        if self.is_on("F19") and chance() < _TWICE:
            return ((event, _AT_ONCE), (event, self._struck_by("F19", 0, 30)))
        if self.is_on("F18") and chance() < _REORDERED:
            return ((event, self._struck_by("F18", 0.1, 6)),)
        return self._behind_the_fill(event) if self.is_on("F25") else None

    def _behind_the_fill(self, event: BrokerEvent) -> Sequence[tuple[BrokerEvent, timedelta]] | None:
        """Hold acknowledgements back; it has struck where a fill passes one of them."""
        if isinstance(event, p.OrderAcknowledged):
            late = timedelta(seconds=self._random.uniform(1, 6))
            self._acknowledged_at[event.ref] = self._now() + late
            return ((event, late),)
        if isinstance(event, p.Executed):
            if self._acknowledged_at.get(event.execution.order_ref, self._now()) > self._now():
                self._struck("F25")
            return ((event, _AT_ONCE),)
        return None
