"""What a person sees of a run."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from rich.console import Console

from actors.runtime.threads import ThreadRuntime
from actors.view import View, look
from lottogrid.cli.run.display import display, facts, line, panel
from lottogrid.clock import VirtualClock
from lottogrid.market.contracts import spec_of
from tests.cli.conftest import MONDAY, trading_day


@pytest.fixture
def view() -> Iterator[View]:
    """The picture of a bot in which nobody has said anything yet."""
    runtime = ThreadRuntime(VirtualClock(trading_day(MONDAY).opens))
    yield look(runtime, spec_of("MES"))
    runtime.close()


def test_what_nobody_has_said_is_a_dash(view: View) -> None:
    """Not 0, and not an error."""
    found = facts(view)
    assert found["time"] == "2026-01-05 09:30:00 ET"
    assert found["price"] == found["engine"] == found["volatility"] == "–"  # noqa: RUF001
    assert line(view).startswith("09:30:00 ET session –")  # noqa: RUF001


def test_where_nobody_looks_on_a_line_is_printed_only_when_something_changed(view: View) -> None:
    """A log is not flooded with what it says already."""
    out = io.StringIO()
    with display(Console(file=out, width=200), "") as show:
        show(view)
        show(view)
    assert out.getvalue() == f"{line(view)}\n"


def test_on_a_terminal_the_table_names_the_page(view: View) -> None:
    """The last picture stays."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100)
    with display(console, "http://127.0.0.1:8787/") as show:
        show(view)
    assert "http://127.0.0.1:8787/" in out.getvalue()
    assert panel(view, "").row_count == panel(view, "x").row_count - 1
