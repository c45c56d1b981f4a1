"""A thread with an event loop of its own, in which everything about one connection happens."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

PREDECESSOR_SECONDS = 5.0


class LoopThread:
    """Runs one coroutine to its end. Daemonic: it keeps no process alive."""

    def __init__(self, name: str, main: Callable[[], Coroutine[Any, Any, None]], after: LoopThread | None) -> None:
        """Prepare; `after` is a thread whose end is waited for, so that its socket is closed before another opens."""
        self.loop = asyncio.new_event_loop()
        self._main = main
        self._after = after
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def post(self, call: Callable[..., None], *args: Any) -> None:
        """Let the thread call something soon; nothing happens where it has ended. May be called from any thread."""
        with suppress(RuntimeError):  # the loop is closed
            self.loop.call_soon_threadsafe(call, *args)

    def join(self, seconds: float) -> bool:
        """Wait for the end; return whether it has come."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def is_current(self) -> bool:
        """Whether the caller runs in this thread."""
        return threading.current_thread() is self._thread

    def _run(self) -> None:
        if self._after is not None:
            self._after.join(PREDECESSOR_SECONDS)
            self._after = None
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(self._main())
        finally:
            asyncio.set_event_loop(None)
            self.loop.close()


def run_apart(name: str, main: Callable[[], Coroutine[Any, Any, None]], seconds: float) -> bool:
    """Run a coroutine on a thread and loop of its own; return whether it ended within `seconds` of real time.

    Raises:
        Exception: what `main` raised.
    """
    failed: list[Exception] = []

    async def guarded() -> None:
        try:
            await main()
        except Exception as error:  # noqa: BLE001 - handed to the thread that waits
            failed.append(error)

    thread = LoopThread(name, guarded, None)
    thread.start()
    is_over = thread.join(seconds)
    if failed:
        raise failed[0]
    return is_over
