"""The port to the simulated exchange: every call becomes a message, every answer comes back as one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lottogrid.brokers.port import BrokerEvent
from lottogrid.market.contracts import OptionContract
from lottogrid.orders import Combo, OrderIntent


@dataclass(frozen=True, slots=True)
class VenueOpen:
    """Open a link. Answers to an older link carry its generation and are no longer heard."""

    generation: int


@dataclass(frozen=True, slots=True)
class VenueClose:
    """Drop the link."""


@dataclass(frozen=True, slots=True)
class VenuePlace:
    """Send an order."""

    order: OrderIntent


@dataclass(frozen=True, slots=True)
class VenuePlaceCombo:
    """Send several orders as one."""

    combo: Combo


@dataclass(frozen=True, slots=True)
class VenueCancel:
    """Ask for the end of an order."""

    ref: str


@dataclass(frozen=True, slots=True)
class VenueSnapshot:
    """Ask for all the broker knows of the day."""


@dataclass(frozen=True, slots=True)
class VenueHistory:
    """Ask for the last two hours of bars."""


@dataclass(frozen=True, slots=True)
class VenueSubscribe:
    """Say which options are to be quoted from now on."""

    contracts: frozenset[OptionContract]


VenueRequest = (
    VenueOpen | VenueClose | VenuePlace | VenuePlaceCombo | VenueCancel | VenueSnapshot | VenueHistory | VenueSubscribe
)


class SimulatedBroker:
    """A `BrokerPort` in front of whoever holds the venue.

    Requests go to `post`, which must not block; the venue's holder hands events to `deliver`, from any thread, with
    the generation that the link was opened under. What belongs to another link is dropped; an event whose delivery
    has begun when the link is closed still arrives.
    """

    def __init__(self, post: Callable[[VenueRequest], None], last_generation: int = 0) -> None:
        """Begin after `last_generation`, so that a successor can tell its links from those before it."""
        self._post = post
        self._generation = last_generation
        self._link: tuple[int, Callable[[BrokerEvent], None]] | None = None

    def open(self, emit: Callable[[BrokerEvent], None]) -> None:
        """Open a link under the next generation; an older one is no longer heard."""
        self._generation += 1
        self._link = (self._generation, emit)
        self._post(VenueOpen(self._generation))

    def close(self) -> None:
        """Drop the link; no event follows."""
        self._link = None
        self._post(VenueClose())

    def place(self, order: OrderIntent) -> None:
        """Send an order. Its outcome is unknown until an event says otherwise."""
        self._post(VenuePlace(order))

    def place_combo(self, combo: Combo) -> None:
        """Send several orders as one; what comes of it is told of each of its legs."""
        self._post(VenuePlaceCombo(combo))

    def cancel(self, ref: str) -> None:
        """Ask for the end of an order."""
        self._post(VenueCancel(ref))

    def request_snapshot(self) -> None:
        """Ask for a `BrokerSnapshot`."""
        self._post(VenueSnapshot())

    def request_history(self) -> None:
        """Ask for a `BarHistory` of the last two hours."""
        self._post(VenueHistory())

    def subscribe(self, contracts: frozenset[OptionContract]) -> None:
        """Say which options are to be quoted from now on; newly named ones are quoted at once."""
        self._post(VenueSubscribe(contracts))

    def deliver(self, generation: int, event: BrokerEvent) -> None:
        """Hand on an event of the link opened under `generation`."""
        link = self._link
        if link is not None and link[0] == generation:
            link[1](event)
