"""The ledger actor: the only writer of the database, and the one who passes on what was written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from loguru import logger

from actors import messages as m
from actors import recall
from actors.following import Following
from actors.ledger_view import Compared
from actors.order_log import bound
from actors.recall import LedgerRules
from actors.runtime.actor import Actor
from actors.runtime.messages import Repeated
from lottogrid.alerts.codes import AlertCode
from lottogrid.brokers import port as p
from lottogrid.clock import trading_date
from lottogrid.errors import BadInput, LottogridError, Missing, NeedsOperator
from lottogrid.ledger.adoption import adoptable
from lottogrid.ledger.alarms import are_written, open_alarms
from lottogrid.ledger.corrections import stem_of
from lottogrid.ledger.delivered import FutureHeld, delivered, futures_in, ours_of
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.reconcile import Comparison, Difference, OrderMove, compare, first_day, settle
from lottogrid.ledger.records import (
    CommissionBooked,
    DayOpened,
    ExecutionBooked,
    FutureOrdered,
    HaltCleared,
    HaltSet,
    OrderIntended,
    OrderMoved,
    PositionMoved,
    Reconciled,
    Record,
)
from lottogrid.market.quotes import Quote
from lottogrid.orders import Execution, OrderState
from lottogrid.positions import OrderRecord
from lottogrid.risk.reasons import Reason
from machines.order import ORDER

_COUNTS = (DayOpened, PositionMoved, ExecutionBooked, CommissionBooked, HaltSet, HaltCleared)
"""Records that the risk book counts."""
_BREAKS_NAMED = 3
_WAITING = {OrderState.SENT, OrderState.CANCELLING, OrderState.UNKNOWN}


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
        self._following: Following
        self._differences: tuple[Difference, ...] = ()
        self._compared: tuple[Compared, ...] = ()
        self._reconciled: Reconciled | None = None
        self._marked_flat = False
        self._doubts: tuple[str, ...] = ()
        """Breaks that one comparison showed; no entry is made before the next."""
        self._moved_at: dict[str, float] = {}
        """Elapsed seconds at which orders last moved, for as long as they count as in flight."""

    def on_start(self) -> None:
        """Open the database; wait anew for every order that owes an answer."""
        self._ledger = self._open_ledger()
        self._following = Following(self._ledger, trading_date(self.now()))
        for order in self._ledger.live_orders():
            self._expect_answer(order.intent.ref, order.state)
            self._moved_at[order.intent.ref] = self.clock.elapsed()
        if standing := open_alarms(self._ledger):
            self.send(m.NOTIFIER, m.AlarmsRecalled(standing))
        self._show()

    def release(self) -> None:
        """Close the database."""
        if hasattr(self, "_ledger"):
            self._ledger.close()

    def on_receive(self, message: object) -> None:
        """Write what is to be written; answer what is asked."""
        with bound(message):
            self._receive(message)

    def _receive(self, message: object) -> None:
        match message:
            case m.Commit():
                self._on_commit(message)
            case Repeated(m.CommitAlarm() as commit):
                if not are_written(self._ledger, commit.records):
                    self._on_commit(commit)
            case m.RequestCancel(ref=ref):
                self._request_cancel(ref)
            case m.OrderOverdue(ref=ref):
                self._on_overdue(ref)
            case p.BrokerSnapshot():
                self._reconcile(message)
            case m.MarkEquity(at=at, quotes=quotes):
                self._mark_equity(at, quotes)
            case m.RecallAlarms(reply_to=reply_to):
                self.send(reply_to, m.AlarmsRecalled(open_alarms(self._ledger)))
            case _ if isinstance(message, m.Question):
                self._answer(message)
            case _:
                self._on_broker(message)

    # --- writing

    def _write(self, *records: Record) -> tuple[Record, ...]:
        applied = self._ledger.commit(records)
        self._tell_of(applied)
        return applied

    def _tell_of(self, applied: tuple[Record, ...]) -> None:
        """Show what was written, and let the risk book be asked for again where it counts."""
        self._following.take_in(applied)
        for record in applied:
            if isinstance(record, OrderMoved):
                self._moved_at[record.ref] = self.clock.elapsed()
        self._show()
        if any(isinstance(record, _COUNTS) for record in applied):
            self.send(m.RISK, m.BookChanged())

    def _on_commit(self, commit: m.Commit) -> None:
        records: list[Record] = []
        for record in commit.records:
            records.append(record)
            if isinstance(record, OrderIntended):
                # from the commit on it may have left: that is what SENT means
                records.append(self._moved(record.intent.ref, OrderState.INTENDED, "send"))
        try:
            applied = self._ledger.commit(records)
        except Missing:
            raise  # the database is lost, and whether it has written this is unknown: who comes after reads it there
        except LottogridError as error:
            self._refuse(commit, error)
            return
        for name, message in commit.then:
            self.send(name, message)
        self._tell_of(applied)  # last: orders do not wait for it
        for record in commit.records:
            if isinstance(record, OrderIntended):
                self._expect_answer(record.intent.ref, OrderState.SENT)

    def _refuse(self, commit: m.Commit, error: LottogridError) -> None:
        logger.error("ledger: a commit of {} was refused: {}", commit.sender, error)
        if isinstance(error, NeedsOperator):
            self.send(m.NOTIFIER, m.Alarm(AlertCode.WOULD_GO_SHORT, str(error)))
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
            case p.OrderCancelled(ref=ref, filled=filled):
                self._on_cancelled(ref, filled)
            case p.OrderRejected(ref=ref, reason=reason):
                self._move_order(ref, "reject", reason=reason)
                self.send(m.NOTIFIER, m.Alarm(AlertCode.ORDER_REJECTED, f"order {ref} rejected: {reason}"))
            case p.OrderExpired(ref=ref):
                self._move_order(ref, "expire")
            case p.OrderNotSent(ref=ref, reason=reason):
                self._move_order(ref, "deny", reason=reason)
            case p.CancelRefused(ref=ref, reason=reason):
                self._move_order(ref, "cancel_refused", reason=reason)
                self._look_why(ref)
            case p.Executed(execution=execution):
                self._book(execution)
            case p.Commissioned(exec_id=exec_id, commission=commission):
                self._book_commission(exec_id, commission)
            case p.Settled():
                self._settle(message)

    def _on_cancelled(self, ref: str, filled: int | None) -> None:
        """Believe an end only with all its fills: what is sold or bought next depends on what is held."""
        order = self._order(ref, "end")
        if order is None or filled is None or filled <= order.filled:
            self._move_order(ref, "cancel_confirmed")
        else:
            logger.info("ledger: {} has ended with {} filled, {} are booked: comparing", ref, filled, order.filled)
            self._move_order(ref, "end_in_doubt", reason="a fill of it is still to come")
            self.send(m.RISK, m.BookChanged())
            self.send(m.BROKER, m.Resync())

    def _look_why(self, ref: str) -> None:
        """Compare the books where a refused cancel is not explained by an end that was heard before it."""
        order = self._ledger.order(ref)
        if order is None or not order.state.is_final:
            self.send(m.BROKER, m.Resync())

    def _book(self, execution: Execution) -> None:
        order = self._order(execution.order_ref, f"execution {execution.exec_id}")
        if order is None:
            return
        stem, number = stem_of(execution.exec_id)
        earlier = [each for each in order.executions if stem_of(each.exec_id)[0] == stem]
        if any(stem_of(each.exec_id)[1] >= number for each in earlier):
            return
        filled = order.filled + execution.quantity - sum(each.quantity for each in earlier)  # a correction replaces
        trigger = "fill" if filled >= order.intent.quantity else "partial_fill"
        booked = ExecutionBooked(
            at=self.now(), position_id=order.intent.position_id, leg=order.intent.leg, execution=execution
        )
        if ORDER.life(order.state).can(trigger):
            self._write(booked, self._moved(execution.order_ref, order.state, trigger))
        else:  # a correction leaves a filled order where it stands
            self._write(booked)
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
            self.send(m.NOTIFIER, m.Alarm(AlertCode.EXERCISED, text))

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
        ours = self._ledger.book(first_day(snapshot))
        found = compare(ours, snapshot, now=now, grace=self._rules.grace, in_flight=self._in_flight())
        self._write_bookings(found.bookings)
        for commission in found.commissions:
            self._write(commission)
        for move in found.order_moves:
            self._repair(move)
        if self._adopt(snapshot):
            self._reconcile(snapshot)  # now what they sold has an order to be booked to
            return
        repaired = tuple(str(d) for d in found.differences if str(d) not in found.breaks)
        futures = futures_in(snapshot.others)
        self._compared = self._side_by_side(snapshot)
        self._differences = found.differences
        self._on_futures(futures, trading_date(snapshot.taken_at))
        strange = [f"the broker also holds {other}, which nothing explains" for other in snapshot.others]
        self._judge(found, repaired, (*found.breaks, *strange), are_futures=not found.breaks and bool(futures))

    def _in_flight(self) -> frozenset[str]:
        """Return the orders that moved within the grace by elapsed time: a clock put forward proves no absence."""
        oldest = self.clock.elapsed() - self._rules.grace.total_seconds()
        self._moved_at = {ref: moved_at for ref, moved_at in self._moved_at.items() if moved_at > oldest}
        return frozenset(self._moved_at)

    def _adopt(self, snapshot: p.BrokerSnapshot) -> bool:
        """Make the sales known that an emergency stop sent past this process; return whether there were any."""
        adopted = False
        for intended in adoptable(snapshot.orders, self._ledger, self.now()):
            ref = intended.intent.ref
            try:
                self._write(intended, self._moved(ref, OrderState.INTENDED, "send"))
            except Missing:
                raise
            except LottogridError as error:
                logger.error("ledger: {} was sent past the bot and cannot be taken in: {}", ref, error)
                continue
            logger.warning("ledger: {} was sent past the bot; taken in", ref)
            adopted = True
        return adopted

    def _judge(
        self, found: Comparison, repaired: tuple[str, ...], breaks: tuple[str, ...], *, are_futures: bool
    ) -> None:
        """Write down what a comparison has found, and halt where a difference stays; futures have halted already."""
        is_news = bool(found.differences or breaks or self._doubts) or self._reconciled is None
        self._reconciled = Reconciled(at=self.now(), repaired=repaired, breaks=breaks)
        if is_news:
            self._write(self._reconciled)
        else:
            self._show()
        if repaired:
            logger.info("ledger: repaired from the broker's book: {}", "; ".join(repaired))
        # A fill may have crossed the first comparison, not the second; an order that was never written crossed nothing.
        is_new = bool(breaks) and not self._doubts and not found.never_written
        if is_new:
            logger.warning("ledger: the books differ; comparing again: {}", _in_short(breaks))
        elif breaks and not are_futures:
            self.send(m.ENGINE, m.Halt(Reason.RECONCILIATION_BREAK, _in_short(breaks)))
        self._doubts = breaks
        if is_news:
            self.send(m.RISK, m.BookChanged())
        self.send(m.BROKER, m.BooksCompared(breaks, look_again=is_new or bool(found.undecided)))

    def _on_futures(self, futures: tuple[FutureHeld, ...], day: date) -> None:
        """Halt and alarm; end at the market, once, what our own exercise explains, where the settings say so."""
        if not futures:
            return
        held = ", ".join(str(future) for future in futures)
        self.send(m.ENGINE, m.Halt(Reason.FUTURE_DELIVERED, f"the broker holds {held}: sell or buy it back"))
        brought = delivered(self._ledger.positions(day), day) if self._rules.flatten_delivered else 0
        for future in futures:
            ref = f"LG-{day:%Y%m%d}-{future.symbol}"
            quantity = ours_of(future.quantity, brought)
            brought -= quantity
            if quantity and not self._ledger.journal(kind=FutureOrdered.__name__, subject=ref, limit=1):
                order = FutureOrdered(at=self.now(), ref=ref, symbol=future.symbol, quantity=quantity)
                self._write(order)
                self.send(m.BROKER, m.FlattenFuture(order))

    def _side_by_side(self, snapshot: p.BrokerSnapshot) -> tuple[Compared, ...]:
        ours = self._ledger.holdings()
        theirs = {each.contract: each.quantity for each in snapshot.positions}
        contracts = sorted(ours.keys() | theirs.keys(), key=str)
        return tuple(Compared(each, ours.get(each, 0), theirs.get(each, 0)) for each in contracts)

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
        self.publish(self._following.view(self._reconciled, self._differences, self._compared))


def _in_short(breaks: tuple[str, ...]) -> str:
    rest = len(breaks) - _BREAKS_NAMED
    return "; ".join(breaks[:_BREAKS_NAMED]) + (f"; and {rest} more in the journal" if rest > 0 else "")
