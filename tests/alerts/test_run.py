"""A whole `lottogrid run` whose alerts leave the process: to a web server on this machine."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from lottogrid.alerts.codes import AlertCode
from lottogrid.ledger.alarms import open_alarms
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import AlarmRaised
from tests.alerts.webhook import SECRET, Webhook
from tests.cli.conftest import MONDAY, Call
from web.tokens import TokenFile

pytestmark = [
    pytest.mark.threads,
    pytest.mark.sockets,
    pytest.mark.slow,  # the last minutes of a day, on threads
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
LATE = ("--date", MONDAY, "--as-of", "2026-01-05T15:40-05:00", "--speed", 600, "--no-web")


@pytest.fixture
def to_webhook(tmp_path: Path, webhook: Webhook) -> tuple[str, str]:
    """The option that sends alerts there."""
    path = tmp_path / "addresses"
    path.touch(mode=0o600)
    path.write_text(webhook.url, encoding="utf-8")
    return "--set", f"alerts.urls_file={path}"


def raised(folder: Path) -> dict[AlertCode, str]:
    with closing(Ledger.open_read_only(folder / "var" / "ledger.sqlite")) as ledger:
        rows = ledger.journal(kind=AlarmRaised.__name__)
        return {row.record.code: row.record.text for row in rows if isinstance(row.record, AlarmRaised)}


def heard(webhook: Webhook) -> dict[str, str]:
    found = [webhook.heard.get() for _ in range(webhook.heard.qsize())]
    return {message["title"].partition(": ")[2].partition(",")[0]: message["message"] for message in found}


def logged(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in (folder / "var" / "logs").iterdir())


def test_the_end_of_a_day_is_told_and_written(
    call: Call, webhook: Webhook, to_webhook: tuple[str, str], tmp_path: Path
) -> None:
    """The same words in the journal; and no file, nor the terminal, has the address, nor the token of the page."""
    found = call("run", *LATE[:-1], "--port", 0, *to_webhook)
    assert found.code == 0, found.err

    summary = raised(tmp_path)[AlertCode.DAY_ENDED]
    assert summary.startswith("2026-01-05: ")
    assert "The books agree." in summary
    assert summary in heard(webhook)["DAY_ENDED"]
    said = logged(tmp_path) + found.out + found.err
    assert SECRET not in said
    assert TokenFile(tmp_path / "var").value() not in said


def test_the_death_of_the_tree_is_told_and_stands_until_a_person_has_looked(
    call: Call, webhook: Webhook, to_webhook: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No actor is left that could; after a re-arm nothing waits any more."""
    with monkeypatch.context() as patched:
        patched.setattr("actors.broker.Broker.on_start", _fail)
        # ten times slower than the day above: on a busy machine failures would else come too seldom by the clock
        assert call("run", *LATE, "--speed", 60, *to_webhook).code == 1

    assert "the cable is cut" in heard(webhook)["ACTORS_GAVE_UP"]
    assert "the cable is cut" in raised(tmp_path)[AlertCode.ACTORS_GAVE_UP]
    path = tmp_path / "var" / "ledger.sqlite"
    with closing(Ledger.open_read_only(path)) as ledger:
        assert AlertCode.ACTORS_GAVE_UP in {each.code for each in open_alarms(ledger)}
    assert call("run", "--date", MONDAY, "--speed", 600, "--no-web", "--rearm").code == 0
    with closing(Ledger.open_read_only(path)) as ledger:
        assert AlertCode.ACTORS_GAVE_UP not in {each.code for each in open_alarms(ledger)}


def _fail(_: object) -> None:
    raise RuntimeError("the cable is cut")


def test_a_file_that_others_can_read_stops_it_before_anything_is_written(call: Call, tmp_path: Path) -> None:
    """Exit code 2, and no ledger."""
    path = tmp_path / "addresses"
    path.touch(mode=0o600)
    path.chmod(0o644)
    found = call("run", *LATE, "--set", f"alerts.urls_file={path}")

    assert found.code == 2
    assert "chmod 600" in found.err
    assert not (tmp_path / "var" / "ledger.sqlite").exists()
