"""Fits the smile to implied volatilities by robust least squares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lottogrid.calibration.sample import Sample, dates_of, sample_of
from lottogrid.errors import BadInput
from lottogrid.market.chains import Chain
from lottogrid.pricing.blocks import Floats
from lottogrid.pricing.smile import MovingSmile, Smile, time_term, volatility_term

HALF_LIFE = 40
"""Sessions after which a day counts half: the smile drifts, and the last months say most about the next.

`benchmarks/smile.py`: on SPXW up to 2025-01, each month's fit judged on the two months after it, 20 and 40 do best."""
SESSIONS_TO_MOVE = 20
"""With fewer the slopes are held still: so few days do not tell what moves them."""

_NEAREST = 0.1
"""Expected moves: nearer the money a multiple is 1 by definition, and says nothing."""
_MOST = 3.0
"""A multiple beyond it is a misprint."""
_FEWEST_OPTIONS = 100
_HUBER = 1.345
"""Residuals beyond so many standard deviations count linearly: 95 % efficient on normal ones (P. Huber, 1981)."""
_ROUNDS = 15


def fit_smile(chains: Sequence[Chain], half_life: float = HALF_LIFE, *, may_move: bool = True) -> MovingSmile:
    """Return the smile that fits `chains` best, each of which counts the same but for its age.

    Args:
        chains: of any days; those of at least `SESSIONS_TO_MOVE` days let the slopes move.
        half_life: sessions, above 0.
        may_move: False holds the slopes still however many days there are.

    Raises:
        BadInput: there are fewer than a hundred usable options, or what they say is no smile.
    """
    if not half_life > 0:
        raise BadInput(f"half-life: expected sessions above 0, found {half_life}")
    sample = sample_of(chains)
    usable = (np.abs(sample.z) >= _NEAREST) & (np.abs(sample.z) <= Smile().clamp) & (sample.multiple < _MOST)
    found = int(usable.sum())
    if found < _FEWEST_OPTIONS:
        raise BadInput(f"quotes: expected {_FEWEST_OPTIONS} options with a price within 2.25 moves, found {found}")
    is_moving = may_move and len(dates_of(chains)) >= SESSIONS_TO_MOVE
    terms = _terms(sample, is_moving=is_moving)[usable]
    weights = _weights(chains, sample.chain[usable], half_life)
    numbers = [*_robust(terms, sample.multiple[usable] - 1, weights), 0.0, 0.0, 0.0, 0.0][:8]
    put, call, put_curve, call_curve, *moves = (round(float(number), 5) for number in numbers)
    middle = Smile(put_slope=put, call_slope=call, put_curve=put_curve, call_curve=call_curve)
    names = ("put_slope_time", "call_slope_time", "put_slope_volatility", "call_slope_volatility")
    return MovingSmile(middle=middle, **dict(zip(names, moves, strict=True)))


def _terms(sample: Sample, *, is_moving: bool) -> Floats:
    clamp = Smile().clamp
    put, call = np.clip(sample.z, -clamp, 0.0), np.clip(sample.z, 0.0, clamp)
    terms = [put, call, put * put, call * call]
    if is_moving:
        time, volatility = time_term(sample.minutes_left), volatility_term(sample.annual_volatility)
        terms += [put * time, call * time, put * volatility, call * volatility]
    return np.stack(terms, axis=1)


def _weights(chains: Sequence[Chain], chain: np.ndarray[tuple[int], np.dtype[np.int64]], half_life: float) -> Floats:
    """Return the weight of each option: its chain's, by age, shared among the chain's options."""
    number = {on: place for place, on in enumerate(dates_of(chains))}
    age = len(number) - 1 - np.array([number[each.day.date] for each in chains])
    weights: Floats = (0.5 ** (age / half_life))[chain] / np.bincount(chain, minlength=len(chains))[chain]
    return weights


def _robust(terms: Floats, wanted: Floats, weights: Floats) -> Floats:
    """Return Huber's regression by iteratively reweighted least squares."""
    current = weights
    for _ in range(_ROUNDS):
        root = np.sqrt(current)
        numbers, *_ = np.linalg.lstsq(terms * root[:, np.newaxis], wanted * root, rcond=None)
        rest = np.abs(wanted - terms @ numbers)
        reach = _HUBER * 1.4826 * float(np.median(rest))
        current = weights * np.minimum(1.0, reach / np.maximum(rest, 1e-12))
    return np.asarray(numbers, dtype=np.float64)
