"""The composition root: from settings to the parts of a bot and of the exchange it trades on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from actors.broker import MakePort
from actors.position import Patience
from actors.recall import LedgerRules
from actors.tree import Parts
from lottogrid.brokers.ib.settings import IbSettings, Mode
from lottogrid.calendar import Calendar
from lottogrid.entering import EntryPolicy, LoneLeg
from lottogrid.errors import BadInput
from lottogrid.exchange.exchange import Exchange, Forecast
from lottogrid.exchange.profiles import BrokerProfile, profile_of
from lottogrid.exchange.store import Keeper
from lottogrid.ledger.ledger import Ledger
from lottogrid.market.contracts import spec_of
from lottogrid.market.forecast import VolatilityForecast
from lottogrid.pricing.smile import MovingSmile, Smile, SmileSource
from lottogrid.risk.limits import Limits
from lottogrid.settings import Settings
from lottogrid.strategies.base import Strategy
from lottogrid.strategies.lotto_grid import EntryMeasure, LottoGrid, Rules

FEED_SILENCE = timedelta(seconds=30)
"""Of a real market: the future trades several times a second."""
MINUTE_BARS_SILENCE = timedelta(seconds=150)
"""Of a gateway that plays one-minute bars: a minute without a word is no silence there."""


def parts_of(
    settings: Settings,
    open_ledger: Callable[[], Ledger],
    make_port: MakePort,
    *,
    starts: datetime | None = None,
    compounds: bool = True,
) -> Parts:
    """Return what the supervision tree is built from.

    The engine starts by itself where the operator has said nothing since `starts`; None waits for the command.
    With `compounds` False every day begins with the start capital: so a replay of many days is a sample of days, and
    a losing stretch does not silence those that follow.
    """
    risk, strategy = settings.risk, settings.strategy
    return Parts(
        spec=spec_of(settings.market.instrument),
        calendar=Calendar(settings.session),
        strategy=strategy_of(settings),
        limits=limits_of(settings),
        ledger_rules=LedgerRules(
            start_cash_usd=risk.start_cash,
            compounds=compounds,
            answer_within=timedelta(seconds=risk.unknown_after_seconds),
            flatten_delivered=risk.flatten_delivered_future,
            grace=timedelta(seconds=risk.resolve_grace_seconds),
        ),
        patience=Patience(exit=timedelta(seconds=strategy.reprice_seconds)),
        entry_policy=entry_policy_of(settings),
        quote_age=timedelta(seconds=risk.quote_stale_seconds),
        compare_every=timedelta(seconds=risk.reconcile_seconds),
        realised_minutes=strategy.realised_window,
        starts=starts,
        open_ledger=open_ledger,
        make_port=make_port,
    )


def entry_policy_of(settings: Settings) -> EntryPolicy:
    """Return how patient entries are, and what becomes of a leg that was filled alone."""
    strategy = settings.strategy
    return EntryPolicy(
        as_combo=strategy.entry_as == "combo",
        timeout=timedelta(seconds=strategy.entry_timeout_seconds),
        every=timedelta(seconds=strategy.reprice_seconds),
        reprices=strategy.entry_reprices,
        lone_leg=LoneLeg(strategy.lone_leg),
        chases=strategy.lone_leg_chases,
        sells_after_chase=strategy.lone_leg_after_chase == "sell",
        commission_usd=settings.risk.commission_per_contract,
    )


def limits_of(settings: Settings) -> Limits:
    """Return the limits on entries."""
    risk = settings.risk
    return Limits(
        min_time_between=timedelta(minutes=risk.min_time_between_trades),
        max_per_day=risk.max_trades_per_day,
        max_open=risk.max_open_trades,
        max_draw_usd=risk.max_draw,
    )


def strategy_of(settings: Settings) -> Strategy:
    """Return the strategy that the settings name; an unknown one is refused."""
    if settings.strategy.name != LottoGrid.name:
        raise BadInput(f"strategy.name: expected {LottoGrid.name}, found {settings.strategy.name!r}; there is no other")
    return LottoGrid(rules_of(settings), limits_of(settings))


def rules_of(settings: Settings) -> Rules:
    """Return the numbers of the rule."""
    strategy, risk = settings.strategy, settings.risk
    return Rules(
        measure=EntryMeasure(strategy.entry_measure),
        realised_minutes=strategy.realised_window,
        threshold=strategy.volatility_threshold,
        multiples=tuple(sorted({strategy.implied_move_multiplier_1, strategy.implied_move_multiplier_2})),
        buy_every_level=strategy.levels == "both",
        cap_usd=strategy.max_premium_per_strangle,
        target_multiple=strategy.profit_target_multiplier,
        quantity=strategy.quantity,
        commission_usd=risk.commission_per_contract,
        reserves_cap=entry_policy_of(settings).may_pay_more,
        price_age=timedelta(seconds=risk.data_stale_seconds),
        quote_age=timedelta(seconds=risk.quote_stale_seconds),
    )


def ib_settings_of(settings: Settings, *, feed_silence: timedelta = FEED_SILENCE) -> IbSettings:
    """Return where the gateway is and which account is traded through it.

    Args:
        settings: of which mode, broker, and the folder that keeps the order numbers, are used.
        feed_silence: clock time without a word of the underlying after which quotes are old; a gateway that plays
            one-minute bars needs more than a minute.
    """
    mode, broker = settings.mode, settings.broker
    return IbSettings(
        host=mode.host,
        port=mode.port,
        account=mode.account,
        mode=Mode(mode.trade_mode),
        state_file=settings.storage.directory / "ib-order-ids",
        client_library=broker.client_library,
        client_id=broker.client_id,
        market_data_lines=broker.market_data_lines,
        time_zone=broker.time_zone,
        feed_silence_seconds=feed_silence.total_seconds(),
    )


def smile_of(settings: Settings) -> SmileSource:
    """Return the smile that the settings say; a plain one where its slopes do not move."""
    market = settings.market
    middle = Smile(
        put_slope=market.put_slope,
        call_slope=market.call_slope,
        put_curve=market.put_curve,
        call_curve=market.call_curve,
    )
    moving = MovingSmile(
        middle=middle,
        put_slope_time=market.put_slope_time,
        call_slope_time=market.call_slope_time,
        put_slope_volatility=market.put_slope_volatility,
        call_slope_volatility=market.call_slope_volatility,
    )
    return middle if moving == MovingSmile(middle=middle) else moving


def forecast_of(settings: Settings) -> VolatilityForecast:
    """Return the forecast of volatility from bars."""
    return VolatilityForecast(settings.market.prior_volatility, settings.market.implied_premium)


def broker_of(settings: Settings) -> BrokerProfile:
    """Return how the simulated broker behaves."""
    profile = profile_of(settings.simulator.profile)
    return replace(profile, commission_per_contract=settings.risk.commission_per_contract)


def exchange_of(
    settings: Settings,
    store: Keeper | None = None,
    forecast: Forecast | None = None,
    kind: Callable[..., Exchange] = Exchange,
) -> Exchange:
    """Return the simulated exchange.

    Args:
        settings: the market, the profile, the seed and the commission are used.
        store: keeps the account beyond the process.
        forecast: says the volatility at the money; None takes the forecast from the bars.
        kind: what is made; a simulation has an exchange with bad habits.
    """
    return kind(
        spec_of(settings.market.instrument),
        broker_of(settings),
        settings.simulator.seed,
        smile_of(settings),
        forecast or forecast_of(settings),
        store=store,
    )
