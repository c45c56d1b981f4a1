"""I7: when an entry may be planned and sent, how long it may work, and what becomes of a leg that it left alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from actors.simulation.invariants.base import Invariant
from lottogrid.ledger.records import OrderIntended, PositionPlanned, Record
from lottogrid.orders import OrderIntent, Purpose, Side

_PLAN = timedelta(seconds=60)
"""How old a plan may be when its first orders are made."""
_SLACK = timedelta(seconds=10)
"""How long a cancel, or the sale of a lone leg, may be under way where nothing hinders it."""


class EntriesInTime(Invariant):
    """I7. By the clock of the machine, which may be wrong: the bot has no other."""

    id, kind = "I7", "S"
    claim = (
        "no entry outside the window, while not running, on stale data, or before the books were compared; none is "
        "sent or works beyond its timeout and its chase, and a leg left alone goes where the policy says so"
    )

    def process_started(self) -> None:
        """Nothing has been compared yet."""
        self.world.books.reconciled = None

    def committed(self, record: Record) -> None:
        """Judge a plan, and each order that it leads to."""
        if isinstance(record, PositionPlanned):
            self._judge(record)
        elif isinstance(record, OrderIntended) and record.intent.purpose is Purpose.ENTRY:
            self._judge_order(record.intent)

    def quiet(self) -> None:
        """Look for entries that nobody has ended, and for legs that nobody has sold."""
        world = self.world
        if world.books_may_differ or world.process is None or world.session_number in world.was_away:
            return
        patience = max(self._timeout, self._every) + _SLACK
        for order in world.exchange.orders.values():
            age = world.now() - order.intent.created_at
            if order.intent.purpose is Purpose.ENTRY and not order.state.is_final and age > patience:
                self.broken(f"the entry {order.ref} still works after {age}, {patience} are allowed")
        if self._sells_lone_leg:
            today = world.session.day.date
            for plan in [each for each in world.books.plans.values() if each.trading_date == today]:
                for leg in self._kept(plan):
                    self.broken(f"leg {leg} of {plan.position_id} is alone, and was to be sold")

    # --- the policy of the day

    @property
    def _timeout(self) -> timedelta:
        return timedelta(seconds=self.world.settings.strategy.entry_timeout_seconds)

    @property
    def _every(self) -> timedelta:
        return timedelta(seconds=self.world.settings.strategy.reprice_seconds)

    @property
    def _chases(self) -> int:
        """How many orders a leg may get after its timeout."""
        strategy = self.world.settings.strategy
        return strategy.lone_leg_chases if strategy.lone_leg == "chase" else 0

    @property
    def _sells_lone_leg(self) -> bool:
        strategy = self.world.settings.strategy
        return strategy.lone_leg == "sell" or (strategy.lone_leg == "chase" and strategy.lone_leg_after_chase == "sell")

    # --- orders

    def _judge_order(self, intent: OrderIntent) -> None:
        plan = self.world.books.plans.get(intent.position_id)
        if plan is None:
            return
        made = sorted(each.created_at for each in self._entries(plan) if each.leg == intent.leg and each is not intent)
        first = made[0] if made else intent.created_at
        if first - plan.at > _PLAN:
            self.broken(f"{intent.ref} was sent {first - plan.at} after its plan")
        ends = first + self._timeout
        if intent.created_at < ends:
            return
        late = sum(at >= ends for at in made)
        if intent.created_at >= ends + self._chases * self._every or late >= self._chases:
            self.broken(
                f"{intent.ref} was sent {intent.created_at - first} after the first order of its leg, behind {late} "
                f"of {self._chases} chases"
            )

    def _entries(self, plan: PositionPlanned) -> Iterator[OrderIntent]:
        """Yield the entries of a position that the journal has."""
        for intent in self.world.books.intents.values():
            if intent.position_id == plan.position_id and intent.purpose is Purpose.ENTRY:
                yield intent

    def _kept(self, plan: PositionPlanned) -> Iterator[int]:
        """Yield the legs of a position that are held without another, past all chases, with no sale ever ordered."""
        last = max((intent.created_at for intent in self._entries(plan)), default=None)
        patience = self._timeout + (self._chases + 1) * self._every + _SLACK
        if last is None or self.world.now() - last <= patience:
            return
        bought: Counter[int] = Counter()
        held: Counter[int] = Counter()
        for order in self.world.exchange.orders.values():
            if order.intent.position_id == plan.position_id:
                bought[order.intent.leg] += order.filled if order.intent.side is Side.BUY else 0
                held[order.intent.leg] += order.filled if order.intent.side is Side.BUY else -order.filled
        if all(bought[leg.number] for leg in plan.proposal.legs):
            return
        leaving = {
            intent.leg
            for intent in self.world.books.intents.values()
            if intent.position_id == plan.position_id and intent.purpose is Purpose.EXIT
        }
        yield from (leg for leg in held if held[leg] > 0 and leg not in leaving)

    # --- plans

    def _judge(self, plan: PositionPlanned) -> None:
        world = self.world
        session = world.session
        if not session.day.opens <= plan.at <= session.day.last_entry:
            self.broken(f"{plan.position_id} was planned for {plan.at}, outside of the window")
        if world.books.reconciled is None:
            self.broken(f"{plan.position_id} was planned before the books were compared")
        elif world.books.reconciled.breaks:
            self.broken(f"{plan.position_id} was planned while the books differ: {world.books.reconciled.breaks[0]}")
        if world.books.engine != "running" or world.books.halts:
            why = ", ".join(halt.reason.name for halt in world.books.halts)
            self.broken(f"{plan.position_id} was planned while the engine was {world.books.engine}; halts: {why}")
        self._judge_data(plan)

    def _judge_data(self, plan: PositionPlanned) -> None:
        risk, line = self.world.settings.risk, self.world.line
        if line.bar_heard is None or plan.at - line.bar_heard > timedelta(seconds=risk.data_stale_seconds):
            self.broken(f"{plan.position_id} was decided at {plan.at} on a price of {line.bar_heard}")
        for leg in plan.proposal.legs:
            heard = line.quotes_heard.get(leg.contract)
            if heard is None or plan.at - heard > timedelta(seconds=risk.quote_stale_seconds):
                self.broken(f"{plan.position_id} was decided at {plan.at} on a quote of {leg.contract} of {heard}")


ALL = (EntriesInTime,)
