"""The work of `lottogrid replay`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.progress import Progress

from actors.replay import DayEnd, Replay, Replayed, play
from actors.venue import Line
from lottogrid.calendar import Calendar
from lottogrid.cli import logs
from lottogrid.cli.feed import FIRST_GENERATED, Feed, days_from, from_file, generated
from lottogrid.cli.output import console
from lottogrid.cli.results import Result
from lottogrid.cli.volatility import priced
from lottogrid.cli.wiring import exchange_of, parts_of
from lottogrid.clock import real_seconds
from lottogrid.errors import BadInput
from lottogrid.exchange.exchange import Forecast
from lottogrid.ledger.ledger import Ledger
from lottogrid.settings import Settings


def replay(args: argparse.Namespace, settings: Settings) -> Result:
    """Play what the arguments ask for.

    Raises:
        BadInput: the bars, the days or the ledger's file are not what they should be.
        Missing: the file of bars is absent.
        NeedsOperator: the supervision tree gave up.
    """
    logs.to_terminal("WARNING")
    feed, forecast = priced(args, settings, feed_of(args, settings))
    began = real_seconds()
    played = play_feed(settings, feed, forecast, args.ledger)
    return Result(
        settings=settings,
        feed=feed,
        trades=played.trades,
        faults=played.faults,
        seconds=real_seconds() - began,
        more={"steps": played.steps, "dead_letters": played.dead_letters},
    )


def feed_of(args: argparse.Namespace, settings: Settings) -> Feed:
    """Return the sessions that the arguments ask for."""
    if args.bars is not None:
        feed = from_file(args.bars, settings, args.first, args.last)
        return replace(feed, sessions=feed.sessions[: args.days])
    count = args.days or (None if args.last else 1)
    return generated(settings, days_from(Calendar(settings.session), args.first or FIRST_GENERATED, args.last, count))


def play_feed(settings: Settings, feed: Feed, forecast: Forecast, ledger: Path | None = None) -> Replayed:
    """Play every session of `feed` through the actors; the ledger is kept where a new file is named."""
    with _ledger_file(ledger) as path, _progress(len(feed.sessions)) as on_day:
        return _play(settings, feed, forecast, path, on_day)


def _play(settings: Settings, feed: Feed, forecast: Forecast, path: Path, on_day: Callable[[DayEnd], None]) -> Replayed:
    # Opened here first: a file that cannot be written is the user's affair, not a crash of the ledger actor.
    Ledger.open(path, durable=False).close()
    line = Line()
    parts = parts_of(settings, lambda: Ledger.open(path, durable=False), line.connect, compounds=False)
    exchange = exchange_of(settings, forecast=forecast)
    made = Replay(parts, line, exchange, feed.sessions, seed=settings.simulator.seed)
    with closing(Ledger.open_read_only(path)) as ledger:
        return play(made, ledger, on_day)


@contextmanager
def _ledger_file(kept: Path | None) -> Iterator[Path]:
    if kept is None:
        with TemporaryDirectory(prefix="lottogrid-") as folder:
            yield Path(folder) / "ledger.sqlite"
    elif kept.exists():
        raise BadInput(f"--ledger: expected a new file, found {kept}; name another, a replay begins with an empty one")
    else:
        yield kept


@contextmanager
def _progress(days: int) -> Iterator[Callable[[DayEnd], None]]:
    """Show how far it is where a person looks on."""
    out = console(error=True)
    with Progress(console=out, transient=True, disable=not out.is_terminal) as bar:
        task = bar.add_task("replay", total=days)
        yield lambda _: bar.advance(task)
