"""Where log lines go, and how they read. No variable's value is written: one may be a secret."""

from __future__ import annotations

import json
import logging
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loguru import logger

from lottogrid.cli import journald
from lottogrid.clock import Clock, new_york

if TYPE_CHECKING:
    from loguru import Record

    from lottogrid.settings import Settings

_BROKER_MODULES = ("actors.broker", "actors.venue", "lottogrid.brokers")
LIBRARIES = ("pykka", "waitress", "transitions", "werkzeug", "ib_insync")
"""Packages whose own log is taken over."""
BOUND = ("position", "leg", "orderRef", "permId")
"""What a line is about, where it says so."""
_HEAD = "{time:YYYY-MM-DD HH:mm:ss.SSS} {level: <7} {extra[market_time]} {name}"


def to_terminal(level: str) -> None:
    """Write to standard error what is at least of `level`, or to systemd's journal; replaces what was set up before."""
    logger.remove()
    logger.configure(extra={"market_time": "-"})
    if journald.is_our_terminal():
        logger.add(journald.JournalSink(), level=journald.LEVEL, format="{message}", diagnose=False)
    else:
        logger.add(_to_stderr, level=level, format="{level}: {message}", diagnose=False)
    _take_over_libraries()


@contextmanager
def files(settings: Settings, clock: Clock) -> Iterator[None]:
    """Write bot.log, errors.log and broker.log too, in the settings' folder.

    Each line bears the New York time of `clock` beside the machine's, as it may run faster, and the position, leg,
    orderRef and permId that it is about.
    """

    def stamp(record: Record) -> None:
        record["extra"]["market_time"] = f"{new_york(clock.now()):%Y-%m-%d %H:%M:%S} ET"

    folder, level = settings.log_directory, settings.log.level
    logger.configure(patcher=stamp)
    sinks = [
        _add(folder / "bot.log", settings, level),
        _add(folder / "errors.log", settings, "ERROR"),
        _add(folder / "broker.log", settings, level, only_broker=True),
    ]
    try:
        yield
    finally:
        for sink in sinks:
            logger.remove(sink)
        logger.configure(patcher=lambda _: None)


def write_crash(error: BaseException) -> Path:
    """Write where `error` came from to a file of its own, and return the file."""
    with tempfile.NamedTemporaryFile("w", prefix="lottogrid-crash-", suffix=".log", delete=False) as file:
        path = Path(file.name)
    logger.remove()
    logger.configure(extra={"market_time": "-"}, patcher=lambda _: None)
    sink = logger.add(path, format=line_format("text"), diagnose=False)
    logger.opt(exception=error).error("unexpected")
    logger.remove(sink)
    return path


def line_format(name: str) -> Callable[[Record], str]:
    """Return what makes loguru's template of a record, for `text` or `json`."""
    return _json if name == "json" else _text


def _text(record: Record) -> str:
    # Only names stand in the template: what is logged may hold braces.
    bound = "".join(f" {key}={{extra[{key}]}}" for key in BOUND if key in record["extra"])
    return f"{_HEAD}{bound}: {{message}}\n{{exception}}"


def _json(record: Record) -> str:
    extra = record["extra"]
    extra["json"] = json.dumps(document(record), ensure_ascii=False)
    return "{extra[json]}\n"


def document(record: Record) -> dict[str, Any]:
    """Return a record ready for JSON: times ISO 8601 with offset, `market_time` that of the bot's own clock."""
    extra, caught = record["extra"], record["exception"]
    found = {
        "time": record["time"].isoformat(),
        "market_time": extra["market_time"],
        "level": record["level"].name,
        "logger": record["name"],
        "message": record["message"],
        "thread": record["thread"].name,
    }
    found |= {key: extra[key] for key in BOUND if key in extra}
    if caught is not None:
        found["exception"] = "".join(traceback.format_exception(caught.type, caught.value, caught.traceback))
    return found


def _to_stderr(text: str) -> None:
    # Looked up anew for each line: a live display puts itself in the place of sys.stderr.
    sys.stderr.write(text)


def _add(path: Path, settings: Settings, level: str, *, only_broker: bool = False) -> int:
    return logger.add(
        path,
        level=level,
        format=line_format(settings.log.format),
        rotation=settings.log.rotation,
        retention=settings.log.retention,
        filter=_is_of_broker if only_broker else None,
        diagnose=False,
    )


def _is_of_broker(record: Record) -> bool:
    return (record["name"] or "").startswith(_BROKER_MODULES)


class _ToLoguru(logging.Handler):
    """Passes the standard library's log records on."""

    def emit(self, record: logging.LogRecord) -> None:
        named = logger.patch(lambda found: found.update({"name": record.name}))
        named.opt(exception=record.exc_info).log(record.levelname, "{}", record.getMessage())


def _take_over_libraries() -> None:
    for name in LIBRARIES:
        library = logging.getLogger(name)
        library.handlers = [_ToLoguru()]
        library.propagate = False
        # Below that they tell of every message and every callback.
        library.setLevel(logging.WARNING)
