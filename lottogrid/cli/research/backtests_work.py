"""The work of `lottogrid backtests`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rich.console import Console

from lottogrid.backtest.keep import Kept, Shelf
from lottogrid.cli.output import UNKNOWN, console, facts, moment, money, plain, print_json, table
from lottogrid.cli.research.report import SHELF, write
from lottogrid.errors import BadInput
from lottogrid.settings import Settings

_COLUMNS = ("number", "kept", "bars", "sessions", "settings", "trades", "P&L", "won", "Sharpe", "drawdown")
_NAMES = {"pnl": "P&L", "trades": "trades", "win_rate": "won", "sharpe": "Sharpe ratio", "max_drawdown": "drawdown"}


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Do what the arguments ask for.

    Raises:
        BadInput: there is no result of a number, or it is not said which is meant.
        Missing: nothing was ever kept here, or a file cannot be written.
    """
    if args.html is not None and len(args.number) != 1:
        raise BadInput(f"--html: expected the number of one result, found {len(args.number)}; give one")
    if args.drop and not args.number:
        raise BadInput("--drop: expected the numbers of results, found none; give some")
    with Shelf.open(settings.storage.directory / SHELF, must_exist=True) as shelf:
        chosen = [shelf.result(number) for number in args.number] or shelf.all()
        if args.html is not None:
            write(args.html, shelf.page(args.number[0]))
        for number in args.number if args.drop else ():
            shelf.drop(number)
    if args.json:
        print_json({"results": [_entry(each) for each in chosen]})
    else:
        _show(chosen, bool(args.number), console())
    return 0


def _entry(kept: Kept) -> dict[str, Any]:
    return {"number": kept.number, "kept_at": plain(kept.kept_at), **kept.document}


def _show(chosen: Sequence[Kept], is_asked: bool, out: Console) -> None:
    if not is_asked:
        out.print(table(_COLUMNS, [_row(each) for each in chosen], right=_COLUMNS[3:4] + _COLUMNS[5:]))
        return
    columns = ("", *(str(each.number) for each in chosen))
    if len(chosen) == 1:
        out.print(facts((name, value) for name, value in _figures(chosen)))
    else:
        out.print(table(columns, _figures(chosen), right=columns[1:]))
    changes = list(_differences(chosen))
    if changes:
        out.print()
        out.print(table(("setting", *columns[1:]), changes))
    if len(chosen) == 1:
        for line in chosen[0].document["assumptions"]:
            out.print(line)


def _row(kept: Kept) -> tuple[str, ...]:
    document = kept.document
    figures = [form(document["summary"][name]) for name, form in _FORMS.items()]
    return (
        str(kept.number),
        moment(kept.kept_at),
        document["source"],
        str(document["sessions"]),
        document["settings_hash"],
        *figures,
    )


def _figures(chosen: Sequence[Kept]) -> Iterator[tuple[str, ...]]:
    for name in ("source", "sessions", "settings_hash"):
        yield (name.replace("_", " "), *(str(each.document[name]) for each in chosen))
    for name, form in _FORMS.items():
        yield (_NAMES[name], *(form(each.document["summary"][name]) for each in chosen))
    between = [each.document["intervals"].get("mean") for each in chosen]
    yield ("a session, 95%", *(f"{money(b['low'])} to {money(b['high'])}" if b else UNKNOWN for b in between))
    yield ("digest", *(each.document["digest"][:12] for each in chosen))


def _differences(chosen: Sequence[Kept]) -> Iterator[tuple[str, ...]]:
    """Yield the settings in which the results differ."""
    first = chosen[0].document["settings"]
    for section, names in first.items():
        for name in names:
            values = [str(each.document["settings"].get(section, {}).get(name, UNKNOWN)) for each in chosen]
            if len(set(values)) > 1:
                yield (f"{section}.{name}", *values)


def _share(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.0%}"


def _ratio(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.2f}"


_FORMS: dict[str, Callable[[Any], str]] = {
    "trades": str,
    "pnl": money,
    "win_rate": _share,
    "sharpe": _ratio,
    "max_drawdown": money,
}
