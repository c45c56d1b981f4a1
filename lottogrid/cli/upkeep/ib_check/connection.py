"""Is a gateway there, does it let us in, and is it well?"""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from datetime import timedelta

from lottogrid.brokers.ib.codes import Reaction, reaction_to
from lottogrid.brokers.ib.connecting import Handshake
from lottogrid.brokers.ib.settings import IbSettings, Mode
from lottogrid.cli.ib_probe import Probe
from lottogrid.cli.upkeep.ib_check.advice import advice_on
from lottogrid.cli.upkeep.ib_check.look import Found, Look
from lottogrid.clock import new_york
from lottogrid.errors import Missing

BESIDE = 100
"""So far above the bot's client id lies the one that looks on where the bot's is taken."""
CLOCKS_APART = timedelta(seconds=2)
"""Further apart they are told."""
CLOCKS_FAR_APART = timedelta(seconds=30)
"""Here a run refuses to begin on its own clock, and with real money there is no other."""
_HALF_A_SECOND = timedelta(seconds=0.5)
"""The gateway's clock shows whole seconds."""
_FARMS = {
    "broker": ({1101, 1102}, {1100, 2110}),
    "quotes": ({2104, 2108}, {2103}),
    "history": ({2106, 2107}, {2105}),
}
"""Codes that say that it is well, and that it is away."""


async def port(look: Look) -> Found:
    """Look whether anything takes connections at the port."""
    try:
        async with asyncio.timeout(look.ib.connect_seconds):
            _, writer = await asyncio.open_connection(look.ib.host, look.ib.port)
    except OSError as error:  # a TimeoutError is one
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or "no answer"
        raise Missing(
            f"port {look.where}: expected a TWS or an IB Gateway, found: {reason}; start it and log in, and make "
            "mode.port the socket port of its API settings"
        ) from error
    writer.close()
    await writer.wait_closed()
    return Found(f"{look.where} takes connections")


async def api(look: Look) -> Found:
    """Shake hands, under another client id where the bot's is taken."""
    if not await _connect(look, look.ib) and not look.id_taken:
        raise Missing(_no_handshake(look))
    if look.id_taken:
        # The bot itself may be what has it: under another id the rest can be looked at all the same.
        await look.probe.close()
        beside = replace(look.ib, client_id=look.ib.client_id + BESIDE)
        if not await _connect(look, beside):
            raise Missing(_no_handshake(look))
    return Found(f"a TWS or an IB Gateway, protocol version {look.probe.version}")


async def _connect(look: Look, ib: IbSettings) -> bool:
    probe = Probe(ib)
    look.probes.append(probe)
    is_in = await probe.open()
    if not is_in:
        look.id_taken = next((said for said in probe.said if reaction_to(said.code) is Reaction.ID_TAKEN), None)
    return is_in


def _no_handshake(look: Look) -> str:
    probe, expected = look.probe, f"api {look.where}: expected a handshake within {look.ib.connect_seconds:g} s"
    if probe.said:
        return f"{expected}, found: {probe.said[-1]}; {advice_on(probe.said[-1].code)}"
    if probe.has_greeted:
        return f"{expected}, found a version and no account; finish the log-in on its screen, or restart it"
    if probe.handshake is Handshake.CLOSED:
        return (
            f"{expected}, found the connection closed; TWS or Gateway, API, Settings: enable socket clients, and add "
            "this machine to the trusted addresses"
        )
    return (
        f"{expected}, found silence; look at its screen for a question, enable socket clients in its API settings, "
        "and restart it where it hangs; or another program has the port"
    )


async def client_id(look: Look) -> Found:
    """Look whether the bot's client id is free, or taken by the bot itself."""
    number = look.ib.client_id
    if look.id_taken is None:
        return Found(f"{number} is free")
    if look.holder is not None:
        return Found(f"{number} is taken, by the bot that works on this ledger (process {look.holder.pid})")
    raise Missing(
        f"client id: expected {number} to be free, found: {look.id_taken}; end the other program, or wait: after a "
        "crash the gateway holds it for some minutes"
    )


async def account(look: Look) -> Found:
    """Choose the account as the bot would: it must agree with mode and port."""
    look.account = look.ib.choose_account(look.probe.accounts)
    return Found(f"{look.account}, {look.ib.mode.value}, as mode and port say")


async def clocks(look: Look) -> Found:
    """Compare the gateway's clock with ours."""
    asked = look.clock.now()
    look.now = await look.probe.talk.time()
    middle = asked + (look.clock.now() - asked) / 2
    apart = abs(middle - look.now - _HALF_A_SECOND)
    if apart <= CLOCKS_APART:
        return Found(f"{new_york(look.now):%Y-%m-%d %H:%M:%S} ET at the gateway, as here")
    text = (
        f"clocks: expected them within {CLOCKS_APART.total_seconds():g} s, found {new_york(look.now):%Y-%m-%d %H:%M:%S}"
        f" ET at the gateway and {new_york(middle):%Y-%m-%d %H:%M:%S} here; let both machines take the time from the "
        "network (NTP)"
    )
    if apart > CLOCKS_FAR_APART and look.ib.mode is Mode.LIVE:
        raise Missing(text)
    return Found(f"{text}; or run with --clock gateway where it is a paper gateway on a day of its own", warns=True)


async def farms(look: Look) -> Found:
    """Read what the gateway has said of the servers behind it, and whether all of it could be read."""
    told = []
    for name, (well, away) in _FARMS.items():
        said = [one for one in look.probe.said if one.code in well | away]
        if said and said[-1].code in away:
            raise Missing(f"farms: expected that of {name} to be there, found: {said[-1]}; {advice_on(said[-1].code)}")
        if said:
            told.append(name)
    if look.probe.unreadable:
        raise Missing(
            f"messages: expected readable ones, found {look.probe.unreadable[0]}; the gateway's version is newer than "
            "what this was made for: use an older one"
        )
    if not told:
        return Found("the gateway has said nothing of its farms", warns=True)
    return Found(f"the gateway says that {' and '.join(told)} are there")
