"""One plan after the other on the same ground: what a sweep computes, here or in a worker."""

from __future__ import annotations

import hashlib
import pickle
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import numpy as np

from lottogrid.backtest.engine import Ground, Outcome, Plan, run
from lottogrid.backtest.kernels import Kernel
from lottogrid.backtest.metrics import drawdown, sharpe
from lottogrid.backtest.tape import MINUTE, Ints, Tape
from lottogrid.errors import BadInput
from lottogrid.market.bars import Bar

_GROUNDS_KEPT = 2
_MICROSECONDS = 60_000_000
"""Of a minute."""
_MARKETS_PRICED = 48
"""After so many pairs of market and level a worker lets go of what it priced: each is some megabytes a year."""


@dataclass(frozen=True, slots=True)
class Case:
    """A plan to be tried."""

    key: str
    """Of the settings, the same wherever they are tried."""
    values: tuple[tuple[str, str], ...]
    """What makes it differ from the others: setting and value."""
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a case came to. Money in dollars."""

    key: str
    values: tuple[tuple[str, str], ...]
    data: str
    """Hash of the ground."""
    digest: str
    """SHA-256 (hex) of every position and its end: equal trades on equal days, equal digest."""
    trades: int
    wins: int
    max_drawdown: float
    """Looked at after each trade."""
    daily: tuple[float, ...]
    """P&L of each session."""

    @property
    def pnl(self) -> float:
        """Return the P&L of all sessions."""
        return sum(self.daily)

    @property
    def win_rate(self) -> float | None:
        """Return the share of trades that gained; None without a trade."""
        return self.wins / self.trades if self.trades else None

    @property
    def sharpe(self) -> float | None:
        """Return the annual Sharpe ratio of the sessions."""
        return sharpe(self.daily)


@dataclass(frozen=True, slots=True)
class Refused:
    """A case that the engine does not compute."""

    key: str
    values: tuple[tuple[str, str], ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Packed:
    """A ground on its way to workers."""

    digest: str
    content: Path | bytes
    """A file where workers see the same disk, else what it holds."""


def content_hash(ground: Ground) -> str:
    """Return twelve hex digits of the SHA-256 of all bars and volatilities, and of the hours of the sessions."""
    tape = ground.tape
    found = hashlib.sha256()
    for day in (session.day for session in tape.sessions):
        found.update(f"{day.opens} {day.closes} {day.flatten} {day.last_entry}\n".encode())
    for array in (tape.places, tape.open, tape.high, tape.low, tape.close, ground.volatility):
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()[:12]


def score(case: Case, ground: Ground, data: str) -> Score | Refused:
    """Return what `case` comes to on `ground`, whose hash is `data`."""
    try:
        outcome = run(ground, case.plan)
    except BadInput as error:
        return Refused(case.key, case.values, str(error))
    gains = outcome.gains_usd[closing_order(outcome)]
    return Score(
        key=case.key,
        values=case.values,
        data=data,
        digest=fingerprint(outcome),
        trades=len(gains),
        wins=int((gains > 0).sum()),
        max_drawdown=drawdown(gains, float(case.plan.start_cash_usd))[0],
        daily=tuple(outcome.daily_usd.tolist()),
    )


def fingerprint(outcome: Outcome) -> str:
    """Return the SHA-256 (hex) of every position and its end, in whole numbers."""
    found = hashlib.sha256()
    for part in (outcome.positions, outcome.exits):
        for array in vars(part).values():
            found.update(np.ascontiguousarray(array, dtype=np.int64).tobytes())
    return found.hexdigest()


class _LightTape(Tape):
    """A tape whose bars are made of its arrays when they are asked for: it travels in a tenth of the time."""

    def bar(self, row: int, column: int) -> Bar:
        """Return the bar that ends at a column."""
        prices = (self.open, self.high, self.low, self.close)
        opened, high, low, close = (Decimal(repr(float(each[row, column]))) for each in prices)
        return Bar(self.instant(row, column) - MINUTE, opened, high, low, close)


def pack(ground: Ground) -> bytes:
    """Return `ground` as workers take it; nothing of what was priced on it goes along."""
    tape = ground.tape
    days = tuple(replace(session, bars=()) for session in tape.sessions)
    light = _LightTape(days, tape.lead, tape.places, tape.open, tape.high, tape.low, tape.close)
    return pickle.dumps((light, ground.volatility, ground.kernel), protocol=pickle.HIGHEST_PROTOCOL)


def score_all(cases: Sequence[Case], packed: Packed) -> list[Score | Refused]:
    """Return what `cases` come to: the work of a worker, which keeps the ground for the next batch."""
    ground = _THIS_WORKER.ground(packed)
    found = []
    for case in cases:
        _THIS_WORKER.room.make(ground, case.plan)
        found.append(score(case, ground, packed.digest))
    return found


class Room:
    """Keeps what is priced on a ground from growing with every market that a sweep looks at."""

    def __init__(self) -> None:
        self._priced: set[tuple[object, ...]] = set()

    def make(self, ground: Ground, plan: Plan) -> None:
        """Let go of old prices before there are too many."""
        market = plan.spec, plan.smile, plan.profile.spread, plan.profile.spread_factor
        self._priced.update((*market, multiple) for multiple in plan.rules.multiples)
        if len(self._priced) > _MARKETS_PRICED:
            ground.forget()
            self._priced.clear()


class _Worker(threading.local):
    """What a worker's thread remembers between batches. A ground grows while it is used, so threads share none."""

    def __init__(self) -> None:
        self._grounds: dict[str, Ground] = {}
        self.room = Room()

    def ground(self, packed: Packed) -> Ground:
        if packed.digest not in self._grounds:
            while len(self._grounds) >= _GROUNDS_KEPT:
                self._grounds.pop(next(iter(self._grounds)))
            content = packed.content if isinstance(packed.content, bytes) else packed.content.read_bytes()
            tape, volatility, kernel = pickle.loads(content)  # noqa: S301 - written by the program that started us
            self._grounds[packed.digest] = Ground(tape, volatility, kernel if kernel.is_installed else Kernel.NUMPY)
        return self._grounds[packed.digest]


_THIS_WORKER = _Worker()
"""A pool calls functions and has no other place to keep what the next call needs."""


def closing_order(outcome: Outcome) -> Ints:
    """Return the positions in the order of their ends."""
    exits, positions = outcome.exits, outcome.positions
    ended = (exits.columns * _MICROSECONDS + exits.late).max(axis=1, initial=0)
    found: Ints = np.lexsort((positions.number, ended, positions.rows))
    return found
