"""The rule, as plain as the peers run it: flat volatility, no smile, no spread, no ticks, no costs, no limits in money.

It stands alone, so that it can be imported where only a peer is installed. None of the peers knows same-day options: a
strategy in one of them keeps the options itself, and is fed with bars.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import erf, log, sqrt

SESSION = 390
"""Minutes; every session of the benchmark has so many bars."""
MINUTES_PER_YEAR = 252 * SESSION
WINDOW, QUIET = 60, 0.67
MULTIPLE, STEP = 1.25, 5.0
CAP, TARGET = 5.0, 4.0
"""Points that both legs cost at most; times its cost at which a leg is sold."""
SPACING, MOST, LAST = 30, 12, SESSION - 30
"""Minutes between entries, entries a session, and the minute of the last."""
SIMPLIFIED = (
    "one volatility for all strikes and minutes of a session, the forecast at its open; fills at the model's price, "
    f"no smile, spread, ticks, commissions, flatten or limits in money; one level, {MULTIPLE} moves; legs are marked "
    f"at each close, sold at {TARGET:g} times their cost, and settled at the last close"
)


@dataclass(slots=True)
class Leg:
    strike: float
    is_call: bool
    cost: float


def worth(forward: float, strike: float, is_call: bool, sd: float) -> float:
    """Return what an option costs, points: Black-76, undiscounted; `sd` is that of the log price to expiry."""
    sign = 1.0 if is_call else -1.0
    if sd == 0:
        return max(sign * (forward - strike), 0.0)
    d1 = log(forward / strike) / sd + 0.5 * sd
    return sign * (forward * _phi(sign * d1) - strike * _phi(sign * (d1 - sd)))


def move(forward: float, sd: float) -> float:
    """Return the straddle at the money, points."""
    return 2 * forward * erf(0.5 * sqrt(0.5) * sd)


def _phi(x: float) -> float:
    return 0.5 * (1 + erf(x * sqrt(0.5)))


@dataclass(slots=True)
class Rule:
    """The rule bar by bar: what a strategy of an event-driven engine calls."""

    volatility: list[float]
    """A year, of each session."""
    legs: int = 0
    points: float = 0.0
    """Gained by all legs that are over."""
    _session: int = 0
    _minute: int = 0
    _close: float = 0.0
    _returns: deque[float] = field(default_factory=lambda: deque(maxlen=WINDOW))
    _open: list[Leg] = field(default_factory=list)
    _next: int = 0
    _count: int = 0

    def on_bar(self, close: float) -> None:
        """Take the next one-minute bar of a session, or the first of the next session."""
        if self._minute == SESSION:
            self._session += 1
            self._minute = self._next = self._count = 0
            self._returns.clear()
        self._minute += 1
        if self._minute > 1:
            self._returns.append(close / self._close - 1)
        self._close = close
        if self._open:
            self._mark(close, self._sd(SESSION - self._minute))
        is_hour = self._next <= self._minute <= LAST and self._count < MOST
        if is_hour and len(self._returns) == WINDOW and self._is_quiet(close):
            self._enter(close, self._sd(SESSION - self._minute))

    def _sd(self, left: int) -> float:
        return self.volatility[self._session] * sqrt(left / MINUTES_PER_YEAR)

    def _mark(self, close: float, sd: float) -> None:
        kept = []
        for leg in self._open:
            value = worth(close, leg.strike, leg.is_call, sd)
            if value >= TARGET * leg.cost:
                self.points += (TARGET - 1) * leg.cost
            elif sd == 0:
                self.points += value - leg.cost
            else:
                kept.append(leg)
        self._open = kept

    def _is_quiet(self, close: float) -> bool:
        mean = sum(self._returns) / WINDOW
        variance = sum((each - mean) ** 2 for each in self._returns) / (WINDOW - 1)
        return close * sqrt(WINDOW * variance) < QUIET * move(close, self._sd(SESSION))

    def _enter(self, close: float, sd: float) -> None:
        away = MULTIPLE * move(close, sd)
        call, put = (STEP * round((close + each) / STEP) for each in (away, -away))
        found = [Leg(call, True, worth(close, call, True, sd)), Leg(put, False, worth(close, put, False, sd))]
        if sum(leg.cost for leg in found) > CAP:
            return
        self._open += found
        self.legs += 2
        self._next = self._minute + SPACING
        self._count += 1
