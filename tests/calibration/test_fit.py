"""The fit: what quotes were made from is found again, and judged as it should be."""

from __future__ import annotations

from dataclasses import astuple, replace
from datetime import date, time

import numpy as np
import pytest

from lottogrid.calibration.fit import Beside, Model, fit, judge
from lottogrid.calibration.judge import by_time, strangles, summarise
from lottogrid.calibration.sample import within
from lottogrid.calibration.smile_fit import fit_smile
from lottogrid.calibration.spread_fit import fit_spread, judge_spread
from lottogrid.calibration.time_of_day import carried, compare, fit_day_shape, fit_index_shape, from_index
from lottogrid.errors import BadInput
from lottogrid.exchange.model import SpreadCurve
from lottogrid.market.chains import Chain
from lottogrid.market.day_shape import DayShape
from lottogrid.market.volatility_index import VolatilityIndex
from lottogrid.pricing.smile import FLAT, MovingSmile, Smile
from tests.market.made import MONDAY, trading_days
from tests.market.quotes import TIMES, chains, snapshots

# Between two strikes around the forward the volatility is taken as linear, which a smile is not: that costs a little.
NEAR, SMALL = 4e-3, 5e-3

TRUE = Smile(put_slope=-0.05, call_slope=-0.08, put_curve=0.02, call_curve=0.04)
MOVING = MovingSmile(
    middle=TRUE, put_slope_time=-0.02, call_slope_time=-0.06, put_slope_volatility=0.03, call_slope_volatility=-0.01
)


def swinging(day: int, _: time) -> float:
    """A volatility that differs from day to day."""
    return 0.09 + 0.01 * (day % 5)


def test_a_few_days_give_back_the_plain_smile_they_were_made_with() -> None:
    """Slopes do not move where few days would tell why."""
    found = fit_smile(chains(snapshots(3, TRUE)))

    assert astuple(found.middle) == pytest.approx(astuple(TRUE), abs=NEAR)
    assert found == MovingSmile(middle=found.middle)


def test_many_days_give_back_the_moving_smile_they_were_made_with() -> None:
    """All eight numbers."""
    found = fit_smile(chains(snapshots(20, MOVING, volatility=swinging)))

    assert astuple(found.middle) == pytest.approx(astuple(TRUE), abs=NEAR)
    assert astuple(found)[1:] == pytest.approx(astuple(MOVING)[1:], abs=NEAR)


def test_wild_prices_do_not_move_the_fit() -> None:
    """One option in twenty at half its price is outvoted."""
    made = [
        replace(each, mid=np.where(np.arange(len(each.mid)) % 20 == number % 20, each.mid / 2, each.mid))
        for number, each in enumerate(snapshots(3, TRUE))
    ]
    found = fit_smile(chains(made)).middle

    assert found.put_slope == pytest.approx(TRUE.put_slope, abs=0.01)


def test_late_days_count_more() -> None:
    """With a short half-life the smile is that of the last days."""
    made = chains(snapshots(10, FLAT))[: 5 * len(TIMES)] + chains(snapshots(10, TRUE))[5 * len(TIMES) :]
    recent, alike = (fit_smile(made, half_life).middle.put_slope for half_life in (0.5, 1e6))

    assert abs(recent - TRUE.put_slope) < abs(alike - TRUE.put_slope)


def test_too_few_options_are_refused() -> None:
    """A fit to nothing is none."""
    with pytest.raises(BadInput, match="expected 100 options"):
        fit_smile(chains(snapshots(1, TRUE, times=TIMES[:1]))[:1])


def test_the_right_model_has_no_error_and_the_flat_one_its_known_one() -> None:
    """Ratios are model over real: flat volatility is too cheap with puts and too dear with calls."""
    made = chains(snapshots(2, TRUE))

    for row in summarise(strangles(made, TRUE)):
        assert row.median_ratio == pytest.approx(1, abs=SMALL)
        assert row.mean_abs_error < SMALL
    flat = {row.multiple: row for row in summarise(strangles(made, FLAT))}
    assert flat[1.5].median_put_ratio < 1 < flat[1.5].median_call_ratio
    assert flat[1.5].mean_abs_error > flat[1.25].mean_abs_error > 2 * SMALL


def test_strangles_are_counted_by_half_hour() -> None:
    """Each quote time and level once."""
    rows = by_time(strangles(chains(snapshots(2, TRUE)), TRUE, [1.25]))

    assert [slot for slot, _ in rows] == ["09:30", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "15:30"]
    assert {row.n for _, row in rows} == {2}


def test_a_level_without_a_listed_strike_or_a_bid_is_not_judged() -> None:
    """Another strike is not taken in its place."""
    (chain, *_) = chains(snapshots(1, TRUE, spread=0.1))
    near = np.abs(chain.z) < 1.2
    parts = {name: getattr(chain, name)[near] for name in ("strike", "bid", "ask", "mid")}
    narrow = replace(chain, **parts)
    bidless = replace(chain, bid=np.where(chain.strike < chain.forward, 0.0, chain.bid))

    assert {each.multiple for each in strangles([narrow], TRUE)} == {1.0, 1.25}
    assert not strangles([bidless], TRUE)
    with pytest.raises(BadInput, match="expected a strangle"):
        summarise([])


def test_the_spread_is_fitted_by_time_left() -> None:
    """4 % of each option's price is 4 % of the strangle's; without bids and asks nothing is known."""
    judged = strangles(chains(snapshots(5, TRUE, spread=0.04)), TRUE)
    curve = fit_spread(judged)
    assert curve is not None
    assert {fraction for _, fraction in curve.points} == {0.04}
    assert all(row.median_ratio == pytest.approx(1) for row in judge_spread(judged, curve))
    assert judge_spread(judged, SpreadCurve(((60.0, 0.08),)))[0].median_ratio == pytest.approx(2)

    mids = strangles(chains(snapshots(5, TRUE)), TRUE)
    assert fit_spread(mids) is None
    assert judge_spread(mids, curve) == []


def smirk(day: int, at: time) -> float:
    """Volatility that rises by a half in the afternoon, on days of different level."""
    return (0.10 + 0.02 * (day % 2)) * (1.5 if at >= time(13) else 1.0)


def test_the_course_of_the_day_is_found_whatever_the_level() -> None:
    """Half as much again in the afternoon, in the shape as in the quotes."""
    made = chains(snapshots(6, FLAT, volatility=smirk))
    shape = fit_day_shape(made)
    assert shape is not None
    assert shape.factor(60) / shape.factor(300) == pytest.approx(1.5, rel=1e-3)

    right, flat = carried(made, shape), carried(made, DayShape(((1.0, 1.0),)))
    assert right is not None
    assert flat is not None
    assert right.mean_abs_log_error < 1e-3 < flat.mean_abs_log_error


def test_an_index_is_scaled_by_its_usual_share() -> None:
    """An index at 20 on days of 12 %: factor 0.6, and the error is none."""
    made = chains(snapshots(5))
    index = VolatilityIndex({day.date: 20.0 for day in trading_days(5, date(2025, 2, 28))})
    shape = fit_index_shape(made, index)
    assert shape is not None
    assert shape.factor(200) == pytest.approx(0.6, rel=1e-3)
    found = from_index(made, index, shape)
    assert found is not None
    assert found.n == len(made)
    assert found.mean_abs_log_error < 1e-3
    assert fit_index_shape(made, VolatilityIndex({})) is None
    assert compare([]) is None


def test_days_are_chosen_and_an_empty_choice_is_refused() -> None:
    """The message says which days there are."""
    made: list[Chain] = chains(snapshots(3))
    assert {chain.day.date for chain in within(made, MONDAY, MONDAY)} == {MONDAY}
    with pytest.raises(BadInput, match="found 2025-03-03 to 2025-03-05"):
        within(made, date(2026, 1, 1), None)


def test_all_is_fitted_and_judged_together() -> None:
    """What the quotes do not tell is None, not a guess."""
    made = chains(snapshots(6, TRUE))
    model = fit(made, Beside())
    found = judge(made, model, Beside())

    assert isinstance(model, Model)
    assert (model.spread, model.implied_premium, model.is_of_index) == (None, None, False)
    assert (found.from_index, found.from_bars, found.spread) == (None, None, [])
    assert found.carried is not None
    assert found.sessions == 6
    assert found.rows[0].mean_abs_error < SMALL
