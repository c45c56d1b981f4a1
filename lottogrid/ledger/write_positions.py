"""What planning and moving of positions and legs does to the tables."""

from __future__ import annotations

from lottogrid.errors import BadInput
from lottogrid.ledger.columns import micros, text_or_none
from lottogrid.ledger.records import LegMoved, PositionMoved, PositionPlanned
from lottogrid.ledger.writes import Execute, stale, state_named
from lottogrid.market.contracts import spec_of
from lottogrid.positions import LegPlan, LegState, PositionState


def position_planned(record: PositionPlanned, sql: Execute) -> bool:
    """Add a position with its legs."""
    key, proposal, at = record.position_id, record.proposal, micros(record.at)
    numbers = [leg.number for leg in proposal.legs]
    if not key or not numbers or len(set(numbers)) < len(numbers) or record.reserved_usd < 0:
        raise BadInput(f"position {key!r}: expected an id, legs numbered apart and a reserve of 0 or more: {record}")
    written = sql(
        "INSERT INTO positions (position_id, trading_date, level, state, is_open, planned_at, changed_at, "
        "reserved_usd, target_multiple) VALUES (?, ?, ?, ?, TRUE, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            key,
            record.trading_date.isoformat(),
            str(proposal.level),
            PositionState.PLANNED.value,
            at,
            at,
            str(record.reserved_usd),
            str(proposal.target_multiple),
        ),
    )
    if written.rowcount == 0:
        raise BadInput(f"position {key}: expected a new id, found one that was planned before; ask for the next id")
    for leg in proposal.legs:
        _plan_leg(key, leg, sql)
    return True


def _plan_leg(position_id: str, leg: LegPlan, sql: Execute) -> None:
    if leg.quantity <= 0 or leg.limit_price <= 0:
        raise BadInput(f"position {position_id}, leg {leg.number}: expected quantity and limit above 0, found {leg}")
    spec_of(leg.contract.symbol)  # Without a multiplier no amount could ever be told.
    sql(
        "INSERT INTO legs (position_id, number, contract, side, quantity, limit_price, target_price, state, bought, "
        "sold) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0)",
        (
            position_id,
            leg.number,
            leg.contract.key,
            leg.side.value,
            leg.quantity,
            str(leg.limit_price),
            text_or_none(leg.target_price),
            LegState.PLANNED.value,
        ),
    )


def position_moved(record: PositionMoved, sql: Execute) -> bool:
    """Move a position from where it stands."""
    after = state_named(PositionState, record.after)
    moved = sql(
        "UPDATE positions SET state = ?, is_open = ?, changed_at = ? WHERE position_id = ? AND state = ?",
        (after.value, not after.is_final, micros(record.at), record.position_id, record.before),
    )
    if moved.rowcount == 0:
        stands = sql("SELECT state FROM positions WHERE position_id = ?", (record.position_id,)).fetchone()
        raise stale(f"position {record.position_id}", record.before, stands)
    return True


def leg_moved(record: LegMoved, sql: Execute) -> bool:
    """Move a leg from where it stands."""
    key = (record.position_id, record.leg)
    moved = sql(
        "UPDATE legs SET state = ? WHERE position_id = ? AND number = ? AND state = ?",
        (state_named(LegState, record.after).value, *key, record.before),
    )
    if moved.rowcount == 0:
        stands = sql("SELECT state FROM legs WHERE position_id = ? AND number = ?", key).fetchone()
        raise stale(f"position {record.position_id}, leg {record.leg}", record.before, stands)
    return True
