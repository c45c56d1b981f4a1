"""What stands of the alarms."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from lottogrid.alerts.codes import AlertCode, Severity
from lottogrid.alerts.standing import Alarms, Standing
from tests.web.made import NOON

LATER = NOON + timedelta(minutes=5)
CODES = st.sampled_from(AlertCode)


def test_the_same_trouble_is_one_entry() -> None:
    """It is counted, and shows its last words."""
    alarms = Alarms()
    alarms.take_raised(AlertCode.LINK_LOST, "refused", NOON)
    alarms.take_raised(AlertCode.LINK_LOST, "timed out", LATER)

    (found,) = alarms.all()
    assert (found.count, found.text, found.first_at, found.last_at) == (2, "timed out", NOON, LATER)


def test_what_was_seen_is_a_new_trouble_when_it_comes_again() -> None:
    """An acknowledgement is of the past, not of what is still to come."""
    alarms = Alarms()
    alarms.take_raised(AlertCode.LINK_LOST, "refused", NOON)
    assert alarms.take_acknowledged(AlertCode.LINK_LOST, "me", NOON)
    assert not alarms.all()[0].is_open

    alarms.take_raised(AlertCode.LINK_LOST, "refused", LATER)

    (found,) = alarms.all()
    assert found.is_open
    assert (found.count, found.first_at) == (1, LATER)


def test_nothing_can_be_seen_twice() -> None:
    """A second acknowledgement, one of what never was, and one of news say so."""
    alarms = Alarms()
    alarms.take_raised(AlertCode.HALTED, "halted", NOON)
    alarms.take_raised(AlertCode.DAY_ENDED, "the day", NOON)

    assert alarms.take_acknowledged(AlertCode.HALTED, "me", NOON)
    assert not alarms.take_acknowledged(AlertCode.HALTED, "me", NOON)
    assert not alarms.take_acknowledged(AlertCode.LINK_LOST, "me", NOON)
    assert not alarms.take_acknowledged(AlertCode.DAY_ENDED, "me", NOON)


def test_what_is_recalled_replaces_nothing() -> None:
    """What was raised since the restart is younger than the journal's."""
    alarms = Alarms()
    alarms.take_raised(AlertCode.HALTED, "now", LATER)
    old = Standing(code=AlertCode.HALTED, text="before", first_at=NOON, last_at=NOON)
    other = Standing(code=AlertCode.LINK_LOST, text="before", first_at=NOON, last_at=NOON)

    alarms.take_recalled((old, other))

    assert [each.text for each in alarms.all()] == ["now", "before"]


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(CODES, st.booleans())))
def test_the_most_severe_comes_first_and_each_code_once(events: list[tuple[AlertCode, bool]]) -> None:
    """However alarms and acknowledgements came."""
    alarms = Alarms()
    for number, (code, is_raised) in enumerate(events):
        at = NOON + timedelta(seconds=number)
        if is_raised:
            alarms.take_raised(code, "text", at)
        else:
            alarms.take_acknowledged(code, "me", at)

    found = alarms.all()
    ranks = [each.code.severity.rank for each in found]
    assert ranks == sorted(ranks, reverse=True)
    assert sorted(each.code.name for each in found) == sorted({code.name for code, is_raised in events if is_raised})
    assert [each.code for each in found if each.is_open and each.code.severity is Severity.INFO] == []
