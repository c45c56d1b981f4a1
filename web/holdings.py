"""Positions and their legs, and what is over today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from actors.view import LegRow, PositionRow, View
from lottogrid.clock import trading_date
from lottogrid.market.contracts import OptionContract
from lottogrid.positions import PositionState
from lottogrid.trades import Trade, TradeLeg
from web import text
from web.about import About

_RIGHTS = {"C": "Call", "P": "Put"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LegLine:
    """One leg of an open position."""

    name: str
    state: str
    held: int
    cost: str
    bid: str
    bid_note: str
    multiple: str
    target: str
    distance: str
    deviations: str
    """The distance in standard deviations to expiry; empty once the leg is over."""
    worth: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionLine:
    """One open position."""

    key: str
    level: str
    state: str
    planned: str
    lasts: str
    """How long it has been in its state."""
    cost: str
    sold: str
    """What was taken in already; empty while nothing was sold."""
    worth: str
    gain: str
    """Of the whole position so far, before commissions."""
    tone: str
    legs: tuple[LegLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedLine:
    """One position that is over."""

    key: str
    level: str
    opened: str
    closed: str
    legs: tuple[str, ...]
    premium: str
    commission: str
    gain: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What is held and what was held today."""

    open: tuple[PositionLine, ...]
    closed: tuple[ClosedLine, ...]
    abandoned: tuple[str, ...]
    """Ids of positions of today that never bought anything."""
    missing: str
    """What the risk book counts beyond the open positions in sight, in words; empty where nothing."""


def holdings(view: View, about: About) -> Holdings:
    """Return the positions of a picture, newest first."""
    today = trading_date(view.at)
    closed = view.ledger.trades if view.ledger else ()
    abandoned = (
        row.record.position_id
        for row in view.positions
        if row.record.state is PositionState.ABANDONED and row.record.trading_date == today
    )
    return Holdings(
        open=tuple(position_line(row, view, about) for row in view.open_positions),
        closed=tuple(closed_line(trade, view) for trade in reversed(closed)),
        abandoned=tuple(abandoned),
        missing=_missing(view),
    )


def _missing(view: View) -> str:
    if view.risk is None:
        return "What is held is not known yet."
    count = view.risk.book.open_count - len(view.open_positions)
    return f"The risk book counts {count} more, not yet in sight." if count > 0 else ""


def position_line(row: PositionRow, view: View, about: About) -> PositionLine:
    """Return one position with its legs."""
    gained = None if row.value_usd is None else row.sold_usd + row.value_usd - row.cost_usd
    closing = f", closing: {text.because(row.closing)}" if row.closing else ""
    return PositionLine(
        key=row.record.position_id,
        level=text.ratio(row.record.level),
        state=text.words(row.record.state) + closing,
        planned=text.moment(row.record.planned_at, view.at),
        lasts=text.span(view.at - row.record.changed_at),
        cost=text.money(row.cost_usd),
        sold=text.money(row.sold_usd) if row.sold_usd else "",
        worth=text.money(row.value_usd),
        gain=text.gain(gained),
        tone=text.tone(gained),
        legs=tuple(_leg(leg, view, about) for leg in row.legs),
    )


def _leg(leg: LegRow, view: View, about: About) -> LegLine:
    order = f", order {text.words(leg.order_state)}" if leg.order_state else ""
    is_over = leg.state.is_final
    price, multiple = leg.bid, leg.multiple
    if is_over:  # what the market does afterwards is no longer this leg's
        price = leg.exit_price
        multiple = price / leg.cost if price is not None and leg.cost else None
    return LegLine(
        name=_name(leg.contract),
        state=text.words(leg.state) + order,
        held=leg.held,
        cost=_or_none(leg.cost, is_over=is_over),
        bid=_or_none(price, is_over=is_over),
        bid_note="at its exit" if is_over and price is not None else _age_note(leg.contract, view, about),
        multiple="none" if is_over and multiple is None else text.ratio(multiple),
        target=_or_none(leg.target, is_over=True),
        distance="over" if is_over else _distance(leg.distance),
        deviations="" if is_over else _deviations(leg.distance_sd),
        worth=text.money(leg.value_usd),
    )


def _or_none(price: Decimal | None, *, is_over: bool) -> str:
    """Write a price; one that never came to be is none, not unknown."""
    return "none" if price is None and is_over else text.points(price)


def _name(contract: OptionContract) -> str:
    return f"{_RIGHTS[contract.right.value]} {contract.strike:f}"


def _age_note(contract: OptionContract, view: View, about: About) -> str:
    """Say so where a quote is older than an entry would accept."""
    quote = view.market.quotes.get(contract) if view.market else None
    if quote is None:
        return ""
    limit = timedelta(seconds=about.settings.risk.quote_stale_seconds)
    return "" if quote.is_fresh(view.at, limit) else f"{text.span(view.at - quote.at)} old"


def _distance(points: Decimal | None) -> str:
    if points is None:
        return text.UNKNOWN
    return f"{text.points(abs(points))} {'away' if points >= 0 else 'in the money'}"


def _deviations(number: float | None) -> str:
    return f"{text.UNKNOWN} sd" if number is None else f"{abs(number):.2f} sd"


def closed_line(trade: Trade, view: View) -> ClosedLine:
    """Return one position that is over."""
    return ClosedLine(
        key=trade.id,
        level=text.ratio(trade.level),
        opened=text.moment(trade.opened_at, view.at),
        closed=text.moment(trade.closed_at, view.at),
        legs=tuple(_closed_leg(leg) for leg in trade.legs),
        premium=text.money(trade.premium),
        commission=text.money(trade.commission),
        gain=text.gain(trade.pnl),
        tone=text.tone(trade.pnl),
    )


def _closed_leg(leg: TradeLeg) -> str:
    name = f"{_RIGHTS[leg.right.value]} {leg.strike:f}"
    return (
        f"{name}: {text.points(leg.entry_price)} \N{RIGHTWARDS ARROW} {text.points(leg.exit_price)}, {leg.exit_reason}"
    )
