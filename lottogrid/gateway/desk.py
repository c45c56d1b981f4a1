"""The order desk: takes orders in for all clients, keeps those that must wait, and follows the rest at the exchange."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from lottogrid.brokers.port import (
    BrokerEvent,
    CancelRefused,
    Commissioned,
    Executed,
    OrderAcknowledged,
    OrderCancelled,
    OrderExpired,
    OrderRejected,
)
from lottogrid.gateway import codes
from lottogrid.gateway.fills import Fill, FutureFill
from lottogrid.gateway.floor import Floor, refs
from lottogrid.gateway.tickets import Status, Terms, Ticket, Tickets
from lottogrid.orders import OrderState

_OCA_REDUCES = 3
"""The type of one-cancels-all group whose members shrink by what another one trades."""
_FINAL_STATES = {
    OrderState.FILLED: Status.FILLED,
    OrderState.REJECTED: Status.INACTIVE,
    OrderState.EXPIRED: Status.CANCELLED,
}


class Listener(Protocol):
    """Who is told what becomes of orders."""

    def changed(self, ticket: Ticket) -> None:
        """Tell where an order stands."""
        ...

    def failed(self, ticket: Ticket, code: int, text: str) -> None:
        """Tell that something about an order went wrong."""
        ...

    def executed(self, ticket: Ticket, execution: Fill) -> None:
        """Tell of a fill."""
        ...

    def charged(self, ticket: Ticket, fill: Fill, commission: Decimal) -> None:
        """Tell what a fill cost, dollars."""
        ...


class Desk:
    """Matches clients' orders with the exchange's. Single-threaded; moves only when called.

    The exchange knows neither modifications, stops, families nor combos. Here a modification is a cancellation and a
    new order for what is left; a stop or a child waits until its turn comes; a combo is sent leg by leg once the legs'
    quotes together meet its price.
    """

    def __init__(self, floor: Floor, tickets: Tickets, listener: Listener, now: Callable[[], datetime]) -> None:
        self._floor = floor
        self._tickets = tickets
        self._listener = listener
        self._now = now

    def place(self, ticket: Ticket) -> None:
        """Take a new order in, checked before."""
        self._tickets.keep(ticket)
        if ticket.is_transmitted:
            self._transmit_family(ticket)
        self._listener.changed(ticket)
        self.look()

    def modify(self, ticket: Ticket, terms: Terms) -> None:
        """Give a living order new terms; where the exchange has it, it is first taken back."""
        if ticket.is_out:
            is_under_way, ticket.wanted = ticket.wanted is not None, terms
            self._tickets.keep(ticket)
            if not is_under_way:
                self._floor.take_back(ticket)
            return
        ticket.terms = terms
        self._set(ticket, ticket.status)
        self.look()

    def cancel(self, ticket: Ticket) -> None:
        """End a living order; where the exchange has it, once the exchange says so."""
        if not ticket.is_out:
            self._end(ticket, Status.CANCELLED)
        elif ticket.wanted is not None:
            ticket.wanted = None
            self._tickets.keep(ticket)
        else:
            self._floor.take_back(ticket)

    def look(self) -> None:
        """Send out whatever has waited long enough: to be called when something has happened, or quotes have moved."""
        for ticket in self._tickets.living():
            if not ticket.is_out and self._floor.takes(ticket):
                ticket.is_out = True
                if ticket.status is not Status.SUBMITTED:
                    ticket.status = Status.PENDING
                self._tickets.keep(ticket)
                self._floor.send(ticket)

    def hear(self, event: BrokerEvent | FutureFill) -> None:
        """Take in what the exchange says of an order; other events are ignored."""
        match event:
            case OrderAcknowledged(ref=ref):
                self._with(ref, self._acknowledged)
            case OrderRejected(ref=ref, reason=reason):
                self._with(ref, lambda ticket: self._rejected(ticket, reason))
            case OrderCancelled(ref=ref):
                self._with(ref, self._taken_back)
            case OrderExpired(ref=ref):
                self._with(ref, lambda ticket: self._end(ticket, Status.CANCELLED))
            case CancelRefused(ref=ref):
                self._not_taken_back(ref)
            case Executed(execution=fill):
                self._executed(fill)
            case FutureFill(exec_id=exec_id, commission=dollars):
                self._executed(event)
                self._charged(exec_id, dollars)
            case Commissioned(exec_id=exec_id, commission=dollars):
                self._charged(exec_id, dollars)
            case _:
                pass

    def expire(self) -> None:
        """End what waits here after the end of its session."""
        for ticket in self._tickets.living():
            if not ticket.is_out and self._floor.has_ended(ticket):
                self._end(ticket, Status.CANCELLED)

    def take_up(self) -> None:
        """Bring the tickets to where the exchange has its orders: a process may have died."""
        states = self._floor.states()
        for ticket in self._tickets.living():
            state = _state_of(ticket, states)
            if not ticket.is_out or state is None:
                continue
            if ticket.legs:
                ticket.filled, ticket.worth = self._floor.combos(ticket)
            else:
                fills = self._floor.fills(ticket)
                ticket.filled = sum(fill.quantity for fill in fills)
                ticket.worth = sum((fill.price * fill.quantity for fill in fills), Decimal(0))
            self._tickets.keep(ticket)
            if state is OrderState.CANCELLED:
                self._taken_back(ticket)
            elif state in _FINAL_STATES:
                self._end(ticket, _FINAL_STATES[state])

    def _with(self, ref: str, act: Callable[[Ticket], None]) -> None:
        """Do something to the living order whose present revision the exchange calls `ref`."""
        ticket = self._tickets.of_exchange(ref)
        if ticket is not None and not ticket.status.is_final and ticket.is_present(ref):
            act(ticket)

    def _acknowledged(self, ticket: Ticket) -> None:
        self._set(ticket, Status.SUBMITTED)

    def _rejected(self, ticket: Ticket, reason: str) -> None:
        ticket.reason = reason
        self._end(ticket, Status.INACTIVE)
        if ticket.legs:
            self._floor.take_back(ticket)

    def _taken_back(self, ticket: Ticket) -> None:
        if ticket.wanted is None:
            self._end(ticket, Status.CANCELLED)
            return
        ticket.terms, ticket.wanted = ticket.wanted, None
        if ticket.remaining <= 0:
            self._end(ticket, Status.FILLED)
            return
        ticket.revision += 1
        ticket.is_out = False
        self.look()

    def _not_taken_back(self, ref: str) -> None:
        ticket = self._tickets.of_exchange(ref)
        if ticket is None or ticket.legs:
            return
        if ticket.wanted is not None:
            ticket.wanted = None
            self._tickets.keep(ticket)
            self._listener.failed(ticket, codes.MODIFY_FILLED, "Cannot modify a filled order")
        elif ticket.status.is_final:
            self._listener.failed(ticket, codes.NOT_CANCELLABLE, codes.not_cancellable(ticket))

    def _executed(self, fill: Fill) -> None:
        ticket = self._tickets.of_exchange(fill.order_ref)
        if ticket is None:
            return
        before = ticket.filled
        if ticket.legs:
            ticket.filled, worth = self._floor.combos(ticket)
            ticket.worth = worth if ticket.filled > before else ticket.worth
            ticket.last_price = ticket.average_price
        else:
            ticket.filled += fill.quantity
            ticket.worth += fill.price * fill.quantity
            ticket.last_price = fill.price
        self._tickets.keep(ticket)
        self._listener.executed(ticket, fill)
        if ticket.filled > before:
            self._filled(ticket)

    def _filled(self, ticket: Ticket) -> None:
        if ticket.remaining <= 0:
            self._end(ticket, Status.FILLED)
        else:
            self._listener.changed(ticket)
        if ticket.oca_group:
            self._shrink_group(ticket)

    def _charged(self, exec_id: str, dollars: Decimal) -> None:
        fill = self._floor.fill(exec_id)
        ticket = None if fill is None else self._tickets.of_exchange(fill.order_ref)
        if fill is not None and ticket is not None:
            self._listener.charged(ticket, fill, dollars)

    def _transmit_family(self, ticket: Ticket) -> None:
        """Let a transmitted order take the parent and the siblings along that were held back for it."""
        for other in self._tickets.living():
            is_family = ticket.parent_id and ticket.parent_id in {other.parent_id, other.order_id}
            if is_family and other.client_id == ticket.client_id and not other.is_transmitted:
                other.is_transmitted = True
                self._tickets.keep(other)

    def _shrink_group(self, ticket: Ticket) -> None:
        """Cancel the others of a one-cancels-all group, or let them shrink by what has traded."""
        for other in self._tickets.living():
            if other is ticket or (other.client_id, other.oca_group) != (ticket.client_id, ticket.oca_group):
                continue
            left = other.terms.quantity - ticket.filled
            if other.oca_type == _OCA_REDUCES and ticket.remaining > 0 and left > other.filled:
                self.modify(other, replace(other.terms, quantity=left))
            else:
                self.cancel(other)

    def _end(self, ticket: Ticket, status: Status) -> None:
        ticket.ended_at = self._now()
        self._set(ticket, status)
        for child in self._tickets.living() if status is not Status.FILLED and ticket.order_id else ():
            if (child.client_id, child.parent_id) == (ticket.client_id, ticket.order_id):
                self.cancel(child)
        self.look()

    def _set(self, ticket: Ticket, status: Status) -> None:
        ticket.status = status
        self._tickets.keep(ticket)
        self._listener.changed(ticket)


def _state_of(ticket: Ticket, states: Mapping[str, OrderState]) -> OrderState | None:
    """Return how an order stands at the exchange; None where it is not there.

    The legs of a combo end together: one that has ended without having been filled speaks for all.
    """
    found = [states[ref] for ref in refs(ticket) if ref in states]
    return next((state for state in found if state is not OrderState.FILLED), found[0] if found else None)
