"""A budget of messages a second, in which cancels find room when all else must wait."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count

WINDOW = 1.0
"""Seconds of the clock over which messages are counted. Where the clock is sped up, the far side's is as well."""


class Rank(IntEnum):
    """Who goes first."""

    CANCEL = 0
    ORDER = 1
    QUERY = 2
    DATA = 3


# The gateway objects to more than 50 a second, the library queues first-in first-out from 45: stay below both.
CEILINGS = {Rank.CANCEL: 42, Rank.ORDER: 36, Rank.QUERY: 28, Rank.DATA: 20}
"""How many messages of all ranks together may have gone in the window when one of this rank goes."""


@dataclass(order=True, slots=True)
class _Waiting:
    rank: Rank
    number: int
    send: Callable[[], None] = field(compare=False)
    dropped: Callable[[], None] | None = field(compare=False)


class Pacer:
    """Sends at once where the budget allows, else as soon as it does, lower ranks last. Lives in one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, window: float = WINDOW) -> None:
        """Begin with the whole budget; `window` is in real seconds."""
        self._loop = loop
        self._window = window
        # When each message leaves the window: subtracting again what was added would not give the same float.
        self._leaving: deque[float] = deque()
        self._waiting: list[_Waiting] = []
        self._numbers = count()
        self._timer: asyncio.TimerHandle | None = None
        self._part = 1.0
        self._is_closed = False

    def submit(self, rank: Rank, send: Callable[[], None], dropped: Callable[[], None] | None = None) -> None:
        """Call `send` when its turn comes; `dropped` where the budget is closed before."""
        if self._is_closed:
            if dropped is not None:
                dropped()
            return
        heapq.heappush(self._waiting, _Waiting(rank, next(self._numbers), send, dropped))
        self._run()

    def halve(self) -> None:
        """Send half as much from now on, as the gateway has complained; not below a quarter."""
        self._part = max(self._part / 2, 0.25)

    def close(self) -> None:
        """Send nothing more; what waits is dropped."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        waiting, self._waiting = self._waiting, []
        for one in sorted(waiting):
            if one.dropped is not None:
                one.dropped()

    def _run(self) -> None:
        now = self._loop.time()
        while self._leaving and self._leaving[0] <= now:
            self._leaving.popleft()
        while self._waiting and len(self._leaving) < CEILINGS[self._waiting[0].rank] * self._part:
            one = heapq.heappop(self._waiting)
            self._leaving.append(now + self._window)
            one.send()
        if self._waiting and self._timer is None and not self._is_closed:
            self._timer = self._loop.call_at(self._leaving[0], self._again)

    def _again(self) -> None:
        self._timer = None
        self._run()
