"""The market data actor: quotes, bars, realised and implied volatility, and how old they are."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from actors import messages as m
from actors.runtime.actor import Actor
from lottogrid.brokers.port import BarClosed, BarHistory, Quoted
from lottogrid.calendar import TradingDay
from lottogrid.market.bars import Bar
from lottogrid.market.contracts import ContractSpec, OptionContract, Right
from lottogrid.market.quotes import Quote
from lottogrid.pricing.moves import total_sd_from_straddle
from lottogrid.pricing.realised import RealisedVolatility
from lottogrid.strategies.base import MarketView
from lottogrid.strategies.lotto_grid import listed_strike

QUOTE_PATIENCE = timedelta(seconds=3)
"""How long a bar waits for the straddle's quotes before it goes out with the implied move unknown."""
QUOTE_BREATH = timedelta(seconds=0.25)
"""Real time for them at least: with a fast clock the way to the gateway and back takes many of its seconds."""
MINUTE = timedelta(minutes=1)
MARK_MINUTES = 5
"""How often the account is marked."""


@dataclass(frozen=True, slots=True)
class _QuotesLate:
    """The straddle of a bar was not quoted in time."""

    bar_end: datetime


class MarketData(Actor):
    """Owns what is known of the market; prices nothing from a stale or one-sided quote.

    After each bar it sends one `MarketView` to the strategist, when the at-the-money straddle has been quoted, and one
    more whenever options that somebody watches are quoted. After a crash it asks for the history and the watchers,
    which are restarted with it, say again what they watch.
    """

    def __init__(self, spec: ContractSpec, *, quote_age: timedelta, realised_minutes: int) -> None:
        super().__init__()
        self._spec = spec
        self._quote_age = quote_age
        self._realised_minutes = realised_minutes
        self._realised = RealisedVolatility(realised_minutes)
        self._recent: deque[Bar] = deque(maxlen=realised_minutes + 1)
        self._day: TradingDay | None = None
        self._last: Bar | None = None
        self._quotes: dict[OptionContract, Quote] = {}
        self._watched: dict[str, frozenset[OptionContract]] = {}
        self._subscribed: frozenset[OptionContract] = frozenset()
        self._straddle: tuple[OptionContract, OptionContract] | None = None
        self._mark_due: datetime | None = None

    def on_start(self) -> None:
        """Ask for what came before."""
        self.send(m.CLOCK, m.TellSession(self.name))
        self.send(m.BROKER, m.RequestHistory())

    def on_receive(self, message: object) -> None:
        """Take in bars and quotes; answer those who watch."""
        match message:
            case Quoted(quotes=quotes):
                self._on_quotes(quotes)
            case BarClosed(bar=bar):
                self._on_bar(bar)
            case m.Watch(owner=owner, contracts=contracts):
                self._watch(owner, contracts)
            case m.TellQuotes(contracts=contracts, reply_to=reply_to):
                found = (self._fresh(contract) for contract in contracts)
                self.send(reply_to, m.QuotesTold(tuple(quote for quote in found if quote is not None)))
            case m.SessionChanged(day=day):
                self._on_day(day if isinstance(day, TradingDay) else None)
            case BarHistory(bars=bars):
                self._on_history(bars)
            case _QuotesLate(bar_end=bar_end) if self._last is not None and bar_end == self._last.start + MINUTE:
                if self._total_sd() is None:
                    self._tell()

    # --- taking in

    def _on_day(self, day: TradingDay | None) -> None:
        if self._day is not None and (day is None or day.date != self._day.date):
            self._quotes.clear()
            self._watched.clear()
            self._straddle = None
            self._last = None
        self._day = day

    def _on_history(self, bars: tuple[Bar, ...]) -> None:
        """Begin the realised volatility anew: bars may have closed while the history was on its way."""
        since = bars[-1].start if bars else None
        merged = [*bars, *(bar for bar in self._recent if since is None or bar.start > since)]
        self._realised = RealisedVolatility(self._realised_minutes)
        for bar in merged:
            self._realised.add(bar.start, float(bar.close))
        self._recent = deque(merged, maxlen=self._recent.maxlen)
        self._last = merged[-1] if merged else None

    def _on_bar(self, bar: Bar) -> None:
        if self._last is not None and bar.start <= self._last.start:
            return
        self._realised.add(bar.start, float(bar.close))
        self._recent.append(bar)
        self._last = bar
        if self._day is None:
            return
        strike = listed_strike(bar.close, self._spec)
        if self._straddle is None or self._straddle[0].strike != strike:
            self._straddle = (self._option(Right.CALL, strike), self._option(Right.PUT, strike))
            self._watch("straddle", frozenset(self._straddle))
        self._mark_due = bar.start + MINUTE
        self.after(max(QUOTE_PATIENCE, self.patience(QUOTE_BREATH)), _QuotesLate(self._mark_due))

    def _on_quotes(self, quotes: tuple[Quote, ...]) -> None:
        for quote in quotes:
            self._quotes[quote.contract] = quote
        self._mark_equity()
        if self._total_sd() is not None:
            self._tell()

    def _mark_equity(self) -> None:
        """Every few minutes, with the first quotes of a bar, let the ledger mark the account."""
        due, self._mark_due = self._mark_due, None
        if due is not None and due.minute % MARK_MINUTES == 0:
            fresh = (self._fresh(contract) for contract in self._quotes)
            self.send(m.LEDGER, m.MarkEquity(due, tuple(quote for quote in fresh if quote is not None)))

    def _watch(self, owner: str, contracts: frozenset[OptionContract]) -> None:
        self._watched[owner] = contracts
        wanted = frozenset().union(*self._watched.values())
        if wanted != self._subscribed:
            self._subscribed = wanted
            self._quotes = {contract: quote for contract, quote in self._quotes.items() if contract in wanted}
            self.send(m.BROKER, m.Subscribe(wanted))

    def _option(self, right: Right, strike: Decimal) -> OptionContract:
        assert self._day is not None
        return OptionContract(symbol=self._spec.symbol, expiry=self._day.date, right=right, strike=strike)

    # --- giving out

    def _fresh(self, contract: OptionContract) -> Quote | None:
        quote = self._quotes.get(contract)
        return quote if quote is not None and quote.is_fresh(self.now(), self._quote_age) else None

    def _total_sd(self) -> float | None:
        """Return the implied standard deviation to expiry, from quotes no older than the last bar."""
        if self._straddle is None or self._last is None:
            return None
        mids = []
        for contract in self._straddle:
            quote = self._quotes.get(contract)
            if quote is None or quote.at < self._last.start + MINUTE or quote.mid is None:
                return None
            mids.append(quote.mid)
        straddle = float(sum(mids, Decimal(0)))
        return total_sd_from_straddle(straddle, float(self._last.close), float(self._straddle[0].strike))

    def _tell(self) -> None:
        if self._day is None or self._last is None:
            return
        bar_end = self._last.start + MINUTE
        view = MarketView(
            at=self.now(),
            day=self._day,
            spec=self._spec,
            underlying=self._last.close,
            underlying_at=bar_end,
            minute_sd=self._realised.minute_sd,
            samples=self._realised.samples,
            total_sd=self._total_sd(),
            minutes_left=self._day.minutes_left(bar_end),
            quotes=MappingProxyType(dict(self._quotes)),
        )
        self.publish(view)
        self.send(m.STRATEGIST, view)
