"""Where the gateway is, and which account may be traded through it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from lottogrid.errors import BadInput
from lottogrid.settings.mode import LIVE_PORTS


class Mode(Enum):
    """Whether orders cost real money."""

    PAPER = "paper"
    LIVE = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class IbSettings:
    """One connection to a TWS or an IB Gateway. Refused where mode, port and account contradict each other."""

    host: str = "127.0.0.1"
    port: int = 4002
    """4001 and 7496 are live (gateway, TWS), 4002 and 7497 paper; a paper gateway may stand on any other."""
    client_id: int = 7
    """Fixed for ever and not 0: only the same client can cancel its orders, and 0 takes over those made by hand."""
    account: str = ""
    """Empty takes the one account of a paper login."""
    mode: Mode = Mode.PAPER
    client_library: str = "auto"
    """`ib_insync` or `ib_async`; `auto` takes the one that is installed."""
    state_file: Path
    """Remembers the highest order id given out. The folder must exist."""
    time_zone: str = "America/New_York"
    """In which the gateway writes times that name no zone; set in the gateway at log-in."""
    market_data_lines: int = 100
    """Streams the subscription allows."""
    lines_in_reserve: int = 5
    """Left for what else the login looks at."""
    feed_silence_seconds: float = 30.0
    """Of the clock, while the market is open: a longer silence of the underlying makes all quotes old. A gateway that
    plays one-minute bars needs more than 60."""
    connect_seconds: float = 8.0
    """Real time for the handshake."""
    answer_seconds: float = 4.0
    """Real time for the answer to a request."""
    heartbeat_seconds: float = 15.0
    """Real time between two questions whether the gateway is still there."""

    def __post_init__(self) -> None:
        problem = _problem(self)
        if problem:
            found = f"mode={self.mode.value}, port={self.port}, account={self.account or 'empty'}"
            raise BadInput(f"ib: expected {problem}, found {found}, client_id={self.client_id}; make them agree")

    def choose_account(self, offered: list[str]) -> str:
        """Return the account to trade.

        Raises:
            BadInput: the login does not have it, offers several, or it is paper where live is meant or the reverse.
        """
        if not self.account and len(offered) != 1:
            raise BadInput(f"account: expected one, found {', '.join(offered) or 'none'}; name it in mode.account")
        account = self.account or offered[0]
        if account not in offered:
            raise BadInput(f"account: expected {account}, found {', '.join(offered)}; log in with the right user")
        if is_paper(account) is not (self.mode is Mode.PAPER):
            raise BadInput(
                f"account: expected a {self.mode.value} account, found {account} on port {self.port}; "
                "correct mode.trade_mode or log the gateway in with the other user"
            )
        return account


def is_paper(account: str) -> bool:
    """Return whether an account is a paper one: their names begin with DU."""
    return account.upper().startswith("DU")


def _problem(settings: IbSettings) -> str:
    is_live = settings.mode is Mode.LIVE
    if is_live is not (settings.port in LIVE_PORTS):
        return "a live port (4001 or 7496) in live mode and no live port in paper mode"
    if is_live and (not settings.account or is_paper(settings.account)):
        return "a live account (not empty, not DU...) in live mode"
    if not is_live and settings.account and not is_paper(settings.account):
        return "a paper account (empty or DU...) in paper mode"
    if settings.client_id < 1:
        return "a client id of 1 or more"
    return ""
