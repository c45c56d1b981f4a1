"""Log lines as entries of systemd's journal, where standard error leads there: searchable by position or order."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from lottogrid.service.journal import Journal, is_written_to, priority

if TYPE_CHECKING:
    from loguru import Message

LEVEL = "INFO"
"""What the journal is told at least; it is read afterwards, by people who can filter."""
_NAME = "lottogrid"
_NOT_IN_A_FIELD = re.compile(r"[^A-Z0-9_]")


def is_our_terminal() -> bool:
    """Return whether what we print to standard error ends up in the journal."""
    try:
        return is_written_to(os.environ, sys.stderr.fileno())
    except (OSError, ValueError):
        return False  # something without a descriptor stands in its place


class JournalSink:
    """A sink for loguru: what is bound to a line becomes a field, `LOTTOGRID_` before its name."""

    def __init__(self, journal: Journal | None = None) -> None:
        self._journal = journal or Journal()

    def write(self, message: Message) -> None:
        """Write one line, and where it comes from."""
        record = message.record
        fields = {
            "MESSAGE": str(message).rstrip("\n"),
            "PRIORITY": str(priority(record["level"].no)),
            "SYSLOG_IDENTIFIER": _NAME,
            "CODE_FILE": record["file"].path,
            "CODE_LINE": str(record["line"]),
            "CODE_FUNC": record["function"],
            "LOTTOGRID_LOGGER": record["name"] or "",
            "LOTTOGRID_THREAD": record["thread"].name,
        }
        bound = {_field(name): str(value) for name, value in record["extra"].items()}
        self._journal.write({**bound, **fields})

    def stop(self) -> None:
        """Give the socket back; loguru calls it when the sink is removed."""
        self._journal.close()


def _field(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return f"LOTTOGRID_{_NOT_IN_A_FIELD.sub('_', words.upper())}"
