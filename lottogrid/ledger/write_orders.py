"""What orders, executions and commissions do to the tables, and the last guard against a short position."""

from __future__ import annotations

from lottogrid.errors import BadInput, NeedsOperator
from lottogrid.ledger.columns import decimal_or_none, micros, text_or_none
from lottogrid.ledger.corrections import stem_of
from lottogrid.ledger.records import CommissionBooked, ExecutionBooked, OrderIntended, OrderMoved
from lottogrid.ledger.writes import Execute, stale, state_named
from lottogrid.orders import Execution, ExecutionKind, OrderIntent, OrderState, OrderType, Side
from lottogrid.references import is_past_the_bot
from lottogrid.risk.reasons import Reason


def order_intended(record: OrderIntended, sql: Execute) -> bool:
    """Add an order to a leg, unless it would sell more than the leg holds."""
    intent = record.intent
    _check_intent(intent)
    leg = sql(
        "SELECT contract, bought - sold FROM legs WHERE position_id = ? AND number = ?",
        (intent.position_id, intent.leg),
    ).fetchone()
    if leg is None or leg[0] != intent.contract.key:
        expected = leg[0] if leg else f"leg {intent.leg} of position {intent.position_id} in the ledger"
        raise BadInput(f"order {intent.ref}: expected {expected}, found {intent.contract}; plan the position first")
    if intent.side is Side.SELL:
        _refuse_short(intent, leg[1], sql)
    written = sql(
        "INSERT INTO orders (ref, position_id, leg, contract, side, quantity, order_type, limit_price, purpose, "
        "created_at, state, is_live, broker_id, changed_at, reason, filled) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, TRUE, '', ?, '', 0) ON CONFLICT DO NOTHING",
        (
            intent.ref,
            intent.position_id,
            intent.leg,
            intent.contract.key,
            intent.side.value,
            intent.quantity,
            intent.order_type.name,
            text_or_none(intent.limit_price),
            intent.purpose.name,
            micros(intent.created_at),
            OrderState.INTENDED.value,
            micros(record.at),
        ),
    )
    if written.rowcount == 0:
        raise NeedsOperator(f"order {intent.ref}: expected a new ref, found one that was intended before; never resend")
    return True


def order_moved(record: OrderMoved, sql: Execute) -> bool:
    """Move an order from where it stands; an empty broker id or reason keeps the earlier one."""
    # A status that repeats changes nothing: the age of a state decides when an order is proven absent.
    after = state_named(OrderState, record.after)
    moved = sql(
        "UPDATE orders SET state = ?, is_live = ?, changed_at = CASE WHEN state = ? THEN changed_at ELSE ? END, "
        "broker_id = coalesce(nullif(?, ''), broker_id), reason = coalesce(nullif(?, ''), reason) "
        "WHERE ref = ? AND state = ?",
        (
            after.value,
            not after.is_final,
            after.value,
            micros(record.at),
            record.broker_id,
            record.reason,
            record.ref,
            record.before,
        ),
    )
    if moved.rowcount == 0:
        stands = sql("SELECT state FROM orders WHERE ref = ?", (record.ref,)).fetchone()
        raise stale(f"order {record.ref}", record.before, stands)
    return True


def execution_booked(record: ExecutionBooked, sql: Execute) -> bool:
    """Book an execution once; a correction takes the place of what it corrects."""
    execution = record.execution
    _check_execution(record, sql)
    stem, number = stem_of(execution.exec_id)
    booked = sql(
        "SELECT correction, position_id, leg, order_ref, side, quantity FROM executions WHERE stem = ?", (stem,)
    )
    earlier = booked.fetchone()
    if earlier is not None:
        correction, position_id, leg, order_ref, side, quantity = earlier
        if correction >= number:
            return False
        _count((position_id, leg), order_ref, Side(side), -quantity, sql)
    _count((record.position_id, record.leg), execution.order_ref, execution.side, execution.quantity, sql)
    sql(
        "INSERT INTO executions (stem, correction, exec_id, position_id, leg, order_ref, contract, side, quantity, "
        "price, at, kind, commission) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (stem) DO UPDATE SET "
        "correction = excluded.correction, exec_id = excluded.exec_id, position_id = excluded.position_id, "
        "leg = excluded.leg, order_ref = excluded.order_ref, contract = excluded.contract, side = excluded.side, "
        "quantity = excluded.quantity, price = excluded.price, at = excluded.at, kind = excluded.kind, "
        "commission = excluded.commission",
        (
            stem,
            number,
            execution.exec_id,
            record.position_id,
            record.leg,
            execution.order_ref,
            execution.contract.key,
            execution.side.value,
            execution.quantity,
            str(execution.price),
            micros(execution.at),
            execution.kind.name,
            text_or_none(execution.commission),
        ),
    )
    return True


def commission_booked(record: CommissionBooked, sql: Execute) -> bool:
    """Keep what an execution cost; that of a corrected execution is no news."""
    stem, number = stem_of(record.exec_id)
    booked = sql("SELECT correction, commission FROM executions WHERE stem = ?", (stem,)).fetchone()
    if booked is None or booked[0] < number:
        raise BadInput(f"commission of {record.exec_id}: expected a booked execution, found none; book it first")
    if booked[0] > number or decimal_or_none(booked[1]) == record.commission:
        return False
    sql("UPDATE executions SET commission = ? WHERE stem = ?", (str(record.commission), stem))
    return True


def _check_intent(intent: OrderIntent) -> None:
    if not intent.ref or intent.quantity <= 0:
        raise BadInput(f"order {intent.ref!r}: expected a ref and a quantity above 0, found {intent.quantity}")
    is_limit = intent.order_type is OrderType.LIMIT
    if is_limit != (intent.limit_price is not None) or (intent.limit_price is not None and intent.limit_price <= 0):
        raise BadInput(
            f"order {intent.ref}: expected a limit above 0 for {OrderType.LIMIT.value} and none for "
            f"{OrderType.MARKET.value}, found {intent.limit_price} for {intent.order_type.value}"
        )


def _refuse_short(intent: OrderIntent, held: int, sql: Execute) -> None:
    # Unknown and cancelling orders may still trade: they count like working ones. What was sold past the bot is at the
    # broker already; what the bot has on sale beside it did not know of it, and changes no fact.
    (selling,) = sql(
        "SELECT coalesce(sum(quantity - filled), 0) FROM orders "
        "WHERE position_id = ? AND leg = ? AND side = 'SELL' AND is_live AND quantity > filled",
        (intent.position_id, intent.leg),
    ).fetchone()
    if intent.quantity + (0 if is_past_the_bot(intent.ref) else selling) > held:
        reason = Reason.WOULD_GO_SHORT
        raise NeedsOperator(
            f"{reason.name}: {reason.value}: order {intent.ref} sells {intent.quantity} {intent.contract}, "
            f"{selling} are on sale already and {held} are held; compare the book with the broker's"
        )


def _check_execution(record: ExecutionBooked, sql: Execute) -> None:
    execution = record.execution
    if not execution.exec_id or execution.quantity <= 0 or execution.price < 0:
        raise BadInput(f"execution {execution.exec_id!r}: expected an id, quantity above 0, price from 0: {execution}")
    if (execution.kind is ExecutionKind.TRADE) != bool(execution.order_ref):
        raise BadInput(
            f"execution {execution.exec_id}: expected an order for a trade and none for a settlement, "
            f"found {execution.order_ref!r} for {execution.kind.value}"
        )
    owner = _owner(execution, record, sql)
    if owner is None or owner != (record.position_id, record.leg, execution.contract.key):
        found = (record.position_id, record.leg, execution.contract.key)
        raise BadInput(f"execution {execution.exec_id}: expected the order's leg {owner}, found {found}; reconcile")


def _owner(execution: Execution, record: ExecutionBooked, sql: Execute) -> tuple[str, int, str] | None:
    if execution.order_ref:
        found = sql("SELECT position_id, leg, contract FROM orders WHERE ref = ?", (execution.order_ref,))
    else:
        found = sql(
            "SELECT position_id, number, contract FROM legs WHERE position_id = ? AND number = ?",
            (record.position_id, record.leg),
        )
    owner: tuple[str, int, str] | None = found.fetchone()
    return owner


def _count(leg: tuple[str, int], order_ref: str, side: Side, quantity: int, sql: Execute) -> None:
    if side is Side.BUY:
        sql("UPDATE legs SET bought = bought + ? WHERE position_id = ? AND number = ?", (quantity, *leg))
    else:
        sql("UPDATE legs SET sold = sold + ? WHERE position_id = ? AND number = ?", (quantity, *leg))
    if order_ref:
        sql("UPDATE orders SET filled = filled + ? WHERE ref = ?", (quantity, order_ref))
