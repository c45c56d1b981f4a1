"""What a scenario can do: each action by its name, with its arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from types import UnionType
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

from lottogrid.errors import BadInput
from lottogrid.gateway import codes
from lottogrid.gateway.faults import Answer, Quotes, Refusal
from lottogrid.gateway.incoming import INCOMING
from lottogrid.gateway.tickets import Terms, Ticket
from lottogrid.market.contracts import OptionContract, Right
from lottogrid.orders import Side

if TYPE_CHECKING:
    from lottogrid.gateway.hub import Hub

Action = Callable[..., None]

ACTIONS: dict[str, Action] = {}
"""Name to function; the function's keyword arguments are the action's."""

E = TypeVar("E", bound=Enum)


def action(function: Action) -> Action:
    """Register a function under its name, with dashes."""
    ACTIONS[function.__name__.replace("_", "-").strip("-")] = function
    return function


def bound(name: str, arguments: Mapping[str, Any]) -> Callable[[Hub], None]:
    """Return the action `name` with its arguments, checked, as a function of the gateway.

    Raises:
        BadInput: there is no such action, or an argument is missing, unknown or of the wrong kind.
    """
    function = ACTIONS.get(name)
    if function is None:
        raise BadInput(f"scenario: expected an action out of {', '.join(ACTIONS)}; found {name!r}")
    hints = get_type_hints(function, localns={"Hub": object})
    parameters = [one for one in inspect.signature(function).parameters.values() if one.name != "hub"]
    unknown = set(arguments) - {one.name for one in parameters}
    missing = {one.name for one in parameters if one.default is one.empty} - set(arguments)
    if unknown or missing:
        known = ", ".join(one.name for one in parameters) or "none"
        raise BadInput(f"scenario: {name}: expected the arguments {known}; found {', '.join(arguments) or 'none'}")
    given = {key: _converted(f"{name}: {key}", hints[key], value) for key, value in arguments.items()}
    return lambda hub: function(hub, **given)


@action
def drop(hub: Hub, *, client: int | None = None) -> None:
    """Break the connection of one client, or of all, without a word."""
    for session in list(hub.sessions):
        if client is None or session.client_id == client:
            session.output.clear()
            session.close("a scenario dropped it")


@action
def freeze(hub: Hub, *, seconds: float | None = None) -> None:
    """Neither read nor write on any connection, and answer no new one: half-open. Seconds are those of the clock."""
    hub.faults.is_frozen = True
    if seconds is not None:
        hub.later(timedelta(seconds=seconds), thaw)


@action
def thaw(hub: Hub) -> None:
    """End `freeze`."""
    hub.faults.is_frozen = False


@action
def notice(hub: Hub, *, code: int, text: str = "", client: int | None = None) -> None:
    """Send a notice about the system to one client, or to all."""
    for session in list(hub.sessions):
        if session.is_started and client in {None, session.client_id}:
            session.error(-1, code, text)


@action
def notice_order(hub: Hub, *, code: int, text: str = "") -> None:
    """Send a notice about the newest living order; the order is not touched."""
    for ticket in hub.tickets.living()[-1:]:
        hub.failed(ticket, code, text)


@action
def lose_broker(hub: Hub) -> None:
    """Send 1100; from then on nothing is told of orders, though they work and trade."""
    notice(hub, code=codes.LOST, text=codes.LOST_TEXT)
    hub.faults.is_cut_off = True


@action
def find_broker(hub: Hub, *, data: str = "kept") -> None:
    """End `lose-broker`: 1102, or with data = "lost" 1101 and dead lines. What happened meanwhile is never told."""
    is_lost = _one_of("find-broker: data", data, ("kept", "lost")) == "lost"
    hub.faults.is_cut_off = False
    if is_lost:
        kill_lines(hub)
    code = codes.RESTORED_DATA_LOST if is_lost else codes.RESTORED
    words = "Data lost; please resubscribe." if is_lost else "All data from IB has been maintained."
    notice(hub, code=code, text=f"Connectivity between IB and Trader Workstation has been restored. {words}")


@action
def break_farm(hub: Hub) -> None:
    """Send 2103; no line ticks any more."""
    notice(hub, code=codes.FARM_BROKEN, text=codes.FARM_BROKEN_TEXT)
    hub.faults.farm_is_broken = True


@action
def mend_farm(hub: Hub, *, revive: bool = False) -> None:
    """Send 2104; lines opened before stay silent unless revived."""
    hub.faults.farm_is_broken = False
    if not revive:
        kill_lines(hub)
    notice(hub, code=codes.FARM_OK, text=codes.FARM_OK_TEXT)


@action
def kill_lines(hub: Hub, *, combos: bool = False) -> None:
    """Silence every open line, or every combo's, for good and without a code."""
    for session in hub.sessions:
        session.lines.kill(combos_only=combos)


@action
def silence(hub: Hub, *, on: bool = True) -> None:
    """Let no line tick, as in a quiet market; the connection is well."""
    hub.faults.feeds_are_silent = on


@action
def compete(hub: Hub, *, on: bool = True) -> None:
    """Let another login have the market data until it ends: 10197 on every line and request; they stay silent."""
    hub.faults.competes = on
    for session in hub.sessions if on else ():
        for request in session.lines.requests():
            session.error(request, codes.COMPETING, codes.COMPETING_TEXT)
    kill_lines(hub)


@action
def quotes(hub: Hub, *, show: str) -> None:
    """Let the lines show something else than the market: stale, one-sided, empty, crossed or nan; `true` ends it."""
    hub.faults.show(_word("quotes: show", Quotes, show))
    hub.refresh()


@action
def delay_data(hub: Hub, *, on: bool = True) -> None:
    """Deliver delayed data (tick types 66 to 83, market data type 3, 10167) on lines opened from now on."""
    hub.faults.is_delayed = on


@action
def hide_greeks(hub: Hub, *, on: bool = True) -> None:
    """Send prices without model greeks."""
    hub.faults.hides_greeks = on


@action
def halt(hub: Hub, *, on: bool = True) -> None:
    """Halt trading: lines say so, new orders are refused. What rests at the exchange still trades there."""
    hub.faults.is_halted = on
    hub.refresh()


@action
def lose(hub: Hub, *, request: str, count: int = 1) -> None:
    """Never answer the next requests of a name, such as reqPositions or placeOrder; what they ask is not done."""
    _one_of("lose: request", request, tuple(layout.name for layout in INCOMING.values()))
    hub.faults.lost[request] += count


@action
def swallow(hub: Hub, *, count: int = 1) -> None:
    """Take the next orders, and tell their client nothing of them until it connects anew."""
    hub.faults.unacknowledged += count


@action
def refuse_order(hub: Hub, *, code: int = codes.REJECTED, text: str = "Order rejected", how: str = "inactive") -> None:
    """Refuse the next new order: an error, then the status inactive or cancelled; or the error alone."""
    hub.faults.next_order = Answer(code, text, _word("refuse-order: how", Refusal, how))


@action
def refuse_modify(hub: Hub, *, code: int = codes.REJECTED, text: str = "Order modify refused") -> None:
    """Refuse the next modification; the order works on as it was."""
    hub.faults.next_modification = Answer(code, text)


@action
def answer_cancel(hub: Hub, *, code: int = codes.NOT_FOUND, text: str = "is not found") -> None:
    """Answer the next cancellation with an error alone; the order ends without a word."""
    hub.faults.next_cancellation = Answer(code, text)


@action
def cancel_late(hub: Hub, *, seconds: float) -> None:
    """Tell the next cancellation as done at once, and let it reach the exchange later: a fill may come between."""
    hub.faults.cancels_late_by = seconds


@action
def double_modify(hub: Hub, *, count: int = 1) -> None:
    """Take the next modifications as second orders beside the first, under the same number."""
    hub.faults.doubles_modifications += count


@action
def shuffle(hub: Hub, *, on: bool = True) -> None:
    """Push what happens to orders a second late, in any order, and some of it twice."""
    hub.faults.shuffles = on


@action
def omit_status(hub: Hub, *, on: bool = True) -> None:
    """Push no orderStatus."""
    hub.faults.omits_status = on


@action
def hide_executions(hub: Hub, *, on: bool = True) -> None:
    """Answer requests for executions with none."""
    hub.faults.hides_executions = on


@action
def hide_refs(hub: Hub, *, on: bool = True) -> None:
    """Tell orders and fills without their orderRef."""
    hub.faults.hides_refs = on


@action
def add_listings(hub: Hub, *, on: bool = True) -> None:
    """Let contract queries find event contracts too, and let a date have two classes in the chain."""
    hub.faults.adds_listings = on


@action
def unset_what_if(hub: Hub, *, count: int = 1) -> None:
    """Answer the next what-if orders first without margins, then with them."""
    hub.faults.unset_what_ifs += count


@action
def correct(hub: Hub, *, by: Decimal) -> None:
    """Correct the price of the last execution by so many points: the same execution with a higher last number."""
    fills = hub.exchange.snapshot(hub.now()).executions
    if not fills:
        raise BadInput("scenario: correct: expected an execution, found none; let something trade first")
    hub.faults.corrections[fills[-1].exec_id] = fills[-1].price + by
    fill = hub.snapshot().executions[-1]
    ticket = hub.tickets.of_exchange(fill.order_ref)
    if ticket is not None:
        hub.executed(ticket, fill)


@action
def roll_back_ids(hub: Hub, *, by: int) -> None:
    """Give out order ids that lie so much lower, as after a nightly restart."""
    hub.faults.rolled_back = by


@action
def take_id(hub: Hub, *, client: int) -> None:
    """Hold a client id busy: whoever connects under it gets 326."""
    hub.faults.taken_ids.add(client)


@action
def free_id(hub: Hub, *, client: int) -> None:
    """End `take-id`."""
    hub.faults.taken_ids.discard(client)


@action
def keep_tickers(hub: Hub, *, on: bool = True) -> None:
    """Let connections that break leave their request numbers taken: 102 where one is used anew, until cancelled."""
    hub.faults.keeps_tickers = on
    hub.faults.kept_tickers.clear()


@action
def limit_lines(hub: Hub, *, count: int) -> None:
    """Allow a client so many market data lines."""
    hub.rules = replace(hub.rules, market_data_lines=count)


@action
def manual_order(
    hub: Hub, *, right: str, strike: Decimal, quantity: int, side: str = "BUY", limit: Decimal | None = None
) -> None:
    """Let somebody enter an order by hand, outside all clients; without a limit it trades at once."""
    option = OptionContract(
        symbol=hub.world.spec.symbol,
        expiry=hub.world.day.date,
        right=_word("manual-order: right", Right, right),
        strike=strike,
    )
    hub.desk.place(
        Ticket(
            perm_id=hub.tickets.next_perm_id(),
            client_id=0,
            order_id=0,
            order_ref="",
            account=hub.rules.account,
            option=option,
            side=_word("manual-order: side", Side, side),
            order_type="MKT" if limit is None else "LMT",
            terms=Terms(quantity=quantity, limit=limit, stop=None),
            placed_at=hub.now(),
        )
    )


def _converted(name: str, hint: Any, value: Any) -> Any:
    kinds = get_args(hint) if get_origin(hint) is UnionType else (hint,)
    if isinstance(value, bool) is (bool in kinds):
        if float in kinds and isinstance(value, int | float):
            return float(value)
        if Decimal in kinds and isinstance(value, int | float | str):
            try:
                return Decimal(str(value))
            except InvalidOperation:
                pass
        elif isinstance(value, kinds):
            return value
    expected = " or ".join(kind.__name__ for kind in kinds if kind is not type(None))
    raise BadInput(f"scenario: {name}: expected {expected}, found {value!r}")


def _word(name: str, kind: type[E], value: str) -> E:
    try:
        return kind(value)
    except ValueError:
        raise BadInput(f"scenario: {name}: expected {', '.join(one.value for one in kind)}, found {value!r}") from None


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise BadInput(f"scenario: {name}: expected {', '.join(known)}, found {value!r}")
    return value
