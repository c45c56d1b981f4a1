"""Does the login see the contracts, live quotes of them, and may it trade them?"""

from __future__ import annotations

from typing import Any

from lottogrid.brokers.ib import values
from lottogrid.calendar import NoTrading
from lottogrid.cli.ib_probe import DELAYED, Stream
from lottogrid.cli.upkeep.ib_check.advice import SUBSCRIBE, advice_on
from lottogrid.cli.upkeep.ib_check.look import Found, Look
from lottogrid.clock import new_york, trading_date
from lottogrid.errors import Missing
from lottogrid.market.contracts import OptionContract, Right

_STRIKES_TRIED = 5
"""A chain's strikes are those of all its days: the nearest need not be listed on this one."""


async def future(look: Look) -> Found:
    """Find the future under the next session's options; the session is the one at the gateway's time."""
    look.contracts.begin(look.probe.talk)
    day = look.calendar.day(trading_date(look.now))
    if isinstance(day, NoTrading) or look.now >= day.closes:
        day = look.calendar.next_day(trading_date(look.now))
    look.day = day
    look.underlying = await look.contracts.underlying(day.date)
    state = "open" if _is_open(look) else "closed"
    return Found(f"{look.underlying.contract.localSymbol} expires {look.underlying.expiry}, its market is {state} now")


def _is_open(look: Look) -> bool:
    return look.underlying.hours.is_open(look.now)


async def chain(look: Look) -> Found:
    """Find the options of that session."""
    chain = look.chain = await look.contracts.chain(look.day.date)
    if not chain.strikes:
        raise Missing(f"options of {look.day.date}: expected strikes in the chain, found none; {advice_on(200)}")
    classes = ", ".join(sorted(chain.trading_classes))
    return Found(
        f"options of {look.day.date} on {chain.underlying.contract.localSymbol}: trading class {classes}, "
        f"{len(chain.strikes)} strikes from {min(chain.strikes):f} to {max(chain.strikes):f}"
    )


async def future_quotes(look: Look) -> Found:
    """Ask for the quotes of the future; its price says which option is near the money."""
    stream, found = await _data(look, "quotes of the future", look.underlying.contract)
    look.price = stream.price
    return found


async def option(look: Look) -> Found:
    """Find one option near the money, its price steps, and when it last trades."""
    middle = sorted(look.chain.strikes)[len(look.chain.strikes) // 2]
    price = look.price or middle
    nearest = sorted(look.chain.strikes, key=lambda strike: (strike < price, abs(strike - price)))
    for number, strike in enumerate(nearest[:_STRIKES_TRIED], start=1):
        option = OptionContract(symbol=look.spec.symbol, expiry=look.day.date, right=Right.CALL, strike=strike)
        try:
            look.listed = await look.contracts.option(option)
        except Missing:
            if number == min(_STRIKES_TRIED, len(nearest)):
                raise
        else:
            look.option = option
            break
    return _listed(look)


def _listed(look: Look) -> Found:
    steps = ", ".join(f"{step:f} above {edge:f}" for edge, step in look.listed.ladder.tiers)
    text = f"{look.listed.contract.localSymbol or look.option}, price steps {steps}"
    closes = look.listed.last_trade
    if closes is None:
        return Found(f"{text}; when it last trades is not told", warns=True)
    day = look.calendar.day(look.day.date, closes)
    if isinstance(day, NoTrading):
        raise Missing(
            f"calendar: expected the broker to agree on {look.day.date}, found {day.detail}; that day is not traded: "
            "update lottogrid, or see whether the exchange has changed its hours"
        )
    return Found(f"{text}, trades until {new_york(closes):%H:%M} ET")


async def option_quotes(look: Look) -> Found:
    """Ask for the quotes of that option."""
    _, found = await _data(look, "quotes of the option", look.listed.contract)
    return found


async def _data(look: Look, what: str, contract: Any) -> tuple[Stream, Found]:
    stream = await look.probe.stream(contract)
    if stream.refusal is not None:
        raise Missing(f"{what}: expected live ones, found: {stream.refusal}; {advice_on(stream.refusal.code)}")
    if stream.kind is not None and stream.kind >= DELAYED:
        raise Missing(f"{what}: expected live ones, found delayed ones; nothing is traded on them: {SUBSCRIBE}")
    if stream.price is not None:
        return stream, Found(f"{what} are live")
    if not _is_open(look):
        return stream, Found(f"{what}: none, and its market is closed; check again in its hours", warns=True)
    raise Missing(
        f"{what}: expected one within {look.ib.answer_seconds:g} s, found none though its market is open; "
        f"see whether TWS shows them, else {SUBSCRIBE}"
    )


async def what_if_order(look: Look) -> Found:
    """Ask what buying that option would do to the account: permissions and money are judged, nothing trades."""
    price = look.listed.ladder.smallest
    state = await look.probe.what_if(look.listed.contract, look.account, price)
    commission = values.number(state.commission)
    costs = "commission not told" if commission is None else f"commission {commission:f} {state.commissionCurrency}"
    return Found(
        f"one {look.option} at {price:f} would be taken: margin {values.number(state.initMarginChange):f}, {costs}; "
        "a what-if order, nothing was sent to the market"
    )
