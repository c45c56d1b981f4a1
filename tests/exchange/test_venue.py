"""The exchange behind a link that can break."""

from __future__ import annotations

from datetime import timedelta

from lottogrid.brokers.port import (
    BarClosed,
    BarHistory,
    BrokerEvent,
    BrokerSnapshot,
    CancelRefused,
    Commissioned,
    Connected,
    Disconnected,
    Executed,
    OrderAcknowledged,
    OrderNotSent,
    Quoted,
)
from lottogrid.brokers.simulated import (
    VenueCancel,
    VenueClose,
    VenueHistory,
    VenueOpen,
    VenuePlace,
    VenueRequest,
    VenueSnapshot,
    VenueSubscribe,
)
from lottogrid.exchange.exchange import Exchange
from lottogrid.exchange.profiles import profile_of
from lottogrid.exchange.venue import Venue
from lottogrid.market.bars import Bar
from lottogrid.orders import OrderState
from lottogrid.pricing.smile import Smile
from tests.exchange.desk import DAY, MINUTE, OPENS, SPEC, FixedForecast, option, order

CALL = option(6365)


class Client:
    """A venue with one minute behind it, and the requests of its client."""

    def __init__(self, profile: str = "paper") -> None:
        exchange = Exchange(SPEC, profile_of(profile), 1, Smile(), FixedForecast())
        exchange.start_session(DAY)
        self.now = OPENS
        self.venue = Venue(exchange)
        self.bar()
        self.hear()

    def bar(self) -> None:
        price = SPEC.underlying_tick * 25_200
        self.venue.exchange.advance(Bar(self.now - MINUTE, price, price, price, price), self.now)

    def ask(self, *requests: VenueRequest) -> list[BrokerEvent]:
        for request in requests:
            self.venue.handle(request, self.now)
        return self.hear()

    def hear(self, seconds: float = 0) -> list[BrokerEvent]:
        self.now += timedelta(seconds=seconds)
        return self.venue.collect(self.now)


def kinds(events: list[BrokerEvent]) -> list[type]:
    return [type(event) for event in events]


def test_opening_the_link_connects() -> None:
    """The first answer is that the account is connected, under the generation asked for."""
    client = Client()

    assert client.ask(VenueOpen(7)) == [Connected("SIMULATED", OPENS)]
    assert client.venue.generation == 7
    assert client.venue.is_connected


def test_requests_reach_the_exchange_and_answers_come_when_due() -> None:
    """Over a link the venue is the exchange."""
    client = Client()
    client.ask(VenueOpen(1), VenuePlace(order("a", CALL)))

    assert client.venue.next_due() == OPENS + timedelta(milliseconds=80)
    assert kinds(client.hear(1)) == [OrderAcknowledged, Executed, Commissioned]
    client.ask(VenueCancel("a"))
    assert kinds(client.hear(1)) == [CancelRefused]
    assert kinds(client.ask(VenueHistory(), VenueSubscribe(frozenset({CALL})), VenueSnapshot())) == [
        BarHistory,
        Quoted,
        BrokerSnapshot,
    ]


def test_while_the_link_is_down_nothing_is_heard_and_the_snapshot_tells_it_later() -> None:
    """A fill during an outage is not lost: it is in the snapshot, once, and never an event."""
    client = Client()
    client.ask(VenueOpen(1), VenueSubscribe(frozenset({CALL})), VenuePlace(order("a", CALL)))

    client.venue.drop_link("the gateway went away", client.now)
    assert client.hear() == [Disconnected("the gateway went away", OPENS)]
    client.hear(60)
    client.bar()
    assert client.hear() == []
    events = client.ask(VenueOpen(2), VenueSnapshot())

    assert kinds(events) == [Connected, BrokerSnapshot]
    (snapshot,) = (event for event in events if isinstance(event, BrokerSnapshot))
    assert [(o.ref, o.state) for o in snapshot.orders] == [("a", OrderState.FILLED)]
    assert [e.order_ref for e in snapshot.executions] == ["a"]


def test_a_request_without_a_link_does_not_reach_the_exchange() -> None:
    """An order that found no link is said to be unsent; other requests are met with silence."""
    client = Client()

    assert client.ask(VenuePlace(order("a", CALL))) == [OrderNotSent("a", "not connected", OPENS)]
    assert client.ask(VenueCancel("a"), VenueSnapshot(), VenueHistory(), VenueSubscribe(frozenset({CALL}))) == []
    assert client.venue.exchange.snapshot(client.now).orders == ()


def test_what_happened_before_the_link_broke_is_still_heard() -> None:
    """Events due before the drop come before the news of it."""
    client = Client(profile="ideal")
    client.ask(VenueOpen(1))
    client.venue.handle(VenuePlace(order("a", CALL)), client.now)

    client.venue.drop_link("gone", client.now)

    assert kinds(client.hear()) == [OrderAcknowledged, Executed, Commissioned, Disconnected]


def test_a_link_breaks_once() -> None:
    """Dropping a link that is down says nothing more."""
    client = Client()
    client.ask(VenueOpen(1))
    client.venue.drop_link("gone", client.now)
    client.venue.drop_link("gone", client.now)

    assert kinds(client.hear()) == [Disconnected]


def test_after_a_close_no_event_follows() -> None:
    """A client that hung up hears nothing, not even what was ready."""
    client = Client()
    client.ask(VenueOpen(1), VenuePlace(order("a", CALL)))

    assert client.ask(VenueClose()) == []
    assert client.hear(10) == []


def test_a_new_link_has_no_subscriptions() -> None:
    """Quotes flow only for what was named over this link; bars always do."""
    client = Client()
    client.ask(VenueOpen(1), VenueSubscribe(frozenset({CALL})))
    client.ask(VenueOpen(2))
    client.hear(60)
    client.bar()

    assert kinds(client.hear()) == [BarClosed]
