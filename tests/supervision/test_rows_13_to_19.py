"""Rows 13 to 19 of the table: names, lost mail, inspection, commands, and a supervisor that nothing blocks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from actors.supervision.child import Count, SupervisorView
from actors.supervision.messages import DeleteChild, RestartChild, StartChild, TerminateChild
from actors.supervision.spec import ChildSpec, Intensity, Strategy
from lottogrid.clock import real_seconds
from machines.actor import ActorState
from tests.runtime.bench import SOON, Bench, SteppedBench, ThreadBench
from tests.runtime.test_lasting import Reader, Tell
from tests.runtime.toys import Hooks, Raise, Say
from tests.supervision.trees import (
    PLAIN,
    failing,
    generations,
    grown,
    plant,
    rows,
    states,
    supervisor,
    until_running,
    worker,
)

A_MOMENT = timedelta(milliseconds=30)
A_WHILE = timedelta(milliseconds=300)
"""Long enough for a thread to be scheduled on a busy machine: less would pass for a hang."""
BAD = Raise(ValueError("bad"))
threads_only = pytest.mark.threads


def test_row_13_a_name_outlives_a_restart(bench: Bench) -> None:
    """Nobody has to be told that another incarnation answers now."""
    grown(bench, worker(bench, "a"))
    assert bench.answers("a")
    bench.send("a", BAD)
    until_running(bench, "a", 2)

    assert bench.answers("a")


def test_row_14_the_mailbox_is_lost_with_its_reader_and_counted(bench: Bench) -> None:
    """The heir begins with nothing; the loss is seen."""
    grown(bench, worker(bench, "a"))
    gate = bench.hold("a")
    bench.send("a", BAD, *[Say(f"lost {n}") for n in range(4)])
    gate.set()
    until_running(bench, "a", 2)

    assert bench.answers("a")
    assert bench.runtime.dead_letter_count == 4
    assert not any(text.startswith("lost") for text in bench.journal.of("a"))


def test_row_14_mail_that_lasts_waits_for_the_heir(bench: Bench) -> None:
    """Over as many restarts as it takes; what was in hand comes once more, and kills the heir too."""
    grown(bench, ChildSpec(name="reader", factory=lambda: Reader(bench.journal), backoff=PLAIN))
    bench.send("reader", Tell("poison", ValueError("bad")), Tell("one"), Tell("two"))
    until_running(bench, "reader", 3)

    assert bench.answers("reader")
    assert bench.journal.of("reader")[-5:-1] == ["release", "start", "one", "two"]
    assert bench.journal.of("reader").count("again poison") == 1


def test_row_15_dead_letters_are_counted_and_shown(stepped: SteppedBench) -> None:
    """To whom, what, why and when; the sender never notices."""
    stepped.send("nobody", Say("hello"))

    (letter,) = stepped.runtime.dead_letters
    assert (letter.target, letter.message, letter.reason) == ("nobody", "Say", "nobody has this name")
    assert letter.at == stepped.clock.now()
    assert stepped.runtime.dead_letter_count == 1


def test_row_16_children_of_a_restarted_parent_are_stopped_and_made_anew(bench: Bench) -> None:
    """No child outlives its parent, none is adopted by the heir, the siblings of the parent are left alone."""
    inner = supervisor("inner", worker(bench, "a"), worker(bench, "b"), intensity=Intensity(restarts=0))
    grown(bench, inner, worker(bench, "c"))
    first = [bench.runtime.cells[name] for name in "ab"]
    bench.send("b", BAD)
    until_running(bench, "inner", 2)

    assert all(cell.ended.is_set() for cell in first)
    assert generations(bench, "abc") == [2, 2, 1]


def test_row_17_inspection_asks_nobody(stepped: SteppedBench) -> None:
    """OTP's which_children, count_children and get_childspec, from what the supervisor has published."""
    spec = worker(stepped, "a")
    grown(stepped, spec, supervisor("inner", worker(stepped, "b")), worker(stepped, "c"))
    stepped.send("c", BAD)
    stepped.runtime.run_until_idle()
    handled = stepped.runtime.cells["root"].handled

    view = SupervisorView.of(stepped.runtime, "root")

    assert view.which_children() == ("a", "inner", "c")
    assert view.count_children() == Count(specs=3, active=2, supervisors=1)
    assert view.count_children().workers == 2
    assert view.get_childspec("a") is spec
    assert stepped.runtime.cells["root"].handled == handled
    with pytest.raises(LookupError, match="expected one of a, inner, c"):
        view.get_childspec("x")
    with pytest.raises(LookupError, match="expected a supervisor's view"):
        SupervisorView.of(stepped.runtime, "a")


def test_row_18_dynamic_children_come_and_go_by_command(bench: Bench) -> None:
    """start, terminate, restart, delete: what was terminated stays down and known until it is deleted."""
    grown(bench, worker(bench, "a"))
    bench.send("root", StartChild(worker(bench, "b")))
    until_running(bench, "b", 1)
    bench.send("root", TerminateChild("b"))
    bench.until(lambda: states(bench)["b"] is ActorState.STOPPED)
    assert bench.runtime.cells["b"].ended.is_set()
    bench.send("root", RestartChild("b"))
    until_running(bench, "b", 2)
    bench.send("root", DeleteChild("b"), TerminateChild("b"), DeleteChild("nobody"), RestartChild("a"))
    bench.until(lambda: states(bench)["b"] is ActorState.STOPPED)
    bench.send("root", DeleteChild("b"))
    bench.until(lambda: list(rows(bench)) == ["a"])

    assert generations(bench, "a") == [1]
    assert bench.answers("a")


def test_row_18_a_terminated_child_does_not_come_back_with_its_siblings(stepped: SteppedBench) -> None:
    """Who stopped it has had a reason: a failure of another is none to start it."""
    grown(stepped, worker(stepped, "a"), worker(stepped, "b"), worker(stepped, "c"), strategy=Strategy.ONE_FOR_ALL)
    stepped.send("root", TerminateChild("b"))
    stepped.runtime.run_until_idle()
    stepped.send("a", BAD)
    stepped.pass_time(SOON)

    assert generations(stepped, "abc") == [2, 1, 2]
    assert states(stepped)["b"] is ActorState.STOPPED


def test_row_18_a_child_that_waits_can_be_terminated_or_hurried(stepped: SteppedBench) -> None:
    """During the backoff: the first keeps it down, the second does not wait."""
    grown(stepped, worker(stepped, "a"), worker(stepped, "b"))
    for name in "ab":
        stepped.send(name, BAD)
    stepped.runtime.run_until_idle()
    stepped.send("root", TerminateChild("a"), RestartChild("b"))
    stepped.runtime.run_until_idle()
    assert states(stepped) == {"a": ActorState.STOPPED, "b": ActorState.RUNNING}

    stepped.pass_time(SOON)
    assert generations(stepped, "ab") == [1, 2]


def test_row_18_a_command_that_crosses_a_death_does_no_harm(stepped: SteppedBench) -> None:
    """It is dead, and its supervisor has not heard of it yet: the restart is that of its table."""
    grown(stepped, worker(stepped, "a"), worker(stepped, "b"))
    for name, command in [("a", RestartChild("a")), ("b", TerminateChild("b"))]:
        stepped.send(name, BAD)
        while not stepped.runtime.cells[name].ended.is_set():
            stepped.runtime.step()
        root = stepped.runtime.cells["root"]
        assert root.actor is not None
        root.actor.on_receive(command)
    stepped.pass_time(SOON)

    assert states(stepped) == {"a": ActorState.RUNNING, "b": ActorState.STOPPED}
    assert generations(stepped, "ab") == [2, 1]


def test_row_18_a_child_that_never_comes_up_can_be_taken_out_of_the_start(stepped: SteppedBench) -> None:
    """The supervisor is up without it."""
    plant(stepped, worker(stepped, "a", Hooks(start=failing(1000))), worker(stepped, "b"))
    stepped.runtime.run_until_idle()
    assert stepped.journal.births("root") == []
    stepped.send("root", TerminateChild("a"))
    stepped.runtime.run_until_idle()

    assert len(stepped.journal.births("root")) == 1


@threads_only
def test_row_19_a_supervisor_is_not_blocked_while_a_child_stops(threads: ThreadBench) -> None:
    """One that takes its time to stop keeps its own group waiting, and nobody who asks the supervisor."""
    specs = [worker(threads, "a"), worker(threads, "slow")]
    grown(threads, *specs, strategy=Strategy.ONE_FOR_ALL)
    gate = threads.hold("slow")
    threads.send("a", BAD)
    threads.until(lambda: states(threads).get("slow") is ActorState.STOPPING)
    root = threads.runtime.cells["root"]
    began = real_seconds()
    threads.send("root", StartChild(worker(threads, "c")))
    threads.until(lambda: "c" in rows(threads))

    assert real_seconds() - began < 2
    assert root.busy_since is None
    assert "c" not in threads.runtime.cells
    gate.set()
    until_running(threads, "slow", 2)
    until_running(threads, "c", 1)


@threads_only
def test_row_19_a_supervisor_is_not_blocked_by_the_children_of_one_it_gives_up(threads: ThreadBench) -> None:
    """They are given their time to end on a thread of its own, and only then the heir is made."""
    inner = supervisor(
        "inner", worker(threads, "stuck", shutdown=timedelta(seconds=1)), worker(threads, "a"), shutdown=A_MOMENT
    )
    grown(threads, inner, worker(threads, "b"))
    gate = threads.hold("stuck")
    first = threads.runtime.cells["inner"]
    threads.send("root", TerminateChild("inner"))
    threads.until(lambda: first.fenced)
    threads.send("root", RestartChild("inner"), StartChild(worker(threads, "c")))
    threads.until(lambda: "c" in rows(threads))

    assert not first.ended.is_set()
    until_running(threads, "inner", 2)
    assert first.ended.is_set()
    assert threads.runtime.cells["stuck"].generation == 2
    gate.set()
