"""Faults in what is sent, and in what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from actors import messages as m
from actors.broker import Broker
from actors.course import Course
from actors.ledger import LedgerKeeper
from actors.position import Position
from lottogrid import planning
from lottogrid.market.quotes import Quote
from lottogrid.market.ticks import TickLadder
from lottogrid.planning import CancelWish, OrderWish
from lottogrid.positions import LegRecord, PositionRecord
from tests.mutants.mutant import mutant


@mutant("sent-before-written", "an order leaves before the journal has it", "I1", "I5")
def sent_before_written(patch: pytest.MonkeyPatch) -> None:
    """Pass on what a commit carries, then write."""
    plain = LedgerKeeper._on_commit

    def on_commit(self: LedgerKeeper, commit: m.Commit) -> None:
        for name, message in commit.then:
            self.send(name, message)
        plain(self, replace(commit, then=()))

    patch.setattr(LedgerKeeper, "_on_commit", on_commit)


@mutant("sent-again-on-unknown", "an order that nobody answers counts as never sent, and another is sent", "I2", "I4")
def sent_again_on_unknown(patch: pytest.MonkeyPatch) -> None:
    """Take silence for a proof."""
    plain = LedgerKeeper._move_order

    def move_order(self: LedgerKeeper, ref: str, trigger: str, *rest: str, **more: str) -> None:
        plain(self, ref, "prove_absent" if trigger == "time_out" else trigger, *rest, **more)

    patch.setattr(LedgerKeeper, "_move_order", move_order)


@mutant("cancel-believed-at-once", "a cancel that was asked for counts as confirmed", "I2", "I4", "I8")
def cancel_believed_at_once(patch: pytest.MonkeyPatch) -> None:
    """Confirm it to oneself."""
    plain = LedgerKeeper._request_cancel

    def request_cancel(self: LedgerKeeper, ref: str) -> None:
        plain(self, ref)
        self._move_order(ref, "cancel_confirmed")

    patch.setattr(LedgerKeeper, "_request_cancel", request_cancel)


@mutant("end-believed-without-fills", "a cancelled order is over before its last fill is known", "I4", "I8", "I9")
def end_believed_without_fills(patch: pytest.MonkeyPatch) -> None:
    """Ignore the count that comes with the cancel."""
    plain = LedgerKeeper._on_cancelled
    patch.setattr(LedgerKeeper, "_on_cancelled", lambda self, ref, _: plain(self, ref, None))


@mutant("target-of-what-was-wanted", "the target sells what was ordered instead of what was bought", "I4", "I9", "I10")
def target_of_what_was_wanted(patch: pytest.MonkeyPatch) -> None:
    """Size it by the plan."""
    plain = planning.target_wish

    def target_wish(leg: LegRecord, multiple: Decimal, ladder: TickLadder) -> OrderWish | None:
        wish = plain(leg, multiple, ladder)
        return wish and replace(wish, quantity=leg.plan.quantity)

    patch.setattr(planning, "target_wish", target_wish)


@mutant("leg-not-flattened", "at the flatten time one leg is forgotten", "I9")
def leg_not_flattened(patch: pytest.MonkeyPatch) -> None:
    """Wish nothing for the second leg where everything must go."""
    plain = Position._wish

    def wish(self: Position, record: PositionRecord, leg: LegRecord) -> OrderWish | CancelWish | None:
        is_forgotten = self._closing is not None and leg.plan.number > 1
        return None if is_forgotten else plain(self, record, leg)

    patch.setattr(Position, "_wish", wish)


@mutant("never-below-the-bid", "a sale that nobody takes is repeated at the bid, and never at any price", "I9")
def never_below_the_bid(patch: pytest.MonkeyPatch) -> None:
    """Ask for twice the bid, again and again."""
    plain = planning.exit_wish

    def exit_wish(leg: LegRecord, quote: Quote | None, ladder: TickLadder) -> OrderWish | None:
        wish = plain(leg, quote, ladder)
        if wish is None or quote is None or quote.bid is None:
            return wish
        return replace(wish, limit_price=ladder.ceil(quote.bid * 2))

    patch.setattr(planning, "exit_wish", exit_wish)


@mutant("flatten-by-the-book-only", "the flatten sells what the book says and never asks the broker", "I8", "I9", "I11")
def flatten_by_the_book_only(patch: pytest.MonkeyPatch) -> None:
    """Compare the books once, when the link is up, and never again."""

    def compared_once(self: Broker, *_: object) -> None:
        return None

    patch.setattr(Broker, "_resync", compared_once)
    patch.setattr(Broker, "_compare_by_clock", compared_once)


@mutant("ready-without-comparing", "the link is ready before the books were compared", "I7")
def ready_without_comparing(patch: pytest.MonkeyPatch) -> None:
    """Say so at once."""

    def compare(self: Broker) -> None:
        self.hear(m.BooksCompared((), look_again=False))

    patch.setattr(Broker, "_compare", compare)


@mutant("reference-given-twice", "the second order of a leg gets the first one's reference", "I2", "I6", "I9", "I10")
def reference_given_twice(patch: pytest.MonkeyPatch) -> None:
    """Count the orders of a leg wrong."""
    plain = Course.order

    def order(self: Course, number: int, wish: OrderWish, *rest: Any) -> None:
        had = len(self._records)
        plain(self, number, wish, *rest)
        intended = self._records[-1]
        assert len(self._records) > had
        ref = f"{self.record.position_id}-{number}-1"
        self._records[-1] = replace(intended, intent=replace(intended.intent, ref=ref))  # type: ignore[union-attr, type-var]

    patch.setattr(Course, "order", order)


MUTANTS = (
    sent_before_written,
    sent_again_on_unknown,
    cancel_believed_at_once,
    end_believed_without_fills,
    target_of_what_was_wanted,
    leg_not_flattened,
    never_below_the_bid,
    flatten_by_the_book_only,
    ready_without_comparing,
    reference_given_twice,
)
