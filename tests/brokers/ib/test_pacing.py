"""The budget of messages, on a loop whose time is moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lottogrid.brokers.ib.pacing import CEILINGS, WINDOW, Pacer, Rank
from lottogrid.brokers.ib.requests import RequestFailed, Requests


class HandLoop:
    """Time stands until it is moved; at most one timer is set, as the pacer sets no more."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timer: tuple[float, Callable[[], None]] | None = None

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, call: Callable[[], None]) -> Any:
        assert self.timer is None
        self.timer = (when, call)
        return self

    def cancel(self) -> None:
        self.timer = None

    def run(self, until: float) -> None:
        while self.timer is not None and self.timer[0] <= until:
            (self.now, call), self.timer = self.timer, None
            call()
        self.now = until


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.floats(0, 0.3), st.sampled_from(Rank)), max_size=200))
def test_the_ceilings_hold_in_every_window(messages: list[tuple[float, Rank]]) -> None:
    """No second sees more messages than the rank of its last one may, and in the end all have gone."""
    loop: Any = HandLoop()
    pacer = Pacer(loop)
    sent: list[tuple[float, Rank]] = []
    at = 0.0
    for gap, rank in messages:
        at += gap
        loop.run(at)
        pacer.submit(rank, lambda rank=rank: sent.append((loop.now, rank)))
    loop.run(at + 60)

    assert len(sent) == len(messages)
    for place, (time, rank) in enumerate(sent):
        window = [other for other, _ in sent[: place + 1] if other + WINDOW > time]
        assert len(window) <= CEILINGS[rank]


def test_a_fast_clock_has_short_seconds() -> None:
    """Where the clock is sped up a hundred times, so is the budget: the far side counts by it too."""
    loop: Any = HandLoop()
    pacer = Pacer(loop, WINDOW / 100)
    sent: list[float] = []
    for _ in range(10 * CEILINGS[Rank.ORDER]):
        pacer.submit(Rank.ORDER, lambda: sent.append(loop.now))
    loop.run(1)

    assert sent[CEILINGS[Rank.ORDER] - 1] == 0
    assert 0.08 < sent[-1] < 0.1


def test_a_cancel_overtakes_a_hundred_requests() -> None:
    """Data requests leave room, so a cancel goes at once."""
    loop: Any = HandLoop()
    pacer, sent = Pacer(loop), []
    for number in range(100):
        pacer.submit(Rank.DATA, lambda number=number: sent.append(number))
    pacer.submit(Rank.CANCEL, lambda: sent.append("cancel"))

    assert sent[-1] == "cancel"
    assert loop.now == 0.0


def test_what_waits_at_the_end_is_dropped_with_a_word() -> None:
    """A closed budget sends nothing more, and says so for each message."""
    loop: Any = HandLoop()
    pacer, sent, dropped = Pacer(loop), [], []
    for number in range(CEILINGS[Rank.ORDER] + 1):
        pacer.submit(
            Rank.ORDER, lambda number=number: sent.append(number), lambda number=number: dropped.append(number)
        )
    pacer.close()
    pacer.submit(Rank.CANCEL, lambda: sent.append("late"), lambda: dropped.append("late"))

    assert len(sent) == CEILINGS[Rank.ORDER]
    assert dropped == [CEILINGS[Rank.ORDER], "late"]


def test_a_complaint_halves_the_budget() -> None:
    """After 100 half as much goes in a second."""
    loop: Any = HandLoop()
    pacer, sent = Pacer(loop), []
    pacer.halve()
    for number in range(100):
        pacer.submit(Rank.DATA, lambda number=number: sent.append(number))

    assert len(sent) == CEILINGS[Rank.DATA] / 2


class TestRequests:
    def test_asks_one_of_a_kind_at_a_time(self) -> None:
        """A second question of a kind without numbers waits for the answer to the first."""
        asked: list[str] = []

        async def ask(requests: Requests, name: str) -> list[Any]:
            return await requests.ask("positions", name, lambda: asked.append(name), 5)

        async def both() -> None:
            requests = Requests()
            first = asyncio.create_task(ask(requests, "first"))
            second = asyncio.create_task(ask(requests, "second"))
            await asyncio.sleep(0)
            assert asked == ["first"]
            requests.add("positions", 1)
            requests.end("positions")
            assert await first == [1]
            await asyncio.sleep(0)
            requests.end("positions")
            assert await second == []

        asyncio.run(both())

    def test_fails_rather_than_answer_nothing(self) -> None:
        """An error and a silence are failures, never an empty list."""

        async def ask(fail: bool) -> None:
            requests = Requests()
            send = (lambda: requests.fail(1, "no such thing", 200)) if fail else (lambda: None)
            await requests.ask(1, "details", send, 0.01)

        with pytest.raises(RequestFailed, match="no such thing") as refused:
            asyncio.run(ask(fail=True))
        assert refused.value.code == 200
        with pytest.raises(RequestFailed, match="none within"):
            asyncio.run(ask(fail=False))

    def test_ignores_an_answer_that_nobody_awaits(self) -> None:
        """Late answers are dropped."""
        requests = Requests()
        requests.add(1, "late")
        requests.end(1)
        requests.fail(1, "late")

        assert not requests.is_open(1)
