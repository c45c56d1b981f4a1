"""Market data lines of one client, and the ticks that travel on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from lottogrid.gateway.prices import Ticks

if TYPE_CHECKING:
    from lottogrid.gateway.session import Session
    from lottogrid.gateway.prices import Quoted

_LIVE = {"bid": 1, "ask": 2, "last": 4, "bid_size": 0, "ask_size": 3, "last_size": 5, "volume": 8, "model": 13}
_DELAYED = {"bid": 66, "ask": 67, "last": 68, "bid_size": 69, "ask_size": 70, "last_size": 71, "volume": 74, "model": 83}
_BID_GREEKS, _ASK_GREEKS = {1: 10, 66: 80}, {2: 11, 67: 81}
_LAST_TIME, _HALTED = 45, 49
