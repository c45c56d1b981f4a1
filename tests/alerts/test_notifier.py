"""The notifier: what it shows, what it writes, what it recalls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from actors import messages as m
from actors.notifier import AlarmsView, Notifier
from lottogrid.alerts.codes import AlertCode
from lottogrid.ledger.alarms import open_alarms
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import AlarmAcknowledged, AlarmRaised, HaltCleared, HaltSet
from lottogrid.risk.reasons import Reason
from tests.actors.desk import ActorDesk
from tests.web.made import NOON

LOST = m.Alarm(AlertCode.LINK_LOST, "refused")
HALTED = m.Alarm(AlertCode.HALTED, "halted")


@pytest.fixture
def desk() -> ActorDesk:
    """A notifier and a ledger that only listens."""
    return ActorDesk(m.NOTIFIER, Notifier, m.LEDGER)


def shown(desk: ActorDesk) -> AlarmsView:
    found = desk.runtime.board[m.NOTIFIER]
    assert isinstance(found, AlarmsView)
    return found


def written(desk: ActorDesk) -> list[object]:
    return [record for commit in desk.mail(m.LEDGER, m.Commit) for record in commit.records]


def test_an_alarm_is_written_and_shown(desk: ActorDesk) -> None:
    """Each of them in the journal; on the page one entry a code."""
    desk.tell(LOST, HALTED, LOST)

    records = written(desk)
    assert [(type(record), getattr(record, "code", None)) for record in records] == [
        (AlarmRaised, AlertCode.LINK_LOST),
        (AlarmRaised, AlertCode.HALTED),
        (AlarmRaised, AlertCode.LINK_LOST),
    ]
    assert [(each.code, each.count) for each in shown(desk).standing] == [
        (AlertCode.HALTED, 1),
        (AlertCode.LINK_LOST, 2),
    ]
    assert [alarm for _, alarm in shown(desk).alarms] == [LOST, HALTED, LOST]


def test_an_alarm_that_is_written_already_is_shown_only(desk: ActorDesk) -> None:
    """That of a halt is in the halt's own commit."""
    desk.tell(m.Alarm(AlertCode.HALTED, "halted", is_written=True))

    assert written(desk) == []
    assert [each.code for each in shown(desk).standing] == [AlertCode.HALTED]


def test_an_acknowledgement_is_written_once(desk: ActorDesk) -> None:
    """With who it was; of what does not stand nothing is written."""
    desk.tell(LOST)
    written(desk)
    seen = m.AcknowledgeAlarms((AlertCode.LINK_LOST, AlertCode.HALTED), "me")
    desk.tell(seen, seen)

    (record,) = written(desk)
    assert isinstance(record, AlarmAcknowledged)
    assert (record.code, record.by) == (AlertCode.LINK_LOST, "me")
    assert [each.is_open for each in shown(desk).standing] == [False]


def test_what_the_ledger_recalls_is_shown(desk: ActorDesk) -> None:
    """It stood before the restart, and still does."""
    other = ActorDesk(m.NOTIFIER, Notifier, m.LEDGER)
    other.tell(LOST)
    desk.tell(m.AlarmsRecalled(shown(other).standing))

    assert [each.code for each in shown(desk).standing] == [AlertCode.LINK_LOST]
    assert shown(desk).alarms == ()


def test_a_later_incarnation_asks_what_stands(desk: ActorDesk) -> None:
    """The first is told by the ledger when that starts."""
    assert desk.mail(m.LEDGER, m.RecallAlarms) == []
    desk.runtime.terminate(desk.cell, timedelta(seconds=1))
    desk.runtime.spawn(m.NOTIFIER, Notifier)
    desk.settle()

    assert desk.mail(m.LEDGER, m.RecallAlarms) == [m.RecallAlarms(m.NOTIFIER)]


@pytest.mark.parametrize(
    ("seen", "left"),
    [
        (lambda at: AlarmAcknowledged(at=at, code=AlertCode.BOOKS_DIFFER, by="me"), [AlertCode.LINK_LOST]),
        (lambda at: HaltCleared(at=at, reason=Reason.RECONCILIATION_BREAK, by="me"), [AlertCode.LINK_LOST]),
        (
            lambda at: AlarmRaised(at=at, code=AlertCode.DAY_ENDED, text=""),
            [AlertCode.BOOKS_DIFFER, AlertCode.LINK_LOST],
        ),
    ],
    ids=["acknowledged", "re-armed", "news"],
)
def test_the_journal_knows_what_nobody_has_seen(
    seen: Callable[[object], AlarmAcknowledged | HaltCleared | AlarmRaised], left: list[AlertCode], tmp_path: Path
) -> None:
    """After a restart the same stands as before; a re-arm says that a person has looked at the halt."""
    ledger = Ledger.open(tmp_path / "ledger.sqlite", durable=False)
    ledger.commit(
        [
            HaltSet(at=NOON, reason=Reason.RECONCILIATION_BREAK, detail="differ"),
            AlarmRaised(at=NOON, code=AlertCode.BOOKS_DIFFER, text="differ"),
            AlarmRaised(at=NOON, code=AlertCode.LINK_LOST, text="refused"),
            seen(NOON + timedelta(minutes=1)),
        ]
    )

    assert [each.code for each in open_alarms(ledger)] == left
    ledger.close()
