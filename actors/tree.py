"""The supervision tree of lottogrid, declared as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from actors import messages as m
from actors.broker import Broker, MakePort
from actors.clock import Clock
from actors.engine import Engine
from actors.ledger import LedgerKeeper
from actors.market_data import MarketData
from actors.notifier import Notifier
from actors.position import Patience, Position
from actors.positions import Positions
from actors.recall import LedgerRules
from actors.risk import Risk
from actors.strategist import Strategist
from actors.supervision.spec import ChildSpec, Intensity, Strategy
from actors.supervision.supervisor import Supervisor
from lottogrid.calendar import Calendar
from lottogrid.ledger.ledger import Ledger
from lottogrid.market.contracts import ContractSpec
from lottogrid.risk.limits import Limits
from lottogrid.strategies.base import Strategy as EntryStrategy


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the tree is built from; made once, by the composition root."""

    spec: ContractSpec
    calendar: Calendar
    strategy: EntryStrategy
    limits: Limits
    ledger_rules: LedgerRules
    patience: Patience
    quote_age: timedelta
    realised_minutes: int
    starts: datetime | None
    """Trade unless the operator has said otherwise since this instant; None waits for the command to start."""
    open_ledger: Callable[[], Ledger]
    make_port: MakePort


def trading(parts: Parts) -> list[ChildSpec]:
    """Return the children that trade, in the order in which they lean on each other."""
    return [
        ChildSpec(name=m.LEDGER, factory=lambda: LedgerKeeper(parts.open_ledger, parts.ledger_rules)),
        ChildSpec(name=m.BROKER, factory=lambda: Broker(parts.make_port)),
        ChildSpec(
            name=m.MARKET_DATA,
            factory=lambda: MarketData(parts.spec, quote_age=parts.quote_age, realised_minutes=parts.realised_minutes),
        ),
        ChildSpec(name=m.RISK, factory=lambda: Risk(parts.limits)),
        ChildSpec(name=m.ENGINE, factory=lambda: Engine(parts.starts)),
        ChildSpec(name=m.STRATEGIST, factory=lambda: Strategist(parts.strategy)),
        ChildSpec(
            name=m.POSITIONS,
            factory=lambda: Positions(lambda position_id: Position(position_id, parts.spec, parts.patience)),
        ),
    ]


def root(parts: Parts) -> Supervisor:
    """Return the root: clock and notifier stand alone; whoever trades is restarted with what it leans on."""
    specs = [
        ChildSpec(name=m.CLOCK, factory=lambda: Clock(parts.calendar)),
        ChildSpec(name=m.NOTIFIER, factory=Notifier),
        ChildSpec(
            name=m.TRADING,
            factory=lambda: Supervisor(trading(parts), strategy=Strategy.REST_FOR_ONE, intensity=Intensity()),
            start_timeout=timedelta(seconds=60),
            shutdown=timedelta(seconds=60),
            hang_after=timedelta(seconds=120),
        ),
    ]
    return Supervisor(specs, intensity=Intensity(restarts=3, period=timedelta(minutes=5)))
