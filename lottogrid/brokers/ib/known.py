"""Orders as far as they are known, by the three names that they go by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from lottogrid.market.contracts import OptionContract
from lottogrid.orders import BrokerOrder, OrderState, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a reference of ours stands for in an order at the broker: all of it, or a leg of a combo."""

    ref: str
    contract: OptionContract
    side: Side
    quantity: int
    """Contracts."""
    limit: Decimal | None


@dataclass(slots=True, kw_only=True)
class Known:
    """An order at the broker as far as it is known."""

    ref: str
    parts: tuple[Part, ...]
    quantity: int
    """Contracts, or combos."""
    order_id: int = 0
    perm_ids: set[int] = field(default_factory=set)
    """More than one where a change made in an outage became a second order."""
    filled: int = 0
    """Contracts, or whole combos: of a leg more may be."""
    state: OrderState = OrderState.SENT
    reason: str = ""
    """Why it seems refused; no proof by itself."""
    is_refused: bool = False
    was_working: bool = False
    cancels_asked: set[str] = field(default_factory=set)
    """The parts whose end was asked for."""

    def ref_of(self, contract: OptionContract) -> str:
        """Return the reference of the part that trades `contract`; of the whole where none does."""
        return next((part.ref for part in self.parts if part.contract == contract), self.ref)

    def filled_of(self, part: Part) -> int:
        """Return how many contracts of a part are filled at least."""
        return self.filled * part.quantity // self.quantity if self.quantity else 0

    def as_told(self) -> tuple[BrokerOrder, ...]:
        """Return its parts as those of a snapshot."""
        return tuple(
            BrokerOrder(
                ref=part.ref,
                broker_id=str(max(self.perm_ids, default=0)),
                contract=part.contract,
                side=part.side,
                quantity=part.quantity,
                filled=self.filled_of(part),
                limit_price=part.limit,
                state=self.state,
                reason=self.reason,
            )
            for part in self.parts
        )


class KnownOrders:
    """Finds an order by our references, by the broker's number, or by ours together with the client's."""

    def __init__(self) -> None:
        self._all: list[Known] = []
        self._by_ref: dict[str, Known] = {}
        self._by_id: dict[int, Known] = {}
        self._by_perm_id: dict[int, Known] = {}
        self.client_id = 0
        """Whose numbers are meant where a number is ours."""

    def __iter__(self) -> Iterator[Known]:
        return iter(list(self._all))

    def add(self, known: Known) -> None:
        """Take in a new order."""
        self._all.append(known)
        self._by_ref |= dict.fromkeys((known.ref, *(part.ref for part in known.parts)), known)
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
        """Return the order of a reference, its own or one of its parts'."""
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
