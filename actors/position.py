"""The position actor: one for each strangle, or for anything else made of legs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from loguru import logger

from actors import messages as m
from actors.runtime.actor import Actor
from actors.runtime.runtime import Timer
from lottogrid import planning
from lottogrid.calendar import TradingDay
from lottogrid.ledger.records import LegMoved, OrderIntended, PositionMoved, Record
from lottogrid.market.contracts import ContractSpec, OptionContract
from lottogrid.market.quotes import Quote
from lottogrid.orders import Execution, OrderIntent, OrderState
from lottogrid.planning import CancelWish, OrderWish
from lottogrid.positions import LegRecord, LegState, OrderRecord, PositionRecord, PositionState
from lottogrid.risk.reasons import Reason
from machines.base import Life
from machines.engine import EngineState
from machines.leg import LEG
from machines.position import POSITION


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a position waits, in the clock's time."""

    plan: timedelta = timedelta(seconds=60)
    """A plan older than this is given up."""
    entry: timedelta = timedelta(seconds=30)
    """An entry that is not filled is cancelled."""
    exit: timedelta = timedelta(seconds=15)
    """A sale at the bid that is not filled is repeated at any price."""
    quote: timedelta = timedelta(seconds=3)
    """A sale does not wait longer than this for a quote."""


@dataclass(frozen=True, slots=True)
class PositionView:
    """A position as it is shown."""

    record: PositionRecord
    closing: Reason | None


class Position(Actor):
    """Owns the machines of one position and of its legs.

    It knows nothing of other positions. Whatever it is told, it looks at the whole and asks what should be working;
    moves and orders go to the ledger in one commit, and the ledger passes the orders on. A crash loses nothing: the
    next incarnation recalls the position and asks itself the same question. It ends by itself when the position is
    over.
    """

    def __init__(self, position_id: str, spec: ContractSpec, patience: Patience) -> None:
        super().__init__()
        self._id = position_id
        self._spec = spec
        self._patience = patience
        self._record: PositionRecord | None = None
        self._life: Life[PositionState] = POSITION.life()
        self._legs: dict[int, Life[LegState]] = {}
        self._session: m.SessionChanged | None = None
        self._closing: Reason | None = None
        self._restarted = self.cell.generation > 1
        self._quotes: dict[OptionContract, Quote] = {}
        self._quotes_asked_at: datetime | None = None
        self._timer: Timer | None = None

    def on_start(self) -> None:
        """Recall the position, and ask what the hour demands."""
        self.send(m.LEDGER, m.RecallPosition(self._id, self.name))
        self.send(m.CLOCK, m.TellSession(self.name))

    def on_receive(self, message: object) -> None:
        """Take in what is told, then look at the whole."""
        match message:
            case m.PositionRecalled(record=record, engine=engine):
                self._recall(record)
                if engine is EngineState.FLATTENING:
                    self._close_for(Reason.OPERATOR)
            case m.OrderChanged(order=order):
                self._take_in(order)
            case m.HoldingSettled(leg=leg, execution=execution):
                self._settle_holding(leg, execution)
            case m.SessionChanged():
                self._session = message
                if message.closes_positions:
                    self._close_for(Reason.FLATTEN)
            case m.ClosePosition(reason=reason):
                self._close_for(reason)
            case m.QuotesTold(quotes=quotes):
                self._quotes.update((quote.contract, quote) for quote in quotes)
            case m.CommitRefused(text=text):
                raise RuntimeError(text)
        self._reconsider()

    # --- what is known

    def _recall(self, record: PositionRecord) -> None:
        self._record = record
        self._life = POSITION.life(record.state)
        self._legs = {leg.plan.number: LEG.life(leg.state) for leg in record.legs}
        self._watch()

    def _take_in(self, order: OrderRecord) -> None:
        if self._record is None:
            return
        legs = tuple(
            replace(leg, orders=_with(leg.orders, order)) if leg.plan.number == order.intent.leg else leg
            for leg in self._record.legs
        )
        self._record = replace(self._record, legs=legs)

    def _settle_holding(self, number: int, execution: Execution) -> None:
        if self._record is None:
            return
        legs = tuple(
            replace(leg, settlements=(*leg.settlements, execution))
            if leg.plan.number == number and all(known.exec_id != execution.exec_id for known in leg.settlements)
            else leg
            for leg in self._record.legs
        )
        self._record = replace(self._record, legs=legs)

    def _close_for(self, reason: Reason) -> None:
        self._closing = self._closing or reason

    def _watch(self) -> None:
        if self._record is not None:
            held = frozenset(leg.plan.contract for leg in self._record.legs if not leg.state.is_final)
            self.send(m.MARKET_DATA, m.Watch(self.name, held))

    # --- what should be

    def _reconsider(self) -> None:
        """Bring the machines to where the facts are, and ask for the orders that should be working."""
        if self._record is None:
            return
        records: list[Record] = []
        cancels: list[str] = []
        for leg in self._record.legs:
            self._settle_leg(leg.plan.number, records)
            wish = None if self._is_too_late() else self._wish(self._leg(leg.plan.number))
            if isinstance(wish, CancelWish):
                cancels.append(wish.ref)
                self._withdraw(leg.plan.number, records)
            elif wish is not None:
                self._order(self._leg(leg.plan.number), wish, records)
        if cancels and self._life.can("withdraw"):
            self._move("withdraw", records)
        self._settle_position(records)
        self._commit(records, cancels)
        self._wake_later()
        if self._life.state.is_final:
            self.send(m.MARKET_DATA, m.Watch(self.name, frozenset()))
            self.stop()

    def _leg(self, number: int) -> LegRecord:
        assert self._record is not None
        return next(leg for leg in self._record.legs if leg.plan.number == number)

    def _settle_leg(self, number: int, records: list[Record]) -> None:
        while (trigger := planning.leg_trigger(self._leg(number), closing=self._gives_up())) is not None:
            self._move_leg(number, trigger, records)

    def _gives_up(self) -> bool:
        """Whether a planned leg must not be entered any more."""
        assert self._record is not None
        return (
            self._closing is not None or self._restarted or self.now() - self._record.planned_at > self._patience.plan
        )

    def _wish(self, leg: LegRecord) -> OrderWish | CancelWish | None:
        now = self.now()
        closing = self._closing is not None
        cancel = planning.cancel_wish(
            leg,
            closing=closing,
            entry_since=self._patience.entry,
            exit_since=self._patience.exit,
            lowest=self._spec.ladder.smallest,
            now=now,
        )
        if cancel is not None:
            return cancel
        entry = planning.entry_wish(leg)
        if entry is not None:
            return entry
        retry_at = planning.retry_at(leg)
        if retry_at is not None and now < retry_at:
            return None
        if not closing:
            assert self._record is not None
            return planning.target_wish(leg, self._record.target_multiple, self._spec.ladder)
        if self._waits_for_quote(leg):
            return None
        return planning.exit_wish(leg, self._quotes.get(leg.plan.contract), self._spec.ladder)

    def _is_too_late(self) -> bool:
        """Whether the exchange takes no orders for these options any more: only the settlement is to come."""
        assert self._record is not None
        if self._session is None:
            return True  # what the hour allows is not known yet
        if self._session.today != self._record.trading_date:
            return True
        return not isinstance(self._session.day, TradingDay) or self.now() >= self._session.day.closes

    def _waits_for_quote(self, leg: LegRecord) -> bool:
        if leg.state is not LegState.HELD or leg.plan.contract in self._quotes:
            return False
        if self._quotes_asked_at is None:
            self._quotes_asked_at = self.now()
            held = tuple(each.plan.contract for each in (self._record.legs if self._record else ()))
            self.send(m.MARKET_DATA, m.TellQuotes(held, self.name))
        return self.now() - self._quotes_asked_at < self._patience.quote

    # --- moves

    def _order(self, leg: LegRecord, wish: OrderWish, records: list[Record]) -> None:
        intent = OrderIntent(
            ref=f"{self._id}-{leg.plan.number}-{len(leg.orders) + 1}",
            position_id=self._id,
            leg=leg.plan.number,
            contract=leg.plan.contract,
            side=wish.side,
            quantity=wish.quantity,
            order_type=wish.order_type,
            limit_price=wish.limit_price,
            purpose=wish.purpose,
            created_at=self.now(),
        )
        trigger = {"entry": "enter", "target": "work_target", "exit": "exit"}[wish.purpose.value]
        self._move_leg(leg.plan.number, trigger, records)
        records.append(OrderIntended(at=intent.created_at, intent=intent))

    def _move_leg(self, number: int, trigger: str, records: list[Record]) -> None:
        assert self._record is not None
        move = self._legs[number].fire(trigger)
        reason = self._reason_of(number, trigger)
        records.append(
            LegMoved(
                at=self.now(),
                position_id=self._id,
                leg=number,
                trigger=trigger,
                before=move.before.value,
                after=move.after.value,
                reason=reason,
            )
        )
        legs = tuple(replace(leg, state=move.after) if leg.plan.number == number else leg for leg in self._record.legs)
        self._record = replace(self._record, legs=legs)

    def _withdraw(self, number: int, records: list[Record]) -> None:
        """Note that an order has waited too long, or stands in the way."""
        if self._legs[number].can("withdraw"):
            self._move_leg(number, "withdraw", records)

    def _reason_of(self, number: int, trigger: str) -> Reason | None:
        if trigger == "never_bought":
            return self._closing or self._why_never_bought(self._leg(number))
        return self._closing if trigger == "exit" else None

    def _why_never_bought(self, leg: LegRecord) -> Reason:
        if not leg.orders:
            return Reason.RESTARTED if self._restarted else Reason.STALE_DECISION
        refused = leg.orders[-1].state in {OrderState.REJECTED, OrderState.ABSENT}
        return Reason.ENTRY_REFUSED if refused else Reason.ENTRY_TIMEOUT

    def _settle_position(self, records: list[Record]) -> None:
        assert self._record is not None
        while (trigger := planning.position_trigger(self._record, closing=self._closing is not None)) is not None:
            self._move(trigger, records)

    def _move(self, trigger: str, records: list[Record]) -> None:
        assert self._record is not None
        move = self._life.fire(trigger)
        self._record = replace(self._record, state=move.after, changed_at=self.now())
        records.append(
            PositionMoved(
                at=self.now(),
                position_id=self._id,
                trigger=trigger,
                before=move.before.value,
                after=move.after.value,
                reason=self._closing,
            )
        )

    def _commit(self, records: list[Record], cancels: list[str]) -> None:
        assert self._record is not None
        if records:
            then = tuple(
                (m.BROKER, m.PlaceOrder(record.intent)) for record in records if isinstance(record, OrderIntended)
            )
            self.send(m.LEDGER, m.Commit(self.name, tuple(records), then))
            logger.debug("{}: {}", self._id, self._record.state.value)
        for ref in cancels:
            self.send(m.LEDGER, m.RequestCancel(ref))
        self._remember(records, cancels)
        self.publish(PositionView(self._record, self._closing))

    def _remember(self, records: list[Record], cancels: list[str]) -> None:
        """Count the orders just asked for as sent, until the ledger says more."""
        for record in records:
            if isinstance(record, OrderIntended):
                self._take_in(planning.as_sent(record.intent))
        for ref in cancels:
            for leg in self._record.legs if self._record else ():
                for order in leg.orders:
                    if order.intent.ref == ref:
                        self._take_in(planning.as_cancelling(order))

    # --- time

    def _wake_later(self) -> None:
        """Set one timer for the next instant at which time alone changes what should be done."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        assert self._record is not None
        now = self.now()
        instants = [
            instant
            for leg in self._record.legs
            for instant in planning.wake_times(leg, entry_since=self._patience.entry, exit_since=self._patience.exit)
        ]
        if self._quotes_asked_at is not None:
            instants.append(self._quotes_asked_at + self._patience.quote)
        due = min((instant for instant in instants if instant > now), default=None)
        if due is not None:
            self._timer = self.at(due, m.Reconsider())


def _with(orders: tuple[OrderRecord, ...], changed: OrderRecord) -> tuple[OrderRecord, ...]:
    if any(order.intent.ref == changed.intent.ref for order in orders):
        return tuple(changed if order.intent.ref == changed.intent.ref else order for order in orders)
    return (*orders, changed)
