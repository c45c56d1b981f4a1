"""The port to the simulated exchange."""

from __future__ import annotations

from lottogrid.brokers.port import BrokerEvent, BrokerPort, Connected
from lottogrid.brokers.simulated import (
    SimulatedBroker,
    VenueCancel,
    VenueClose,
    VenueHistory,
    VenueOpen,
    VenuePlace,
    VenueRequest,
    VenueSnapshot,
    VenueSubscribe,
)
from tests.exchange.desk import OPENS, option, order

EVENT = Connected("SIMULATED", OPENS)


def test_every_call_becomes_a_message() -> None:
    """Nothing is done here; what was asked is posted in order."""
    posted: list[VenueRequest] = []
    broker: BrokerPort = SimulatedBroker(posted.append)
    intent = order("a", option(6365))
    wanted = frozenset({option(6365)})

    broker.open(lambda _: None)
    broker.place(intent)
    broker.cancel("a")
    broker.request_snapshot()
    broker.request_history()
    broker.subscribe(wanted)
    broker.close()

    assert posted == [
        VenueOpen(1),
        VenuePlace(intent),
        VenueCancel("a"),
        VenueSnapshot(),
        VenueHistory(),
        VenueSubscribe(wanted),
        VenueClose(),
    ]


def test_only_the_present_link_is_heard() -> None:
    """Answers to an older link, or after the close, are dropped."""
    old: list[BrokerEvent] = []
    new: list[BrokerEvent] = []
    broker = SimulatedBroker(lambda _: None)
    broker.open(old.append)
    broker.deliver(1, EVENT)
    broker.open(new.append)
    broker.deliver(1, EVENT)
    broker.deliver(2, EVENT)
    broker.close()
    broker.deliver(2, EVENT)

    assert (old, new) == ([EVENT], [EVENT])


def test_a_successor_counts_on() -> None:
    """A broker that follows another does not hear the links of its predecessor."""
    posted: list[VenueRequest] = []
    heard: list[BrokerEvent] = []
    broker = SimulatedBroker(posted.append, last_generation=4)
    broker.open(heard.append)
    broker.deliver(4, EVENT)

    assert posted == [VenueOpen(5)]
    assert heard == []
