"""A contract as the gateway lists it, and what a client may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from typing import Any

from lottogrid.market.contracts import OptionContract
from lottogrid.market.ticks import TickLadder

_LOWEST_ID, _IDS = 100_000_000, 900_000_000
_ANY_RIGHT = frozenset({"", "?", "0"})


def con_id(*names: object) -> int:
    """Return a contract's number: a function of its names alone, so that it outlives the process."""
    drawn = int.from_bytes(blake2b("|".join(map(str, names)).encode(), digest_size=8).digest(), "big")
    return _LOWEST_ID + drawn % _IDS


@dataclass(frozen=True, kw_only=True)
class FutureContract:
    """One future: symbol and day of expiry."""

    symbol: str
    expiry: date

    def __str__(self) -> str:
        return f"{self.symbol}-{self.expiry:%Y%m}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One instrument. Prices and strikes in points of the underlying."""

    con_id: int
    symbol: str
    sec_type: str
    """FUT, FOP, OPT, IND or STK."""
    exchange: str
    local_symbol: str
    trading_class: str
    long_name: str
    ladder: TickLadder
    rule_id: int
    expiry: date | None = None
    contract_month: str = ""
    multiplier: Decimal | None = None
    under_con_id: int = 0
    under_sec_type: str = ""
    option: OptionContract | None = None
    """What the exchange trades; None for what it does not."""
    future: FutureContract | None = None
    """None for what is no future."""

    @property
    def contract(self) -> dict[str, Any]:
        """The fields that name it in messages."""
        option = self.option
        return {
            "conId": self.con_id,
            "symbol": self.symbol,
            "secType": self.sec_type,
            "lastTradeDateOrContractMonth": f"{self.expiry:%Y%m%d}" if self.expiry else "",
            "strike": option.strike if option else "0",
            "right": option.right.value if option else "?",
            "multiplier": self.multiplier,
            "exchange": self.exchange,
            "primaryExchange": self.exchange,
            "currency": "USD",
            "localSymbol": self.local_symbol,
            "tradingClass": self.trading_class,
        }

    def answers(self, asked: Mapping[str, str]) -> bool:
        """Return whether a client that names a contract as in `asked` may mean this one."""
        if asked["conId"] not in {"", "0"}:
            return asked["conId"] == str(self.con_id)
        option, expiry = self.option, asked["lastTradeDateOrContractMonth"]
        return (
            asked["symbol"] in {"", self.symbol}
            and asked["secType"] in {"", self.sec_type}
            and asked["localSymbol"] in {"", self.local_symbol}
            and (asked["symbol"] != "" or asked["localSymbol"] != "")
            and asked["tradingClass"] in {"", self.trading_class}
            and asked["exchange"] in {"", self.exchange, "SMART"}
            and asked["currency"] in {"", "USD"}
            and (not expiry or f"{self.expiry or '':%Y%m%d}".startswith(expiry))
            and _is_number(asked["multiplier"], self.multiplier)
            and (option is None or _is_number(asked["strike"], option.strike))
            and (asked["right"] in _ANY_RIGHT or (option is not None and asked["right"][:1] == option.right.value))
        )


def _is_number(asked: str, wanted: Decimal | None) -> bool:
    """Return whether the text names `wanted`, or nothing in particular."""
    try:
        number = Decimal(asked or "0")
    except InvalidOperation:
        return False
    return number in {Decimal(0), wanted}
