"""What leaves this machine, and what is held back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from lottogrid.alerts.codes import ALERTS, AlertCode, Severity
from lottogrid.alerts.standing import Standing
from lottogrid.alerts.throttle import HOUR, Policy, Throttle, message_of
from tests.web.made import NOON

LATER = NOON + timedelta(minutes=5)


def standing(code: AlertCode, text: str = "text", count: int = 1) -> Standing:
    return Standing(code=code, text=text, first_at=NOON, last_at=NOON, count=count)


def test_a_trouble_is_sent_once() -> None:
    """However often it is looked at, and however often it is raised, within the time of a repetition."""
    throttle = Throttle(Policy(repeat_seconds=60))

    assert len(throttle.due([standing(AlertCode.LINK_LOST)], 0)) == 1
    assert throttle.due([standing(AlertCode.LINK_LOST)], 1) == []
    assert throttle.due([standing(AlertCode.LINK_LOST, "other words", 9)], 59) == []


def test_a_trouble_that_was_raised_again_is_sent_again_later() -> None:
    """A warning only where there is news of it; with how often it has been."""
    throttle = Throttle(Policy(repeat_seconds=60))
    throttle.due([standing(AlertCode.LINK_LOST)], 0)

    assert throttle.due([standing(AlertCode.LINK_LOST)], 61) == []
    (message,) = throttle.due([standing(AlertCode.LINK_LOST, count=7)], 62)
    assert "7 times since 12:00:00 ET" in message.body


def test_a_critical_trouble_is_sent_until_a_person_has_seen_it() -> None:
    """And no more from then on."""
    throttle = Throttle(Policy(repeat_seconds=60))
    halted = standing(AlertCode.HALTED)

    assert [len(throttle.due([halted], now)) for now in (0, 59, 60, 119, 120)] == [1, 0, 1, 0, 1]
    seen = replace(halted, acknowledged_at=LATER, acknowledged_by="me")
    assert throttle.due([seen], 1000) == []


def test_another_critical_trouble_of_the_same_kind_is_sent_at_once() -> None:
    """Two futures are two affairs, though one code."""
    throttle = Throttle(Policy())
    throttle.due([standing(AlertCode.FUTURE_DELIVERED, "1 MES")], 0)

    assert len(throttle.due([standing(AlertCode.FUTURE_DELIVERED, "1 ES", 2)], 1)) == 1


def test_what_begins_anew_is_sent_at_once() -> None:
    """After an acknowledgement the next time is the first."""
    throttle = Throttle(Policy())
    throttle.due([standing(AlertCode.LINK_LOST)], 0)

    assert len(throttle.due([replace(standing(AlertCode.LINK_LOST), first_at=LATER)], 1)) == 1


def test_less_severe_than_wanted_is_not_sent() -> None:
    """The least severity is a choice."""
    found = [standing(code) for code in AlertCode]
    for least in Severity:
        sent = Throttle(Policy(least=least, per_hour=1000)).due(found, 0)
        assert {message.severity for message in sent} == {each for each in Severity if each.rank >= least.rank}


def test_a_flood_is_held_back_and_said_so() -> None:
    """Over the hour's number nothing but the first of a critical trouble goes; then the next message tells of it."""
    throttle = Throttle(Policy(per_hour=1))
    throttle.due([standing(AlertCode.LINK_LOST)], 0)
    stale = standing(AlertCode.DATA_STALE)

    assert throttle.due([stale], 1) == throttle.due([stale], 2) == []
    (message,) = throttle.due([standing(AlertCode.HALTED)], 3)
    assert "1 messages before this one were held back" in message.body
    assert throttle.due([stale], HOUR + 2) == []
    assert len(throttle.due([stale], HOUR + 4)) == 1


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.tuples(st.sampled_from(AlertCode), st.integers(0, 3), st.floats(0, 600)), max_size=60),
    st.integers(1, 5),
)
def test_no_hour_has_more_messages_than_allowed(events: list[tuple[AlertCode, int, float]], per_hour: int) -> None:
    """Apart from critical ones: of each incident and wording, one."""
    throttle = Throttle(Policy(least=Severity.INFO, repeat_seconds=1, per_hour=per_hour))
    now, sent, count = 0.0, [], 0
    for code, start, wait in events:
        now, count = now + wait, count + 1
        found = replace(standing(code, count=count), first_at=NOON + timedelta(days=start))
        sent += [(now, message) for message in throttle.due([found], now)]

    mild = [at for at, message in sent if message.severity is not Severity.CRITICAL]
    assert all(sum(1 for other in mild if at - HOUR < other <= at) <= per_hour for at in mild)


def test_a_message_says_what_to_do() -> None:
    """Its body has the trouble, the step, and the page of the runbook."""
    message = message_of(standing(AlertCode.NOT_FLAT, "two legs left"))

    assert message.title == "lottogrid CRITICAL: NOT_FLAT, 12:00:00 ET"
    assert message.body.startswith("two legs left\n")
    assert ALERTS[AlertCode.NOT_FLAT].action in message.body
    assert "docs/runbook/not_flat.md" in message.body
