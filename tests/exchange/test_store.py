"""The exchange's account on disk."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lottogrid.errors import BadInput
from lottogrid.exchange.codec import decode, encode
from lottogrid.exchange.store import Store
from lottogrid.exchange.values import VenueOrder
from lottogrid.orders import OrderState, Side
from tests.exchange.desk import DAY, OPENS, Desk, option, order


@dataclass
class Note:
    """A value of every type that is kept."""

    number: int
    flag: bool
    amount: Decimal | None
    at: datetime
    on: date
    side: Side


notes = st.builds(
    Note,
    number=st.integers(),
    flag=st.booleans(),
    amount=st.none() | st.decimals(allow_nan=False),
    at=st.datetimes(timezones=st.just(UTC)),
    on=st.dates(),
    side=st.sampled_from(Side),
)


@given(note=notes)
def test_what_is_written_is_read_back_exactly(note: Note) -> None:
    """Decimals, instants and enumerations survive the way through JSON."""
    assert decode(Note, encode(note)) == note


def test_an_order_survives_the_way_through_json() -> None:
    """Nested values are rebuilt as what they were."""
    kept = VenueOrder(intent=order("a", option(6365), limit="2.50"), arrives_at=OPENS, state=OrderState.WORKING)

    assert decode(VenueOrder, encode(kept)) == kept


def test_nothing_is_kept_before_the_flush(tmp_path: Path) -> None:
    """A change is lasting from the flush on, and in the state it has then."""
    path = tmp_path / "account.db"
    store = Store(path)
    kept = VenueOrder(intent=order("a", option(6365)), arrives_at=OPENS)
    store.put("a", kept)

    assert Store(path).load(VenueOrder) == []
    kept.filled = 1
    store.flush()
    kept.filled = 2
    assert [found.filled for found in Store(path).load(VenueOrder)] == [1]


def test_what_is_dropped_is_gone_and_the_order_of_the_rest_stays(tmp_path: Path) -> None:
    """Values come back in the order in which they were first put."""
    store = Store(tmp_path / "account.db")
    for ref in "cab":
        store.put(ref, VenueOrder(intent=order(ref, option(6365)), arrives_at=OPENS))
    store.flush()
    store.put("c", VenueOrder(intent=order("c", option(6365)), arrives_at=OPENS, filled=1))
    store.drop(VenueOrder, "a")
    store.flush()

    assert [(found.ref, found.filled) for found in store.load(VenueOrder)] == [("c", 1), ("b", 0)]


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """The error names the file and what to do; the file stays as it is."""
    path = tmp_path / "notes.txt"
    path.write_text("a shopping list, long enough to be no database header at all\n" * 20)

    with pytest.raises(BadInput, match=r"notes\.txt: expected a simulated account"):
        Store(path)
    assert path.read_text().startswith("a shopping list")


def test_an_event_is_stored_before_it_is_told(tmp_path: Path) -> None:
    """Whoever hears of a fill can find it on disk."""
    path = tmp_path / "account.db"
    desk = Desk(store=Store(path))

    events = desk.place(order("a", option(6365)))

    with sqlite3.connect(path) as other:
        kept = dict(other.execute("SELECT kind, count(*) FROM kept GROUP BY kind"))
    other.close()
    assert len(events) == 3
    assert kept["Execution"] == kept["VenueOrder"] == 1
    assert "Due" not in kept


def test_a_settled_session_is_still_settled_after_a_restart(tmp_path: Path) -> None:
    """What ended at the close does not come back, and is not settled again."""
    path = tmp_path / "account.db"
    desk = Desk(store=Store(path))
    desk.place(order("a", option(6200)))
    desk.exchange.close_session(DAY.closes)
    desk.hear(DAY.closes)
    before = desk.exchange.snapshot(desk.now)

    again = Desk(store=Store(path), now=OPENS)
    again.exchange.close_session(DAY.closes)

    assert again.hear(DAY.closes) == []
    assert again.exchange.snapshot(DAY.closes) == before
    assert again.exchange.cash == desk.exchange.cash
