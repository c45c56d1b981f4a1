"""A ledger actor that hangs with the server's lock in its hands, on real threads."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest

from actors import messages as m
from actors.ledger import LedgerKeeper
from actors.ledger_view import LedgerView
from actors.supervision.spec import ChildSpec
from lottogrid.errors import Missing
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.place import Server
from lottogrid.ledger.records import Record
from tests.actors.test_ledger import PLANNED, RULES
from tests.runtime.bench import SOON, ThreadBench, cleared
from tests.supervision.trees import PLAIN, grown, until_running

pytestmark = [pytest.mark.postgres, pytest.mark.threads]


class Hanging(Ledger):
    """A ledger that hangs before it writes, and notes what became of it."""

    gate: threading.Event
    heard: list[Exception]

    def commit(self, records: Sequence[Record]) -> tuple[Record, ...]:
        self.gate.wait(30)
        try:
            return super().commit(records)
        except Missing as error:
            self.heard.append(error)
            raise


def test_the_heir_of_one_that_hangs_takes_its_lock_and_shuts_it_out(server: Server) -> None:
    """The tree heals by itself, and what the hanging one writes when it comes back is not in the book."""
    heard: list[Exception] = []
    with cleared(ThreadBench()) as bench:
        gate = bench.gate()

        def hanging() -> Ledger:
            ledger = Hanging.open(server, durable=False)
            ledger.gate, ledger.heard = gate, heard
            return ledger

        openers = iter([hanging])
        keeper = ChildSpec(
            name=m.LEDGER,
            factory=lambda: LedgerKeeper(next(openers, lambda: Ledger.open(server, durable=False)), RULES),
            hang_after=timedelta(seconds=1),
            backoff=PLAIN,
        )
        grown(bench, keeper)
        bench.send(m.LEDGER, m.Commit("sender", (PLANNED,)))
        bench.until(lambda: bench.runtime.cells[m.LEDGER].generation == 2, limit=4 * SOON)
        until_running(bench, m.LEDGER, 2)
        gate.set()
        bench.until(lambda: heard, limit=2 * SOON)
        bench.send(m.LEDGER, m.Commit("sender", (PLANNED,)))
        bench.until(lambda: _written(bench) == 1, limit=2 * SOON)

    assert "expected the server to answer" in str(heard[0])
    assert Ledger.open_read_only(server).last_sequence() == 1


def _written(bench: ThreadBench) -> int:
    shown = bench.runtime.board.get(m.LEDGER)
    return shown.sequence if isinstance(shown, LedgerView) else 0
