"""The fast backtest: what `lottogrid replay` would trade, to the cent, for all sessions at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

import numpy as np

from lottogrid.backtest.closing import Exits, How, close
from lottogrid.backtest.entering import enter
from lottogrid.backtest.kernels import Kernel
from lottogrid.backtest.market import OptionMarket
from lottogrid.backtest.money import Cents
from lottogrid.backtest.positions import Positions
from lottogrid.backtest.refusals import refusals
from lottogrid.backtest.strangles import Screen
from lottogrid.backtest.tape import Ints, Tape
from lottogrid.backtest.terms import Terms
from lottogrid.backtest.timing import Timing
from lottogrid.backtest.trading import trades_of
from lottogrid.backtest.volatility import annual_volatilities, realised_minute_sds
from lottogrid.exchange.exchange import Forecast
from lottogrid.exchange.model import MarketModel
from lottogrid.exchange.profiles import BrokerProfile
from lottogrid.market.contracts import ContractSpec
from lottogrid.market.sessions import Session
from lottogrid.pricing.blocks import Floats
from lottogrid.pricing.smile import SmileSource
from lottogrid.risk.limits import Limits
from lottogrid.risk.reasons import Reason
from lottogrid.strategies.lotto_grid import Rules
from lottogrid.trades import Trade


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is traded under which rules, and how the market answers."""

    spec: ContractSpec
    profile: BrokerProfile
    smile: SmileSource
    rules: Rules
    limits: Limits
    start_cash_usd: Decimal
    """What every day begins with."""
    answer_within: timedelta
    """An order that has no answer for so long counts as unknown, and nothing is entered meanwhile."""


class Ground:
    """Sessions, and what can be said of them without a rule: made once, traded on by as many plans as wanted."""

    def __init__(
        self, sessions: Sequence[Session] | Tape, forecast: Forecast | Floats, kernel: Kernel = Kernel.NUMPY
    ) -> None:
        """Take in `sessions`, oldest first; `forecast` is fed with them from its beginning and says the volatility.

        Volatilities that are known already, in the shape of the tape, take its place.

        Raises:
            BadInput: there is no session, they are not in order, or one has a hole between its open and its close.
        """
        self.kernel = kernel
        self.tape = sessions if isinstance(sessions, Tape) else Tape.of(sessions)
        known = forecast if isinstance(forecast, np.ndarray) else annual_volatilities(self.tape, forecast, kernel)
        self.volatility: Floats = np.ascontiguousarray(known)
        self._minute_sds: dict[int, Floats] = {}
        self._screens: dict[tuple[object, ...], Screen] = {}

    def minute_sd(self, window: int) -> Floats:
        """Return the realised standard deviation of each minute over `window` returns."""
        if window not in self._minute_sds:
            self._minute_sds[window] = realised_minute_sds(self.tape, window, self.kernel)
        return self._minute_sds[window]

    def screen(self, plan: Plan) -> Screen:
        """Return the option market of a plan, as far as it has been looked at."""
        profile = plan.profile
        key = plan.spec, plan.smile, profile.spread, profile.spread_factor
        if key not in self._screens:
            model = MarketModel(plan.spec.ladder, plan.smile, profile.spread, profile.spread_factor)
            market = OptionMarket(self.tape, plan.spec, model, self.volatility, self.kernel)
            self._screens[key] = Screen(market, self.tape.last_entry)
        return self._screens[key]

    def forget(self) -> None:
        """Let go of what was priced: a long sweep looks at more markets than fit into memory."""
        self._screens.clear()


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a plan came to."""

    terms: Terms
    minute_sd: Floats
    """Realised, in the shape of the tape."""
    positions: Positions
    exits: Exits

    @cached_property
    def trades(self) -> list[Trade]:
        """Every position as the replay tells of it, oldest first."""
        return list(trades_of(self.terms, self.positions, self.exits))

    @cached_property
    def gains_usd(self) -> Floats:
        """What each position came to, net of commissions, dollars."""
        terms, exits = self.terms, self.exits
        gained = (exits.cents - self.positions.paid * terms.cents.a_unit).sum(axis=1)
        charged = 2 + (exits.how != How.SETTLED).sum(axis=1)
        a_contract: Ints = gained - charged * terms.cents.of(terms.rules.commission_usd)
        return np.asarray(a_contract * terms.rules.quantity / terms.cents.per_dollar)

    @cached_property
    def daily_usd(self) -> Floats:
        """What each session came to, dollars; 0 without a trade."""
        sessions = len(self.terms.market.tape.sessions)
        return np.bincount(self.positions.rows, weights=self.gains_usd, minlength=sessions).astype(np.float64)

    @cached_property
    def refusals(self) -> tuple[int, Counter[Reason]]:
        """How many decisions were taken, and how often each reason refused an entry."""
        return refusals(self.terms, self.minute_sd, self.positions, self.exits)

    @property
    def dates(self) -> list[date]:
        """The days that were played."""
        return [session.day.date for session in self.terms.market.tape.sessions]


def run(ground: Ground, plan: Plan) -> Outcome:
    """Return what comes of `plan` on `ground`.

    Raises:
        NotComputed: chance or slowness of the broker profile make an outcome that only the actors can play.
    """
    rules, screen = plan.rules, ground.screen(plan)
    timing = Timing.of(plan.profile, rules.quantity, plan.answer_within)
    terms = Terms(screen, rules, plan.limits, plan.start_cash_usd, _cents(plan, screen.market.grid.unit), timing)
    minute_sd = ground.minute_sd(rules.realised_minutes)
    positions = _entered(terms, minute_sd)
    return Outcome(terms, minute_sd, positions, close(terms, positions))


def _entered(terms: Terms, minute_sd: Floats) -> Positions:
    if terms.market.loops is None:
        return enter(terms, minute_sd)
    from lottogrid.backtest.compiled import entering  # noqa: PLC0415 - numba is an extra, and slow to import

    return entering.enter(terms, minute_sd, terms.market.loops)


def _cents(plan: Plan, unit: Decimal) -> Cents:
    """Return the fraction of a dollar that every price, settlement, cost and limit is a whole number of."""
    spec, rules = plan.spec, plan.rules
    limits = rules.cap_usd, plan.limits.max_draw_usd, plan.start_cash_usd
    points = spec.underlying_tick, spec.strike_step
    amounts = [rules.commission_usd, *limits, *(each * spec.multiplier for each in points)]
    return Cents.fine_enough(unit * spec.multiplier, amounts)
