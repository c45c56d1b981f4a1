"""Bars and quotes, told tick by tick."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from lottogrid.brokers import port as p
from lottogrid.brokers.ib.bars import GRACE, Bars
from lottogrid.brokers.ib.contracts import Underlying
from lottogrid.brokers.ib.hours import Hours
from lottogrid.brokers.ib.quotes import Quotes
from lottogrid.errors import BadInput
from tests.brokers.ib.fakes import FakeTalk, contracts_with
from tests.brokers.ib.made import CALL, PUT, HandClock
from tests.exchange.desk import OPENS

MINUTE = timedelta(minutes=1)
SILENCE = timedelta(seconds=30)
FUTURE = Underlying(con_id=1, contract="MESM5", expiry=date(2025, 6, 20), hours=Hours(()))


class Screen:
    """Quotes and bars on a conversation that is never answered."""

    def __init__(self, lines: int = 95) -> None:
        self.clock = HandClock(OPENS)
        self.talk: Any = FakeTalk()
        self.told: list[p.BrokerEvent] = []
        contracts: Any = contracts_with(CALL, PUT)
        contracts.underlying = self._underlying
        self.quotes = Quotes(contracts, self.clock, self.told.append, self._spawn, lines=lines, silence=SILENCE)
        self.bars = Bars(contracts, self.clock, self.told.append, self._spawn, lambda: None)

    async def _underlying(self, _: date) -> Underlying:
        return FUTURE

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self.tasks = [*getattr(self, "tasks", []), asyncio.ensure_future(work)]

    async def settle(self) -> None:
        """Let everything that was begun run as far as it can."""
        for _ in range(20):
            await asyncio.sleep(0)

    def hear(self, name: str, *args: Any) -> None:
        {**self.quotes.callbacks(), **self.bars.callbacks()}[name](*args)

    def lines(self) -> dict[Any, int]:
        """Return the request of each line, by the contract's name."""
        streamed = [args for name, args in self.talk.client.sent if name == "reqMktData"]
        return {getattr(args[1], "localSymbol", args[1]): args[0] for args in streamed}

    def sent(self, name: str) -> list[tuple[Any, ...]]:
        return [args for one, args in self.talk.client.sent if one == name]

    def quoted(self) -> list[tuple[Decimal | None, Decimal | None]]:
        """Return bid and ask of all quotes told so far, and forget them."""
        found = [(q.bid, q.ask) for event in self.told if isinstance(event, p.Quoted) for q in event.quotes]
        self.told.clear()
        return found


def played(story: Callable[[Screen], Coroutine[Any, Any, None]], lines: int = 95) -> None:
    """Run a story about a screen on which the call and the future stream."""

    async def run() -> None:
        screen = Screen(lines)
        screen.quotes.begin(screen.talk)
        screen.bars.begin(screen.talk)
        screen.quotes.want(frozenset({CALL}))
        await screen.settle()
        await story(screen)
        for task in screen.tasks:
            task.cancel()
        screen.bars.stop()

    asyncio.run(run())


def test_asks_for_live_data_alone() -> None:
    """Before anything is streamed, live data are asked for."""

    async def story(screen: Screen) -> None:
        assert screen.sent("reqMarketDataType") == [(1,)]
        assert screen.lines().keys() == {"MESM5", str(CALL)}

    played(story)


@pytest.mark.parametrize(
    ("ticks", "quoted"),
    [
        ([(1, 0.5, 3.0)], []),
        ([(1, 0.5, 3.0), (2, 0.6, 4.0)], [(Decimal("0.5"), Decimal("0.6"))]),
        ([(1, -1.0, 0.0), (2, 0.05, 9.0)], [(None, Decimal("0.05"))]),
        ([(1, 0.0, 0.0), (2, -1.0, 0.0)], [(None, None)]),
        ([(1, 0.5, 0.0), (2, 0.6, 4.0)], [(None, Decimal("0.6"))]),
        ([(1, 0.7, 1.0), (2, 0.6, 1.0)], []),
        ([(1, float("nan"), 1.0), (2, 0.6, 1.0)], [(None, Decimal("0.6"))]),
        ([(66, 0.5, 3.0), (67, 0.6, 4.0)], []),
    ],
)
def test_a_quote_is_told_when_both_sides_are(
    ticks: list[tuple[int, float, float]], quoted: list[tuple[Decimal | None, Decimal | None]]
) -> None:
    """One side alone, crossed sides and delayed ticks are no quote; a side of size 0 is absent."""

    async def story(screen: Screen) -> None:
        for kind, price, size in ticks:
            screen.hear("priceSizeTick", screen.lines()[str(CALL)], kind, price, size)
        screen.hear("tcpDataProcessed")
        assert screen.quoted() == quoted

    played(story)


def test_many_ticks_make_one_event() -> None:
    """What comes in one packet is told once."""

    async def story(screen: Screen) -> None:
        line = screen.lines()[str(CALL)]
        for price in (0.5, 0.55, 0.6):
            screen.hear("priceSizeTick", line, 1, price, 1.0)
            screen.hear("priceSizeTick", line, 2, price + 0.05, 1.0)
        screen.hear("tickSize", line, 0, 7.0)
        screen.hear("tcpDataProcessed")

        (event,) = screen.told
        assert isinstance(event, p.Quoted)
        assert (event.quotes[0].bid, event.quotes[0].bid_size) == (Decimal("0.6"), 7)

    played(story)


async def _quote_both(screen: Screen) -> None:
    line = screen.lines()[str(CALL)]
    screen.hear("priceSizeTick", line, 1, 0.5, 1.0)
    screen.hear("priceSizeTick", line, 2, 0.6, 1.0)
    screen.hear("priceSizeTick", screen.lines()["MESM5"], 1, 6300.0, 1.0)
    screen.hear("tcpDataProcessed")
    screen.told.clear()


def test_a_standing_quote_is_confirmed_while_the_feed_lives() -> None:
    """Silence of one option is no age where the underlying is heard; silence of all is."""

    async def story(screen: Screen) -> None:
        await _quote_both(screen)
        screen.clock.at += SILENCE
        screen.quotes.confirm()
        await screen.settle()
        assert screen.quoted() == [(Decimal("0.5"), Decimal("0.6"))]

        screen.clock.at += MINUTE
        screen.quotes.confirm()
        await screen.settle()
        assert screen.quoted() == []

    played(story)


@pytest.mark.parametrize("blow", ["broken", "delayed", "not live", "halted"])
def test_nothing_is_confirmed_that_is_not_live(blow: str) -> None:
    """A farm that is away, delayed data, a competing login and a halt all silence what was quoted."""

    async def story(screen: Screen) -> None:
        await _quote_both(screen)
        line = screen.lines()[str(CALL)]
        if blow == "broken":
            screen.quotes.broken()
        elif blow == "delayed":
            screen.hear("marketDataType", line, 3)
        elif blow == "halted":
            screen.hear("tickGeneric", line, 49, 1.0)
        else:
            assert screen.quotes.on_code(line, 10197, "competing")
        screen.quotes.confirm()
        await screen.settle()
        assert screen.quoted() == []

    played(story)


def test_a_farm_that_is_back_is_subscribed_anew() -> None:
    """Every line is ended and begun under a new number."""

    async def story(screen: Screen) -> None:
        before = screen.lines()
        screen.quotes.broken()
        screen.quotes.restart()
        await screen.settle()
        assert {args[0] for args in screen.sent("cancelMktData")} == set(before.values())
        assert set(screen.lines().values()).isdisjoint(before.values())
        assert not screen.quotes.is_broken

    played(story)


def test_a_line_that_is_refused_is_not_asked_for_again_and_again() -> None:
    """200 about a line ends it until it is wanted anew; 101 lowers the number of lines."""

    async def story(screen: Screen) -> None:
        assert screen.quotes.on_code(screen.lines()[str(CALL)], 200, "no such contract")
        screen.quotes.want(frozenset({CALL}))
        await screen.settle()
        assert len(screen.sent("reqMktData")) == 2
        screen.quotes.want(frozenset())
        screen.quotes.want(frozenset({CALL}))
        await screen.settle()
        assert len(screen.sent("reqMktData")) == 3

    played(story)


def test_a_mute_line_is_opened_anew_a_few_times() -> None:
    """A line that never told anything is given three chances."""

    async def story(screen: Screen) -> None:
        for _ in range(6):
            screen.clock.at += 4 * SILENCE
            screen.quotes.reopen_mute()
            await screen.settle()
        opened = [args for args in screen.sent("reqMktData") if args[1] != "MESM5"]
        assert len(opened) == 3

    played(story)


def _bar(minute: int, close: float = 6300.0) -> SimpleNamespace:
    start = int((OPENS + minute * MINUTE).timestamp())
    return SimpleNamespace(date=str(start), open=6300.0, high=6310.0, low=6290.0, close=close, volume=5.0)


async def _load(screen: Screen) -> int:
    screen.bars.request()
    await screen.settle()
    key: int = screen.sent("reqHistoricalData")[0][0]
    for minute in (-2, -1, 0):
        screen.hear("historicalData", key, _bar(minute))
    screen.hear("historicalDataEnd", key, "", "")
    await screen.settle()
    return key


def test_the_history_leaves_out_the_minute_under_way() -> None:
    """Only minutes that have ended are told; asked again, the answer comes at once."""

    async def story(screen: Screen) -> None:
        await _load(screen)
        screen.bars.request()
        first, second = screen.told
        assert isinstance(first, p.BarHistory)
        assert [bar.start for bar in first.bars] == [OPENS - 2 * MINUTE, OPENS - MINUTE]
        assert second == first
        assert len(screen.sent("reqHistoricalData")) == 1

    played(story)


def test_a_minute_is_told_once_when_the_next_begins() -> None:
    """Updates within the minute change it; what comes for it afterwards changes nothing."""

    async def story(screen: Screen) -> None:
        key = await _load(screen)
        screen.told.clear()
        screen.clock.at += timedelta(seconds=50)
        screen.hear("historicalDataUpdate", key, _bar(0, 6305.0))
        assert screen.told == []
        screen.clock.at += timedelta(seconds=15)
        screen.hear("historicalDataUpdate", key, _bar(1))
        screen.hear("historicalDataUpdate", key, _bar(0, 6307.0))
        assert [(event.bar.start, event.bar.close) for event in screen.told] == [(OPENS, Decimal(6305))]  # type: ignore[union-attr]

    played(story)


def test_a_minute_is_told_a_little_after_its_end_without_a_next_one() -> None:
    """Where nothing trades any more the clock closes it."""

    async def story(screen: Screen) -> None:
        await _load(screen)
        screen.told.clear()
        screen.clock.at += MINUTE + GRACE
        screen.bars._tell_closed()
        assert [type(event) for event in screen.told] == [p.BarClosed]

    played(story)


def test_a_bar_that_makes_no_sense_is_refused() -> None:
    """A price of -1 or a close outside the range is no bar."""

    async def story(screen: Screen) -> None:
        key = await _load(screen)
        with pytest.raises(BadInput):
            screen.hear("historicalDataUpdate", key, _bar(1, 7000.0))
        with pytest.raises(BadInput):
            screen.hear("historicalDataUpdate", key, _bar(1, -1.0))

    played(story)
