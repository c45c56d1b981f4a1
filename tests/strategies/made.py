"""Hand-made pictures of a market and of a risk book."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from lottogrid.calendar import TradingDay
from lottogrid.market.contracts import OptionContract, Right, spec_of
from lottogrid.market.quotes import Quote
from lottogrid.risk.book import RiskBook
from lottogrid.risk.limits import Limits
from lottogrid.strategies.base import MarketView
from lottogrid.strategies.lotto_grid import EntryMeasure, Rules

ON = date(2025, 4, 9)
OPENS = datetime(2025, 4, 9, 13, 30, tzinfo=UTC)
DAY = TradingDay(
    date=ON,
    opens=OPENS,
    last_entry=OPENS + timedelta(hours=6),
    flatten=OPENS + timedelta(hours=6, minutes=28),
    closes=OPENS + timedelta(hours=6, minutes=30),
    is_half_day=False,
)
NOON = OPENS + timedelta(hours=2, minutes=30)

RULES = Rules(
    measure=EntryMeasure.MOVE,
    realised_minutes=60,
    threshold=0.67,
    multiples=(Decimal("1.25"), Decimal("1.5")),
    buy_every_level=False,
    cap_usd=Decimal(25),
    target_multiple=Decimal(4),
    quantity=1,
    commission_usd=Decimal("0.62"),
    price_age=timedelta(seconds=90),
    quote_age=timedelta(seconds=90),
)
LIMITS = Limits(min_time_between=timedelta(minutes=30), max_per_day=12, max_open=15, max_draw_usd=Decimal(750))
BOOK = RiskBook(
    trading_date=ON,
    baseline_usd=Decimal(5000),
    realised_usd=Decimal(0),
    reserved_usd=Decimal(0),
    entries_today=0,
    open_count=0,
    last_entry_at=None,
)


def rules(**changes: object) -> Rules:
    """Return the default rules with some changed."""
    return replace(RULES, **changes)  # type: ignore[arg-type]


def book(**changes: object) -> RiskBook:
    """Return an untouched book with some fields changed."""
    return replace(BOOK, **changes)  # type: ignore[arg-type]


def option(right: Right, strike: int) -> OptionContract:
    """Return a same-day MES option."""
    return OptionContract(symbol="MES", expiry=ON, right=right, strike=Decimal(strike))


def quote(contract: OptionContract, bid: str | None, ask: str | None, at: datetime = NOON) -> Quote:
    """Return a quote; None is a missing side."""
    return Quote(contract, at, None if bid is None else Decimal(bid), None if ask is None else Decimal(ask), 10, 10)


def market(*quotes: Quote, **changes: object) -> MarketView:
    """Return a quiet noon at 6300 with an implied move of about 40 points, and these quotes."""
    view = MarketView(
        at=NOON,
        day=DAY,
        spec=spec_of("MES"),
        underlying=Decimal(6300),
        underlying_at=NOON,
        minute_sd=0.0002,
        samples=60,
        total_sd=0.008,
        minutes_left=240.0,
        quotes={each.contract: each for each in quotes},
    )
    return replace(view, **changes)  # type: ignore[arg-type]
