"""The sensitivities of an undiscounted Black-76 price, on the trading-minute clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from lottogrid.pricing.blocks import Floats, above_zero, map_blocks
from lottogrid.pricing.normalised import INVERSE_ROOT_TWO_PI, distance
from lottogrid.pricing.time import MINUTES_PER_YEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeks:
    """Sensitivities of a price V in points, arrays of one shape.

    Per point of the forward F, per 1.00 of annual volatility (100 percentage points), and per trading year that
    **passes** (time to expiry shrinks). Formulas: E. G. Haug, "The Complete Guide to Option Pricing Formulas" (2007),
    chapter 2, with carry and interest at 0.
    """

    delta: Floats
    """dV/dF."""
    gamma: Floats
    """d2V/dF2."""
    vega: Floats
    """dV/dvolatility."""
    theta: Floats
    """dV/dtime, points a trading year; never positive."""
    vanna: Floats
    """d2V/dF dvolatility."""
    volga: Floats
    """d2V/dvolatility2."""
    charm: Floats
    """d2V/dF dtime: how delta drifts."""
    veta: Floats
    """d2V/dvolatility dtime: how vega decays."""
    speed: Floats
    """d3V/dF3."""
    zomma: Floats
    """d3V/dF2 dvolatility."""
    color: Floats
    """d3V/dF2 dtime: how gamma drifts."""

    @property
    def theta_per_minute(self) -> Floats:
        """Theta in points a trading minute."""
        return self.theta / MINUTES_PER_YEAR


_NAMES = [field.name for field in fields(Greeks)]


def greeks(forward: ArrayLike, strike: ArrayLike, total_sd: ArrayLike, years: ArrayLike, is_call: ArrayLike) -> Greeks:
    """Return the sensitivities; the arguments are broadcast, and `years` are trading years to expiry.

    Where an input is NaN, the results are NaN.

    Raises:
        BadInput: an input is infinite or not above 0. At expiry there are no greeks: gamma at the strike is infinite.

    >>> found = greeks(6300, 6300, 0.16 * (1 / 252) ** 0.5, 1 / 252, True)
    >>> [round(float(value), 4) for value in (found.delta, found.gamma, found.vega, found.theta_per_minute)]
    [0.502, 0.0063, 158.3233, -0.0325]
    """
    positive = {"forward": forward, "strike": strike, "total_sd": total_sd, "years": years}
    checked = [above_zero(name, argument) for name, argument in positive.items()]
    found = map_blocks(_greeks, [*checked, is_call], outputs=len(_NAMES), rows=5)
    return Greeks(**dict(zip(_NAMES, found, strict=True)))


def _greeks(inputs: Sequence[Floats], out: Sequence[Floats], work: Floats) -> None:
    forward, strike, total_sd, years, is_call = inputs
    delta, gamma, vega, theta, vanna, volga, charm, veta, speed, zomma, color = out
    d1, d2, product, per_volatility, per_year = work
    _deviations(forward, strike, total_sd, d1, d2)
    _delta(d1, is_call, delta, spare=product)
    np.sqrt(years, out=per_volatility)
    _density(d1, out=gamma)
    np.multiply(gamma, forward, out=vega)
    vega *= per_volatility
    per_volatility /= total_sd
    np.divide(0.5, years, out=per_year)
    np.multiply(gamma, d2, out=charm)
    np.multiply(charm, per_volatility, out=vanna)
    np.negative(vanna, out=vanna)
    charm *= per_year
    gamma /= forward
    gamma /= total_sd
    np.divide(d1, total_sd, out=speed)
    speed += 1.0
    speed *= gamma
    speed /= forward
    np.negative(speed, out=speed)
    np.multiply(d1, d2, out=product)
    per_year *= -1.0
    np.divide(vega, per_volatility, out=theta)
    theta *= per_year
    np.multiply(vega, product, out=volga)
    np.add(volga, vega, out=veta)
    veta *= per_year
    volga *= per_volatility
    product -= 1.0
    np.multiply(gamma, product, out=zomma)
    np.multiply(zomma, per_year, out=color)
    zomma *= per_volatility


def _deviations(forward: Floats, strike: Floats, total_sd: Floats, d1: Floats, d2: Floats) -> None:
    distance(forward, strike, out=d1, spare=d2)
    np.copysign(d1, np.subtract(forward, strike, out=d2), out=d1)
    d1 /= total_sd
    d1 += np.multiply(total_sd, 0.5, out=d2)
    np.subtract(d1, total_sd, out=d2)


def _delta(d1: Floats, is_call: Floats, out: Floats, spare: Floats) -> None:
    np.multiply(is_call, 2.0, out=spare)
    spare -= 1.0
    np.multiply(spare, d1, out=out)
    ndtr(out, out=out)
    out *= spare


def _density(d1: Floats, out: Floats) -> None:
    np.multiply(d1, d1, out=out)
    out *= -0.5
    np.exp(out, out=out)
    out *= INVERSE_ROOT_TWO_PI
