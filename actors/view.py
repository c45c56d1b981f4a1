"""The immutable picture of the whole bot: what the page, the terminal and the tests look at. Nobody is asked."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from actors import messages as m
from actors.broker import BrokerView
from actors.clock import SessionView
from actors.engine import EngineView
from actors.ledger_view import LedgerView
from actors.notifier import AlarmsView
from actors.position import PositionView
from actors.risk import RiskView
from actors.runtime.runtime import DeadLetter, Runtime
from actors.runtime.trace import Passed
from actors.stories import Story
from actors.strategist import StrategistView
from actors.supervision.child import ChildView, SupervisorView
from lottogrid.clock import real_seconds
from lottogrid.market.contracts import ContractSpec, OptionContract, Right
from lottogrid.market.quotes import Quote
from lottogrid.orders import OrderState, Purpose, Side
from lottogrid.planning import entry_cost
from lottogrid.positions import LegRecord, LegState, PositionRecord
from lottogrid.risk.reasons import Reason
from lottogrid.strategies.base import MarketView

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorRow:
    """One actor of the tree."""

    name: str
    depth: int
    """Distance from the root."""
    state: str
    generation: int
    since: datetime | None
    restarts: int
    mailbox: int
    handled: int
    busy_seconds: float | None
    """How long it has been at the message in hand, real seconds; None while idle."""
    last_message: str
    last_error: str
    last_stack: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRow:
    """One leg: what it cost, what it is worth at the bid. Prices in points; None is unknown."""

    number: int
    contract: OptionContract
    state: LegState
    held: int
    cost: Decimal | None
    bid: Decimal | None
    """0 where nobody bids, None where there is no quote."""
    multiple: Decimal | None
    """Bid over cost."""
    value_usd: Decimal | None
    """What is held, at the bid, dollars; 0 where nothing is held."""
    target: Decimal | None
    exit_price: Decimal | None
    distance: Decimal | None
    """From the price to the strike, points; negative once in the money."""
    distance_sd: float | None
    """The same in standard deviations of the log price to expiry, as the at-the-money straddle implies them."""
    order_state: OrderState | None
    """Of the live order; None without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionRow:
    """One position. Money in dollars."""

    record: PositionRecord
    closing: Reason | None
    legs: tuple[LegRow, ...]
    cost_usd: Decimal
    """What was paid for all that was bought, without commissions."""
    held_cost_usd: Decimal
    """The share of it that is still held."""
    sold_usd: Decimal
    """What was taken in for what is no longer held, without commissions."""
    value_usd: Decimal | None
    """What is held, at the bids; None while a bid is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The whole bot at an instant."""

    at: datetime
    sequence: int
    """Of the last journal row that is in it."""
    session: SessionView | None
    engine: EngineView | None
    broker: BrokerView | None
    market: MarketView | None
    risk: RiskView | None
    strategist: StrategistView | None
    ledger: LedgerView | None
    alarms: AlarmsView | None
    positions: tuple[PositionRow, ...]
    actors: tuple[ActorRow, ...]
    dead_letter_count: int
    dead_letters: tuple[DeadLetter, ...]
    trace: Mapping[str, tuple[Passed, ...]] = field(default_factory=dict)
    """What each name was told of late, oldest first; the runtime's, so that no view from the journal has it."""

    @property
    def open_positions(self) -> tuple[PositionRow, ...]:
        """Positions that are not over."""
        return tuple(row for row in self.positions if not row.record.state.is_final)

    @property
    def open_usd(self) -> Decimal | None:
        """Gain or loss of what is held, at the bids and before commissions; None while a bid is unknown."""
        total = Decimal(0)
        for row in self.open_positions:
            if row.value_usd is None:
                return None
            total += row.value_usd - row.held_cost_usd
        return total

    @property
    def machines(self) -> dict[str, Counter[object]]:
        """How many lives of each machine stand in each state."""
        orders = Counter[object](
            order.state for row in self.positions for leg in row.record.legs for order in leg.orders
        )
        return {
            "engine": Counter[object]([self.engine.state] if self.engine else []),
            "session": Counter[object]([self.session.state] if self.session else []),
            "connection": Counter[object]([self.broker.state] if self.broker else []),
            "position": Counter[object](row.record.state for row in self.positions),
            "leg": Counter[object](leg.state for row in self.positions for leg in row.legs),
            "order": orders,
        }


def look(runtime: Runtime, spec: ContractSpec) -> View:
    """Return the picture of the bot that lives in `runtime`, from what its actors published; from any thread."""
    board = dict(runtime.board)
    market = _get(board, m.MARKET_DATA, MarketView)
    ledger = _get(board, m.LEDGER, LedgerView)
    stories = {story.position_id: story for story in ledger.stories} if ledger else {}
    return View(
        at=runtime.clock.now(),
        sequence=ledger.sequence if ledger else 0,
        session=_get(board, m.CLOCK, SessionView),
        engine=_get(board, m.ENGINE, EngineView),
        broker=_get(board, m.BROKER, BrokerView),
        market=market,
        risk=_get(board, m.RISK, RiskView),
        strategist=_get(board, m.STRATEGIST, StrategistView),
        ledger=ledger,
        alarms=_get(board, m.NOTIFIER, AlarmsView),
        positions=tuple(
            _position_row(shown, stories.get(shown.record.position_id), market, spec)
            for _, shown in sorted(board.items(), reverse=True)
            if isinstance(shown, PositionView)
        ),
        actors=tuple(_tree(runtime, board)),
        dead_letter_count=runtime.dead_letter_count,
        dead_letters=tuple(runtime.dead_letters),
        trace=runtime.trace.received(),
    )


def _get(board: dict[str, object], name: str, kind: type[T]) -> T | None:
    found = board.get(name)
    return found if isinstance(found, kind) else None


def _tree(runtime: Runtime, board: dict[str, object]) -> list[ActorRow]:
    rows: list[ActorRow] = []

    def add(name: str, depth: int, child: ChildView | None) -> None:
        rows.append(_actor_row(runtime, name, depth, child))
        shown = board.get(name)
        if isinstance(shown, SupervisorView):
            for each in shown.children:
                add(each.name, depth + 1, each)

    add(m.ROOT, 0, None)
    return rows


def _actor_row(runtime: Runtime, name: str, depth: int, child: ChildView | None) -> ActorRow:
    cell = runtime.cells.get(name)
    busy = cell.busy_since if cell else None
    alive = cell is not None and not cell.ended.is_set()
    return ActorRow(
        name=name,
        depth=depth,
        state=child.state.value if child else ("running" if alive else "down"),
        generation=cell.generation if cell else 0,
        since=(child.running_since if child else None) or (cell.spawned_at if cell else None),
        restarts=child.restarts if child else 0,
        mailbox=cell.mailbox if cell and alive else 0,
        handled=cell.handled if cell else 0,
        busy_seconds=None if busy is None else max(0.0, real_seconds() - busy),
        last_message=cell.last_message if cell else "",
        last_error=child.last_error if child else "",
        last_stack=child.last_stack if child else "",
    )


def _position_row(
    shown: PositionView, story: Story | None, market: MarketView | None, spec: ContractSpec
) -> PositionRow:
    record = story.completed(shown.record) if story else shown.record
    legs = tuple(_leg_row(leg, market, spec) for leg in record.legs)
    cost = sum(
        (row.cost * leg.bought for row, leg in zip(legs, record.legs, strict=True) if row.cost is not None),
        Decimal(0),
    )
    sold = sum((e.price * e.quantity for leg in record.legs for e in leg.executions if e.side is Side.SELL), Decimal(0))
    held = [row for row in legs if row.held]
    values = [row.value_usd for row in held]
    return PositionRow(
        record=record,
        closing=shown.closing,
        legs=legs,
        cost_usd=cost * spec.multiplier,
        held_cost_usd=sum((row.cost * row.held for row in held if row.cost is not None), Decimal(0)) * spec.multiplier,
        sold_usd=sold * spec.multiplier,
        value_usd=None if None in values else sum((value for value in values if value is not None), Decimal(0)),
    )


def _leg_row(leg: LegRecord, market: MarketView | None, spec: ContractSpec) -> LegRow:
    contract = leg.plan.contract
    quote = market.quotes.get(contract) if market else None
    cost = entry_cost(leg)
    bid = _bid(quote)
    live = leg.live_orders[-1] if leg.live_orders else None
    targets = [order.intent.limit_price for order in leg.orders if order.intent.purpose is Purpose.TARGET]
    exits = [execution.price for execution in leg.executions if execution.side is Side.SELL]
    return LegRow(
        number=leg.plan.number,
        contract=contract,
        state=leg.state,
        held=leg.held,
        cost=cost,
        bid=bid,
        multiple=None if bid is None or not cost else bid / cost,
        value_usd=_value(leg.held, bid, spec),
        target=targets[-1] if targets else None,
        exit_price=exits[-1] if exits else None,
        distance=_distance(contract, market),
        distance_sd=_distance_sd(contract, market),
        order_state=live.state if live else None,
    )


def _bid(quote: Quote | None) -> Decimal | None:
    return None if quote is None else quote.bid or Decimal(0)


def _value(held: int, bid: Decimal | None, spec: ContractSpec) -> Decimal | None:
    if held == 0:
        return Decimal(0)
    return None if bid is None else bid * held * spec.multiplier


def _distance(contract: OptionContract, market: MarketView | None) -> Decimal | None:
    if market is None or market.underlying is None:
        return None
    away = contract.strike - market.underlying
    return away if contract.right is Right.CALL else -away


def _distance_sd(contract: OptionContract, market: MarketView | None) -> float | None:
    if market is None or not market.underlying or not market.total_sd:
        return None
    away = math.log(contract.strike / market.underlying) / market.total_sd
    return away if contract.right is Right.CALL else -away
