"""Historical bars."""

from __future__ import annotations

import pytest

from lottogrid.gateway.fields import Message
from tests.gateway.made import Client, Made, errors, named, names, only


def bars(client: Client, **asked: object) -> list[Message]:
    """Return the bars of the future that a request brings."""
    future = named(client.made.hub.world.underlying)
    usual = {"barSize": "1 min", "duration": "600 S", "useRTH": 0, "whatToShow": "TRADES", "formatDate": 1}
    found = client.ask("reqHistoricalData", **{"reqId": 3, **future, **usual, **asked})
    return only(found, "historicalData")["bars"]


def test_minutes_end_with_the_last_whole_one() -> None:
    """Nothing of the future, and nothing unfinished."""
    made = Made(moves={2: 6310})
    client = made.client()
    made.wait(200)

    found = bars(client)

    assert found[-1]["date"] == "20250409 09:32:00 America/New_York"
    assert (found[-1]["open"], found[-1]["close"], found[-1]["volume"]) == ("6300", "6310", "7")
    assert len(found) == 9


def test_dates_can_be_seconds() -> None:
    """The second of the two formats."""
    assert bars(Made().client(), formatDate=2)[-1]["date"] == "1744205340"


def test_longer_bars_are_made_of_minutes() -> None:
    """Open of the first, close of the last, the extremes between."""
    made = Made(moves={1: 6310, 3: 6290})
    client = made.client()
    made.wait(300)

    (found,) = bars(client, barSize="5 mins", duration="300 S", useRTH=1)

    assert [found[name] for name in ("open", "high", "low", "close", "volume")] == [
        "6300",
        "6310",
        "6290",
        "6290",
        "35",
    ]


def test_regular_hours_leave_the_morning_out() -> None:
    """Ten minutes of it are on the tape."""
    made = Made()
    client = made.client()
    made.wait(60)

    assert len(bars(client, duration="1 D", useRTH=1)) == 1
    assert len(bars(client, duration="1 D", useRTH=0)) == 11


def test_a_request_can_end_in_the_past() -> None:
    """In New York time, in UTC, or in a zone of the client's choice."""
    made = Made()
    client = made.client()
    made.wait(600)

    for end in ("20250409 09:35:00", "20250409-13:35:00", "20250409 08:35:00 US/Central"):
        assert bars(client, endDateTime=end)[-1]["date"] == "20250409 09:34:00 America/New_York"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"barSize": "1 secs"}, 321),
        ({"whatToShow": "SCHEDULE"}, 321),
        ({"duration": "1 X"}, 321),
        ({"duration": "-1 D"}, 321),
        ({"duration": "9999999999999 D"}, 321),
        ({"endDateTime": "yesterday"}, 321),
        ({"endDateTime": "20200101 00:00:00"}, 162),
        ({"keepUpToDate": 1, "endDateTime": "20250409 09:35:00"}, 321),
        ({"symbol": "XYZ", "conId": 0, "localSymbol": ""}, 200),
    ],
)
def test_what_cannot_be_answered_is_refused(asked: dict[str, object], code: int) -> None:
    """Never an empty list."""
    client = Made().client()
    future = named(client.made.hub.world.underlying)
    usual = {"barSize": "1 min", "duration": "600 S", "useRTH": 0, "whatToShow": "TRADES", "formatDate": 1}

    assert errors(client.ask("reqHistoricalData", **{"reqId": 3, **future, **usual, **asked})) == [(3, code)]


def test_a_followed_request_hears_every_new_minute() -> None:
    """Until it is cancelled."""
    made = Made(moves={0: 6310})
    client = made.client()
    bars(client, keepUpToDate=1, barSize="5 mins")

    made.wait(60)
    found = only(client.read(), "historicalDataUpdate")
    client.ask("cancelHistoricalData", reqId=3)
    made.wait(60)

    assert (found["open"], found["close"], found["high"], found["low"]) == ("6300", "6310", "6310", "6300")
    assert names(client.read()) == []
    assert errors(client.ask("cancelHistoricalData", reqId=3)) == [(3, 162)]
