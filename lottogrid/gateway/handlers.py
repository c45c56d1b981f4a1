"""Every request that is answered, by name."""

from __future__ import annotations

from lottogrid.gateway import accounts, history, reference, streams, system, trading
from lottogrid.gateway.session import Handler

HANDLERS: dict[str, Handler] = {
    **system.HANDLERS,
    **accounts.HANDLERS,
    **reference.HANDLERS,
    **streams.HANDLERS,
    **history.HANDLERS,
    **trading.HANDLERS,
}
