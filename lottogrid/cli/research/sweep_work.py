"""The work of `lottogrid sweep`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from lottogrid.backtest import sweep_store
from lottogrid.backtest.engine import Ground
from lottogrid.backtest.kernels import kernel_of
from lottogrid.backtest.sweep import Case, Refused, Score, content_hash
from lottogrid.backtest.sweep_pools import DaskPool, LocalPool, Pool
from lottogrid.backtest.sweep_rank import Ranking, rank
from lottogrid.cli.feed import Feed
from lottogrid.cli.output import console
from lottogrid.cli.research.backtest_work import plan_of
from lottogrid.cli.research.replay_work import feed_of
from lottogrid.cli.research.sweep_grids import Point, check_values, grid_of, points_of, settings_at
from lottogrid.cli.results import assumptions
from lottogrid.cli.volatility import priced
from lottogrid.clock import real_seconds
from lottogrid.errors import BadInput
from lottogrid.settings import Settings

_OF_THE_GROUND = ("market.instrument", "market.prior_volatility", "market.implied_premium")
"""Beside the hours of the session: what the bars, or the volatility that is read from them, depend on."""


@dataclass(frozen=True, kw_only=True)
class Swept:
    """What came of a sweep."""

    settings: Settings
    feed: Feed
    ranking: Ranking
    refused: Sequence[Refused]
    resumed: int
    """Results that were found in the file."""
    out: Path
    by: str
    """What the best is chosen by: sharpe or pnl."""
    seconds: float

    def document(self) -> dict[str, Any]:
        """Return the result ready for JSON."""
        ranking = self.ranking
        return {
            "results": [entry(score) for score in ranking.scores],
            "refused": [{"values": dict(each.values), "reason": each.reason} for each in self.refused],
            "deflated_sharpe": None if ranking.deflated is None else asdict(ranking.deflated),
            "overfitting_probability": ranking.overfitting,
            "warnings": ranking.warnings,
            "digest": ranking.digest,
            "settings": self.settings.to_dict(),
            "settings_hash": self.settings.hash,
            "source": self.feed.name,
            "sessions": len(self.feed.sessions),
            "skipped": [{"date": each.date.isoformat(), "reason": each.reason} for each in self.feed.skipped],
            "assumptions": assumptions(self.settings, self.feed),
            "resumed": self.resumed,
            "file": str(self.out),
            "seconds": round(self.seconds, 3),
        }


def entry(score: Score) -> dict[str, Any]:
    """Return a score ready for JSON."""
    return {
        "values": dict(score.values),
        "settings_hash": score.key,
        "data": score.data,
        "pnl": round(score.pnl, 6),
        "trades": score.trades,
        "win_rate": score.win_rate,
        "sharpe": score.sharpe,
        "max_drawdown": round(score.max_drawdown, 6),
        "digest": score.digest,
    }


def sweep(args: argparse.Namespace, settings: Settings) -> Swept:
    """Try what the arguments ask for; what the file of results holds already is not computed again.

    Raises:
        BadInput: the grid, the bars or the file are not what they should be, or no combination can be traded.
        Missing: a file, a package or the cluster is absent, or the disk is full.
    """
    began = real_seconds()
    points = tried(args, settings)
    with pool_of(args) as pool:
        work = Work(args, settings, pool, len(points))
        scores, refused = work.scores(points)
    if not scores:
        raise BadInput(
            f"sweep: expected a combination that can be traded, found none of {len(points)}: {refused[0].reason}"
        )
    return Swept(
        settings=settings,
        feed=work.feed,
        ranking=rank(scores, args.by),
        refused=refused,
        resumed=work.resumed,
        out=work.out,
        by=args.by,
        seconds=real_seconds() - began,
    )


def tried(args: argparse.Namespace, settings: Settings) -> list[Point]:
    """Return the points that the arguments ask for; what is wrong with them is said before anything is computed."""
    grid = grid_of(args.grid)
    points = points_of(grid, args.random, settings.simulator.seed)
    check_values(grid, settings)
    return points


class Work:
    """Computes points of a grid, ground by ground."""

    def __init__(self, args: argparse.Namespace, settings: Settings, pool: Pool, tries: int) -> None:
        self._args, self._settings, self._pool, self._tries = args, settings, pool, tries
        self.feed = feed_of(args, settings)
        ground = self._ground(settings, self.feed)
        self._grounds = {_ground_key(settings): ground}
        self.out: Path = args.out or settings.storage.directory / "sweeps" / f"{content_hash(ground)}.jsonl"
        self.resumed = 0

    def scores(self, points: Sequence[Point]) -> tuple[list[Score], list[Refused]]:
        """Return what the points come to, and those that cannot be traded."""
        by_ground: dict[tuple[object, ...], list[Case]] = {}
        chosen: dict[tuple[object, ...], Settings] = {}
        refused: list[Refused] = []
        known: set[str] = set()
        for point, found in settings_at(points, self._settings):
            if isinstance(found, BadInput):
                refused.append(Refused("", point, str(found)))
            elif found.hash not in known:
                known.add(found.hash)
                ground = _ground_key(found)
                chosen.setdefault(ground, found)
                by_ground.setdefault(ground, []).append(Case(found.hash, point, plan_of(found)))
        scores: list[Score] = []
        with sweep_store.opened(self.out) as file, progress(len(known)) as advance:
            for key, cases in by_ground.items():
                for each in self._on_ground(key, chosen[key], cases, file):
                    advance()
                    (scores if isinstance(each, Score) else refused).append(each)  # type: ignore[arg-type]
        return scores, refused

    def _on_ground(
        self, key: tuple[object, ...], settings: Settings, cases: Sequence[Case], file: sweep_store.Scores
    ) -> Iterator[Score | Refused]:
        ground = self._grounds.pop(key, None) or self._ground(settings, feed_of(self._args, settings))
        data = content_hash(ground)
        new = []
        for case in cases:
            if known := file.find(case.key, data):
                self.resumed += 1
                yield known
            else:
                new.append(case)
        for found in self._pool.scores(new, ground) if new else ():
            if isinstance(found, Score):
                file.add(found)
            yield found

    def _ground(self, settings: Settings, feed: Feed) -> Ground:
        priced_feed, forecast = priced(self._args, settings, feed)
        if settings is self._settings:
            self.feed = priced_feed
        return Ground(feed.sessions, forecast, kernel_of(self._args.kernel, len(feed.sessions) * self._tries))


def _ground_key(settings: Settings) -> tuple[object, ...]:
    """Return what settings that share bars and volatilities have in common."""
    return (*settings.session.model_dump().values(), *(settings.value(key) for key in _OF_THE_GROUND))


@contextmanager
def pool_of(args: argparse.Namespace) -> Iterator[Pool]:
    """Return where the cases are computed: on the cluster that the arguments name, else on this machine."""
    if args.dask is None:
        yield LocalPool(args.jobs)
        return
    cluster = DaskPool(args.dask)
    try:
        yield cluster
    finally:
        cluster.close()


@contextmanager
def progress(total: int) -> Iterator[Callable[[], None]]:
    """Show how far it is and what time is left, where a person looks on."""
    out = console(error=True)
    columns = TextColumn("sweep"), BarColumn(), MofNCompleteColumn(), TextColumn("time left"), TimeRemainingColumn()
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as bar:
        task = bar.add_task("sweep", total=total)
        yield lambda: bar.advance(task)
