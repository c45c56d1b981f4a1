"""Orders as far as they are known, by the three names that they go by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from lottogrid.market.contracts import OptionContract
from lottogrid.orders import BrokerOrder, OrderState, Side


@dataclass(slots=True, kw_only=True)
class Known:
    """An order as far as it is known."""

    ref: str
    contract: OptionContract
    side: Side
    quantity: int
    limit: Decimal | None
    order_id: int = 0
    perm_ids: set[int] = field(default_factory=set)
    """More than one where a change made in an outage became a second order."""
    filled: int = 0
    state: OrderState = OrderState.SENT
    reason: str = ""
    """Why it seems refused; no proof by itself."""
    is_refused: bool = False
    was_working: bool = False
    cancel_is_asked: bool = False

    def as_told(self) -> BrokerOrder:
        """Return it as a part of a snapshot."""
        return BrokerOrder(
            ref=self.ref,
            broker_id=str(max(self.perm_ids, default=0)),
            contract=self.contract,
            side=self.side,
            quantity=self.quantity,
            filled=self.filled,
            limit_price=self.limit,
            state=self.state,
            reason=self.reason,
        )


class KnownOrders:
    """Finds an order by our reference, by the broker's number, or by ours together with the client's."""

    def __init__(self) -> None:
        self._by_ref: dict[str, Known] = {}
        self._by_id: dict[int, Known] = {}
        self._by_perm_id: dict[int, Known] = {}
        self.client_id = 0
        """Whose numbers are meant where a number is ours."""

    def __iter__(self) -> Iterator[Known]:
        return iter(list(self._by_ref.values()))

    def add(self, known: Known) -> None:
        """Take in a new order."""
        self._by_ref[known.ref] = known
        self.number(known, known.order_id, self.client_id)

    def number(self, known: Known, order_id: int, client_id: int) -> None:
        """Note the number under which a client has sent an order; those of others lead nowhere."""
        if order_id > 0 and client_id == self.client_id:
            known.order_id = order_id
            self._by_id[order_id] = known

    def identify(self, known: Known, perm_id: int) -> None:
        """Note the broker's number of an order."""
        if perm_id:
            known.perm_ids.add(perm_id)
            self._by_perm_id[perm_id] = known

    def get(self, ref: str) -> Known | None:
        """Return the order of a reference."""
        return self._by_ref.get(ref)

    def numbered(self, order_id: int) -> Known | None:
        """Return the order that was sent under a number of ours."""
        return self._by_id.get(order_id)

    def find(self, ref: str, perm_id: int, order_id: int, client_id: int) -> Known | None:
        """Return the order that a message is about, which may leave out any of its names."""
        found = self._by_ref.get(ref) or self._by_perm_id.get(perm_id)
        if found is None and client_id == self.client_id:
            found = self._by_id.get(order_id)
        return found
