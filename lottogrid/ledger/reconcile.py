"""Two views of one account in, differences and remedies out. Pure: nothing is written and no order is invented.

Executions are the truth about holdings, the broker is the truth about orders, and what neither explains is a break
that a person must look at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from lottogrid.clock import trading_date
from lottogrid.ledger.comparison import Comparison, Difference, OrderMove
from lottogrid.ledger.corrections import stem_of
from lottogrid.ledger.indexed import IndexedBook, signed, split
from lottogrid.ledger.order_remedies import OrderCase, Verdict
from lottogrid.ledger.records import CommissionBooked, ExecutionBooked
from lottogrid.ledger.views import BrokerView, OurBook, Settlement
from lottogrid.market.contracts import OptionContract
from lottogrid.orders import BrokerOrder, Execution
from lottogrid.positions import OrderRecord, PositionRecord

__all__ = ["BrokerView", "Comparison", "Difference", "OrderMove", "OurBook", "compare", "first_day", "settle"]


def compare(
    ours: OurBook,
    theirs: BrokerView,
    *,
    now: datetime,
    grace: timedelta,
    in_flight: frozenset[str] = frozenset(),
) -> Comparison:
    """Return how our book differs from the broker's and what repairs it.

    Args:
        ours: our side; it must reach back as many days as the broker's executions do.
        theirs: the broker's snapshot.
        now: the instant that the bookings carry.
        grace: how long a message may be under way. An order of ours that the broker does not list is proven absent
            only when our last word on it is older than this before the snapshot.
        in_flight: references of orders whose last word is known to be younger than that, whatever the clock says: it
            may have been put forward meanwhile.
    """
    return _Comparing(ours, theirs, now, grace, in_flight).run()


def first_day(theirs: BrokerView) -> date:
    """Return the first day that the broker speaks of: our side of a comparison must reach back as far."""
    told = [
        *(order.contract.expiry for order in theirs.orders),
        *(execution.contract.expiry for execution in theirs.executions),
        *(settlement.contract.expiry for settlement in theirs.settlements),
    ]
    return min(told, default=trading_date(theirs.taken_at))


def settle(
    settlement: Settlement, positions: Iterable[PositionRecord], *, now: datetime
) -> tuple[ExecutionBooked, ...]:
    """Return the bookings that split `settlement` over the legs which hold its contract.

    The ids are `<settlement_id>/<position>/<leg>`, so that a settlement told twice is booked once.
    """
    book = IndexedBook.of(OurBook(tuple(positions)))
    return tuple(split(settlement, book, now))


class _Comparing:
    def __init__(
        self, ours: OurBook, theirs: BrokerView, now: datetime, grace: timedelta, in_flight: frozenset[str]
    ) -> None:
        self._book = IndexedBook.of(ours)
        self._theirs = theirs
        self._now = now
        self._oldest_in_flight = theirs.taken_at - grace
        self._in_flight = in_flight
        self._bookings: list[ExecutionBooked] = []
        self._commissions: list[CommissionBooked] = []
        self._moves: list[OrderMove] = []
        self._undecided: list[str] = []
        self._never_written: list[str] = []
        self._breaks: list[str] = []
        self._differences: list[Difference] = []

    def run(self) -> Comparison:
        for execution in _latest(self._theirs.executions):
            self._execution(execution)
        for settlement in self._theirs.settlements:
            for booking in split(settlement, self._book, self._now):
                self._book_missing(booking)
        self._orders()
        self._holdings()
        return Comparison(
            bookings=tuple(self._bookings),
            commissions=tuple(self._commissions),
            order_moves=tuple(self._moves),
            undecided=tuple(self._undecided),
            never_written=tuple(self._never_written),
            breaks=tuple(self._breaks),
            differences=tuple(self._differences),
        )

    def _execution(self, theirs: Execution) -> None:
        stem, number = stem_of(theirs.exec_id)
        known = self._book.executions.get(stem)
        if known is not None and known[0] >= number:
            if known[0] == number:
                self._booked_execution(known[1], theirs)
            return
        order = self._book.orders.get(theirs.order_ref)
        if order is None:
            self._break(f"execution {theirs.exec_id}", "no such order", f"{_words(theirs)} of {theirs.order_ref!r}")
        elif (order.intent.contract, order.intent.side) != (theirs.contract, theirs.side):
            self._break(f"execution {theirs.exec_id}", _order_words(order), _words(theirs))
        else:
            leg = (order.intent.position_id, order.intent.leg)
            self._book.add(theirs, leg)
            self._book_missing(ExecutionBooked(at=self._now, position_id=leg[0], leg=leg[1], execution=theirs))

    def _booked_execution(self, ours: Execution, theirs: Execution) -> None:
        if _terms(ours) != _terms(theirs):
            self._break(f"execution {theirs.exec_id}", _words(ours), _words(theirs))
        elif theirs.commission is not None and theirs.commission != ours.commission:
            self._commissions.append(CommissionBooked(at=self._now, exec_id=ours.exec_id, commission=theirs.commission))
            self._differ(f"commission of {ours.exec_id}", str(ours.commission), str(theirs.commission), "booked")

    def _book_missing(self, booking: ExecutionBooked) -> None:
        self._bookings.append(booking)
        where = f"booked to {booking.position_id}, leg {booking.leg}"
        self._differ(f"execution {booking.execution.exec_id}", "none", _words(booking.execution), where)

    def _orders(self) -> None:
        listed = {order.ref: order for order in self._theirs.orders}
        for ref, broker_order in listed.items():
            if ref not in self._book.orders:
                self._never_written.append(ref)
                self._break(f"order {ref!r}", "never written", _broker_words(broker_order))
        for ref, order in self._book.orders.items():
            self._order(order, listed.get(ref))

    def _order(self, ours: OrderRecord, theirs: BrokerOrder | None) -> None:
        ref = ours.intent.ref
        is_old = ours.changed_at < self._oldest_in_flight and ref not in self._in_flight
        case = OrderCase(ours=ours, theirs=theirs, filled=self._book.filled[ref], is_old=is_old)
        is_same = theirs is None or _is_same_order(ours, theirs)
        answer = case.judge() if is_same else Verdict.BREAK
        if not answer:
            return  # before any words are made: most orders differ in nothing
        subject, seen = f"order {ref}", _broker_words(theirs) if theirs else "not listed"
        if answer is Verdict.BREAK:
            self._break(subject, _order_words(ours), seen)
        elif answer is Verdict.UNDECIDED:
            self._undecided.append(ref)
            self._differ(subject, _order_words(ours), seen, answer.value)
        elif isinstance(answer, tuple):
            broker_id, reason = (theirs.broker_id, theirs.reason) if theirs else ("", "not among the broker's orders")
            self._moves += [OrderMove(ref=ref, trigger=t, broker_id=broker_id, reason=reason) for t in answer]
            self._differ(subject, _order_words(ours), seen, ", ".join(answer))

    def _holdings(self) -> None:
        reported = {stem_of(execution.exec_id)[0] for execution in self._theirs.executions}
        ours: defaultdict[OptionContract, int] = defaultdict(int)
        for stem, (_, execution, _leg) in self._book.executions.items():
            # What happened after the snapshot was taken cannot be in it.
            if execution.at <= self._theirs.taken_at or stem in reported:
                ours[execution.contract] += signed(execution)
        theirs: defaultdict[OptionContract, int] = defaultdict(int)
        for position in self._theirs.positions:
            theirs[position.contract] += position.quantity
        differ = [each for each in ours.keys() | theirs.keys() if ours[each] != theirs[each]]
        for contract in sorted(differ, key=str):
            self._break(f"holding of {contract}", str(ours[contract]), str(theirs[contract]))

    def _break(self, subject: str, ours: str, theirs: str) -> None:
        self._breaks.append(f"{subject}: ours {ours} | broker's {theirs}")
        self._differ(subject, ours, theirs, Verdict.BREAK.value)

    def _differ(self, subject: str, ours: str, theirs: str, remedy: str) -> None:
        self._differences.append(Difference(subject, ours, theirs, remedy))


def _latest(executions: Iterable[Execution]) -> Iterator[Execution]:
    """Yield each execution once, in its last correction, in the order of their happening."""
    latest: dict[str, Execution] = {}
    for execution in sorted(executions, key=lambda e: (e.at, stem_of(e.exec_id))):
        stem, number = stem_of(execution.exec_id)
        if stem not in latest or stem_of(latest[stem].exec_id)[1] < number:
            latest[stem] = execution
    yield from latest.values()


def _terms(execution: Execution) -> tuple[object, ...]:
    return (execution.order_ref, execution.contract, execution.side, execution.quantity, execution.price)


def _is_same_order(ours: OrderRecord, theirs: BrokerOrder) -> bool:
    intent = ours.intent
    return (intent.contract, intent.side, intent.quantity) == (theirs.contract, theirs.side, theirs.quantity)


def _words(execution: Execution) -> str:
    return f"{execution.side.value} {execution.quantity} {execution.contract} at {execution.price}"


def _order_words(order: OrderRecord) -> str:
    intent = order.intent
    return f"{order.state.value}, {order.filled} of {intent.side.value} {intent.quantity} {intent.contract} filled"


def _broker_words(order: BrokerOrder) -> str:
    return f"{order.state.value}, {order.filled} of {order.side.value} {order.quantity} {order.contract} filled"
