"""Market data: streams, snapshots, combos, greeks, limits."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from lottogrid.gateway.fields import Message
from lottogrid.gateway.hub import GatewayRules
from tests.gateway.made import Made, errors, named, names, only


def ticks(found: list[tuple[str, Message]], name: str = "tickPrice") -> dict[int, str]:
    """Return the prices (or other values) that came, by tick type."""
    field = {"tickPrice": "price", "tickSize": "size", "tickGeneric": "value", "tickOptionComputation": "impliedVol"}
    return {int(message["tickType"]): message[field[name]] for one, message in found if one == name}


def legs(made: Made) -> list[dict[str, object]]:
    """Return the legs of a strangle."""
    return [{"conId": one.con_id, "ratio": 1, "action": "BUY", "exchange": "CME"} for one in (made.call(), made.put())]


def test_a_stream_opens_with_its_parameters_and_the_standing_quote() -> None:
    """Nobody waits a minute for the first price."""
    made = Made()

    found = made.client().ask("reqMktData", reqId=5, **named(made.call()))

    assert names(found)[:2] == ["tickReqParams", "marketDataType"]
    assert ticks(found) == {1: str(made.bid(made.call())), 2: str(made.ask(made.call()))}
    assert ticks(found, "tickSize") == {0: "50", 3: "50"}
    assert ticks(found, "tickGeneric") == {49: "0"}


def test_greeks_come_for_bid_ask_and_model() -> None:
    """As the protocol scales them: vega a percentage point, theta a day."""
    made = Made()

    found = made.client().ask("reqMktData", reqId=5, **named(made.call(6300)))

    model = [m for name, m in found if name == "tickOptionComputation"]
    assert [int(m["tickType"]) for m in model] == [10, 11, 13]
    assert float(model[2]["impliedVol"]) == pytest.approx(0.16, abs=0.005)
    assert float(model[2]["delta"]) == pytest.approx(0.5, abs=0.01)
    assert float(model[2]["vega"]) == pytest.approx(1.58, abs=0.05)
    assert float(model[2]["theta"]) < 0
    assert model[2]["undPrice"] == "6300"


def test_only_what_changes_travels() -> None:
    """A quiet line stays silent."""
    made = Made(moves={1: 6310})
    client = made.client()
    client.ask("reqMktData", reqId=5, **named(made.hub.world.underlying))

    made.wait(60)
    assert client.read() == []

    made.wait(60)
    assert ticks(client.read()) == {1: "6310", 2: "6310.25", 4: "6310"}


def test_a_cancelled_line_is_silent_and_can_be_cancelled_once() -> None:
    """A second cancellation names no line: 300."""
    made = Made(moves={0: 6310})
    client = made.client()
    client.ask("reqMktData", reqId=5, **named(made.call()))

    assert client.ask("cancelMktData", reqId=5) == []
    made.wait(60)

    assert client.read() == []
    assert errors(client.ask("cancelMktData", reqId=5)) == [(5, 300)]


def test_a_snapshot_ends_and_occupies_no_line() -> None:
    """With 57 behind the quote."""
    made = Made(rules=GatewayRules(market_data_lines=0))
    client = made.client()

    found = client.ask("reqMktData", reqId=5, snapshot=1, **named(made.call()))

    assert set(ticks(found)) == {1, 2}
    assert names(found)[-1] == "tickSnapshotEnd"


def test_lines_are_counted_and_numbers_used_once() -> None:
    """101 for one too many, 102 for a number that is taken."""
    made = Made(rules=GatewayRules(market_data_lines=1))
    client = made.client()
    client.ask("reqMktData", reqId=5, **named(made.call()))

    assert errors(client.ask("reqMktData", reqId=5, **named(made.put()))) == [(5, 102)]
    assert errors(client.ask("reqMktData", reqId=6, **named(made.put()))) == [(6, 101)]


def test_a_combo_is_priced_from_its_legs() -> None:
    """Bought at the offers, sold at the bids."""
    made = Made()

    found = made.client().ask("reqMktData", reqId=5, symbol="MES", secType="BAG", comboLegs=legs(made))

    call, put = made.call(), made.put()
    assert Decimal(ticks(found)[1]) == made.bid(call) + made.bid(put)
    assert Decimal(ticks(found)[2]) == made.ask(call) + made.ask(put)


def test_no_bid_is_said_in_so_many_words() -> None:
    """An empty price would be skipped, and the old bid would stand."""
    made = Made()

    found = made.client().ask("reqMktData", reqId=5, **named(made.call(6900)))

    assert ticks(found)[1] == "-1"
    assert ticks(found, "tickSize")[0] == "0"


def test_an_ambiguous_contract_is_refused() -> None:
    """Never the first of many."""
    client = Made().client()

    assert errors(client.ask("reqMktData", reqId=5, symbol="MES", secType="FOP", exchange="CME")) == [(5, 200)]


def test_after_the_close_no_line_ticks() -> None:
    """There is no market any more."""
    made = Made()
    made.wait(391 * 60)

    found = made.client().ask("reqMktData", reqId=5, **named(made.call()))

    assert ticks(found) == {}


def test_the_greeks_of_a_worthless_price_are_left_out() -> None:
    """Nothing explains a price below the intrinsic value, and no field may be empty or not a number."""
    made = Made()

    found = made.client().ask("reqMktData", reqId=5, **named(made.call(5900)))

    for name, message in found:
        if name == "tickOptionComputation":
            assert all(math.isfinite(float(value)) for value in message.values())


@pytest.mark.parametrize("kind", ["0", "5"])
def test_an_unknown_kind_of_market_data_is_refused(kind: str) -> None:
    """There are four."""
    assert [code for _, code in errors(Made().client().ask("reqMarketDataType", type=kind))] == [321]


def test_a_kind_of_market_data_is_confirmed_on_the_line() -> None:
    """Live here, whatever fallback was asked for: that is what the real server does where live data is to be had."""
    made = Made()
    client = made.client()
    client.say("reqMarketDataType", type=3)

    assert only(client.ask("reqMktData", reqId=5, **named(made.call())), "marketDataType")["type"] == "1"
