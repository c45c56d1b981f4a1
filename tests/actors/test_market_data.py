"""The market data actor: what it knows, from when, and what it does not pretend to know."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from actors import messages as m
from actors.market_data import MarketData
from lottogrid.brokers.port import BarClosed, BarHistory, Quoted
from lottogrid.market.bars import Bar
from lottogrid.market.contracts import OptionContract, Right, spec_of
from lottogrid.pricing.black76 import price_one
from lottogrid.strategies.base import MarketView
from machines.session import SessionState
from tests.actors.desk import ActorDesk
from tests.strategies.made import DAY, NOON, ON, option, quote

SESSION = m.SessionChanged(SessionState.TRADING, DAY, ON, DAY)
MINUTE = timedelta(minutes=1)
STRADDLE = (option(Right.CALL, 6300), option(Right.PUT, 6300))


def _bar(minutes_ago: int, close: str = "6300") -> Bar:
    price = Decimal(close)
    return Bar(NOON - minutes_ago * MINUTE, price, price, price, price)


def _bars(oldest: int, newest: int) -> tuple[Bar, ...]:
    return tuple(_bar(ago, "6300.25" if ago % 2 else "6300") for ago in range(oldest, newest - 1, -1))


@pytest.fixture
def desk() -> ActorDesk:
    """Return a market data actor that knows the day."""
    made = ActorDesk(
        m.MARKET_DATA,
        lambda: MarketData(spec_of("MES"), quote_age=timedelta(seconds=90), realised_minutes=60),
        m.BROKER,
        m.CLOCK,
        m.STRATEGIST,
        m.LEDGER,
        "somebody",
    )
    made.tell(SESSION)
    return made


def _quoted(*contracts: OptionContract, price: str = "20.00") -> Quoted:
    return Quoted(NOON, tuple(quote(contract, price, price) for contract in contracts))


def _view(desk: ActorDesk) -> MarketView:
    return desk.mail(m.STRATEGIST, MarketView)[-1]


def test_a_bar_goes_out_when_its_straddle_is_quoted(desk: ActorDesk) -> None:
    """The at-the-money options are subscribed; their mids give the implied standard deviation back."""
    desk.tell(BarClosed(_bar(1)))
    assert desk.mail(m.BROKER, m.Subscribe)[-1].contracts == frozenset(STRADDLE)
    assert desk.mail(m.STRATEGIST, MarketView) == []

    desk.tell(_quoted(*STRADDLE))

    view = _view(desk)
    assert view.underlying == 6300
    assert view.underlying_at == NOON
    assert view.total_sd is not None
    assert 2 * price_one(6300, 6300, view.total_sd, True) == pytest.approx(40)


def test_a_bar_whose_straddle_is_not_quoted_goes_out_with_the_move_unknown(desk: ActorDesk) -> None:
    """The strategist hears of the bar all the same; unknown is None."""
    desk.tell(BarClosed(_bar(1)))
    desk.pass_time(4)

    assert _view(desk).total_sd is None


@pytest.mark.parametrize(
    "quotes",
    [
        [quote(STRADDLE[0], None, "20.00"), quote(STRADDLE[1], "19.00", "20.00")],
        [quote(STRADDLE[0], "19.00", "20.00")],
        [quote(contract, "19.00", "20.00", NOON - MINUTE) for contract in STRADDLE],
    ],
    ids=["one-sided", "one missing", "of the minute before"],
)
def test_an_incomplete_or_old_straddle_gives_no_implied_move(desk: ActorDesk, quotes: list[object]) -> None:
    """Half a straddle is no straddle."""
    desk.tell(BarClosed(_bar(1)), Quoted(NOON, tuple(quotes)))  # type: ignore[arg-type]
    desk.pass_time(4)

    assert _view(desk).total_sd is None


def test_history_and_bars_that_overtook_it_make_one_run(desk: ActorDesk) -> None:
    """A minute that closed while the history was on its way is neither lost nor counted twice."""
    desk.tell(BarClosed(_bar(1)), BarHistory(_bars(90, 2)), _quoted(*STRADDLE))
    assert _view(desk).samples == 60

    overlapping = BarHistory(_bars(90, 1))
    desk.tell(overlapping, _quoted(*STRADDLE))
    assert _view(desk).samples == 60


def test_a_gap_is_never_bridged(desk: ActorDesk) -> None:
    """After a missing minute the run of returns begins anew: too few samples is unknown."""
    desk.tell(BarHistory(_bars(90, 3)), BarClosed(_bar(1)), _quoted(*STRADDLE))

    view = _view(desk)
    assert view.samples == 0
    assert view.minute_sd is None


def test_a_bar_told_twice_counts_once(desk: ActorDesk) -> None:
    """Repeated and late bars are passed over."""
    desk.tell(BarHistory(_bars(90, 1)), BarClosed(_bar(1)), BarClosed(_bar(5)), BarClosed(_bar(0)))
    desk.pass_time(60)
    desk.tell(Quoted(NOON + MINUTE, tuple(quote(c, "19", "20", NOON + MINUTE) for c in STRADDLE)))

    assert _view(desk).samples == 60


def test_a_stale_quote_is_not_told(desk: ActorDesk) -> None:
    """Whoever asks for a price gets fresh ones only."""
    desk.tell(m.Watch("somebody", frozenset({STRADDLE[0]})), _quoted(STRADDLE[0]))
    desk.tell(m.TellQuotes(STRADDLE, "somebody"))
    assert [q.contract for q in desk.mail("somebody", m.QuotesTold)[-1].quotes] == [STRADDLE[0]]

    desk.pass_time(91)
    desk.tell(m.TellQuotes(STRADDLE, "somebody"))
    assert desk.mail("somebody", m.QuotesTold)[-1].quotes == ()


def test_everybody_watches_for_themselves(desk: ActorDesk) -> None:
    """A new wish replaces its owner's old one and no other's."""
    far = option(Right.CALL, 6400)
    desk.tell(BarClosed(_bar(1)), m.Watch("a", frozenset({far})), m.Watch("b", frozenset({far})))
    desk.tell(m.Watch("a", frozenset()))
    assert far in desk.mail(m.BROKER, m.Subscribe)[-1].contracts

    desk.tell(m.Watch("b", frozenset()))
    assert desk.mail(m.BROKER, m.Subscribe)[-1].contracts == frozenset(STRADDLE)
