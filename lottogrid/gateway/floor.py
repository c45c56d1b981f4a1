"""Between the desk and the exchange: which waiting orders may go out now, and as what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal

from lottogrid.exchange.exchange import Exchange
from lottogrid.gateway.tickets import Leg, Status, Ticket, Tickets, legs_of
from lottogrid.gateway.world import World
from lottogrid.market.contracts import OptionContract
from lottogrid.market.quotes import Quote
from lottogrid.orders import Execution, OrderIntent, OrderType, Purpose, Side


class Floor:
    """Reads quotes and sends orders; keeps nothing."""

    def __init__(self, exchange: Exchange, world: World, tickets: Tickets, now: Callable[[], datetime]) -> None:
        self._exchange = exchange
        self._world = world
        self._tickets = tickets
        self._now = now

    def takes(self, ticket: Ticket) -> bool:
        """Return whether a waiting order may go out: transmitted, its parent filled, its stop or combo price met."""
        if not ticket.is_transmitted:
            return False
        parent = self._tickets.of(ticket.client_id, ticket.parent_id) if ticket.parent_id else None
        if parent is not None and parent.status is not Status.FILLED:
            return False
        if ticket.is_stop:
            ticket.is_triggered = self._stop_reached(ticket)
            return ticket.is_triggered
        return not ticket.legs or self._combo_prices(ticket) is not None

    def send(self, ticket: Ticket) -> None:
        """Place what is left of an order at the exchange; a combo leg by leg, each at its side of the market."""
        now = self._now()
        if ticket.option is not None:
            limit = None if ticket.order_type in {"MKT", "STP"} else ticket.terms.limit
            sent = _intent(ticket, ticket.option, ticket.side, now, ref=ticket.exchange_ref, limit=limit)
            self._exchange.place(sent, now)
            return
        for ref, leg, (option, price) in zip(
            refs(ticket), legs_of(ticket), self._combo_prices(ticket) or (), strict=True
        ):
            side = leg_side(leg.side, ticket.side)
            self._exchange.place(_intent(ticket, option, side, now, ref=ref, limit=price, ratio=leg.ratio), now)

    def take_back(self, ticket: Ticket) -> None:
        """Ask the exchange for the end of an order."""
        for ref in refs(ticket):
            self._exchange.cancel(ref, self._now())

    def fills(self, ticket: Ticket) -> list[Execution]:
        """Return an order's fills, oldest first; those of a combo are of its legs."""
        executions = self._exchange.snapshot(self._now()).executions
        return [fill for fill in executions if self._tickets.of_exchange(fill.order_ref) is ticket]

    def fill(self, exec_id: str) -> Execution | None:
        """Return the fill that the exchange calls `exec_id`."""
        executions = self._exchange.snapshot(self._now()).executions
        return next((one for one in reversed(executions) if one.exec_id == exec_id), None)

    def combos(self, ticket: Ticket) -> tuple[int, Decimal]:
        """Return how often a combo is filled, which is as often as its slowest leg, and what it cost, points."""
        fills, whole, worth = self.fills(ticket), [], Decimal(0)
        for leg in legs_of(ticket):
            own = [fill for fill in fills if fill.contract == self._option(leg)]
            whole.append(sum(fill.quantity for fill in own) // leg.ratio)
            sign = 1 if leg.side is Side.BUY else -1
            worth += sign * sum((fill.price * fill.quantity for fill in own), Decimal(0))
        return min(whole, default=0), worth

    def _stop_reached(self, ticket: Ticket) -> bool:
        quote, stop = self._quote(ticket.option), ticket.terms.stop
        if quote is None or stop is None:
            return False
        if ticket.side is Side.BUY:
            return quote.ask is not None and quote.ask >= stop
        return quote.bid is None or quote.bid <= stop

    def _combo_prices(self, ticket: Ticket) -> list[tuple[OptionContract, Decimal]] | None:
        """Return the legs' prices where together they meet the combo's, else None."""
        prices, total = [], Decimal(0)
        for leg in legs_of(ticket):
            option, side = self._option(leg), leg_side(leg.side, ticket.side)
            quote = self._quote(option)
            price = None if quote is None else quote.ask if side is Side.BUY else quote.bid
            if option is None or price is None:
                return None
            prices.append((option, price))
            total += price * leg.ratio * (1 if side is Side.BUY else -1)
        limit = ticket.terms.limit
        if limit is None:
            return prices
        return prices if total <= (limit if ticket.side is Side.BUY else -limit) else None

    def _option(self, leg: Leg) -> OptionContract | None:
        return self._world.by_id[leg.con_id].option

    def _quote(self, option: OptionContract | None) -> Quote | None:
        return None if option is None else self._exchange.quote(option, self._now())


def refs(ticket: Ticket) -> Iterator[str]:
    """Yield what the exchange knows an order by: one name, or one for each leg."""
    count = len(legs_of(ticket))
    if not count:
        yield ticket.exchange_ref
    for number in range(1, count + 1):
        yield f"{ticket.exchange_ref}-{number}"


def leg_side(leg: Side, combo: Side) -> Side:
    """Return which way a leg trades when its combo is bought or sold: selling turns every leg round."""
    return Side.BUY if leg is combo else Side.SELL


def _intent(
    ticket: Ticket,
    option: OptionContract,
    side: Side,
    now: datetime,
    *,
    ref: str,
    limit: Decimal | None,
    ratio: int = 1,
) -> OrderIntent:
    return OrderIntent(
        ref=ref,
        position_id=str(ticket.perm_id),
        leg=0,
        contract=option,
        side=side,
        quantity=ticket.remaining * ratio,
        order_type=OrderType.MARKET if limit is None else OrderType.LIMIT,
        limit_price=limit,
        purpose=Purpose.ENTRY if side is Side.BUY else Purpose.EXIT,
        created_at=now,
    )
