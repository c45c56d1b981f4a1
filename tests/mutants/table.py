"""All mutants, and the day of the workload that catches each."""

from __future__ import annotations

from tests.mutants import booking, chasing, judging, living, ordering, telling

MUTANTS = (*booking.MUTANTS, *ordering.MUTANTS, *chasing.MUTANTS, *judging.MUTANTS, *living.MUTANTS, *telling.MUTANTS)

CAUGHT_ON = {
    "executions-booked-again": 1,
    "correction-booked-besides": 75,
    "late-fill-ignored": 4,
    "comparison-books-nothing": 0,
    "commission-not-booked": 0,
    "settlement-not-booked": 0,
    "partial-fill-taken-as-full": 4,
    "rejection-taken-as-fill": 9,
    "break-halts-nobody": 14,
    "no-grace": 0,
    "sent-before-written": 9,
    "sent-again-on-unknown": 19,
    "cancel-believed-at-once": 0,
    "end-believed-without-fills": 52,
    "target-of-what-was-wanted": 25,
    "leg-not-flattened": 0,
    "never-below-the-bid": 0,
    "flatten-by-the-book-only": 2,
    "ready-without-comparing": 0,
    "reference-given-twice": 0,
    "entry-chased-for-ever": 10,
    "chase-counted-not-timed": 10,
    "entry-never-cancelled": 4,
    "lone-leg-kept": 16,
    "half-day-ignored": 9,
    "last-entry-ignored": 16,
    "open-ignored": 0,
    "open-premium-ignored": 18,
    "entries-forgotten": 1,
    "spacing-forgotten": 0,
    "checked-not-reserved": 1,
    "stale-quote-accepted": 136,
    "halt-lost-at-restart": 19,
    "halt-not-written": 14,
    "alarm-not-written": 35,
    "positions-not-recalled": 0,
    "death-notice-lost": 0,
    "intensity-ignored": 7,
    "rest-not-restarted": 84,
    "stopped-in-order": 0,
    "fence-forgotten": 11,
    "timers-of-the-dead": 0,
    "lock-ignored": 1,
    "memory-not-recalled": 14,
    "alarms-lost-with-reader": 23,
}
"""Found by `python -m tests.mutants.run --search`, and looked at again by every run of the tests."""
