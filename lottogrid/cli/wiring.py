"""The composition root: from settings to the parts of a bot and of the exchange it trades on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from actors.broker import MakePort
from actors.position import Patience
from actors.recall import LedgerRules
from actors.tree import Parts
from lottogrid.brokers.ib.port import make_port
from lottogrid.brokers.ib.settings import IbSettings, Mode
from lottogrid.calendar import Calendar
from lottogrid.clock import Clock
from lottogrid.errors import BadInput
from lottogrid.exchange.exchange import Exchange
from lottogrid.exchange.profiles import profile_of
from lottogrid.exchange.store import Keeper
from lottogrid.ledger.ledger import Ledger
from lottogrid.market.contracts import ContractSpec, spec_of
from lottogrid.market.forecast import VolatilityForecast
from lottogrid.pricing.smile import Smile
from lottogrid.risk.limits import Limits
from lottogrid.settings import Settings
from lottogrid.strategies.base import Strategy
from lottogrid.strategies.lotto_grid import EntryMeasure, LottoGrid, Rules

FEED_SILENCE = timedelta(seconds=30)
"""Of a real market: the future trades several times a second."""


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
            grace=timedelta(seconds=risk.resolve_grace_seconds),
        ),
        patience=Patience(
            entry=timedelta(seconds=strategy.entry_timeout_seconds), exit=timedelta(seconds=strategy.reprice_seconds)
        ),
        quote_age=timedelta(seconds=risk.quote_stale_seconds),
        realised_minutes=strategy.realised_window,
        starts=starts,
        open_ledger=open_ledger,
        make_port=make_port,
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
    strategy, risk = settings.strategy, settings.risk
    if strategy.name != LottoGrid.name:
        raise BadInput(f"strategy.name: expected {LottoGrid.name}, found {strategy.name!r}")
    rules = Rules(
        measure=EntryMeasure(strategy.entry_measure),
        realised_minutes=strategy.realised_window,
        threshold=strategy.volatility_threshold,
        multiples=tuple(sorted({strategy.implied_move_multiplier_1, strategy.implied_move_multiplier_2})),
        buy_every_level=strategy.levels == "both",
        cap_usd=strategy.max_premium_per_strangle,
        target_multiple=strategy.profit_target_multiplier,
        quantity=strategy.quantity,
        commission_usd=risk.commission_per_contract,
        price_age=timedelta(seconds=risk.data_stale_seconds),
        quote_age=timedelta(seconds=risk.quote_stale_seconds),
    )
    return LottoGrid(rules, limits_of(settings))


def ib_settings_of(settings: Settings, *, feed_silence: timedelta = FEED_SILENCE) -> IbSettings:
    """Return where the gateway is and which account is traded through it.

    Args:
        settings: of which the mode, and the folder that keeps the order numbers, are used.
        feed_silence: clock time without a word of the underlying after which quotes are old; a gateway that plays
            one-minute bars needs more than a minute.
    """
    mode = settings.mode
    return IbSettings(
        port=mode.port,
        account=mode.account,
        mode=Mode(mode.trade_mode),
        state_file=settings.storage.directory / "ib-order-ids",
        feed_silence_seconds=feed_silence.total_seconds(),
    )


def ib_port_of(ib: IbSettings, spec: ContractSpec, clock: Clock) -> MakePort:
    """Return what makes a port to a TWS or an IB Gateway for each incarnation of the broker actor."""
    return lambda _: make_port(ib, spec, clock)


def exchange_of(settings: Settings, store: Keeper | None = None) -> Exchange:
    """Return the simulated exchange; its account outlives the process where `store` is given."""
    market = settings.market
    return Exchange(
        spec_of(market.instrument),
        replace(profile_of(settings.simulator.profile), commission_per_contract=settings.risk.commission_per_contract),
        settings.simulator.seed,
        Smile(
            put_slope=market.put_slope,
            call_slope=market.call_slope,
            put_curve=market.put_curve,
            call_curve=market.call_curve,
        ),
        VolatilityForecast(market.prior_volatility, market.implied_premium),
        store=store,
    )
