"""The strategist actor: asks the rule once a minute, and writes down what it said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from actors import messages as m
from actors.runtime.actor import Actor
from lottogrid.ledger.records import DecisionTaken
from lottogrid.market.contracts import OptionContract
from lottogrid.risk.book import RiskBook
from lottogrid.strategies.base import Decision, MarketView, Strategy

QUOTE_PATIENCE = timedelta(seconds=3)
"""How long a decision waits for the quotes of its strikes."""
QUOTE_BREATH = timedelta(seconds=0.25)
"""Real time for them at least: with a fast clock the way to the gateway and back takes many of its seconds."""


@dataclass(frozen=True, slots=True)
class _QuotesLate:
    """The strikes of a bar were not quoted in time; decide with what there is."""

    bar_end: datetime


@dataclass(frozen=True, slots=True)
class _QuotesComplete:
    """Everything that the rule looks at is there."""

    bar_end: datetime


@dataclass(frozen=True, slots=True)
class StrategistView:
    """The latest decision."""

    decision: Decision


class Strategist(Actor):
    """Owns the entry rule; knows no broker.

    One decision a bar, entered or not, is committed: what proposes nothing from here, what would enter by risk, in one
    commit with the plan and the orders. A crash loses at most the decision of the present bar.
    """

    def __init__(self, strategy: Strategy) -> None:
        super().__init__()
        self._strategy = strategy
        self._book: RiskBook | None = None
        self._view: MarketView | None = None
        self._decided: datetime | None = None

    def on_start(self) -> None:
        """Ask for the risk book."""
        self.send(m.RISK, m.TellBook(self.name))

    def on_receive(self, message: object) -> None:
        """Decide when everything that the rule looks at is there."""
        match message:
            case MarketView():
                self._on_market(message)
            case m.BookTold(book=book):
                self._book = book
            case _QuotesLate(bar_end=bar_end) | _QuotesComplete(bar_end=bar_end):
                if self._view is not None and self._view.underlying_at == bar_end:
                    self._decide(self._view)
            case m.CommitRefused(text=text):
                raise RuntimeError(text)

    def _on_market(self, view: MarketView) -> None:
        bar_end = view.underlying_at
        if bar_end is None or bar_end == self._decided or not view.day.opens <= view.moment <= view.day.flatten:
            return
        waited_for = self._view is not None and self._view.underlying_at == bar_end
        self._view = view
        wanted = self._strategy.wanted(view)
        missing = {contract for contract in wanted if not _is_of_bar(view, contract, bar_end)}
        if not missing:
            self.behind(_QuotesComplete(bar_end))  # what was filled with this bar is booked first
        elif not waited_for:
            self.send(m.MARKET_DATA, m.Watch(self.name, wanted))
            self.after(max(QUOTE_PATIENCE, self.patience(QUOTE_BREATH)), _QuotesLate(bar_end))

    def _decide(self, view: MarketView) -> None:
        if self._book is None or self._decided == view.underlying_at:
            return
        self._decided = view.underlying_at
        decision = self._strategy.decide(view, self._book)
        self.publish(StrategistView(decision))
        if decision.proposals:
            self.send(m.RISK, m.RequestEntry(decision))  # which writes it down with what comes of it
        else:
            self.send(m.LEDGER, m.Commit(self.name, (DecisionTaken(at=self.now(), decision=decision),)))


def _is_of_bar(view: MarketView, contract: OptionContract, bar_end: datetime) -> bool:
    quote = view.quotes.get(contract)
    return quote is not None and quote.at >= bar_end
