"""The conversation around the trading: greeting, names, what is refused, what ends it."""

from __future__ import annotations

import pytest

from lottogrid.gateway.codec import frame
from lottogrid.gateway.hub import GatewayRules
from tests.gateway.made import Client, Made, do, errors, named, names, only


@pytest.mark.parametrize(("asked", "most", "spoken"), [(176, 178, 176), (225, 178, 178), (178, 157, 157)])
def test_the_greeting_names_the_version_and_nothing_follows_it(asked: int, most: int, spoken: int) -> None:
    """An old client loses whatever comes in the same packet."""
    client = Client(Made(rules=GatewayRules(version_max=most)), asked)

    assert client.greeting == [str(spoken), "20250409 09:30:00 America/New_York"]
    assert client.read() == []


def test_a_client_that_names_itself_learns_its_account_and_its_next_order_id() -> None:
    """Client libraries wait for both before they are connected."""
    client = Client(Made())

    client.start(7)

    found = client.read()
    assert only(found, "managedAccounts")["accounts"] == "DU1234567"
    assert only(found, "nextValidId")["orderId"] == "1"
    assert errors(found) == [(-1, 2104), (-1, 2106), (-1, 2158)]


@pytest.mark.parametrize(
    ("action", "codes"), [("lose-broker", [1100]), ("break-farm", [2103, 2106, 2158]), ("silence", [2104, 2106, 2158])]
)
def test_the_greeting_says_what_is_broken(action: str, codes: list[int]) -> None:
    """Nothing is called well while the broker or its data are away."""
    made = Made()
    do(made, action)
    client = Client(made)

    client.start(7)

    assert [code for _, code in errors(client.read())] == codes


def test_a_second_client_under_the_same_id_is_refused_and_closed() -> None:
    """Error 326 travels first, so that the client knows why."""
    made = Made()
    made.client(7)
    second = Client(made)

    second.start(7)

    assert errors(second.read()) == [(-1, 326)]
    assert second.session.closed_for == "client id 7 is in use"


def test_an_id_is_free_again_once_its_client_has_left() -> None:
    """A client may come back."""
    made = Made()
    made.client(7).session.close("it left")

    assert made.client(7).session.is_started


def test_a_request_before_start_api_ends_the_conversation() -> None:
    """Nobody without a name is served."""
    client = Client(Made())

    client.say("reqPositions")

    assert errors(client.read()) == [(-1, 320)]
    assert "startApi" in (client.session.closed_for or "")


def test_an_unknown_message_is_answered_and_the_conversation_goes_on() -> None:
    """A client may know more than the gateway."""
    client = Made().client()

    client.session.receive(frame(["10", "1"]))
    client.say("reqCurrentTime")

    assert names(client.read()) == ["error", "currentTime"]


def test_many_unreadable_messages_in_a_row_end_the_conversation() -> None:
    """Whoever speaks another language is not listened to for ever."""
    client = Made().client()

    for _ in range(20):
        client.session.receive(frame(["no number"]))

    assert "20 in a row" in (client.session.closed_for or "")


@pytest.mark.parametrize("field", ["reqId", "conId", "strike"])
def test_numbers_that_are_none_are_answered_with_an_error(field: str) -> None:
    """No message of a client may break the gateway."""
    made = Made()
    client = made.client()

    found = client.ask("reqMktData", **{**named(made.call()), "conId": "", "reqId": 5, field: "x"})

    assert [code for _, code in errors(found)] in ([320], [200])
    assert client.session.is_started


def test_an_order_id_beyond_32_bits_is_refused() -> None:
    """The real server answers 320."""
    made = Made()
    client = made.client()

    client.place(2**31, made.call(), lmtPrice="1")

    assert [code for _, code in errors(client.read())] == [320]


def test_the_time_is_the_gateway_s() -> None:
    """Clients compare it with their own."""
    made = Made()
    client = made.client()
    made.wait(61)

    assert only(client.ask("reqCurrentTime"), "currentTime")["time"] == str(int(made.clock.now().timestamp()))


def test_the_third_burst_beyond_the_pace_ends_the_conversation() -> None:
    """Twice it is told with 100; then the socket closes without a word."""
    made = Made(rules=GatewayRules(messages_per_second=10))
    client = made.client()

    for _ in range(33):
        client.say("reqCurrentTime")

    assert [code for _, code in errors(client.read())] == [100, 100, 100]
    assert not client.session.is_started


def test_a_pace_within_the_limit_is_not_complained_about() -> None:
    """The window slides with the machine's seconds."""
    ticks = iter(number / 10 for number in range(1000))
    made = Made(rules=GatewayRules(messages_per_second=11), real_seconds=lambda: next(ticks))
    client = made.client()

    for _ in range(100):
        client.say("reqCurrentTime")

    assert errors(client.read()) == []


def test_only_client_zero_may_bind_manual_orders() -> None:
    """A library does so by itself when it connects as client 0."""
    made = Made()

    assert errors(made.client(0).ask("reqAutoOpenOrders", bind=1)) == []
    assert errors(made.client(3).ask("reqAutoOpenOrders", bind=1)) == [(-1, 321)]
