"""The sixteen traps of bare pykka, each with what this runtime makes of it. Most are tried on real threads."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import threading
from datetime import timedelta
from itertools import chain, repeat
from pathlib import Path
from types import ModuleType

import pykka
import pytest

from actors import messages as trading
from actors.runtime import messages as births_and_deaths
from actors.runtime.actor import Actor, Crash
from actors.runtime.messages import Down, Started
from actors.supervision import messages as supervision
from actors.supervision.spec import ChildSpec
from actors.supervision.supervisor import Supervisor
from lottogrid.clock import real_seconds
from tests.runtime.bench import SOON, SteppedBench, ThreadBench, cleared
from tests.runtime.toys import Hooks, Journal, Raise, Say, Watcher, Worker, raising

A_MOMENT = timedelta(milliseconds=30)
A_WHILE = timedelta(milliseconds=300)
"""Long enough for a thread to be scheduled on a busy machine: less would pass for a hang."""
ROOT = Path(__file__).resolve().parents[2]
threads_only = pytest.mark.threads


@threads_only
def test_trap_01_an_error_in_on_start_is_told_and_what_was_held_is_freed(threads: ThreadBench) -> None:
    """pykka calls no hook at all then: neither on_failure nor on_stop."""
    threads.spawn("victim", Hooks(start=raising(ValueError("bad"))))

    assert [down.error for down in threads.downs("victim")] == ["ValueError: bad"]
    assert threads.journal.of("victim") == ["start", "release"]


@threads_only
def test_trap_02_an_error_kills_also_where_somebody_has_asked(threads: ThreadBench) -> None:
    """pykka gives it to the asker and lives on in a state that nobody can trust; an unread answer hides it."""
    cell = threads.spawn("victim")
    assert cell.actor is not None
    future = cell.actor.actor_ref.ask(Raise(ValueError("bad")), block=False)

    assert [down.error for down in threads.downs("victim")] == ["ValueError: bad"]
    with pytest.raises(ValueError, match="bad"):
        future.get(timeout=5)


@threads_only
def test_trap_03_when_a_death_is_told_the_dead_is_gone_for_everybody(threads: ThreadBench) -> None:
    """pykka calls on_failure after it has let go; here what was held is freed first, then the notice goes out."""
    cell = threads.spawn("victim")
    assert threads.answers("victim")
    seen = []

    class Looking(Journal):
        def notice(self, message: Started | Down) -> None:
            alive = cell.actor is None or cell.actor.actor_ref.is_alive()
            seen.append((alive, cell.ended.is_set(), threads.journal.of("victim")[-1]))
            super().notice(message)

    threads.watcher_caught_up()
    assert isinstance(threads.watcher.actor, Watcher)
    threads.watcher.actor.journal = Looking()
    threads.send("victim", Raise(ValueError("bad")))
    threads.until(lambda: seen)

    assert seen == [(False, True, "release")]


@threads_only
def test_trap_04_what_was_queued_at_a_crash_is_counted_and_an_asker_is_released(threads: ThreadBench) -> None:
    """pykka drops tells without a trace."""
    cell = threads.spawn("victim")
    assert cell.actor is not None
    gate = threads.hold("victim")
    threads.send("victim", Raise(ValueError("bad")), *[Say(f"lost {n}") for n in range(5)])
    future = cell.actor.actor_ref.ask(Say("lost too"), block=False)
    gate.set()
    threads.downs("victim")

    with pytest.raises(pykka.ActorDeadError):
        future.get(timeout=5)
    assert threads.runtime.dead_letter_count == 6


@threads_only
def test_trap_05_a_system_exit_in_on_start_leaves_no_zombie(threads: ThreadBench) -> None:
    """In pykka the thread is gone and the actor passes for alive."""
    cell = threads.spawn("victim", Hooks(start=raising(SystemExit(3))))

    assert [down.error for down in threads.downs("victim")] == ["SystemExit: 3"]
    assert cell.actor is not None
    assert not cell.actor.actor_ref.is_alive()


@threads_only
@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()], ids=repr)
def test_trap_06_a_base_exception_in_a_handler_takes_nobody_along(threads: ThreadBench, error: BaseException) -> None:
    """pykka stops every actor of the process, and the asker is never answered."""
    threads.spawn("bystander")
    cell = threads.spawn("victim")
    assert cell.actor is not None
    future = cell.actor.actor_ref.ask(Raise(error), block=False)

    (down,) = threads.downs("victim")
    with pytest.raises(Crash, match=type(error).__name__):
        future.get(timeout=5)
    assert down.error.startswith(f"Crash: {type(error).__name__}")
    assert threads.answers("bystander")


class Asker(Worker):
    """Asks another, without a limit, whatever it is told: what nobody should do."""

    def __init__(self, bench: ThreadBench, other: str) -> None:
        super().__init__(bench.journal)
        self._other = other

    def on_receive(self, message: object) -> None:
        if message == "ask":
            actor = self.runtime.cells[self._other].actor
            assert actor is not None
            actor.actor_ref.ask("ask")
        else:
            super().on_receive(message)


@threads_only
@pytest.mark.parametrize("pair", ["aa", "ab"], ids=["itself", "each-other"])
def test_trap_07_a_deadlock_is_found_and_ended(threads: ThreadBench, pair: str) -> None:
    """pykka waits for ever. Whoever hangs is given up, its mailbox is emptied, and with it the circle is open."""
    others = dict(zip(pair, reversed(pair), strict=True))
    first = {name: [lambda o=other: Asker(threads, o)] for name, other in others.items()}

    def spec(name: str) -> ChildSpec:
        made = chain(first[name], repeat(threads.worker()))
        return ChildSpec(name=name, factory=lambda: next(made)(), hang_after=A_WHILE)  # noqa: PLW0108

    threads.spawn("root", factory=lambda: Supervisor([spec(name) for name in others]))
    threads.until(lambda: threads.journal.births("root"))
    asking = [threads.runtime.cells[name] for name in others]
    threads.send("a", "ask")
    threads.until(lambda: any(cell.ended.is_set() for cell in asking))

    hung = [cell for cell in asking if cell.fenced]
    assert hung
    assert all(cell.error_text.startswith("TimeoutError: ") for cell in hung)
    threads.until(lambda: threads.runtime.cells[hung[0].name].generation >= 2)
    assert threads.answers(hung[0].name)


@threads_only
def test_trap_08_a_laggard_does_not_keep_the_others_from_stopping(threads: ThreadBench) -> None:
    """pykka's stop_all raises at the newest and leaves the rest running."""
    cells = [threads.spawn(name) for name in ("first", "second", "stuck")]
    gate = threads.hold("stuck")

    assert [threads.runtime.terminate(cell, A_MOMENT if cell.name == "stuck" else SOON) for cell in cells[::-1]] == [
        False,
        True,
        True,
    ]
    assert all(cell.ended.is_set() for cell in cells)
    gate.set()


@threads_only
def test_trap_09_telling_many_reaches_the_living(threads: ThreadBench) -> None:
    """pykka's broadcast ends at the first dead; and its registry, which it goes by, holds none of ours."""
    threads.spawn("dead")
    threads.spawn("alive")
    threads.send("dead", Raise(ValueError("bad")))
    threads.downs("dead")
    for name in ("dead", "alive"):
        threads.send(name, Say("hello"))

    threads.until(lambda: "hello" in threads.journal.of("alive"))
    assert pykka.ActorRegistry.get_all() == []


@threads_only
def test_trap_10_a_message_that_meets_a_death_is_counted(threads: ThreadBench) -> None:
    """Between pykka's look whether an actor lives and its put, the actor ends: the message lies there for ever."""
    cell = threads.spawn("victim")
    assert cell.actor is not None
    inbox = cell.actor.actor_inbox
    put = inbox.put

    def put_late(envelope: object) -> None:
        if isinstance(getattr(envelope, "message", None), Say):
            threads.runtime.terminate(cell, SOON)
        put(envelope)

    inbox.put = put_late  # type: ignore[method-assign,assignment]
    threads.send("victim", Say("hello"))

    assert threads.runtime.dead_letter_count == 1
    assert cell.mailbox == 0
    assert "hello" not in threads.journal.of("victim")


@pytest.mark.parametrize("module", [births_and_deaths, supervision, trading], ids=lambda module: module.__name__)
def test_trap_11_messages_cannot_be_changed_by_whoever_reads_them(module: ModuleType) -> None:
    """Values go by reference: all messages are frozen, and none holds a list, a dict or a set."""
    kinds = [kind for kind in vars(module).values() if isinstance(kind, type) and dataclasses.is_dataclass(kind)]

    assert kinds
    for kind in kinds:
        assert kind.__dataclass_params__.frozen, kind  # type: ignore[attr-defined]
        mutable = [f.name for f in dataclasses.fields(kind) if str(f.type).startswith(("list", "dict", "set"))]
        assert not mutable, kind


@threads_only
def test_trap_12_a_mailbox_has_no_limit_but_its_age_has(threads: ThreadBench) -> None:
    """A sender never waits; who does not keep up is seen, given up and replaced, and what it missed is counted."""
    spec = ChildSpec(name="slow", factory=threads.worker(), hang_after=A_WHILE)
    threads.spawn("root", factory=lambda: Supervisor([spec]))
    threads.until(lambda: threads.journal.births("root"))
    slow = threads.runtime.cells["slow"]
    gate = threads.hold("slow")
    began = real_seconds()
    threads.send("slow", *[Say("more")] * 2000)

    assert real_seconds() - began < 2
    assert slow.fenced or (slow.mailbox >= 2000 and slow.waiting_since is not None)
    threads.until(lambda: threads.runtime.cells["slow"].generation == 2)
    gate.set()
    assert threads.answers("slow")
    assert threads.runtime.dead_letter_count + threads.journal.of("slow").count("more") == 2000
    assert threads.runtime.dead_letter_count > 0


@threads_only
@pytest.mark.process
def test_trap_13_a_stuck_actor_does_not_keep_the_process_from_exiting() -> None:
    """pykka's threads are no daemons by default: the script would hang."""
    script = """
import threading
from actors.runtime.actor import Actor
from actors.runtime.threads import ThreadRuntime
from lottogrid.clock import SystemClock

entered = threading.Event()

class Stuck(Actor):
    def on_receive(self, message):
        entered.set()
        threading.Event().wait()

runtime = ThreadRuntime(SystemClock())
runtime.spawn("stuck", Stuck)
runtime.send("stuck", "hang")
assert entered.wait(10)
raise SystemExit(3)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=30, check=False)

    assert done.returncode == 3


@threads_only
def test_trap_14_an_answer_given_twice_is_a_death_and_no_zombie(threads: ThreadBench) -> None:
    """An asker that answers its own question breaks pykka's loop."""
    cell = threads.spawn("victim")
    gate = threads.hold("victim")
    assert cell.actor is not None
    cell.actor.actor_ref.ask(Say("question"), block=False).set("answered by the asker")
    gate.set()

    assert [down.error for down in threads.downs("victim")] == ["Full: "]
    assert not cell.actor.actor_ref.is_alive()


def test_trap_15_no_hidden_entropy_names_an_actor() -> None:
    """pykka's urn is a uuid4; here it is name and generation, the same in each run."""

    def urns() -> list[str]:
        with cleared(SteppedBench()) as bench:
            made = [bench.spawn(name).actor for name in ("a", "b", "a")]
            return [actor.actor_urn for actor in made if actor is not None]

    assert urns() == urns() == ["a#1", "b#1", "a#2"]


class Busy(Actor):
    """Computes for ever, in Python, without letting go of the interpreter by itself."""

    def __init__(self, gate: threading.Event) -> None:
        super().__init__()
        self._gate = gate

    def on_receive(self, message: object) -> None:
        while not self._gate.is_set():
            sum(range(1000))


@threads_only
def test_trap_16_one_that_never_returns_is_replaced_and_the_others_answer_meanwhile(threads: ThreadBench) -> None:
    """Neither a stop nor a heartbeat gets through to it: its supervisor goes by the clock."""
    gate = threads.gate()
    made = iter([lambda: Busy(gate), threads.worker()])
    specs = [
        ChildSpec(name="busy", factory=lambda: next(made)(), hang_after=A_WHILE),  # noqa: PLW0108
        ChildSpec(name="other", factory=threads.worker()),
    ]
    threads.spawn("root", factory=lambda: Supervisor(specs))
    threads.until(lambda: threads.journal.births("root"))
    threads.send("busy", "compute")

    assert threads.answers("other")
    threads.until(lambda: threads.runtime.cells["busy"].generation == 2)
    gate.set()
    assert threads.answers("busy")
