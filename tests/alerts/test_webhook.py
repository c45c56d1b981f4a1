"""Alerts to a real web server on this machine, through apprise."""

from __future__ import annotations

from pathlib import Path

import pytest
from loguru import logger

from lottogrid.alerts.codes import AlertCode, Severity
from lottogrid.alerts.outside import lanes
from lottogrid.alerts.throttle import Message
from lottogrid.alerts.urls import Url
from lottogrid.cli.run.alerting import alerting
from lottogrid.errors import BadInput
from lottogrid.settings import Settings, changed
from tests.alerts.webhook import SECRET, Webhook
from tests.web import made

pytestmark = [pytest.mark.sockets, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


def settings_with(folder: Path, url: str, *overrides: str) -> Settings:
    path = folder / "urls"
    path.write_text(url, encoding="utf-8")
    path.chmod(0o600)
    return changed(Settings(), [f"alerts.urls_file={path}", *overrides])


def test_what_stands_reaches_the_webhook(webhook: Webhook, tmp_path: Path) -> None:
    """The notifier's alarm of a view, with severity, text and what to do."""
    sent: list[object] = []
    with alerting(settings_with(tmp_path, webhook.url)) as alerts:
        alerts.look(made.troubled_view(), lambda _, message: sent.append(message))

    heard = webhook.heard.get(timeout=20)
    assert heard["path"] == f"/{SECRET}"
    assert heard["type"] == "failure"
    assert "BOOKS_DIFFER" in heard["title"]
    assert "halted: the books differ" in heard["message"]


def test_the_summary_and_the_last_words_reach_it_before_the_end(webhook: Webhook, tmp_path: Path) -> None:
    """The end of the process waits for them; the journal gets the same."""
    with alerting(settings_with(tmp_path, webhook.url)) as alerts:
        assert alerts.day_ended() is None  # nothing was ever seen
        alerts.look(made.quiet_view(), lambda *_: None)
        told = alerts.day_ended()
        gave_up = alerts.tell(AlertCode.ACTORS_GAVE_UP, "ledger failed", made.NOON)

    first, second = webhook.heard.get(timeout=20), webhook.heard.get(timeout=20)
    assert told is not None
    assert told.text in first["message"]
    assert "2025-04-09: -$10.00 realised." in first["message"]
    assert gave_up.code is AlertCode.ACTORS_GAVE_UP
    assert "ledger failed" in second["message"]


def test_no_summary_where_none_is_wanted(webhook: Webhook, tmp_path: Path) -> None:
    """It has a switch of its own."""
    with alerting(settings_with(tmp_path, webhook.url, "alerts.daily_summary=false")) as alerts:
        alerts.look(made.quiet_view(), lambda *_: None)
        assert alerts.day_ended() is None
    assert webhook.heard.empty()


def test_neither_the_log_nor_the_settings_show_the_address(
    webhook: Webhook, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even where the server refuses, which apprise would log with the whole address."""
    webhook.status = 500
    lines: list[str] = []
    sink = logger.add(lines.append, level="TRACE")
    settings = settings_with(tmp_path, webhook.url)
    (lane,) = lanes((Url(webhook.url),))
    lane._retry_seconds = 0.001
    with alerting(settings):
        lane.start()
        lane.put(Message(Severity.WARNING, "title", "body"))
        assert lane.close(10**9)
    logger.remove(sink)

    assert lane.given_up == 1
    assert any("could not be delivered" in line for line in lines)
    shown = "".join([*lines, *capsys.readouterr(), repr(settings), str(settings.to_dict())])
    assert SECRET not in shown


def test_an_address_of_no_known_kind_is_refused_without_showing_it() -> None:
    """The complaint names its number."""
    pytest.importorskip("apprise", reason="needs the extra [alerts]")
    with pytest.raises(BadInput, match=r"no\. 1") as caught:
        lanes((Url(f"nosuchkind://{SECRET}"),))
    assert SECRET not in str(caught.value)
