"""One bench for both runtimes: the same actors and the same questions, on threads and step by step."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pykka

from actors.runtime.cell import Cell
from actors.runtime.messages import Down
from actors.runtime.runtime import Factory, Interference, Runtime
from actors.runtime.stepped import SteppedRuntime
from actors.runtime.threads import ThreadRuntime
from lottogrid.clock import ScaledClock, VirtualClock, real_seconds
from tests.runtime.toys import Hold, Hooks, Journal, Say, Watcher, Worker

START = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
SOON = timedelta(seconds=5)


class Bench:
    """A runtime with a watcher in it, and the means to wait for what must come."""

    is_threaded: bool
    runtime: Runtime

    def __init__(self) -> None:
        self.journal = Journal()
        self.orphans: list[Down] = []
        self.gates: list[threading.Event] = []
        self._roots: list[Cell] = []
        self._pings = 0

    def prepare(self, runtime: Runtime) -> None:
        """Put the watcher in place."""
        self.runtime = runtime
        self.runtime.on_orphan_down = self.orphans.append
        self.watcher = self.plant("watcher", lambda: Watcher(self.journal))

    def plant(self, name: str, factory: Factory) -> Cell:
        """Spawn an actor that nobody watches; it is stopped with the bench."""
        cell = self.runtime.spawn(name, factory)
        self._roots.append(cell)
        return cell

    def spawn(self, name: str, hooks: Hooks | None = None, *, factory: Factory | None = None) -> Cell:
        """Spawn a watched actor, by default a worker."""
        return self.runtime.spawn(name, factory or self.worker(hooks), watcher=self.watcher)

    def worker(self, hooks: Hooks | None = None) -> Factory:
        """Return a factory of workers."""
        return lambda: Worker(self.journal, hooks)

    def send(self, target: str, *messages: object) -> None:
        """Send messages from outside."""
        for message in messages:
            self.runtime.send(target, message)

    def answers(self, name: str) -> bool:
        """Whether the worker of this name handles a message now; everything sent to it before is handled too."""
        self._pings += 1
        ping = f"ping {self._pings}"
        self.send(name, Say(ping))
        self.until(lambda: ping in self.journal.of(name))
        return True

    def downs(self, name: str) -> list[Down]:
        """Return all deaths of a name, once there is one and whatever was on its way has arrived."""
        self.until(lambda: self.journal.downs(name))
        self.watcher_caught_up()
        return self.journal.downs(name)

    def watcher_caught_up(self) -> None:
        """Wait until the watcher has seen all that was sent to it."""
        self.until(lambda: self.watcher.mailbox == 0 and self.watcher.busy_since is None)

    def until(self, condition: Callable[[], object], limit: timedelta = SOON) -> None:
        """Go on until `condition` holds; fail where it does not within `limit`."""
        raise NotImplementedError

    def hold(self, name: str) -> threading.Event:
        """Make a worker hang in a handler where it has a thread of its own; set the event to let it go."""
        raise NotImplementedError

    def gate(self) -> threading.Event:
        """Return an event that is set at the latest when the bench is cleared."""
        gate = threading.Event()
        self.gates.append(gate)
        return gate

    def clear(self) -> None:
        """Stop everything."""
        for gate in self.gates:
            gate.set()
        for cell in reversed(self._roots):
            self.runtime.terminate(cell, SOON)


class SteppedBench(Bench):
    """One thread, virtual time."""

    is_threaded = False
    runtime: SteppedRuntime

    def __init__(self, *, seed: int = 0, shuffle: bool = False, interference: Interference | None = None) -> None:
        super().__init__()
        self.clock = VirtualClock(START)
        self.prepare(SteppedRuntime(self.clock, seed=seed, shuffle=shuffle, interference=interference))

    def until(self, condition: Callable[[], object], limit: timedelta = SOON) -> None:
        end = self.clock.now() + limit
        self.runtime.run_until_idle()
        while not condition():
            due = self.runtime.next_due()
            assert due is not None, "nothing more will happen, and what was waited for has not"
            assert due <= end, f"not within {limit}"
            self.runtime.run_until(due)

    def pass_time(self, delay: timedelta) -> None:
        """Let virtual time pass."""
        self.runtime.run_until(self.clock.now() + delay)

    def hold(self, name: str) -> threading.Event:
        del name
        return self.gate()


class ThreadBench(Bench):
    """A thread for each actor; the clock runs twenty times as fast as the machine's."""

    is_threaded = True
    runtime: ThreadRuntime

    def __init__(self, *, seed: int = 0, interference: Interference | None = None) -> None:
        super().__init__()
        self._threads_before = set(threading.enumerate())
        self.prepare(ThreadRuntime(ScaledClock(START, 20), seed=seed, interference=interference))

    def until(self, condition: Callable[[], object], limit: timedelta = SOON) -> None:
        end = real_seconds() + limit.total_seconds()
        with self.journal.changed:
            while not condition():
                assert real_seconds() < end, f"not within {limit}"
                self.journal.changed.wait(0.002)

    def hold(self, name: str) -> threading.Event:
        entered, gate = threading.Event(), self.gate()
        self.send(name, Hold(entered, gate))
        assert entered.wait(5)
        return gate

    def clear(self) -> None:
        super().clear()
        self.runtime.close()
        for thread in set(threading.enumerate()) - self._threads_before:
            thread.join(5)
            assert not thread.is_alive(), f"{thread.name} was left behind"


AnyBench = TypeVar("AnyBench", bound=Bench)


@contextmanager
def cleared(bench: AnyBench) -> Iterator[AnyBench]:
    """Lend a bench; afterwards nothing may be left of it."""
    try:
        yield bench
    finally:
        bench.clear()
    left = [cell for cell in bench.runtime.cells.values() if not cell.ended.is_set()]
    assert not left, f"still alive: {[cell.name for cell in left]}"
    assert pykka.ActorRegistry.get_all() == []
