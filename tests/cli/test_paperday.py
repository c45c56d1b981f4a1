"""Which day a paper run plays, and from which instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from lottogrid.cli.run.paperday import Account, Asked, MarketOfDay, PaperDay, choose
from lottogrid.errors import BadInput
from lottogrid.exchange.store import Store
from lottogrid.exchange.values import Progress
from lottogrid.settings import Settings, changed
from tests.cli.conftest import MONDAY, as_rows, made_bars, trading_day, write_rows

TUESDAY = date(2026, 1, 6)
SLOW = changed(Settings(), ["simulator.speed=1"])
OPENS = trading_day(MONDAY).opens
CLOSES = trading_day(MONDAY).closes
NOON = OPENS + timedelta(hours=2, minutes=30)


def chosen(
    account: Account | None = None,
    *,
    settings: Settings = SLOW,
    today: date = MONDAY,
    recorded: datetime | None = None,
    on: date | None = None,
    as_of: datetime | None = None,
    bars: Path | None = None,
) -> PaperDay:
    """Choose with everything left open but what is given."""
    asked = Asked(bars=bars, on=on, as_of=as_of)
    return choose(asked, settings, account or Account(), today=today, recorded=recorded)


def unfinished(day: PaperDay, last_bar_end: datetime = NOON) -> Account:
    """Return an account that was left within `day`."""
    progress = Progress(trading_date=day.date, closes=CLOSES, is_settled=False, last_bar_end=last_bar_end)
    return Account(progress=progress, markets=(day.market,))


def finished(day: PaperDay) -> Account:
    """Return an account that played `day` to its end."""
    progress = Progress(trading_date=day.date, closes=CLOSES, is_settled=True, last_bar_end=CLOSES)
    return Account(progress=progress, markets=(day.market,))


def test_a_new_account_plays_today_from_just_before_the_open() -> None:
    """Bars before that are history."""
    day = chosen()
    assert (day.date, day.starts_at) == (MONDAY, OPENS - timedelta(minutes=1))
    assert not day.is_continued
    assert not day.is_over


def test_on_a_day_without_a_session_the_last_trading_day_is_played() -> None:
    """Sunday plays Friday."""
    assert chosen(today=date(2026, 1, 4)).date == date(2026, 1, 2)


def test_a_fast_clock_starts_earlier() -> None:
    """So that the actors are awake at the open; never before the first bar."""
    fast, faster = (changed(Settings(), [f"simulator.speed={speed}"]) for speed in (600, 100_000))
    assert chosen(settings=fast).starts_at == OPENS - timedelta(minutes=30)
    assert chosen(settings=faster).starts_at == OPENS - timedelta(minutes=120)


def test_a_day_that_was_left_goes_on_where_the_exchange_stood() -> None:
    """Without being named, and whatever day it is by now."""
    day = chosen(unfinished(chosen()), today=TUESDAY)
    assert (day.date, day.starts_at) == (MONDAY, NOON)
    assert day.is_continued


def test_time_does_not_run_back_behind_the_journal() -> None:
    """The journal may be some seconds ahead of the last bar."""
    recorded = NOON + timedelta(seconds=40)
    assert chosen(unfinished(chosen()), recorded=recorded).starts_at == recorded


def test_a_finished_day_is_over() -> None:
    """Nothing is left to play in it."""
    assert chosen(finished(chosen())).is_over


def test_the_next_day_follows_a_finished_one() -> None:
    """It is a new day."""
    day = chosen(finished(chosen()), today=TUESDAY)
    assert (day.date, day.is_continued, day.is_over) == (TUESDAY, False, False)


def test_an_account_does_not_go_back() -> None:
    """Its orders are numbered by time."""
    with pytest.raises(BadInput, match="expected one from 2026-01-05 on"):
        chosen(finished(chosen()), on=date(2026, 1, 2))


def test_a_day_is_not_continued_with_other_bars() -> None:
    """What is held was bought in another market."""
    other = changed(SLOW, ["simulator.seed=2"])
    with pytest.raises(BadInput, match=r"begun with \(generated, seed 1\), found others \(generated, seed 2\)"):
        chosen(unfinished(chosen()), settings=other)


def test_a_day_can_be_begun_within() -> None:
    """At the instant that is asked for."""
    assert chosen(as_of=NOON).starts_at == NOON


@pytest.mark.parametrize("wrong", [CLOSES, OPENS - timedelta(days=1)])
def test_an_instant_outside_the_day_is_refused(wrong: datetime) -> None:
    """Before its close, on its date."""
    with pytest.raises(BadInput, match="--as-of: expected an instant of 2026-01-05 before its close at 16:00"):
        chosen(as_of=wrong)


def test_a_continued_day_is_not_wound_back() -> None:
    """What has been played stays played."""
    with pytest.raises(BadInput, match=r"--as-of: expected .*12:00.* or later"):
        chosen(unfinished(chosen()), as_of=NOON - timedelta(minutes=1))


def test_a_day_that_was_begun_without_a_gateway_is_not_continued() -> None:
    """The gateway keeps orders of its own beside the exchange, which such an account lacks."""
    account = unfinished(chosen())
    account = replace(account, markets=(replace(account.markets[0], broker="simulated"),))
    with pytest.raises(BadInput, match=r"begun through the gateway, found it begun by an older version \(simulated\)"):
        chosen(account)


def test_a_file_is_walked_day_by_day(tmp_path: Path) -> None:
    """Each run takes the next session of it; at its end the last one is over."""
    path = write_rows(tmp_path / "bars.csv", as_rows(made_bars(MONDAY, TUESDAY)))
    first = chosen(bars=path)
    assert first.date == MONDAY
    assert chosen(unfinished(first), bars=path).date == MONDAY
    second = chosen(finished(first), bars=path)
    assert second.date == TUESDAY
    assert chosen(finished(second), bars=path).is_over


def test_an_account_is_read_from_its_file(tmp_path: Path) -> None:
    """A file that is absent is a new account, and is not made by looking."""
    path = tmp_path / "paper.sqlite"
    assert Account.read(path) == Account()
    assert not path.exists()
    market = MarketOfDay(on=MONDAY, name="generated, seed 1", digest="abc")
    store = Store(path)
    store.put("", Progress(trading_date=MONDAY, last_bar_end=NOON, is_settled=False))
    store.put(MONDAY.isoformat(), market)
    store.flush()
    store.close()
    found = Account.read(path)
    assert (found.progress.last_bar_end, found.market(MONDAY), found.market(TUESDAY)) == (NOON, market, None)
