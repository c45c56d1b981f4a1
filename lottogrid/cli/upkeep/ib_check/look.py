"""What the checks of a gateway have found so far."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from lottogrid.brokers.ib.contracts import Chain, Contracts, Listed, Underlying
from lottogrid.brokers.ib.settings import IbSettings
from lottogrid.calendar import Calendar, TradingDay
from lottogrid.cli.ib_probe import Probe, Said
from lottogrid.clock import Clock
from lottogrid.ledger.lock import Holder
from lottogrid.market.contracts import ContractSpec, OptionContract


@dataclass(frozen=True, slots=True)
class Found:
    """What a check found; with `warns` it is in order as things stand, and worth a look."""

    text: str
    warns: bool = False


@dataclass(kw_only=True)
class Look:
    """What has been found so far; a step may use what those it needs have found."""

    ib: IbSettings
    spec: ContractSpec
    calendar: Calendar
    clock: Clock
    holder: Holder | None
    probes: list[Probe] = field(default_factory=list)
    id_taken: Said | None = None
    account: str = field(init=False)
    now: datetime = field(init=False)
    """By the gateway: a paper gateway may live on another day."""
    underlying: Underlying = field(init=False)
    chain: Chain = field(init=False)
    day: TradingDay = field(init=False)
    price: Decimal | None = None
    """Of the future, points; None where it is not quoted."""
    option: OptionContract = field(init=False)
    listed: Listed = field(init=False)

    def __post_init__(self) -> None:
        self.contracts = Contracts(self.spec)

    @property
    def probe(self) -> Probe:
        """The connection."""
        return self.probes[-1]

    @property
    def where(self) -> str:
        """The gateway's address, for people."""
        return f"{self.ib.host}:{self.ib.port}"

    async def close(self) -> None:
        """End all connections."""
        for probe in self.probes:
            await probe.close()


@dataclass(frozen=True, slots=True)
class Step:
    """A check: its name, what must be in order before, and how to look."""

    name: str
    needs: tuple[str, ...]
    look: Callable[[Look], Awaitable[Found]]
