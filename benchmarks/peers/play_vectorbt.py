"""The plain rule in vectorbt: every leg is a column of prices over its session, bought and sold by signals."""

from __future__ import annotations

from typing import Any

import numpy as np
import rule
import vectorbt as vbt
from numpy.typing import NDArray
from scipy.special import erf, ndtr

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LEFT = rule.SESSION - np.arange(1, rule.SESSION + 1)
_ROOT_YEARS = np.sqrt(_LEFT / rule.MINUTES_PER_YEAR)
_LEAST = 1e-9
"""It takes no price of 0."""


def prepare(bars: dict[str, Any]) -> tuple[Floats, Floats]:
    """Return the closes and the volatility, a row a session."""
    return np.asarray(bars["close"]).reshape(-1, rule.SESSION), np.asarray(bars["volatility"])[:, np.newaxis]


def play(prepared: tuple[Floats, Floats]) -> tuple[int, float]:
    """Return legs and points."""
    close, volatility = prepared
    sd = volatility * _ROOT_YEARS
    day, minute, strike = _entries(close, sd, volatility)
    is_call = np.repeat([True, False], len(day))
    day, minute = np.tile(day, 2), np.tile(minute, 2)
    values = _worth(close[day].T, strike.T.ravel(), is_call, sd[day].T)
    legs = np.arange(len(day))
    cost = values[minute, legs]
    after = np.arange(rule.SESSION)[:, np.newaxis] > minute
    exits = after & (values >= rule.TARGET * cost)
    prices = np.where(exits, rule.TARGET * cost, values)
    exits[-1] = True
    entries = np.zeros_like(exits)
    entries[minute, legs] = True
    kept = np.maximum(prices, _LEAST)
    portfolio = vbt.Portfolio.from_signals(kept, entries, exits, price=kept, size=1.0, init_cash=1e6)
    return len(day), float(portfolio.total_profit().sum())


def _entries(close: Floats, sd: Floats, volatility: Floats) -> tuple[Ints, Ints, Floats]:
    """Return session and column of each entry, and the strikes of call and put."""
    away = rule.MULTIPLE * _move(close, sd)
    strikes = rule.STEP * np.rint(np.stack((close + away, close - away)) / rule.STEP)
    cost = sum(_worth(close, strikes[leg], np.bool_(leg == 0), sd) for leg in (0, 1))
    fits = _is_quiet(close, volatility) & (cost <= rule.CAP)
    following, count = np.zeros(len(close), dtype=np.int64), np.zeros(len(close), dtype=np.int64)
    found = []
    for column in range(rule.WINDOW, rule.LAST):
        rows = np.flatnonzero(fits[:, column] & (following <= column) & (count < rule.MOST))
        if len(rows):
            following[rows] = column + rule.SPACING
            count[rows] += 1
            found.append((rows, np.full_like(rows, column)))
    day, minute = (np.concatenate(each) for each in zip(*found, strict=True))
    return day, minute, strikes[:, day, minute].T


def _move(forward: Floats, sd: Floats) -> Floats:
    found: Floats = 2 * forward * erf(0.5 * np.sqrt(0.5) * sd)
    return found


def _is_quiet(close: Floats, volatility: Floats) -> NDArray[np.bool_]:
    returns = close[:, 1:] / close[:, :-1] - 1
    found = np.zeros(close.shape, dtype=np.bool_)
    last = close[:, rule.WINDOW :]
    limit = rule.QUIET * _move(last, volatility / np.sqrt(252))
    found[:, rule.WINDOW :] = last * np.sqrt(rule.WINDOW * _variance(returns)) < limit
    return found


def _variance(returns: Floats) -> Floats:
    """Return the variance of each window, from running sums."""
    sums, squares = (np.cumsum(np.pad(each, ((0, 0), (1, 0))), axis=1) for each in (returns, returns * returns))
    count = rule.WINDOW
    total, squared = (each[:, count:] - each[:, :-count] for each in (sums, squares))
    found: Floats = (squared - total * total / count) / (count - 1)
    return found


def _worth(forward: Floats, strike: Floats, is_call: Any, sd: Floats) -> Floats:
    sign = np.where(is_call, 1.0, -1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        d1 = np.log(forward / strike) / sd + 0.5 * sd
        found = sign * (forward * ndtr(sign * d1) - strike * ndtr(sign * (d1 - sd)))
    return np.where(sd > 0, found, np.maximum(sign * (forward - strike), 0.0))
