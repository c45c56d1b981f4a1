"""Writes the pages that are made from the code: `python -m lottogrid.cli.docs [--check] [FOLDER]`.

The machines' pages have a writer of their own, `python -m machines.document`.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from lottogrid.alerts.codes import ALERTS
from lottogrid.cli.main import COMMANDS, parser
from lottogrid.risk.reasons import Reason
from lottogrid.service.units import EXAMPLE
from lottogrid.settings.reference import ini, markdown

FOLDER = Path(__file__).resolve().parents[2]

_GENERATED = "<!-- Generated from the code by `make docs`; do not edit. -->\n\n"


def pages() -> dict[str, str]:
    """Return the text of every page by its path inside the project."""
    return {
        "docs/commands.md": _GENERATED + commands(),
        "docs/metrics.md": _GENERATED + metrics(),
        "docs/reasons.md": _GENERATED + reasons(),
        "docs/runbook/index.md": _GENERATED + runbook(),
        "docs/settings.md": _GENERATED + markdown(),
        "settings.ini": ini(),
        **{f"deploy/{name}": text for name, text in EXAMPLE.units().items()},
    }


def commands() -> str:
    """Return the reference of all commands, from their parsers: purpose, arguments, options, examples."""
    return "\n\n".join(["# Commands", _COMMANDS_TEXT, *(part for name in COMMANDS for part in _command(name))]) + "\n"


def reasons() -> str:
    """Return the reference of all reason codes, in the groups of their source."""
    return "\n\n".join(["# Reason codes", _REASONS_TEXT, "\n".join(_reasons()).strip()]) + "\n"


def metrics() -> str:
    """Return the reference of all metrics."""
    from web.metrics import METRICS  # noqa: PLC0415 - the page's modules are needed by nothing else here

    rows = [
        f"| `{metric.name}` | {metric.kind} | {', '.join(f'`{label}`' for label in metric.labels)} | {metric.text} |"
        for metric in METRICS
    ]
    table = ["| name | kind | labels | meaning |", "|---|---|---|---|", *rows]
    return "\n\n".join(["# Metrics", _METRICS_TEXT, "\n".join(table)]) + "\n"


def runbook() -> str:
    """Return the table of all alerts, with the page of each."""
    rows = [
        f"| [`{code.name}`]({code.value}.md) | {alert.severity.value} | {alert.text} | {alert.action} |"
        for code, alert in ALERTS.items()
    ]
    table = ["| alert | severity | what happened | what to do first |", "|---|---|---|---|", *rows]
    return "\n\n".join(["# Runbook", _RUNBOOK_TEXT, "\n".join(table)]) + "\n"


def stale(folder: Path) -> list[str]:
    """Return the pages below `folder` that are absent or differ from the code."""
    return [path for path, text in pages().items() if _read(folder / path) != text]


def main(arguments: list[str] | None = None) -> int:
    """Write the pages, or with `--check` name those that are stale and return 1."""
    options = argparse.ArgumentParser(prog="python -m lottogrid.cli.docs", description=__doc__)
    options.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    options.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page is stale")
    given = options.parse_args(arguments)
    paths = stale(given.folder)
    if given.check:
        for path in paths:
            print(f"{path}: expected what the code says, found another text; run make docs", file=sys.stderr)
        return 1 if paths else 0
    wanted = pages()
    for path in paths:
        (given.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (given.folder / path).write_text(wanted[path], encoding="utf-8")
    return 0


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


_COMMANDS_TEXT = """\
`lottogrid COMMAND`, or `python -m lottogrid COMMAND`. Exit codes: 0 done; 1 it ran, and the answer is no; 2 what was
given is wrong; 3 a needed thing is missing or unreachable. An error is one line on standard error that says what was
expected, what was found, and what to do."""
_REASONS_TEXT = """\
Every refusal, halt and close carries one of these codes: in the log, in the journal, on the page and in
`lottogrid why`."""

_METRICS_TEXT = """\
The status page serves these at `/metrics`, in Prometheus' text format, from the same picture that the page shows. What
is unknown has no sample, so that it is never taken for 0. `lottogrid_doubts` above 0 says that the numbers are not of
the present. An example of a scrape, of alert rules and of a Grafana dashboard is in `deploy/`:
[`prometheus.yml`](../deploy/prometheus/prometheus.yml), [`alerts.yml`](../deploy/prometheus/alerts.yml),
[`lottogrid.json`](../deploy/grafana/lottogrid.json)."""
_RUNBOOK_TEXT = """\
Every alert has a code and a page: what it means, what the bot does by itself, what to do, how to see that it is over.
Critical is now: money is at stake, or nothing is traded until a person has looked. A warning is today: the bot goes on
by itself. How alerts reach you is on [Alerts](../alerts.md)."""


def _command(name: str) -> Iterator[str]:
    yield f"## {name}"
    yield from _described(_choices(parser(name))[name])


def _described(command: argparse.ArgumentParser) -> Iterator[str]:
    # argparse's own help is laid out differently by each version of Python; a table is not.
    yield " ".join((command.description or "").split())
    rows = list(_options(command))
    if rows:
        yield "\n".join(["| argument | meaning |", "|---|---|", *rows])
    if command.epilog:
        yield "```text\n" + command.epilog.strip() + "\n```"
    for name, below in _choices(command).items():
        yield f"### {command.prog.removeprefix('lottogrid ')} {name}"
        yield from _described(below)


def _options(command: argparse.ArgumentParser) -> Iterator[str]:
    for action in command._actions:  # noqa: SLF001 - argparse offers no other way to read a parser
        if action.help and not isinstance(action, (argparse._HelpAction, argparse._SubParsersAction)):  # noqa: SLF001
            yield f"| {_names(action)} | {_expanded(action)} |"


def _names(action: argparse.Action) -> str:
    shown = action.metavar or ("\\|".join(map(str, action.choices)) if action.choices else action.dest)
    value = "" if action.nargs == 0 else str(shown)
    if not action.option_strings:
        return f"`{value}`"
    return ", ".join(f"`{f'{option} {value}'.strip()}`" for option in action.option_strings)


def _expanded(action: argparse.Action) -> str:
    text = (action.help or "").replace("%(default)s", str(action.default)).replace("%%", "%")
    return " ".join(text.split()).replace("|", "\\|")


def _choices(command: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    groups: Iterable[argparse.Action] = command._actions  # noqa: SLF001
    found: dict[str, argparse.ArgumentParser] = {}
    for action in groups:
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            found |= action.choices
    return found


def _reasons() -> Iterator[str]:
    for group, name in re.findall(r"^ +(?:# (.+)|([A-Z_]+) = )", inspect.getsource(Reason), re.MULTILINE):
        if group:
            yield f"\n## {group[:1].upper()}{group[1:]}\n\n| code | meaning |\n|---|---|"
        else:
            yield f"| `{name}` | {Reason[name].value} |"


if __name__ == "__main__":
    sys.exit(main())
