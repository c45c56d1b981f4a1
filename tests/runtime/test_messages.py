"""Names, mailboxes and letters to the dead."""

from __future__ import annotations

import pytest

from actors.runtime.runtime import DeadLetter
from tests.runtime.bench import SOON, START, Bench, SteppedBench, ThreadBench
from tests.runtime.toys import Forward, Raise, Remind, Say, Worker


def reasons(bench: Bench) -> list[str]:
    """Return why letters reached nobody."""
    return [letter.reason for letter in bench.runtime.dead_letters]


def test_one_birth_notice_follows_on_start(bench: Bench) -> None:
    """An actor is up when its `on_start` has finished, and says so once."""
    bench.spawn("actor")
    assert bench.answers("actor")
    bench.watcher_caught_up()

    assert [(birth.name, birth.generation) for birth in bench.journal.births("actor")] == [("actor", 1)]


def test_messages_of_one_sender_arrive_in_order(bench: Bench) -> None:
    """A mailbox is first in, first out."""
    bench.spawn("actor")
    bench.send("actor", *[Say(str(n)) for n in range(20)])
    assert bench.answers("actor")

    assert bench.journal.of("actor")[1:21] == [str(n) for n in range(20)]


def test_a_name_reaches_the_present_incarnation(bench: Bench) -> None:
    """A name outlives the one who holds it; generations count up."""
    first = bench.spawn("actor")
    bench.send("actor", Raise(ValueError("bad")))
    bench.downs("actor")
    second = bench.spawn("actor")

    assert (first.generation, second.generation) == (1, 2)
    assert bench.answers("actor")
    assert bench.runtime.cells["actor"] is second
    bench.runtime._take_name(first)
    assert bench.runtime.cells["actor"] is second


def test_sending_to_nobody_is_counted_and_never_raises(bench: Bench) -> None:
    """A letter to an unknown name is dead, with the time and the kind of the message."""
    bench.spawn("actor")
    bench.send("actor", Forward("nobody", Say("hello")))
    assert bench.answers("actor")

    (letter,) = bench.runtime.dead_letters
    assert letter == DeadLetter(letter.at, "nobody", "Say", "nobody has this name")
    assert letter.at >= START


def test_sending_to_the_dead_is_counted_and_never_raises(bench: Bench) -> None:
    """So is a letter to a name whose last holder has ended."""
    bench.runtime.terminate(bench.spawn("actor"), SOON)
    bench.spawn("sender")
    bench.send("sender", Forward("actor", Say("one")), Forward("actor", Say("two")))
    assert bench.answers("sender")

    assert bench.runtime.dead_letter_count == 2
    assert set(reasons(bench)) == {"its reader has ended"}


def test_an_orderly_stop_leaves_no_dead_letters(bench: Bench) -> None:
    """Births and deaths that no watcher is left to hear are not losses."""
    bench.spawn("one")
    bench.spawn("two")

    bench.runtime.terminate(bench.watcher, SOON)

    assert not bench.runtime.dead_letters
    assert [who for who, what in bench.journal.entries if what == "stop"] == ["two", "one"]


def test_only_the_last_hundred_dead_letters_are_kept_and_all_are_counted(stepped: SteppedBench) -> None:
    """Memory stays bounded."""
    stepped.send("nobody", *[Say(str(n)) for n in range(150)])

    assert stepped.runtime.dead_letter_count == 150
    assert len(stepped.runtime.dead_letters) == 100


def test_what_the_fenced_says_is_not_heard(threads: ThreadBench) -> None:
    """A hung actor that comes back finds that nobody listens: sends, notices, timers and records alike."""
    hung = threads.spawn("hung")
    threads.spawn("other")
    assert threads.answers("hung")
    gate = threads.hold("hung")
    threads.send("hung", Forward("other", Say("late")), Remind(SOON, "later"))

    threads.runtime.fence(hung, "hung for too long")
    (down,) = threads.downs("hung")
    heir = threads.spawn("hung")
    gate.set()
    assert hung.actor is not None
    hung.actor.send("other", Say("late"))
    hung.actor.hear(Say("own"))
    hung.actor.publish("old news")

    assert (down.failed, down.error) == (True, "TimeoutError: hung for too long")
    assert threads.answers("hung")
    assert threads.answers("other")
    threads.until(lambda: "release" in threads.journal.of("hung"))
    assert "late" not in threads.journal.of("other")
    assert len(threads.journal.downs("hung")) == 1
    assert threads.runtime.board == {}
    assert "said by hung#1, which was given up" in reasons(threads)
    assert threads.runtime.cells["hung"] is heir


def test_the_fenced_handles_nothing_more_and_frees_what_it_holds(bench: Bench) -> None:
    """One that was idle wakes up and goes; its mailbox is counted, what it holds is freed, no thread is left."""
    cell = bench.spawn("idle")
    assert bench.answers("idle")

    bench.runtime.fence(cell, "not wanted")
    bench.send("idle", Say("too late"))

    bench.until(lambda: "release" in bench.journal.of("idle"))
    assert len(bench.downs("idle")) == 1
    assert {"stop", "too late"}.isdisjoint(bench.journal.of("idle"))
    assert bench.runtime.dead_letter_count == 1


def test_one_that_is_being_given_up_ends_at_its_next_message(bench: Bench) -> None:
    """Whatever it wakes for: the message is a dead letter, and it does not wait for another."""
    cell = bench.spawn("hung")
    assert bench.answers("hung")
    cell.fenced = True
    bench.send("hung", Say("too late"))

    assert len(bench.downs("hung")) == 1
    assert "too late" not in bench.journal.of("hung")
    assert reasons(bench) == ["its reader was given up"]


def test_a_record_is_shown_under_the_name(stepped: SteppedBench) -> None:
    """The board holds the latest of each."""
    cell = stepped.spawn("actor")
    assert cell.actor is not None
    cell.actor.publish("first")
    cell.actor.publish("second")

    assert stepped.runtime.board == {"actor": "second"}


def test_a_cell_tells_how_its_actor_is_doing(threads: ThreadBench) -> None:
    """Mailbox length, message in hand and since when: read by anyone, at any time."""
    cell = threads.spawn("actor")
    gate = threads.hold("actor")
    threads.send("actor", Say("one"), Say("two"))

    assert cell.mailbox == 2
    assert cell.last_message == "Hold"
    assert cell.busy_since is not None
    gate.set()
    assert threads.answers("actor")
    threads.until(lambda: cell.busy_since is None)
    assert (cell.mailbox, cell.last_message) == (0, "Say")
    assert cell.handled == 4
    assert cell.last_handled_at is not None


def test_an_actor_is_not_started_without_a_runtime() -> None:
    """pykka's own start would make an actor that nobody watches."""
    with pytest.raises(RuntimeError, match=r"Runtime\.spawn"):
        Worker.start(None)
