"""How values stand in columns: decimals and contracts as text, instants as microseconds since 1970 in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from lottogrid.clock import to_utc
from lottogrid.market.contracts import OptionContract, Right

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(instant: datetime) -> int:
    """Return `instant` in microseconds since 1970, exact; a naive datetime is refused."""
    return (to_utc(instant) - _EPOCH) // _MICROSECOND


def instant_of(count: int) -> datetime:
    """Return the instant in UTC that is `count` microseconds after 1970 began."""
    return _EPOCH + count * _MICROSECOND


def text_or_none(number: Decimal | None) -> str | None:
    """Return the exact text of `number`, None for an unknown one."""
    return None if number is None else str(number)


def decimal_or_none(text: str | None) -> Decimal | None:
    """Return the number that was written, None for an unknown one."""
    return None if text is None else Decimal(text)


@lru_cache(maxsize=4096)
def contract_of(key: str) -> OptionContract:
    """Return the contract whose `key` was written: `MES-20250409-C-5200`."""
    symbol, expiry, right, strike = key.rsplit("-", 3)
    return OptionContract(symbol=symbol, expiry=date.fromisoformat(expiry), right=Right(right), strike=Decimal(strike))
