"""I5, I6, I8, I18: what the ledger holds, against its own journal and against the exchange."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from actors.simulation.exchange import FOREIGN
from actors.simulation.invariants.base import Invariant
from lottogrid.brokers.port import Executed
from lottogrid.errors import BadInput
from lottogrid.ledger.corrections import stem_of
from lottogrid.ledger.records import ExecutionBooked, LegMoved, OrderIntended, OrderMoved, PositionMoved, Record
from lottogrid.orders import ExecutionKind
from lottogrid.trades import trades


class BookedOnce(Invariant):
    """I5."""

    id, kind = "I5", "S"
    claim = "each execution is booked once, as the exchange has it, to the cent"

    def committed(self, record: Record) -> None:
        """Compare a booking with the exchange's record."""
        if not isinstance(record, ExecutionBooked) or record.execution.kind is not ExecutionKind.TRADE:
            return
        ours = record.execution
        stem, number = stem_of(ours.exec_id)
        earlier = self.world.books.executions.get(stem)
        if earlier is not None and stem_of(earlier.exec_id)[1] >= number:
            self.broken(f"execution {ours.exec_id} was booked twice")
        theirs = self.world.exchange.executions.get(ours.exec_id)
        if theirs is None:
            # A correction or a bust may have overtaken it; the next comparison shows.
            if "F30" not in self.world.counts:
                self.broken(f"execution {ours.exec_id} was booked, and the exchange does not have it")
        elif (ours.quantity, ours.price, ours.side, ours.order_ref) != (
            theirs.quantity,
            theirs.price,
            theirs.side,
            theirs.order_ref,
        ):
            self.broken(f"execution {ours.exec_id} was booked as {ours}, the exchange has {theirs}")


class FoldOfEvents(Invariant):
    """I6."""

    id, kind = "I6", "S"
    claim = "states follow from the journal: each move begins where the last ended, and a reload gives the same"

    def committed(self, record: Record) -> None:
        """Hold a move against where the fold stands."""
        books = self.world.books
        match record:
            case OrderMoved():
                stands = books.orders.get(record.ref)
            case LegMoved():
                stands = books.legs.get((record.position_id, record.leg))
            case PositionMoved():
                stands = books.positions.get(record.position_id)
            case OrderIntended() if record.intent.ref in books.intents:
                self.broken(f"order {record.intent.ref} was intended twice")
                return
            case _:
                return
        if stands != record.before:
            self.broken(f"{record}: the journal stands at {stands}")

    def process_started(self) -> None:
        """Compare the file with the fold, and the tables with the journal."""
        if not self.world.is_file_foreign:
            self._compare()

    def day_ended(self) -> None:
        """Compare once more."""
        self._compare()

    def _compare(self) -> None:
        books = self.world.books
        with self.world.reading() as ledger:
            found = books.differences(ledger)
            lines = ledger.last_sequence()
        if found:
            self.broken("; ".join(found))
        if lines != books.records:
            self.broken(f"the journal has {lines} lines, {books.records} were committed")


class BooksAgree(Invariant):
    """I8."""

    id, kind = "I8", "Q"
    claim = "after a quiet period holdings, executions and live orders of the ledger are the exchange's"

    def quiet(self) -> None:
        """Compare what has had time to arrive."""
        self._compare()

    def day_ended(self) -> None:
        """Compare everything."""
        self._compare()
        if self.world.violation is None and not self.world.books_may_differ and self.world.process is not None:
            self._settled()

    def _compare(self) -> None:
        world = self.world
        if world.books_may_differ or world.process is None:
            return
        ours = {stem: (each.quantity, each.price) for stem, each in world.books.executions.items() if each.order_ref}
        theirs = {
            stem_of(exec_id)[0]: (each.quantity, each.price)
            for exec_id, each in world.exchange.executions.items()
            if not each.order_ref.startswith(FOREIGN)
        }
        today = {stem: terms for stem, terms in ours.items() if stem in theirs}
        if today != theirs:
            odd = sorted(set(theirs.items()) ^ set(today.items()))
            self.broken(f"executions differ: {odd[:3]}")
        for ref, order in world.exchange.orders.items():
            state = world.books.orders.get(ref)
            if state is None:
                self.broken(f"order {ref} is at the exchange and not in the ledger")
            elif (order.state.is_final and state in {"working", "unknown", "sent", "cancelling"}) or (
                not order.state.is_final and state in {"filled", "cancelled", "rejected", "expired", "absent"}
            ):
                self.broken(f"order {ref} is {order.state.value} at the exchange and {state} in the ledger")
            elif state == "filled" and order.remaining:
                self.broken(f"order {ref} is filled in the ledger; the exchange has filled {order.filled} of it")

    def _settled(self) -> None:
        with self.world.reading() as ledger:
            holds, live = ledger.holdings(), [order.intent.ref for order in ledger.live_orders()]
            still = [position.position_id for position in ledger.open_positions()]
        theirs = self.world.exchange.holdings
        if holds or theirs:
            self.broken(f"after the close the ledger holds {_named(holds)}, the exchange {_named(theirs)}")
        if live or still:
            self.broken(f"after the close orders {live} and positions {still} are not over")


class NoFillLost(Invariant):
    """I15."""

    id, kind = "I15", "S"
    claim = "no actor handles two messages at once, and a fill that reached nobody is booked all the same"

    def nested(self, name: str) -> None:
        """Nobody may be."""
        self.broken(f"{name} was at two messages at once")

    def day_ended(self) -> None:
        """Look for every fill among the dead letters."""
        if self.world.books_may_differ or self.world.process is None:
            return
        for target, message in self.world.dead_letters:
            if isinstance(message, Executed) and not message.execution.order_ref.startswith(FOREIGN):
                stem = stem_of(message.execution.exec_id)[0]
                if (
                    stem not in self.world.books.executions
                    and message.execution.exec_id in self.world.exchange.executions
                ):
                    self.broken(f"execution {message.execution.exec_id} to {target} was lost")


def compare_money(invariant: Invariant) -> None:
    """Compare the ledger's cash and the sum of its trades with the exchange's cash."""
    world = invariant.world
    if world.books_may_differ or world.process is None:
        return
    with world.reading() as ledger:
        cash = ledger.cash_usd(Decimal(0))
        unknown = ledger.commissions_unknown()
        try:
            over = trades(ledger.positions())
        except BadInput as error:
            invariant.broken(str(error))
            return
        flat = not ledger.holdings()
    theirs = world.exchange.cash - world.exchange.foreign_cash
    if cash != theirs or unknown:
        invariant.broken(f"cash: the ledger's ${cash}, the exchange's ${theirs}; {unknown} commissions unknown")
    total = sum((trade.pnl or Decimal(0) for trade in over), Decimal(0))
    if flat and total != cash:
        invariant.broken(f"the trades come to ${total}, the cash to ${cash}")


def _named(holdings: object) -> str:
    assert isinstance(holdings, dict)
    sums: defaultdict[str, int] = defaultdict(int)
    for contract, quantity in holdings.items():
        sums[str(contract)] += quantity
    return ", ".join(f"{quantity} {name}" for name, quantity in sorted(sums.items())) or "nothing"


ALL = (BookedOnce, FoldOfEvents, BooksAgree, NoFillLost)
