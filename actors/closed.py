"""The trades of the day that are over, kept current as records are written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import CommissionBooked, DayOpened, ExecutionBooked, PositionMoved, Record
from lottogrid.positions import PositionState
from lottogrid.trades import Trade, trades


class ClosedTrades:
    """What is over today. A commission is often named after the close, so the ledger is asked again for it."""

    def __init__(self, ledger: Ledger, today: date) -> None:
        """Recall the positions of `today` (New York)."""
        self._ledger = ledger
        self._today = today
        self._position_of: dict[str, str] = {}
        self._trades: dict[str, Trade] = {}
        for position in ledger.positions(today):
            for execution in (execution for leg in position.legs for execution in leg.executions):
                self._position_of[execution.exec_id] = position.position_id
            if position.state is PositionState.CLOSED:
                self._look(position.position_id)

    def take_in(self, records: Iterable[Record]) -> None:
        """Follow what was written."""
        for record in records:
            match record:
                case DayOpened(trading_date=today) if today != self._today:
                    self._today = today
                    self._position_of.clear()
                    self._trades.clear()
                case ExecutionBooked(position_id=position_id, execution=execution):
                    self._position_of[execution.exec_id] = position_id
                case PositionMoved(position_id=position_id, after=PositionState.CLOSED.value):
                    self._look(position_id)
                case PositionMoved(position_id=position_id):
                    self._trades.pop(position_id, None)  # a late fill has opened it again
                case CommissionBooked(exec_id=exec_id) if self._position_of.get(exec_id) in self._trades:
                    self._look(self._position_of[exec_id])

    @property
    def trades(self) -> tuple[Trade, ...]:
        """The day's trades, in the order in which they ended."""
        return tuple(self._trades.values())

    def _look(self, position_id: str) -> None:
        position = self._ledger.position(position_id)
        if position.trading_date == self._today and not any(leg.held for leg in position.legs):
            self._trades.update((trade.id, trade) for trade in trades([position]))
