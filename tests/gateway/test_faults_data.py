"""What can go wrong with market data, seen by a client."""

from __future__ import annotations

import pytest

from tests.gateway.made import Client, Made, do, errors, named, names, only, statuses
from tests.gateway.test_streams import legs, ticks

MOVING = {minute: 6300 + 10 * ((minute + 1) % 3) for minute in range(30)}
"""Each minute is at another price than the two before it: a line that was silent for one has news, too."""


def streaming(made: Made) -> Client:
    """Return a client with a line on the call and one on the strangle."""
    client = made.client()
    client.ask("reqMktData", reqId=5, **named(made.call()))
    client.ask("reqMktData", reqId=6, symbol="MES", secType="BAG", comboLegs=legs(made))
    return client


def heard(made: Made, client: Client) -> set[int]:
    """Return the lines that tick in the next minute, in which the market moves."""
    client.read()
    made.wait(60)
    return {int(m["reqId"]) for name, m in client.read() if name == "tickPrice"}


@pytest.mark.parametrize(("data", "code", "lines"), [("kept", 1102, {5, 6}), ("lost", 1101, set())])
def test_after_an_outage_lines_live_or_are_dead(data: str, code: int, lines: set[int]) -> None:
    """1101 asks for new subscriptions, 1102 does not."""
    made = Made(moves=MOVING)
    client = streaming(made)
    do(made, "lose-broker")
    assert heard(made, client) == set()

    do(made, "find-broker", data=data)

    assert errors(client.read()) == [(-1, code)]
    assert heard(made, client) == lines


def test_a_farm_that_comes_back_leaves_old_lines_silent() -> None:
    """2104 promises nothing; a new subscription ticks."""
    made = Made(moves=MOVING)
    client = streaming(made)
    do(made, "break-farm")
    do(made, "mend-farm")

    assert errors(client.read()) == [(-1, 2103), (-1, 2104)]
    assert heard(made, client) == set()
    client.ask("cancelMktData", reqId=5)
    client.ask("reqMktData", reqId=7, **named(made.call()))
    assert heard(made, client) == {7}


def test_combo_lines_can_die_alone() -> None:
    """While both legs go on."""
    made = Made(moves=MOVING)
    client = streaming(made)

    do(made, "kill-lines", combos=True)

    assert heard(made, client) == {5}


def test_a_quiet_market_says_nothing_and_wakes_again() -> None:
    """No code is sent, for nothing is wrong."""
    made = Made(moves=MOVING)
    client = streaming(made)
    do(made, "silence")

    assert heard(made, client) == set()
    do(made, "silence", on=False)
    assert heard(made, client) == {5, 6}


def test_a_competing_session_has_the_data_until_it_ends() -> None:
    """10197 on each open line once, and on every new request, which stays silent; a line opened afterwards ticks."""
    made = Made(moves=MOVING)
    client = streaming(made)

    do(made, "compete")
    assert errors(client.read()) == [(5, 10197), (6, 10197)]
    for terms in ({"reqId": 7}, {"reqId": 8, "snapshot": 1}):
        found = client.ask("reqMktData", **terms, **named(made.call()))
        assert (names(found), errors(found)) == (["error"], [(terms["reqId"], 10197)])
    assert heard(made, client) == set()
    assert errors(made.client(2).ask("reqMktData", reqId=1, **named(made.call()))) == [(1, 10197)]
    do(made, "compete", on=False)
    assert heard(made, client) == set()
    assert client.ask("cancelMktData", reqId=7) == []

    client.ask("reqMktData", reqId=9, **named(made.call()))
    assert heard(made, client) == {9}


def test_numbers_of_a_broken_connection_can_stay_taken() -> None:
    """102 where a client opens its lines again under the old numbers; a cancellation frees them."""
    made = Made()
    streaming(made)
    do(made, "keep-tickers")
    do(made, "drop")
    client = made.client()

    assert errors(client.ask("reqMktData", reqId=5, **named(made.call()))) == [(5, 102)]
    assert errors(client.ask("reqMktData", reqId=7, **named(made.call()))) == []
    assert client.ask("cancelMktData", reqId=5) == []
    assert errors(client.ask("reqMktData", reqId=5, **named(made.call()))) == []


def test_numbers_of_a_broken_connection_are_unknown_otherwise() -> None:
    """300 where a client cancels what another connection has opened."""
    made = Made()
    streaming(made)
    do(made, "drop")

    assert errors(made.client().ask("cancelMktData", reqId=5)) == [(5, 300)]


@pytest.mark.parametrize(
    ("show", "prices"),
    [("one-sided", {1: "-1"}), ("empty", {1: "-1", 2: "-1"}), ("crossed", {}), ("nan", {1: "NaN", 2: "NaN"})],
)
def test_lines_can_show_a_broken_market(show: str, prices: dict[int, str]) -> None:
    """No bid, no quote at all, or a bid above the offer."""
    made = Made()
    client = made.client()
    client.ask("reqMktData", reqId=5, **named(made.call()))
    bid, ask = made.bid(made.call()), made.ask(made.call())

    do(made, "quotes", show=show)

    expected = {1: str(ask), 2: str(bid)} if show == "crossed" else prices
    assert ticks(client.read()) == expected


def test_stale_quotes_stand_still_also_in_snapshots() -> None:
    """The price of the moment in which it began, for ever."""
    made = Made(moves=MOVING)
    client = made.client()
    client.ask("reqMktData", reqId=5, **named(made.call()))
    stood = str(made.ask(made.call()))
    do(made, "quotes", show="stale")

    assert heard(made, client) == set()
    assert ticks(client.ask("reqMktData", reqId=8, snapshot=1, **named(made.call())))[2] == stood
    do(made, "quotes", show="true")
    assert ticks(client.read())[2] != stood


def test_delayed_data_says_so_three_times() -> None:
    """By a code, by the kind of data, and by other tick types."""
    made = Made()
    do(made, "delay-data")

    found = made.client().ask("reqMktData", reqId=5, **named(made.call()))

    assert errors(found) == [(5, 10167)]
    assert only(found, "marketDataType")["type"] == "3"
    assert set(ticks(found)) == {66, 67}


def test_prices_can_come_without_greeks() -> None:
    """Real ones come seconds later, or never."""
    made = Made()
    do(made, "hide-greeks")

    assert "tickOptionComputation" not in names(made.client().ask("reqMktData", reqId=5, **named(made.call())))


def test_a_halt_shows_on_lines_and_refuses_orders() -> None:
    """Until it is lifted."""
    made = Made()
    client = made.client()
    client.ask("reqMktData", reqId=5, **named(made.call()))

    do(made, "halt")
    assert ticks(client.read(), "tickGeneric") == {49: "1"}
    client.place(1, made.call(), orderType="MKT")
    assert statuses(client.read()) == ["Inactive"]

    do(made, "halt", on=False)
    client.place(2, made.call(), orderType="MKT")
    assert statuses(client.read())[-1] == "Filled"


def test_lines_can_run_short() -> None:
    """101 from then on."""
    made = Made()
    do(made, "limit-lines", count=0)

    assert errors(made.client().ask("reqMktData", reqId=5, **named(made.call()))) == [(5, 101)]
