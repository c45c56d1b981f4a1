"""All numbers of the model fitted to quotes, and judged on quotes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from lottogrid.calibration.judge import Row, by_time, strangles, summarise
from lottogrid.calibration.sample import dates_of
from lottogrid.calibration.smile_fit import HALF_LIFE, fit_smile
from lottogrid.calibration.spread_fit import SpreadRow, fit_spread, judge_spread
from lottogrid.calibration.time_of_day import (
    Fairness,
    carried,
    fit_day_shape,
    fit_index_shape,
    from_bars,
    from_index,
)
from lottogrid.exchange.model import SAME_DAY_SPREAD, SpreadCurve
from lottogrid.market.chains import Chain
from lottogrid.market.day_shape import INDEX_SHAPE, DayShape
from lottogrid.market.forecast import PREMIUM, VolatilityForecast
from lottogrid.market.sessions import Session
from lottogrid.market.volatility_index import VolatilityIndex
from lottogrid.pricing.smile import SmileSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What is known beside the quotes."""

    index: VolatilityIndex | None = None
    sessions: Sequence[Session] = ()
    """Bars of the underlying, or of its future."""
    prior_volatility: float = 0.12
    """Of the forecast from these bars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The numbers that options are priced with. What the quotes did not tell is None."""

    smile: SmileSource
    shape: DayShape | None = INDEX_SHAPE
    """Relative to the index where there was one, else to the day's mean."""
    is_of_index: bool = True
    spread: SpreadCurve | None = SAME_DAY_SPREAD
    implied_premium: float | None = PREMIUM
    """Of volatility at the money over the forecast from bars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """How far a model is from the quotes of some days."""

    first: date
    last: date
    sessions: int
    chains: int
    rows: list[Row]
    by_time: list[tuple[str, Row]]
    spread: list[SpreadRow]
    """Empty where bids and asks are not known."""
    carried: Fairness | None
    """The last straddle's volatility, half an hour to an hour later, through the shape of the day."""
    from_index: Fairness | None
    from_bars: Fairness | None


def fit(chains: Sequence[Chain], beside: Beside, half_life: float = HALF_LIFE) -> Model:
    """Return the model that fits `chains` best; the smile weighs days by age, the rest weighs them alike.

    Raises:
        BadInput: the quotes are too few, or what they say is no smile.
    """
    index = beside.index
    shape = None if index is None else fit_index_shape(chains, index)
    found = from_bars(chains, beside.sessions, lambda: VolatilityForecast(beside.prior_volatility))
    smile = fit_smile(chains, half_life)
    return Model(
        smile=smile,
        shape=shape or fit_day_shape(chains),
        is_of_index=shape is not None,
        spread=fit_spread(strangles(chains, smile)),
        implied_premium=None if found is None else round(1 / found.median_ratio, 4),
    )


def judge(chains: Sequence[Chain], model: Model, beside: Beside) -> Judgement:
    """Return how far `model` is from `chains`.

    Raises:
        BadInput: no strangle can be priced in them.
    """
    judged = strangles(chains, model.smile)
    days, shape, premium = dates_of(chains), model.shape, model.implied_premium
    index = beside.index if model.is_of_index else None
    return Judgement(
        first=days[0],
        last=days[-1],
        sessions=len(days),
        chains=len(chains),
        rows=summarise(judged),
        by_time=by_time(judged),
        spread=[] if model.spread is None else judge_spread(judged, model.spread),
        carried=None if shape is None else carried(chains, shape),
        from_index=None if shape is None or index is None else from_index(chains, index, shape),
        from_bars=None
        if premium is None
        else from_bars(chains, beside.sessions, lambda: VolatilityForecast(beside.prior_volatility, premium)),
    )
