"""Many plans on one ground: the same results here, on other cores and after a kill."""

from __future__ import annotations

import errno
import os
import pickle
import signal
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lottogrid.backtest import sweep, sweep_pools, sweep_store
from lottogrid.backtest.engine import Ground
from lottogrid.backtest.sweep import Case, Packed, Refused, Score, content_hash, pack, score, score_all
from lottogrid.backtest.sweep_pools import LocalPool, batches
from lottogrid.backtest.sweep_rank import rank
from lottogrid.cli.research.backtest_work import plan_of
from lottogrid.cli.wiring import forecast_of
from lottogrid.errors import BadInput, Missing
from tests.backtest.made import DAYS, days
from tests.replay.bench import settings


def ground(*values: str, seed: int = 1) -> Ground:
    """Return two days."""
    chosen = settings(*values)
    return Ground(days(chosen, *DAYS[1:3], seed=seed), forecast_of(chosen))


def cases(count: int) -> list[Case]:
    """Return plans that differ in their target."""
    found = []
    for number in range(count):
        value = str(2 + number / 4)
        chosen = settings(f"profit_target_multiplier={value}", "max_premium_per_strangle=90")
        found.append(Case(chosen.hash, (("strategy.profit_target_multiplier", value),), plan_of(chosen)))
    return found


def made(key: str, daily: Sequence[float]) -> Score:
    """Return a score."""
    return Score(key=key, values=(), data="d", digest=key, trades=4, wins=1, max_drawdown=1.0, daily=tuple(daily))


def _values(found: Score | Refused) -> tuple[tuple[str, str], ...]:
    return found.values


def test_every_case_is_scored_as_it_is_alone() -> None:
    """What was priced for one before changes nothing for the next."""
    together = list(LocalPool(1).scores(cases(6), ground()))
    alone = [score(case, ground(), content_hash(ground())) for case in cases(6)]

    assert together == alone
    assert len({each.digest for each in alone if isinstance(each, Score)}) > 2


def test_what_travels_to_a_worker_comes_to_the_same(tmp_path: Path) -> None:
    """By a file or by the wire, with plans in any order, and after old prices were let go."""
    made_here = ground()
    expected = [score(case, ground(), content_hash(made_here)) for case in cases(4)]
    path = tmp_path / "ground"
    path.write_bytes(pack(made_here))

    assert score_all(cases(4), Packed(content_hash(made_here), path)) == expected
    assert score_all(cases(4)[::-1], Packed("other name", pack(made_here)))[0].digest == expected[-1].digest  # type: ignore[union-attr]


def test_a_bar_that_travelled_is_the_bar() -> None:
    """Ties are decided by its exact prices."""
    tape, volatility, _ = pickle.loads(pack(ground()))
    before = ground()

    for row, column in zip(*np.nonzero(before.tape.places >= 0), strict=True):
        assert tape.bar(int(row), int(column)) == replace(before.tape.bar(int(row), int(column)), volume=None)
    assert np.array_equal(volatility, before.volatility, equal_nan=True)


@pytest.mark.process
@pytest.mark.slow  # two processes start
def test_other_processes_come_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """With joblib, over two of them, in any order."""
    monkeypatch.setattr(sweep_pools, "_ALONE_SECONDS", 0.0)
    monkeypatch.setattr(sweep_pools, "BATCH_SECONDS", 0.0)
    found = list(LocalPool(2).scores(cases(8), ground()))

    assert sorted(found, key=_values) == sorted(LocalPool(1).scores(cases(8), ground()), key=_values)


def test_prices_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many markets only some are remembered; what comes of a case stays the same."""
    plans = [plan_of(settings(f"implied_move_multiplier_2=2.{number:02}")) for number in range(12)]
    forgotten = []
    monkeypatch.setattr(sweep, "_MARKETS_PRICED", 8)
    made_here = ground()
    forget = made_here.forget
    monkeypatch.setattr(made_here, "forget", lambda: (forgotten.append(1), forget()))
    work = [Case(str(number), (), plan) for number, plan in enumerate(plans)]
    found = list(sweep_pools.score_all_here(work, made_here, "d"))

    assert len(forgotten) == 1
    assert found == [score(case, ground(), "d") for case in work]


@pytest.mark.process
@pytest.mark.slow  # two processes start
def test_a_dead_worker_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do; what was computed before was yielded."""
    monkeypatch.setattr(sweep_pools, "_ALONE_SECONDS", 0.0)
    monkeypatch.setattr(sweep_pools, "score_all", _die)
    found = LocalPool(2).scores(cases(8), ground())
    assert isinstance(next(found), Score)
    with pytest.raises(Missing, match="found one dead"):
        list(found)


@pytest.mark.process
@pytest.mark.slow  # two processes start
def test_who_stops_early_hears_no_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the disk is full: what the workers leave undone is no warning between the lines of the error."""
    monkeypatch.setattr(sweep_pools, "_ALONE_SECONDS", 0.0)
    monkeypatch.setattr(sweep_pools, "BATCH_SECONDS", 0.0)
    monkeypatch.setattr(sweep_pools, "score_all", _slowly)
    found = LocalPool(2).scores(cases(20), ground())
    seen = [next(found) for _ in range(3)]
    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        found.close()  # type: ignore[attr-defined]

    assert len(seen) == 3
    assert [str(each.message) for each in complaints] == []


def _slowly(work: Sequence[Case], packed: Packed) -> list[Score | Refused]:
    for _ in range(40):
        found = score_all(work, packed)
    return found


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_plan_that_the_engine_refuses_does_not_end_the_sweep() -> None:
    """It is named among the others."""
    rough = settings("simulator.profile=rough")
    found = score(Case("k", (), plan_of(rough)), ground(), "d")

    assert isinstance(found, Refused)
    assert found.reason.startswith("simulator.profile")


def test_the_hash_of_the_ground_is_of_its_bars_and_volatilities() -> None:
    """The same bars have one hash, others and another premium have another."""
    one, same = content_hash(ground()), content_hash(ground())
    others = {
        content_hash(ground(seed=2)),
        content_hash(ground("implied_premium=1.1")),
        content_hash(ground("flatten_minutes=5")),
    }

    assert one == same
    assert len({one, *others}) == 4


def test_batches_are_worth_their_task_and_leave_nobody_idle() -> None:
    """Short cases go together, long ones by themselves, and every worker gets some."""
    assert [len(batch) for batch in batches(range(100), 0.01, 2)] == [25] * 4
    assert [len(batch) for batch in batches(range(10), 5.0, 2)] == [1] * 10
    assert [len(batch) for batch in batches(range(10), 0.0001, 4)] == [3, 3, 3, 1]
    assert list(batches([], 1.0, 2)) == []


def test_a_file_remembers_what_was_tried(tmp_path: Path) -> None:
    """By settings and ground; another ground is another matter."""
    path = tmp_path / "deep" / "sweep.jsonl"
    one = score(cases(1)[0], ground(), "d")
    assert isinstance(one, Score)
    with sweep_store.opened(path) as file:
        file.add(one)
        assert file.find(one.key, "d") == one
    with sweep_store.opened(path) as file:
        assert file.find(one.key, "d") == one
        assert file.find(one.key, "e") is None
        assert file.find("other", "d") is None


def test_a_line_that_a_killed_process_left_is_cut_off(tmp_path: Path) -> None:
    """What was whole is kept, and the next line stands by itself."""
    path = tmp_path / "sweep.jsonl"
    with sweep_store.opened(path) as file:
        file.add(made("a", [1.0]))
        file.add(made("b", [2.0]))
    path.write_bytes(path.read_bytes()[:-10])
    with sweep_store.opened(path) as file:
        assert (file.find("a", "d"), file.find("b", "d")) == (made("a", [1.0]), None)
        file.add(made("c", [3.0]))
    with sweep_store.opened(path) as file:
        assert file.find("c", "d") == made("c", [3.0])


@pytest.mark.parametrize("fails", ["short", "full"])
def test_a_full_disk_takes_no_half_of_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str) -> None:
    """One clear error, and the file is as it was."""
    path = tmp_path / "sweep.jsonl"
    write = os.write

    def full(descriptor: int, data: bytes) -> int:
        if fails == "full":
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[:20])

    with sweep_store.opened(path) as file:
        file.add(made("a", [1.0]))
        before = path.read_bytes()
        monkeypatch.setattr(sweep_store.os, "write", full)
        with pytest.raises(Missing, match="expected room for a result"):
            file.add(made("b", [2.0]))
        monkeypatch.undo()
        assert path.read_bytes() == before
        assert file.find("b", "d") is None


@pytest.mark.parametrize("content", [b"hello\n", b"{}\n", b'{"version":"x"}\n[1]\n', b"\xff\xfe\n"])
def test_another_file_is_left_alone(tmp_path: Path, content: bytes) -> None:
    """It is named with the line, and nothing is written to it."""
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"notes.txt line \d: expected a result of a sweep"), sweep_store.opened(path):
        pass
    assert path.read_bytes() == content


def test_two_sweeps_do_not_write_one_file(tmp_path: Path) -> None:
    """The second is refused."""
    path = tmp_path / "sweep.jsonl"
    with sweep_store.opened(path), pytest.raises(Missing, match="expected to write alone"), sweep_store.opened(path):
        pass


def test_another_version_computes_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its results may differ."""
    path = tmp_path / "sweep.jsonl"
    with sweep_store.opened(path) as file:
        file.add(made("a", [1.0]))
    monkeypatch.setattr(sweep_store, "__version__", "9")
    with sweep_store.opened(path) as file:
        assert file.find("a", "d") is None


def test_the_best_is_first_and_what_never_traded_is_last() -> None:
    """By the Sharpe ratio or by the profit."""
    steady, wild, idle = made("s", [2.0, 1.0] * 6), made("w", [90.0, -50.0] * 6), made("i", [0.0] * 12)

    assert [each.key for each in rank([idle, wild, steady]).scores] == ["s", "w", "i"]
    assert [each.key for each in rank([idle, wild, steady], "pnl").scores] == ["w", "s", "i"]


def test_a_ranking_says_why_not_to_believe_it() -> None:
    """A search of noise is called luck, a loser a loser, too few days too few; a true gain stands without a warning."""
    lucky = rank([made(str(n), [(-1) ** (n * d) * (d * n % 7) - 2.9 for d in range(60)]) for n in range(1, 30)])
    losing = rank([made("a", [-1.0, -2.0] * 8), made("b", [-1.0, -3.0] * 8)])
    short = rank([made("a", [1.0, 2.0])])
    sound = rank([made("a", [1.0, 2.0] * 60), made("b", [-1.0, 1.0] * 60)])

    assert any("more than luck" in each for each in lucky.warnings)
    assert "Even the best setting loses." in losing.warnings
    assert len(short.warnings) == 2
    assert sound.warnings == []


def test_the_digest_does_not_hang_on_the_order() -> None:
    """Nor on what the best is chosen by."""
    scores = [made("a", [1.0, 2.0]), made("b", [2.0, 0.5])]

    assert rank(scores).digest == rank(scores[::-1], "pnl").digest
    assert rank(scores).digest != rank(scores[:1]).digest
