"""The position actor: one for each strangle, or for anything else made of legs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from loguru import logger

from actors import messages as m
from actors.course import Course
from actors.runtime.actor import Actor
from actors.runtime.runtime import Timer
from lottogrid import entering, planning
from lottogrid.calendar import TradingDay
from lottogrid.control.latch import Ordered, nothing
from lottogrid.entering import EntryPolicy
from lottogrid.market.contracts import ContractSpec, OptionContract
from lottogrid.market.quotes import Quote
from lottogrid.orders import OrderState, Purpose
from lottogrid.planning import CancelWish, OrderWish
from lottogrid.positions import LegRecord, LegState, PositionRecord
from lottogrid.risk.reasons import Reason
from machines.engine import EngineState


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a position waits, in the clock's time."""

    plan: timedelta = timedelta(seconds=60)
    """A plan older than this is given up."""
    exit: timedelta = timedelta(seconds=15)
    """A sale at the bid that is not filled is repeated at any price."""
    quote: timedelta = timedelta(seconds=3)
    """A sale does not wait longer than this for a quote."""


class Offers:
    """What the legs are offered at, as asked for when an entry is to be helped along."""

    def __init__(self, lasts: timedelta) -> None:
        """Believe an answer for so long, and ask for no other meanwhile."""
        self._lasts = lasts
        self._asked: dict[OptionContract, datetime] = {}
        self._quotes: dict[OptionContract, Quote] = {}

    def ask(self, contracts: Iterable[OptionContract], now: datetime) -> tuple[OptionContract, ...]:
        """Return those of `contracts` that have to be asked for now."""
        missing = tuple(each for each in contracts if each not in self._asked or now - self._asked[each] >= self._lasts)
        for contract in missing:
            self._asked[contract] = now
            self._quotes.pop(contract, None)
        return missing

    def take_in(self, quotes: Iterable[Quote]) -> None:
        """Note an answer."""
        self._quotes.update((quote.contract, quote) for quote in quotes if quote.contract in self._asked)

    def is_awaited(self, contract: OptionContract, now: datetime, patience: timedelta) -> bool:
        """Whether an answer may still come."""
        asked = self._asked.get(contract)
        return asked is not None and contract not in self._quotes and now - asked < patience

    def of(self, contract: OptionContract, now: datetime) -> Decimal | None:
        """Return what an option is offered at, points; None where that is not known, or was too long ago."""
        quote = self._quotes.get(contract)
        return None if quote is None or now - self._asked[contract] >= self._lasts else quote.ask

    def wake_times(self, patience: timedelta) -> list[datetime]:
        """Return the instants at which an answer is given up, or has aged."""
        return [asked + wait for asked in self._asked.values() for wait in (patience, self._lasts)]


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

    def __init__(
        self,
        position_id: str,
        spec: ContractSpec,
        patience: Patience,
        policy: EntryPolicy | None = None,
        ordered: Ordered = nothing,
    ) -> None:
        super().__init__()
        self._ordered = ordered
        self._is_withheld = False
        """The operator wants no order to rest; a sale that must be goes on."""
        self._policy = policy or EntryPolicy()
        self._id = position_id
        self._spec = spec
        self._patience = patience
        self._course: Course | None = None
        self._session: m.SessionChanged | None = None
        self._closing: Reason | None = None
        self._restarted = self.cell.generation > 1
        self._quotes: dict[OptionContract, Quote] = {}
        self._quotes_asked_at: datetime | None = None
        self._offers = Offers(self._policy.every)
        self._timer: Timer | None = None

    def on_start(self) -> None:
        """Recall the position, and ask what the hour demands."""
        self.send(m.LEDGER, m.RecallPosition(self._id, self.name))
        self.send(m.CLOCK, m.TellSession(self.name))

    def on_receive(self, message: object) -> None:  # noqa: C901 - one line a message
        """Take in what is told, then look at the whole."""
        match message:
            case m.PositionRecalled(record=record, engine=engine):
                self._recall(record)
                if engine is EngineState.FLATTENING:
                    self._close_for(Reason.OPERATOR)
            case m.OrderChanged(order=order) if self._course is not None:
                self._course.take_in(order)
            case m.HoldingSettled(leg=leg, execution=execution) if self._course is not None:
                self._course.take_in_settlement(leg, execution)
            case m.SessionChanged():
                self._session = message
                if message.closes_positions:
                    self._close_for(Reason.FLATTEN)
            case m.ClosePosition(reason=reason):
                self._close_for(reason)
            case m.QuotesTold(quotes=quotes):
                self._quotes.update((quote.contract, quote) for quote in quotes)
                self._offers.take_in(quotes)
            case m.CommitRefused(text=text):
                raise RuntimeError(text)
        if self._course is not None:
            self._reconsider(self._course)

    def _recall(self, record: PositionRecord) -> None:
        self._course = Course(record)
        held = frozenset(leg.plan.contract for leg in record.legs if not leg.state.is_final)
        self.send(m.MARKET_DATA, m.Watch(self.name, held))

    def _close_for(self, reason: Reason) -> None:
        self._closing = self._closing or reason

    def _heed(self) -> None:
        """Take in what the operator has ordered."""
        standing = self._ordered()
        self._is_withheld = standing is not None and standing.withdraws
        if standing is not None and standing.flattens:
            self._close_for(Reason.OPERATOR)

    # --- what should be

    def _reconsider(self, course: Course) -> None:
        """Bring the machines to where the facts are, and ask for the orders that should be working."""
        cancels: list[str] = []
        self._heed()
        self._ask_for_offers(course.record)
        for number in [leg.plan.number for leg in course.record.legs]:
            self._settle_leg(course, number)
            wish = None if self._is_too_late(course.record) else self._wish(course.record, course.leg(number))
            if isinstance(wish, CancelWish):
                cancels.append(wish.ref)
                if course.may_withdraw_leg(number):
                    course.move_leg(number, "withdraw", self.now())
            elif wish is not None:
                course.order(number, wish, self.now(), self._closing if wish.purpose is Purpose.EXIT else None)
        if cancels and course.may_withdraw():
            course.move("withdraw", self.now(), self._closing)
        self._settle(course)
        self._commit(course, cancels)
        self._wake_later(course.record)
        if course.state.is_final:
            self.send(m.MARKET_DATA, m.Watch(self.name, frozenset()))
            self.stop()

    def _settle(self, course: Course) -> None:
        chasing = self._may_enter and entering.is_chasing(course.record, self._policy)
        while trigger := planning.position_trigger(course.record, closing=self._closing is not None, chasing=chasing):
            course.move(trigger, self.now(), self._closing)
        if self._may_enter and entering.sells_lone_leg(course.record, self._policy):
            self._close_for(Reason.LONE_LEG)
            self.hear(m.Reconsider())

    def _settle_leg(self, course: Course, number: int) -> None:
        gives_up = self._gives_up(course.record)
        again = self._may_enter_again(course.record, course.leg(number))
        while (trigger := planning.leg_trigger(course.leg(number), closing=gives_up, again=again)) is not None:
            reason = self._why_never_bought(course.leg(number)) if trigger == "never_bought" else None
            course.move_leg(number, trigger, self.now(), reason)

    def _may_enter_again(self, record: PositionRecord, leg: LegRecord) -> bool:
        """Whether what a leg lacks is to be ordered once more, or may be when an offer has been told."""
        if not self._may_try_again(record, leg):
            return False
        if self._offers.is_awaited(leg.plan.contract, self.now(), self._patience.quote):
            return True
        return self._limit_again(record, leg) is not None

    def _may_try_again(self, record: PositionRecord, leg: LegRecord) -> bool:
        return self._may_enter and entering.may_try_again(record, leg, self._policy, self.now())

    def _limit_again(self, record: PositionRecord, leg: LegRecord) -> Decimal | None:
        """Return the limit at which what a leg lacks is to be ordered; None where no nearer one is to be had."""
        if not self._may_try_again(record, leg):
            return None
        offer = self._offers.of(leg.plan.contract, self.now())
        return entering.next_limit(record, leg, offer, spec=self._spec, policy=self._policy, now=self.now())

    def _ask_for_offers(self, record: PositionRecord) -> None:
        """Ask what those legs are offered at whose entry may be helped along now."""
        now = self.now()
        wanted = [
            leg.plan.contract
            for leg in record.legs
            if self._may_try_again(record, leg) and (not leg.live_orders or self._is_due(leg))
        ]
        if missing := self._offers.ask(wanted, now):
            self.send(m.MARKET_DATA, m.TellQuotes(missing, self.name))

    def _is_due(self, leg: LegRecord) -> bool:
        """Whether the limit of a working entry has stood for long enough."""
        due = entering.reprice_at(leg, self._policy)
        return due is not None and due <= self.now()

    def _gives_up(self, record: PositionRecord) -> bool:
        """Whether a planned leg must not be entered any more."""
        return not self._may_enter or self._restarted or self.now() - record.planned_at > self._patience.plan

    @property
    def _may_enter(self) -> bool:
        return self._closing is None and not self._is_withheld

    def _wish(self, record: PositionRecord, leg: LegRecord) -> OrderWish | CancelWish | None:
        now = self.now()
        closing = self._closing is not None
        nearer = self._limit_again(record, leg)
        cancel = planning.cancel_wish(
            leg,
            closing=closing or self._is_withheld,
            entry_since=entering.lasts(leg, self._policy),
            exit_since=self._patience.exit,
            lowest=self._spec.ladder.smallest,
            now=now,
            is_bettered=nearer is not None and self._is_due(leg),
        )
        if cancel is not None or (self._is_withheld and not closing):
            return cancel
        entry = planning.entry_wish(leg) if nearer is None else planning.entry_again_wish(leg, nearer)
        if entry is not None:
            return entry
        retry_at = planning.retry_at(leg)
        if retry_at is not None and now < retry_at:
            return None
        if not closing:
            return planning.target_wish(leg, record.target_multiple, self._spec.ladder)
        if self._waits_for_quote(record, leg):
            return None
        return planning.exit_wish(leg, self._quotes.get(leg.plan.contract), self._spec.ladder)

    def _is_too_late(self, record: PositionRecord) -> bool:
        """Whether the exchange takes no orders for these options any more: only the settlement is to come."""
        if self._session is None:
            return True  # what the hour allows is not known yet
        if self._session.today != record.trading_date:
            return True
        return not isinstance(self._session.day, TradingDay) or self.now() >= self._session.day.closes

    def _waits_for_quote(self, record: PositionRecord, leg: LegRecord) -> bool:
        if leg.state is not LegState.HELD or leg.plan.contract in self._quotes:
            return False
        if self._quotes_asked_at is None:
            self._quotes_asked_at = self.now()
            held = tuple(each.plan.contract for each in record.legs)
            self.send(m.MARKET_DATA, m.TellQuotes(held, self.name))
        return self.now() - self._quotes_asked_at < self._patience.quote

    def _why_never_bought(self, leg: LegRecord) -> Reason:
        if self._closing is not None:
            return self._closing
        if not leg.orders:
            return Reason.RESTARTED if self._restarted else Reason.STALE_DECISION
        refused = leg.orders[-1].state in {OrderState.REJECTED, OrderState.ABSENT}
        return Reason.ENTRY_REFUSED if refused else Reason.ENTRY_TIMEOUT

    # --- what follows

    def _commit(self, course: Course, cancels: list[str]) -> None:
        records = course.drain()
        if records:
            self.send(m.LEDGER, m.Commit(self.name, records, m.orders_of(records, as_combo=self._policy.as_combo)))
            logger.debug("{}: {}", self._id, course.state.value)
        for ref in cancels:
            self.send(m.LEDGER, m.RequestCancel(ref))
            course.cancelling(ref)
        self.publish(PositionView(course.record, self._closing))

    # --- time

    def _wake_later(self, record: PositionRecord) -> None:
        """Set one timer for the next instant at which time alone changes what should be done."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self.now()
        instants = self._offers.wake_times(self._patience.quote)
        for leg in record.legs:
            since = entering.lasts(leg, self._policy)
            instants += planning.wake_times(leg, entry_since=since, exit_since=self._patience.exit)
            instants += filter(None, [entering.reprice_at(leg, self._policy)])
        if self._quotes_asked_at is not None:
            instants.append(self._quotes_asked_at + self._patience.quote)
        due = min((instant for instant in instants if instant > now), default=None)
        if due is not None:
            self._timer = self.at(due, m.Reconsider())
