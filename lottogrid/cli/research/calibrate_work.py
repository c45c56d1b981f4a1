"""The work of `lottogrid calibrate`."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console

from lottogrid.calendar import Calendar
from lottogrid.calibration.fit import Beside, Judgement, Model, fit, judge
from lottogrid.calibration.judge import Row
from lottogrid.calibration.sample import dates_of, within
from lottogrid.calibration.smile_fit import HALF_LIFE
from lottogrid.cli.feed import from_file
from lottogrid.cli.output import table
from lottogrid.cli.wiring import smile_of
from lottogrid.errors import BadInput
from lottogrid.market.chains import Chain, chains_of
from lottogrid.market.option_quotes import read_quotes
from lottogrid.market.volatility_index import read_index
from lottogrid.pricing.smile import MovingSmile, Smile, SmileSource
from lottogrid.settings import Settings

_HELD_OUT = 3
"""Without a day to fit up to, one part in so many is held out, the last days, to judge a fit on the others."""
_FEWEST_TO_HOLD_OUT = 6


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What was fitted, and how it was judged."""

    quotes: str
    """In words: which file, how many sessions, what was left out of it."""
    model: Model | None
    """None where nothing was fitted."""
    half_life: float
    fitted: tuple[date, date] | None
    in_sample: Judgement | None
    out_of_sample: Judgement | None
    judged: str
    """In words: which numbers the judgement out of sample is about."""

    @property
    def best(self) -> Judgement:
        """Out of sample where there is one."""
        found = self.out_of_sample or self.in_sample
        if found is None:
            raise BadInput("calibration: expected a judgement, found none")
        return found

    def document(self) -> dict[str, Any]:
        """Return all ready for JSON."""
        found: dict[str, Any] = {"quotes": self.quotes}
        if self.model is not None:
            found["fit"] = _fit_document(self.model, self.half_life, self.fitted)
        return found | {
            "sample": "in" if self.out_of_sample is None else "out",
            "judged": self.judged,
            **_judgement_document(self.best),
            "in_sample": None if self.in_sample is None else _judgement_document(self.in_sample),
            "out_of_sample": None if self.out_of_sample is None else _judgement_document(self.out_of_sample),
        }

    def show(self, console: Console) -> None:
        """Print it for a person."""
        console.print(self.quotes)
        if self.model is not None:
            words = " ".join(f"--set {word}" for word in settings_words(self.model))
            console.print(f"fit: {words}", soft_wrap=True)
        for name, judgement in (("in sample", self.in_sample), ("out of sample", self.out_of_sample)):
            if judgement is not None:
                console.print()
                _show(console, name, judgement)
        console.print()
        console.print(self.judged)


def calibrate(args: argparse.Namespace, settings: Settings) -> Calibration:
    """Fit and judge what the arguments ask for.

    Raises:
        BadInput: a file breaks its rules, has no quotes of the days asked for, or too few to fit.
        Missing: a file is absent.
    """
    if args.evaluate_only and (args.judge is not None or args.half_life is not None):
        raise BadInput("--evaluate-only: expected no --judge and no --half-life, as nothing is fitted; leave them out")
    calendar = Calendar(settings.session)
    chains, words = _chains(args.quotes, calendar)
    beside = Beside(
        index=None if args.vix is None else read_index(args.vix),
        sessions=() if args.bars is None else from_file(args.bars, settings).sessions,
        prior_volatility=settings.market.prior_volatility,
    )
    if args.evaluate_only:
        model = Model(smile=smile_of(settings), implied_premium=settings.market.implied_premium)
        found = judge(within(chains, args.first, args.last), model, beside)
        return Calibration(
            quotes=words,
            model=None,
            half_life=HALF_LIFE,
            fitted=None,
            in_sample=None,
            out_of_sample=found,
            judged=f"Nothing was fitted; the settings' numbers were judged on {_span(found)}.",
        )
    others = None if args.judge is None else _chains(args.judge, calendar)[0]
    return _fit_and_judge(args, words, chains, others, beside)


def _fit_and_judge(
    args: argparse.Namespace, words: str, chains: list[Chain], others: list[Chain] | None, beside: Beside
) -> Calibration:
    half_life = args.half_life or HALF_LIFE
    used = within(chains, args.first, args.last)
    model = fit(used, beside, half_life)
    days = dates_of(used)
    later = [chain for chain in chains if chain.day.date > days[-1]] if others is None else others
    judged = f"Out of sample: the fit to {days[-1]}"
    judging = model
    if not later and len(days) >= _FEWEST_TO_HOLD_OUT:
        last = days[len(days) - 1 - len(days) // _HELD_OUT]
        judging = fit(within(used, None, last), beside, half_life)
        later = [chain for chain in used if chain.day.date > last]
        judged = f"Out of sample: another fit, to {last} only"
    out = judge(later, judging, beside) if later else None
    where = "" if args.judge is None else f" of {args.judge.name}"
    return Calibration(
        quotes=words,
        model=model,
        half_life=half_life,
        fitted=(days[0], days[-1]),
        in_sample=judge(used, model, beside),
        out_of_sample=out,
        judged=f"{judged}, judged on {_span(out)}{where}." if out else "Too few days to judge it out of sample.",
    )


def _chains(path: Path, calendar: Calendar) -> tuple[list[Chain], str]:
    snapshots = read_quotes(path)
    chains, left_out = chains_of(snapshots, calendar)
    if not chains:
        raise BadInput(f"{path}: expected same-day quotes within a session, found none: {_left_out(left_out)}")
    days = dates_of(chains)
    roots = ", ".join(sorted({chain.root for chain in chains}))
    words = f"{path.name}: {roots}, {len(chains)} chains of {len(days)} sessions, {days[0]} to {days[-1]}"
    return chains, words + (f"; left out: {_left_out(left_out)}" if left_out else "")


def _left_out(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in counts.most_common())


def _span(found: Judgement) -> str:
    return f"{found.sessions} sessions, {found.first} to {found.last}"


def settings_words(model: Model) -> list[str]:
    """Return the settings that make replays price with `model`, as KEY=VALUE."""
    words = [f"market.{key}={value:g}" for key, value in _numbers(model.smile).items()]
    return words + ([] if model.implied_premium is None else [f"market.implied_premium={model.implied_premium:g}"])


def _numbers(smile: SmileSource) -> dict[str, float]:
    found = asdict(smile if isinstance(smile, MovingSmile | Smile) else Smile())
    numbers = {**found.pop("middle", {}), **found}
    numbers.pop("clamp")
    return numbers


def _fit_document(model: Model, half_life: float, fitted: tuple[date, date] | None) -> dict[str, Any]:
    first, last = fitted or (None, None)
    return {
        "from": None if first is None else first.isoformat(),
        "to": None if last is None else last.isoformat(),
        "half_life_sessions": half_life,
        "smile": _numbers(model.smile),
        "time_of_day": None
        if model.shape is None
        else {
            "relative_to": "the index's close before" if model.is_of_index else "the day's mean",
            "points": [{"minutes_left": left, "factor": factor} for left, factor in model.shape.points],
        },
        "spread": None
        if model.spread is None
        else [{"minutes_left": left, "full_spread": spread} for left, spread in model.spread.points],
        "implied_premium": model.implied_premium,
        "settings": settings_words(model),
    }


def _judgement_document(found: Judgement) -> dict[str, Any]:
    return {
        "from": found.first.isoformat(),
        "to": found.last.isoformat(),
        "sessions": found.sessions,
        "chains": found.chains,
        "summary": [asdict(row) for row in found.rows],
        "by_time": [{"time": slot, **asdict(row)} for slot, row in found.by_time],
        "spread": [asdict(row) for row in found.spread],
        "volatility": {
            name: None if fairness is None else asdict(fairness)
            for name, fairness in (
                ("carried", found.carried),
                ("from_index", found.from_index),
                ("from_bars", found.from_bars),
            )
        },
    }


_COLUMNS = ("time", "multiple", "n", "median ratio", "mean abs error", "calls", "puts")


def _show(console: Console, name: str, found: Judgement) -> None:
    rows = [("all", row) for row in found.rows] + found.by_time
    title = f"{name}: model over real price of whole strangles, {_span(found)}"
    console.print(table(_COLUMNS, [_cells(*row) for row in rows], right=_COLUMNS[1:], title=title))
    for row in found.spread:
        off = f"{row.mean_abs_error:.1%} of the price"
        console.print(f"spread at {row.multiple:g}: {row.n} strangles, ratio {row.median_ratio:.3f}, off by {off}")
    for source, fairness in (
        ("the straddle before", found.carried),
        ("the index", found.from_index),
        ("the bars", found.from_bars),
    ):
        if fairness is not None:
            error = f"ratio {fairness.median_ratio:.3f}, mean error of the logarithm {fairness.mean_abs_log_error:.3f}"
            console.print(f"volatility from {source}: {fairness.n} straddles, {error}")


def _cells(slot: str, row: Row) -> Sequence[str]:
    ratios = (row.median_ratio, row.mean_abs_error, row.median_call_ratio, row.median_put_ratio)
    return (slot, f"{row.multiple:g}", str(row.n), *(f"{ratio:.3f}" for ratio in ratios))
