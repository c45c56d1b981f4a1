"""One position as it stands: its record, its machines, and the moves that are not written down yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from lottogrid import planning
from lottogrid.ledger.records import LegMoved, OrderIntended, PositionMoved, PositionPlanned, Record
from lottogrid.orders import Execution, OrderIntent, Purpose
from lottogrid.planning import OrderWish
from lottogrid.positions import LegRecord, LegState, OrderRecord, PositionRecord, PositionState
from lottogrid.risk.reasons import Reason
from machines.leg import LEG
from machines.position import POSITION

_TRIGGERS = {"entry": "enter", "target": "work_target", "exit": "exit"}


class Course:
    """Moves a position and its legs through their machines, and keeps what the journal must hear of it.

    The position actor walks it; risk takes the first steps, so that plan and entry orders are one commit.
    """

    def __init__(self, record: PositionRecord) -> None:
        self.record = record
        self._life = POSITION.life(record.state)
        self._legs = {leg.plan.number: LEG.life(leg.state) for leg in record.legs}
        self._records: list[Record] = []

    @classmethod
    def of_plan(cls, planned: PositionPlanned) -> Course:
        """Return the course of a position that has just been planned; the plan is the first of its records."""
        legs = tuple(LegRecord(plan=plan, state=LegState.PLANNED) for plan in planned.proposal.legs)
        course = cls(
            PositionRecord(
                position_id=planned.position_id,
                trading_date=planned.trading_date,
                level=planned.proposal.level,
                state=PositionState.PLANNED,
                planned_at=planned.at,
                changed_at=planned.at,
                reserved_usd=planned.reserved_usd,
                target_multiple=planned.proposal.target_multiple,
                legs=legs,
            )
        )
        course._records.append(planned)
        return course

    @property
    def state(self) -> PositionState:
        """Where the position stands."""
        return self._life.state

    def leg(self, number: int) -> LegRecord:
        """Return a leg as it stands."""
        return next(leg for leg in self.record.legs if leg.plan.number == number)

    def drain(self) -> tuple[Record, ...]:
        """Return the moves and orders since the last call, in their order."""
        records, self._records = tuple(self._records), []
        return records

    # --- what is told

    def take_in(self, order: OrderRecord) -> None:
        """Put an order as the ledger tells it in the place of what was known of it."""
        self._change(order.intent.leg, lambda leg: replace(leg, orders=_with(leg.orders, order)))

    def take_in_settlement(self, number: int, execution: Execution) -> None:
        """Note that a leg's holding ended at the fixing; what is known already changes nothing."""
        if all(known.exec_id != execution.exec_id for known in self.leg(number).settlements):
            self._change(number, lambda leg: replace(leg, settlements=(*leg.settlements, execution)))

    # --- moves

    def enter(self, now: datetime) -> None:
        """Order the entry of every leg."""
        for leg in self.record.legs:
            wish = planning.entry_wish(leg)
            if wish is not None:
                self.order(leg.plan.number, wish, now)
        self.move("enter", now)

    def order(self, number: int, wish: OrderWish, now: datetime, reason: Reason | None = None) -> None:
        """Give a leg the order it wishes for; until the ledger says more it counts as sent."""
        leg = self.leg(number)
        intent = OrderIntent(
            ref=f"{self.record.position_id}-{number}-{len(leg.orders) + 1}",
            position_id=self.record.position_id,
            leg=number,
            contract=leg.plan.contract,
            side=wish.side,
            quantity=wish.quantity,
            order_type=wish.order_type,
            limit_price=wish.limit_price,
            purpose=wish.purpose,
            created_at=now,
        )
        is_repriced = wish.purpose is Purpose.ENTRY and bool(leg.orders)
        self.move_leg(number, "reprice" if is_repriced else _TRIGGERS[wish.purpose.value], now, reason)
        self._records.append(OrderIntended(at=now, intent=intent))
        self.take_in(planning.as_sent(intent))

    def cancelling(self, ref: str) -> None:
        """Count an order whose cancel is asked for as being cancelled, until the ledger says more."""
        for leg in self.record.legs:
            for order in leg.orders:
                if order.intent.ref == ref:
                    self.take_in(planning.as_cancelling(order))

    def may_withdraw_leg(self, number: int) -> bool:
        """Whether a leg stands where waiting too long is a move of its own."""
        return self._legs[number].can("withdraw")

    def may_withdraw(self) -> bool:
        """Whether the position does."""
        return self._life.can("withdraw")

    def move_leg(self, number: int, trigger: str, now: datetime, reason: Reason | None = None) -> None:
        """Fire a trigger of a leg's machine."""
        move = self._legs[number].fire(trigger)
        self._records.append(
            LegMoved(
                at=now,
                position_id=self.record.position_id,
                leg=number,
                trigger=trigger,
                before=move.before.value,
                after=move.after.value,
                reason=reason,
            )
        )
        self._change(number, lambda leg: replace(leg, state=move.after))

    def move(self, trigger: str, now: datetime, reason: Reason | None = None) -> None:
        """Fire a trigger of the position's machine."""
        move = self._life.fire(trigger)
        self.record = replace(self.record, state=move.after, changed_at=now)
        self._records.append(
            PositionMoved(
                at=now,
                position_id=self.record.position_id,
                trigger=trigger,
                before=move.before.value,
                after=move.after.value,
                reason=reason,
            )
        )

    def _change(self, number: int, how: Callable[[LegRecord], LegRecord]) -> None:
        legs = tuple(how(leg) if leg.plan.number == number else leg for leg in self.record.legs)
        self.record = replace(self.record, legs=legs)


def _with(orders: tuple[OrderRecord, ...], changed: OrderRecord) -> tuple[OrderRecord, ...]:
    if any(order.intent.ref == changed.intent.ref for order in orders):
        return tuple(changed if order.intent.ref == changed.intent.ref else order for order in orders)
    return (*orders, changed)
