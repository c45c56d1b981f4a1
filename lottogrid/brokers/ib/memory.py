"""What outlives a connection: contracts found, orders sent, fills told."""

from __future__ import annotations

from dataclasses import dataclass, field

from lottogrid.brokers.ib.contracts import Contracts
from lottogrid.brokers.ib.executions import Executions
from lottogrid.brokers.ib.order_ids import OrderIds
from lottogrid.brokers.ib.orders import Orders
from lottogrid.brokers.ib.positions import Positions
from lottogrid.brokers.ib.settings import IbSettings
from lottogrid.clock import Clock
from lottogrid.market.contracts import ContractSpec


@dataclass(slots=True)
class Memory:
    """Used by one connection's thread after the other, never by two at a time."""

    ids: OrderIds
    contracts: Contracts
    orders: Orders
    executions: Executions
    positions: Positions
    settled: set[str] = field(default_factory=set)
    """Settlements that were told."""
    is_cut_off: bool = False
    """The gateway has said that it lost the broker, and not yet that it is back."""


def new_memory(settings: IbSettings, spec: ContractSpec, clock: Clock) -> Memory:
    """Return an empty memory; the order numbers are read from their file.

    Raises:
        BadInput: the file holds something else, or the product is not served.
    """
    ids = OrderIds(settings.state_file)
    contracts = Contracts(spec)
    orders = Orders(contracts, ids, clock)
    executions = Executions(contracts, orders, clock)
    return Memory(ids, contracts, orders, executions, Positions(spec, contracts))
