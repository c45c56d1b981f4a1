"""Which session a run at a broker trades, by whose time, and what is refused before anything begins."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from lottogrid.calendar import Calendar, NoTrading, TradingDay
from lottogrid.cli.feed import Feed
from lottogrid.cli.run.ib.greeting import TO_MEASURE, Greeting, greet
from lottogrid.cli.run.ib.world import Elsewhere
from lottogrid.cli.run.paperday import GATEWAY, IB, Asked, PaperDay
from lottogrid.cli.run.worlds import Stage
from lottogrid.cli.wiring import FEED_SILENCE, MINUTE_BARS_SILENCE, ib_settings_of
from lottogrid.clock import Clock, ScaledClock, SystemClock, new_york, real_seconds, trading_date
from lottogrid.errors import BadInput, Missing
from lottogrid.market.contracts import spec_of
from lottogrid.market.sessions import Session
from lottogrid.settings import Settings

CLOCKS_APART = timedelta(seconds=30)
"""Further apart, bars and quotes would be taken for old ones, or for ones of the future."""
_SPEED_OFF = 0.2
"""Part by which a measured speed may differ from the one that is given."""


def stage_of(settings: Settings, asked: Asked, recorded: datetime | None) -> tuple[PaperDay, Stage]:
    """Return today's session and the broker it is traded at, after the first words with its gateway.

    Args:
        settings: mode, broker, session; the simulator's speed where the gateway's clock holds.
        asked: the command line.
        recorded: the last instant in the journal; None where it is empty.

    Raises:
        BadInput: what was asked for does not go with a broker; mode, port and account do not agree; the clocks do not.
        Missing: there is no gateway, or no session today.
    """
    _refuse_what_a_broker_decides(settings, asked)
    is_paced_by_gateway = asked.clock == GATEWAY
    silence = MINUTE_BARS_SILENCE if is_paced_by_gateway else FEED_SILENCE
    ib = ib_settings_of(settings, feed_silence=silence)
    settings.storage.directory.mkdir(parents=True, exist_ok=True)
    greeting = greet(ib)
    clock = _gateways_clock(greeting, settings.simulator.speed) if is_paced_by_gateway else _own_clock(greeting)
    now = clock.now()
    on = trading_date(now)
    _refuse_an_earlier_day(on, recorded)
    session = Session(_session_of(Calendar(settings.session), on), ())
    day = PaperDay(
        feed=Feed(f"{greeting.account} at {ib.host}:{ib.port}", False, [session], [], is_broker=True),
        broker=IB,
        starts_at=now,
        is_continued=recorded is not None and trading_date(recorded) == on,
        is_over=now >= session.day.closes,
    )
    # From now on this account and no other, whoever logs the gateway in again.
    world = Elsewhere(replace(ib, account=greeting.account), spec_of(settings.market.instrument), session)
    return day, Stage(world=world, clock=clock, account=greeting.account)


def _refuse_what_a_broker_decides(settings: Settings, asked: Asked) -> None:
    given = {"--bars": asked.bars, "--date": asked.on, "--as-of": asked.as_of}
    for name, value in given.items():
        if value is not None:
            raise BadInput(
                f"{name}: expected none with --broker ib, found {value}; the market's own day is traded: leave it out"
            )
    if asked.clock == GATEWAY and settings.mode.trade_mode != "paper":
        raise BadInput(
            "--clock: expected system in live mode, found gateway: real money is traded by real time; leave it out"
        )


def _gateways_clock(greeting: Greeting, speed: float) -> Clock:
    slack = 1.0 / TO_MEASURE
    if abs(greeting.speed - speed) > _SPEED_OFF * speed + slack:
        raise BadInput(
            f"--speed: expected the gateway's own, measured as about {greeting.speed:.0f}, found {speed:g}; give both "
            "the same"
        )
    passed = timedelta(seconds=speed * (real_seconds() - greeting.read_at))
    return ScaledClock(greeting.time + passed, speed)


def _own_clock(greeting: Greeting) -> Clock:
    clock = SystemClock()
    now, theirs = clock.now(), greeting.time + timedelta(seconds=real_seconds() - greeting.read_at)
    if abs(theirs - now) > CLOCKS_APART:
        raise BadInput(
            f"clock: expected the gateway's within {CLOCKS_APART.total_seconds():.0f} s of this machine's "
            f"{now:%Y-%m-%d %H:%M:%S} UTC, found {theirs:%Y-%m-%d %H:%M:%S}; set this machine's clock, or give "
            "--clock gateway where it is a paper gateway that plays a day of its own"
        )
    return clock


def _refuse_an_earlier_day(on: date, recorded: datetime | None) -> None:
    if recorded is not None and on < trading_date(recorded):
        raise BadInput(
            f"ledger: expected one that has come to {on} at most, the gateway's day, found {trading_date(recorded)}; "
            "give another folder with --ledger"
        )


def _session_of(calendar: Calendar, on: date) -> TradingDay:
    day = calendar.day(on)
    if isinstance(day, NoTrading):
        following = calendar.next_day(on)
        opens = f"{following.date} at {new_york(following.opens):%H:%M} ET"
        raise Missing(f"session: expected one on {on}, found none: {day.detail}; the next opens on {opens}")
    return day
