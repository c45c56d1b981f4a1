"""Random walks through everything that can be done to an exchange."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from lottogrid.brokers.port import BrokerEvent, BrokerSnapshot
from lottogrid.exchange.exchange import Exchange
from lottogrid.exchange.profiles import profile_of
from lottogrid.exchange.store import Keeper
from lottogrid.market.bars import Bar
from lottogrid.market.contracts import Right
from lottogrid.orders import Side
from lottogrid.pricing.smile import Smile
from tests.exchange.desk import DAY, MINUTE, OPENS, SPEC, FixedForecast, option, order

ROUGH = replace(profile_of("rough"), refresh=timedelta(seconds=1), reject_probability=0.1)
DOWNTIME = timedelta(seconds=5)
CONTRACTS = (option(6330), option(6270, Right.PUT))

places = st.tuples(
    st.just("place"),
    st.integers(0, 30),  # the reference: few enough to repeat
    st.sampled_from(CONTRACTS),
    st.sampled_from(Side),
    st.integers(1, 6),
    st.sampled_from([None, None, "0.50", "5.00", "9.00", "20", "9.05"]),
)
oddities = st.tuples(
    st.just("place"), st.integers(0, 30), st.just(CONTRACTS[0]), st.just(Side.BUY), st.just(0), st.none()
)
cancels = st.tuples(st.just("cancel"), st.integers(0, 31))
waits = st.tuples(st.just("wait"), st.sampled_from([0.0, 0.5, 0.9, 1.0, 2.9, 17.0]))
bars = st.tuples(st.just("bar"), st.integers(-200, 200), st.integers(0, 300), st.integers(0, 300))
buys = st.tuples(
    st.just("place"), st.integers(31, 40), st.sampled_from(CONTRACTS), st.just(Side.BUY), st.integers(2, 6), st.none()
)
# Something is bought first, so that there is something to sell.
walks = st.builds(
    lambda first, second, rest: [first, second, *rest],
    buys,
    st.just(("wait", 3.1)),
    st.lists(st.one_of(places, places, places, cancels, waits, waits, bars, bars, oddities), min_size=20, max_size=40),
)


Step = Sequence[Any]
Steps = Sequence[Step]


class Walker:
    """Drives an exchange through steps, and can lose the process on the way."""

    def __init__(self, open_store: Callable[[], Keeper] | None = None, seed: int = 1) -> None:
        self._open_store = open_store
        self._seed = seed
        self.now = OPENS
        self.price = Decimal(6300)
        self.bars: list[Bar] = []
        self.heard: list[tuple[datetime, BrokerEvent]] = []
        self._store: Keeper | None = None
        self._start()
        self.bar(0, 0, 0)

    def _start(self) -> None:
        self._store = self._open_store() if self._open_store else None
        self.exchange = Exchange(SPEC, ROUGH, self._seed, Smile(), FixedForecast(), store=self._store)
        self.exchange.start_session(DAY)
        for bar in self.bars:
            self.exchange.advance(bar, self.now)

    def kill(self) -> None:
        """Lose the process and all that it has not stored; start anew a while later from the store and the bars."""
        assert self._store is not None
        self._store.close()
        self.now += DOWNTIME
        self._start()

    def bar(self, change: int, up: int, down: int) -> None:
        opened, self.price = self.price, self.price + Decimal(change) / 4
        high, low = max(opened, self.price) + Decimal(up) / 4, min(opened, self.price) - Decimal(down) / 4
        end = OPENS + len(self.bars) * MINUTE
        self.listen(max(end, self.now))
        self.bars.append(Bar(end - MINUTE, opened, high, low, self.price))
        self.exchange.advance(self.bars[-1], self.now)

    def act(self, step: Step) -> None:
        """Do one step, without hearing what comes of it."""
        match step:
            case ("place", number, contract, side, quantity, limit):
                self.exchange.place(order(f"r{number:02}", contract, side, quantity, limit, at=self.now), self.now)
            case ("cancel", number):
                self.exchange.cancel(f"r{number:02}", self.now)
            case ("wait", seconds):
                self.listen(self.now + timedelta(seconds=seconds))
            case ("bar", *sizes):
                self.bar(*sizes)

    def listen(self, until: datetime | None = None) -> None:
        """Go on to `until`, stopping wherever something is due."""
        until = until or self.now
        while (due := self.exchange.next_due()) is not None and due <= until:
            self.now = max(self.now, due)
            self.heard += ((self.now, event) for event in self.exchange.collect(self.now))
        self.now = until
        self.heard += ((self.now, event) for event in self.exchange.collect(self.now))

    def walk(self, steps: Steps, *, pause_at: int = -1, kill: bool = False, deaf: bool = False) -> None:
        """Do all steps and end the session; pause after step `pause_at`, if `deaf` before its outcome was heard.

        With `kill` the process is dead for that while.
        """
        for number, step in enumerate(steps):
            self.act(step)
            if not (deaf and kill and number == pause_at):
                self.listen()
            if number == pause_at and kill:
                self.kill()
            if number == pause_at and not kill:
                self.listen(self.now + DOWNTIME)
        self.listen()
        self.listen(self.now + timedelta(minutes=2))
        self.listen(DAY.closes)
        self.exchange.close_session(DAY.closes)
        self.listen()

    @property
    def events(self) -> list[BrokerEvent]:
        """All events heard."""
        return [event for _, event in self.heard]

    def snapshot(self) -> BrokerSnapshot:
        """Return the broker's view now."""
        return self.exchange.snapshot(self.now)
