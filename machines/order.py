"""The life of an order. Executions are the truth: they are believed in every state in which it may have left us."""

from __future__ import annotations

from lottogrid.orders import OrderState
from machines.base import MachineSpec

S = OrderState

ORDER = MachineSpec(
    name="order",
    title="One order, from the intent in the journal to its end at the broker",
    states=OrderState,
    initial=S.INTENDED,
    transitions=(
        ("send", S.INTENDED, S.SENT),
        ("acknowledge", (S.SENT, S.UNKNOWN, S.WORKING), S.WORKING),  # statuses repeat
        ("acknowledge", S.CANCELLING, S.CANCELLING),
        ("acknowledge", S.FILLED, S.FILLED),  # the answer came behind the fill
        ("partial_fill", (S.SENT, S.UNKNOWN, S.WORKING), S.WORKING),
        ("partial_fill", S.CANCELLING, S.CANCELLING),
        ("partial_fill", S.CANCELLED, S.CANCELLED),  # fill after cancel
        ("partial_fill", S.REJECTED, S.REJECTED),  # fill after reject: it is held all the same
        ("partial_fill", S.EXPIRED, S.EXPIRED),
        ("partial_fill", S.ABSENT, S.ABSENT),  # the proof was wrong
        ("fill", (S.SENT, S.UNKNOWN, S.WORKING, S.CANCELLING), S.FILLED),
        ("fill", (S.CANCELLED, S.REJECTED, S.EXPIRED, S.ABSENT), S.FILLED),  # fill after the end
        ("cancel_sent", (S.SENT, S.UNKNOWN, S.WORKING), S.CANCELLING),
        ("cancel_confirmed", (S.SENT, S.UNKNOWN, S.WORKING, S.CANCELLING), S.CANCELLED),  # also unasked
        ("cancel_confirmed", S.CANCELLED, S.CANCELLED),  # statuses repeat
        ("cancel_confirmed", S.REJECTED, S.REJECTED),  # a reject is often followed by the status Cancelled
        ("cancel_confirmed", S.FILLED, S.FILLED),  # the status repeats behind a fill after cancel
        ("end_in_doubt", (S.SENT, S.UNKNOWN, S.WORKING, S.CANCELLING), S.UNKNOWN),  # its end came before its last fill
        ("cancel_refused", (S.UNKNOWN, S.WORKING, S.CANCELLING), S.UNKNOWN),  # nothing to cancel there: ask
        ("cancel_refused", S.FILLED, S.FILLED),  # the cancel crossed the fill
        ("cancel_refused", S.CANCELLED, S.CANCELLED),
        ("cancel_refused", S.REJECTED, S.REJECTED),
        ("cancel_refused", S.EXPIRED, S.EXPIRED),
        ("cancel_refused", S.ABSENT, S.ABSENT),
        ("reject", (S.INTENDED, S.SENT, S.UNKNOWN, S.WORKING, S.CANCELLING), S.REJECTED),
        ("reject", S.REJECTED, S.REJECTED),  # statuses repeat
        ("reject", S.CANCELLED, S.CANCELLED),  # the status Cancelled came before the reject it belongs to
        ("expire", (S.SENT, S.UNKNOWN, S.WORKING, S.CANCELLING), S.EXPIRED),
        ("expire", S.EXPIRED, S.EXPIRED),  # statuses repeat
        ("deny", (S.INTENDED, S.SENT, S.UNKNOWN, S.CANCELLING), S.ABSENT),  # provably never left this process
        ("prove_absent", (S.INTENDED, S.SENT, S.UNKNOWN, S.WORKING, S.CANCELLING), S.ABSENT),
        ("time_out", (S.SENT, S.UNKNOWN, S.CANCELLING), S.UNKNOWN),  # from UNKNOWN: ask again
    ),
    timeouts={
        S.INTENDED: "deny",  # the journal did not answer, so it was not sent
        S.SENT: "time_out",
        S.UNKNOWN: "time_out",
        S.CANCELLING: "time_out",
    },
    rests={S.WORKING: "it rests at its price; its leg withdraws it when that takes too long"},
    finals=frozenset(state for state in OrderState if state.is_final),
)
