"""Each control while an actor is dead or hangs, while the link is down, and after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from actors import messages as m
from lottogrid.control.commands import Command, Outcome
from tests.control.desk import EVERYBODY, POSITION, ControlDesk

ENTRIES = (Command.PAUSE, Command.STOP)
DEEP = (Command.CANCEL, Command.FLATTEN, Command.ESTOP)
LIFTS = (
    (Command.PAUSE, Command.RESUME),
    (Command.STOP, Command.START),
    (Command.CANCEL, Command.RESUME),
    (Command.FLATTEN, Command.START),
    (Command.ESTOP, Command.REARM),
)
"""An order, and what ends it."""
LEFT = {Command.RESUME: None, Command.START: None, Command.REARM: Command.STOP}
"""What stands then: who has re-armed has not started."""
NEXT = {Command.RESUME: (), Command.START: (), Command.REARM: (Command.START,)}
"""What has to be ordered in the next process before it enters."""
REMEMBERED = {Command.RESUME, Command.REARM}
"""What has to be ordered there once more where the end of a pause or a halt was never written down."""
WAYS = ("killed", "hung")
NEEDED = {
    "killed": {m.LEDGER, m.BROKER, m.POSITIONS, POSITION},
    "hung": {m.LEDGER, m.BROKER, POSITION},
}
"""Without whom the bot itself cannot cancel or sell: then it must not say that it did."""


@pytest.fixture
def desk(tmp_path: Path) -> ControlDesk:
    """Return a bot that holds something and enters every few minutes."""
    return ControlDesk(tmp_path)


def test_it_would_go_on_entering(desk: ControlDesk) -> None:
    """Without a command there are more entries: what the other tests look for can be seen."""
    before = desk.bought
    desk.pass_time(minutes=20)
    assert desk.bought > before


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("command", ENTRIES)
def test_entries_end_whoever_is_dead(command: Command, who: str, way: str, desk: ControlDesk) -> None:
    """The latch alone keeps them away, also from the process that comes after this one."""
    _strike(desk, who, way)
    answer = desk.order(command, within=5)
    before = desk.bought
    desk.pass_time(minutes=15)

    assert answer.outcome is Outcome.DONE
    assert desk.bought == before

    desk.restart()
    desk.pass_time(minutes=15)
    assert desk.bought == before
    assert desk.latch.standing() is not None


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("command", DEEP)
def test_cancel_and_flatten_are_done_or_not_called_done(
    command: Command, who: str, way: str, desk: ControlDesk
) -> None:
    """Where the bot still can, the broker confirms it; where it cannot it says what is left, and a restart does it."""
    _strike(desk, who, way)
    answer = desk.order(command)
    is_so = desk.working == 0 and (command is Command.CANCEL or desk.held == 0)

    assert (answer.outcome is Outcome.DONE) is (who not in NEEDED[way]), answer
    assert is_so or answer.outcome is Outcome.UNCONFIRMED
    assert answer.is_done or answer.left or answer.text
    before = desk.bought

    desk.restart()
    desk.pass_time(minutes=2)
    assert desk.working == 0
    assert command is Command.CANCEL or desk.held == 0
    desk.pass_time(minutes=10)
    assert desk.bought == before


@pytest.mark.parametrize("command", [*ENTRIES, *DEEP])
def test_a_link_that_is_down(command: Command, desk: ControlDesk) -> None:
    """Entries end at once; the rest is not called done, and is done when the link is back."""
    desk.break_link()
    answer = desk.order(command, within=20)
    before = desk.bought
    is_deep = command in DEEP

    assert answer.outcome is (Outcome.UNCONFIRMED if is_deep else Outcome.DONE)
    assert not is_deep or any("link" in step.detail or "order" in step.detail for step in answer.steps)

    desk.mend_link()
    desk.pass_time(minutes=5)
    assert desk.bought == before
    if is_deep:
        assert desk.working == 0
        assert command is Command.CANCEL or desk.held == 0


@pytest.mark.parametrize("command", [*ENTRIES, *DEEP])
def test_a_restart_while_the_link_is_down(command: Command, desk: ControlDesk) -> None:
    """The next process obeys what the one before could not confirm."""
    desk.break_link()
    desk.order(command, within=20)
    before = desk.bought
    desk.restart()
    desk.mend_link()
    desk.pass_time(minutes=10)

    assert desk.bought == before
    if command in DEEP:
        assert desk.working == 0
        assert command is Command.CANCEL or desk.held == 0
    standing = desk.latch.standing()
    assert standing is not None
    assert standing.command is command


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("who", [who for who in EVERYBODY if who != POSITION])
@pytest.mark.parametrize(("given", "lifted"), LIFTS)
def test_what_lifts_an_order_is_heard_or_not_called_done(
    given: Command, lifted: Command, who: str, way: str, desk: ControlDesk
) -> None:
    """With the engine dead it cannot trade again, and the answer does not say so.

    The journal has a pause and a halt, too: where nobody could write down that they ended, that is not done either, and
    the next process begins with them until it is told again.
    """
    desk.order(given)
    _strike(desk, who, way)
    answer = desk.order(lifted, within=10)

    _assert_what_stands(desk, lifted)
    is_remembered = lifted in REMEMBERED
    assert (answer.outcome is Outcome.DONE) is (who not in {m.ENGINE, m.LEDGER if is_remembered else ""}), answer
    is_unwritten = is_remembered and way == "killed" and who in {m.ENGINE, m.LEDGER}
    _assert_it_enters_after_a_restart(desk, *((lifted,) if is_unwritten else ()), *NEXT[lifted])


@pytest.mark.parametrize(("given", "lifted"), LIFTS)
def test_an_order_is_lifted_while_the_link_is_down(given: Command, lifted: Command, desk: ControlDesk) -> None:
    """It needs no broker; entries wait for the link by themselves."""
    desk.order(given)
    desk.break_link()
    answer = desk.order(lifted, within=10)

    assert answer.outcome is Outcome.DONE, answer
    _assert_what_stands(desk, lifted)
    _assert_it_enters_after_a_restart(desk, *NEXT[lifted])


@pytest.mark.parametrize("command", [Command.PAUSE, Command.STOP, Command.ESTOP])
def test_a_day_goes_on_after_it_is_lifted(command: Command, desk: ControlDesk) -> None:
    """Paused and resumed, stopped and started, halted, re-armed and started: it enters again."""
    desk.order(command)
    desk.restart()
    lifts = {
        Command.PAUSE: [Command.RESUME],
        Command.STOP: [Command.START],
        Command.ESTOP: [Command.REARM, Command.START],
    }
    for each in lifts[command]:
        assert desk.order(each).outcome is Outcome.DONE
    before = desk.bought
    desk.pass_time(minutes=20)
    assert desk.bought > before


def test_a_rearm_without_need_does_not_stop_a_bot_that_trades(desk: ControlDesk) -> None:
    """Neither a halt nor an order stands: it is refused, and entries go on."""
    before = desk.bought

    assert desk.order(Command.REARM).outcome is Outcome.REFUSED
    assert desk.latch.standing() is None
    desk.pass_time(minutes=20)
    assert desk.bought > before


def _assert_what_stands(desk: ControlDesk, lifted: Command) -> None:
    standing = desk.latch.standing()
    assert (standing.command if standing else None) is LEFT[lifted]


def _assert_it_enters_after_a_restart(desk: ControlDesk, *again: Command) -> None:
    """Restart; where commands are to be given `again` the next process enters nothing before."""
    before = desk.bought
    desk.restart()
    if again:
        desk.pass_time(minutes=10)
        assert desk.bought == before
    for command in again:
        assert desk.order(command).outcome is Outcome.DONE
    desk.pass_time(minutes=12)
    assert desk.bought > before


def _strike(desk: ControlDesk, who: str, way: str) -> None:
    if way == "killed":
        desk.kill(who)
    else:
        desk.hang(who)
