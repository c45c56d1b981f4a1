"""Whole days of the real actors with their book on a server: the same as with a file, and whole when it is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from actors import messages as m
from actors.runtime.cell import Cell
from actors.runtime.runtime import Interference
from lottogrid.ledger.backup import check
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.place import Place, Server
from tests.postgres.cluster import Cluster
from tests.postgres.test_lost import over
from tests.postgres.wire import Wire
from tests.replay.bench import WILD, Bench, bench, promises_broken, sessions, settings

pytestmark = pytest.mark.postgres

BUSY = (*WILD, "session.market_open=11:30", "min_time_between_trades=8", "profit_target_multiplier=1.5")
HALF_DAY = date(2025, 7, 3)


class Late:
    """The ledger that is asked how a day has ended, opened when it is first asked: by then the server is back."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def __getattr__(self, name: str) -> Any:
        self.ledger = Ledger.open_read_only(self._place)
        self.__dict__.update({each: getattr(self.ledger, each) for each in dir(Ledger) if not each.startswith("_")})
        return self.__dict__[name]


@dataclass
class At(Interference):
    """Does what is planned when the day comes to an instant, between two messages."""

    plans: list[tuple[datetime, Callable[[], None]]]
    now: Callable[[], datetime]

    def before(self, cell: Cell, message: object) -> None:
        while self.plans and self.now() >= self.plans[0][0]:
            self.plans.pop(0)[1]()


def day_on(folder: Path, place: Place | None, **options: Any) -> Bench:
    """Return a busy half day, made ready."""
    chosen = settings(*BUSY)
    return bench(folder, chosen, sessions(chosen, HALF_DAY, seed=3), place=place, **options)


def test_a_day_is_the_same_from_either_engine(server: Server, tmp_path: Path) -> None:
    """Every trade, every row of every table."""
    on_server, in_file = day_on(tmp_path, server), day_on(tmp_path, None)
    assert on_server.play().trades == in_file.play().trades != ()
    assert on_server.ledger.digests() == in_file.ledger.digests()
    check(server)


def test_a_server_that_is_away_for_minutes_costs_no_more(postgres: Cluster, server: Server, tmp_path: Path) -> None:
    """Killed with trades open, back after four minutes: who trades waits for it, and the day ends as it should."""
    with postgres.set(fsync="on"):
        at = At([], lambda: made.replay.runtime.clock.now())  # noqa: PLW0108 - made below
        made = day_on(tmp_path, server, interference=at, durable=True)
        made.ledger.close()
        made.ledger = Late(server)  # type: ignore[assignment]
        opens = sessions(settings(*BUSY), HALF_DAY, seed=3)[0].day.opens
        gone = opens + timedelta(minutes=40, seconds=0.2)
        at.plans += [(gone, postgres.stop), (gone + timedelta(minutes=4), postgres.start)]
        result = made.play()

    assert at.plans == []
    assert _restarts(made) > 1
    assert promises_broken(settings(*BUSY), made.ledger, result, made) == []
    assert result.trades
    check(server)


@pytest.mark.sockets
@pytest.mark.threads
@pytest.mark.parametrize("skipped", [3, 40, 90, 150, 151, 152, 200])
def test_a_commit_whose_answer_is_lost_is_neither_repeated_nor_forgotten(
    cut: Wire, server: Server, tmp_path: Path, skipped: int
) -> None:
    """Whatever the commit was of: nothing is sent twice, the books agree, and the day goes on."""
    made = day_on(tmp_path, over(cut, server))
    made.ledger.close()
    made.ledger = Late(server)  # type: ignore[assignment]
    cut.cut_after_the_commit(skipped)
    result = made.play()

    assert cut.cuts == 1
    assert _restarts(made) == 1
    assert promises_broken(settings(*BUSY), made.ledger, result, made) == []
    assert result.trades
    check(server)


def _restarts(made: Bench) -> int:
    return made.replay.runtime.cells[m.LEDGER].generation - 1
