"""`lottogrid alerts`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from loguru import logger

from lottogrid.alerts.codes import AlertCode
from lottogrid.cli import logs
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import AlarmAcknowledged, AlarmRaised
from tests.alerts.webhook import SECRET, Webhook
from tests.cli.conftest import Call
from tests.web.made import NOON

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    yield
    logger.remove()
    logs.to_terminal("CRITICAL")


@pytest.fixture
def addresses(tmp_path: Path) -> Path:
    """An empty file that only its owner can read."""
    path = tmp_path / "addresses"
    path.touch(mode=0o600)
    return path


def test_what_nobody_has_seen_is_listed(call: Call, tmp_path: Path) -> None:
    """With severity, times and the page that says what to do; what was seen is gone."""
    with closing(Ledger.open(tmp_path / "ledger.sqlite", durable=False)) as ledger:
        ledger.commit(
            [
                AlarmRaised(at=NOON, code=AlertCode.LINK_LOST, text="refused"),
                AlarmRaised(at=NOON, code=AlertCode.ORDER_REJECTED, text="off the grid"),
                AlarmAcknowledged(at=NOON, code=AlertCode.LINK_LOST, by="me"),
            ]
        )
    found = call("alerts", "--ledger", tmp_path, "--json")

    assert found.err == ""
    (row,) = json.loads(found.out)["alarms"]
    assert (row["code"], row["severity"], row["text"], row["count"]) == ("ORDER_REJECTED", "warning", "off the grid", 1)
    assert row["first_at"] == "2025-04-09T12:00:00-04:00"
    assert row["runbook"] == "docs/runbook/order_rejected.md"
    assert "warning ORDER_REJECTED" in call("alerts", "--ledger", tmp_path).out


@pytest.mark.sockets
def test_a_test_reaches_every_address(call: Call, webhook: Webhook, addresses: Path) -> None:
    """And says so, without showing one."""
    addresses.write_text(f"{webhook.url}\n{webhook.url}\n", encoding="utf-8")
    found = call("alerts", "--test", "--set", f"alerts.urls_file={addresses}", "--json")

    assert (found.code, json.loads(found.out)) == (0, {"delivered": {"json (1)": True, "json (2)": True}})
    assert "TEST" in webhook.heard.get(timeout=20)["title"]
    assert SECRET not in found.out + found.err


@pytest.mark.sockets
def test_a_test_that_fails_is_no_success(call: Call, webhook: Webhook, addresses: Path) -> None:
    """It is tried once, so that one does not wait."""
    webhook.status = 500
    addresses.write_text(webhook.url, encoding="utf-8")
    found = call("alerts", "--test", "--set", f"alerts.urls_file={addresses}")

    assert found.code == 1
    assert "json (1)" in found.out
    assert "failed" in found.out
    assert webhook.heard.qsize() == 1
    assert SECRET not in found.out + found.err


def test_without_addresses_there_is_nothing_to_test(call: Call, addresses: Path) -> None:
    """No file, and an empty one."""
    for words in ((), ("--set", f"alerts.urls_file={addresses}")):
        found = call("alerts", "--test", *words)
        assert found.code == 3
        assert "alerts.urls_file" in found.err


def test_the_check_says_where_alerts_go(call: Call, addresses: Path) -> None:
    """By their kinds; and complains of a file that cannot be used."""
    addresses.write_text(f"json://127.0.0.1/{SECRET}", encoding="utf-8")
    given = ("--set", f"alerts.urls_file={addresses}")

    def checked(*words: str) -> tuple[bool, str]:
        checks = {each["name"]: each for each in json.loads(call("check", "--json", *words).out)["checks"]}
        return checks["alerts"]["passed"], checks["alerts"]["found"]

    assert checked() == (True, "sent nowhere; alerts.urls_file names a file with addresses")
    assert checked(*given) == (True, "sent by json (1); `lottogrid alerts --test` tries them")
    addresses.chmod(0o644)
    passed, found = checked(*given)
    assert (passed, "chmod 600" in found) == (False, True)
