"""Ways that fail, and ways that hang."""

from __future__ import annotations

import threading

import pytest
from loguru import logger

from lottogrid.alerts.codes import Severity
from lottogrid.alerts.courier import ATTEMPTS, MOST_WAITING, Courier, Lane
from lottogrid.alerts.throttle import Message
from lottogrid.clock import real_seconds

pytestmark = pytest.mark.threads
LONG = 20.0
"""Real seconds that a loaded machine may need for what takes none."""


def message(text: str = "text") -> Message:
    return Message(Severity.WARNING, text, text)


def test_messages_arrive_in_their_order() -> None:
    """At every address."""
    first: list[str] = []
    second: list[str] = []
    courier = Courier(
        [Lane("one", lambda m: first.append(m.title) is None), Lane("two", lambda m: second.append(m.title) is None)]
    )
    courier.start()
    for number in range(5):
        courier.send(message(str(number)))
    courier.close(LONG)

    assert first == second == ["0", "1", "2", "3", "4"]


def test_an_address_that_hangs_delays_nobody() -> None:
    """Neither the other addresses, nor whoever sends, nor the end."""
    hung, release, arrived = threading.Event(), threading.Event(), threading.Event()

    def hang(_: Message) -> bool:
        hung.set()
        return release.wait(LONG)

    courier = Courier([Lane("hangs", hang), Lane("works", lambda _: arrived.set() is None)])
    courier.start()
    courier.send(message())
    assert hung.wait(LONG)
    assert arrived.wait(LONG)

    for number in range(3 * MOST_WAITING):  # no more than so many are kept
        courier.send(message(str(number)))
    assert courier.lanes[0].given_up == 2 * MOST_WAITING
    began = real_seconds()
    courier.lanes[0].close(real_seconds() + 0.05)

    assert real_seconds() - began < LONG / 2
    assert not release.is_set()
    release.set()
    courier.close(LONG)


def test_a_failure_is_tried_again() -> None:
    """Whether it is said or raised."""
    said: list[str] = []

    def deliver(found: Message) -> bool:
        said.append(found.title)
        if len(said) == 1:
            raise OSError("the line is dead")
        return len(said) > 2

    lane = Lane("unsteady", deliver, retry_seconds=0.001)
    lane.start()
    lane.put(message())

    assert lane.close(real_seconds() + LONG)
    assert (len(said), lane.delivered, lane.given_up) == (3, 1, 0)


def test_one_that_never_arrives_is_given_up_and_logged_without_its_secret() -> None:
    """The exception's text may be the address; only its kind is written."""
    lines: list[str] = []
    sink = logger.add(lines.append, level="DEBUG")
    tried = []

    def deliver(found: Message) -> bool:
        tried.append(found)
        raise ConnectionError("https://hooks.example/very-secret")

    lane = Lane("json (1)", deliver, retry_seconds=0.001)
    lane.start()
    lane.put(message("LINK_LOST"))
    assert lane.close(real_seconds() + LONG)
    logger.remove(sink)

    assert (len(tried), lane.given_up) == (ATTEMPTS, 1)
    assert any("could not be delivered by json (1): LINK_LOST" in line for line in lines)
    assert not any("very-secret" in line for line in lines)
