"""Where log lines go."""

from __future__ import annotations

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
