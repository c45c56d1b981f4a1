"""The loops against the vectors: the same result to the last digit, compiled or not."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from datetime import date
from math import inf, nan

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from lottogrid.backtest import kernels, sweep
from lottogrid.backtest.bounds import largest_multiples
from lottogrid.backtest.compiled.exits import most
from lottogrid.backtest.compiled.loops import ladder_of, smile_of
from lottogrid.backtest.compiled.quoting import rounded, straddle
from lottogrid.backtest.compiled.records import Options
from lottogrid.backtest.compiled.values import moment, theo, unit_move, worth
from lottogrid.backtest.engine import Ground, Outcome, run
from lottogrid.backtest.grid import NEAR, TickGrid
from lottogrid.backtest.kernels import Kernel, kernel_of
from lottogrid.backtest.sweep import Case, Packed, Score, fingerprint, pack, score, score_all
from lottogrid.cli.research.backtest_work import plan_of
from lottogrid.cli.wiring import forecast_of
from lottogrid.errors import BadInput, Missing
from lottogrid.market.contracts import spec_of
from lottogrid.market.sessions import Session
from lottogrid.pricing.black76 import price
from lottogrid.pricing.implied import implied_total_sd
from lottogrid.pricing.moves import expected_move
from lottogrid.pricing.smile import MovingSmile, Smile
from lottogrid.settings import Settings
from tests.backtest.made import BUSY, DAYS, days, settings_values, without
from tests.replay.bench import settings

IS_COMPILED = importlib.util.find_spec("numba") is not None
FEW = 20 if IS_COMPILED else 6
"""Examples: not compiled, a day of loops takes a second."""


def both(chosen: Settings, sessions: Sequence[Session], times: int = 1) -> list[Outcome]:
    """Return what the last of so many runs comes to, by vectors and by loops."""
    plan, outcomes = plan_of(chosen), []
    for kernel in Kernel:
        ground = Ground(sessions, forecast_of(chosen), kernel)
        outcomes.append([run(ground, plan) for _ in range(times)][-1])
    return outcomes


def some_options() -> Options:
    """Return what the loops know of the options of the default instrument."""
    spec, smile = spec_of("MES"), smile_of(Smile())
    assert smile is not None
    return Options(float(spec.strike_step), ladder_of(TickGrid.of(spec.ladder)), smile)


def assert_same(by_vectors: Outcome, by_loops: Outcome) -> None:
    assert by_loops.terms.market.loops is not None
    assert fingerprint(by_loops) == fingerprint(by_vectors)
    assert by_loops.trades == by_vectors.trades
    assert np.array_equal(by_loops.terms.market.volatility, by_vectors.terms.market.volatility, equal_nan=True)
    assert np.array_equal(by_loops.minute_sd, by_vectors.minute_sd, equal_nan=True)


@pytest.mark.slow  # without numba the loops are plain Python
@examples(max_examples=FEW, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    settings_values(),
    st.integers(0, 10_000),
    st.sampled_from([0.08, 0.13, 0.4]),
    st.sets(st.sampled_from(DAYS), min_size=1, max_size=3 if IS_COMPILED else 1),
    st.sets(st.integers(0, 119), max_size=2),
)
def test_loops_and_vectors_come_to_the_same(
    values: list[str], seed: int, volatility: float, dates: set[date], holes: set[int]
) -> None:
    """Whatever the settings and the days; the holes lie before the open."""
    try:
        chosen = settings(*values)
        sessions = days(chosen, *sorted(dates), seed=seed, volatility=volatility)
        assume(sessions)
        by_vectors, by_loops = both(chosen, [without(session, *holes) for session in sessions])
    except BadInput:
        assume(False)  # the cut-offs contradict each other, or no engine computes it
    assert_same(by_vectors, by_loops)


@pytest.mark.parametrize(
    "values",
    [
        ("levels=both", "min_time_between_trades=1", "profit_target_multiplier=1.05"),
        ("simulator.profile=ideal", "max_open_trades=1", "profit_target_multiplier=1.3", "min_time_between_trades=0"),
        ("max_draw=200", "levels=both", "min_time_between_trades=3"),
        ("implied_move_multiplier_1=0.3", "implied_move_multiplier_2=0.3", "levels=both", "quantity=3"),
        ("market.instrument=SPX", "market.put_slope_time=0.02", "entry_measure=annualised"),
    ],
    ids=lambda values: values[0],
)
def test_each_limit_holds_in_the_loops(values: tuple[str, ...]) -> None:
    """Counts, money, levels that collapse, ladders and smiles that move; half a day, so that plain Python is quick."""
    chosen = settings(*BUSY, *values, "session.market_open=13:30")
    by_vectors, by_loops = both(chosen, days(chosen, date(2025, 6, 3), seed=5, volatility=0.2))

    assert len(by_vectors.trades) > 0
    assert_same(by_vectors, by_loops)


def test_what_has_been_priced_serves_the_next_run() -> None:
    """A second and a third setting on one ground come to what they come to on a new one."""
    chosen = settings("session.market_open=13:30", *BUSY)
    by_vectors, by_loops = both(chosen, days(chosen, date(2025, 6, 3), seed=8), times=3)

    assert_same(by_vectors, by_loops)


def test_ties_and_steps_are_decided_by_the_functions_of_the_live_bot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where everything counts as undecided the loops ask for everything, and the result is the same."""
    chosen = settings("session.market_open=15:00", "session.last_entry_minutes=45", *BUSY)
    sessions = days(chosen, date(2025, 6, 3), seed=3)
    by_vectors, _ = both(chosen, sessions)
    if IS_COMPILED:
        pytest.skip("a compiled function has its constants inside")
    for module in ("quoting", "exits"):
        monkeypatch.setattr(f"lottogrid.backtest.compiled.{module}.NEAR", 0.02)
    monkeypatch.setattr("lottogrid.backtest.compiled.quoting._TIE", 0.01)
    monkeypatch.setattr("lottogrid.backtest.compiled.walk._CLOSE", 0.5)
    found = run(Ground(sessions, forecast_of(chosen), Kernel.NUMBA), plan_of(chosen))

    assert len(found.trades) > 0
    assert_same(by_vectors, found)


def test_a_smile_of_another_kind_is_left_to_the_vectors() -> None:
    """The loops know two kinds."""

    class Other(Smile):
        pass

    class Strange:
        def at(self, annual_volatility: float, minutes_left: float) -> Smile:
            return Smile()

    assert smile_of(Other()) is not None
    assert smile_of(Strange()) is None  # type: ignore[arg-type]


@examples(max_examples=200, deadline=None)
@given(
    st.floats(500, 25_000),
    st.floats(-6, 6),
    st.floats(1e-4, 0.3),
    st.booleans(),
)
def test_prices_agree_with_the_kernel_of_the_project(forward: float, away: float, sd: float, is_call: bool) -> None:
    """To far less than what counts as undecided, up to six deviations and 150 % a day."""
    strike = forward * float(np.exp(away * sd))

    assert worth(forward, strike, sd, is_call) == pytest.approx(
        float(price(forward, strike, sd, is_call)), abs=NEAR / 100
    )
    assert forward * unit_move(sd) == pytest.approx(expected_move(forward, sd), rel=1e-13)


def test_an_option_without_time_is_worth_its_intrinsic_value() -> None:
    """And one at the money nothing."""
    assert worth(6000.0, 5990.0, 0.0, is_call=True) == 10
    assert worth(6000.0, 5990.0, 0.0, is_call=False) == 0
    assert worth(6000.0, 6000.0, 0.0, is_call=True) == 0


@examples(max_examples=200, deadline=None)
@given(st.floats(1000, 20_000), st.floats(-4, 4), st.floats(1e-4, 0.3), st.booleans())
def test_a_bound_is_one(forward: float, away: float, sd: float, is_call: bool) -> None:
    """No option is worth more than its bound, in the money or out of it, with the largest multiple of its side."""
    smile, strike = some_options().smile, forward * float(np.exp(away * sd))
    is_above = is_call if strike == forward else strike > forward
    multiple = smile.most_above if is_above else smile.most_below

    assert worth(forward, strike, multiple * sd, is_call) - 1e-9 <= most(smile, forward, strike, is_call, sd) < inf


@examples(max_examples=100, deadline=None)
@given(st.floats(3000, 8000), st.floats(0.05, 0.6), st.integers(5, 390))
def test_a_straddle_implies_what_the_project_says(forward: float, volatility: float, left: int) -> None:
    """To 1e-11 of itself, a hundredth of what counts as undecided."""
    options = some_options()
    mid, found, certain = straddle(options, moment(options.smile, forward, volatility, left, 0.02))
    assume(certain)
    strike = round(forward / 5) * 5
    assume(strike == int(forward / 5 + 0.5) * 5)
    wanted = float(implied_total_sd(0.5 * (mid - abs(forward - strike)), forward, strike, strike >= forward))

    assert found == pytest.approx(wanted, rel=1e-11, nan_ok=True)


@pytest.mark.parametrize("moves", [False, True])
def test_the_smile_is_that_of_the_project(moves: bool) -> None:
    """Flat beyond the clamp, with slopes that move or not."""
    middle = Smile()
    source = MovingSmile(middle=middle, put_slope_time=-0.02, call_slope_volatility=0.04) if moves else middle
    numbers = smile_of(source)
    assert numbers is not None
    assert (numbers.most_above, numbers.most_below) == largest_multiples(source)
    for volatility, left in ((0.02, 390), (0.12, 200), (0.9, 3)):
        now = moment(numbers, 6000.0, volatility, left, 0.0)
        for strike in (5800.0, 5990.0, 6000.0, 6010.0, 6200.0):
            z = (strike - 6000) / now.move
            multiple = source.at(volatility, left).multiplier_one(z)
            wanted = float(price(6000.0, strike, now.total_sd * multiple, strike > 6000))
            assert theo(numbers, now, strike, strike > 6000) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("symbol", ["MES", "SPX"])
@pytest.mark.parametrize("upwards", [False, True])
def test_prices_are_rounded_as_the_vectors_round_them(symbol: str, upwards: bool) -> None:
    """On both tiers of the ladder, at their edge, and near a step, where neither is certain."""
    grid = TickGrid.of(spec_of(symbol).ladder)
    prices = np.array([0.0, 0.01, 0.05, 0.0500000001, 2.99, 3.0, 3.04, 4.999, 5.0, 5.01, 5.3, 17.37, 250.1])
    counts, undecided = grid.ceil(prices) if upwards else grid.floor(prices)
    found = [rounded(ladder_of(grid), float(each), upwards) for each in prices]

    assert [not certain for _, certain in found] == undecided.tolist()
    assert [count for count, certain in found if certain] == counts[~undecided].tolist()


def test_the_faster_kernel_is_taken_where_it_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    """To load numba takes most of a second, in which the vectors play some years."""
    monkeypatch.setattr(Kernel, "is_installed", True)

    assert kernel_of("auto", 252) is Kernel.NUMPY
    assert kernel_of("auto", kernels.PAYS_FROM) is Kernel.NUMBA
    assert kernel_of("numpy", kernels.PAYS_FROM) is Kernel.NUMPY
    assert kernel_of("numba", 1) is Kernel.NUMBA


def test_a_kernel_that_is_absent_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for, it is missing; else it is not missed."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    assert kernel_of("auto", kernels.PAYS_FROM) is Kernel.NUMPY
    with pytest.raises(Missing, match=r"lottogrid\[fast\]"):
        kernel_of("numba", 1)


def test_what_is_unknown_is_not_priced() -> None:
    """A volatility that is not a number gives no quote and no implied move; the exact functions say what is wrong."""
    options = some_options()
    _, _, certain = straddle(options, moment(options.smile, 6000.0, nan, 100, 0.02))

    assert not certain


def test_a_worker_without_numba_takes_the_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes to the same; a worker that has numba takes what the sweep was begun with."""
    chosen = settings("session.market_open=15:00", "session.last_entry_minutes=45", *BUSY)
    sessions, case = days(chosen, date(2025, 6, 3), seed=3), Case("key", (), plan_of(chosen))
    wanted = score(case, Ground(sessions, forecast_of(chosen)), "here")
    ground = Ground(sessions, forecast_of(chosen), Kernel.NUMBA)
    found = []
    for there, digest in ((True, "with"), (False, "without")):
        monkeypatch.setattr(Kernel, "is_installed", there)
        found += score_all([case], Packed(digest, pack(ground)))

    assert [each.digest for each in found if isinstance(each, Score)] == 2 * [getattr(wanted, "digest", None)]
    kept = [sweep._THIS_WORKER.ground(Packed(digest, b"")).kernel for digest in ("with", "without")]
    assert kept == [Kernel.NUMBA, Kernel.NUMPY]
