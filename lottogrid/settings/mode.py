"""Settings that say whether the money is real."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lottogrid.errors import BadInput
from lottogrid.settings.kinds import LOWER, Section

PAPER_PORTS = (4002, 7497)
LIVE_PORTS = (4001, 7496)


class ModeSettings(Section):
    """Paper or live. Live money needs four statements that agree, so that no single slip reaches it."""

    trade_mode: Annotated[Literal["paper", "live"], LOWER] = Field(
        default="paper",
        description="Whether orders cost real money. `live` also needs a live port, a live account and `confirm_live`.",
    )
    account: str = Field(
        default="",
        description="Account at the broker. Empty takes the paper login's own; paper accounts begin with DU.",
    )
    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Machine of the broker's gateway. Its API is not encrypted: to another machine use a tunnel.",
    )
    port: int = Field(
        default=4002,
        ge=1,
        le=65535,
        description="Port of the broker's gateway: 4002 or 7497 is paper, 4001 or 7496 live (gateway, TWS).",
    )
    confirm_live: str = Field(
        default="",
        description="The live account typed a second time. Without it nothing is sent to a live account.",
    )

    @model_validator(mode="after")
    def _agree(self) -> Self:
        problem = self._live_problem() if self.trade_mode == "live" else self._paper_problem()
        if problem:
            raise BadInput(
                f"mode: expected {problem}, found trade_mode={self.trade_mode}, port={self.port}, "
                f"account={self.account or 'empty'}, confirm_live={self.confirm_live or 'empty'}; make them agree"
            )
        return self

    def _live_problem(self) -> str:
        if self.port not in LIVE_PORTS:
            return "a live port (4001 or 7496) in live mode"
        if not self.account or self.account.upper().startswith("DU"):
            return "a live account (not empty, not DU...) in live mode"
        if self.confirm_live != self.account:
            return "confirm_live to repeat the account in live mode"
        return ""

    def _paper_problem(self) -> str:
        if self.port in LIVE_PORTS:
            return "a port that is not live (not 4001 or 7496) in paper mode"
        if self.account and not self.account.upper().startswith("DU"):
            return "a paper account (empty or DU...) in paper mode"
        return ""
