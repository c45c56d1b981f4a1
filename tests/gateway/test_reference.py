"""Contracts, chain and market rules."""

from __future__ import annotations

from datetime import date

import pytest

from lottogrid.gateway.expiries import option_class, quarterlies
from tests.gateway.made import CALENDAR, Made, errors, named, names, only


def test_a_future_is_found_by_its_month_and_by_its_number() -> None:
    """The first way is a person's, the second a program's."""
    client = Made().client()

    found = client.ask(
        "reqContractDetails",
        reqId=1,
        symbol="MES",
        secType="FUT",
        exchange="CME",
        lastTradeDateOrContractMonth="202506",
    )
    by_id = client.ask("reqContractDetails", reqId=1, conId=only(found, "contractDetails")["conId"])

    assert names(found) == ["contractDetails", "contractDetailsEnd"]
    assert only(found, "contractDetails")["localSymbol"] == "MESM5"
    assert by_id == found


def test_an_option_names_its_underlying_its_rule_and_its_last_trade() -> None:
    """So that a client need compute none of them."""
    made = Made()

    found = only(made.client().ask("reqContractDetails", reqId=1, **named(made.call(6340))), "contractDetails")

    assert found["underConId"] == str(made.hub.world.underlying.con_id)
    assert (found["tradingClass"], found["localSymbol"]) == ("X2C", "X2CJ5 C6340")
    assert (found["multiplier"], found["marketRuleIds"]) == ("5", "239")
    assert found["lastTradeDate"] == "20250409 15:00:00 US/Central"


def test_a_chain_is_narrowed_by_every_field_that_is_given() -> None:
    """Symbol and type alone find the whole of it."""
    client = Made().client()
    some = {"symbol": "MES", "secType": "FOP", "exchange": "CME", "lastTradeDateOrContractMonth": "20250409"}

    both = client.ask("reqContractDetails", reqId=1, **some, strike="6340.0")
    calls = client.ask("reqContractDetails", reqId=2, **some, right="C")

    assert names(both).count("contractDetails") == 2
    assert {m["right"] for name, m in calls if name == "contractDetails"} == {"C"}


@pytest.mark.parametrize(
    "asked",
    [
        {"symbol": "XYZ", "secType": "FUT"},
        {"symbol": "MES", "secType": "FOP", "strike": "6342"},
        {"symbol": "MES", "secType": "FUT", "exchange": "NYMEX"},
        {"conId": "1"},
        {"secType": "FOP"},
    ],
)
def test_what_is_not_listed_is_refused_with_200(asked: dict[str, str]) -> None:
    """An empty answer would be taken for an answer."""
    assert errors(Made().client().ask("reqContractDetails", reqId=9, **asked)) == [(9, 200)]


def test_details_of_a_combo_are_refused_with_321() -> None:
    """As the real server does."""
    assert errors(Made().client().ask("reqContractDetails", reqId=9, symbol="MES", secType="BAG")) == [(9, 321)]


@pytest.mark.parametrize("underlying", ["underlying", "index"])
def test_the_chain_hangs_on_the_future_and_on_the_index(underlying: str) -> None:
    """Reports differ on which of the two the real one answers."""
    made = Made()
    listing = getattr(made.hub.world, underlying)

    found = made.client().ask(
        "reqSecDefOptParams",
        reqId=4,
        underlyingSymbol="MES",
        underlyingSecType=listing.sec_type,
        underlyingConId=listing.con_id,
    )

    days = [row["expiration"] for name, m in found if name == "secDefOptParams" for row in m["expirations"]]
    assert days == ["20250409", "20250410", "20250411", "20250414", "20250415"]
    assert found[0][1]["underConId"] == str(made.hub.world.underlying.con_id)
    assert {"strike": "6300"} in found[0][1]["strikes"]
    assert found[-1][0] == "secDefOptParamsEnd"


def test_a_market_rule_gives_the_option_s_price_steps() -> None:
    """Its number comes with the contract's details."""
    found = only(Made().client().ask("reqMarketRule", ruleId=239), "marketRule")

    assert found["increments"] == [{"lowEdge": "0", "increment": "0.05"}, {"lowEdge": "5", "increment": "0.25"}]


def test_an_unknown_market_rule_is_refused() -> None:
    """With 321, as the real server does for what it cannot make sense of."""
    assert [code for _, code in errors(Made().client().ask("reqMarketRule", ruleId=1))] == [321]


def test_the_same_contract_has_the_same_number_in_another_life() -> None:
    """Orders of yesterday's process must still be understood."""
    assert Made().call(6340).con_id == Made().call(6340).con_id != Made().put(6340).con_id


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2025, 4, 7), "X1A"),
        (date(2025, 4, 9), "X2C"),
        (date(2025, 4, 11), "EX2"),
        (date(2025, 4, 30), "EX"),
        (date(2025, 6, 20), "MES"),
        (date(2025, 6, 26), "X4D"),
    ],
)
def test_classes_are_named_as_the_exchange_names_them(day: date, name: str) -> None:
    """By weekday and week of the month, but for Fridays, month ends and quarterly expiries."""
    assert option_class("MES", day, CALENDAR) == name


@pytest.mark.parametrize(
    ("on", "front"), [(date(2025, 6, 13), date(2025, 6, 20)), (date(2025, 6, 16), date(2025, 9, 19))]
)
def test_the_front_future_changes_on_the_monday_before_its_expiry(on: date, front: date) -> None:
    """From then on options are written on the next one."""
    assert quarterlies(on, 2)[0] == front
