"""Lines of the log file that speak of one position."""

from __future__ import annotations

from pathlib import Path

from lottogrid.errors import Missing

_READ_BYTES = 2_000_000
"""From the end of the file: a day writes less."""
_LINES = 500


def lines_about(path: Path, key: str) -> list[str]:
    """Return the latest lines of the log at `path` that contain `key`, oldest first.

    Raises:
        Missing: the log is absent or cannot be read.

    """
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(file.tell() - _READ_BYTES, 0))
            text = file.read().decode("utf-8", errors="replace")
    except OSError as error:
        raise Missing(
            f"log: expected {path}, found {error.strerror}; the log is written by `lottogrid run` only"
        ) from error
    return [line for line in text.splitlines() if key in line][-_LINES:]
