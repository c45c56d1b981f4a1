"""The position actor: why a leg was never bought is said as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from actors import messages as m
from actors.position import Patience, Position
from lottogrid.ledger.records import LegMoved
from lottogrid.market.contracts import spec_of
from lottogrid.orders import OrderState
from lottogrid.planning import as_sent
from lottogrid.positions import LegRecord, LegState, PositionRecord, PositionState
from lottogrid.risk.reasons import Reason
from machines.engine import EngineState
from machines.session import SessionState
from tests.actors.desk import ActorDesk
from tests.actors.test_broker import INTENT
from tests.actors.test_ledger import PLANNED
from tests.strategies.made import DAY, NOON, ON


def _record(age: timedelta = timedelta(0)) -> PositionRecord:
    return PositionRecord(
        position_id=INTENT.position_id,
        trading_date=ON,
        level=Decimal("1.25"),
        state=PositionState.PLANNED,
        planned_at=NOON - age,
        changed_at=NOON - age,
        reserved_usd=PLANNED.reserved_usd,
        target_multiple=Decimal(4),
        legs=(LegRecord(plan=PLANNED.proposal.legs[0], state=LegState.PLANNED),),
    )


def _desk(record: PositionRecord) -> ActorDesk:
    desk = ActorDesk(
        INTENT.position_id,
        lambda: Position(INTENT.position_id, spec_of("MES"), Patience()),
        m.LEDGER,
        m.CLOCK,
        m.MARKET_DATA,
    )
    desk.tell(m.SessionChanged(SessionState.TRADING, DAY, ON, DAY), m.PositionRecalled(record, EngineState.RUNNING))
    return desk


def _reasons(desk: ActorDesk) -> list[Reason | None]:
    records = [record for commit in desk.mail(m.LEDGER, m.Commit) for record in commit.records]
    return [each.reason for each in records if isinstance(each, LegMoved) and each.trigger == "never_bought"]


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (OrderState.REJECTED, Reason.ENTRY_REFUSED),
        (OrderState.ABSENT, Reason.ENTRY_REFUSED),
        (OrderState.CANCELLED, Reason.ENTRY_TIMEOUT),
    ],
)
def test_an_entry_that_came_to_nothing_says_why(state: OrderState, reason: Reason) -> None:
    """Refused by the broker is not the same as not filled in time."""
    desk = _desk(_record())
    desk.tell(m.OrderChanged(replace(as_sent(INTENT), state=state)))

    assert _reasons(desk) == [reason]


def test_a_plan_that_has_aged_is_given_up() -> None:
    """It was made for another market."""
    assert _reasons(_desk(_record(age=timedelta(seconds=61)))) == [Reason.STALE_DECISION]
