"""What the account holds, and what became of options at the fixing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from lottogrid.brokers import port as p
from lottogrid.brokers.ib import values
from lottogrid.brokers.ib.contracts import Contracts
from lottogrid.clock import NEW_YORK
from lottogrid.errors import BadInput
from lottogrid.market.contracts import ContractSpec, OptionContract
from lottogrid.orders import BrokerPosition, Execution, Side

LAST_TRADE = time(16)
"""New York; of options whose listing was never asked for. Not before the true one on half days, which is safe."""
UNDECIDED_POINTS = Decimal(2)
"""So near the strike the last price does not say what the fixing was: a person must look."""


class Positions:
    """Keeps the account's holdings as the gateway tells them."""

    def __init__(self, spec: ContractSpec, contracts: Contracts) -> None:
        self._spec = spec
        self._contracts = contracts
        self._options: dict[OptionContract, int] = {}
        self._others: dict[str, str] = {}
        self._futures: dict[str, Any] = {}

    def begin(self, account: str, changed: Callable[[], None]) -> None:
        """Forget what another connection has told."""
        self._account, self._changed = account, changed
        self._options.clear()
        self._others.clear()

    def callbacks(self) -> Mapping[str, Callable[..., None]]:
        """Return what is to be called, by the library's names."""
        return {"position": self._on_position}

    @property
    def options(self) -> tuple[BrokerPosition, ...]:
        """The options held."""
        return tuple(BrokerPosition(contract=option, quantity=held) for option, held in self._options.items() if held)

    @property
    def others(self) -> tuple[str, ...]:
        """What else is held of the same product, in words: a future here may have come out of an expiry."""
        return tuple(sorted(self._others.values()))

    @property
    def exchange(self) -> str:
        """Where the product trades."""
        return self._spec.exchange

    def future(self, symbol: str) -> Any:
        """Return the contract of a future that the account has held on this connection; None for another."""
        return self._futures.get(symbol)

    def settlements(
        self, executions: Iterable[Execution], last_price: Decimal | None, now: datetime
    ) -> Iterator[p.Settled]:
        """Yield what ended at the fixing: bought, expired by now, and no longer held.

        The gateway tells no fixing, so the worth is what the last price says; near the strike it says nothing, and
        the holding stays a difference that a person must look at.
        """
        net: Counter[OptionContract] = Counter()
        for execution in executions:
            net[execution.contract] += execution.quantity if execution.side is Side.BUY else -execution.quantity
        for option, quantity in net.items():
            ended = self._ends(option)
            is_over = quantity and ended <= now and not self._options.get(option)
            if is_over and last_price is not None and abs(last_price - option.strike) > UNDECIDED_POINTS:
                yield p.Settled(f"IB-{option}", option, option.intrinsic(last_price), ended)

    def _ends(self, option: OptionContract) -> datetime:
        listed = self._contracts.known(option)
        if listed is not None and listed.last_trade is not None:
            return listed.last_trade
        return datetime.combine(option.expiry, LAST_TRADE, tzinfo=NEW_YORK)

    def _on_position(self, account: str, contract: Any, quantity: Any, _average_cost: Any) -> None:
        if account != self._account:
            return
        held = values.number(quantity)
        if held is None or held != held.to_integral_value():
            raise BadInput(f"position of {contract.localSymbol}: expected a whole number, found {quantity}")
        option = self._contracts.option_of(contract)
        if option is not None:
            self._options[option] = int(held)
        elif contract.symbol == self._spec.symbol and held:
            self._others[contract.localSymbol] = f"{int(held)} {contract.secType} {contract.localSymbol}"
            if contract.secType == "FUT":
                self._futures[contract.localSymbol] = contract
        else:
            self._others.pop(contract.localSymbol, None)
        self._changed()
