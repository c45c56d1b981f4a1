"""When things happen between two bars: the latencies of a broker, and what they mean for an order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from lottogrid.backtest.tape import MINUTE, Bools, Ints, Tape
from lottogrid.errors import BadInput
from lottogrid.exchange.profiles import BrokerProfile

_AT_ONCE = timedelta(0)

QUOTE_WAIT = timedelta(seconds=3)
"""How long a sale that must be made waits for a fresh quote: `Patience.quote` of the position actor."""


class NotComputed(BadInput):
    """What comes of an order hangs on more than bars and settings say at once: the actors can play it."""


@dataclass(frozen=True)
class Timing:
    """The latencies of a broker that never refuses and always fills whole orders."""

    ack: timedelta
    fill: timedelta

    @classmethod
    def of(cls, profile: BrokerProfile, quantity: int, answer_within: timedelta) -> Timing:
        """Return the timing of `profile`.

        Raises:
            NotComputed: chance decides what becomes of an order of `quantity` contracts, or it takes longer than
                minutes, or the bot gives orders up as unknown before they are answered.
        """
        by_chance = profile.reject_probability > 0 or profile.partial_fill_probability > 0
        if by_chance:
            raise NotComputed(
                f"simulator.profile: expected one that fills every order whole, found {profile.name}; "
                "take ideal or paper, or `lottogrid replay`"
            )
        if quantity > profile.displayed_size[0]:
            raise NotComputed(
                f"strategy.quantity: expected at most {profile.displayed_size[0]}, all that {profile.name} always "
                f"shows, found {quantity}; take ideal, or `lottogrid replay`"
            )
        timing = cls(profile.ack_latency, profile.fill_latency)
        at_once = timing.sale == _AT_ONCE
        if timing.sale >= MINUTE - QUOTE_WAIT or (not at_once and timing.ack == _AT_ONCE):
            raise NotComputed(
                f"simulator.profile: expected one that answers within seconds, found {profile.name}; "
                "take ideal or paper, or `lottogrid replay`"
            )
        if not at_once and answer_within <= timing.ack:
            raise NotComputed(
                f"risk.unknown_after_seconds: expected more than the {timing.ack.total_seconds():g} s in which "
                f"{profile.name} answers, found {answer_within.total_seconds():g}; raise it, or take `lottogrid replay`"
            )
        return timing

    @property
    def entry(self) -> timedelta:
        """From a decision to the fill of its orders."""
        return self.ack + self.fill

    @property
    def sale(self) -> timedelta:
        """From the hour of the flatten to the sale: the target is cancelled, then the leg is offered at the bid."""
        return 2 * self.ack + self.fill

    def sells_early(self, tape: Tape) -> Bools:
        """Return in which sessions targets are gone, and sales made, before the flatten's bar is matched and quoted."""
        return tape.clock_first & self.is_immediate

    def last_of_targets(self, tape: Tape) -> Ints:
        """Return the column of the last bar that targets meet, by session."""
        return tape.flatten - self.sells_early(tape)

    @property
    def is_immediate(self) -> bool:
        """Whether an order is there before the next bar begins, and gone before the bar of its minute is matched."""
        return self.sale == _AT_ONCE
