"""`lottogrid why`: the checklist of what keeps the bot from trading."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lottogrid.calendar import Calendar, NoTrading
from lottogrid.cli import options, output
from lottogrid.cli.looking.book import Book, opened
from lottogrid.cli.output import moment, plain
from lottogrid.clock import SystemClock, new_york, trading_date
from lottogrid.risk.reasons import Reason
from lottogrid.risk.verdict import Verdict, verdict
from lottogrid.strategies.base import Decision

_EXAMPLES = """
lottogrid why
lottogrid why --json
"""


def add_parser(subparsers: options.Subparsers) -> None:
    """Add the command to the program's parser."""
    purpose = "Print the checklist of what keeps the bot from trading: how it stands, and its latest decision."
    parser = options.command(subparsers, "why", purpose, _EXAMPLES)
    options.add_reading(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print the checklist; return 0."""
    with opened(args) as found:
        checklist = _checklist(found)
    if args.json:
        output.print_json(checklist.document())
        return 0
    decided = checklist.decision
    out = output.console()
    rows = [_row(each) for each in checklist.checks]
    out.print(output.table(("", "check", "found", "wanted", "which means"), rows))
    out.print()
    out.print(f"latest decision {moment(decided.at)}" if decided else "no decision yet")
    return 0


@dataclass(frozen=True, slots=True)
class Checklist:
    """How the bot stands, and what it decided last."""

    recorded_at: datetime | None
    standing: tuple[Verdict, ...]
    decision: Decision | None

    @property
    def checks(self) -> tuple[Verdict, ...]:
        """Every line."""
        return self.standing + (self.decision.verdicts if self.decision else ())

    @property
    def obstacles(self) -> tuple[Verdict, ...]:
        """The lines that keep it from trading; a level that did not fit keeps nothing where another was bought."""
        entered = self.decision is not None and self.decision.proposals
        return tuple(each for each in (self.standing if entered else self.checks) if not each.passed)

    def document(self) -> dict[str, Any]:
        """Return the checklist ready for JSON."""
        return {
            "recorded_at": plain(self.recorded_at),
            "decided_at": plain(self.decision.at) if self.decision else None,
            "trades": not self.obstacles,
            "reasons": list(dict.fromkeys(plain(each.reason) for each in self.obstacles)),
            "checks": [plain(each) for each in self.checks],
        }


def _checklist(book: Book) -> Checklist:
    last = book.ledger.decisions(limit=1)
    standing = (*_process(book), _session(book), _ordered(book))
    return Checklist(book.recorded_at, standing, last[0] if last else None)


def _process(book: Book) -> Iterator[Verdict]:
    holder, engine, halts = book.holder, book.ledger.engine(), book.ledger.halts()
    process = f"process {holder.pid}" if holder else "no process"
    yield verdict("a bot at work", process, "one", None if holder else Reason.NOT_RUNNING)
    state = engine.state if engine else "not started"
    refusals = {"running": None, "halted": Reason.HALTED}
    yield verdict("engine", state, "running", refusals.get(state, Reason.NOT_RUNNING))
    found = "; ".join(f"{halt.reason.name}: {halt.detail}" for halt in halts) or "none"
    yield verdict("halts", found, "none", halts[0].reason if halts else None)


def _session(book: Book) -> Verdict:
    """Judge the hour: by the bot's own clock where it runs, else by the machine's."""
    recorded = book.recorded_at
    now = recorded if book.holder and recorded else SystemClock().now()
    day = Calendar(book.settings.session).day(trading_date(now))
    if isinstance(day, NoTrading):
        return verdict("session", f"{day.date}: {day.detail}", "a trading day", day.reason)
    reason = Reason.BEFORE_OPEN if now < day.opens else Reason.AFTER_LAST_ENTRY if now > day.last_entry else None
    window = f"{new_york(day.opens):%H:%M} to {new_york(day.last_entry):%H:%M} ET"
    return verdict("session", f"{new_york(now):%Y-%m-%d %H:%M} ET", window, reason)


def _ordered(book: Book) -> Verdict:
    ordered = book.ordered
    words = ordered.words if ordered else "nothing"
    return verdict("ordered by the operator", words, "nothing", Reason.OPERATOR if ordered else None)


def _row(check: Verdict) -> tuple[str, ...]:
    means = "" if check.reason is None else check.reason.value
    return "yes" if check.passed else "NO", check.rule, check.number, check.threshold, means
