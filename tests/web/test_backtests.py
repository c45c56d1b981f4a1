"""The results of backtests on the page: the same figures as the command's, and reports that can do nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from lottogrid.backtest.keep import NAME, Shelf
from lottogrid.cli.main import main
from lottogrid.settings import Settings
from tests.web import made
from web.app import create_app
from web.backtests import result_lines

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    """Return a client of a page whose storage is the test's folder."""
    about = made.about(Settings(storage={"directory": tmp_path}))
    return create_app(made.quiet_view, about).test_client()


def _document(**changes: Any) -> dict[str, Any]:
    summary = {"trades": 3, "pnl": -12.5, "win_rate": None, "sharpe": None, "max_drawdown": 20.0}
    return {"source": "made", "settings_hash": "abc", "digest": "d", "sessions": 2, "summary": summary} | changes


def _keep(folder: Path, html: str = "<p>a report", **changes: Any) -> int:
    with Shelf.open(folder / NAME) as shelf:
        return shelf.put(_document(**changes), html, datetime(2025, 4, 9, 15, tzinfo=UTC)).number


def test_the_list_says_what_the_command_says(
    client: FlaskClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Figure by figure, for two results that a backtest kept."""
    for quantity in ("1", "2"):
        more = ("--set", f"strategy.quantity={quantity}", "--set", "max_premium_per_strangle=60")
        assert main(["backtest", "--days", "1", "--set", f"storage.directory={tmp_path}", *more]) == 0
    capsys.readouterr()
    assert main(["backtests", "--json", "--set", f"storage.directory={tmp_path}"]) == 0
    said = {each["number"]: each for each in json.loads(capsys.readouterr().out)["results"]}

    with Shelf.open(tmp_path / NAME) as shelf:
        lines = {line.number: line for line in result_lines(shelf.all(), made.NOON)}
    html = unescape(client.get("/backtests").text)

    assert lines.keys() == said.keys() == {1, 2}
    for number, line in lines.items():
        summary = said[number]["summary"]
        assert (line.source, line.sessions, line.settings_hash, line.trades) == (
            *(said[number][name] for name in ("source", "sessions", "settings_hash")),
            summary["trades"],
        )
        for shown, meant in ((line.gain, summary["pnl"]), (line.drawdown, summary["max_drawdown"])):
            assert _read(shown) == Decimal(str(meant)).quantize(Decimal("0.01"))
        assert f'href="/backtests/{number}"' in html
        assert line.gain in html


def _read(amount: str) -> Decimal:
    return Decimal(amount.replace("$", "").replace(",", "").replace("+", "").replace("\N{MINUS SIGN}", "-"))


def test_what_is_unknown_is_called_so(client: FlaskClient, tmp_path: Path) -> None:
    """A result without a trade has no share of winners; without any result the page says what keeps one."""
    assert "No result was kept here" in client.get("/backtests").text
    assert not (tmp_path / NAME).exists()

    _keep(tmp_path)
    assert client.get("/backtests").text.count('<td class="n">unknown</td>') == 2


def test_a_report_is_as_it_was_made_and_can_do_nothing(client: FlaskClient, tmp_path: Path) -> None:
    """In a sandbox, without scripts, forms, frames or pictures from anywhere; what the list quotes is text."""
    number = _keep(tmp_path, SCRIPT, source=SCRIPT)
    answer = client.get(f"/backtests/{number}")
    policy = answer.headers["Content-Security-Policy"]

    assert answer.text == SCRIPT
    assert "default-src 'none'" in policy
    assert policy.endswith("sandbox")
    assert "script-src" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert SCRIPT not in client.get("/backtests").text


@pytest.mark.parametrize(
    "number", ["2", "0", "-1", "1e3", "01x", "99999999999999999999", "..%2ftoken", "../token", "1%00", "%31%2e", "1/"]
)
@pytest.mark.parametrize("is_kept", [True, False])
def test_what_is_no_number_of_a_result_leads_nowhere(
    number: str, is_kept: bool, client: FlaskClient, tmp_path: Path
) -> None:
    """Neither a number that is too large for the database, nor a path to another file."""
    (tmp_path / "token").write_text("a secret")
    if is_kept:
        _keep(tmp_path)
    answer = client.get(f"/backtests/{number}")

    assert answer.status_code == 404
    assert "a secret" not in answer.text


def test_a_file_that_is_something_else_is_named(client: FlaskClient, tmp_path: Path) -> None:
    """As not available, in one line; the rest of the page is not touched by it."""
    (tmp_path / NAME).write_text("no database at all, and long enough to be looked at" * 40)

    assert client.get("/backtests").status_code == 503
    assert client.get("/backtests").text.count("\n") == 1
    assert client.get("/").status_code == 200
