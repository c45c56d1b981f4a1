"""Our book beside the broker's, and what is done about each difference."""

from __future__ import annotations

from dataclasses import dataclass

from actors.ledger_view import Compared
from actors.view import View
from lottogrid.ledger.comparison import Difference
from lottogrid.ledger.order_remedies import Verdict
from web import text
from web.journal import books as in_words

_WHAT_TO_DO = {
    Verdict.BREAK.value: "a person must look: compare with the broker's own screen; found twice, it halts the engine",
    Verdict.UNDECIDED.value: "wait: the answer may be under way, the books are compared again in seconds",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BookLine:
    """One thing that both books speak of."""

    subject: str
    ours: str
    theirs: str
    difference: str
    to_do: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The last comparison of our book with the broker's."""

    at: str
    result: str
    tone: str
    details: tuple[str, ...]
    lines: tuple[BookLine, ...]
    """Differences first, then what both hold."""


def books(view: View) -> Books:
    """Return what the last comparison found."""
    ledger = view.ledger
    found = ledger.reconciled if ledger else None
    if ledger is None or found is None:
        return Books(at="", result="not compared since the start", tone="warn", details=(), lines=())
    tone = "bad" if found.breaks else "good"
    result = "they differ" if found.breaks else "they agree"
    if not found.breaks and found.repaired:
        result = "they agree, after repairs from the broker's book"
    details = (*found.breaks, *found.repaired) or (in_words(found),)
    lines = (*(_difference(each) for each in ledger.differences), *(_holding(each) for each in ledger.compared))
    at = f"compared {text.moment(found.at, view.at)} ET"
    return Books(at=at, result=result, tone=tone, details=details, lines=lines)


def _difference(found: Difference) -> BookLine:
    is_break = found.remedy == Verdict.BREAK.value
    return BookLine(
        subject=found.subject,
        ours=found.ours,
        theirs=found.theirs,
        difference="unexplained" if is_break else "explained",
        to_do=_WHAT_TO_DO.get(found.remedy, f"nothing: {found.remedy}"),
        tone="bad" if is_break else "warn",
    )


def _holding(found: Compared) -> BookLine:
    more = found.theirs - found.ours
    return BookLine(
        subject=f"holding of {found.contract}",
        ours=str(found.ours),
        theirs=str(found.theirs),
        difference="none" if more == 0 else f"{more:+d}".replace("-", text.MINUS),
        to_do="nothing" if more == 0 else "nothing yet: a fill may have crossed the comparison",
        tone="" if more == 0 else "warn",
    )
