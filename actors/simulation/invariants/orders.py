"""I1 to I4, I12, I13 and I18: what reaches the exchange, judged by the exchange's own records."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal

from actors.messages import Halt, Rearm
from actors.simulation.invariants.base import Invariant
from lottogrid.exchange.values import VenueOrder
from lottogrid.ledger.corrections import stem_of
from lottogrid.ledger.records import EngineMoved, OrderIntended, PositionPlanned, Record
from lottogrid.orders import Execution, OrderIntent, Purpose, Side

_UNDER_WAY = timedelta(seconds=35)
"""How long a plan of before may still be on its way to its position, which may be slow, when entries are forbidden."""
_ENTERING = {"planned", "entry_sent", "entry_unknown"}
_OVER = {"closed", "abandoned"}
_NO_ENTRIES = {"halted", "flattening", "paused", "stopped"}


class NoOrphan(Invariant):
    """I1."""

    id, kind = "I1", "S"
    claim = "every order at the exchange has an intent that was committed before it was sent"

    def placed(self, intent: OrderIntent, now: datetime) -> None:
        """Look for the intent."""
        del now
        known = self.world.invariants.intents.get(intent.ref)
        if known is None:
            self.broken(f"order {intent.ref} is at the exchange, and the journal does not have it")
        elif known != intent:
            self.broken(f"order {intent.ref} is not as it was written: {intent} instead of {known}")


class NoDuplicate(Invariant):
    """I2."""

    id, kind = "I2", "S"
    claim = "no order is sent twice, and no leg has two orders that may trade"

    def placed(self, intent: OrderIntent, now: datetime) -> None:
        """Look for another.

        Not claimed behind a backup that lacks orders (F43): references are counted in the ledger, and what it has
        forgotten is given again. The exchange refuses it, and a person has been called.
        """
        del now
        if self.world.books_may_differ:
            return
        orders = self.world.exchange.orders
        if intent.ref in orders:
            self.broken(f"order {intent.ref} was sent twice")
        for other in orders.values():
            same_leg = (other.intent.position_id, other.intent.leg) == (intent.position_id, intent.leg)
            if same_leg and not other.state.is_final:
                self.broken(f"order {intent.ref} was sent while {other.ref} of the same leg is {other.state.value}")


class WithinLimits(Invariant):
    """I3 and what a day may hold."""

    id, kind = "I3", "S"
    claim = "by the exchange's executions no strangle is dearer than the cap, and counts and spacing keep their limits"

    def committed(self, record: Record) -> None:
        """Judge a plan by the settings that hold, and by what the exchange has seen."""
        if not isinstance(record, PositionPlanned):
            return
        limits = self.world.settings.risk
        entered = self._entered(record)
        if len(entered) >= limits.max_trades_per_day:
            self.broken(f"{record.position_id}: {len(entered)} were entered, {limits.max_trades_per_day} are allowed")
        held = sum(self._is_open(plan) for plan in entered)
        if held >= limits.max_open_trades:
            self.broken(f"{record.position_id}: {held} are open, {limits.max_open_trades} are allowed")
        gap = timedelta(minutes=limits.min_time_between_trades)
        for plan in entered:
            if timedelta(0) < record.at - plan.at < gap:
                self.broken(f"{record.position_id} was planned {record.at - plan.at} after {plan.position_id}")

    def _entered(self, record: PositionPlanned) -> list[PositionPlanned]:
        """Return the day's earlier plans that were bought, or may still be."""
        books = self.world.books
        earlier = [plan for plan in books.plans.values() if plan.trading_date == record.trading_date]
        bought = {
            order.intent.position_id
            for order in self.world.exchange.orders.values()
            if order.filled and order.intent.purpose is Purpose.ENTRY
        }
        return [
            plan for plan in earlier if plan.position_id in bought or books.positions[plan.position_id] != "abandoned"
        ]

    def _is_open(self, plan: PositionPlanned) -> bool:
        held = sum(
            order.filled if order.intent.side is Side.BUY else -order.filled
            for order in self.world.exchange.orders.values()
            if order.intent.position_id == plan.position_id
        )
        return held > 0 or self.world.books.positions[plan.position_id] not in _OVER

    def executed(self, execution: Execution, order: VenueOrder) -> None:
        """Judge what was bought and paid by the plan, and by what was reserved for it.

        An unannounced fill does not count: nobody who has the broker's word for an end can know of more to come.
        """
        del execution
        if order.intent.purpose is not Purpose.ENTRY:
            return
        plan = self.world.books.plans.get(order.intent.position_id)
        if plan is None:
            return
        entries = [
            each.intent
            for each in self.world.exchange.orders.values()
            if each.intent.position_id == plan.position_id and each.intent.purpose is Purpose.ENTRY
        ]
        refs = {intent.ref for intent in entries}
        multiplier = self.world.exchange.spec.multiplier
        bought: Counter[int] = Counter()
        paid = plan.proposal.costs_usd
        for each in self.world.exchange.executions.values():
            if each.order_ref in refs and each.exec_id not in self.world.exchange.unannounced:
                bought[self.world.exchange.orders[each.order_ref].intent.leg] += each.quantity
                paid += each.price * each.quantity * multiplier
        for leg in plan.proposal.legs:
            if bought[leg.number] > leg.quantity:
                self.broken(f"{order.ref}: {bought[leg.number]} of leg {leg.number} bought, {leg.quantity} planned")
        if paid > plan.reserved_usd and not self.world.counts["F30"]:
            self.broken(f"{plan.position_id} costs ${paid} with commissions, ${plan.reserved_usd} are reserved")


class NeverShort(Invariant):
    """I4."""

    id, kind = "I4", "S"
    claim = "no holding falls below zero, and no sale is sent that the books do not cover"

    def executed(self, execution: Execution, order: VenueOrder) -> None:
        """Look at what is held of the contract."""
        del order
        held = self.world.exchange.holdings.get(execution.contract, 0)
        if held < 0 and not self.world.books_may_differ:
            self.broken(f"{execution.contract}: {held} are held after {execution.exec_id}")

    def placed(self, intent: OrderIntent, now: datetime) -> None:
        """Look at what the leg holds by the bot's own booked executions."""
        del now
        if intent.side is not Side.SELL or self.world.books_may_differ:
            return
        held = selling = 0
        for execution in self.world.books.executions.values():
            sender = self.world.books.intents.get(execution.order_ref)
            if sender is not None and (sender.position_id, sender.leg) == (intent.position_id, intent.leg):
                held += execution.quantity if execution.side is Side.BUY else -execution.quantity
        for order in self.world.exchange.orders.values():
            other = order.intent
            same_leg = (other.position_id, other.leg) == (intent.position_id, intent.leg)
            if same_leg and other.side is Side.SELL and not order.state.is_final:
                selling += order.remaining
        if intent.quantity + selling > held:
            self.broken(f"{intent.ref} sells {intent.quantity}, {selling} are on sale, {held} are booked as held")


class KillSwitch(Invariant):
    """I12."""

    id, kind = "I12", "S"
    claim = "after a stop, pause, flatten or halt no entry is sent until the engine runs again; halts outlive restarts"

    def process_started(self) -> None:
        """A halt of an earlier life still holds."""
        if self.world.lives == 1:
            self._halted_at: datetime | None = None

    def commanded(self, message: object) -> None:
        """Remember a halt that nobody has ended."""
        if isinstance(message, Halt):
            self._halted_at = self.world.now()
        elif isinstance(message, Rearm):
            self._halted_at = None

    def quiet(self) -> None:
        """What the operator has ordered, again and again, must be in the journal by now; a backup may lack it."""
        world = self.world
        wanted = world.operator_wants
        if wanted and world.process is not None and not world.counts["F43"] and world.books.engine not in wanted:
            self.broken(f"the engine is {world.books.engine}, and was ordered to be {' or '.join(sorted(wanted))}")

    def day_ended(self) -> None:
        """A halt that the engine took must have outlived every restart; an older backup may have forgotten it."""
        books, since = self.world.books, self._halted_at
        if since is None or self.world.counts["F43"]:
            return
        if any(halt.at >= since for halt in books.halts_ever) and not books.halts:
            self.broken(f"the halt commanded at {since} is gone, and nobody has ended it")

    def committed(self, record: Record) -> None:
        """Hold an entry against the engine's last move away from running, and a move to it against the halts."""
        standing = [halt.reason.name for halt in self.world.books.halts if halt.trading_date is None]
        if isinstance(record, EngineMoved) and record.after == "running" and standing:
            self.broken(f"the engine runs while halts stand: {', '.join(standing)}")
        if not isinstance(record, OrderIntended) or record.intent.purpose is not Purpose.ENTRY:
            return
        books = self.world.books
        moved = books.engine_at
        if moved is not None and books.engine in _NO_ENTRIES and record.at - moved > _UNDER_WAY:
            self.broken(f"{record.intent.ref} is sent at {record.at}; {books.engine} since {moved}")


class LossLimit(Invariant):
    """I13."""

    id, kind = "I13", "S"
    claim = "no entry after which the day, by the exchange's cash, could lose more than the limit"

    def committed(self, record: Record) -> None:
        """Judge a plan with all that is held counted as lost."""
        if not isinstance(record, PositionPlanned) or self.world.books_may_differ:
            return
        spent = Decimal(0)
        multiplier = self.world.exchange.spec.multiplier
        today = record.trading_date
        for execution in self.world.exchange.executions.values():
            if execution.contract.expiry == today and execution.order_ref in self.world.books.intents:
                sign = 1 if execution.side is Side.BUY else -1
                spent += sign * execution.quantity * execution.price * multiplier + (execution.commission or 0)
        worst = spent + self._under_way(today) + record.proposal.worst_case_usd
        limit = self.world.settings.risk.max_draw
        if worst > limit:
            self.broken(f"{record.position_id} could bring the day's loss to ${worst}, the limit is ${limit}")

    def _under_way(self, today: date) -> Decimal:
        """Return what the day's plans may still buy, dollars, by the state of their orders at the exchange."""
        bought: Counter[tuple[str, int]] = Counter()
        over: set[tuple[str, int]] = set()
        for order in self.world.exchange.orders.values():
            if order.intent.purpose is Purpose.ENTRY:
                place = (order.intent.position_id, order.intent.leg)
                bought[place] += order.filled
                if order.state.is_final:
                    over.add(place)
        multiplier = self.world.exchange.spec.multiplier
        points = Decimal(0)
        for plan in self.world.books.plans.values():
            if plan.trading_date == today and self.world.books.positions[plan.position_id] in _ENTERING:
                for leg in plan.proposal.legs:
                    key = (plan.position_id, leg.number)
                    if key not in over:
                        points += (leg.quantity - bought[key]) * leg.limit_price
        return points * multiplier


class FillsAreSound(Invariant):
    """I18, the part about prices."""

    id, kind = "I18", "S"
    claim = (
        "no fill is worse than its limit, nor a combo than the sum of its limits, and the profit and loss of the day "
        "is the change of cash"
    )

    def executed(self, execution: Execution, order: VenueOrder) -> None:
        """Hold price against limit; that of a combo is the sum over its legs."""
        limit = order.intent.limit_price
        if limit is None:
            return
        if order.combo:
            self._judge_combo(order)
            return
        worse = execution.price > limit if execution.side is Side.BUY else execution.price < limit
        if worse:
            self.broken(
                f"{stem_of(execution.exec_id)[0]}: {order.intent.side.value} at {execution.price}, limit {limit}"
            )

    def _judge_combo(self, order: VenueOrder) -> None:
        """Hold what all legs of a combo have cost so far against the sum of their limits."""
        exchange = self.world.exchange
        refs = order.combo.split(",")
        limits = sum((exchange.orders[ref].intent.limit_price or Decimal(0) for ref in refs), Decimal(0))
        bought = [each for each in exchange.executions.values() if each.order_ref in refs]
        paid = sum((each.price * each.quantity for each in bought), Decimal(0))
        if paid > limits * order.intent.quantity and not self.world.counts["F30"]:
            self.broken(f"{order.combo}: {paid} points for {order.intent.quantity}, limit {limits} each")

    def day_ended(self) -> None:
        """Compare the sums of the trades with the cash."""
        self.world.invariants.money(self)


ALL = (NoOrphan, NoDuplicate, WithinLimits, NeverShort, KillSwitch, LossLimit, FillsAreSound)
