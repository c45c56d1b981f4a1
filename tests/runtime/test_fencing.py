"""Giving an actor up: what is cut off from the world, and what goes on without it."""

from __future__ import annotations

import threading

import pytest

from tests.runtime.bench import SOON, Bench, ThreadBench
from tests.runtime.toys import Hooks, Parent, Say, Worker


class Linked(Worker):
    """Holds something of which the world admits but one."""

    def abandon(self) -> None:
        self.journal.write(self.name, f"abandoned on {threading.current_thread().name}")


def test_what_a_hung_one_holds_is_cut_off_by_whoever_gives_it_up(threads: ThreadBench) -> None:
    """Its own thread cannot: it hangs. What it holds is freed by itself when it is back."""
    cell = threads.spawn("linked", factory=lambda: Linked(threads.journal))
    gate = threads.hold("linked")
    threads.runtime.fence(cell, "hung")

    assert threads.journal.of("linked") == ["start", f"abandoned on {threading.current_thread().name}"]
    gate.set()
    threads.until(lambda: threads.journal.of("linked")[-1] == "release")


def test_one_that_ends_by_itself_is_not_cut_off(bench: Bench) -> None:
    """It frees what it holds in its own time."""
    cell = bench.spawn("linked", factory=lambda: Linked(bench.journal))
    assert bench.runtime.terminate(cell, SOON)

    assert bench.journal.of("linked") == ["start", "stop", "release"]


class Stubborn(Worker):
    """Cannot be cut off."""

    def abandon(self) -> None:
        raise OSError("no such link")


def test_one_that_cannot_be_cut_off_is_given_up_all_the_same(bench: Bench) -> None:
    """Whoever gives it up does not die of it."""
    cell = bench.spawn("stubborn", factory=lambda: Stubborn(bench.journal))
    assert bench.answers("stubborn")
    bench.runtime.fence(cell, "hung")

    assert [down.error for down in bench.downs("stubborn")] == ["TimeoutError: hung"]


def test_the_children_of_one_that_is_given_up_are_ended_meanwhile(threads: ThreadBench) -> None:
    """Whoever gives it up does not wait for them; its death is told when they have ended."""
    parent = threads.spawn("parent", factory=lambda: Parent(threads.worker()))
    threads.until(lambda: "child" in threads.runtime.cells)
    assert threads.answers("child")
    gate = threads.hold("child")
    threads.runtime.fence(parent, "hung")

    assert not parent.ended.is_set()
    assert threads.journal.downs("parent") == []
    gate.set()
    (down,) = threads.downs("parent")
    assert down.error == "TimeoutError: hung"
    assert threads.runtime.cells["child"].ended.is_set()
    assert not threads.runtime.cells["child"].fenced


@pytest.mark.parametrize("asked", [True, False])
def test_mail_of_the_given_up_is_counted_and_askers_are_released(threads: ThreadBench, asked: bool) -> None:
    """At once, and not when its thread is back, which may be never."""
    cell = threads.spawn("hung")
    gate = threads.hold("hung")
    assert cell.actor is not None
    future = cell.actor.actor_ref.ask(Say("?"), block=False) if asked else None
    threads.send("hung", Say("lost"))
    threads.runtime.fence(cell, "hung")

    assert threads.runtime.dead_letter_count == 1 + asked
    if future is not None:
        with pytest.raises(Exception, match="hung"):
            future.get(timeout=5)
    gate.set()


def test_hooks_of_one_that_hung_run_once(threads: ThreadBench) -> None:
    """When it is back it goes: no stop hook, one release."""
    cell = threads.spawn("hung", Hooks())
    gate = threads.hold("hung")
    threads.runtime.fence(cell, "hung")
    gate.set()
    threads.until(lambda: "release" in threads.journal.of("hung"))

    assert threads.journal.of("hung") == ["start", "release"]
