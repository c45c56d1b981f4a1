"""F23, F24, F26 to F30, F33, F34: what a broker, an exchange and its data can do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

from actors import messages as m
from actors.simulation.faults.base import Fault, lasting
from actors.venue import DropLink
from lottogrid.ledger.corrections import stem_of
from lottogrid.market.contracts import OptionContract, Right
from lottogrid.orders import Side

if TYPE_CHECKING:
    from actors.simulation.plan import Strike
    from actors.simulation.world import World

_FAR_STRIKE = Decimal(9000)
_UNSOLD = (None, None, Right.CALL, Right.PUT, Right.CALL, Right.PUT)
"""Of which options nobody sells any, by the variant of F23."""
_ALL_DAY = frozenset({4, 5})
_A_DAY = timedelta(hours=8).total_seconds()


def habit(fault: str) -> Callable[[World, Strike], None]:
    """Return a strike that lets a habit of the exchange be in force."""

    def strike_exchange(world: World, strike: Strike) -> None:
        world.exchange.habits[fault] = world.now() + timedelta(seconds=strike.size)

    return strike_exchange


def thin(world: World, strike: Strike) -> None:
    """Let sellers be few, or stay away from all calls, or from all puts: then every strangle stands on one leg."""
    world.exchange.unsold = _UNSOLD[strike.variant]
    world.exchange.relents = strike.variant not in _ALL_DAY
    habit("F23")(world, strike)


def draw_thin(chance: Random) -> tuple[str, float, int]:
    """Draw how long, and who stays away: that from a stream of its own, so that what is drawn later stays as it was."""
    victim, size, _ = lasting(60, 600)(chance)
    variant = Random(f"lottogrid thin market {size}").randrange(len(_UNSOLD))  # noqa: S311 - a draw of faults
    return victim, _A_DAY if variant in _ALL_DAY else size, variant


def reuse_numbers(world: World, strike: Strike) -> None:
    """Let the exchange give order numbers a second time."""
    world.exchange.reuse_order_numbers(2 + strike.variant)


def trade_by_hand(world: World, strike: Strike) -> None:
    """Let somebody buy in the account by hand, a contract of ours or another."""
    session = world.session
    if world.line.connected_at is None:
        return  # nobody is there to notice it, and nobody may come back today
    held = sorted(world.exchange.holdings, key=str)
    far = OptionContract(
        symbol=world.exchange.spec.symbol, expiry=session.day.date, right=Right.CALL, strike=_FAR_STRIKE
    )
    contract = held[0] if held and strike.variant else far
    world.struck("F29")
    world.exchange.trade_by_hand(contract, 1, Decimal("0.5"), world.now())
    world.outside.send(m.VENUE, DropLink("so that the books are compared"))
    world.expect_halt("somebody traded by hand")


def correct(world: World, strike: Strike) -> None:
    """Give a booked execution another price, or let it never have happened."""
    booked = world.books.executions
    ours = [each for each in world.exchange.executions.values() if stem_of(each.exec_id)[0] in booked]
    if not ours or world.line.connected_at is None:
        return
    execution = ours[-1]
    if strike.variant:
        world.struck("F30")
        world.exchange.correct(execution, execution.price + Decimal("0.05"))
        world.outside.send(m.VENUE, DropLink("behind a correction"))
    elif execution.side is Side.BUY and world.exchange.holdings.get(execution.contract, 0) >= execution.quantity:
        world.struck("F30")
        world.exchange.bust(execution)
        world.disputed.add(execution.contract)
        world.outside.send(m.VENUE, DropLink("behind a bust"))
        world.expect_halt("a trade was busted", books_differ=True)


def spoil(world: World, strike: Strike) -> None:
    """Let bad data come."""
    world.line.data_fault = strike.variant
    world.line.habits["F34"] = world.now() + timedelta(seconds=strike.size)


FAULTS = (
    Fault(
        id="F23",
        name="partial fills",
        sentence="orders of several contracts are filled in pieces, purchases wait; or nobody sells calls, or puts",
        where="the exchange",
        strike=thin,
        draw=draw_thin,
        all_day=_ALL_DAY,
        rough=0.3,
        hell=0.4,
    ),
    Fault(
        id="F24",
        name="fill after cancel",
        sentence="an order that was confirmed as cancelled is filled",
        where="the exchange",
        strike=habit("F24"),
        draw=lasting(300, 1500),
        rough=0.1,
        hell=0.3,
    ),
    Fault(
        id="F26",
        name="rejection",
        sentence="orders are refused",
        where="the exchange",
        strike=habit("F26"),
        draw=lasting(20, 240),
        rough=0.2,
        hell=0.3,
    ),
    Fault(
        id="F27",
        name="cancel refused",
        sentence="an order that works cannot be cancelled",
        where="the exchange",
        strike=habit("F27"),
        draw=lasting(60, 900),
        rough=0.1,
        hell=0.3,
    ),
    Fault(
        id="F28",
        name="order number reused",
        sentence="the broker gives an order number a second time",
        where="the exchange",
        strike=reuse_numbers,
        draw=lasting(0, 0, variants=4),
        rough=0.05,
        hell=0.2,
    ),
    Fault(
        id="F29",
        name="manual trade",
        sentence="somebody trades in the account by hand",
        where="the exchange's account",
        strike=trade_by_hand,
        draw=lasting(0, 0, variants=2),
        rough=0.0,
        hell=0.04,
    ),
    Fault(
        id="F30",
        name="correction or bust",
        sentence="an execution is corrected, or taken back",
        where="the exchange's account",
        strike=correct,
        draw=lambda chance: ("", 0.0, chance.choices((0, 1), (1, 3))[0]),
        rough=0.0,
        hell=0.15,
    ),
    Fault(
        id="F33",
        name="halt or auction",
        sentence="the exchange quotes and trades nothing for a while",
        where="the exchange",
        strike=habit("F33"),
        draw=lasting(30, 300),
        rough=0.05,
        hell=0.15,
    ),
    Fault(
        id="F34",
        name="bad data",
        sentence="bars missing or outliers, quotes stale, one-sided or off the tick",
        where="the line",
        strike=spoil,
        draw=lasting(60, 240, variants=6),
        rough=0.2,
        hell=0.4,
    ),
)
