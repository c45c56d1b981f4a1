"""One rule's answer, the same shape wherever a rule is asked."""

from __future__ import annotations

from dataclasses import dataclass

from lottogrid.risk.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a rule looked at, what it was held against, and whether it passed."""

    rule: str
    """Name of the rule in a few words, the same everywhere."""
    number: str
    """The live number with its unit, as a person reads it; `unknown` where it is."""
    threshold: str
    passed: bool
    reason: Reason | None = None
    """Why it did not pass; None where it did."""


def verdict(rule: str, number: str, threshold: str, reason: Reason | None) -> Verdict:
    """Return a verdict that passed where `reason` is None."""
    return Verdict(rule=rule, number=number, threshold=threshold, passed=reason is None, reason=reason)
