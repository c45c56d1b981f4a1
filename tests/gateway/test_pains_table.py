"""Every known pain of real connections can be played: which tests and which scenarios of the bot do so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.table import SCENARIOS

ROOT = Path(__file__).resolve().parents[2]
PAINS: dict[int, tuple[str, tuple[str, ...]]] = {
    1: ("a restart: orders vanish, ids roll back", ("pains:restart", "restart-with-lost-orders")),
    2: ("a modification becomes a second live order", ("pains:doubled",)),
    3: ("fills of an outage are never pushed", ("pains:outage", "outage-data-kept", "outage-over-an-entry")),
    4: ("a modification is refused, the order works on", ("pains:refused_mod",)),
    5: ("an unknown code about a living order", ("unknown-codes-on-living-orders",)),
    6: ("a new order is Inactive, or an error and Cancelled", ("pains:new_order_is_refused", "refused-in-every-way")),
    7: ("a snapshot of old prices", ("faults_data:stale", "quotes-stand-still")),
    8: ("prices without greeks, or greeks later", ("pains:greeks", "no-greeks")),
    9: ("questions at connect stay unanswered", ("unanswered-reqPositions-reqCompletedOrders",)),
    10: ("details of a combo: 321, or no answer", ("pains:details_of_a_combo",)),
    11: ("103 for a fresh order", ("pains:new_order_is_refused", "refused-in-every-way")),
    12: ("streams stay silent after a blip", ("faults_data:farm", "farm-blip")),
    13: ("old ticker ids: 102 or 300", ("pains:old_numbers",)),
    14: ("100, then the socket closes", ("pains:too_many", "too-many-messages")),
    15: ("TCP is taken, the handshake never answered", ("pains:hung", "hung-gateway")),
    16: ("events while several threads call", ("pains:several_threads",)),
    17: ("a cancellation is answered with 10147 alone", ("faults:cancellation_can", "cancel-answered-with-10147")),
    18: ("a quiet but healthy market", ("faults_data:quiet", "quiet-market")),
    19: ("a combo without NonGuaranteed: 10043", ("pains:combo_is_refused", "combos-in-pieces-over-breaks")),
    20: ("orders without fills or references", ("pains:answers_without", "answers-without-references")),
    21: ("combo quotes die, the legs tick on", ("pains:combo_quotes",)),
    22: ("data farms flap, the socket stays", ("pains:flap", "farm-flaps")),
    23: ("the client id stays busy", ("pains:busy", "client-id-busy")),
    24: ("an order is taken, the socket dies first", ("faults:swallowed", "dropped-before-a-word")),
    25: ("news shuffled, doubled, left out; one fill a contract", ("pains:shuffled", "shuffled", "rough-exchange")),
    26: ("a corrected execution", ("faults:corrected", "late-correction")),
    27: ("zero bids, crossed and one-sided quotes", ("faults_data:broken_market", "quotes-that-cannot-be")),
    28: ("an expiry delivers a future", ("futures:delivered_future", "halt-to-the-close")),
    29: ("event contracts, several classes for a date", ("faults:event_contracts", "event-contracts")),
    30: ("a what-if without margins first", ("pains:what_if",)),
    31: ("half-open", ("pains:half_open", "half-open")),
}
"""Every pain by its number: in words, and what plays it: a part of a test's name in a module here, or a scenario."""


@pytest.mark.parametrize("number", range(1, 32))
def test_every_known_pain_is_played(number: int) -> None:
    """By a test that is there, or by a scenario of the bot that is."""
    _, players = PAINS[number]
    scenarios = {scenario.name for scenario in SCENARIOS}

    assert players
    for player in players:
        module, _, part = player.partition(":")
        if part:
            lines = (ROOT / "tests" / "gateway" / f"test_{module}.py").read_text(encoding="utf-8").splitlines()
            assert any(line.startswith("def test_") and part in line for line in lines), player
        else:
            assert player in scenarios


@pytest.mark.parametrize("number", PAINS)
def test_every_pain_stands_in_the_page(number: int) -> None:
    """With the same words."""
    page = (ROOT / "docs" / "gateway.md").read_text(encoding="utf-8")

    assert f"| {number} | {PAINS[number][0]} |" in page
