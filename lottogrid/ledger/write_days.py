"""What runs, days, decisions, halts, the engine and marks of equity do to the tables."""

from __future__ import annotations

from lottogrid.clock import trading_date
from lottogrid.ledger.columns import micros, text_or_none
from lottogrid.ledger.records import (
    DayOpened,
    DecisionTaken,
    EngineMoved,
    EquityMarked,
    HaltCleared,
    HaltSet,
    RunStarted,
)
from lottogrid.ledger.writes import Execute


def run_started(record: RunStarted, sql: Execute) -> bool:
    """Note the run."""
    sql(
        "INSERT INTO runs (at, mode, account, settings_hash, version, detail) VALUES (?, ?, ?, ?, ?, ?)",
        (micros(record.at), record.mode, record.account, record.settings_hash, record.version, record.detail),
    )
    return True


def day_opened(record: DayOpened, sql: Execute) -> bool:
    """Open the day once; halts of earlier days end with it."""
    day, at = record.trading_date.isoformat(), micros(record.at)
    written = sql(
        "INSERT INTO days (trading_date, at, baseline_usd) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (day, at, str(record.baseline_usd)),
    )
    if written.rowcount == 0:
        return False
    sql(
        "UPDATE halts SET cleared_at = ?, cleared_by = 'the day is over' WHERE cleared_at IS NULL AND trading_date < ?",
        (at, day),
    )
    return True


def decision_taken(record: DecisionTaken, sql: Execute) -> bool:
    """Note where the decision stands in the journal."""
    decision = record.decision
    # The journal's row follows this one in the same transaction, so its number is the next.
    sql(
        "INSERT INTO decisions (seq, at, trading_date, strategy, underlying, entered) "
        "VALUES ((SELECT coalesce(max(seq), 0) + 1 FROM journal), ?, ?, ?, ?, ?)",
        (
            micros(decision.at),
            trading_date(decision.at).isoformat(),
            decision.strategy,
            text_or_none(decision.underlying),
            bool(decision.proposals),
        ),
    )
    return True


def engine_moved(record: EngineMoved, sql: Execute) -> bool:
    """Keep where the engine stands."""
    reason = record.reason.name if record.reason else None
    sql(
        "INSERT INTO engine (id, state, reason, since) VALUES (1, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET state = excluded.state, reason = excluded.reason, since = excluded.since",
        (record.after, reason, micros(record.at)),
    )
    return True


def halt_set(record: HaltSet, sql: Execute) -> bool:
    """Add a halt."""
    day = record.trading_date.isoformat() if record.trading_date else None
    sql(
        "INSERT INTO halts (at, reason, detail, trading_date) VALUES (?, ?, ?, ?)",
        (micros(record.at), record.reason.name, record.detail, day),
    )
    return True


def halt_cleared(record: HaltCleared, sql: Execute) -> bool:
    """End every active halt of the reason."""
    sql(
        "UPDATE halts SET cleared_at = ?, cleared_by = ? WHERE cleared_at IS NULL AND reason = ?",
        (micros(record.at), record.by, record.reason.name),
    )
    return True


def equity_marked(record: EquityMarked, sql: Execute) -> bool:
    """Add a mark."""
    sql(
        "INSERT INTO equity (at, trading_date, realised_usd, open_value_usd, equity_usd) VALUES (?, ?, ?, ?, ?)",
        (
            micros(record.at),
            trading_date(record.at).isoformat(),
            str(record.realised_usd),
            str(record.open_value_usd),
            str(record.equity_usd),
        ),
    )
    return True
