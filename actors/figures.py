"""What a picture of the bot comes to: the day's money and the minutes that are left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from actors.view import View
from lottogrid.calendar import TradingDay


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Money in dollars; None is unknown. A time that has passed is negative."""

    realised_usd: Decimal | None
    """Booked today: closed contracts, and every commission."""
    open_usd: Decimal | None
    """Gain or loss of what is held, at the bids; None also while not all that the risk book counts is in sight."""
    day_usd: Decimal | None
    """Realised and open."""
    at_risk_usd: Decimal | None
    """Premium of all that is open or on its way, with the commissions still to come."""
    worst_usd: Decimal | None
    """What the day loses if all of that expires worthless; negative where it still gains."""
    limit_usd: Decimal | None
    """What `worst_usd` may reach at most."""
    price_age: timedelta | None
    """Of the last price of the underlying."""
    to_open: timedelta | None
    """None, as the three below, on a day without a session."""
    to_last_entry: timedelta | None
    to_flatten: timedelta | None
    to_close: timedelta | None


def figures(view: View) -> Figures:
    """Return what `view` comes to."""
    risk, market = view.risk, view.market
    realised = risk.book.realised_usd if risk else None
    opened = view.open_usd if risk and risk.book.open_count <= len(view.open_positions) else None
    at_risk = risk.book.reserved_usd if risk else None
    day = view.session.day if view.session and isinstance(view.session.day, TradingDay) else None
    return Figures(
        realised_usd=realised,
        open_usd=opened,
        day_usd=_sum(realised, opened),
        at_risk_usd=at_risk,
        worst_usd=None if realised is None or at_risk is None else at_risk - realised,
        limit_usd=risk.limits.max_draw_usd if risk else None,
        price_age=_between(market.underlying_at if market else None, view.at),
        to_open=_between(view.at, day.opens if day else None),
        to_last_entry=_between(view.at, day.last_entry if day else None),
        to_flatten=_between(view.at, day.flatten if day else None),
        to_close=_between(view.at, day.closes if day else None),
    )


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one + other


def _between(start: datetime | None, end: datetime | None) -> timedelta | None:
    return None if start is None or end is None else end - start
