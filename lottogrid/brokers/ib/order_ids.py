"""Order numbers that are never given out twice, not even when the gateway forgets them over night."""

from __future__ import annotations

import os
from pathlib import Path

from lottogrid.errors import BadInput

BLOCK = 500
"""Numbers reserved with one write, so that hardly any order waits for the disk. At most so many are skipped by a crash.
"""


class OrderIds:
    """The high-water mark of order numbers, in a file that survives a crash.

    A gateway's own next number can fall after its nightly restart, and an order under a number used before would
    change that order, or be refused.
    """

    def __init__(self, path: Path) -> None:
        """Read the file; a missing one is a first run.

        Raises:
            BadInput: the file holds something else.
        """
        self._path = path
        self._reserved = self._read()

    @property
    def first_free(self) -> int:
        """The lowest number that no order has had."""
        return self._reserved + 1

    def reserve(self, number: int) -> None:
        """Make sure that `number` is on the disk as given out, before an order carries it."""
        if number > self._reserved:
            self._write(number + BLOCK)

    def _read(self) -> int:
        try:
            text = self._path.read_text("ascii").strip()
        except FileNotFoundError:
            return 0
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(
                f"{self._path}: expected the highest order number, found {error}; see to the file"
            ) from error
        if not text.isdigit():
            raise BadInput(
                f"{self._path}: expected the highest order number, found {text[:40]!r}; "
                "write a number above every order id the gateway has seen"
            )
        return int(text)

    def _write(self, number: int) -> None:
        fresh = self._path.with_suffix(self._path.suffix + ".new")
        with fresh.open("w", encoding="ascii") as file:
            file.write(f"{number}\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self._reserved = number
