"""The first words with a gateway, before anything is started: whose account it is, and what time it has."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from lottogrid.brokers.ib.codes import Reaction, reaction_to
from lottogrid.brokers.ib.settings import IbSettings
from lottogrid.brokers.ib.thread import run_apart
from lottogrid.cli.ib_probe import Probe
from lottogrid.clock import real_seconds
from lottogrid.errors import BadInput, Missing

TRIES = 3
"""At a client id that is taken: the gateway may not have noticed yet that the last one to use it has gone."""
BETWEEN_TRIES = 1.0
FIRST_PAUSE, LONGEST_PAUSE = 0.002, 0.04
"""Real seconds between two questions for the time; 25 in a second stay within the budget of messages."""
TO_MEASURE = 0.4
"""Real seconds between two looks at the gateway's clock that tell how fast it goes."""
IN_ALL = 60.0
"""Real seconds for everything: each question has a limit of its own."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a gateway has said of itself."""

    account: str
    time: datetime
    """The gateway's, aware, at the real instant `read_at`; ahead of it by half a second at most, of either clock."""
    read_at: float
    speed: float
    """Seconds of the gateway's clock in a real one, measured: near 1 it is off by up to 2.5."""


def greet(ib: IbSettings) -> Greeting:
    """Return the gateway's greeting; nothing is sent that could trade.

    Raises:
        BadInput: the account does not agree with mode and port, or another program has our client id.
        Missing: there is no gateway, or it does not answer.
    """
    found: list[Greeting] = []

    async def work() -> None:
        found.append(await _greet(ib))

    if not run_apart("greeting", work, IN_ALL):
        raise Missing(f"gateway at {ib.host}:{ib.port}: expected answers, found it hanging; restart it")
    return found[0]


async def _greet(ib: IbSettings) -> Greeting:
    probe = await _let_in(ib)
    try:
        account = ib.choose_account(probe.accounts)
        time, read_at = await _second(probe)
        await asyncio.sleep(TO_MEASURE)
        later, later_at = await _answer(probe), real_seconds()
        return Greeting(account, time, read_at, (later - time).total_seconds() / (later_at - read_at))
    finally:
        await probe.close()


async def _let_in(ib: IbSettings) -> Probe:
    """Return a connection under the bot's own client id, so that a second bot is noticed."""
    for number in range(1, TRIES + 1):
        probe = Probe(ib)
        if await probe.open():
            return probe
        await probe.close()
        if not _is_taken(probe):
            break
        if number < TRIES:
            await asyncio.sleep(BETWEEN_TRIES)
    where = f"gateway at {ib.host}:{ib.port}"
    if _is_taken(probe):
        raise BadInput(
            f"{where}: expected client id {ib.client_id} to be free, found it taken: another bot trades this account; "
            "end that one (after a crash the gateway may hold the id for some minutes)"
        )
    said = f": {probe.said[-1]}" if probe.said else ""
    raise Missing(
        f"{where}: expected a log-in within {ib.connect_seconds:g} s, found none{said}; start it, log in, enable the "
        "API; `lottogrid check --broker ib` looks closer"
    )


def _is_taken(probe: Probe) -> bool:
    return any(reaction_to(said.code) is Reaction.ID_TAKEN for said in probe.said)


async def _second(probe: Probe) -> tuple[datetime, float]:
    """Return when a second of the gateway's begins, as its clock shows whole ones only, and when we last knew better.

    The bot's clock is rather ahead than behind: a minute that ends in the future would be waited for.
    """
    asked_at, before = real_seconds(), await _answer(probe)
    pause = FIRST_PAUSE
    while True:
        await asyncio.sleep(pause)
        again_at, now = real_seconds(), await _answer(probe)
        if now != before:
            return now, asked_at
        asked_at, pause = again_at, min(2 * pause, LONGEST_PAUSE)


async def _answer(probe: Probe) -> datetime:
    return await probe.talk.time()
