"""Settings of the trading window, and of what is traded in it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lottogrid.errors import BadInput
from lottogrid.settings.kinds import LOWER, ClockTime, Instrument, Section, show


class SessionSettings(Section):
    """The trading window, New York time. Cut-offs are offsets from the end, so they move with an early close."""

    market_open: ClockTime = Field(
        default=time(9, 30), description="Start of the window, New York time; the exchange's open where that is later."
    )
    market_close: ClockTime = Field(
        default=time(16, 0), description="End of the window, New York time; the exchange's close where that is earlier."
    )
    last_entry_minutes: int = Field(
        default=30, ge=2, le=390, description="Minutes before the window's end after which nothing is bought."
    )
    flatten_minutes: int = Field(
        default=2,
        ge=1,
        le=120,
        description="Minutes before the window's end at which everything is sold: 2 is 15:58 on a full day. Too few "
        "risk carrying an option into the fixing, where it may become a future.",
    )
    on_stop: Annotated[Literal["hold", "flatten"], LOWER] = Field(
        default="hold",
        description="What becomes of positions when the bot is told to stop: `hold` leaves them with their targets "
        "working at the broker, `flatten` sells them first, which may take a minute.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        end = datetime.combine(date.min, self.market_close)
        window = (end - datetime.combine(date.min, self.market_open)) // timedelta(minutes=1)
        if not window > self.last_entry_minutes > self.flatten_minutes:
            raise BadInput(
                "session: expected open < last entry < flatten < close, found "
                f"market_open={show(self.market_open)}, market_close={show(self.market_close)}, "
                f"last_entry_minutes={self.last_entry_minutes}, flatten_minutes={self.flatten_minutes}; "
                "widen the window or move the cut-offs"
            )
        return self


class MarketSettings(Section):
    """What is traded, and how it is priced where no quotes are given. The smile is the one measured on real quotes."""

    instrument: Instrument = Field(default="MES", description="Underlying product, by its symbol.")
    implied_premium: float = Field(
        default=1.0,
        gt=0,
        le=5,
        description="Implied volatility as a multiple of the realised forecast, used only where no quotes are given.",
    )
    prior_volatility: float = Field(
        default=0.12,
        gt=0,
        le=5,
        description="Annualised volatility (0.12 is 12 %) assumed before there is any history.",
    )
    put_slope: float = Field(
        default=-0.05915, ge=-1, le=1, description="Smile below the forward: relative volatility per implied move."
    )
    call_slope: float = Field(
        default=-0.08138, ge=-1, le=1, description="Smile above the forward: relative volatility per implied move."
    )
    put_curve: float = Field(
        default=0.0234,
        ge=-1,
        le=1,
        description="Smile below the forward: relative volatility per squared implied move.",
    )
    call_curve: float = Field(
        default=0.0412,
        ge=-1,
        le=1,
        description="Smile above the forward: relative volatility per squared implied move.",
    )
    put_slope_time: float = Field(
        default=-0.02126,
        ge=-1,
        le=1,
        description="What a whole session left adds to `put_slope` against none left; 0 keeps the slope all day. "
        "`lottogrid calibrate` fits this and the three below.",
    )
    call_slope_time: float = Field(
        default=-0.07031, ge=-1, le=1, description="What a whole session left adds to `call_slope` against none left."
    )
    put_slope_volatility: float = Field(
        default=0.04131,
        ge=-1,
        le=1,
        description="What e times the volatility at the money adds to `put_slope`, which is then that at 10 %.",
    )
    call_slope_volatility: float = Field(
        default=-0.01745,
        ge=-1,
        le=1,
        description="What e times the volatility at the money adds to `call_slope`, which is then that at 10 %.",
    )
