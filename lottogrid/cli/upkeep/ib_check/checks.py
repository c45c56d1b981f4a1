"""Makes one check after the other, each where those that it needs have passed."""

from __future__ import annotations

from lottogrid.brokers.ib.requests import RequestFailed
from lottogrid.brokers.ib.settings import IbSettings
from lottogrid.brokers.ib.thread import run_apart
from lottogrid.calendar import Calendar
from lottogrid.cli.upkeep.check_work import Check
from lottogrid.cli.upkeep.ib_check import connection, market
from lottogrid.cli.upkeep.ib_check.advice import advice_on
from lottogrid.cli.upkeep.ib_check.look import Look, Step
from lottogrid.clock import Clock
from lottogrid.errors import LottogridError
from lottogrid.ledger.lock import Holder
from lottogrid.market.contracts import ContractSpec

ALL_SECONDS = 180.0
"""Real time for everything: each question has a limit of its own."""
STEPS = (
    Step("port", (), connection.port),
    Step("api", ("port",), connection.api),
    Step("client id", ("api",), connection.client_id),
    Step("account", ("api",), connection.account),
    Step("clocks", ("api",), connection.clocks),
    Step("future", ("clocks",), market.future),
    Step("chain", ("future",), market.chain),
    Step("future's quotes", ("future",), market.future_quotes),
    Step("option", ("chain",), market.option),
    Step("option's quotes", ("option",), market.option_quotes),
    Step("what-if order", ("option", "account"), market.what_if_order),
    Step("farms", ("api",), connection.farms),
)


def ib_checks(
    ib: IbSettings, spec: ContractSpec, calendar: Calendar, clock: Clock, holder: Holder | None
) -> list[Check]:
    """Return every check of the gateway; what could not be looked at has failed, and says why.

    Args:
        ib: where the gateway is, and which account is traded.
        spec: the product.
        calendar: says which session's options are looked for.
        clock: is compared with the gateway's.
        holder: the process that trades on this ledger; None where none does.

    Raises:
        BadInput: the adapter does not serve the product.
    """
    look = Look(ib=ib, spec=spec, calendar=calendar, clock=clock, holder=holder)
    checks: list[Check] = []
    causes: dict[str, str] = {}

    async def work() -> None:
        try:
            for step in STEPS:
                check = await _check(step, look, causes)
                checks.append(check)
        finally:
            await look.close()

    if not run_apart("check", work, ALL_SECONDS):
        found = f"expected it to be over within {ALL_SECONDS:g} s, found it hanging; restart the gateway"
        checks.append(Check(name="in time", passed=False, found=found))
    return checks


async def _check(step: Step, look: Look, causes: dict[str, str]) -> Check:
    """Make a check; `causes` names for each one that failed the one that it failed for."""
    cause = next((causes[name] for name in step.needs if name in causes), None)
    if cause is not None:
        causes[step.name] = cause
        return Check(name=step.name, passed=False, found=f"not looked at: see to {cause} first")
    try:
        done = await step.look(look)
    except LottogridError as error:
        causes[step.name] = step.name
        advice = f"; {advice_on(error.code)}" if isinstance(error, RequestFailed) else ""
        return Check(name=step.name, passed=False, found=f"{error}{advice}")
    return Check(name=step.name, passed=True, warns=done.warns, found=done.text)
