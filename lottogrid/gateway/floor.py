"""Between the desk and the exchange: which waiting orders may go out now, and as what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal

from lottogrid.clock import trading_date
from lottogrid.exchange.exchange import Exchange
from lottogrid.gateway.fills import Fill
from lottogrid.gateway.futures import FutureOrder, Pit
from lottogrid.gateway.listings import FutureContract
from lottogrid.gateway.prices import Prices, Shown
from lottogrid.gateway.tickets import Leg, Status, Ticket, Tickets, legs_of
from lottogrid.gateway.world import World
from lottogrid.market.contracts import OptionContract
from lottogrid.orders import OrderIntent, OrderState, OrderType, Purpose, Side


class Floor:
    """Reads quotes and sends orders, those in the future to the pit; keeps nothing."""

    def __init__(
        self,
        exchange: Exchange,
        pit: Pit,
        prices: Prices,
        *,
        world: World,
        tickets: Tickets,
        now: Callable[[], datetime],
    ) -> None:
        self._exchange = exchange
        self._pit = pit
        self._prices = prices
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
        limit = None if ticket.order_type in {"MKT", "STP"} else ticket.terms.limit
        if ticket.future is not None:
            self._pit.place(
                FutureOrder(
                    ref=ticket.exchange_ref,
                    contract=ticket.future,
                    side=ticket.side,
                    quantity=ticket.remaining,
                    limit=limit,
                    ends_at=self._pit.closes,
                ),
                now,
            )
            return
        if ticket.option is not None:
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
        if ticket.future is not None:
            self._pit.cancel(ticket.exchange_ref, self._now())
            return
        for ref in refs(ticket):
            self._exchange.cancel(ref, self._now())

    def has_ended(self, ticket: Ticket) -> bool:
        """Return whether the session of what an order trades is over."""
        closes = self._world.day.closes if ticket.future is None else self._pit.closes
        return self._now() >= closes or trading_date(ticket.placed_at) < self._world.day.date

    def states(self) -> dict[str, OrderState]:
        """Return how every order stands where it was sent, by the reference it has there."""
        orders = self._exchange.snapshot(self._now()).orders
        return {order.ref: order.state for order in orders} | self._pit.states()

    def fills(self, ticket: Ticket) -> list[Fill]:
        """Return an order's fills, oldest first; those of a combo are of its legs."""
        return [fill for fill in self._all_fills() if self._tickets.of_exchange(fill.order_ref) is ticket]

    def fill(self, exec_id: str) -> Fill | None:
        """Return the fill that the exchange calls `exec_id`."""
        return next((one for one in reversed(self._all_fills()) if one.exec_id == exec_id), None)

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
        quote, stop = self._quote(ticket.option or ticket.future), ticket.terms.stop
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

    def _quote(self, contract: OptionContract | FutureContract | None) -> Shown | None:
        return None if contract is None else self._prices.shown(self._world.of(contract), self._now())

    def _all_fills(self) -> list[Fill]:
        return [*self._exchange.snapshot(self._now()).executions, *self._pit.trades]


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
