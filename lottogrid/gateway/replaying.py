"""Plays the client's side of a recorded session to a server, and keeps what that one answers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime

from lottogrid.clock import real_seconds
from lottogrid.errors import BadInput, Missing
from lottogrid.gateway.codec import PREAMBLE, framed
from lottogrid.gateway.comparing import Report, compare
from lottogrid.gateway.outgoing import OUTGOING
from lottogrid.gateway.recording import Entry, Kind, Recording, Side, Splitter, frames
from lottogrid.gateway.times import read
from lottogrid.gateway.translating import Translator

_CHUNK = 1 << 16
_PATIENCE = 5.0
"""Real seconds for an answer that was recorded before the client went on, and for the last answers."""
_ANSWERS = frozenset(
    str(OUTGOING[name].number)
    for name in (
        "nextValidId",
        "managedAccounts",
        "contractDetailsEnd",
        "openOrderEnd",
        "accountDownloadEnd",
        "execDetailsEnd",
        "tickSnapshotEnd",
        "positionEnd",
        "accountSummaryEnd",
        "accountUpdateMultiEnd",
        "secDefOptParamsEnd",
        "marketRule",
        "completedOrdersEnd",
        "historicalData",
        "currentTime",
    )
)
"""Messages that end the answer to a request: a client may wait for them before it goes on."""


def replay(recording: Recording, host: str, port: int, *, pace: float = 1.0) -> Report:
    """Return how a server compares with the recorded one.

    Args:
        recording: what is to be played.
        host: of the server that is looked at.
        port: of that server.
        pace: recorded seconds in a real one.

    Raises:
        BadInput: the recording has no conversation.
        Missing: the server cannot be reached.
    """
    talks = [talk for talk in _talks(recording.entries) if talk.version is not None]
    if not talks:
        raise BadInput("recording: expected a client that was greeted by a server, found none; record one anew")
    try:
        # With a factory, the runner leaves the thread's own loop alone.
        with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
            runner.run(_play(talks, host, port, pace))
    except OSError as error:
        raise Missing(f"{host}:{port}: expected a server, found {error.strerror or error}; start it") from error
    differing = [talk for talk in talks if not talk.is_comparable]
    alike = [talk for talk in talks if talk.is_comparable]
    report = compare(
        [(talk.version or 0, texts) for talk in alike for texts in talk.recorded],
        [(talk.version or 0, texts) for talk in alike for texts in talk.answers],
    )
    versions = (f"recorded {talk.version}, replayed {talk.answered_version}" for talk in differing)
    return Report(kinds=report.kinds, versions=tuple(versions))


def began_at(recording: Recording) -> datetime:
    """Return what time the recorded server had when it greeted its first client; the start where it does not say."""
    for talk in _talks(recording.entries):
        for greeting in frames(talk.entries, Side.SERVER)[:1]:
            with suppress(BadInput, IndexError):
                return read(greeting.texts[1])
    return recording.started


class Talk:
    """One connection of a recording, and what another server says to the same client."""

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = entries
        said = [entry.texts for entry in frames(entries, Side.SERVER)]
        self.version = _version(said[0]) if said else None
        self.recorded = said[1:]
        self.answers: list[list[str]] = []
        """What the other server has said, without its greeting."""
        self.answered_version: int | None = None
        self.translator = Translator(self.recorded, self.version or 0)
        self._counts: Counter[str] = Counter()
        self._moved = asyncio.Event()
        self._given_up: set[str] = set()

    @property
    def is_comparable(self) -> bool:
        """Whether both servers speak the same version."""
        return self.answered_version == self.version

    def hear(self, body: bytes) -> None:
        """Take in a frame of the other server."""
        texts = body.decode(errors="surrogateescape").split("\0")[:-1]
        if self.answered_version is None:
            self.answered_version = _version(texts)
        else:
            self.answers.append(texts)
            self.translator.hear(texts)
            self._counts[texts[0]] += 1
        self._moved.set()

    async def caught_up(self, awaited: Counter[str]) -> None:
        """Wait until the other server has answered as often as `awaited` says, for a while."""
        end = real_seconds() + _PATIENCE
        while missing := {kind for kind, count in awaited.items() if self._counts[kind] < count} - self._given_up:
            self._moved.clear()
            try:
                await asyncio.wait_for(self._moved.wait(), end - real_seconds())
            except TimeoutError:
                self._given_up |= missing
                return

    async def greeted(self) -> None:
        """Wait for the other server's greeting, for a while."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                while self.answered_version is None:
                    self._moved.clear()
                    await self._moved.wait()


async def _play(talks: list[Talk], host: str, port: int, pace: float) -> None:
    began = real_seconds()
    first = min(talk.entries[0].at for talk in talks)

    async def due(entry: Entry) -> None:
        await asyncio.sleep(max((entry.at - first) / pace - (real_seconds() - began), 0))

    async def one(talk: Talk) -> None:
        await due(talk.entries[0])
        reader, writer = await asyncio.open_connection(host, port)
        hearing = asyncio.create_task(_hear(talk, reader))
        try:
            with suppress(ConnectionError):
                await _say(talk, writer, due)
            if talk.is_comparable:
                await _end(talk)
        finally:
            writer.close()
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)

    await asyncio.gather(*(one(talk) for talk in talks))


async def _say(talk: Talk, writer: asyncio.StreamWriter, due: Callable[[Entry], Awaitable[None]]) -> None:
    """Say what the client said: not before its time, and not before what it had heard by then has been answered."""
    awaited: Counter[str] = Counter()
    is_greeting = True
    for entry in talk.entries:
        if entry.kind is Kind.FRAME and entry.side is Side.SERVER:
            awaited.update(_ANSWERS.intersection(entry.texts[:1]))
        elif entry.kind in {Kind.FRAME, Kind.BYTES} and entry.side is Side.CLIENT:
            await due(entry)
            if is_greeting:
                writer.write(PREAMBLE + framed(entry.body))
                await talk.greeted()
                if not talk.is_comparable:
                    return
            else:
                await talk.caught_up(awaited)
                writer.write(_said(talk, entry))
            is_greeting = False
            await writer.drain()
    await due(talk.entries[-1])


def _said(talk: Talk, entry: Entry) -> bytes:
    if entry.kind is Kind.BYTES:
        return entry.body
    return talk.translator.translated(entry.texts) if entry.body.endswith(b"\0") else framed(entry.body)


async def _end(talk: Talk) -> None:
    """Wait for the last answers, and for every kind of message that was recorded."""
    kinds = Counter(texts[0] for texts in talk.recorded)
    await talk.caught_up(Counter({kind: count for kind, count in kinds.items() if kind in _ANSWERS}))
    await talk.caught_up(Counter(dict.fromkeys(kinds, 1)))


async def _hear(talk: Talk, reader: asyncio.StreamReader) -> None:
    splitter = Splitter(Side.SERVER)
    while data := await reader.read(_CHUNK):
        for kind, body in splitter.feed(data):
            if kind is Kind.FRAME:
                talk.hear(body)


def _talks(entries: Iterable[Entry]) -> Iterator[Talk]:
    by_connection: dict[int, list[Entry]] = {}
    for entry in entries:
        by_connection.setdefault(entry.connection, []).append(entry)
    yield from (Talk(found) for found in by_connection.values())


def _version(texts: list[str]) -> int | None:
    return int(texts[0]) if texts and texts[0].isascii() and texts[0].isdigit() else None
