"""One-minute bars from Yahoo's chart service: the last seven days, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from lottogrid.errors import BadInput, Missing
from lottogrid.market.bars import Bar

DAYS = 7
"""As far back as Yahoo serves bars of a minute."""
SYMBOLS = {"MES": "MES=F", "ES": "ES=F", "MNQ": "MNQ=F", "SPX": "^GSPC", "SPY": "SPY"}
"""What Yahoo calls the underlyings; a future is the one that is nearest now, rolled at its own time."""

_ADDRESS = "https://query1.finance.yahoo.com/v8/finance/chart/{symbol}?interval=1m&range=7d&includePrePost=true"
_SECONDS = 20
"""Real time for the answer."""
_AGENT = {"User-Agent": "Mozilla/5.0 (lottogrid)"}
"""Yahoo turns away clients without one."""
_MINUTE = 60

Get = Callable[[str], bytes]


def get(address: str) -> bytes:
    """Return what an address holds.

    Raises:
        OSError: it cannot be reached, or refuses.
    """
    request = Request(address, headers=_AGENT)  # noqa: S310 - the scheme is https
    with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
        body: bytes = answer.read()
        return body


def fetch_yahoo(instrument: str, *, tick: Decimal, now: datetime, fetch: Get = get) -> list[Bar]:
    """Return the one-minute bars of the last seven days that are over, in UTC, oldest first.

    Minutes in which Yahoo has no price are left out. Its prices are delayed, and unchecked by anybody.

    Args:
        instrument: symbol of a product, as `MES`.
        tick: smallest step of the prices, points; Yahoo's floats are rounded to it.
        now: aware; the minute under way is left out.
        fetch: gets an address.

    Raises:
        BadInput: Yahoo does not have the instrument, or its answer is not understood.
        Missing: Yahoo cannot be reached.
    """
    symbol = SYMBOLS.get(instrument)
    if symbol is None:
        raise BadInput(f"yahoo: expected one of {', '.join(SYMBOLS)}, found {instrument}; import a file")
    try:
        body = fetch(_ADDRESS.format(symbol=quote(symbol)))
    except (URLError, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise Missing(f"yahoo: expected an answer, found: {reason}; try later, or import a file") from None
    try:
        (result,) = json.loads(body)["chart"]["result"]
        (quotes,) = result["indicators"]["quote"]
        columns = [quotes[name] for name in ("open", "high", "low", "close", "volume")]
        rows = list(zip(result["timestamp"], *columns, strict=True))
    except (ValueError, KeyError, TypeError) as error:
        found = f"{type(error).__name__}: {error}"
        raise BadInput(f"yahoo: expected a chart of {symbol}, found {found}; its service may have changed") from None
    bars = [
        bar
        for row in rows
        if (bar := _bar(row, tick)) is not None and bar.start.timestamp() + _MINUTE <= now.timestamp()
    ]
    if not bars:
        raise BadInput(f"yahoo: expected bars of {symbol}, found none")
    return sorted({bar.start: bar for bar in bars}.values(), key=lambda bar: bar.start)


def _bar(row: tuple[Any, ...], tick: Decimal) -> Bar | None:
    """Return a bar; None for a minute without prices and for one under way, which bears its second."""
    seconds, *prices, volume = row
    if None in prices or int(seconds) % _MINUTE:
        return None
    opening, high, low, close = (_on_grid(price, tick) for price in prices)
    if not (0 < low <= min(opening, close) and max(opening, close) <= high):
        raise BadInput(f"yahoo: expected low <= open and close <= high, found {row}")
    return Bar(
        datetime.fromtimestamp(int(seconds), UTC), opening, high, low, close, None if not volume else int(volume)
    )


def _on_grid(price: float, tick: Decimal) -> Decimal:
    steps = (Decimal(repr(float(price))) / tick).to_integral_value()
    return (steps * tick).normalize() if steps else Decimal(0)
