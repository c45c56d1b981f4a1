"""The ledger actor: the only writer of the database, and the one who passes on what was written."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from loguru import logger

from actors import messages as m
from actors import recall
from actors.closed import ClosedTrades
from actors.recall import LedgerRules
from actors.runtime.actor import Actor
from lottogrid.brokers import port as p
from lottogrid.clock import trading_date
from lottogrid.errors import BadInput, LottogridError, NeedsOperator
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.reconcile import OrderMove, compare, settle
from lottogrid.ledger.records import (
    CommissionBooked,
    DayOpened,
    DecisionTaken,
    ExecutionBooked,
    HaltCleared,
    HaltSet,
    OrderIntended,
    OrderMoved,
    PositionMoved,
    Reconciled,
    Record,
)
from lottogrid.market.quotes import Quote
from lottogrid.orders import BrokerOrder, Execution, OrderState
from lottogrid.positions import OrderRecord
from lottogrid.risk.reasons import Reason
from lottogrid.trades import Trade
from machines.order import ORDER

_COUNTS = (DayOpened, PositionMoved, ExecutionBooked, CommissionBooked, HaltSet, HaltCleared)
"""Records that the risk book counts."""
_BREAKS_NAMED = 3
_WAITING = {OrderState.SENT, OrderState.CANCELLING, OrderState.UNKNOWN}


@dataclass(frozen=True, slots=True)
class LedgerView:
    """The journal's end as it is shown, and the last comparison of the books."""

    sequence: int
    tail: tuple[Record, ...]
    """The latest records but the decisions, oldest first."""
    decisions: tuple[DecisionTaken, ...]
    """The latest decisions, oldest first: one a minute would crowd out all else."""
    trades: tuple[Trade, ...]
    """What is over of today, in the order in which it ended."""
    reconciled: Reconciled | None


class LedgerKeeper(Actor):
    """Owns the database.

    A `Commit` is one transaction; what it carries for others leaves only after it. Orders live here: their intents are
    written, then sent; what the broker says is put through the order machine and booked, then told to the position.
    Whoever lost its memory asks; its question stands in the mailbox behind everything it had written before. When this
    actor dies all who trade are restarted with it.
    """

    def __init__(self, open_ledger: Callable[[], Ledger], rules: LedgerRules) -> None:
        super().__init__()
        self._open_ledger = open_ledger
        self._rules = rules
        self._ledger: Ledger
        self._closed: ClosedTrades
        self._tail: deque[Record] = deque(maxlen=60)
        self._decisions: deque[DecisionTaken] = deque(maxlen=30)
        self._written = 0
        self._reconciled: Reconciled | None = None
        self._marked_flat = False
        self._doubts: tuple[str, ...] = ()
        """Breaks that one comparison showed; no entry is made before the next."""

    def on_start(self) -> None:
        """Open the database; wait anew for every order that owes an answer."""
        self._ledger = self._open_ledger()
        self._written = self._ledger.last_sequence()
        self._closed = ClosedTrades(self._ledger, trading_date(self.now()))
        for order in self._ledger.live_orders():
            self._expect_answer(order.intent.ref, order.state)
        self._show()

    def release(self) -> None:
        """Close the database."""
        if hasattr(self, "_ledger"):
            self._ledger.close()

    def on_receive(self, message: object) -> None:
        """Write what is to be written; answer what is asked."""
        match message:
            case m.Commit():
                self._on_commit(message)
            case m.RequestCancel(ref=ref):
                self._request_cancel(ref)
            case m.OrderOverdue(ref=ref):
                self._on_overdue(ref)
            case p.BrokerSnapshot():
                self._reconcile(message)
            case m.MarkEquity(at=at, quotes=quotes):
                self._mark_equity(at, quotes)
            case _ if isinstance(message, m.Question):
                self._answer(message)
            case _:
                self._on_broker(message)

    # --- writing

    def _write(self, *records: Record) -> tuple[Record, ...]:
        applied = self._ledger.commit(records)
        self._written += len(applied)
        self._closed.take_in(applied)
        for record in applied:
            if isinstance(record, DecisionTaken):
                self._decisions.append(record)
            else:
                self._tail.append(record)
        self._show()
        if any(isinstance(record, _COUNTS) for record in applied):
            self.send(m.RISK, m.BookChanged())
        return applied

    def _on_commit(self, commit: m.Commit) -> None:
        records: list[Record] = []
        for record in commit.records:
            records.append(record)
            if isinstance(record, OrderIntended):
                # from the commit on it may have left: that is what SENT means
                records.append(self._moved(record.intent.ref, OrderState.INTENDED, "send"))
        try:
            self._write(*records)
        except LottogridError as error:
            self._refuse(commit, error)
            return
        for name, message in commit.then:
            self.send(name, message)
        for record in commit.records:
            if isinstance(record, OrderIntended):
                self._expect_answer(record.intent.ref, OrderState.SENT)

    def _refuse(self, commit: m.Commit, error: LottogridError) -> None:
        logger.error("ledger: a commit of {} was refused: {}", commit.sender, error)
        if isinstance(error, NeedsOperator):
            self.send(m.NOTIFIER, m.Alarm(Reason.WOULD_GO_SHORT, str(error)))
        self.send(commit.sender, m.CommitRefused(str(error)))

    # --- orders

    def _moved(self, ref: str, state: OrderState, trigger: str, broker_id: str = "", reason: str = "") -> OrderMoved:
        move = ORDER.life(state).fire(trigger)
        return OrderMoved(
            at=self.now(),
            ref=ref,
            trigger=trigger,
            before=move.before.value,
            after=move.after.value,
            broker_id=broker_id,
            reason=reason,
        )

    def _move_order(self, ref: str, trigger: str, broker_id: str = "", reason: str = "") -> None:
        """Put what the broker said through the order machine; a repeated status changes nothing."""
        order = self._order(ref, trigger)
        if order is None or not ORDER.life(order.state).can(trigger):
            return
        moved = self._moved(ref, order.state, trigger, broker_id, reason)
        if moved.before != moved.after or (broker_id and broker_id != order.broker_id):
            self._write(moved)
            self._tell_position(ref)
        if moved.after != moved.before and OrderState(moved.after) is OrderState.UNKNOWN:
            self._expect_answer(ref, OrderState.UNKNOWN)

    def _order(self, ref: str, what: str) -> OrderRecord | None:
        order = self._ledger.order(ref)
        if order is None:
            self.send(m.ENGINE, m.Halt(Reason.RECONCILIATION_BREAK, f"{what} of the order {ref}, which we never wrote"))
        return order

    def _tell_position(self, ref: str) -> None:
        order = self._ledger.order(ref)
        if order is None:
            return
        position_id = order.intent.position_id
        self.send(position_id, m.OrderChanged(order))
        if order.executions and self._ledger.is_over(position_id):
            self.send(m.POSITIONS, m.OpenPosition(position_id))

    def _request_cancel(self, ref: str) -> None:
        order = self._order(ref, "cancel")
        if order is None or not ORDER.life(order.state).can("cancel_sent"):
            self._tell_position(ref)
            return
        self._write(self._moved(ref, order.state, "cancel_sent"))
        self.send(m.BROKER, m.CancelOrder(ref))
        self._expect_answer(ref, OrderState.CANCELLING)

    def _expect_answer(self, ref: str, state: OrderState) -> None:
        if state in _WAITING:
            self.after(self.patience(self._rules.answer_within), m.OrderOverdue(ref))

    def _on_overdue(self, ref: str) -> None:
        order = self._ledger.order(ref)
        if order is None or order.state not in _WAITING:
            return
        if self.now() - order.changed_at < self.patience(self._rules.answer_within):
            return
        logger.warning("ledger: no answer about {} since {}: comparing the books", ref, order.changed_at)
        if order.state is OrderState.UNKNOWN:
            self._expect_answer(ref, OrderState.UNKNOWN)
        else:
            self._move_order(ref, "time_out", reason="no answer in time")
            self.send(m.RISK, m.BookChanged())
        self.send(m.BROKER, m.Resync())

    # --- what the broker says

    def _on_broker(self, message: object) -> None:
        match message:
            case p.OrderAcknowledged(ref=ref, broker_id=broker_id):
                self._move_order(ref, "acknowledge", broker_id)
            case p.OrderCancelled(ref=ref):
                self._move_order(ref, "cancel_confirmed")
            case p.OrderRejected(ref=ref, reason=reason):
                self._move_order(ref, "reject", reason=reason)
                self.send(m.NOTIFIER, m.Alarm(None, f"order {ref} rejected: {reason}"))
            case p.OrderExpired(ref=ref):
                self._move_order(ref, "expire")
            case p.OrderNotSent(ref=ref, reason=reason):
                self._move_order(ref, "deny", reason=reason)
            case p.CancelRefused(ref=ref, reason=reason):
                self._move_order(ref, "cancel_refused", reason=reason)
                self.send(m.BROKER, m.Resync())
            case p.Executed(execution=execution):
                self._book(execution)
            case p.Commissioned(exec_id=exec_id, commission=commission):
                self._book_commission(exec_id, commission)
            case p.Settled():
                self._settle(message)

    def _book(self, execution: Execution) -> None:
        order = self._order(execution.order_ref, f"execution {execution.exec_id}")
        if order is None or any(booked.exec_id == execution.exec_id for booked in order.executions):
            return
        trigger = "fill" if execution.quantity >= order.remaining else "partial_fill"
        booked = ExecutionBooked(
            at=self.now(), position_id=order.intent.position_id, leg=order.intent.leg, execution=execution
        )
        self._write(booked, self._moved(execution.order_ref, order.state, trigger))
        self._tell_position(execution.order_ref)

    def _book_commission(self, exec_id: str, commission: Decimal) -> None:
        try:
            self._write(CommissionBooked(at=self.now(), exec_id=exec_id, commission=commission))
        except BadInput as error:  # it overtook its execution, or that was lost: the broker's book has both
            logger.warning("ledger: {}: comparing the books", error)
            self.send(m.BROKER, m.Resync())

    def _settle(self, settled: p.Settled) -> None:
        bookings = settle(settled, self._ledger.book(settled.contract.expiry).positions, now=self.now())
        self._write_bookings(bookings)
        if settled.price > 0 and bookings:
            text = f"{settled.contract} was in the money at the fixing, worth {settled.price} points"
            self.send(m.NOTIFIER, m.Alarm(Reason.EXERCISED, text, urgent=True))

    def _write_bookings(self, bookings: tuple[ExecutionBooked, ...]) -> None:
        applied = self._write(*bookings) if bookings else ()
        for record in applied:
            if not isinstance(record, ExecutionBooked):
                continue
            if record.execution.order_ref:
                self._tell_position(record.execution.order_ref)
            else:
                self.send(record.position_id, m.HoldingSettled(record.leg, record.execution))
            if self._ledger.is_over(record.position_id):
                self.send(m.POSITIONS, m.OpenPosition(record.position_id))

    # --- comparing the books

    def _reconcile(self, snapshot: p.BrokerSnapshot) -> None:
        now = self.now()
        ours = self._ledger.book(_first_day(snapshot))
        found = compare(ours, snapshot, now=now, grace=self._rules.grace)
        self._write_bookings(found.bookings)
        for commission in found.commissions:
            self._write(commission)
        for move in found.order_moves:
            self._repair(move)
        repaired = tuple(str(d) for d in found.differences if str(d) not in found.breaks)
        breaks = (
            *found.breaks,
            *(f"the broker also holds {other}, which nothing explains" for other in snapshot.others),
        )
        self._reconciled = Reconciled(at=now, repaired=repaired, breaks=breaks)
        self._write(self._reconciled)
        if repaired:
            logger.info("ledger: repaired from the broker's book: {}", "; ".join(repaired))
        is_new = bool(breaks) and not self._doubts
        if is_new:
            logger.warning("ledger: the books differ; comparing again: {}", _in_short(breaks))
        elif breaks:  # a fill may have crossed the first comparison, not the second
            self.send(m.ENGINE, m.Halt(Reason.RECONCILIATION_BREAK, _in_short(breaks)))
        self._doubts = breaks
        self.send(m.RISK, m.BookChanged())
        self.send(m.BROKER, m.BooksCompared(breaks, look_again=is_new or bool(found.undecided)))

    def _repair(self, move: OrderMove) -> None:
        self._move_order(move.ref, move.trigger, move.broker_id, move.reason)

    # --- answering

    def _answer(self, question: m.Question) -> None:
        match question:
            case m.RecallPosition(position_id=position_id, reply_to=reply_to):
                record = self._ledger.position(position_id)
                self.send(reply_to, m.PositionRecalled(record, recall.engine_state(self._ledger)))
            case m.RecallOpenPositions(reply_to=reply_to):
                ids = tuple(record.position_id for record in self._ledger.open_positions())
                self.send(reply_to, m.OpenPositionsRecalled(ids))
            case m.RecallEngine(reply_to=reply_to):
                self.send(reply_to, recall.engine(self._ledger))
            case m.RecallBook():
                self.send(
                    question.reply_to, recall.book(self._ledger, self._rules, question, in_doubt=bool(self._doubts))
                )

    def _mark_equity(self, at: datetime, quotes: tuple[Quote, ...]) -> None:
        """Mark the account; while nothing is held nothing changes, so that one mark is enough."""
        is_flat = not self._ledger.holdings()
        if is_flat and self._marked_flat:
            return
        mark = recall.equity_mark(self._ledger, self._rules, at, quotes)
        if mark is not None:
            self._marked_flat = is_flat
            self._write(mark)

    def _show(self) -> None:
        shown = LedgerView(
            self._written, tuple(self._tail), tuple(self._decisions), self._closed.trades, self._reconciled
        )
        self.publish(shown)


def _first_day(snapshot: p.BrokerSnapshot) -> date:
    """Return the first day that the broker speaks of: our side of the comparison must reach back as far."""
    told: list[BrokerOrder | Execution | p.Settled] = [
        *snapshot.orders,
        *snapshot.executions,
        *snapshot.settlements,
    ]
    return min((each.contract.expiry for each in told), default=trading_date(snapshot.taken_at))


def _in_short(breaks: tuple[str, ...]) -> str:
    rest = len(breaks) - _BREAKS_NAMED
    return "; ".join(breaks[:_BREAKS_NAMED]) + (f"; and {rest} more in the journal" if rest > 0 else "")
