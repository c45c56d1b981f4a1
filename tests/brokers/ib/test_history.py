"""Days of bars through the gateway, over sockets."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from lottogrid.brokers.ib import history as ib_history
from lottogrid.brokers.ib.history import Fetching, fetch_days
from lottogrid.errors import Missing
from lottogrid.gateway import history
from lottogrid.gateway.reading import Refused
from lottogrid.market.bars import Bar
from tests.brokers.ib.made import SPEC, Desk, HandClock, desk
from tests.exchange.desk import DAY, OPENS
from tests.gateway.made import session_of

pytestmark = [pytest.mark.sockets, pytest.mark.threads]
MADE = session_of()


def at_the_close() -> HandClock:
    """A clock at the end of the gateway's day."""
    return HandClock(DAY.closes)


def fetched(made: Desk, *days: date) -> dict[date, list[Bar]]:
    """Ask for days without waiting between them."""
    found: dict[date, list[Bar]] = {}
    fetch_days(Fetching(settings=made.settings, spec=SPEC, pace=0.0, penalty=0.0), days, found.__setitem__)
    return found


def test_a_day_comes_whole_and_as_it_was(tmp_path: Path) -> None:
    """Every minute, with its prices and its volume, oldest first."""
    with desk(tmp_path, clock=at_the_close()) as made:
        made.wait(1)
        assert fetched(made, DAY.date) == {DAY.date: list(MADE.bars)}


def test_a_day_of_which_the_broker_has_nothing_is_empty(tmp_path: Path) -> None:
    """It is told, and the days after it are asked for all the same."""
    before = DAY.date - timedelta(days=1)
    with desk(tmp_path, clock=at_the_close()) as made:
        made.wait(1)
        found = fetched(made, before, DAY.date)
    assert found[before] == []
    assert len(found[DAY.date]) == len(MADE.bars)


def refuse_once(monkeypatch: pytest.MonkeyPatch, code: int, text: str) -> None:
    """Let the gateway answer the next question for bars with an error."""
    answers, between = [Refused(code, text)], history._between

    def refusing(*args: Any, **options: Any) -> list[Bar]:
        if answers:
            raise answers.pop()
        return between(*args, **options)

    monkeypatch.setattr(history, "_between", refusing)


def test_a_complaint_of_pace_is_waited_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The day is asked for again."""
    refuse_once(monkeypatch, 162, "Historical Market Data Service error message:Historical data pacing violation")
    with desk(tmp_path, clock=at_the_close()) as made:
        made.wait(1)
        assert len(fetched(made, DAY.date)[DAY.date]) == len(MADE.bars)


def test_another_refusal_ends_it_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not taken for a day without bars; the same connection number can ask again."""
    refuse_once(monkeypatch, 321, "Error validating request")
    with desk(tmp_path, clock=at_the_close()) as made:
        made.wait(1)
        with pytest.raises(Missing, match="Error validating request"):
            fetched(made, DAY.date)
        assert len(fetched(made, DAY.date)[DAY.date]) == len(MADE.bars)


def test_silence_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question that is never answered is not waited for without end."""
    monkeypatch.setattr(ib_history, "ANSWER_SECONDS", 0.3)
    with desk(tmp_path, clock=at_the_close()) as made:
        made.play("lose", request="reqHistoricalData")
        with pytest.raises(Missing, match=f"bars of {DAY.date}: expected an answer, found none within 0.3 s"):
            fetched(made, DAY.date)


def test_no_gateway_is_one_clear_line(tmp_path: Path) -> None:
    """It says where it was looked for."""
    with desk(tmp_path, clock=HandClock(OPENS)) as made:
        settings = made.settings
    with pytest.raises(Missing, match=f"gateway at 127.0.0.1:{settings.port}: expected an answer"):
        fetch_days(Fetching(settings=settings, spec=SPEC), [DAY.date], lambda *_: None)
