"""The quotes everybody sees: priced at the end of a minute, standing until the next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from lottogrid.brokers.port import Quoted
from lottogrid.exchange.draws import uniform
from lottogrid.exchange.model import MarketPoint
from lottogrid.market.contracts import OptionContract
from lottogrid.market.quotes import Quote


class QuoteBoard:
    """Standing quotes, made when first asked for. Displayed sizes are drawn from the seed by contract and instant."""

    def __init__(self, seed: int, displayed_size: tuple[int, int]) -> None:
        self._seed = seed
        self._sizes = displayed_size
        self._market: MarketPoint | None = None
        self._quotes: dict[OptionContract, Quote] = {}
        self.quoted_at: datetime | None = None
        """When the standing quotes were made; None while there is no market."""

    def show(self, market: MarketPoint, at: datetime) -> None:
        """Let the quotes of `market` stand from `at` on."""
        self._market, self.quoted_at = market, at
        self._quotes.clear()

    def clear(self) -> None:
        """Take all quotes down: there is no market."""
        self._market, self.quoted_at = None, None
        self._quotes.clear()

    def quote(self, contract: OptionContract) -> Quote | None:
        """Return the standing quote of `contract`; None while there is no market."""
        if self._market is None or self.quoted_at is None:
            return None
        found = self._quotes.get(contract)
        if found is None:
            found = self._quotes[contract] = self._make(contract, self._market, self.quoted_at)
        return found

    def quotes(self, contracts: Iterable[OptionContract]) -> Quoted | None:
        """Return the standing quotes of `contracts` as one event; None where there is nothing to tell."""
        found = (self.quote(contract) for contract in contracts)
        quotes = tuple(quote for quote in found if quote is not None)
        return Quoted(self.quoted_at, quotes) if quotes and self.quoted_at is not None else None

    def displayed(self, contract: OptionContract, at: datetime) -> tuple[int, int]:
        """Return how many contracts the bid and the ask of `at` show."""
        low, high = self._sizes
        if low == high:
            return low, high
        drawn = uniform(self._seed, "displayed", contract, at.timestamp())
        bid, rest = divmod(drawn * (high - low + 1), 1)
        return low + int(bid), low + int(rest * (high - low + 1))

    def _make(self, contract: OptionContract, market: MarketPoint, at: datetime) -> Quote:
        bid, ask = market.bid_and_ask(contract)
        bid_size, ask_size = self.displayed(contract, at)
        return Quote(contract, at, bid, ask, 0 if bid is None else bid_size, ask_size)
