"""Walk-forward: what choosing by the past would have come to, day after day that was not looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lottogrid.backtest.bootstrap import Days, Interval, intervals
from lottogrid.backtest.metrics import drawdown, sharpe
from lottogrid.backtest.sweep import Score
from lottogrid.errors import BadInput
from lottogrid.pricing.blocks import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One choice, and the sessions it was traded on. Sessions by number; the ends are not included."""

    train: tuple[int, int]
    test: tuple[int, int]
    chosen: Score
    train_value: float | None
    """Of the chosen setting, by the criterion; None where no setting had one."""
    test_usd: float
    """What it came to on days that the choice did not know."""
    hindsight_usd: float
    """What the best setting of exactly these days came to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A line of sessions, one behind the other."""

    daily: Floats
    pnl: float
    sharpe: float | None
    max_drawdown: float
    """Dollars, looked at after each session."""
    mean: Interval | None
    """Dollars a session; None with a single one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What a walk-forward came to, beside two ways not to walk."""

    windows: Sequence[Window]
    out_of_sample: Path
    """The test days of all windows, stitched."""
    unchanged: Path | None
    """The same days with the settings as they were given; None where they are no point of the grid."""
    best_of_all: Path
    """The same days with the setting that is the best on all of them: nobody could have known it."""


def walk(scores: Sequence[Score], *, train: int, test: int, by: str, base: str, start_usd: float, seed: int) -> Walk:
    """Choose by `by` (sharpe or pnl) on `train` sessions, trade the `test` behind them, go on by `test`.

    What a day comes to does not hang on what was traded before, as every session begins with the start capital; so
    the days of a setting can be cut out of its whole run. `base` is the hash of the settings as they were given.

    Raises:
        BadInput: there are too few sessions for one window, or the settings did not play the same number of them.
    """
    counts = {len(score.daily) for score in scores}
    if len(counts) != 1:
        raise BadInput(f"walkforward: expected all settings on the same sessions, found {sorted(counts)} of them")
    (count,) = counts
    if count < train + 1:
        raise BadInput(
            f"walkforward: expected more than {train} sessions, found {count}; give more bars or a shorter --train"
        )
    ordered = sorted(scores, key=lambda each: each.key)
    daily = np.array([score.daily for score in ordered])
    windows = [
        _window(ordered, daily, (begin - train, begin), (begin, min(begin + test, count)), by)
        for begin in range(train, count, test)
    ]
    stitched = np.concatenate([np.array(each.chosen.daily[slice(*each.test)]) for each in windows])
    rest = daily[:, train:]
    own = [row for row, score in zip(rest, ordered, strict=True) if score.key == base]
    best = rest[int(np.argmax([_worth(row, by) for row in rest]))]
    return Walk(
        windows=windows,
        out_of_sample=_path(stitched, start_usd, seed),
        unchanged=_path(own[0], start_usd, seed) if own else None,
        best_of_all=_path(best, start_usd, seed),
    )


def _window(scores: Sequence[Score], daily: Floats, train: tuple[int, int], test: tuple[int, int], by: str) -> Window:
    worths = [_worth(row, by) for row in daily[:, slice(*train)]]
    place = int(np.argmax(worths))
    later = daily[:, slice(*test)].sum(axis=1)
    return Window(
        train=train,
        test=test,
        chosen=scores[place],
        train_value=None if worths[place] == -np.inf else worths[place],
        test_usd=float(later[place]),
        hindsight_usd=float(later.max()),
    )


def _worth(daily: Floats, by: str) -> float:
    found = sharpe(daily) if by == "sharpe" else float(daily.sum())
    return -np.inf if found is None else found


def _path(daily: Floats, start_usd: float, seed: int) -> Path:
    nothing = np.zeros(len(daily), dtype=np.int64)
    sure = intervals(Days(daily, nothing, nothing), seed=seed) if len(daily) > 1 else {}
    return Path(
        daily=daily,
        pnl=float(daily.sum()),
        sharpe=sharpe(daily),
        max_drawdown=drawdown(daily, start_usd)[0],
        mean=sure.get("mean"),
    )
