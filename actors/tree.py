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
from actors.recorder import Recording, recording_spec
from actors.risk import Risk
from actors.strategist import Strategist
from actors.supervision.spec import ChildSpec, Directive, Directives, Intensity, Strategy
from actors.supervision.supervisor import Escalated, Supervisor
from lottogrid.calendar import Calendar
from lottogrid.control.latch import Ordered, nothing
from lottogrid.entering import EntryPolicy
from lottogrid.errors import Missing, NeedsOperator
from lottogrid.ledger.ledger import Ledger
from lottogrid.market.contracts import ContractSpec
from lottogrid.risk.limits import Limits
from lottogrid.strategies.base import Strategy as EntryStrategy

POLICY: Directives = {Missing: Directive.RETRY, NeedsOperator: Directive.ESCALATE, Escalated: Directive.ESCALATE}
"""What is absent may come back; what needs a person ends the process, which halts. Anything else is a bug: counted."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the tree is built from; made once, by the composition root."""

    spec: ContractSpec
    calendar: Calendar
    strategy: EntryStrategy
    limits: Limits
    ledger_rules: LedgerRules
    patience: Patience
    entry_policy: EntryPolicy
    quote_age: timedelta
    compare_every: timedelta = timedelta(minutes=1)
    """How often the books are compared while nothing gives a reason to."""
    realised_minutes: int
    starts: datetime | None
    """Trade unless the operator has said otherwise since this instant; None waits for the command to start."""
    open_ledger: Callable[[], Ledger]
    make_port: MakePort
    ordered: Ordered = nothing
    """Tells the operator's standing order."""
    recording: Recording | None = None
    """What is written down for a look back; None records nothing."""


def trading(parts: Parts) -> list[ChildSpec]:
    """Return the children that trade, in the order in which they lean on each other."""
    return [
        ChildSpec(name=m.LEDGER, factory=lambda: LedgerKeeper(parts.open_ledger, parts.ledger_rules)),
        ChildSpec(name=m.BROKER, factory=lambda: Broker(parts.make_port, parts.compare_every, parts.ordered)),
        ChildSpec(
            name=m.MARKET_DATA,
            factory=lambda: MarketData(parts.spec, quote_age=parts.quote_age, realised_minutes=parts.realised_minutes),
        ),
        ChildSpec(
            name=m.RISK,
            factory=lambda: Risk(parts.limits, parts.ordered, as_combo=parts.entry_policy.as_combo),
        ),
        ChildSpec(name=m.ENGINE, factory=lambda: Engine(parts.starts, parts.ordered)),
        ChildSpec(name=m.STRATEGIST, factory=lambda: Strategist(parts.strategy)),
        ChildSpec(
            name=m.POSITIONS,
            factory=lambda: Positions(
                lambda position_id: Position(
                    position_id, parts.spec, parts.patience, parts.entry_policy, parts.ordered
                ),
                POLICY,
            ),
        ),
    ]


def root(parts: Parts) -> Supervisor:
    """Return the root: whoever trades is restarted with what it leans on; the others stand alone."""
    specs = [
        ChildSpec(name=m.CLOCK, factory=lambda: Clock(parts.calendar)),
        ChildSpec(name=m.NOTIFIER, factory=Notifier),
        ChildSpec(
            name=m.TRADING,
            factory=lambda: Supervisor(trading(parts), strategy=Strategy.REST_FOR_ONE, directives=POLICY),
            start_timeout=timedelta(seconds=60),
            shutdown=timedelta(seconds=60),
            hang_after=timedelta(seconds=120),
        ),
    ]
    if parts.recording is not None:
        specs.append(recording_spec(parts.recording))
    return Supervisor(specs, intensity=Intensity(restarts=3, period=timedelta(minutes=5)), directives=POLICY)
