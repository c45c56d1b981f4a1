"""Restarting: who is restarted with whom, in which order, and who is not restarted at all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from actors.runtime.messages import Down, Started
from actors.supervision.messages import RestartDue, StartTimeout
from actors.supervision.spec import Intensity, Restart, Strategy
from machines.actor import ActorState
from tests.runtime.bench import Bench, SteppedBench
from tests.runtime.toys import Hooks, Leave, Raise, Say
from tests.supervision.trees import (
    FIRST,
    failing,
    generations,
    grown,
    order,
    plant,
    rows,
    states,
    supervisor,
    until_running,
    worker,
)

BAD = Raise(ValueError("bad"))


@pytest.mark.parametrize(
    ("strategy", "victim", "stopped", "started"),
    [
        (Strategy.ONE_FOR_ONE, "b", "", "b"),
        (Strategy.REST_FOR_ONE, "b", "dc", "bcd"),
        (Strategy.REST_FOR_ONE, "a", "dcb", "abcd"),
        (Strategy.REST_FOR_ONE, "d", "", "d"),
        (Strategy.ONE_FOR_ALL, "b", "dca", "abcd"),
        (Strategy.ONE_FOR_ALL, "d", "cba", "abcd"),
    ],
)
def test_strategies(bench: Bench, strategy: Strategy, victim: str, stopped: str, started: str) -> None:
    """Stopped in the reverse of the order of starting, started again in that order; the others are left alone."""
    grown(bench, *[worker(bench, name) for name in "abcd"], strategy=strategy)
    bench.journal.entries.clear()
    bench.send(victim, BAD)

    until_running(bench, started[-1], 2)

    assert "".join(order(bench, "stop")) == stopped
    assert "".join(order(bench, "start")) == started
    assert generations(bench, "abcd") == [2 if name in started else 1 for name in "abcd"]
    assert [row.restarts for row in rows(bench).values()] == [int(name == victim) for name in "abcd"]
    assert rows(bench)[victim].last_error == "ValueError: bad"
    assert "raise error" in rows(bench)[victim].last_stack


@pytest.mark.parametrize(
    ("restart", "message", "comes_back"),
    [
        (Restart.PERMANENT, BAD, True),
        (Restart.PERMANENT, Leave(), True),
        (Restart.TRANSIENT, BAD, True),
        (Restart.TRANSIENT, Leave(), False),
        (Restart.TEMPORARY, BAD, False),
        (Restart.TEMPORARY, Leave(), False),
    ],
)
def test_restart_types(bench: Bench, restart: Restart, message: object, comes_back: bool) -> None:
    """Permanent always, transient after a failure, temporary never; who does not come back is forgotten."""
    grown(bench, worker(bench, "a", restart=restart), worker(bench, "b"))
    bench.send("a", message)

    if comes_back:
        until_running(bench, "a", 2)
    else:
        bench.until(lambda: list(rows(bench)) == ["b"])
    assert generations(bench, "ab") == [2 if comes_back else 1, 1]


def test_a_temporary_child_does_not_come_back_with_its_siblings(stepped: SteppedBench) -> None:
    """Never means never, also where others bring it down; a transient one comes back then."""
    temporary = worker(stepped, "c", restart=Restart.TEMPORARY)
    specs = [worker(stepped, "a"), temporary, worker(stepped, "b", restart=Restart.TRANSIENT)]
    grown(stepped, *specs, strategy=Strategy.ONE_FOR_ALL)
    stepped.send("a", BAD)
    stepped.pass_time(FIRST)

    assert states(stepped) == {"a": ActorState.RUNNING, "b": ActorState.RUNNING}
    assert generations(stepped, "abc") == [2, 2, 1]


def test_the_end_of_a_temporary_child_is_no_restart(stepped: SteppedBench) -> None:
    """It does not count towards the intensity."""
    specs = [worker(stepped, name, restart=Restart.TEMPORARY) for name in "abcd"]
    grown(stepped, *specs, worker(stepped, "e"), intensity=Intensity(restarts=0))
    for name in "abcd":
        stepped.send(name, BAD)
    stepped.pass_time(FIRST)

    assert states(stepped) == {"e": ActorState.RUNNING}


def test_a_permanent_child_that_leaves_is_told_of_as_such(stepped: SteppedBench) -> None:
    """It did not fail, and it was not asked to go either."""
    grown(stepped, worker(stepped, "a"))
    stepped.send("a", Leave())
    stepped.runtime.run_until_idle()

    assert rows(stepped)["a"].last_error == "ended without being asked to"
    assert states(stepped) == {"a": ActorState.BACKING_OFF}


def test_whoever_waits_is_sent_to_in_vain(stepped: SteppedBench) -> None:
    """During the backoff a letter is dead and counted; it does not wait for the heir."""
    grown(stepped, worker(stepped, "a"))
    stepped.send("a", BAD)
    stepped.runtime.run_until_idle()
    stepped.send("a", Say("lost"))
    stepped.pass_time(FIRST)

    assert stepped.runtime.dead_letter_count == 1
    assert stepped.answers("a")
    assert "lost" not in stepped.journal.of("a")


def test_deaths_under_one_for_one_wait_apart(stepped: SteppedBench) -> None:
    """Each has its own backoff, and the later death does not delay the restart of the earlier."""
    grown(stepped, worker(stepped, "a"), worker(stepped, "b"))
    stepped.send("a", BAD)
    stepped.pass_time(FIRST / 2)
    stepped.send("b", BAD)
    stepped.pass_time(FIRST / 2)
    assert states(stepped) == {"a": ActorState.RUNNING, "b": ActorState.BACKING_OFF}

    stepped.pass_time(FIRST / 2)
    assert generations(stepped, "ab") == [2, 2]


def test_an_elder_that_dies_during_the_backoff_of_a_younger_takes_it_along(stepped: SteppedBench) -> None:
    """One restart for both, when the elder's time has come; the younger's own ticket is void."""
    grown(stepped, *[worker(stepped, name) for name in "abc"], strategy=Strategy.REST_FOR_ONE)
    stepped.send("b", BAD)
    stepped.pass_time(FIRST / 2)
    stepped.send("a", BAD)
    stepped.pass_time(FIRST / 2)

    assert states(stepped)["b"] is ActorState.STOPPED
    assert generations(stepped, "abc") == [1, 1, 1]
    stepped.pass_time(FIRST / 2)
    assert generations(stepped, "abc") == [2, 2, 2]
    assert order(stepped, "start") == [*"abc", *"abc"]


def test_a_younger_that_died_before_its_elder_waits_for_it(stepped: SteppedBench) -> None:
    """Both are handled in one breath: nobody is started twice, and the order of starting is kept."""
    grown(stepped, *[worker(stepped, name) for name in "abc"], strategy=Strategy.REST_FOR_ONE)
    stepped.send("c", BAD)
    stepped.send("a", BAD)
    stepped.pass_time(timedelta(seconds=1))

    assert order(stepped, "start") == [*"abc", *"abc"]
    assert set(states(stepped).values()) == {ActorState.RUNNING}


def test_an_elder_that_fails_at_its_restart_is_tried_again_before_the_others(stepped: SteppedBench) -> None:
    """Whoever leans on it stays down until it is up."""
    starts = iter([False, True, True, False])

    def start() -> None:
        if next(starts):
            raise OSError("not yet")

    specs = [worker(stepped, "a", Hooks(start=start)), worker(stepped, "b")]
    grown(stepped, *specs, strategy=Strategy.REST_FOR_ONE)
    stepped.send("a", BAD)
    stepped.pass_time(3 * FIRST)
    assert states(stepped) == {"a": ActorState.BACKING_OFF, "b": ActorState.STOPPED}

    stepped.pass_time(4 * FIRST)
    assert order(stepped, "start") == [*"ab", *"aaa", "b"]


def test_one_that_is_stopped_during_its_start_is_started_again(stepped: SteppedBench) -> None:
    """The elder dies while the younger is still coming up: that start is over, and does not block the next."""
    inner = supervisor("inner", worker(stepped, "x", Hooks(start=failing(2))))
    plant(stepped, worker(stepped, "a"), inner, strategy=Strategy.REST_FOR_ONE)
    stepped.runtime.run_until_idle()
    stepped.send("a", BAD)
    stepped.pass_time(timedelta(seconds=1))

    assert set(states(stepped).values()) == {ActorState.RUNNING}
    assert stepped.runtime.cells["inner"].generation == 2
    assert len(stepped.journal.births("root")) == 1


def test_a_sibling_that_dies_unseen_before_it_is_stopped_is_restarted_once(stepped: SteppedBench) -> None:
    """Two deaths in one breath: the second is on its way while the first is handled, and then void."""
    grown(stepped, *[worker(stepped, name) for name in "ab"], strategy=Strategy.ONE_FOR_ALL)
    stepped.send("a", BAD)
    stepped.send("b", BAD)
    stepped.pass_time(timedelta(seconds=5))

    assert generations(stepped, "ab") == [2, 2]
    assert [row.restarts for row in rows(stepped).values()] == [1, 0]


@pytest.mark.parametrize(
    "stale",
    [
        Down("a", 1, failed=True, error="long ago"),
        Down("a", 3, failed=True, error="not yet"),
        Down("nobody", 1, failed=True, error="who?"),
        Started("a", 1),
        Started("a", 2),
        Started("nobody", 1),
        StartTimeout("a", 1),
        StartTimeout("a", 2),
        StartTimeout("nobody", 1),
        RestartDue(0),
        RestartDue(1),
        RestartDue(99),
        "what is this?",
    ],
    ids=str,
)
def test_news_of_another_incarnation_is_no_news(bench: Bench, stale: object) -> None:
    """The generation decides; what is late, early or strange changes nothing and kills nobody."""
    grown(bench, worker(bench, "a"), worker(bench, "b"), strategy=Strategy.REST_FOR_ONE)
    bench.send("a", BAD)
    until_running(bench, "b", 2)
    before = bench.runtime.board["root"]

    root = bench.runtime.cells["root"]
    handled = root.handled
    bench.send("root", stale)
    bench.until(lambda: root.handled > handled)

    assert bench.runtime.board["root"] == before
    assert generations(bench, "ab") == [2, 2]
    assert bench.answers("a")


def test_a_second_notice_of_one_death_is_no_second_death(stepped: SteppedBench) -> None:
    """While a child waits for its restart, a repeated notice does not count."""
    grown(stepped, worker(stepped, "a"), intensity=Intensity(restarts=1))
    stepped.send("a", BAD)
    stepped.runtime.run_until_idle()
    for _ in range(3):
        stepped.send("root", Down("a", 1, failed=True, error="again"))
    stepped.pass_time(FIRST)

    assert generations(stepped, "a") == [2]
    assert rows(stepped)["a"].restarts == 1
