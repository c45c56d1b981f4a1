"""Our side of a comparison, indexed, and as it will stand after the bookings found so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from lottogrid.ledger.corrections import stem_of
from lottogrid.ledger.records import ExecutionBooked
from lottogrid.ledger.views import OurBook, Settlement
from lottogrid.market.contracts import OptionContract
from lottogrid.orders import Execution, ExecutionKind, Side
from lottogrid.positions import OrderRecord


@dataclass
class IndexedBook:
    """Orders, executions by the stem of their id, and what each leg (position id, number) holds."""

    orders: dict[str, OrderRecord] = field(default_factory=dict)
    executions: dict[str, tuple[int, Execution, tuple[str, int]]] = field(default_factory=dict)
    contracts: dict[tuple[str, int], OptionContract] = field(default_factory=dict)
    held: defaultdict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    filled: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    @classmethod
    def of(cls, ours: OurBook) -> IndexedBook:
        """Return `ours`, indexed."""
        book = cls()
        for position in ours.positions:
            for leg in position.legs:
                key = (position.position_id, leg.plan.number)
                book.contracts[key] = leg.plan.contract
                book.orders.update((order.intent.ref, order) for order in leg.orders)
                for execution in leg.executions:
                    book.add(execution, key)
        return book

    def add(self, execution: Execution, leg: tuple[str, int]) -> None:
        """Book `execution` to `leg`; a correction takes the place of what it corrects."""
        stem, number = stem_of(execution.exec_id)
        if stem in self.executions:
            _, earlier, owner = self.executions[stem]
            self._count(earlier, owner, -1)
        self.executions[stem] = (number, execution, leg)
        self._count(execution, leg, 1)

    def _count(self, execution: Execution, leg: tuple[str, int], times: int) -> None:
        self.held[leg] += times * signed(execution)
        self.filled[execution.order_ref] += times * execution.quantity


def split(settlement: Settlement, book: IndexedBook, now: datetime) -> Iterator[ExecutionBooked]:
    """Book `settlement` to every leg that holds its contract, and yield the bookings."""
    holders = [
        key for key, contract in book.contracts.items() if contract == settlement.contract and book.held[key] > 0
    ]
    for position_id, leg in holders:
        exec_id = f"{settlement.settlement_id}/{position_id}/{leg}"
        if exec_id in book.executions:
            # A purchase was booked after the settlement: the rest settles under an id of its own.
            exec_id += f"+{book.executions[exec_id][1].quantity}"
        execution = Execution(
            exec_id=exec_id,
            order_ref="",
            contract=settlement.contract,
            side=Side.SELL,
            quantity=book.held[position_id, leg],
            price=settlement.price,
            at=settlement.at,
            kind=ExecutionKind.EXERCISE if settlement.price else ExecutionKind.EXPIRY,
        )
        book.add(execution, (position_id, leg))
        yield ExecutionBooked(at=now, position_id=position_id, leg=leg, execution=execution)


def signed(execution: Execution) -> int:
    """Return by how much `execution` changed a holding."""
    return execution.quantity if execution.side is Side.BUY else -execution.quantity
