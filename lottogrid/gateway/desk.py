"""The order desk: takes orders in for all clients, keeps those that must wait, and sends the rest to the exchange."""

from __future__ import annotations

from collections.abc import Callable
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
from lottogrid.exchange.exchange import Exchange
from lottogrid.gateway import codes
from lottogrid.gateway.tickets import Status, Terms, Ticket, Tickets, legs_of
from lottogrid.gateway.world import World
from lottogrid.market.contracts import OptionContract
from lottogrid.orders import Execution, OrderIntent, OrderState, OrderType, Purpose, Side

OCA_REDUCES = 3
"""The OCA type that reduces the others instead of cancelling them."""
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

    def executed(self, ticket: Ticket, execution: Execution) -> None:
        """Tell of a fill."""
        ...

    def charged(self, ticket: Ticket, fill: Execution, commission: Decimal) -> None:
        """Tell what a fill cost, dollars."""
        ...


class Desk:
    """Matches clients' orders with the exchange's. Single-threaded; moves only when called.

    The exchange knows neither modifications, stops, families nor combos. Here a modification is a cancellation and a
    new order for what is left; a stop or a child waits until its turn comes; a combo is sent leg by leg once the legs'
    quotes together meet its price.
    """

    def __init__(
        self, exchange: Exchange, world: World, tickets: Tickets, listener: Listener, now: Callable[[], datetime]
    ) -> None:
        self.tickets = tickets
        self._exchange = exchange
        self._world = world
        self._listener = listener
        self._now = now

    def place(self, ticket: Ticket) -> None:
        """Take a new order in, checked before."""
        self._keep(ticket)
        if ticket.is_transmitted:
            self._transmit_family(ticket)
        self._listener.changed(ticket)
        self.look()

    def modify(self, ticket: Ticket, terms: Terms) -> None:
        """Give a living order new terms; where the exchange has it, it is first taken back."""
        if not ticket.is_out:
            ticket.terms = terms
            self._keep(ticket)
            self._listener.changed(ticket)
            self.look()
            return
        is_pending = ticket.wanted is not None
        ticket.wanted = terms
        self._keep(ticket)
        if not is_pending:
            self._take_back(ticket)

    def cancel(self, ticket: Ticket) -> None:
        """End a living order; where the exchange has it, once the exchange says so."""
        if not ticket.is_out:
            self._end(ticket, Status.CANCELLED)
            return
        if ticket.wanted is not None:
            ticket.wanted = None
            self._keep(ticket)
            return
        self._take_back(ticket)

    def look(self) -> None:
        """Send out whatever has waited long enough: to be called when something has happened, or quotes have moved."""
        for ticket in self.tickets.living():
            if not ticket.is_out and self._may_go(ticket):
                self._send(ticket)

    def hear(self, event: BrokerEvent) -> None:
        """Take in what the exchange says of an order; other events are ignored."""
        match event:
            case OrderAcknowledged(ref=ref):
                self._acknowledged(ref)
            case OrderRejected(ref=ref, reason=reason):
                self._rejected(ref, reason)
            case OrderCancelled(ref=ref):
                self._taken_back(ref)
            case OrderExpired(ref=ref):
                self._expired(ref)
            case CancelRefused(ref=ref):
                self._not_taken_back(ref)
            case Executed(execution=execution):
                self._executed(execution)
            case Commissioned(exec_id=exec_id, commission=commission):
                self._charged(exec_id, commission)
            case _:
                pass

    def take_up(self) -> None:
        """Bring the orders that were at the exchange to where it has them: a process may have died in between."""
        orders = {order.ref: order for order in self._exchange.snapshot(self._now()).orders}
        for ticket in self.tickets.living():
            order = orders.get(ticket.exchange_ref)
            if not ticket.is_out or order is None:
                continue
            fills = self._fills_of(ticket)
            ticket.filled = sum(fill.quantity for fill in fills)
            ticket.worth = sum((fill.price * fill.quantity for fill in fills), Decimal(0))
            if order.state is OrderState.CANCELLED:
                self._taken_back(order.ref)
            elif order.state.is_final:
                self._end(ticket, _FINAL_STATES[order.state])
            self._keep(ticket)

    def expire(self) -> None:
        """End what waits here at the end of the session."""
        for ticket in self.tickets.living():
            if not ticket.is_out and ticket.terms.tif == "DAY":
                self._end(ticket, Status.CANCELLED)

    def _acknowledged(self, ref: str) -> None:
        ticket = self.tickets.of_exchange(ref)
        if ticket is not None and ticket.status is not Status.SUBMITTED:
            self._set(ticket, Status.SUBMITTED)
        elif ticket is not None and ticket.revision and not ticket.legs:
            self._listener.changed(ticket)

    def _rejected(self, ref: str, reason: str) -> None:
        ticket = self.tickets.of_exchange(ref)
        if ticket is None or ticket.status.is_final:
            return
        ticket.reason = reason
        self._end(ticket, Status.INACTIVE)

    def _taken_back(self, ref: str) -> None:
        ticket = self.tickets.of_exchange(ref)
        if ticket is None or ticket.status.is_final:
            return
        if ticket.wanted is None:
            self._end(ticket, Status.CANCELLED)
            return
        ticket.terms, ticket.wanted = ticket.wanted, None
        if ticket.remaining <= 0:
            self._end(ticket, Status.FILLED if ticket.filled else Status.CANCELLED)
        else:
            ticket.revision += 1
            self._send(ticket)

    def _not_taken_back(self, ref: str) -> None:
        ticket = self.tickets.of_exchange(ref)
        if ticket is None:
            return
        if ticket.wanted is not None:
            ticket.wanted = None
            self._keep(ticket)
            self._listener.failed(ticket, codes.MODIFY_FILLED, "Cannot modify a filled order")
        elif ticket.status.is_final:
            self._listener.failed(ticket, codes.NOT_CANCELLABLE, codes.not_cancellable(ticket))

    def _expired(self, ref: str) -> None:
        ticket = self.tickets.of_exchange(ref)
        if ticket is not None and not ticket.status.is_final:
            ticket.wanted = None
            self._end(ticket, Status.CANCELLED)

    def _executed(self, execution: Execution) -> None:
        ticket = self.tickets.of_exchange(execution.order_ref)
        if ticket is None:
            return
        if ticket.legs:
            self._leg_executed(ticket, execution)
            return
        ticket.filled += execution.quantity
        ticket.worth += execution.price * execution.quantity
        ticket.last_price = execution.price
        self._keep(ticket)
        self._listener.executed(ticket, execution)
        if ticket.remaining <= 0:
            self._end(ticket, Status.FILLED)
        else:
            self._set(ticket, Status.SUBMITTED)
        self._fill_group(ticket)

    def _leg_executed(self, ticket: Ticket, execution: Execution) -> None:
        """Tell of a leg's fill; a combo is filled as often as its slowest leg."""
        self._listener.executed(ticket, execution)
        fills = self._fills_of(ticket)
        combos, worth = [], Decimal(0)
        for leg in legs_of(ticket):
            option = self._world.by_id[leg.con_id].option
            own = [fill for fill in fills if fill.contract == option]
            combos.append(sum(fill.quantity for fill in own) // leg.ratio)
            sign = 1 if leg.side is Side.BUY else -1
            worth += sign * sum((fill.price * fill.quantity for fill in own), Decimal(0))
        if min(combos) > ticket.filled:
            ticket.filled, ticket.worth = min(combos), worth
            ticket.last_price = ticket.average_price
            self._keep(ticket)
            if ticket.remaining <= 0:
                self._end(ticket, Status.FILLED)
            else:
                self._set(ticket, Status.SUBMITTED)

    def _fills(self) -> tuple[Execution, ...]:
        return self._exchange.snapshot(self._now()).executions

    def _fills_of(self, ticket: Ticket) -> list[Execution]:
        return [fill for fill in self._fills() if self.tickets.of_exchange(fill.order_ref) is ticket]

    def _charged(self, exec_id: str, commission: Decimal) -> None:
        for execution in reversed(self._fills()):
            if execution.exec_id == exec_id:
                ticket = self.tickets.of_exchange(execution.order_ref)
                if ticket is not None:
                    self._listener.charged(ticket, execution, commission)
                return

    def _may_go(self, ticket: Ticket) -> bool:
        if not ticket.is_transmitted:
            return False
        parent = self.tickets.of(ticket.client_id, ticket.parent_id) if ticket.parent_id else None
        if parent is not None and parent.status is not Status.FILLED:
            return False
        if ticket.is_stop:
            ticket.is_triggered = self._stop_reached(ticket)
            return ticket.is_triggered
        return not ticket.legs or self._combo_price(ticket) is not None

    def _stop_reached(self, ticket: Ticket) -> bool:
        stop, option = ticket.terms.stop, ticket.option
        quote = self._exchange.quote(option, self._now()) if option is not None else None
        if quote is None or stop is None:
            return False
        if ticket.side is Side.BUY:
            return quote.ask is not None and quote.ask >= stop
        return quote.bid is None or quote.bid <= stop

    def _combo_price(self, ticket: Ticket) -> list[tuple[OptionContract, Decimal]] | None:
        """Return the legs' prices where together they meet the combo's, else None."""
        prices, total = [], Decimal(0)
        for leg in legs_of(ticket):
            option = self._world.by_id[leg.con_id].option
            quote = self._exchange.quote(option, self._now()) if option is not None else None
            side = leg_side(leg.side, ticket.side)
            price = None if quote is None else quote.ask if side is Side.BUY else quote.bid
            if option is None or price is None:
                return None
            prices.append((option, price))
            total += price * leg.ratio * (1 if side is Side.BUY else -1)
        limit = ticket.terms.limit
        most = limit if ticket.side is Side.BUY or limit is None else -limit
        return prices if most is None or total <= most else None

    def _send(self, ticket: Ticket) -> None:
        ticket.is_out = True
        if ticket.status is not Status.SUBMITTED:
            ticket.status = Status.PENDING
        self._keep(ticket)
        for intent in self._intents(ticket):
            self._exchange.place(intent, self._now())

    def _intents(self, ticket: Ticket) -> list[OrderIntent]:
        if ticket.option is not None:
            is_market = ticket.order_type in {"MKT", "STP"}
            limit = None if is_market else ticket.terms.limit
            return [self._intent(ticket, ticket.exchange_ref, ticket.option, ticket.side, ticket.remaining, limit)]
        prices = self._combo_price(ticket) or []
        return [
            self._intent(
                ticket,
                f"{ticket.exchange_ref}-{number}",
                option,
                leg_side(leg.side, ticket.side),
                ticket.remaining * leg.ratio,
                price,
            )
            for number, (leg, (option, price)) in enumerate(zip(legs_of(ticket), prices, strict=True), start=1)
        ]

    def _intent(
        self, ticket: Ticket, ref: str, option: OptionContract, side: Side, quantity: int, limit: Decimal | None
    ) -> OrderIntent:
        return OrderIntent(
            ref=ref,
            position_id=str(ticket.perm_id),
            leg=0,
            contract=option,
            side=side,
            quantity=quantity,
            order_type=OrderType.MARKET if limit is None else OrderType.LIMIT,
            limit_price=limit,
            purpose=Purpose.ENTRY if side is Side.BUY else Purpose.EXIT,
            created_at=self._now(),
        )

    def _take_back(self, ticket: Ticket) -> None:
        numbers = range(1, len(legs_of(ticket)) + 1)
        for ref in [f"{ticket.exchange_ref}-{number}" for number in numbers] or [ticket.exchange_ref]:
            self._exchange.cancel(ref, self._now())

    def _transmit_family(self, ticket: Ticket) -> None:
        """Let a transmitted order take the parent and the siblings along that were held back for it."""
        for other in self.tickets.living():
            is_family = ticket.parent_id and ticket.parent_id in {other.parent_id, other.order_id}
            if is_family and other.client_id == ticket.client_id and not other.is_transmitted:
                other.is_transmitted = True
                self._keep(other)

    def _fill_group(self, ticket: Ticket) -> None:
        """Cancel the others of a one-cancels-all group, or let them shrink."""
        if not ticket.oca_group:
            return
        for other in self.tickets.living():
            if other is ticket or (other.client_id, other.oca_group) != (ticket.client_id, ticket.oca_group):
                continue
            left = other.terms.quantity - ticket.filled
            if other.oca_type == OCA_REDUCES and ticket.remaining > 0 and left > other.filled:
                self.modify(other, replace(other.terms, quantity=left))
            else:
                self.cancel(other)

    def _end(self, ticket: Ticket, status: Status) -> None:
        ticket.ended_at = self._now()
        self._set(ticket, status)
        if status is not Status.FILLED:
            for child in self.tickets.living():
                if child.client_id == ticket.client_id and child.parent_id == ticket.order_id and ticket.order_id:
                    self.cancel(child)
        self.look()

    def _set(self, ticket: Ticket, status: Status) -> None:
        ticket.status = status
        self._keep(ticket)
        self._listener.changed(ticket)

    def _keep(self, ticket: Ticket) -> None:
        self.tickets.keep(ticket)


def leg_side(leg: Side, combo: Side) -> Side:
    """Return which way a leg trades when its combo is bought or sold: selling turns every leg round."""
    return Side.BUY if leg is combo else Side.SELL
