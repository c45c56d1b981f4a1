"""The two volatilities of every minute: the one that options are priced with, and the realised one."""

from __future__ import annotations

import numpy as np

from lottogrid.backtest.kernels import Kernel
from lottogrid.backtest.tape import Bools, Ints, Tape
from lottogrid.exchange.exchange import Forecast
from lottogrid.market.forecast import CAP, RECENT_DECAY, VolatilityForecast, minute_variance, next_prior
from lottogrid.market.intraday import mean_factors, minute_of_day, variance_factor
from lottogrid.pricing.blocks import Floats
from lottogrid.pricing.realised import minute_sd
from lottogrid.pricing.time import MINUTES_PER_YEAR

_AT_ONCE = 32
"""Sessions whose returns are summed together: few enough for the cache."""


def annual_volatilities(tape: Tape, forecast: Forecast, kernel: Kernel = Kernel.NUMPY) -> Floats:
    """Return what `forecast`, fed with the tape from its beginning, says behind each bar; NaN where there is no bar.

    The forecast of the bars is computed for all sessions at once, with the same sums in the same order, so that each
    number is the same to the last digit. Any other is fed bar by bar.
    """
    if type(forecast) is VolatilityForecast:
        return _from_bars(tape, forecast, kernel)
    found = np.full(tape.shape, np.nan)
    for row, session in enumerate(tape.sessions):
        forecast.start_session(session.day)
        for column in np.flatnonzero(tape.places[row] >= 0).tolist():
            forecast.add(tape.bar(row, column), session.day)
            found[row, column] = forecast.annual_volatility()
    return found


def realised_minute_sds(tape: Tape, window: int, kernel: Kernel = Kernel.NUMPY) -> Floats:
    """Return the standard deviation of the last `window` one-minute log returns at each bar; NaN with too few.

    To some 1e-12 of itself: where more digits decide, ask `exact_minute_sd`.
    """
    returns = _log_returns(tape)
    if kernel is Kernel.NUMBA:
        from lottogrid.backtest.compiled.volatility import minute_sds  # noqa: PLC0415 - numba is an extra

        found = np.empty(tape.shape)
        minute_sds(returns, window, np.empty((3, tape.shape[1])), found)
        return found
    return np.concatenate([_sds(window, returns[row : row + _AT_ONCE]) for row in range(0, len(returns), _AT_ONCE)])


def _sds(window: int, returns: Floats) -> Floats:
    known = ~np.isnan(returns)
    counts, sums, squares = (
        _last(window, values) for values in (known.astype(np.float64), *_powers(np.where(known, returns, 0.0)))
    )
    variance = (window * squares - sums * sums) / (window * (window - 1))
    return np.where(counts == window, np.sqrt(np.maximum(variance, 0.0)), np.nan)


def exact_minute_sd(tape: Tape, row: int, column: int, window: int) -> float:
    """Return the same for one bar that has `window` returns, as the live bot computes it."""
    found = minute_sd(tape.close[row, column - window : column + 1].tolist())
    assert found is not None
    return found


def _log_returns(tape: Tape) -> Floats:
    """Return the log return of each bar since the one before; in place, as memory costs more than the logarithm."""
    found = np.empty(tape.shape)
    found[:, 0] = np.nan
    np.divide(tape.close[:, 1:], tape.close[:, :-1], out=found[:, 1:])
    return np.log(found, out=found)


def _powers(values: Floats) -> tuple[Floats, Floats]:
    return values, values * values


def _last(window: int, values: Floats) -> Floats:
    """Return the sum of the last `window` columns at each."""
    sums = np.cumsum(values, axis=1)
    sums[:, window:] -= sums[:, :-window].copy()
    return sums


def _from_bars(tape: Tape, forecast: VolatilityForecast, kernel: Kernel) -> Floats:
    begins = _begins(tape)
    if kernel is Kernel.NUMBA:
        from lottogrid.backtest.compiled.volatility import annual  # noqa: PLC0415 - numba is an extra

        found = np.empty(tape.shape)
        annual(tape.close, begins, _shares(), _left(tape, begins), forecast.prior, forecast.premium, found)
        return found
    minutes = begins[:, np.newaxis] + np.arange(tape.shape[1])
    learns, changes = _changes(tape, minutes)
    shares = np.take(_shares(), np.maximum(minutes, -1) + 1)
    squares = np.where(learns, changes * changes, 0.0)
    priors = _priors(forecast.prior, squares, np.where(learns, shares, 0.0), learns.sum(axis=1))
    variances = _variances(priors, squares / shares, learns)
    found = forecast.premium * np.sqrt(variances * _left(tape, begins) * MINUTES_PER_YEAR)
    return np.where(tape.places >= 0, found, np.nan)


def _variances(priors: Floats, typical: Floats, learns: Bools) -> Floats:
    """Return the variance of a typical minute behind each column; `typical` are squared returns over their shares.

    Columns are learned from one after the other, all sessions at once.
    """
    recent, weight = np.zeros(len(priors)), np.zeros(len(priors))
    variance = minute_variance(priors, recent, weight)
    variances = np.empty(typical.T.shape)
    counts = learns.sum(axis=0).tolist()
    columns = zip(counts, np.ascontiguousarray(learns.T), np.ascontiguousarray(typical.T), strict=True)
    for column, (count, news, value) in enumerate(columns):
        if count:
            capped = np.minimum(value, CAP * CAP * variance)
            if count == len(priors):
                recent, weight = RECENT_DECAY * recent + capped, RECENT_DECAY * weight + 1
            else:
                recent = np.where(news, RECENT_DECAY * recent + capped, recent)
                weight = np.where(news, RECENT_DECAY * weight + 1, weight)
            variance = minute_variance(priors, recent, weight)
        variances[column] = variance
    return variances.T


def _begins(tape: Tape) -> Ints:
    """Return the minute of the day, counted from 09:30, at which the bars of each session's first column start."""
    opens = np.array([minute_of_day(session.day.opens, session.day) for session in tape.sessions])
    return opens - tape.lead - 1


def _changes(tape: Tape, minutes: Ints) -> tuple[Bools, Floats]:
    """Return where a forecast learns from the change since the bar before, and the change."""
    changes = np.zeros(tape.shape)
    changes[:, 1:] = tape.close[:, 1:] / tape.close[:, :-1] - 1
    learns = ~np.isnan(changes) & (minutes >= 0)
    learns[:, 0] = False
    return learns, changes


def _shares() -> Floats:
    """Return the share of variance of each minute from one before 09:30 on."""
    return np.array([variance_factor(minute) for minute in range(-1, MINUTES_PER_YEAR // 252 + 1)])


def _left(tape: Tape, begins: Ints) -> Floats:
    """Return the mean share of the minutes that are left behind each column."""
    closes = begins + tape.closing + 1
    # A pair as one number: pairs take many times as long to sort.
    _, firsts, kinds = np.unique(begins + 1j * closes, return_index=True, return_inverse=True)
    behind = np.arange(tape.shape[1]) + 1
    of = np.stack([mean_factors(begins[row] + behind, int(closes[row])) for row in firsts.tolist()])
    found: Floats = of[kinds]
    return found


def _priors(first: float, squares: Floats, shares: Floats, counts: Ints) -> Floats:
    """Return what each session begins with; the sums run from left to right, as those of a bar after the other do."""
    priors = [first]
    sums = np.cumsum(squares, axis=1)[:, -1].tolist(), np.cumsum(shares, axis=1)[:, -1].tolist(), counts.tolist()
    for squared, shared, count in zip(*sums, strict=True):
        priors.append(next_prior(priors[-1], squared, shared, count))
    return np.array(priors[:-1])
