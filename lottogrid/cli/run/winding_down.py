"""The orderly end of a run that is asked to stop: no new entry, and nothing half bought or left unguarded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from actors import messages as m
from actors.supervision.messages import TerminateChild
from actors.view import PositionRow, View
from lottogrid.cli.run.desk import Desk
from lottogrid.cli.run.display import Show
from lottogrid.clock import real_seconds
from lottogrid.orders import Purpose
from lottogrid.risk.reasons import Reason

OnStop = Literal["hold", "flatten"]
LOOK_EVERY = 0.25
ENTRIES_WITHIN = 10.0
"""Real seconds that an entry under way is given to be filled."""
WITHDRAWN_WITHIN = 5.0
FLAT_WITHIN = 60.0
AGAIN_EVERY = 5.0
"""An actor that is restarted meanwhile has not heard that everything is to be sold."""


def wind_down(desk: Desk, show: Show, on_stop: OnStop) -> None:
    """Stop the entries; then sell everything, or see that no entry is left working. A second signal breaks off.

    What is held keeps its sale at the target working at the broker. Nothing of this is a command of the operator: the
    next run trades on.
    """
    desk.runtime.send(m.TRADING, TerminateChild(m.STRATEGIST))
    if on_stop == "flatten":
        _until(desk, show, lambda view: not view.open_positions, FLAT_WITHIN, _close_all)
    elif not _until(desk, show, lambda view: not _entering(view), ENTRIES_WITHIN, _leave_alone):
        _until(desk, show, lambda view: not _entering(view), WITHDRAWN_WITHIN, _withdraw)


def _until(
    desk: Desk, show: Show, is_done: Callable[[View], bool], seconds: float, urge: Callable[[Desk, View], None]
) -> bool:
    """Look until it is done, and urge from time to time; False where the time is over or it was broken off."""
    began = real_seconds()
    urged = float("-inf")
    while (now := real_seconds()) - began < seconds:
        view = desk.look()
        show(view)
        if is_done(view):
            return True
        if now - urged >= AGAIN_EVERY:
            urged = now
            urge(desk, view)
        if desk.wait(LOOK_EVERY) is not None:
            return False
    return False


def _leave_alone(_: Desk, __: View) -> None:
    """Let it go its way."""


def _close_all(desk: Desk, _: View) -> None:
    desk.runtime.send(m.POSITIONS, m.ClosePosition(Reason.OPERATOR))


def _withdraw(desk: Desk, view: View) -> None:
    """Give up positions of which nothing was bought yet; those half bought stay as they are."""
    for row in _entering(view):
        if not any(leg.held for leg in row.legs):
            desk.runtime.send(row.record.position_id, m.ClosePosition(Reason.OPERATOR))


def _entering(view: View) -> list[PositionRow]:
    return [row for row in view.open_positions if _is_entering(row)]


def _is_entering(row: PositionRow) -> bool:
    orders = (order for leg in row.record.legs for order in leg.live_orders)
    return any(order.intent.purpose is Purpose.ENTRY for order in orders)
