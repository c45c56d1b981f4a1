"""What the watch sees in the picture of the bot."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from actors.broker import BrokerView
from actors.clock import SessionView
from actors.strategist import StrategistView
from actors.view import View
from actors.watch import LASTS, PRICE_OLD, Watch
from lottogrid.alerts.codes import AlertCode
from lottogrid.orders import OrderState
from lottogrid.risk.reasons import Reason
from lottogrid.risk.verdict import verdict
from lottogrid.settings import Settings
from lottogrid.strategies.base import MarketView
from machines.connection import ConnectionState
from machines.session import SessionState
from tests.web import made


def codes(watch: Watch, view: View) -> list[AlertCode]:
    return [alarm.code for alarm in watch.look(view)]


def away(seconds: float, state: ConnectionState = ConnectionState.BACKING_OFF) -> View:
    """A link that is away, and changes its state all the time."""
    at = made.NOON + timedelta(seconds=seconds)
    return replace(made.quiet_view(at), broker=BrokerView(state, at, "", "refused", 0))


def test_a_bot_that_does_its_work_is_left_alone(midday: tuple[View, Settings]) -> None:
    """Nothing is wrong with a quiet view, nor with a real day at noon."""
    assert codes(Watch(), made.quiet_view()) == []
    assert codes(Watch(), midday[0]) == []


def test_a_link_is_missed_after_a_while_and_once() -> None:
    """However often it tries to connect meanwhile; when it was back, it may be missed again."""
    watch, limit = Watch(), LASTS.total_seconds()
    assert codes(watch, away(0)) == codes(watch, away(limit - 1, ConnectionState.CONNECTING)) == []
    assert codes(watch, away(limit)) == [AlertCode.LINK_LOST]
    assert codes(watch, away(limit + 900)) == []

    assert codes(watch, made.quiet_view(made.NOON + timedelta(hours=1))) == []
    assert codes(watch, away(3601)) == []
    assert codes(watch, away(3601 + limit)) == [AlertCode.LINK_LOST]


def test_at_night_no_link_is_missed() -> None:
    """Nor a price."""
    watch = Watch()
    for seconds in (0, 3600):
        view = away(seconds)
        assert view.session is not None
        night = SessionView(SessionState.CLOSED, made.NOON, view.session.day, view.session.next_day)
        assert codes(watch, replace(view, session=night)) == []


def test_an_old_price_is_told(midday: tuple[View, Settings]) -> None:
    """At its limit, not before."""
    view = midday[0]
    assert isinstance(view.market, MarketView)
    fresh = replace(view.market, underlying_at=view.at - PRICE_OLD + timedelta(seconds=1))
    old = replace(view.market, underlying_at=view.at - PRICE_OLD)

    assert codes(Watch(), replace(view, market=fresh)) == []
    assert codes(Watch(), replace(view, market=old)) == [AlertCode.DATA_STALE]


def test_a_reached_loss_limit_is_told_once() -> None:
    """As long as it refuses."""
    watch, view = Watch(), made.quiet_view()
    refused = replace(made.decision(), verdicts=(verdict("worst loss of the day", "760", "<= 750", Reason.LOSS_LIMIT),))
    over = replace(view, strategist=StrategistView(refused))

    (alarm,) = watch.look(over)
    assert alarm.code is AlertCode.LOSS_LIMIT
    assert alarm.text == "the day's worst loss is $50.00 by now"
    assert codes(watch, over) == []


def test_an_actor_that_failed_is_named_with_its_error() -> None:
    """Each time; the restarts from before the watch began are not its affair."""
    watch = Watch()
    before = replace(made.quiet_view(), actors=(made.actor("root"), made.actor("ledger", restarts=2)))
    failed = replace(made.actor("ledger", restarts=3), last_error="OSError: the disk is full")

    assert watch.look(before) == []
    (alarm,) = watch.look(replace(before, actors=(before.actors[0], failed)))
    assert (alarm.code, alarm.text) == (
        AlertCode.ACTOR_RESTARTED,
        "ledger was started again: OSError: the disk is full",
    )
    assert watch.look(replace(before, actors=(before.actors[0], failed))) == []


def test_an_order_without_an_answer_is_told_after_a_while(midday: tuple[View, Settings]) -> None:
    """Most are answered at once, or found when the books are compared."""
    watch, view = Watch(), midday[0]
    row = view.open_positions[0]
    leg = row.record.legs[0]
    unknown = replace(leg.orders[0], state=OrderState.UNKNOWN)
    record = replace(row.record, legs=(replace(leg, orders=(unknown,)), *row.record.legs[1:]))
    doubtful = replace(view, positions=(replace(row, record=record),))
    later = replace(doubtful, at=view.at + LASTS)

    assert AlertCode.ORDER_UNKNOWN not in codes(watch, doubtful)
    assert [alarm.text for alarm in watch.look(later) if alarm.code is AlertCode.ORDER_UNKNOWN] == [
        f"the outcome of {unknown.intent.ref} is not known"
    ]
