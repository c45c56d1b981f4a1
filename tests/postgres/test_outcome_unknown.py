"""What the ledger actor makes of a commit whose outcome nobody knows. No server is needed for it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from actors import messages as m
from actors.ledger import LedgerKeeper
from actors.supervision.spec import Directive
from actors.tree import POLICY
from lottogrid.errors import Missing
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import OrderIntended, Record
from tests.actors.desk import ActorDesk
from tests.actors.test_ledger import INTENT, NAMES, PLANNED, RULES
from tests.strategies.made import NOON

INTENDED = OrderIntended(at=NOON, intent=INTENT)


class Silent(Ledger):
    """A ledger whose server goes at the second commit, carried out or not."""

    is_carried_out: bool
    commits = 0

    def commit(self, records: Sequence[Record]) -> tuple[Record, ...]:
        self.commits += 1
        if self.commits == 2 and not self.is_carried_out:
            raise Missing("gone")
        written = super().commit(records)
        if self.commits == 2:
            raise Missing("gone")
        return written


@pytest.mark.parametrize("is_carried_out", [True, False])
def test_nobody_is_told_that_it_was_refused_or_written(is_carried_out: bool) -> None:
    """The actor ends, with all who trade; nothing that rode on the commit has left, and the next one reads the book."""
    ledger = Silent.in_memory()
    ledger.is_carried_out = is_carried_out
    desk = ActorDesk(m.LEDGER, lambda: LedgerKeeper(lambda: ledger, RULES), *NAMES)
    desk.tell(m.Commit("sender", (PLANNED,)))
    desk.tell(m.Commit("sender", (INTENDED,), ((m.BROKER, m.PlaceOrder(INTENT)),)))

    assert desk.cell.ended.is_set()
    assert desk.mail("sender", m.CommitRefused) == []
    assert desk.mail(m.BROKER, m.PlaceOrder) == []


def test_a_lost_database_is_tried_again_for_as_long_as_it_takes() -> None:
    """It counts for no limit: the cause passes by itself."""
    assert POLICY[Missing] is Directive.RETRY
