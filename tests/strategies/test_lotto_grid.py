"""The entry rule: each line of it, and what it says when it does not know."""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lottogrid.market.contracts import Right, spec_of
from lottogrid.market.quotes import Quote
from lottogrid.risk.reasons import Reason
from lottogrid.strategies.base import Decision, MarketView
from lottogrid.strategies.lotto_grid import EntryMeasure, LottoGrid, listed_strike
from tests.strategies.made import BOOK, DAY, LIMITS, NOON, OPENS, RULES, book, market, option, quote, rules

# The implied move of the made market is 40.2 points: 1.25 and 1.5 times lie at 50.3 and 60.3 points.
NEAR = (option(Right.CALL, 6350), option(Right.PUT, 6250))
FAR = (option(Right.CALL, 6360), option(Right.PUT, 6240))


def _quoted(near: str = "2.00", far: str = "1.00") -> tuple[Quote, ...]:
    return (
        *(quote(contract, "0.90", near) for contract in NEAR),
        *(quote(contract, "0.50", far) for contract in FAR),
    )


def _decide(view: MarketView, grid: LottoGrid | None = None, **changes: object) -> Decision:
    return (grid or LottoGrid(RULES, LIMITS)).decide(view, book(**changes))


def test_the_options_of_both_levels_are_asked_for() -> None:
    """Strikes lie at 1.25 and 1.5 implied moves, on the listed grid."""
    assert LottoGrid(RULES, LIMITS).wanted(market()) == {*NEAR, *FAR}


def test_without_an_implied_move_nothing_is_asked_for_and_nothing_bought() -> None:
    """Unknown refuses."""
    view = market(total_sd=None)

    assert LottoGrid(RULES, LIMITS).wanted(view) == frozenset()
    assert Reason.IMPLIED_UNKNOWN in _decide(view).refusals


def test_the_first_level_that_fits_the_cap_is_bought() -> None:
    """Both would fit: the nearer is taken, at the offers, with targets on the ladder and every commission counted."""
    (proposal,) = _decide(market(*_quoted())).proposals

    assert proposal.level == Decimal("1.25")
    assert [leg.contract for leg in proposal.legs] == list(NEAR)
    assert [leg.limit_price for leg in proposal.legs] == [Decimal("2.00")] * 2
    assert [leg.target_price for leg in proposal.legs] == [Decimal("8.00")] * 2
    assert proposal.premium_usd == 20
    assert proposal.costs_usd == Decimal("2.48")
    assert proposal.worst_case_usd == Decimal("22.48")


def test_a_nearer_level_above_the_cap_gives_way_to_the_next() -> None:
    """22.52 dollars of premium are the most that fit under 25 with four commissions."""
    decision = _decide(market(*_quoted(near="2.30")))

    assert [proposal.level for proposal in decision.proposals] == [Decimal("1.5")]
    assert Reason.PREMIUM_ABOVE_CAP in decision.refusals


def test_both_levels_are_bought_where_asked_for() -> None:
    """`levels = both` buys each that fits."""
    decision = _decide(market(*_quoted()), LottoGrid(rules(buy_every_level=True), LIMITS))

    assert [proposal.level for proposal in decision.proposals] == [Decimal("1.25"), Decimal("1.5")]


def test_levels_that_collapse_to_the_same_strikes_are_bought_once() -> None:
    """A small move rounds both levels to one pair: the second is refused."""
    view = market(total_sd=0.0005, minute_sd=0.00001)
    grid = LottoGrid(rules(buy_every_level=True), LIMITS)
    quotes = [quote(contract, "0.50", "1.00") for contract in grid.wanted(view)]
    decision = _decide(market(*quotes, total_sd=0.0005, minute_sd=0.00001), grid)

    assert Reason.STRIKES_COLLAPSE in decision.refusals
    assert len(decision.proposals) == 1


def test_a_decision_is_of_the_minute_that_ended_however_late_its_quotes_came() -> None:
    """So half an hour after an entry is half an hour, whatever the quotes of either minute took."""
    entered = NOON - timedelta(minutes=30)
    late = market(*_quoted(), at=NOON + timedelta(seconds=5))

    decision = _decide(late, last_entry_at=entered)

    assert decision.at == NOON
    assert len(decision.proposals) == 1
    assert _decide(late, last_entry_at=entered + timedelta(seconds=1)).proposals == ()


@pytest.mark.parametrize(
    ("view", "reason"),
    [
        (market(*_quoted(), underlying_at=OPENS - timedelta(minutes=1)), Reason.BEFORE_OPEN),
        (market(*_quoted(), underlying_at=DAY.last_entry + timedelta(seconds=1)), Reason.AFTER_LAST_ENTRY),
        (market(*_quoted(), underlying=None), Reason.NO_MARKET_DATA),
        (market(*_quoted(), underlying_at=NOON - timedelta(minutes=2)), Reason.DATA_STALE),
        (market(*_quoted(), underlying_at=NOON + timedelta(seconds=1)), Reason.DATA_STALE),
        (market(*_quoted(), minute_sd=None, samples=12), Reason.TOO_FEW_SAMPLES),
        (market(*_quoted(), total_sd=None), Reason.IMPLIED_UNKNOWN),
        (market(*_quoted(), minutes_left=0.0), Reason.IMPLIED_UNKNOWN),
        (market(*_quoted(), minute_sd=0.002), Reason.VOLATILITY_TOO_HIGH),
        (market(*_quoted(), minute_sd=math.nan), Reason.VOLATILITY_TOO_HIGH),
        (market(*_quoted(), total_sd=0.0001), Reason.VOLATILITY_TOO_HIGH),
        (market(), Reason.QUOTE_MISSING),
        (market(*(quote(c, "1", "2", NOON - timedelta(minutes=3)) for c in (*NEAR, *FAR))), Reason.QUOTE_STALE),
        (market(*(quote(c, None, "0.05") for c in (*NEAR, *FAR))), Reason.QUOTE_ONE_SIDED),
        (market(*(quote(c, "0.05", None) for c in (*NEAR, *FAR))), Reason.QUOTE_ONE_SIDED),
        (market(*_quoted("3.00", "2.60")), Reason.PREMIUM_ABOVE_CAP),
    ],
    ids=lambda value: value.name if isinstance(value, Reason) else "",
)
def test_each_rule_of_the_market_refuses_alone(view: MarketView, reason: Reason) -> None:
    """One thing is wrong: nothing is bought, and its reason is named."""
    decision = _decide(view)

    assert decision.proposals == ()
    assert reason in decision.refusals


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"last_entry_at": NOON - timedelta(minutes=29)}, Reason.TOO_SOON),
        ({"entries_today": 12}, Reason.DAY_COUNT_REACHED),
        ({"open_count": 15}, Reason.OPEN_COUNT_REACHED),
        ({"halts": (Reason.RECONCILIATION_BREAK,)}, Reason.RECONCILIATION_BREAK),
        ({"obstacles": (Reason.ORDER_UNKNOWN,)}, Reason.ORDER_UNKNOWN),
        ({"realised_usd": Decimal("-727.53")}, Reason.LOSS_LIMIT),
        ({"reserved_usd": Decimal("727.53")}, Reason.LOSS_LIMIT),
        ({"baseline_usd": Decimal("22.47")}, Reason.CASH_SHORT),
    ],
    ids=lambda value: value.name if isinstance(value, Reason) else "",
)
def test_each_limit_refuses_alone(changes: dict[str, object], reason: Reason) -> None:
    """A limit is reached: nothing is bought, and its reason is named."""
    decision = _decide(market(*_quoted(far="3.00")), **changes)

    assert decision.proposals == ()
    assert reason in decision.refusals


def test_every_rule_is_answered_also_after_a_refusal() -> None:
    """The checklist is whole: a person sees all numbers, not only the first that failed."""
    refused = _decide(market(*_quoted(), minute_sd=None), entries_today=12, reserved_usd=Decimal(749))
    entered = _decide(market(*_quoted()))

    assert [each.rule for each in refused.verdicts] == [each.rule for each in entered.verdicts]
    assert all(each.passed for each in entered.verdicts)


def test_the_two_measures_differ_by_the_time_they_look_at() -> None:
    """At the same volatility for an hour and for the session the move is sqrt(60 / 390) of the whole, and passes."""
    same = 0.16 / math.sqrt(252 * 390)
    view = market(*_quoted(), minute_sd=same, total_sd=same * math.sqrt(240))

    assert _decide(view).proposals
    annualised = _decide(view, LottoGrid(rules(measure=EntryMeasure.ANNUALISED), LIMITS))
    assert Reason.VOLATILITY_TOO_HIGH in annualised.refusals
    text = next(each.number for each in annualised.verdicts if "volatility" in each.rule)
    assert text == "16.00 % a year"


def test_the_numbers_of_the_move_are_points() -> None:
    """Over 60 minutes 0.0002 a minute are 0.0002 x sqrt(60) x 6300 = 9.76 points."""
    verdict = next(each for each in _decide(market(*_quoted())).verdicts if "volatility" in each.rule)

    assert verdict.number == "9.76 points"
    assert verdict.threshold == "< 43.05 points (0.67 x implied 64.25)"


@given(price=st.decimals(min_value=100, max_value=20000, places=2))
def test_a_listed_strike_is_on_the_grid_and_nearest(price: Decimal) -> None:
    """No listed strike is nearer than the one taken."""
    spec = spec_of("MES")
    strike = listed_strike(price, spec)

    assert strike % spec.strike_step == 0
    assert abs(strike - price) <= spec.strike_step / 2


@given(
    minute_sd=st.one_of(st.none(), st.floats(min_value=0, max_value=0.01)),
    total_sd=st.one_of(st.none(), st.floats(min_value=1e-5, max_value=0.1)),
    reserved=st.integers(min_value=0, max_value=800),
    realised=st.integers(min_value=-800, max_value=800),
    entries=st.integers(min_value=0, max_value=14),
)
def test_whatever_is_bought_keeps_every_limit(
    minute_sd: float | None, total_sd: float | None, reserved: int, realised: int, entries: int
) -> None:
    """With both levels on, the sum of what one decision buys stays under the loss limit and the cap of each."""
    grid = LottoGrid(rules(buy_every_level=True), LIMITS)
    view = market(minute_sd=minute_sd, total_sd=total_sd)
    quotes = [quote(contract, "0.90", "1.80") for contract in grid.wanted(view)]
    chosen = book(reserved_usd=Decimal(reserved), realised_usd=Decimal(realised), entries_today=entries)
    decision = grid.decide(market(*quotes, minute_sd=minute_sd, total_sd=total_sd), chosen)

    spent = sum((proposal.worst_case_usd for proposal in decision.proposals), Decimal(0))
    assert not decision.proposals or reserved + spent - realised <= LIMITS.max_draw_usd
    assert all(proposal.worst_case_usd <= RULES.cap_usd for proposal in decision.proposals)
    assert not (decision.proposals and (minute_sd is None or total_sd is None or entries >= LIMITS.max_per_day))


def test_the_picture_is_not_changed() -> None:
    """Deciding twice gives the same: the rule keeps no memory."""
    grid = LottoGrid(RULES, LIMITS)
    view = market(*_quoted())

    assert grid.decide(view, BOOK) == grid.decide(view, BOOK)
