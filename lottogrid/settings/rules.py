"""Settings that decide what is bought and sold, and how much may be lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lottogrid.errors import BadInput
from lottogrid.settings.kinds import LOWER, Allowed, Section


class StrategySettings(Section):
    """When a strangle is bought, which one, and when it is sold."""

    name: Annotated[str, Allowed("a name in lower case such as lotto_grid")] = Field(
        default="lotto_grid",
        pattern=r"^[a-z][a-z0-9_]*$",
        description="Strategy that decides. It must be one that `lottogrid` ships or that was registered.",
    )
    entry_measure: Annotated[Literal["move", "annualised"], LOWER] = Field(
        default="move",
        description="What the threshold compares: `move` the realised 60-minute move with the implied daily move, in "
        "points; `annualised` both as annual volatilities, which passes far less often.",
    )
    volatility_threshold: float = Field(
        default=0.67,
        gt=0,
        le=10,
        description="Entries are made while realised is below this fraction of implied. Lower trades less often.",
    )
    implied_move_multiplier_1: Decimal = Field(
        default=Decimal("1.25"),
        ge=Decimal("0.1"),
        le=5,
        description="Distance of the first level's strikes from the price, in implied moves. Farther is cheaper and "
        "pays less often.",
    )
    implied_move_multiplier_2: Decimal = Field(
        default=Decimal("1.5"),
        ge=Decimal("0.1"),
        le=5,
        description="Distance of the second level's strikes, in implied moves; tried where the first is too dear.",
    )
    levels: Annotated[Literal["first", "both"], LOWER] = Field(
        default="first",
        description="At an entry, buy the `first` level that fits the premium cap, or `both` where each fits.",
    )
    max_premium_per_strangle: Decimal = Field(
        default=Decimal(25),
        gt=0,
        description="Dollars a strangle may cost at most, commissions included. It is what most often refuses in the "
        "morning and on wild days.",
    )
    profit_target_multiplier: Decimal = Field(
        default=Decimal(4),
        gt=1,
        description="Each leg is offered at this multiple of what it cost: 4 is a gain of 300 %. Higher sells less "
        "often.",
    )
    quantity: int = Field(
        default=1,
        ge=1,
        le=100,
        description="Contracts a leg. The premium cap holds for all of them, so more contracts fit it less often.",
    )
    realised_window: int = Field(
        default=60,
        ge=5,
        le=390,
        description="One-minute returns that make up the realised volatility. No entry before there are enough.",
    )
    entry_as: Annotated[Literal["legs", "combo"], LOWER] = Field(
        default="legs",
        description="How a strangle is ordered: each leg by itself (`legs`), or both in one order at the sum of their "
        "limits (`combo`). A combo is not repriced.",
    )
    entry_timeout_seconds: float = Field(
        default=30.0,
        ge=5,
        le=300,
        description="Seconds an entry may work before it is cancelled. Longer fills more often, at an older decision.",
    )
    reprice_seconds: float = Field(
        default=15.0,
        ge=1,
        le=300,
        description="Seconds that a working order's limit stands: then a sale takes any price, and an entry moves "
        "nearer to a fill, as often as `strategy.entry_reprices` allows. At or above the entry's timeout, an entry "
        "is never repriced.",
    )
    entry_reprices: int = Field(
        default=0,
        ge=0,
        le=20,
        description="How often an entry's limit is moved to the present offer within its timeout, never beyond the "
        "premium cap. Above 0 the whole cap is reserved for an entry, so that fewer fit the day's limits.",
    )
    lone_leg: Annotated[Literal["keep", "sell", "chase"], LOWER] = Field(
        default="keep",
        description="What becomes of a leg that was bought while the other was not in time: `keep` it with its "
        "target, `sell` it, or `chase` the other up to the premium cap.",
    )
    lone_leg_chases: int = Field(
        default=3,
        ge=1,
        le=20,
        description="With `chase`, how many orders more the missing leg gets, each for `strategy.reprice_seconds`; "
        "it ends after as many times that, even if there was no offer to follow.",
    )
    lone_leg_after_chase: Annotated[Literal["keep", "sell"], LOWER] = Field(
        default="keep", description="With `chase`, what becomes of the leg that is held when the other was not bought."
    )

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.entry_as == "combo" and self.entry_reprices:
            raise BadInput(
                f"strategy: expected entry_reprices = 0 with entry_as = combo, found {self.entry_reprices}; a combo "
                "keeps its price: set one of the two otherwise"
            )
        return self


class RiskSettings(Section):
    """What keeps the money. A limit that is reached refuses entries; it never blocks an exit."""

    min_time_between_trades: int = Field(
        default=30,
        ge=0,
        le=390,
        description="Minutes from one entry to the next at least. Restarts do not reset it.",
    )
    max_trades_per_day: int = Field(default=12, ge=0, le=1000, description="Strangles bought in a day at most.")
    max_open_trades: int = Field(default=15, ge=0, le=1000, description="Strangles open at the same time at most.")
    max_draw: Decimal = Field(
        default=Decimal(750),
        gt=0,
        description="Dollars that may be lost in a day at most, with the premium of all that is open counted as lost.",
    )
    start_cash: Decimal = Field(
        default=Decimal(5000),
        gt=0,
        description="Dollars the account begins with on paper, in replays and in backtests.",
    )
    data_stale_seconds: float = Field(
        default=90.0,
        gt=0,
        le=3600,
        description="Seconds after which the last price of the underlying is too old to enter on.",
    )
    quote_stale_seconds: float = Field(
        default=90.0,
        gt=0,
        le=3600,
        description="Seconds after which an option's quote is too old to enter on.",
    )
    commission_per_contract: Decimal = Field(
        default=Decimal("0.62"),
        ge=0,
        le=100,
        description="Dollars a contract and side, exchange fee included. An assumption: Interactive Brokers' figure "
        "for MES options was not found; take it from your own statements, because at these premiums costs decide.",
    )
    unknown_after_seconds: float = Field(
        default=10.0,
        gt=0,
        le=300,
        description="Seconds without an answer after which a sent order counts as unknown. No entry while one is.",
    )
    resolve_grace_seconds: float = Field(
        default=5.0,
        gt=0,
        le=300,
        description="Seconds an unknown order is given to show up at the broker before it counts as never sent.",
    )
    flatten_delivered_future: bool = Field(
        default=False,
        description="Whether a future that came out of an expiry is sold or bought back at the market at once, after "
        "the alarm. Only as many as the exercise of the bot's own options explains.",
    )
    reconcile_seconds: float = Field(
        default=60.0,
        ge=5,
        le=3600,
        description="Seconds between two comparisons of the books with the broker's on a trading day, while nothing "
        "else gives a reason for one. Orders pass meanwhile. A replay compares every 15 minutes at most.",
    )
