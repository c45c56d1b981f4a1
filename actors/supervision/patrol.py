"""Liveness: who has been at one message, or has left one unread, for longer than it may."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from actors.runtime.cell import Cell
from actors.supervision.child import Child
from lottogrid.clock import real_seconds


class Patrol:
    """Looks at children from time to time. Real seconds, as a thread hangs in real time."""

    def __init__(self) -> None:
        self._latest = 0.0

    def next_look_within(self, delay: timedelta) -> None:
        """Say when the next look is due; one that comes much later proves that the whole process was held up."""
        self._latest = real_seconds() + 2 * delay.total_seconds()

    def hung(self, children: Iterable[Child]) -> Iterator[tuple[Child, str]]:
        """Yield who hangs, and why; nobody after a pause of the whole process, which is nobody's fault."""
        now = real_seconds()
        if now > self._latest:
            return
        for child in children:
            why = _why(child.incarnation, child.spec.hang_after, now)
            if why:
                yield child, why


def _why(cell: Cell, limit: timedelta, now: float) -> str:
    busy, waiting = cell.busy_since, cell.waiting_since
    if busy is not None and now - busy > limit.total_seconds():
        return f"hung at {cell.last_message} for {limit}"
    if waiting is not None and now - waiting > limit.total_seconds():
        return f"left its mail unread for {limit}, {cell.mailbox} messages, after {cell.last_message or 'its start'}"
    return ""
