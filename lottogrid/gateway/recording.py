"""Recorded sessions between a client and a server: every frame both ways, as lines of JSON from which bytes come back.

The first line says what the file is. Every other line has `at`, seconds since the recording began, `connection`, its
number, and one of

* `event`: `open`, or `close` with `by`, the side that ended it;
* `from`: `client` or `server`, and what it sent: `fields`, a frame whose fields each end in a zero byte; `text`, a
  frame that does not end in one, as the client's first; `bytes`, in base64, what was no frame at all.

The four bytes `API` and zero before a client's first frame go without saying. Text that is no UTF-8 has surrogates for
the odd bytes, as Python's `surrogateescape` does it.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, TextIO

from lottogrid.errors import BadInput, Missing
from lottogrid.gateway.codec import PREAMBLE

FORMAT, VERSION = "lottogrid session", 1
_LONGEST = 1 << 26
"""Bytes; a frame that claims to be longer is none."""
_LENGTH = struct.Struct(">I")
_ACCOUNT = re.compile(r"\b(D?[UFI])\d{5,9}\b")
_MANAGED_ACCOUNTS = "15"


class Side(Enum):
    """Who has spoken."""

    CLIENT = "client"
    SERVER = "server"


class Kind(Enum):
    """What a line tells."""

    OPEN = "open"
    CLOSE = "close"
    FRAME = "frame"
    BYTES = "bytes"
    """Sent outside any frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened on a connection."""

    at: float
    """Seconds since the recording began."""
    connection: int
    kind: Kind
    side: Side
    body: bytes = b""
    """Of a frame, without its length."""

    @property
    def texts(self) -> list[str]:
        """The frame's fields."""
        return self.body.decode(errors="surrogateescape").split("\0")[:-1]

    def line(self) -> str:
        """Return the entry as a line of a file."""
        found: dict[str, Any] = {"at": round(self.at, 6), "connection": self.connection}
        if self.kind is Kind.OPEN:
            found["event"] = "open"
        elif self.kind is Kind.CLOSE:
            found |= {"event": "close", "by": self.side.value}
        else:
            found |= {"from": self.side.value, **self._content()}
        return json.dumps(found)

    def _content(self) -> dict[str, Any]:
        if self.kind is Kind.BYTES:
            return {"bytes": base64.b64encode(self.body).decode()}
        if self.body.endswith(b"\0"):
            return {"fields": self.texts}
        return {"text": self.body.decode(errors="surrogateescape")}


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded session. Entries are in the order in which they happened."""

    started: datetime
    entries: list[Entry] = field(default_factory=list)


class Writer:
    """Writes a recording while it happens; each line is in the file at once."""

    def __init__(self, file: TextIO, started: datetime, mask: Mask | None = None) -> None:
        """Begin; `mask` hides account numbers."""
        self._file = file
        self._mask = mask
        self._put(json.dumps({"format": FORMAT, "version": VERSION, "started": started.isoformat()}))

    def write(self, entry: Entry) -> None:
        """Add an entry."""
        hidden = entry if self._mask is None else replace(entry, body=self._mask.hidden(entry.body))
        self._put(hidden.line())

    def _put(self, line: str) -> None:
        self._file.write(line + "\n")
        self._file.flush()


class Mask:
    """Replaces account numbers: those that look like one, and those that the server has named; the same by the same."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def hidden(self, body: bytes) -> bytes:
        """Return a frame with other accounts in it."""
        text = body.decode(errors="surrogateescape")
        number, *fields = text.split("\0")
        if number == _MANAGED_ACCOUNTS:
            for name in (name for one in fields[1:] for name in one.split(",") if name):
                self._name(name)
        for name in sorted(self._names, key=len, reverse=True):
            text = text.replace(name, self._names[name])
        return _ACCOUNT.sub(lambda found: self._name(found[0]), text).encode(errors="surrogateescape")

    def _name(self, account: str) -> str:
        if account in self._names.values():
            return account
        prefix = re.match(r"[A-Z]*", account)
        made = f"{prefix[0] if prefix else ''}{len(self._names) + 1:07}"
        return self._names.setdefault(account, made)


class Splitter:
    """Cuts one direction of a conversation into frames; what is none comes out as it is, so that nothing is lost."""

    def __init__(self, side: Side) -> None:
        self._bytes = bytearray()
        self._has_preamble = side is Side.CLIENT
        self._is_raw = False

    def feed(self, data: bytes) -> Iterator[tuple[Kind, bytes]]:
        """Yield what `data` completes."""
        self._bytes += data
        if self._has_preamble and len(self._bytes) >= len(PREAMBLE):
            self._has_preamble = False
            self._is_raw = not self._bytes.startswith(PREAMBLE)
            if not self._is_raw:
                del self._bytes[: len(PREAMBLE)]
        while not self._has_preamble and not self._is_raw and len(self._bytes) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._bytes)
            self._is_raw = not 0 < length <= _LONGEST
            if self._is_raw or len(self._bytes) < _LENGTH.size + length:
                break
            yield Kind.FRAME, bytes(self._bytes[_LENGTH.size : _LENGTH.size + length])
            del self._bytes[: _LENGTH.size + length]
        if self._is_raw:
            yield from self.rest()

    def rest(self) -> Iterator[tuple[Kind, bytes]]:
        """Yield what is left of a frame that was never finished, or of what is none."""
        if self._bytes:
            yield Kind.BYTES, bytes(self._bytes)
            self._bytes.clear()


def read(path: Path) -> Recording:
    """Return the recording in a file.

    Raises:
        Missing: the file cannot be read.
        BadInput: it is no recording, or a line is none of one.
    """
    try:
        first, *lines = path.read_text(encoding="utf-8").splitlines() or [""]
    except OSError as error:
        raise Missing(f"{path}: expected a recording, found {error.strerror}; name a file that is there") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: expected a recording, found {error.reason}; record one anew") from error
    head = _object(first, f"{path}: line 1")
    if (head.get("format"), head.get("version")) != (FORMAT, VERSION):
        raise BadInput(f"{path}: expected a recording of version {VERSION}, found {first[:60]!r}; record one anew")
    entries = [_entry(line, f"{path}: line {number}") for number, line in enumerate(lines, start=2)]
    return Recording(_started(head, path), entries)


def frames(entries: Iterable[Entry], side: Side) -> list[Entry]:
    """Return the frames that a side has sent."""
    return [entry for entry in entries if entry.kind is Kind.FRAME and entry.side is side]


def _started(head: dict[str, Any], path: Path) -> datetime:
    try:
        return datetime.fromisoformat(head["started"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{path}: expected when it started, found {head}; record one anew") from error


def _entry(line: str, place: str) -> Entry:
    found = _object(line, place)
    try:
        side = Side(found.get("from", found.get("by", "client")))
        kind, body = _content(found)
        return Entry(at=float(found["at"]), connection=int(found["connection"]), kind=kind, side=side, body=body)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise BadInput(
            f"{place}: expected what happened on a connection, found {line[:60]!r}; mend the line"
        ) from error


def _content(found: dict[str, Any]) -> tuple[Kind, bytes]:
    if "event" in found:
        return Kind(found["event"]), b""
    if "bytes" in found:
        return Kind.BYTES, base64.b64decode(found["bytes"], validate=True)
    text = found["text"] if "text" in found else "".join(f"{one}\0" for one in found["fields"])
    return Kind.FRAME, text.encode(errors="surrogateescape")


def _object(line: str, place: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BadInput(f"{place}: expected a JSON object, found {line[:60]!r}; mend the line")
    return found
