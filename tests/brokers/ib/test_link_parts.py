"""What a link does by itself: codes about the system, one instant of a snapshot, silence of the feed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from lottogrid.brokers.ib.hours import Hours
from lottogrid.brokers.ib.notices import Notices
from lottogrid.brokers.ib.requests import Requests
from lottogrid.brokers.ib.snapshots import ATTEMPTS, NoQuietMoment, take_snapshot
from lottogrid.brokers.ib.watch import watch_feed
from lottogrid.brokers.port import BrokerSnapshot, Settled
from lottogrid.errors import Missing
from tests.brokers.ib.made import CALL, HandClock
from tests.exchange.desk import OPENS


class Ear:
    """Notices, and what they lead to."""

    def __init__(self, memory: Any) -> None:
        self.calls: list[str] = []
        self.lost: list[str] = []
        self.notices = Notices(
            memory,
            requests=Requests(),
            pacer=self._part("halve"),
            quotes=self._part("broken", "restart", is_broken=True),
            bars=self._part("broken", "repaired"),
            lose=self.lost.append,
        )

    def _part(self, *names: str, **more: Any) -> Any:
        calls = {name: lambda name=name: self.calls.append(name) for name in names}
        return SimpleNamespace(**calls, **more, on_code=lambda *_: False)


def _memory() -> Any:
    return SimpleNamespace(is_cut_off=False, orders=SimpleNamespace(on_code=lambda *_: False))


@pytest.mark.parametrize("back", [1101, 1102, 2104])
def test_a_connection_waits_until_the_gateway_has_the_broker_again(back: int) -> None:
    """After 1100 the link ends, and the next one is whole only with a word that the broker is back."""

    async def story() -> None:
        memory = _memory()
        before = Ear(memory)
        before.notices.on_code(-1, 1100, "lost")
        assert len(before.lost) == 1

        after = Ear(memory)
        waiting = asyncio.create_task(after.notices.whole())
        after.notices.on_code(-1, 2106, "HMDS is OK")
        await asyncio.sleep(0)
        assert not waiting.done()
        after.notices.on_code(-1, back, "back")
        await asyncio.wait_for(waiting, 1)
        assert after.lost == []

    asyncio.run(story())


@pytest.mark.parametrize(
    ("code", "calls"),
    [(100, ["halve"]), (2103, ["broken"]), (2104, ["restart"]), (2105, ["broken"]), (2106, ["repaired"]), (2158, [])],
)
def test_system_codes_reach_whom_they_concern(code: int, calls: list[str]) -> None:
    """Each code has one effect, and none of these ends the link."""
    ear = Ear(_memory())
    ear.notices.on_code(-1, code, "words")

    assert ear.calls == calls
    assert ear.lost == []


class Talk:
    """Answers at once."""

    async def open_orders(self) -> list[Any]:
        return []

    async def completed_orders(self) -> list[Any]:
        return []

    async def positions(self) -> None:
        return None


def snapshot_of(listings: list[list[str]], settled: datetime | None = None) -> BrokerSnapshot:
    """Take a snapshot while the executions are listed as given, one listing after the other."""
    answers = iter(listings)
    clock = HandClock(OPENS)

    async def listed() -> tuple[Any, ...]:
        clock.at += timedelta(seconds=1)
        return tuple(SimpleNamespace(exec_id=exec_id) for exec_id in next(answers))

    settlements = [] if settled is None else [Settled("S", CALL, CALL.strike, settled)]
    memory: Any = SimpleNamespace(
        executions=SimpleNamespace(listed=listed, with_commission=lambda execution: execution),
        orders=SimpleNamespace(settle_doubts=lambda _: None),
        contracts=SimpleNamespace(take_strange=list),
        positions=SimpleNamespace(options=(), others=(), settlements=lambda *_: settlements),
    )
    talk: Any = Talk()
    return asyncio.run(take_snapshot(talk, memory, clock, None))


def test_a_snapshot_is_of_one_instant() -> None:
    """Where an execution came in between, positions may or may not have it: all is asked again."""
    found = snapshot_of([["a"], ["a", "b"], ["a", "b"], ["a", "b"]])

    assert [execution.exec_id for execution in found.executions] == ["a", "b"]
    assert found.taken_at == OPENS + timedelta(seconds=2)


def test_a_fixing_in_between_is_asked_about_again() -> None:
    """A settlement is in a snapshot that began after it."""
    found = snapshot_of([["a"]] * 4, settled=OPENS + timedelta(seconds=1))

    assert found.taken_at == OPENS + timedelta(seconds=2)
    assert len(found.settlements) == 1


def test_a_snapshot_without_a_quiet_moment_fails() -> None:
    """It does not guess."""
    with pytest.raises(NoQuietMoment, match="without executions"):
        snapshot_of([[str(number)] for number in range(2 * ATTEMPTS)])


class Feed:
    """Quotes of an underlying that trades for an hour, and does not tick."""

    def __init__(self, clock: HandClock) -> None:
        self.heard_at = clock.now()
        self.underlying = SimpleNamespace(hours=Hours(((OPENS, OPENS + timedelta(hours=1)),)))
        self.restarts = 0

    def restart(self) -> None:
        self.restarts += 1

    def reopen_mute(self) -> None:
        """Nothing is mute."""


class RunningClock(HandClock):
    """Moves ten seconds with each look, a thousand times as fast as real time."""

    speed = 1000.0

    def now(self) -> datetime:
        self.at += timedelta(seconds=10)
        return self.at


def test_silence_in_trading_hours_ends_the_link_after_one_new_subscription() -> None:
    """First everything is subscribed anew, then the connection is given up."""
    clock = RunningClock(OPENS)
    feed: Any = Feed(clock)

    with pytest.raises(Missing, match="stale"):
        asyncio.run(watch_feed(feed, clock, timedelta(seconds=30)))
    assert feed.restarts == 1


def test_silence_outside_trading_hours_is_no_fault() -> None:
    """A closed market says nothing, and that is well."""
    night = datetime(2025, 4, 9, 22, tzinfo=UTC)
    clock = RunningClock(night)
    feed: Any = Feed(clock)

    async def for_a_while() -> None:
        await asyncio.wait_for(watch_feed(feed, clock, timedelta(seconds=30)), 0.3)

    with pytest.raises(TimeoutError):
        asyncio.run(for_a_while())
    assert feed.restarts == 0
    assert clock.at - night > timedelta(minutes=1)
