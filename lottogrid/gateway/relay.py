"""A relay between clients and a server that writes down every frame that passes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from types import TracebackType
from typing import Self

from lottogrid.clock import real_seconds
from lottogrid.errors import Missing
from lottogrid.gateway.recording import Entry, Kind, Side, Splitter

_CHUNK = 1 << 16
_TO_START = 5.0
"""Real seconds."""


class Relay:
    """Listens on this machine and passes on what comes, on a thread of its own while its context is entered.

    Nothing is changed, held back or answered by itself, whatever it is: the server and the client talk as if alone.
    """

    def __init__(
        self, upstream: tuple[str, int], record: Callable[[Entry], None], *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        """Prepare.

        Args:
            upstream: host and port of the server.
            record: is given every entry, on the relay's thread, before it is passed on.
            host: address for clients.
            port: for clients; 0 is any that is free.
        """
        self.port = port
        self.refused: list[str] = []
        """Why the server could not be reached, once for each client that was turned away."""
        self._upstream, self._record, self._host = upstream, record, host
        self._numbers = count(1)
        self._began = real_seconds()
        self._error: OSError | None = None
        self._listens = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._listens.wait(_TO_START)
        if self._error is not None:
            self._thread.join()
            why = self._error.strerror
            raise Missing(f"port {self.port}: expected it to be free, found {why}; choose another") from self._error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        self._stop = asyncio.Event()
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._listens.set()
            self._loop.close()

    async def _serve(self) -> None:
        try:
            server = await asyncio.start_server(self._join, self._host, self.port)
        except OSError as error:
            self._error = error
            return
        self.port = server.sockets[0].getsockname()[1]
        self._listens.set()
        await self._stop.wait()
        server.close()
        conversations = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in conversations:
            task.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)

    async def _join(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        number = next(self._numbers)
        self._note(number, Kind.OPEN, Side.CLIENT)
        try:
            from_server, to_server = await asyncio.open_connection(*self._upstream)
        except OSError as error:
            self.refused.append(str(error))
            self._note(number, Kind.CLOSE, Side.SERVER)
            to_client.close()
            return
        pumps = [
            asyncio.create_task(self._pump(number, Side.CLIENT, from_client, to_server)),
            asyncio.create_task(self._pump(number, Side.SERVER, from_server, to_client)),
        ]
        try:
            done, _ = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            self._note(number, Kind.CLOSE, next(iter(done)).result())
        finally:
            for pump in pumps:
                pump.cancel()
            for writer in (to_client, to_server):
                writer.close()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(self, number: int, side: Side, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Side:
        """Pass on what a side says until it has ended; return the side."""
        splitter = Splitter(side)
        try:
            # A side that breaks off has ended too.
            with suppress(ConnectionError):
                while data := await reader.read(_CHUNK):
                    for kind, body in splitter.feed(data):
                        self._note(number, kind, side, body)
                    writer.write(data)
                    await writer.drain()
            return side
        finally:
            for kind, body in splitter.rest():
                self._note(number, kind, side, body)

    def _note(self, number: int, kind: Kind, side: Side, body: bytes = b"") -> None:
        at = real_seconds() - self._began
        self._record(Entry(at=at, connection=number, kind=kind, side=side, body=body))
