"""Every way to die: one `Down`, a true account of why, and nobody else dies with it."""

from __future__ import annotations

from dataclasses import dataclass

import _pytest.outcomes
import pykka
import pytest

from actors.runtime.actor import Crash
from actors.runtime.cell import Cell
from actors.runtime.runtime import Interference
from tests.runtime.bench import SOON, Bench, SteppedBench, ThreadBench, cleared
from tests.runtime.toys import Hooks, Leave, Raise, Say, Worker, raising

BASE_ERRORS = [SystemExit(3), KeyboardInterrupt("now"), _pytest.outcomes.Failed("inside")]
ERRORS = [ValueError("bad"), *BASE_ERRORS]


def kind(error: BaseException) -> str:
    """Return the name of the error's class, for the test's id."""
    return type(error).__name__


@pytest.mark.parametrize("error", ERRORS, ids=kind)
def test_an_error_in_on_start_is_one_down_and_no_birth(bench: Bench, error: BaseException) -> None:
    """pykka calls no hook then, and a SystemExit there leaves a zombie that looks alive."""
    bench.spawn("bystander")
    cell = bench.spawn("victim", Hooks(start=raising(error)))

    (down,) = bench.downs("victim")

    assert (down.generation, down.failed) == (1, True)
    assert down.error.startswith(kind(error))
    assert cell.error is error
    assert bench.journal.births("victim") == []
    assert_gone(bench, cell)


@pytest.mark.parametrize("error", ERRORS, ids=kind)
def test_an_error_in_a_handler_is_one_down(bench: Bench, error: BaseException) -> None:
    """A BaseException in a handler would make pykka stop every actor of the process."""
    bench.spawn("bystander")
    cell = bench.spawn("victim")
    bench.send("victim", Raise(error))

    (down,) = bench.downs("victim")

    assert down.failed
    assert type(error).__name__ in down.error
    assert error in (cell.error, getattr(cell.error, "__cause__", None))
    assert isinstance(cell.error, type(error) if isinstance(error, Exception) else Crash)
    assert "raise error" in cell.error_stack
    assert_gone(bench, cell)


@pytest.mark.parametrize("hook", ["stop", "release"])
@pytest.mark.parametrize("error", ERRORS, ids=kind)
def test_an_error_at_the_end_is_one_down(bench: Bench, hook: str, error: BaseException) -> None:
    """Neither on_stop nor release can take others down, whatever is raised there, and each is called once."""
    bench.spawn("bystander")
    cell = bench.spawn("victim", Hooks(**{hook: raising(error)}))
    bench.send("victim", Leave())

    (down,) = bench.downs("victim")

    assert (down.failed, cell.error) == (True, error)
    assert bench.journal.of("victim") == ["start", "stop", "release"]
    assert_gone(bench, cell)


def test_a_factory_that_raises_is_one_down(bench: Bench) -> None:
    """A child that cannot even be made has died; the name stays free."""
    bench.spawn("bystander")

    def broken() -> Worker:
        raise ValueError("no such file")

    cell = bench.spawn("victim", factory=broken)

    (down,) = bench.downs("victim")
    assert (down.failed, down.error) == (True, "ValueError: no such file")
    assert "victim" not in bench.runtime.cells
    assert_gone(bench, cell)


def test_the_first_error_is_the_cause(bench: Bench) -> None:
    """What goes wrong while a dying actor frees what it holds does not hide why it died."""
    bench.spawn("victim", Hooks(release=raising(OSError("later"))))
    bench.send("victim", Raise(ValueError("bad")))

    assert [down.error for down in bench.downs("victim")] == ["ValueError: bad"]


def test_a_normal_end_is_one_down_without_an_error(bench: Bench) -> None:
    """An actor that stops itself has not failed."""
    bench.spawn("bystander")
    cell = bench.spawn("victim")
    bench.send("victim", Leave())

    (down,) = bench.downs("victim")

    assert (down.failed, down.error) == (False, "")
    assert (cell.failed, cell.error_text, cell.error_stack) == (False, "", "")
    assert_gone(bench, cell)


def test_stopping_is_one_down_without_an_error(bench: Bench) -> None:
    """So has one that is asked to stop; asking twice changes nothing."""
    bench.spawn("bystander")
    cell = bench.spawn("victim")

    assert bench.runtime.terminate(cell, SOON)
    assert bench.runtime.terminate(cell, SOON)

    (down,) = bench.downs("victim")
    assert not down.failed
    assert_gone(bench, cell)


def test_what_was_sent_before_a_stop_is_handled_before_it(bench: Bench) -> None:
    """A stop waits its turn in the mailbox, also on the runtime that could do without."""
    cell = bench.spawn("victim")
    bench.send("victim", Say("one"), Say("two"))

    bench.runtime.terminate(cell, SOON)

    assert bench.journal.of("victim") == ["start", "one", "two", "stop", "release"]
    assert bench.runtime.dead_letter_count == 0


def test_a_full_mailbox_at_the_crash_is_counted(bench: Bench) -> None:
    """What a dead actor had not read is lost, and the loss is seen; pykka drops it without a trace."""
    bench.spawn("victim")
    assert bench.answers("victim")
    gate = bench.hold("victim")
    bench.send("victim", Raise(ValueError("bad")), *[Say(f"lost {n}") for n in range(5)])
    gate.set()

    assert len(bench.downs("victim")) == 1

    assert bench.runtime.dead_letter_count == 5
    assert {(letter.target, letter.message) for letter in bench.runtime.dead_letters} == {("victim", "Say")}
    assert not any(text.startswith("lost") for text in bench.journal.of("victim"))


@dataclass
class Fault(Interference):
    """Fails before or after the handler of one message."""

    moment: str

    def before(self, cell: Cell, message: object) -> None:
        self._act("before", message)

    def after(self, cell: Cell, message: object) -> None:
        self._act("after", message)

    def _act(self, moment: str, message: object) -> None:
        if moment == self.moment and message == Say("fatal"):
            raise OSError("planted")


@pytest.mark.parametrize("make", [SteppedBench, pytest.param(ThreadBench, marks=pytest.mark.threads)])
@pytest.mark.parametrize(("moment", "effects"), [("before", []), ("after", ["fatal"])])
def test_a_planted_fault_kills_before_or_after_the_effects(
    make: type[SteppedBench | ThreadBench], moment: str, effects: list[str]
) -> None:
    """The fault seam can lose a message unhandled, or lose an actor with its effects done."""
    with cleared(make(interference=Fault(moment))) as bench:
        bench.spawn("victim")
        bench.send("victim", Say("fatal"))

        (down,) = bench.downs("victim")

        assert down.error == "OSError: planted"
        assert bench.journal.of("victim") == ["start", *effects, "release"]


def test_an_orphan_has_its_death_told_to_the_runtime(bench: Bench) -> None:
    """The root of a tree has no watcher; whoever runs the process hears of its end."""
    bench.plant("root", bench.worker())
    bench.send("root", Raise(ValueError("bad")))

    bench.until(lambda: bench.orphans)

    assert [(down.name, down.failed, down.error) for down in bench.orphans] == [("root", True, "ValueError: bad")]


def assert_gone(bench: Bench, cell: Cell) -> None:
    """Check that the actor is dead for everyone, and that the others live."""
    assert cell.ended.is_set()
    if cell.actor is not None:
        assert not cell.actor.actor_ref.is_alive()
        assert cell.actor.actor_ref not in pykka.ActorRegistry.get_all()
    assert bench.answers("bystander")
    bench.watcher_caught_up()
    assert len(bench.journal.downs(cell.name)) == 1
    assert bench.journal.downs("bystander") == []
