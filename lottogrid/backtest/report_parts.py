"""What the pages about results are made of: the frame, cards, tables, and what every result rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from importlib.resources import files

from lottogrid.backtest.bootstrap import Interval
from lottogrid.settings import Settings
from lottogrid.settings.model import FIELDS

UNKNOWN = "–"  # noqa: RUF001 - a dash as typeset tables have it
_TRADING = ("strategy", "risk", "session", "market")
_LEFT_OUT_SHOWN = 12
_LIMITS = (
    "No trade in it was made. What an order would have been filled at, and whether at all, is a model's answer.",
    "Prices of the options come from a model: its typical error is of the size of any edge such a rule could have.",
    "The market does not answer: size, queues and other traders that see the same opportunity are not in it.",
    "An interval says how much the days vary. It does not hold errors of the prices, nor a market unlike these days.",
)
CHOSEN_BEFORE = "Whoever has tried many settings before has chosen the luckiest: see the deflated ratio of a sweep."


@dataclass(frozen=True, slots=True)
class ModelError:
    """How far the model's strangles are from the real ones."""

    multiple: float
    """Of the implied move, at which their strikes are."""
    n: int
    median_ratio: float
    """Model over real."""
    mean_abs_error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a result was made from."""

    source: str
    """Of the bars, in words."""
    skipped: Sequence[tuple[date, str]]
    """Sessions left out, and why."""
    assumptions: Sequence[str]
    settings: Settings
    errors: Sequence[ModelError] = ()
    """Of the prices, against the real quotes that were given; empty without."""


def frame(title: str, lead: str, cards: Iterable[str]) -> str:
    """Return a whole page: no script, no network."""
    style = files(__package__).joinpath("report.css").read_text(encoding="utf-8")
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>\n{style}</style>\n</head>\n<body>\n"
        f'<header><h1>{escape(title)}</h1>\n<p class="lead">{escape(lead)}</p></header>\n'
        f'<main class="grid">\n{"".join(cards)}</main>\n</body>\n</html>\n'
    )


def limits(*more: str) -> str:
    """Return the card that says what no backtest can establish."""
    return card("What this cannot establish", listed((*_LIMITS, *more)), "wide warning")


def foundations(origin: Origin) -> list[str]:
    """Return what a result rests on: assumptions, sessions left out, settings."""
    return [
        card("What it rests on", listed(origin.assumptions) + _left_out(origin.skipped), "wide"),
        card("Settings", _settings(origin.settings), "wide"),
    ]


def legend(names: Sequence[str]) -> str:
    """Return the names of the lines of `charts.compared`, each beside its colour."""
    marks = "".join(f'<span><i class="mark-{place}"></i>{escape(name)}</span>' for place, name in enumerate(names))
    return f'<p class="legend">{marks}</p>'


def vitals(rows: Iterable[tuple[str, str, str]], note: str = "") -> str:
    """Return figures: name, value, and what there is to add."""
    cells = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}<small>{escape(more)}</small></dd></div>"
        for name, value, more in rows
    )
    return f'<dl class="vitals">{cells}</dl>' + noted(note)


def noted(text: str) -> str:
    """Return a remark below something; nothing for none."""
    return f'<p class="note">{escape(text)}</p>' if text else ""


def _left_out(skipped: Sequence[tuple[date, str]]) -> str:
    if not skipped:
        return '<p class="note">No session was left out.</p>'
    shown = [f"{on}: {reason}" for on, reason in skipped[:_LEFT_OUT_SHOWN]]
    if len(skipped) > _LEFT_OUT_SHOWN:
        shown.append(f"and {len(skipped) - _LEFT_OUT_SHOWN} more")
    return f'<p class="note">Sessions left out, as a hole is never bridged:</p>{listed(shown)}'


def _settings(settings: Settings) -> str:
    """Return the settings that can change a trade; those that are not at their default stand out."""
    values = settings.to_dict()
    shown = [key for key in FIELDS if key.partition(".")[0] in _TRADING or key.startswith("simulator.")]
    rows = []
    for key in shown:
        section, _, name = key.partition(".")
        origin = settings.origin(key)
        kind = ' class="given"' if settings.value(key) != FIELDS[key].default else ""
        cells = "".join(f"<td>{escape(str(text))}</td>" for text in (key, values[section][name], origin))
        rows.append(f"<tr{kind}>{cells}</tr>")
    head = "<tr><th>setting</th><th>value</th><th>from</th></tr>"
    changed = sum("given" in row for row in rows)
    return (
        f"<details><summary>{len(rows)} settings, {changed} of them not the default</summary>"
        f'<div class="scroll" tabindex="0"><table class="settings">{head}{"".join(rows)}</table></div></details>'
    )


def card(title: str, body: str, kind: str = "") -> str:
    """Return a card of the page; `kind` is `wide`, `warning`, or both."""
    return f'<section class="{f"card {kind}".strip()}"><h2>{escape(title)}</h2>{body}</section>\n'


def listed(lines: Iterable[str]) -> str:
    """Return lines as a list."""
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, prose: str = "") -> str:
    """Return a table of text; all but the first column and the one called `prose` are set flush right."""
    kinds = [' class="prose"' if column == prose else "" for column in columns]
    head = "".join(f"<th{kind}>{escape(column)}</th>" for kind, column in zip(kinds, columns, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{kind}>{escape(cell)}</td>" for kind, cell in zip(kinds, row, strict=True)) + "</tr>"
        for row in rows
    )
    return f'<div class="scroll" tabindex="0"><table><tr>{head}</tr>{body}</table></div>'


def between(found: Interval | None, form: Callable[[float], str]) -> str:
    """Return an interval between brackets; nothing where there is none."""
    return "" if found is None else f"[{form(found.low)}, {form(found.high)}]"


def money(amount: float | None) -> str:
    """Return dollars with sign and cents; a dash where unknown."""
    if amount is None:
        return UNKNOWN
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


def share(part: float | None) -> str:
    """Return a share in per cent; a dash where unknown."""
    return UNKNOWN if part is None else f"{part:.1%}"


def ratio(value: float | None) -> str:
    """Return a number with two digits; a dash where unknown."""
    return UNKNOWN if value is None else f"{value:.2f}"
