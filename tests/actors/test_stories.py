"""Timelines and equity as the ledger's actor keeps them."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from actors.curve import Curve, DayResult, EquityView
from actors.ledger_view import LedgerView
from actors.stories import Stories, Story
from lottogrid.clock import trading_date
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import DayOpened, EquityMarked
from tests.web import made


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> tuple[LedgerView, Path]:
    """Return what the ledger's actor showed after a day, and where its book is."""
    folder = tmp_path_factory.mktemp("traded")
    replay, _, _ = made.stopped_day(folder, "risk.min_time_between_trades=20", minutes=395)
    shown = replay.runtime.board["ledger"]
    assert isinstance(shown, LedgerView)
    replay.stop()
    return shown, folder / "ledger.sqlite"


def test_stories_followed_are_the_stories_recalled(traded: tuple[LedgerView, Path]) -> None:
    """After a restart every position has the timeline that it had before, row by row."""
    shown, path = traded
    with closing(Ledger.open_read_only(path)) as ledger:
        recalled = Stories(ledger, made.DAY.date).all

    assert len(recalled) >= 5
    assert min(len(story.records) for story in recalled) >= 15
    assert {story.position_id: story.records for story in recalled} == {
        story.position_id: story.records for story in shown.stories
    }


def test_a_new_day_forgets_what_is_over(traded: tuple[LedgerView, Path]) -> None:
    """Timelines do not pile up from day to day."""
    _, path = traded
    with closing(Ledger.open_read_only(path)) as ledger:
        stories = Stories(ledger, made.DAY.date)
    assert all(story.is_over for story in stories.all)

    stories.take_in([DayOpened(at=made.NOON, trading_date=made.NEXT.date, baseline_usd=Decimal(5000))])

    assert stories.all == ()


def test_a_story_names_the_commissions_that_its_actor_does_not_know(traded: tuple[LedgerView, Path]) -> None:
    """The position as the page shows it is the ledger's, commissions included."""
    shown, path = traded
    with closing(Ledger.open_read_only(path)) as ledger:
        expected = ledger.positions(made.DAY.date)
    story_of = {story.position_id: story for story in shown.stories}

    for position in expected:
        assert story_of[position.position_id].completed(position) == position
    assert Story("LG-20250409-001", ()).completed(expected[0]) is expected[0]


def test_the_curve_followed_is_the_curve_recalled(traded: tuple[LedgerView, Path]) -> None:
    """Marks of the day and its result are the same from memory and from the book; the fixing is in it."""
    shown, path = traded
    with closing(Ledger.open_read_only(path)) as ledger:
        assert Curve(ledger).view == shown.equity
        realised = ledger.realised_usd(made.DAY.date)

    assert len(shown.equity.recent) > 50
    assert shown.equity.days == (DayResult(made.DAY.date, Decimal(5000), realised),)
    assert realised != shown.equity.recent[-1].realised_usd


def test_the_curve_keeps_every_mark_of_five_days_and_each_days_result() -> None:
    """A week in detail, all days by what they began with and came to."""
    ledger = Ledger.in_memory()
    curve = Curve(ledger)
    assert curve.view == EquityView()

    for place in range(7):
        at = made.DAY.opens + timedelta(days=place)
        opened = DayOpened(at=at, trading_date=trading_date(at), baseline_usd=Decimal(5000 + place))
        nothing = Decimal(0)
        mark = EquityMarked(at=at, realised_usd=nothing, open_value_usd=nothing, equity_usd=Decimal(5000 + place))
        curve.take_in(ledger.commit([opened, mark, mark]))

    assert [mark.equity_usd for mark in curve.view.recent[::2]] == [5002, 5003, 5004, 5005, 5006]
    assert len(curve.view.recent) == 10
    assert [day.end_usd for day in curve.view.days] == list(range(5000, 5007))
    assert Curve(ledger).view == curve.view
    ledger.close()
