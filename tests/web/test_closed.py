"""The trades of the day as the page gets them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from actors.closed import ClosedTrades
from actors.ledger_view import LedgerView
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import DayOpened
from lottogrid.trades import trades
from tests.web import made


def test_what_is_over_is_what_the_ledger_says_also_after_a_restart(tmp_path: Path) -> None:
    """Followed record by record or recalled at once: the same trades, with every commission."""
    replay, _, day = made.stopped_day(tmp_path, "risk.min_time_between_trades=20", minutes=395)
    shown = replay.runtime.board["ledger"]
    assert isinstance(shown, LedgerView)
    replay.stop()
    ledger = Ledger.open_read_only(tmp_path / "ledger.sqlite")
    expected = trades(ledger.positions(day.date))

    recalled = ClosedTrades(ledger, day.date)

    assert len(expected) >= 5
    assert None not in {trade.pnl for trade in expected}
    assert {trade.id: trade for trade in shown.trades} == {trade.id: trade for trade in expected}
    assert list(recalled.trades) == expected

    tomorrow = day.date + timedelta(days=1)
    recalled.take_in([DayOpened(at=day.closes, trading_date=tomorrow, baseline_usd=made.book().baseline_usd)])
    assert recalled.trades == ()
    ledger.close()
