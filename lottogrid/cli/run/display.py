"""What a person sees of a run: a small table that moves, or plain lines where nobody looks at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console
from rich.live import Live
from rich.table import Table

from actors.figures import figures
from actors.view import View
from lottogrid.cli import output
from lottogrid.cli.output import UNKNOWN, money, number
from lottogrid.clock import new_york

_MEASURE = "volatility"
"""How the name of the strategist's rule about volatility begins."""
_LINE_EVERY_MINUTES = 30

Show = Callable[[View], None]


@contextmanager
def display(console: Console, url: str) -> Iterator[Show]:
    """Yield what shows a view; the last one stays on the terminal."""
    if console.is_terminal:
        with Live(console=console, auto_refresh=False) as live:
            yield lambda view: live.update(panel(view, url), refresh=True)
    else:
        yield _Lines(console)


def panel(view: View, url: str) -> Table:
    """Return the table of the present state."""
    return output.facts([*facts(view).items(), *([("page", url)] if url else [])])


def facts(view: View) -> dict[str, str]:
    """Return what a glance wants to know, by name."""
    come_to = figures(view)
    restarts = sum(row.restarts for row in view.actors)
    unwell = [f"{row.name} {row.state}" for row in view.actors if row.state not in {"running", "stopped"}]
    reason = view.engine.reason if view.engine else None
    return {
        "time": f"{new_york(view.at):%Y-%m-%d %H:%M:%S} ET",
        "session": view.session.state.value if view.session else UNKNOWN,
        "engine": (view.engine.state.value if view.engine else UNKNOWN) + (f": {reason.value}" if reason else ""),
        "broker": f"{view.broker.state.value}, {view.broker.detail}" if view.broker else UNKNOWN,
        "price": number(view.market.underlying) if view.market else UNKNOWN,
        "volatility": _measure(view),
        "open": f"{len(view.open_positions)} of {len(view.positions)} strangles",
        "P&L": f"{money(come_to.realised_usd)} realised, {money(come_to.open_usd)} open",
        "actors": f"{len(view.actors)}, {restarts} restarts" + "".join(f", {each}" for each in unwell),
    }


def line(view: View) -> str:
    """Return the present state in one line."""
    found = facts(view)
    names = ("session", "engine", "price", "open")
    rest = ", ".join(f"{name} {found[name]}" for name in names)
    return f"{new_york(view.at):%H:%M:%S} ET {rest}, {found['P&L']}"


def _measure(view: View) -> str:
    verdicts = view.strategist.decision.verdicts if view.strategist else ()
    found = [verdict for verdict in verdicts if verdict.rule.startswith(_MEASURE)]
    return f"{found[0].number}, entry where {found[0].threshold}" if found else UNKNOWN


class _Lines:
    """Prints a line where a state changes, a position comes or goes, and every half an hour."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._printed: object = None

    def __call__(self, view: View) -> None:
        states = (view.session and view.session.state, view.engine and view.engine.state)
        news = (*states, len(view.positions), len(view.open_positions), _half_hour(view.at))
        if news != self._printed:
            self._printed = news
            self._console.print(line(view))


def _half_hour(instant: datetime) -> tuple[int, int]:
    at = new_york(instant)
    return at.hour, at.minute // _LINE_EVERY_MINUTES
