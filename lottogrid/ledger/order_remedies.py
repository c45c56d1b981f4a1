"""What an order's machine must be told so that it stands where the broker says. Executions outrank statuses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from lottogrid.orders import BrokerOrder, OrderState
from lottogrid.positions import OrderRecord


class Verdict(Enum):
    """Where no trigger helps."""

    UNDECIDED = "ask again"
    BREAK = "a person must look"


Triggers = tuple[str, ...]
"""Triggers of the order machine in the order of their firing; none where nothing differs."""

_ENDINGS = {
    OrderState.CANCELLED: "cancel_confirmed",
    OrderState.REJECTED: "reject",
    OrderState.EXPIRED: "expire",
    OrderState.ABSENT: "prove_absent",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCase:
    """One of our orders beside the broker's report of it."""

    ours: OrderRecord
    theirs: BrokerOrder | None
    """None where the broker does not list the order."""
    filled: int
    """Contracts executed, with the bookings that the comparison found."""
    is_old: bool
    """Whether our state is older than the time in which a message may still be under way."""

    def judge(self) -> Triggers | Verdict:
        """Return what brings our order to where the broker says it stands."""
        if self.ours.state is OrderState.FILLED:
            return ()
        if self.filled >= self.ours.intent.quantity:
            return (*self._sent, "fill")
        if self.theirs is None:
            return self._unlisted()
        if self.theirs.filled > self.filled:
            return Verdict.UNDECIDED  # The execution that explains it is still under way.
        if self.ours.state.is_final:
            return () if self.theirs.state.is_final else self._when_old(Verdict.BREAK)
        return self._live(self.theirs.state)

    @property
    def _sent(self) -> Triggers:
        # Killed between the send and the note of it: the broker's answer proves that it was sent.
        return ("send",) if self.ours.state is OrderState.INTENDED else ()

    def _unlisted(self) -> Triggers | Verdict:
        return () if self.ours.state.is_final else self._when_old(("prove_absent",))

    def _live(self, theirs: OrderState) -> Triggers | Verdict:
        ours = self.ours.state
        if theirs is ours:
            return ()
        if theirs in _ENDINGS:
            return (*self._sent, _ENDINGS[theirs])
        if theirs is OrderState.CANCELLING:
            return (*self._sent, "cancel_sent")
        if theirs is OrderState.WORKING:
            # Ours cancelling and theirs not: the cancel was lost on the way.
            is_lost = ours is OrderState.CANCELLING
            return self._when_old(("time_out", "acknowledge")) if is_lost else (*self._sent, "acknowledge")
        # Filled, and the executions are under way; or the broker has the order and has not judged it yet.
        is_open = theirs is OrderState.FILLED or ours is OrderState.UNKNOWN
        return Verdict.UNDECIDED if is_open else self._sent

    def _when_old(self, answer: Triggers | Verdict) -> Triggers | Verdict:
        return answer if self.is_old else Verdict.UNDECIDED
