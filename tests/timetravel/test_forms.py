"""Forms of dataclasses: what is written is read again, and a change makes the new of the old, exactly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.view import View
from lottogrid.errors import BadInput
from lottogrid.flight.forms import Fields, form_of
from lottogrid.flight.shapes import SAME
from tests.web import made


class Colour(Enum):
    RED = 1
    BLUE = 2


@dataclass(frozen=True, slots=True)
class Leaf:
    number: int
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Other:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    at: datetime
    colour: Colour
    day: date | None
    span: timedelta
    share: float | None
    only: Leaf | None
    either: Leaf | Other | None
    leaves: tuple[Leaf, ...]
    rows: tuple[tuple[datetime, Leaf], ...]
    quotes: Mapping[str, Leaf] = field(default_factory=dict)


TREE = Fields(Tree)
prices = (
    st.none()
    | st.decimals(allow_nan=False, allow_infinity=False, places=2)
    | st.sampled_from([Decimal(1), Decimal("1.0"), Decimal("-0"), Decimal("1E+2")])
)
leaves = st.builds(Leaf, st.integers(0, 3), prices)
instants = st.datetimes(allow_imaginary=False).map(lambda there: there.replace(tzinfo=UTC, fold=0))
trees = st.builds(
    Tree,
    at=instants,
    colour=st.sampled_from(Colour),
    day=st.none() | st.dates(),
    span=st.timedeltas(),
    share=st.none() | st.floats(allow_nan=False).map(lambda share: share + 0.0),
    only=st.none() | leaves,
    either=st.none() | leaves | st.builds(Other, st.text(max_size=3)),
    leaves=st.lists(leaves, max_size=6).map(tuple),
    rows=st.lists(st.tuples(instants, leaves), max_size=3).map(tuple),
    quotes=st.dictionaries(st.sampled_from("abcd"), leaves),
)


def through_json(plain: Any) -> Any:
    return json.loads(json.dumps(plain))


def exactly(tree: Tree) -> str:
    """Decimals that are equal may be written differently, and must stay so; mappings keep their order."""
    return repr(tree)


@given(trees)
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_again(tree: Tree) -> None:
    """Every kind of field, to the last digit."""
    assert exactly(TREE.read(through_json(TREE.write(tree)))) == exactly(tree)


@given(trees, trees)
@settings(max_examples=100, deadline=None)
def test_a_change_makes_the_new_of_the_old(old: Tree, new: Tree) -> None:
    """Whatever differs between the two."""
    change = TREE.delta(old, new)

    made_of_it = old if change is SAME else TREE.patch(old, through_json(change))

    assert exactly(made_of_it) == exactly(new)


@given(trees, st.lists(leaves, max_size=3), st.integers(0, 7), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_a_tuple_that_grew_at_its_ends_or_lost_members_is_made_again(
    tree: Tree, more: list[Leaf], dropped: int, edited: int
) -> None:
    """A ring that forgets, a list that is put before or behind, members that change besides."""
    kept = tree.leaves[dropped:]
    changed = tuple(replace(leaf, number=9) if place == edited else leaf for place, leaf in enumerate(kept))
    for leaves in ((*kept, *more), (*more, *kept), (*changed, *more), (*more, *changed)):
        new = replace(tree, leaves=leaves)
        change = TREE.delta(tree, new)
        found = tree if change is SAME else TREE.patch(tree, through_json(change))
        assert exactly(found) == exactly(new)


def test_a_ring_that_moves_on_is_written_as_what_came() -> None:
    """The journal's end is such a ring: each row would else be written fifty times."""
    old = tuple(Leaf(number) for number in range(50))
    form = form_of(tuple[Leaf, ...])

    change = form.delta(old, (*old[1:], Leaf(50)))

    assert change == [1, 50, [], [], [{"number": 50, "price": None}]]


def test_what_is_the_same_is_not_written() -> None:
    """Also where it was made anew."""
    view = made.troubled_view()
    form = Fields(View, {"trace"})

    assert form.delta(view, made.troubled_view()) is SAME
    assert form.delta(view, replace(view, sequence=8)) == {"sequence": 8}


@pytest.mark.parametrize("make", [made.empty_view, made.quiet_view, made.troubled_view])
def test_every_picture_of_the_page_has_a_form(make: Any) -> None:
    """All its types are known, and nothing but the trace of messages is left out."""
    form = Fields(View, {"trace"})

    assert form.read(through_json(form.write(make()))) == make()


def test_a_field_that_is_new_takes_its_default_and_one_that_is_gone_is_left_out() -> None:
    """A recording of another version is read as far as it can be."""
    assert Fields(Leaf).read({"number": 1, "gone": 2}) == Leaf(1)
    with pytest.raises(BadInput, match="Leaf: expected number, found none"):
        Fields(Leaf).read({"price": "1"})


def test_a_type_without_a_form_is_refused() -> None:
    """When the form is made, and not when a day is to be looked at."""
    with pytest.raises(TypeError, match="no form for"):
        form_of(object)
