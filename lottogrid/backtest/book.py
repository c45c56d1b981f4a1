"""The books of all sessions at once: what was bought, what of it has been sold, and what the limits still allow."""

from __future__ import annotations

import numpy as np

from lottogrid.backtest.entries import Shown
from lottogrid.backtest.offers import NEVER, Offers, first_fills
from lottogrid.backtest.positions import Positions
from lottogrid.backtest.tape import Bools, Ints
from lottogrid.backtest.terms import Terms

_ROOM = 16


class Books:
    """A row for each session, a column for each of its positions; money in cents.

    When a target is reached is found out only when it matters: a limit that holds with everything still open, and
    nothing gained, holds whatever was sold.
    """

    def __init__(self, terms: Terms, sessions: int) -> None:
        self._terms = terms
        self._costs = terms.cents.of(terms.rules.commission_usd * terms.rules.quantity)
        self.count = np.zeros(sessions, dtype=np.int64)
        """Positions of each session."""
        self._known = self.count.copy()
        """Of how many of them it is known when their targets are reached."""
        self._kept = {name: np.zeros((sessions, _ROOM), dtype=np.int64) for name in ("columns", "level", "worst")}
        self._legs = {name: np.zeros((sessions, _ROOM, 2), dtype=np.int64) for name in ("strike", "paid", "target")}
        self._legs["reached"] = np.full((sessions, _ROOM, 2), NEVER)
        self._may_lose = False
        """Whether a target has been so near that its commission is more than it gains."""

    def allow(self, rows: Ints, at: Shown) -> Bools:
        """Return which levels are bought at a cell of each of `rows`: cell, level."""
        if self._may_lose:
            self._find_out()
        bought, is_refused = self._allowed(rows, at)
        if is_refused and self._find_out():
            bought, _ = self._allowed(rows, at)
        return bought

    def buy(self, rows: Ints, at: Shown, bought: Bools) -> None:
        """Enter what is bought."""
        cells, levels = np.nonzero(bought)
        is_second = np.concatenate(([False], cells[1:] == cells[:-1]))
        places = rows[cells], self.count[rows[cells]] + is_second
        self._make_room(int(places[1].max()))
        paid = at.ask[cells, levels]
        target = self._target(paid)
        for name, values in (("columns", at.columns[cells]), ("level", levels), ("worst", at.worst[cells, levels])):
            self._kept[name][places] = values
        for name, values in (("strike", at.strike[cells, levels]), ("paid", paid), ("target", target)):
            self._legs[name][places] = values
        np.maximum.at(self.count, places[0], places[1] + 1)
        self._may_lose |= bool((self._gain(paid, target) < 0).any())

    def positions(self) -> Positions:
        """Return everything that was bought."""
        self._find_out()
        places = np.nonzero(np.arange(self._kept["worst"].shape[1]) < self.count[:, np.newaxis])
        return Positions(
            rows=places[0],
            number=places[1] + 1,
            columns=self._kept["columns"][places],
            level=self._kept["level"][places],
            **{name: values[places] for name, values in self._legs.items()},
        )

    def _allowed(self, rows: Ints, at: Shown) -> tuple[Bools, bool]:
        """Return which levels are bought, and whether a limit keeps one that fits from it."""
        limits, cents = self._terms.limits, self._terms.cents
        held, reserved, realised = self._stand(rows, at.columns)
        most, cash = cents.of(limits.max_draw_usd), cents.of(self._terms.start_cash_usd)
        bought = np.zeros(at.fits.shape, dtype=np.bool_)
        spent = np.zeros(len(rows), dtype=np.int64)
        is_refused = False
        for level in range(at.fits.shape[1]):
            cost = spent + at.worst[:, level]
            before = bought.sum(axis=1)
            counts = (self.count[rows] + before < limits.max_per_day) & (held + before < limits.max_open)
            money = (reserved + cost - realised <= most) & (cash + realised - reserved >= cost)
            wanted = at.fits[:, level] & (self._terms.rules.buy_every_level | (before == 0))
            bought[:, level] = wanted & counts & money
            is_refused |= bool((wanted & ~bought[:, level]).any())
            spent = np.where(bought[:, level], cost, spent)
        return bought, is_refused

    def _stand(self, rows: Ints, columns: Ints) -> tuple[Ints, Ints, Ints]:
        """Return positions open, cents reserved and cents realised at a column of each row, as far as is known."""
        used = int(self.count.max()) if len(rows) else 0
        is_sold = self._legs["reached"][rows, :used] <= columns[:, np.newaxis, np.newaxis]
        is_open = ~(is_sold[:, :, 0] & is_sold[:, :, 1]) & (np.arange(used) < self.count[rows, np.newaxis])
        reserved = np.where(is_open, self._kept["worst"][rows, :used], 0).sum(axis=1)
        gain = self._gain(self._legs["paid"][rows, :used], self._legs["target"][rows, :used])
        realised = np.where(is_sold, gain, 0).sum(axis=(1, 2)) - 2 * self._costs * self.count[rows]
        return is_open.sum(axis=1), reserved, realised

    def _gain(self, paid: Ints, target: Ints) -> Ints:
        """Return what a leg gains at its target, the commission of the sale taken off."""
        return (target - paid) * (self._terms.rules.quantity * self._terms.cents.a_unit) - self._costs

    def _target(self, paid: Ints) -> Ints:
        """Return where legs that cost `paid` are offered."""
        terms = self._terms
        return terms.screen.targets(terms.rules.target_multiple, paid)

    def _find_out(self) -> bool:
        """Find out when the targets are reached of which it is not known; return whether there were any."""
        numbers = np.arange(self._kept["worst"].shape[1])
        places = np.nonzero((numbers >= self._known[:, np.newaxis]) & (numbers < self.count[:, np.newaxis]))
        if not len(places[0]):
            return False
        market, timing, rows = self._terms.market, self._terms.timing, np.repeat(places[0], 2)
        offers = Offers(
            rows=rows,
            strike=self._legs["strike"][places].ravel() * np.float64(market.spec.strike_step),
            is_call=np.tile([True, False], len(places[0])),
            limit=self._legs["target"][places].ravel(),
            first=np.repeat(self._kept["columns"][places] + 1, 2),
            last=timing.last_of_targets(market.tape)[rows],
            from_the_start=np.full(len(rows), timing.is_immediate),
        )
        self._legs["reached"][places] = first_fills(market, self._terms.screen.bids, offers).reshape(-1, 2)
        self._known = self.count.copy()
        return True

    def _make_room(self, most: int) -> None:
        while most >= self._kept["worst"].shape[1]:
            for kept, empty in ((self._kept, 0), (self._legs, NEVER)):
                for name, values in kept.items():
                    kept[name] = np.concatenate((values, np.full_like(values, empty)), axis=1)
