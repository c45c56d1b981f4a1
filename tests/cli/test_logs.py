"""Where log lines go."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from loguru import logger

from lottogrid.cli import logs
from lottogrid.clock import VirtualClock
from lottogrid.settings import Settings, changed
from tests.cli.conftest import MONDAY, trading_day


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose logs are in a folder of their own."""
    return changed(Settings(), [f"storage.directory={tmp_path}"])


def test_the_terminal_shows_what_is_severe_enough(capsys: pytest.CaptureFixture[str]) -> None:
    """On standard error, so that a document on standard output stays one."""
    logs.to_terminal("WARNING")
    logger.info("told to nobody")
    logger.warning("look here")
    assert capsys.readouterr() == ("", "WARNING: look here\n")


def test_libraries_warnings_are_passed_on(capsys: pytest.CaptureFixture[str]) -> None:
    """Their chatter is not."""
    logs.to_terminal("WARNING")
    logging.getLogger("waitress").info("serving")
    logging.getLogger("waitress.queue").warning("%d tasks wait", 3)
    assert capsys.readouterr().err == "WARNING: 3 tasks wait\n"


def test_each_file_has_its_lines(settings: Settings, tmp_path: Path) -> None:
    """Everything, what went wrong, and what concerns the broker; with the time of the market."""
    logs.to_terminal("CRITICAL")
    with logs.files(settings, VirtualClock(trading_day(MONDAY).opens)):
        logger.info("a decision")
        logger.error("a failure")
        logger.patch(lambda record: record.update({"name": "actors.broker"})).info("link lost")
    logger.error("after the run")
    found = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "logs").iterdir()}
    assert found.keys() == {"bot.log", "errors.log", "broker.log"}
    assert [line.rpartition(": ")[2] for line in found["bot.log"].splitlines()] == [
        "a decision",
        "a failure",
        "link lost",
    ]
    assert "2026-01-05 09:30:00 ET" in found["bot.log"]
    assert found["errors.log"].count("\n") == found["broker.log"].count("\n") == 1
    assert "link lost" in found["broker.log"]


def test_a_line_bears_what_it_is_about(settings: Settings, tmp_path: Path) -> None:
    """So that one can search for a position or an order; what is logged may hold braces and tags."""
    logs.to_terminal("CRITICAL")
    with logs.files(settings, VirtualClock(trading_day(MONDAY).opens)):
        logger.bind(position="LG-20260105-001", leg="2", orderRef="LG-20260105-001-2-1", permId="17").info("{x} <red>")
    (line,) = (tmp_path / "logs" / "bot.log").read_text(encoding="utf-8").splitlines()

    assert line.endswith(
        "tests.cli.test_logs position=LG-20260105-001 leg=2 orderRef=LG-20260105-001-2-1 permId=17: {x} <red>"
    )


def test_json_is_one_document_a_line(tmp_path: Path) -> None:
    """Also with a stack, which is where text has many lines; no variable's value is in it."""
    settings = changed(Settings(), [f"storage.directory={tmp_path}", "log.format=json"])
    logs.to_terminal("CRITICAL")
    with logs.files(settings, VirtualClock(trading_day(MONDAY).opens)):
        logger.bind(orderRef="LG-20260105-001-2-1").info("{} <red>", "{brace}")
        try:
            secret = "very-" + "secret"
            int(secret[5:0] + "none" * 0 + "x")
        except ValueError:
            logger.exception("a failure")
    lines = (tmp_path / "logs" / "bot.log").read_text(encoding="utf-8").splitlines()
    first, second = map(json.loads, lines)

    assert (first["message"], first["orderRef"]) == ("{brace} <red>", "LG-20260105-001-2-1")
    assert (first["level"], first["market_time"]) == ("INFO", "2026-01-05 09:30:00 ET")
    assert "exception" not in first
    assert "ValueError" in second["exception"]
    assert "very-secret" not in lines[1]
    assert len((tmp_path / "logs" / "errors.log").read_text(encoding="utf-8").splitlines()) == 1
