"""What is remembered of who told whom what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from actors.runtime.actor import Actor
from actors.runtime.messages import Heartbeat
from actors.runtime.stepped import SteppedRuntime
from actors.runtime.trace import CALLBACK, KEPT, TIMER, Trace
from lottogrid.clock import VirtualClock

START = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)


class _Ping:
    """A message."""


class _Echo(Actor):
    """Passes a ping on to another, and wakes itself a second later."""

    def __init__(self, target: str) -> None:
        super().__init__()
        self._target = target

    def on_receive(self, message: object) -> None:
        if isinstance(message, _Ping):
            self.send(self._target, "pong")
            self.after(timedelta(seconds=1), 1)
            self.hear(0.5)
        elif message == "die":
            raise ValueError("told to")


def _runtime() -> SteppedRuntime:
    runtime = SteppedRuntime(VirtualClock(START))
    make: Callable[[str], Any] = lambda target: lambda: _Echo(target)  # noqa: E731
    runtime.spawn("one", make("two"))
    runtime.spawn("two", make("one"))
    runtime.run_until_idle()
    return runtime


def test_a_message_is_kept_with_time_sender_and_type() -> None:
    """What an actor sends stands in the ring of the one who gets it; what comes from nobody has no sender."""
    runtime = _runtime()

    runtime.send("one", _Ping())
    runtime.run_until(START + timedelta(seconds=5))

    assert runtime.trace.received() == {
        "one": ((START, "", _Ping), (START, CALLBACK, float), (START + timedelta(seconds=1), TIMER, int)),
        "two": ((START, "one", str),),
    }


def test_the_ring_outlives_its_actor() -> None:
    """After a restart one still sees what the last incarnation died of."""
    runtime = _runtime()

    runtime.send("one", "die")
    runtime.run_until_idle()
    runtime.spawn("one", lambda: _Echo("two"))
    runtime.send("one", 7)
    runtime.run_until_idle()

    assert [kind for _, _, kind in runtime.trace.received()["one"]] == [str, int]


def test_only_the_latest_are_kept_and_heartbeats_are_not() -> None:
    """A chatty actor uses no more memory than its ring, and crowds out nobody else's."""
    trace = Trace()
    trace.note(START, "quiet", "seldom", _Ping())
    for number in range(3 * KEPT):
        trace.note(START + timedelta(seconds=number), "feed", "busy", _Ping())
        trace.note(START, "supervisor", "busy", Heartbeat())

    received = trace.received()

    assert len(received["busy"]) == KEPT
    assert received["busy"][-1] == (START + timedelta(seconds=3 * KEPT - 1), "feed", _Ping)
    assert received["seldom"] == ((START, "quiet", _Ping),)
