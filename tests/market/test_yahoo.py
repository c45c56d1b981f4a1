"""Bars from Yahoo, without Yahoo."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from urllib.error import URLError
from urllib.request import Request

import pytest

from lottogrid.errors import BadInput, Missing
from lottogrid.market import yahoo
from lottogrid.market.bars import Bar
from lottogrid.market.yahoo import fetch_yahoo
from tests.market.made import TICK

FIRST = 1741014000
START = datetime.fromtimestamp(FIRST, UTC)


def answer(**columns: list[Any]) -> bytes:
    """Return a chart of four minutes: whole, without a price, whole, and the one under way."""
    made: dict[str, list[Any]] = {
        "open": [6000.25, None, 6000.5, 6001.0],
        "high": [6001.5, None, 6000.75, 6001.0],
        "low": [5999.0, None, 6000.0, 6001.0],
        "close": [6000.5, None, 6000.249999, 6001.0],
        "volume": [12, None, 0, 1],
    }
    times = [FIRST, FIRST + 60, FIRST + 120, FIRST + 197]
    chart = {"timestamp": times, "indicators": {"quote": [made | columns]}}
    return json.dumps({"chart": {"result": [chart], "error": None}}).encode()


def fetched(body: bytes, instrument: str = "MES", seconds: int = 200) -> list[Bar]:
    """Return what is made of an answer, so many seconds after the first bar began."""
    return fetch_yahoo(instrument, tick=TICK, now=datetime.fromtimestamp(FIRST + seconds, UTC), fetch=lambda _: body)


def test_whole_minutes_become_bars_on_the_grid() -> None:
    """Minutes without a price and the one under way are left out; a volume of 0 is not known."""
    first, second = fetched(answer())
    assert first == Bar(START, Decimal("6000.25"), Decimal("6001.5"), Decimal(5999), Decimal("6000.5"), 12)
    assert (second.close, second.volume) == (Decimal("6000.25"), None)


def test_a_minute_that_is_not_over_is_left_out() -> None:
    """Also where it bears a whole minute."""
    assert len(fetched(answer(), seconds=170)) == 1


def test_asks_for_the_future_by_its_name_there() -> None:
    """One-minute bars of seven days."""
    asked: list[str] = []

    def fetch(address: str) -> bytes:
        asked.append(address)
        return answer()

    fetch_yahoo("MES", tick=TICK, now=START.replace(year=2026), fetch=fetch)
    assert "MES%3DF?interval=1m&range=7d" in asked[0]


@pytest.mark.parametrize(
    "body",
    [b"<html>no</html>", b"{}", b'{"chart": {"result": null}}', answer(open=[6000.25])],
)
def test_another_answer_is_refused(body: bytes) -> None:
    """A service that has changed gives no bars."""
    with pytest.raises(BadInput, match="its service may have changed"):
        fetched(body)


def test_bars_that_cannot_be_are_refused() -> None:
    """A high below the close, or nothing at all."""
    with pytest.raises(BadInput, match="low <= open"):
        fetched(answer(high=[6000.0, None, 6000.75, 6001.0]))
    with pytest.raises(BadInput, match="found none"):
        fetched(answer(), seconds=0)
    with pytest.raises(BadInput, match="expected one of MES"):
        fetched(answer(), instrument="DAX")


def test_names_itself_and_waits_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Yahoo turns away clients without a name; a server that says nothing is given up."""
    seen: list[tuple[str, str | None, float]] = []

    def opened(request: Request, *, timeout: float) -> BytesIO:
        seen.append((request.full_url, request.get_header("User-agent"), timeout))
        return BytesIO(b"body")

    monkeypatch.setattr(yahoo, "urlopen", opened)
    assert yahoo.get("https://example.org/chart") == b"body"
    assert seen == [("https://example.org/chart", "Mozilla/5.0 (lottogrid)", 20)]


@pytest.mark.parametrize("error", [URLError("Name or service not known"), TimeoutError("timed out")])
def test_when_it_cannot_be_reached_it_says_so(error: OSError) -> None:
    """In one line, as a missing thing."""

    def fetch(_: str) -> bytes:
        raise error

    with pytest.raises(Missing, match=r"yahoo: expected an answer, found: (Name or service|timed out)"):
        fetch_yahoo("MES", tick=TICK, now=START, fetch=fetch)
