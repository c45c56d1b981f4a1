"""The library's surface without a library: what is sent is noted, what is heard is called by hand."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from lottogrid.brokers.ib.contracts import Contracts, Listed
from lottogrid.brokers.ib.pacing import Rank
from lottogrid.brokers.ib.requests import Requests
from lottogrid.market.contracts import OptionContract, spec_of


class FakeClient:
    """Notes what is sent, as (name, arguments)."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, tuple[Any, ...]]] = []
        self.next_id = 1
        self.is_up = True

    def getReqId(self) -> int:  # noqa: N802
        self.next_id += 1
        return self.next_id - 1

    def updateReqId(self, lowest: int) -> None:  # noqa: N802
        self.next_id = max(self.next_id, lowest)

    def isReady(self) -> bool:  # noqa: N802
        return self.is_up

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args: self.sent.append((name, args))


class FakePacer:
    """Sends at once."""

    def submit(self, rank: Rank, send: Callable[[], None], dropped: Callable[[], None] | None = None) -> None:
        send()


class FakeTalk:
    """A conversation that is never answered."""

    def __init__(self) -> None:
        self.client = FakeClient()
        self.pacer = FakePacer()
        self.requests = Requests()
        self.client_library = SimpleNamespace(
            order=SimpleNamespace, contract=SimpleNamespace, combo_leg=SimpleNamespace
        )

    def send(self, rank: Rank, call: Callable[[], None]) -> None:
        call()


def contract_of(option: OptionContract, **more: Any) -> SimpleNamespace:
    """Return an option as the library shows it."""
    return SimpleNamespace(
        **{
            "secType": "FOP",
            "symbol": option.symbol,
            "lastTradeDateOrContractMonth": f"{option.expiry:%Y%m%d}",
            "strike": float(option.strike),
            "right": option.right.value,
            "localSymbol": str(option),
            **more,
        }
    )


def contracts_with(*options: OptionContract) -> Contracts:
    """Return contracts among which these are found already."""
    spec = spec_of("MES")
    contracts = Contracts(spec)
    for option in options:
        listed = Listed(contract=contract_of(option), ladder=spec.ladder, last_trade=None)
        contracts._found[option] = listed
    return contracts
