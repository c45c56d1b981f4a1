"""The ledger as it is shown: the journal's end, the last comparison of the books, what stands."""

from __future__ import annotations

from dataclasses import dataclass, field

from actors.curve import EquityView
from actors.stories import Story
from lottogrid.ledger.comparison import Difference
from lottogrid.ledger.records import DecisionTaken, EngineMoved, HaltSet, Reconciled, Record
from lottogrid.market.contracts import OptionContract
from lottogrid.trades import Trade


@dataclass(frozen=True, slots=True)
class Compared:
    """One option as both sides hold it."""

    contract: OptionContract
    ours: int
    theirs: int


@dataclass(frozen=True, slots=True)
class LedgerView:
    """The journal's end as it is shown, and the last comparison of the books."""

    sequence: int
    tail: tuple[Record, ...]
    """The latest records but the decisions, oldest first."""
    decisions: tuple[DecisionTaken, ...]
    """The latest decisions, oldest first: one a minute would crowd out all else."""
    trades: tuple[Trade, ...]
    """What is over of today, in the order in which it ended."""
    reconciled: Reconciled | None
    differences: tuple[Difference, ...] = ()
    """What the last comparison found, with what becomes of it."""
    compared: tuple[Compared, ...] = ()
    """What both sides held at the last comparison, after its repairs."""
    halts: tuple[HaltSet, ...] = ()
    """Those that stand, oldest first."""
    stories: tuple[Story, ...] = ()
    """Of what is open and of what the day has seen, the oldest position first."""
    equity: EquityView = field(default_factory=EquityView)
    engine_moves: tuple[EngineMoved, ...] = ()
    """The latest, oldest first."""
