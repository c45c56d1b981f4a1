"""The stepped runtime: one seed, one history; time moves only when nobody has anything to do."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from actors.runtime.actor import Actor
from actors.runtime.cell import Cell
from actors.runtime.runtime import Interference
from tests.runtime.bench import START, SteppedBench, cleared
from tests.runtime.toys import Forward, Remind, Say

ROOT = Path(__file__).resolve().parents[2]
SECOND = timedelta(seconds=1)


class Trace(Interference):
    """A digest of every message that was handled: when, by whom, what."""

    def __init__(self) -> None:
        self.bench: SteppedBench | None = None
        self._hash = sha256()

    def before(self, cell: Cell, message: object) -> None:
        at = self.bench.clock.now() if self.bench else START
        self._hash.update(f"{at.isoformat()} {cell.name}#{cell.generation} {message!r}\n".encode())

    @property
    def digest(self) -> str:
        """Return the digest so far."""
        return self._hash.hexdigest()


class Gossip(Actor):
    """Spreads rumours to actors drawn from the runtime's random source, at once and later, until they are stale."""

    others = ("ann", "bob", "eve", "joe")

    def on_start(self) -> None:
        self.after(SECOND * self.runtime.random.random(), Say(""))

    def on_receive(self, message: object) -> None:
        assert isinstance(message, Say)
        if len(message.text) < 6:
            draw = self.runtime.random
            rumour = Say(message.text + draw.choice("abc"))
            self.send(draw.choice(self.others), rumour)
            self.after(SECOND * draw.random(), rumour)


def gossip(seed: int) -> str:
    """Return the digest of some seconds of gossip."""
    trace = Trace()
    with cleared(SteppedBench(seed=seed, shuffle=True, interference=trace)) as bench:
        trace.bench = bench
        for name in Gossip.others:
            bench.plant(name, Gossip)
        bench.pass_time(10 * SECOND)
        assert bench.runtime.steps > 400
        return trace.digest


def test_one_seed_is_one_history() -> None:
    """The same seed gives the same digest, another seed another."""
    assert gossip(1) == gossip(1)
    assert gossip(1) != gossip(2)


@pytest.mark.process
def test_a_history_does_not_depend_on_hash_seeds() -> None:
    """Processes with different hash seeds agree, so a seed that found a fault finds it again elsewhere."""
    script = "from tests.runtime.test_stepped import gossip; print(gossip(7))"
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        for seed in ("0", "4711")
    ]
    digests = {run.communicate(timeout=60)[0].strip() for run in runs}

    assert digests == {gossip(7)}


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_mailbox_is_first_in_first_out_whatever_the_schedule(shuffle: bool) -> None:
    """Shuffling draws the next actor, never the next message of one."""
    for seed in range(20):
        with cleared(SteppedBench(seed=seed, shuffle=shuffle)) as bench:
            for name in ("one", "two", "three"):
                bench.spawn(name)
                bench.send(name, *[Say(str(n)) for n in range(6)])
            bench.runtime.run_until_idle()

            for name in ("one", "two", "three"):
                assert bench.journal.of(name) == ["start", *"012345"]


def test_without_shuffling_messages_are_handled_in_the_order_of_sending() -> None:
    """The plain schedule is the one that is easiest to read."""
    with cleared(SteppedBench()) as bench:
        for name in ("one", "two"):
            bench.spawn(name)
        bench.send("two", Say("a"))
        bench.send("one", Say("b"))
        bench.send("two", Say("c"))
        bench.runtime.run_until_idle()

        assert bench.journal.entries[2:] == [("two", "a"), ("one", "b"), ("two", "c")]


def test_shuffling_reaches_every_order() -> None:
    """Three actors with one message each: all six orders occur within a few seeds."""
    orders = set()
    for seed in range(60):
        with cleared(SteppedBench(seed=seed, shuffle=True)) as bench:
            for name in "abc":
                bench.spawn(name)
            bench.runtime.run_until_idle()
            for name in "abc":
                bench.send(name, Say("hello"))
            bench.runtime.run_until_idle()
            orders.add("".join(who for who, what in bench.journal.entries if what == "hello"))

    assert len(orders) == 6


def test_a_step_is_one_message(stepped: SteppedBench) -> None:
    """`on_start` is a step of its own; so is each message, and nothing else."""
    stepped.runtime.run_until_idle()
    before = stepped.runtime.steps
    stepped.runtime.spawn("actor", stepped.worker())
    stepped.send("actor", Say("one"), Say("two"))

    stepped.runtime.step()
    assert stepped.journal.of("actor") == ["start"]
    stepped.runtime.step()
    assert stepped.journal.of("actor") == ["start", "one"]
    stepped.runtime.run_until_idle()

    assert stepped.runtime.steps - before == 3
    stepped.runtime.terminate(stepped.runtime.cells["actor"], SECOND)


def test_time_moves_only_when_nobody_has_anything_to_do(stepped: SteppedBench) -> None:
    """A chain of messages, however long, takes no time; a timer waits until it is over."""
    for name in ("one", "two"):
        stepped.spawn(name)
    message: object = Say("end of the chain")
    for n in range(30):
        message = Forward(("one", "two")[n % 2], message)
    stepped.send("one", Remind(SECOND / 1000, "timer"), message)

    stepped.runtime.run_until_idle()
    assert stepped.clock.now() == START
    stepped.pass_time(SECOND)

    told = [what for _, what in stepped.journal.entries if what != "start"]
    assert told == ["end of the chain", "timer"]


def test_running_until_an_instant_includes_it_and_stands_there(stepped: SteppedBench) -> None:
    """What is due at the instant is handled, with what follows from it; what is due later is not."""
    stepped.spawn("actor")
    stepped.send(
        "actor", Remind(SECOND, "before"), Remind(2 * SECOND, "at"), Remind(2 * SECOND + SECOND / 1e6, "after")
    )

    stepped.runtime.run_until(START + 2 * SECOND)

    assert stepped.journal.of("actor") == ["start", "before", "at"]
    assert stepped.clock.now() == START + 2 * SECOND
    stepped.runtime.run_until(START + 10 * SECOND)
    assert stepped.clock.now() == START + 10 * SECOND
    assert stepped.journal.of("actor")[-1] == "after"


def test_a_handler_sees_the_instant_of_its_timer(stepped: SteppedBench) -> None:
    """The clock stands at the instant due while the message is handled."""
    cell = stepped.spawn("actor")
    stepped.send("actor", Remind(3 * SECOND, "due"))

    stepped.runtime.run_until(START + 10 * SECOND)

    assert cell.last_handled_at == START + 3 * SECOND


def test_what_a_timer_brings_about_precedes_the_next_timer(stepped: SteppedBench) -> None:
    """Two timers at one instant: the first one's consequences are handled before the second fires."""
    one, two = stepped.spawn("one"), stepped.spawn("two")
    assert one.actor is not None
    assert two.actor is not None
    one.actor.after(SECOND, Forward("two", Say("consequence")))
    two.actor.after(SECOND, Say("second timer"))

    stepped.pass_time(SECOND)

    assert stepped.journal.of("two") == ["start", "consequence", "second timer"]


def test_what_is_put_behind_comes_after_all_that_is_under_way(stepped: SteppedBench) -> None:
    """However many hops it takes: the same instant, and before a timer that was set later for it."""
    one, two = stepped.spawn("one"), stepped.spawn("two")
    assert one.actor is not None
    assert two.actor is not None
    stepped.send("one", Forward("two", Forward("one", Forward("two", Say("third hop")))))
    two.actor.behind(Say("behind"))
    two.actor.after(timedelta(0), Say("later timer"))

    stepped.pass_time(timedelta(0))

    assert stepped.journal.of("two") == ["start", "third hop", "behind", "later timer"]


def test_time_never_runs_backwards(stepped: SteppedBench) -> None:
    """To run until an instant in the past is to handle what is due and stay."""
    stepped.pass_time(10 * SECOND)

    stepped.runtime.run_until(START)

    assert stepped.clock.now() == START + 10 * SECOND
