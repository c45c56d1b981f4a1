"""Timers: messages to one incarnation, in the clock's time."""

from __future__ import annotations

from datetime import timedelta

from tests.runtime.bench import SOON, START, Bench, SteppedBench
from tests.runtime.toys import Raise, Remind, Say

SECOND = timedelta(seconds=1)


def test_timers_fire_in_the_order_of_their_instants(bench: Bench) -> None:
    """Whatever the order in which they were set; equal instants in the order of setting."""
    cell = bench.spawn("actor")
    assert cell.actor is not None
    begin = bench.runtime.clock.now() + SECOND
    for offset, text in [(2, "z"), (0, "a"), *[(1, letter) for letter in "bcdefghijk"]]:
        cell.actor.at(begin + offset * SECOND, Say(text))

    bench.until(lambda: len(bench.journal.of("actor")) == 13)

    assert bench.journal.of("actor") == ["start", *"abcdefghijk", "z"]


def test_a_timer_does_not_fire_before_its_time(bench: Bench) -> None:
    """The instant at which its message is handled is not earlier than the instant it was set for."""
    cell = bench.spawn("actor")
    before = bench.runtime.clock.now()
    bench.send("actor", Remind(SECOND, "due"))

    bench.until(lambda: "due" in bench.journal.of("actor"))

    bench.until(lambda: cell.last_handled_at is not None and cell.last_handled_at >= before + SECOND)


def test_a_cancelled_timer_is_silent(bench: Bench) -> None:
    """Cancelling is final."""
    cell = bench.spawn("actor")
    assert cell.actor is not None
    cancelled = cell.actor.after(SECOND, Say("cancelled"))
    cell.actor.after(2 * SECOND, Say("kept"))
    cancelled.cancel()

    bench.until(lambda: "kept" in bench.journal.of("actor"))

    assert bench.journal.of("actor") == ["start", "kept"]


def test_an_instant_in_the_past_is_now(bench: Bench) -> None:
    """What is overdue comes at once."""
    cell = bench.spawn("actor")
    assert cell.actor is not None
    cell.actor.at(START - 3 * SECOND, Say("overdue"))

    bench.until(lambda: "overdue" in bench.journal.of("actor"), limit=SECOND)


def test_timers_of_the_dead_are_dropped(bench: Bench) -> None:
    """A timer belongs to an incarnation: its heir never hears of it, and it is no dead letter."""
    bench.spawn("actor")
    bench.send("actor", Remind(SECOND, "not for you"), Raise(ValueError("bad")))
    bench.downs("actor")
    bench.spawn("actor")
    bench.send("actor", Remind(2 * SECOND, "mine"))

    bench.until(lambda: "mine" in bench.journal.of("actor"))

    assert "not for you" not in bench.journal.of("actor")
    assert bench.runtime.dead_letter_count == 0


def test_the_dead_and_the_cancelled_do_not_move_time(stepped: SteppedBench) -> None:
    """There is no next instant where nobody waits for one."""
    one, two = stepped.spawn("one"), stepped.spawn("two")
    stepped.send("one", Remind(SECOND, "dead by then"))
    stepped.runtime.run_until_idle()
    assert two.actor is not None
    timer = two.actor.after(2 * SECOND, Say("cancelled by then"))
    assert stepped.runtime.next_due() == START + SECOND

    stepped.runtime.terminate(one, SOON)
    assert stepped.runtime.next_due() == START + 2 * SECOND

    timer.cancel()
    assert stepped.runtime.next_due() is None


def test_patience_is_real_time(bench: Bench) -> None:
    """Where the clock runs faster, so much more of its time is waited; virtual time stands for itself."""
    cell = bench.spawn("actor")
    assert cell.actor is not None

    assert cell.actor.patience(SECOND) == (20 * SECOND if bench.is_threaded else SECOND)
