"""What the account was worth: the marks of the last days, and what every day came to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from lottogrid.clock import trading_date
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import CommissionBooked, DayOpened, EquityMarked, ExecutionBooked, Record

DAYS = 5
"""Trading days whose every mark is kept: a week."""


@dataclass(frozen=True, slots=True)
class DayResult:
    """A trading day by its bookings. Money in dollars."""

    trading_date: date
    baseline_usd: Decimal
    """What it began with."""
    realised_usd: Decimal
    """What closed contracts gained, less all commissions."""

    @property
    def end_usd(self) -> Decimal:
        """What it came to; what is still held counts as it cost."""
        return self.baseline_usd + self.realised_usd


@dataclass(frozen=True, slots=True)
class EquityView:
    """The account over time."""

    recent: tuple[EquityMarked, ...] = ()
    """Every mark of the last days, oldest first. The last of a day is made before the fixing is booked."""
    days: tuple[DayResult, ...] = ()
    """Every day that was opened, the present one included, oldest first."""


class Curve:
    """The equity curve, kept current as records are written."""

    def __init__(self, ledger: Ledger) -> None:
        """Recall it."""
        self._ledger = ledger
        days = ledger.days()
        self.view = EquityView(
            tuple(mark for day in days[-DAYS:] for mark in ledger.equity(day)),
            tuple(self._result(day) for day in days),
        )

    def take_in(self, records: Iterable[Record]) -> None:
        """Follow what was written."""
        has_booked = False
        for record in records:
            match record:
                case EquityMarked():
                    self.view = replace(self.view, recent=(*self.view.recent, record))
                case DayOpened(trading_date=day):
                    kept = {each.trading_date for each in self.view.days[1 - DAYS :]} | {day}
                    recent = tuple(mark for mark in self.view.recent if trading_date(mark.at) in kept)
                    self.view = EquityView(recent, (*self.view.days, self._result(day)))
                case ExecutionBooked() | CommissionBooked():
                    has_booked = True
        if has_booked and self.view.days:
            *before, last = self.view.days
            self.view = replace(self.view, days=(*before, self._result(last.trading_date)))

    def _result(self, day: date) -> DayResult:
        return DayResult(day, self._ledger.baseline(day) or Decimal(0), self._ledger.realised_usd(day))
