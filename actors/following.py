"""What is kept of the journal while it is written, so that nothing is read again to show it."""

from __future__ import annotations

from collections import deque
from datetime import date

from actors.closed import ClosedTrades
from actors.curve import Curve
from actors.ledger_view import Compared, LedgerView
from actors.order_log import OrderLog
from actors.stories import Stories
from lottogrid.ledger.comparison import Difference
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import DayOpened, DecisionTaken, EngineMoved, HaltCleared, HaltSet, Reconciled, Record

_HALTING = (DayOpened, HaltSet, HaltCleared)
"""Records that begin or end a halt."""
_RECORDS, _DECISIONS, _ENGINE_MOVES = 60, 30, 20


class Following:
    """Follows what was written, and logs what became of orders."""

    def __init__(self, ledger: Ledger, today: date) -> None:
        """Recall what is shown of `today` (New York)."""
        self._ledger = ledger
        self._sequence = ledger.last_sequence()
        self._order_log = OrderLog()
        self._closed = ClosedTrades(ledger, today)
        self._stories = Stories(ledger, today)
        self._curve = Curve(ledger)
        self._halts = ledger.halts()
        self._engine_moves: deque[EngineMoved] = deque(maxlen=_ENGINE_MOVES)
        self._tail: deque[Record] = deque(maxlen=_RECORDS)
        self._decisions: deque[DecisionTaken] = deque(maxlen=_DECISIONS)

    def take_in(self, records: tuple[Record, ...]) -> None:
        """Follow what was written, in its order."""
        self._sequence += len(records)
        for follower in (self._order_log, self._closed, self._stories, self._curve):
            follower.take_in(records)
        if any(isinstance(record, _HALTING) for record in records):
            self._halts = self._ledger.halts()
        for record in records:
            if isinstance(record, EngineMoved):
                self._engine_moves.append(record)
            if isinstance(record, DecisionTaken):
                self._decisions.append(record)
            else:
                self._tail.append(record)

    def view(
        self, reconciled: Reconciled | None, differences: tuple[Difference, ...], compared: tuple[Compared, ...]
    ) -> LedgerView:
        """Return the journal as it is shown, beside what the last comparison of the books found."""
        return LedgerView(
            self._sequence,
            tuple(self._tail),
            tuple(self._decisions),
            self._closed.trades,
            reconciled,
            differences=differences,
            compared=compared,
            halts=self._halts,
            stories=self._stories.all,
            equity=self._curve.view,
            engine_moves=tuple(self._engine_moves),
        )
