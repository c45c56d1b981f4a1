"""What the risk rules look at: the day so far, as one immutable picture."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from lottogrid.risk.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskBook:
    """The day so far. Money in dollars; realised includes commissions."""

    trading_date: date
    baseline_usd: Decimal
    """Equity when the day began; it survives restarts."""
    realised_usd: Decimal
    """Booked today: closed positions, and the commissions of all."""
    reserved_usd: Decimal
    """Worst case of what is open or on its way: premium and commissions still to come."""
    entries_today: int
    open_count: int
    last_entry_at: datetime | None
    halts: tuple[Reason, ...] = ()
    obstacles: tuple[Reason, ...] = ()
    """Passing reasons why no entry may be made: engine not running, reconciling, an order of unknown outcome."""
