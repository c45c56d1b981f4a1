"""Frames on the wire: a length and the message's fields, each ended by a zero byte; before them one handshake."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence

from lottogrid.errors import BadInput

PREAMBLE = b"API\0"
MAX_HANDSHAKE = 1024
MAX_FRAME = 1 << 16
"""Bytes of the longest frame taken from a client; the longest served one, a combo order, has about a thousand."""

_LENGTH = struct.Struct(">I")
_VERSIONS = re.compile(r"v(\d{1,9})\.\.(\d{1,9})(?: .*)?")


def frame(texts: Sequence[str]) -> bytes:
    """Return one message as bytes."""
    return framed("".join(f"{text}\0" for text in texts).encode(errors="surrogateescape"))


def framed(body: bytes) -> bytes:
    """Return a body with its length before it."""
    return _LENGTH.pack(len(body)) + body


class FrameReader:
    """Cuts the bytes of one client into its handshake and its messages."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._greeted = False
        self._limit = MAX_HANDSHAKE

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the bodies that `data` completes; the first is the handshake's.

        Raises:
            BadInput: the bytes are not of the protocol, or a frame is too long.
        """
        self._bytes += data
        if not self._greeted:
            start = bytes(self._bytes[: len(PREAMBLE)])
            if start != PREAMBLE[: len(start)]:
                raise BadInput(f"handshake: expected it to begin with {PREAMBLE!r}, found {start!r}; this is a TWS API")
            if len(start) < len(PREAMBLE):
                return
            del self._bytes[: len(PREAMBLE)]
            self._greeted = True
        while len(self._bytes) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._bytes)
            if not 0 < length <= self._limit:
                raise BadInput(f"frame: expected from 1 to {self._limit} bytes, found {length}; send shorter messages")
            if len(self._bytes) < _LENGTH.size + length:
                return
            body = bytes(self._bytes[_LENGTH.size : _LENGTH.size + length])
            del self._bytes[: _LENGTH.size + length]
            self._limit = MAX_FRAME
            yield body


def texts_of(body: bytes) -> list[str]:
    """Return the fields of a message; BadInput where they are no text or the last one is not ended."""
    try:
        *texts, rest = body.decode().split("\0")
    except UnicodeDecodeError as error:
        raise BadInput(f"message: expected UTF-8, found {error.reason}; send text") from error
    if rest or not texts:
        raise BadInput("message: expected its last field to end in a zero byte, found none; end every field with one")
    return texts


def negotiate(greeting: bytes, lowest: int, highest: int) -> int:
    """Return the protocol version to speak with a client that sent `greeting`: the highest that both know.

    Raises:
        BadInput: the greeting names no versions, or there is none in common.
    """
    found = _VERSIONS.fullmatch(greeting.decode(errors="replace"))
    if found is None:
        raise BadInput(f"handshake: expected `v100..178`, found {greeting[:40]!r}; send the versions you speak")
    first, last = int(found[1]), int(found[2])
    chosen = min(last, highest)
    if chosen < max(first, lowest):
        raise BadInput(f"handshake: expected a version from {lowest} to {highest}, found {first} to {last} only")
    return chosen
