"""Faults in how an entry ends, and in what becomes of a leg that was filled alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from lottogrid import entering
from lottogrid.entering import EntryPolicy
from lottogrid.positions import LegRecord, PositionRecord
from tests.mutants.mutant import mutant

_MANY = 10_000


@mutant("entry-chased-for-ever", "the chase of a missing leg ends neither by its number nor by the clock", "I7")
def entry_chased_for_ever(patch: pytest.MonkeyPatch) -> None:
    """Allow more chases than a day has room for."""
    plain = entering.may_try_again

    def may_try_again(position: PositionRecord, leg: LegRecord, policy: EntryPolicy, now: datetime) -> bool:
        return plain(position, leg, replace(policy, chases=_MANY), now)

    patch.setattr(entering, "may_try_again", may_try_again)


@mutant("chase-counted-not-timed", "a chase ends by the number of its orders, and waits for offers until then", "I7")
def chase_counted_not_timed(patch: pytest.MonkeyPatch) -> None:
    """Ask as if no time had passed beyond the timeout."""
    plain = entering.may_try_again

    def may_try_again(position: PositionRecord, leg: LegRecord, policy: EntryPolicy, now: datetime) -> bool:
        ends = leg.entries[0].intent.created_at + policy.timeout if leg.entries else now
        return plain(position, leg, policy, min(now, ends))

    patch.setattr(entering, "may_try_again", may_try_again)


@mutant("entry-never-cancelled", "an entry works until it is filled, however long that takes", "I7")
def entry_never_cancelled(patch: pytest.MonkeyPatch) -> None:
    """Give it a day."""
    patch.setattr(entering, "lasts", lambda *_: timedelta(days=1))


@mutant("lone-leg-kept", "a leg that was filled alone is kept where the policy sells it", "I7")
def lone_leg_kept(patch: pytest.MonkeyPatch) -> None:
    """Never sell for that reason."""
    patch.setattr(entering, "sells_lone_leg", lambda *_: False)


MUTANTS = (entry_chased_for_ever, chase_counted_not_timed, entry_never_cancelled, lone_leg_kept)
