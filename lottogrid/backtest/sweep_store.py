"""The file that a sweep writes: a line a setting, appended whole or not at all, so that a killed sweep goes on."""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lottogrid import __version__
from lottogrid.backtest.sweep import Score
from lottogrid.errors import BadInput, Missing


class Scores:
    """The scores of a file, and the way to add one. Made by `opened`, which locks it."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self._known = self._read()

    def find(self, key: str, data: str) -> Score | None:
        """Return the score of settings on a ground, by their hashes; None where this version has not tried them."""
        return self._known.get((key, data))

    def add(self, score: Score) -> None:
        """Append `score`; it outlives this process when this returns.

        Raises:
            Missing: the disk took only a part of the line, which is taken back.
        """
        line = json.dumps({"version": __version__, **asdict(score)}, separators=(",", ":")).encode() + b"\n"
        end = os.fstat(self._descriptor).st_size
        try:
            written = os.write(self._descriptor, line)
            problem = "" if written == len(line) else f"{written} of {len(line)} bytes written"
        except OSError as error:
            problem = error.strerror or str(error)
        if problem:
            os.ftruncate(self._descriptor, end)
            raise Missing(
                f"{self._path}: expected room for a result, found: {problem}; what was written before is kept, "
                "make room and run the same command again to go on"
            )
        self._known[score.key, score.data] = score

    def _read(self) -> dict[tuple[str, str], Score]:
        """Read all lines; one that a killed process left unfinished is cut off."""
        content = self._path.read_bytes()
        whole = content.rfind(b"\n") + 1
        scores = [self._parsed(number, line) for number, line in enumerate(content[:whole].splitlines(), 1)]
        if whole < len(content):
            os.ftruncate(self._descriptor, whole)
        return {(each.key, each.data): each for each in scores if each is not None}

    def _parsed(self, number: int, line: bytes) -> Score | None:
        """Return the score of a line; None where another version computed it."""
        try:
            fields: dict[str, Any] = json.loads(line)
            if fields.pop("version") != __version__:
                return None
            pairs = tuple((str(name), str(value)) for name, value in fields.pop("values"))
            return Score(values=pairs, daily=tuple(map(float, fields.pop("daily"))), **fields)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise BadInput(
                f"{self._path} line {number}: expected a result of a sweep, found {line[:60]!r}; name another file"
            ) from None


@contextmanager
def opened(path: Path) -> Iterator[Scores]:
    """Open the file of a sweep for this process alone; it is made where there is none.

    Raises:
        BadInput: the file holds something else, or is none.
        Missing: another process writes it, or the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    except OSError as error:
        raise Missing(f"{path}: expected a file that can be written, found: {error.strerror}; name another") from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise BadInput(f"{path}: expected a file to keep results in, found a device; name another")
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield Scores(path, descriptor)
    except BlockingIOError:
        raise Missing(
            f"{path}: expected to write alone, found another sweep at work on it; name another file"
        ) from None
    finally:
        os.close(descriptor)
