"""The exchange behind a link that can break."""

from __future__ import annotations

from datetime import datetime

from lottogrid.brokers.port import BrokerEvent, Connected, Disconnected, OrderNotSent
from lottogrid.brokers.simulated import (
    VenueCancel,
    VenueClose,
    VenueHistory,
    VenueOpen,
    VenuePlace,
    VenuePlaceCombo,
    VenueRequest,
    VenueSnapshot,
    VenueSubscribe,
)
from lottogrid.exchange.exchange import Exchange


class Venue:
    """An exchange, and whether its client hears it.

    While the link is down the exchange goes on: its events are lost, as a snapshot taken later shows what they were
    about. A request that finds no link does not reach the exchange; for an order that is said, the rest is silence.
    Driven like the exchange: a call, then `collect`, then one timer for `next_due`.
    """

    def __init__(self, exchange: Exchange, account: str = "SIMULATED") -> None:
        self.exchange = exchange
        """Whose session the driver starts, advances and closes."""
        self.generation = 0
        """Of the link opened last; goes with its events."""
        self.is_connected = False
        self._account = account
        self._ready: list[BrokerEvent] = []

    def handle(self, request: VenueRequest, now: datetime) -> None:
        """Act on a client's request."""
        self._hear(now)
        if isinstance(request, VenueOpen):
            self._open(request.generation, now)
        elif isinstance(request, VenueClose):
            self.is_connected = False
            self._ready.clear()
        elif self.is_connected:
            self._act(request, now)
        elif isinstance(request, VenuePlace):
            self._ready.append(OrderNotSent(request.order.ref, "not connected", now))
        elif isinstance(request, VenuePlaceCombo):
            self._ready += [OrderNotSent(leg.ref, "not connected", now) for leg in request.combo.legs]

    def drop_link(self, reason: str, now: datetime) -> None:
        """Break the link: what happened before is still heard, then that it broke, then nothing."""
        self._hear(now)
        if self.is_connected:
            self.is_connected = False
            self._ready.append(Disconnected(reason, now))

    def collect(self, now: datetime) -> list[BrokerEvent]:
        """Return what the client hears up to `now`, in order; each event once."""
        self._hear(now)
        events, self._ready = self._ready, []
        return events

    def next_due(self) -> datetime | None:
        """Return when `collect` is to be called next; None while nothing is under way."""
        return self.exchange.next_due()

    def _hear(self, now: datetime) -> None:
        events = self.exchange.collect(now)
        if self.is_connected:
            self._ready += events

    def _open(self, generation: int, now: datetime) -> None:
        self.generation, self.is_connected = generation, True
        self.exchange.subscribe(frozenset(), now)
        self._ready = [Connected(self._account, now)]

    def _act(self, request: VenueRequest, now: datetime) -> None:
        if isinstance(request, VenuePlace):
            self.exchange.place(request.order, now)
        elif isinstance(request, VenuePlaceCombo):
            self.exchange.place_combo(request.combo, now)
        elif isinstance(request, VenueCancel):
            self.exchange.cancel(request.ref, now)
        elif isinstance(request, VenueSnapshot):
            self._ready.append(self.exchange.snapshot(now))
        elif isinstance(request, VenueHistory):
            self._ready.append(self.exchange.history(now))
        elif isinstance(request, VenueSubscribe):
            self.exchange.subscribe(request.contracts, now)
