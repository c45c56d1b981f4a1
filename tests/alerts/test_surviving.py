"""An alarm outlives the notifier and the ledger that die on it: it is in the journal, on the page, and sent once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from actors import messages as m
from actors.ledger import LedgerKeeper
from actors.notifier import AlarmsView, Notifier
from actors.runtime.cell import Cell
from actors.runtime.messages import Repeated
from actors.runtime.runtime import Interference, Runtime
from actors.runtime.stepped import SteppedRuntime
from actors.runtime.threads import ThreadRuntime
from actors.supervision.child import SupervisorView
from actors.supervision.spec import Backoff, ChildSpec
from actors.supervision.supervisor import Supervisor
from actors.watch import Watch
from lottogrid.alerts.codes import AlertCode
from lottogrid.alerts.throttle import Message, Policy, Throttle
from lottogrid.clock import ScaledClock, VirtualClock, real_seconds
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import AlarmAcknowledged, AlarmRaised
from tests.actors.test_ledger import RULES
from tests.web import made
from tests.web.made import NOON

SECOND = timedelta(seconds=1)
SOON = timedelta(seconds=5)
Act = Callable[[Cell], None]


def alarm(text: str, code: AlertCode = AlertCode.LINK_LOST) -> m.Alarm:
    return m.Alarm(code, text)


def die(cell: Cell) -> None:
    raise RuntimeError(f"{cell.name} dies by plan")


class Faults(Interference):
    """Acts once around the next message of a name, or before each alarm of a text; a person looks all the time."""

    def __init__(self) -> None:
        self.once: dict[tuple[str, str], Act] = {}
        self.poison = ""
        self.look: Callable[[], None] = lambda: None

    def before(self, cell: Cell, message: object) -> None:
        self.look()
        plain = message.message if isinstance(message, Repeated) else message
        if self.poison and isinstance(plain, m.Alarm) and plain.text == self.poison:
            die(cell)
        self._act("before", cell, message)

    def after(self, cell: Cell, message: object) -> None:
        self.look()
        self._act("after", cell, message)

    def _act(self, moment: str, cell: Cell, message: object) -> None:
        if isinstance(message, m.Alarm | m.CommitAlarm | m.AcknowledgeAlarms):
            self.once.pop((moment, cell.name), lambda _: None)(cell)


def trading(path: Path) -> Supervisor:
    return Supervisor(
        [ChildSpec(name=m.LEDGER, factory=lambda: LedgerKeeper(lambda: Ledger.open(path, durable=False), RULES))]
    )


def tree(runtime: Runtime, path: Path) -> Cell:
    """Start a notifier beside a supervisor that has the ledger."""
    quick = Backoff(first=SECOND / 2, jitter=0)
    specs = [
        ChildSpec(name=m.NOTIFIER, factory=Notifier, backoff=quick),
        ChildSpec(name=m.TRADING, factory=lambda: trading(path), backoff=quick),
    ]
    return runtime.spawn(m.ROOT, lambda: Supervisor(specs))


class Bot:
    """That tree, step by step, and a person who is sent what stands."""

    def __init__(self, path: Path) -> None:
        self.faults = Faults()
        self.runtime = SteppedRuntime(VirtualClock(NOON), interference=self.faults)
        self.sent: list[Message] = []
        self.path = path
        self._throttle = Throttle(Policy())
        self._watch = Watch()
        self._root = tree(self.runtime, path)
        self.runtime.run_until_idle()
        self.faults.look = self.look

    def raises(self, *messages: object) -> None:
        for message in messages:
            self.runtime.send(m.NOTIFIER, message)
        self.settle()

    def settle(self) -> None:
        """Let everything be handled and restarted."""
        self.runtime.run_until(self.runtime.clock.now() + 10 * SECOND)
        self.look()

    def look(self) -> None:
        shown = self.runtime.board.get(m.NOTIFIER)
        if isinstance(shown, AlarmsView):
            self.sent += self._throttle.due(shown.standing, self.runtime.clock.elapsed())

    def watch(self) -> None:
        """Let the watch see who was restarted, as it does four times a second."""
        root = SupervisorView.of(self.runtime, m.ROOT)
        rows = tuple(made.actor(child.name, restarts=child.restarts) for child in root.children)
        for found in self._watch.look(replace(made.quiet_view(self.runtime.clock.now()), actors=rows)):
            self.runtime.send(m.NOTIFIER, found)

    def kill(self, name: str) -> None:
        cell = self.runtime.cells[name]
        assert cell.actor is not None
        cell.error = RuntimeError("killed")
        cell.actor.end_life()

    @property
    def shown(self) -> AlarmsView:
        found = self.runtime.board[m.NOTIFIER]
        assert isinstance(found, AlarmsView)
        return found

    @property
    def journal(self) -> list[str]:
        """Return the texts of the alarms that the journal has."""
        return written(self.path)

    def stop(self) -> None:
        self.runtime.terminate(self._root, SOON)


def written(path: Path) -> list[str]:
    with closing(Ledger.open_read_only(path)) as ledger:
        rows = ledger.journal(kind=AlarmRaised.__name__)
    return [row.record.text for row in rows if isinstance(row.record, AlarmRaised)]


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Bot]:
    found = Bot(tmp_path / "ledger.sqlite")
    yield found
    found.stop()


def give_up(bot: Bot) -> Act:
    return lambda cell: bot.runtime.fence(cell, "hung")


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("name", [m.NOTIFIER, m.LEDGER])
@pytest.mark.parametrize("is_hung", [False, True], ids=["crash", "hang"])
def test_an_alarm_in_hand_is_written_shown_and_sent_once(bot: Bot, name: str, moment: str, *, is_hung: bool) -> None:
    """Whoever of the two dies or is given up with it, before or after it had its effects; what is behind it, too."""
    bot.faults.once[moment, name] = give_up(bot) if is_hung else die
    bot.raises(alarm("one", AlertCode.NO_LINK_AT_FLATTEN), alarm("two"), alarm("three", AlertCode.DATA_STALE))

    assert bot.runtime.cells[name].generation == 2
    assert sorted(bot.journal) == ["one", "three", "two"]
    assert [each.text for _, each in bot.shown.alarms] == ["one", "two", "three"]
    assert {each.text: each.count for each in bot.shown.standing} == {"one": 1, "two": 1, "three": 1}
    assert sorted(message.body.split("\n")[0] for message in bot.sent) == ["one", "three", "two"]


@pytest.mark.parametrize("name", [m.NOTIFIER, m.LEDGER, m.TRADING])
def test_an_alarm_that_is_raised_while_they_are_away_waits(bot: Bot, name: str) -> None:
    """Also one about the death of the whole supervisor that has the ledger: it is shown at once, and written later."""
    bot.kill(name)
    bot.raises(alarm("one"), alarm("two"))

    assert bot.journal == ["one", "two"]
    assert [each.text for _, each in bot.shown.alarms] == ["one", "two"]
    assert len(bot.sent) == 1  # the second is the same trouble


def test_the_death_of_the_notifier_is_told_by_its_heir(bot: Bot) -> None:
    """Whoever looks at the supervisor sees it before there is anybody to tell."""
    bot.watch()
    bot.kill(m.NOTIFIER)
    bot.runtime.run_until_idle()
    bot.watch()
    assert bot.runtime.cells[m.NOTIFIER].ended.is_set()
    bot.settle()

    (text,) = bot.journal
    assert text.startswith("notifier was started again")
    assert [each.code for each in bot.shown.standing] == [AlertCode.ACTOR_RESTARTED]


def test_a_poisonous_alarm_kills_twice_and_is_given_up(bot: Bot) -> None:
    """Those before and behind it are told; the bot goes on."""
    bot.faults.poison = "poison"
    bot.raises(alarm("one"), alarm("poison"), alarm("three"))

    assert bot.runtime.cells[m.NOTIFIER].generation == 3
    assert bot.journal == ["one", "three"]
    assert [letter.message for letter in bot.runtime.dead_letters if "two readers" in letter.reason] == ["Alarm"]


def test_what_a_person_has_seen_is_not_forgotten(bot: Bot) -> None:
    """Neither by a notifier that dies with the word in hand nor by its heir."""
    bot.raises(alarm("one"))
    bot.faults.once["before", m.NOTIFIER] = die
    bot.raises(m.AcknowledgeAlarms((AlertCode.LINK_LOST,), "Ann"))
    bot.kill(m.NOTIFIER)
    bot.settle()

    assert [(each.text, each.acknowledged_by) for each in bot.shown.standing] == [("one", "Ann")]
    with closing(Ledger.open_read_only(bot.path)) as ledger:
        assert len(ledger.journal(kind=AlarmAcknowledged.__name__)) == 1


def test_the_same_trouble_again_is_a_new_one_after_a_restart(bot: Bot) -> None:
    """Only the very alarm that was in hand is known again; one like it counts."""
    bot.raises(alarm("one"), alarm("one"))
    bot.faults.once["before", m.NOTIFIER] = die
    bot.raises(alarm("one"))

    assert bot.journal == ["one", "one", "one"]
    assert [each.count for each in bot.shown.standing] == [3]


class Hanging(Interference):
    """Lets the notifier hang once, with an alarm in hand."""

    def __init__(self) -> None:
        self.entered, self.gate = threading.Event(), threading.Event()

    def before(self, cell: Cell, message: object) -> None:
        if isinstance(message, m.Alarm) and not self.entered.is_set():
            self.entered.set()
            self.gate.wait(20)


@pytest.mark.threads
def test_an_alarm_in_the_hands_of_a_thread_that_hangs_is_told(tmp_path: Path) -> None:
    """It is given up; its heir tells what it had in hand and in its mailbox, and when it is back it tells nothing."""
    hanging = Hanging()
    runtime = ThreadRuntime(ScaledClock(NOON, 20), interference=hanging)
    path = tmp_path / "ledger.sqlite"
    root = tree(runtime, path)
    try:
        _until(lambda: m.LEDGER in runtime.board)
        runtime.send(m.NOTIFIER, alarm("one"))
        assert hanging.entered.wait(5)
        runtime.send(m.NOTIFIER, alarm("two"))
        hung = runtime.cells[m.NOTIFIER]
        runtime.fence(hung, "hung")
        _until(lambda: written(path) == ["one", "two"])
        hanging.gate.set()
        _until(lambda: hung.in_hand is None and hung.busy_since is None)
        runtime.send(m.NOTIFIER, alarm("three"))
        _until(lambda: written(path)[2:] == ["three"])
    finally:
        hanging.gate.set()
        runtime.terminate(root, SOON)
        runtime.close()


def _until(condition: Callable[[], object]) -> None:
    end, pause = real_seconds() + 10, threading.Event()
    while not condition():
        assert real_seconds() < end, "not in time"
        pause.wait(0.01)
