"""The result of a replay or of a paper day: as one JSON document, and as what a person reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from rich.console import Console

from lottogrid.backtest.metrics import summary
from lottogrid.cli.feed import Feed
from lottogrid.cli.output import hour, money, number, table
from lottogrid.settings import Settings
from lottogrid.trades import Trade, TradeLeg, digest, to_json

_COLUMNS = ("position", "opened", "closed", "level", "leg", "bought", "sold", "how", "premium", "costs", "P&L")
_FIGURES = ("level", "bought", "sold", "premium", "costs", "P&L")

_TRADING = ("strategy.", "risk.", "session.", "market.", "simulator.profile", "simulator.seed")


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of the sessions of a feed under these settings."""

    settings: Settings
    feed: Feed
    trades: list[Trade]
    faults: Sequence[str] = ()
    """What should not be: a day that did not end flat, two books that differ."""
    seconds: float
    """Real time that it took."""
    more: dict[str, Any] = field(default_factory=dict)
    """Entries of the document that only this kind of result has."""

    @property
    def dates(self) -> list[date]:
        """The days that were played."""
        return [session.day.date for session in self.feed.sessions]

    @property
    def summary(self) -> dict[str, Any]:
        """What the trades came to."""
        return summary(self.trades, self.dates, self.settings.risk.start_cash)

    def document(self) -> dict[str, Any]:
        """Return the result ready for JSON."""
        return {
            "trades": [to_json(trade) for trade in self.trades],
            "summary": self.summary,
            "settings": self.settings.to_dict(),
            "settings_hash": self.settings.hash,
            "digest": digest(self.trades),
            "source": self.feed.name,
            "sessions": len(self.feed.sessions),
            "skipped": [{"date": each.date.isoformat(), "reason": each.reason} for each in self.feed.skipped],
            "bars": self.feed.bars,
            "faults": list(self.faults),
            "seconds": round(self.seconds, 3),
            **self.more,
            "assumptions": assumptions(self.settings, self.feed),
        }


def assumptions(settings: Settings, feed: Feed) -> list[str]:
    """Return in sentences what a result rests on that is not known."""
    if feed.is_broker:
        return ["Prices, fills and commissions are those that the broker's gateway told."]
    market, profile = settings.market, settings.simulator.profile
    implied = feed.volatility or f"{market.implied_premium:g} times the forecast from the bars"
    found = [f"Options are priced by a model: implied volatility is {implied}, the smile that of index options."]
    found += [f"Spreads and fills are the profile {profile}'s; a limit is filled where the path of a bar reaches it."]
    found += [f"A contract costs ${settings.risk.commission_per_contract} a side; the broker's own figure may differ."]
    found += ["An option in the money at the fixing is settled in cash."]
    if feed.is_generated:
        found += ["The bars are made up from a seed: they have the market's habits and none of its history."]
    return found


def show(result: Result, console: Console) -> None:
    """Print the result for a person."""
    if result.trades:
        rows = [row for trade in result.trades for row in _rows(trade)]
        console.print(table(_COLUMNS, rows, right=_FIGURES))
        console.print()
    first, last = result.dates[0], result.dates[-1]
    span = f"{first}" if first == last else f"{len(result.dates)} sessions, {first} to {last}"
    console.print(f"{span} ({result.feed.name}): {_in_words(result.summary)}")
    for skipped in result.feed.skipped:
        console.print(f"left out {skipped.date}: {skipped.reason}")
    for fault in result.faults:
        console.print(f"FAULT {fault}")
    console.print(f"settings {result.settings.hash}{_changed(result.settings)}")
    console.print(f"digest {digest(result.trades)}")


def _rows(trade: Trade) -> Iterator[tuple[str, ...]]:
    ends = money(trade.premium), money(trade.commission), money(trade.pnl)
    for place, leg in enumerate(trade.legs):
        head = (
            (trade.id, hour(trade.opened_at), hour(trade.closed_at), number(trade.level)) if place == 0 else ("",) * 4
        )
        yield (*head, *_leg(leg), *(ends if place == len(trade.legs) - 1 else ("",) * 3))


def _leg(leg: TradeLeg) -> tuple[str, str, str, str]:
    name = f"{leg.quantity} {leg.right.value} {number(leg.strike)}"
    return name, f"{leg.entry_price:.2f}", f"{leg.exit_price:.2f}", leg.exit_reason


def _in_words(found: dict[str, Any]) -> str:
    if not found["trades"]:
        return "no trade"
    won = "" if found["win_rate"] is None else f", {found['win_rate']:.0%} won"
    sharpe = "" if found["sharpe"] is None else f", Sharpe {found['sharpe']:.2f}"
    counted = f"{found['trades']} trade{'s' * (found['trades'] != 1)}, P&L {money(found['pnl'])}{won}"
    paid = f"commissions {money(found['commission'])}, deepest drawdown {money(found['max_drawdown'])}"
    return f"{counted}, {found['legs_at_target']} legs at their target, {paid}{sharpe}"


def _changed(settings: Settings) -> str:
    """Name the settings given on the command line that can change a trade: the usual cause of another result."""
    given = [key for key, origin in settings.origins.items() if origin.startswith(("--set", "preset"))]
    return "".join(f", {key}={settings.value(key)}" for key in given if key.startswith(_TRADING))
