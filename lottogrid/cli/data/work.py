"""The work of `lottogrid data`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rich.table import Table

from lottogrid.calendar import Calendar
from lottogrid.cli.feed import FIRST_GENERATED, days_from, generated
from lottogrid.cli.output import plain, table
from lottogrid.cli.wiring import forecast_of, smile_of
from lottogrid.clock import new_york
from lottogrid.errors import BadInput, Missing
from lottogrid.market.bars import Bar
from lottogrid.market.contracts import spec_of
from lottogrid.market.quality import Jump, Quality, SessionRow, quality_of
from lottogrid.market.store import BarStore, Written
from lottogrid.market.vendor_files import VendorBars, read_vendor_file
from lottogrid.market.writer import QUOTE_COLUMNS, write_bars, write_rows
from lottogrid.settings import Settings


@dataclass(frozen=True, slots=True)
class Done:
    """What a task has to say, and its exit code."""

    document: dict[str, Any]
    lines: list[str | Table]
    code: int = 0


def import_files(args: argparse.Namespace, settings: Settings) -> Done:
    """Check all files, and then keep them.

    Raises:
        BadInput: a file breaks a rule, two differ about a minute, or one differs from what is kept; nothing is kept.
        Missing: a file is absent, or pyarrow is.
    """
    tick = spec_of(settings.market.instrument).underlying_tick
    store = store_of(args, settings)
    found = {path: _read_file(path, args, settings) for path in args.files}
    merged: dict[datetime, Bar] = {}
    for path, file in found.items():
        for bar in file.bars:
            if merged.setdefault(bar.start, bar) != bar:
                raise BadInput(
                    f"{path}: expected the same bar of {bar.start.isoformat()} as in another file, found a different "
                    "one; import them one by one, the right one last with --replace"
                )
    written = store.write([merged[start] for start in sorted(merged)], tick=tick, replace=args.replace)
    lines: list[str | Table] = [_file_line(path, file) for path, file in found.items()]
    return Done(
        {"store": str(store.folder), **asdict(written), "files": [_file(*pair) for pair in found.items()]},
        [*lines, written_line(store, written)],
    )


def check(args: argparse.Namespace, settings: Settings) -> Done:
    """Look at a file or at the store; 1 where something is wrong.

    Raises:
        BadInput: the file breaks a rule that makes it no bars at all.
        Missing: it is absent.
    """
    path = args.path or _store_folder(settings)
    if args.path is None and not path.exists():
        raise Missing(
            f"{path}: expected the bars that `lottogrid data import` keeps, found none; import some or name a file"
        )
    duplicates = out_of_order = 0
    if path.is_dir():
        bars = BarStore(path).read(tick=spec_of(settings.market.instrument).underlying_tick)
    else:
        file = _read_file(path, args, settings)
        bars, duplicates, out_of_order = file.bars, file.duplicates, file.out_of_order
    quality = quality_of(bars, Calendar(settings.session))
    repeated = [f"{duplicates} rows repeat another"] if duplicates else []
    repeated += [f"{out_of_order} rows are out of order"] if out_of_order else []
    problems = [*repeated, *quality.problems]
    document = {
        "path": str(path),
        "bars": len(bars),
        "first": plain(bars[0].start),
        "last": plain(bars[-1].start),
        "duplicates": duplicates,
        "out_of_order": out_of_order,
        "minutes_missing": quality.minutes_missing,
        "problems": problems,
        "jumps": [_jump(jump) for jump in quality.jumps],
        "sessions": [_session(row) for row in quality.sessions],
    }
    lines = list(_check_lines(path, bars, quality, problems, every=args.sessions))
    return Done(document, lines, 1 if problems else 0)


def make(args: argparse.Namespace, settings: Settings) -> Done:
    """Make sessions up and write them.

    Raises:
        BadInput: a name or a day is wrong.
        Missing: pyarrow is absent.
    """
    if args.output is not None and args.folder is not None:
        raise BadInput("data make: expected --output FILE or --to DIR, found both; choose one")
    days = days_from(Calendar(settings.session), args.first or FIRST_GENERATED, None, args.days)
    feed = generated(settings, days)
    bars = [bar for session in feed.sessions for bar in session.bars]
    where = str(args.output)
    if args.output is not None:
        write_bars(args.output, bars)
    else:
        store = BarStore(args.folder or _store_folder(settings).with_name(f"made-{settings.simulator.seed}"))
        store.write(bars, tick=spec_of(settings.market.instrument).underlying_tick)
        where = str(store.folder)
    if args.quotes is not None:
        _write_quotes(args.quotes, settings, feed.sessions)
    document = {
        "bars": len(bars),
        "sessions": len(days),
        "seed": settings.simulator.seed,
        "output": where,
        "quotes": None if args.quotes is None else str(args.quotes),
    }
    also = "" if args.quotes is None else f", option quotes in {args.quotes}"
    return Done(document, [f"{len(days)} sessions, {len(bars)} bars ({feed.name}) in {where}{also}"])


def _write_quotes(path: Path, settings: Settings, sessions: Sequence[Any]) -> None:
    from lottogrid.calibration.made_quotes import made_quotes  # noqa: PLC0415 - needed by nobody else
    from lottogrid.exchange.model import MarketModel  # noqa: PLC0415
    from lottogrid.exchange.profiles import profile_of  # noqa: PLC0415

    spec, profile = spec_of(settings.market.instrument), profile_of(settings.simulator.profile)
    model = MarketModel(spec.ladder, smile_of(settings), profile.spread, profile.spread_factor)
    write_rows(path, QUOTE_COLUMNS, made_quotes(sessions, spec, model, forecast_of(settings)))


def store_of(args: argparse.Namespace, settings: Settings) -> BarStore:
    """Return the folder that the arguments name, or that of the settings."""
    return BarStore(args.folder or _store_folder(settings))


def _store_folder(settings: Settings) -> Path:
    return settings.storage.directory / "bars" / settings.market.instrument


def _read_file(path: Path, args: argparse.Namespace, settings: Settings) -> VendorBars:
    if args.zone is not None:
        try:
            ZoneInfo(args.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise BadInput(f"--zone: expected a name such as America/Chicago, found {args.zone!r}") from None
    tick = spec_of(settings.market.instrument).underlying_tick
    return read_vendor_file(path, tick=tick, layout=args.layout, zone=args.zone, symbol=args.symbol)


def _file(path: Path, found: VendorBars) -> dict[str, Any]:
    return {
        "file": str(path),
        "layout": found.layout.name,
        "bars": len(found.bars),
        "first": plain(found.bars[0].start),
        "last": plain(found.bars[-1].start),
        "duplicates": found.duplicates,
        "out_of_order": found.out_of_order,
    }


def _file_line(path: Path, found: VendorBars) -> str:
    first, last = (f"{new_york(bar.start):%Y-%m-%d %H:%M}" for bar in (found.bars[0], found.bars[-1]))
    mended = f", {found.duplicates} repeated rows dropped" if found.duplicates else ""
    mended += f", {found.out_of_order} put in order" if found.out_of_order else ""
    return f"{path}: {len(found.bars)} bars, {first} to {last} ET, layout {found.layout.name}{mended}"


def written_line(store: BarStore, written: Written) -> str:
    """Say what a write did."""
    return f"{store.folder}: {written.bars} bars new on {written.days} days, {written.known} were there already"


def _jump(jump: Jump) -> dict[str, Any]:
    return {"at": plain(jump.at), "points": jump.points, "share": round(jump.share, 5), "is_roll": jump.is_roll}


def _session(row: SessionRow) -> dict[str, Any]:
    return {name: plain(value) for name, value in asdict(row).items()}


_COLUMNS = ("trade date", "first", "last", "bars", "cash minutes", "flag")


def _check_lines(
    path: Path, bars: Sequence[Bar], quality: Quality, problems: Sequence[str], *, every: bool
) -> Iterator[str | Table]:
    first, last = (f"{new_york(bar.start):%Y-%m-%d %H:%M}" for bar in (bars[0], bars[-1]))
    whole = sum(row.flag.value == "ok" for row in quality.sessions)
    yield f"{path}: {len(bars)} bars, {first} to {last} ET, {len(quality.sessions)} trade dates, {whole} sessions whole"
    shown = quality.sessions if every else quality.incomplete
    if shown:
        rows = [
            (
                str(row.trade_date),
                f"{new_york(row.first):%m-%d %H:%M}",
                f"{new_york(row.last):%m-%d %H:%M}",
                str(row.bars),
                f"{row.cash_min} of {row.expected_cash_min}",
                row.flag.value,
            )
            for row in shown
        ]
        yield table(_COLUMNS, rows, right=("bars", "cash minutes"))
    for jump in quality.jumps:
        kind = "a roll, perhaps" if jump.is_roll else "no roll is due then"
        yield f"jump of {jump.points:+g} points ({jump.share:+.2%}) at {new_york(jump.at):%Y-%m-%d %H:%M} ET: {kind}"
    yield f"{quality.minutes_missing} minutes without a bar within trade dates"
    yield from (f"PROBLEM {problem}" for problem in problems)
    if not problems:
        yield "nothing is wrong with it"
