"""What becomes of positions and entries when a run is asked to stop."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from actors.view import View
from lottogrid.cli.run import desk, winding_down
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import EngineMoved
from lottogrid.orders import Purpose
from tests.cli.conftest import MONDAY, Call, Said

pytestmark = [pytest.mark.threads, pytest.mark.slow]  # a market that goes by while real actors trade

MORNING = ("--date", MONDAY, "--as-of", "2026-01-05T10:28-05:00", "--speed", 120, "--no-web", "--json")
_OFTEN = 0.005
WILLING = ("--set", "strategy.volatility_threshold=10", "--set", "strategy.max_premium_per_strangle=200")


@contextmanager
def stopped(when: Callable[[View], bool]) -> Iterator[list[datetime]]:
    """Ask a run to stop, once, when its view says so; yield when that was."""
    asked: list[datetime] = []
    plain = desk.Desk.wait

    def wait(self: desk.Desk, seconds: float) -> Any:
        """Look more often than a run does: an entry is soon over."""
        for _ in range(0 if asked else round(seconds / _OFTEN)):
            view = self.look()
            if when(view):
                asked.append(view.at)
                self.ask_to_stop("SIGTERM")
                break
            if (end := plain(self, _OFTEN)) is not None:
                return end
        return plain(self, seconds if asked else 0)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(desk.Desk, "wait", wait)
        yield asked
    assert asked, "it never came to that"


def holds(view: View) -> bool:
    """Return whether both legs of a strangle are held and nothing is being entered."""
    held = any(all(leg.held for leg in row.legs) for row in view.open_positions)
    return held and not winding_down._entering(view)


def enters(view: View) -> bool:
    """Return whether an entry is working."""
    return bool(winding_down._entering(view))


def opened(folder: Path) -> Ledger:
    return Ledger.open_read_only(folder / "var" / "ledger.sqlite")


def result(said: Said) -> dict[str, Any]:
    assert said.code == 0, said.err
    return dict(json.loads(said.out))


def test_held_positions_are_held_on_with_their_targets_working(call: Call, tmp_path: Path) -> None:
    """The default: the sale at the target stays at the broker, and the engine stands where it stood."""
    with stopped(holds):
        found = call("run", *MORNING, *WILLING)
    assert result(found)["open_positions"] == 1
    assert "with what is held still held" in found.err
    with closing(opened(tmp_path)) as ledger:
        working = ledger.live_orders()
        assert {order.intent.purpose for order in working} == {Purpose.TARGET}
        assert len(working) == 2
        moves = [row.record for row in ledger.journal(kind=EngineMoved.__name__)]
        assert [move.after for move in moves if isinstance(move, EngineMoved)][-1] == "running"


def test_with_flatten_everything_is_sold_first(call: Call, tmp_path: Path) -> None:
    """Flat when it ends, by its own sales; that is no command of the operator, and the next run trades on."""
    with stopped(holds):
        found = call("run", *MORNING, *WILLING, "--set", "session.on_stop=flatten")
    assert result(found)["open_positions"] == 0
    assert "with nothing held" in found.err
    with closing(opened(tmp_path)) as ledger:
        assert not any(ledger.holdings().values())
        assert ledger.live_orders() == ()
        assert ledger.halts() == ()
        assert "flattening" not in [row.record.after for row in ledger.journal(kind=EngineMoved.__name__)]


@pytest.mark.parametrize("patience", [winding_down.ENTRIES_WITHIN, 0.0])
def test_no_entry_is_left_working_and_none_is_decided_any_more(
    patience: float, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One under way is filled within its time, or taken back."""
    monkeypatch.setattr(winding_down, "ENTRIES_WITHIN", patience)
    with stopped(enters) as asked:
        result(call("run", *MORNING, *WILLING))
    with closing(opened(tmp_path)) as ledger:
        entries = [order for order in ledger.live_orders() if order.intent.purpose is Purpose.ENTRY]
        planned = [row.at for row in ledger.journal(kind="PositionPlanned")]
    assert entries == []
    assert len(planned) == 1
    assert planned[0] <= asked[0]


def test_a_second_signal_breaks_off(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks twice does not want to wait for a sale."""
    monkeypatch.setattr(winding_down, "_close_all", lambda desk, _: desk.ask_to_stop("SIGTERM"))
    with stopped(holds):
        found = call("run", *MORNING, *WILLING, "--set", "session.on_stop=flatten")
    assert result(found)["open_positions"] == 1
