"""Layouts: the counts that real sessions had, and that what is written is read back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lottogrid.errors import BadInput
from lottogrid.gateway.fields import UNSET_DOUBLE, Layout, fields, layout, rows, text
from lottogrid.gateway.incoming import INCOMING
from lottogrid.gateway.outgoing import OUTGOING

VERSIONS = range(157, 179)
WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)


def spread(*runs: tuple[int, int, int]) -> dict[int, int]:
    """Return version to count from runs of (first version, last version, count)."""
    return {version: count for first, last, count in runs for version in range(first, last + 1)}


COUNTS = {
    "openOrder": spread(
        (157, 157, 128), (158, 159, 129), (160, 161, 130), (162, 169, 131), (170, 176, 136), (177, 178, 135)
    ),
    "completedOrder": spread((157, 169, 96), (170, 176, 101), (177, 178, 100)),
    "contractDetails": spread((157, 162, 39), (163, 178, 40)),
    "execDetails": spread((157, 177, 31), (178, 178, 32)),
    "orderStatus": spread((157, 178, 12)),
    "error": spread((157, 165, 5), (166, 178, 6)),
    "commissionReport": spread((157, 178, 8)),
    "position": spread((157, 178, 16)),
    "portfolioValue": spread((157, 178, 20)),
    "tickPrice": spread((157, 178, 7)),
    "tickOptionComputation": spread((157, 178, 12)),
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", COUNTS)
def test_a_plain_message_has_as_many_fields_as_clients_expect(name: str, version: int) -> None:
    """The counts were found with four independent decoders, at 164 and 173 also in recordings of a real server."""
    assert len(OUTGOING[name].write({}, version)) == COUNTS[name][version]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_combo_adds_eight_fields_a_leg_one_a_price_and_two_a_routing_parameter(version: int) -> None:
    """So the fields behind the combo stay where clients look for them."""
    combo = {
        "comboLegs": [{}, {}],
        "orderComboLegs": [{"price": 1}],
        "smartComboRoutingParams": [{"tag": "NonGuaranteed", "value": 1}],
    }
    for name in ("openOrder", "completedOrder"):
        plain = len(OUTGOING[name].write({}, version))

        assert len(OUTGOING[name].write(combo, version)) == plain + 2 * 8 + 1 + 2


@pytest.mark.parametrize(
    ("name", "version", "place", "found"),
    [
        ("openOrder", 164, 94, "status"),
        ("openOrder", 164, 25, "permId"),
        ("openOrder", 164, 60 + 2, "deltaNeutralOrderType"),
        ("completedOrder", 164, 77, "status"),
        ("completedOrder", 164, 87, "filledQuantity"),
        ("completedOrder", 164, 95, "completedStatus"),
        ("execDetails", 173, 14, "execId"),
    ],
)
def test_a_field_stands_where_recordings_have_it(name: str, version: int, place: int, found: str) -> None:
    """Positions are counted with the message's number at 0."""
    assert OUTGOING[name].write({found: "here"}, version)[place] == "here"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("table", [*OUTGOING.values(), *INCOMING.values()], ids=lambda table: table.name)
def test_what_is_written_without_values_is_read_back(table: Layout, version: int) -> None:
    """Defaults fit the layout's own conditions, and no field is left over."""
    message, rest = table.read(table.write({}, version)[1:], version)

    assert rest == []
    assert table.write(message, version) == table.write({}, version)


@given(data=st.data(), version=st.sampled_from(VERSIONS), name=st.sampled_from(sorted(OUTGOING)))
@settings(max_examples=150)
def test_any_text_comes_back_from_the_field_it_was_put_in(data: st.DataObject, version: int, name: str) -> None:
    """Writing and reading are inverse, whichever fields carry what."""
    table = OUTGOING[name]
    plain, _ = table.read(table.write({}, version)[1:], version)
    steering = {"deltaNeutralOrderType", "scalePriceIncrement", "hedgeType", "deltaNeutralContract", "algoStrategy"}
    free = [key for key, value in plain.items() if isinstance(value, str) and key not in steering]
    chosen = data.draw(st.dictionaries(st.sampled_from(free), WORDS, max_size=5)) if free else {}

    message, rest = table.read(table.write(chosen, version)[1:], version)

    assert rest == []
    assert message == {**plain, **chosen}


@given(conId=st.integers(1), ratio=st.integers(1, 9), version=st.sampled_from(VERSIONS), prices=st.integers(0, 3))
def test_a_combo_order_comes_back_as_it_was_placed(conId: int, ratio: int, version: int, prices: int) -> None:  # noqa: N803
    """The longest of the client's messages, with its tables."""
    table = INCOMING[3]
    values = {
        "secType": "BAG",
        "comboLegs": [{"conId": str(conId), "ratio": str(ratio), "action": "SELL", "exchange": "CME"}],
        "orderComboLegs": [{"price": "1.5"}] * prices,
        "whatIf": "1",
    }

    message, _ = table.read(table.write(values, version)[1:], version)

    assert message["comboLegs"][0]["ratio"] == str(ratio)
    assert len(message["orderComboLegs"]) == prices
    assert message["whatIf"] == "1"


def test_too_few_fields_are_refused_by_the_message_s_name() -> None:
    """A decoder that went on with what it has would take one field for another."""
    with pytest.raises(BadInput, match=r"reqExecutions: expected more fields than the 3 found"):
        INCOMING[7].read(["3", "1", ""], 176)


@pytest.mark.parametrize("count", ["-1", "x", "1.0", "٣"])
def test_a_count_that_is_none_is_refused(count: str) -> None:
    """It would otherwise decide how many fields are read."""
    with pytest.raises(BadInput, match="legs: expected a count"):
        layout(1, "it", rows("legs", fields("a"))).read([count], 176)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (True, "1"),
        (False, "0"),
        (5, "5"),
        (5.0, "5"),
        (Decimal("5.00"), "5"),
        (Decimal("1E+2"), "100"),
        (Decimal("0.05"), "0.05"),
        (0.25, "0.25"),
        (UNSET_DOUBLE, UNSET_DOUBLE),
        ("a\0b", "a b"),
    ],
)
def test_values_travel_as_old_clients_can_read_them(value: object, written: str) -> None:
    """The oldest client makes sizes whole numbers with int(), which fails at `5.0`."""
    assert text(value) == written
