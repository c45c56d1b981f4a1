"""Which day a paper run plays and from which instant: a new day, or the one that an earlier run left unfinished."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from lottogrid.calendar import Calendar
from lottogrid.cli.feed import Feed, digest_of, from_file, generated, trading_day
from lottogrid.clock import new_york, trading_date
from lottogrid.errors import BadInput
from lottogrid.exchange.store import Store
from lottogrid.exchange.values import Progress
from lottogrid.market.sessions import PREMARKET, Session
from lottogrid.settings import Settings

PAPER, IB = "paper", "ib"
"""Ways to a broker: the paper gateway inside this process, or a gateway elsewhere."""
SYSTEM, GATEWAY = "system", "gateway"
"""Whose time holds: this machine's, or that of a paper gateway with a day of its own."""
BEFORE_OPEN = timedelta(minutes=1)
TO_WAKE_UP = timedelta(seconds=3)
"""Real time that the actors are given before the open, to connect and to fetch what came before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line says of the day; None is left open."""

    bars: Path | None = None
    on: date | None = None
    as_of: datetime | None = None
    broker: str = PAPER
    """`PAPER` or `IB`."""
    clock: str = SYSTEM
    """With `IB`, whose time holds: `SYSTEM` or `GATEWAY`."""
    rearm: bool = False
    """A person has looked: every halt ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketOfDay:
    """The bars that a day of the paper account is played with, kept beside the account."""

    on: date
    name: str
    digest: str
    broker: str = "simulated"
    """How the exchange was met: the gateway keeps books beside it, which an account of an older version lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How far a paper account has come, and with which bars."""

    progress: Progress = field(default_factory=Progress)
    markets: tuple[MarketOfDay, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Account:
        """Return what the file at `path` says; a new account where there is none."""
        if not path.exists():
            return cls()
        with closing(Store(path)) as store:
            return cls(progress=next(iter(store.load(Progress)), Progress()), markets=tuple(store.load(MarketOfDay)))

    def market(self, on: date) -> MarketOfDay | None:
        """Return the market that `on` was begun with; None where nobody noted it."""
        return next((market for market in self.markets if market.on == on), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperDay:
    """A day to be played."""

    feed: Feed
    """One session."""
    broker: str
    starts_at: datetime
    is_continued: bool
    is_over: bool
    """Its session is over and settled: there is nothing left to play."""

    @property
    def session(self) -> Session:
        """The session and its bars."""
        return self.feed.sessions[0]

    @property
    def date(self) -> date:
        """The day in New York."""
        return self.session.day.date

    @property
    def market(self) -> MarketOfDay:
        """What the account is to remember of the bars."""
        return _market_of(self.feed, self.broker)


def choose(asked: Asked, settings: Settings, account: Account, *, today: date, recorded: datetime | None) -> PaperDay:
    """Return the day to be played.

    Args:
        asked: the command line.
        settings: seed, speed and session.
        account: the paper account so far.
        today: New York's date; without another wish the last trading day up to it is played.
        recorded: the last instant in the journal; None where it is empty.

    Raises:
        BadInput: the account has come further than the day asked for, or has played it with other bars.
    """
    progress = account.progress
    feed = _feed(asked, settings, progress, today)
    session = feed.sessions[0]
    on = session.day.date
    if progress.trading_date is not None and on < progress.trading_date:
        raise BadInput(
            f"day: expected one from {progress.trading_date} on, which this paper account has come to, found {on}; "
            "choose a later --date, or another folder with --ledger"
        )
    is_known = on == progress.trading_date
    _refuse_another_market(_market_of(feed, asked.broker), account.market(on) if is_known else None)
    begin = _beginning(session, settings)
    if is_known:
        begin = max(moment for moment in (begin, progress.last_bar_end, recorded) if moment is not None)
    starts_at = begin if asked.as_of is None else _as_of(asked.as_of, session, begin if is_known else None)
    is_over = is_known and progress.is_settled
    return PaperDay(
        feed=feed, broker=asked.broker, starts_at=starts_at, is_continued=is_known and not is_over, is_over=is_over
    )


def _feed(asked: Asked, settings: Settings, progress: Progress, today: date) -> Feed:
    unfinished = None if progress.is_settled else progress.trading_date
    if asked.bars is not None:
        feed = from_file(asked.bars, settings, asked.on, asked.on)
        return replace(feed, sessions=[_next_of(feed.sessions, progress.trading_date, unfinished)], skipped=[])
    calendar = Calendar(settings.session)
    on = asked.on or unfinished or calendar.previous_day(today + timedelta(days=1)).date
    return generated(settings, [trading_day(calendar, on)])


def _next_of(sessions: list[Session], played: date | None, unfinished: date | None) -> Session:
    """Return the unfinished session, else the one after the last that was played, else the last there is."""
    wanted = unfinished or (played + timedelta(days=1) if played else date.min)
    return next((session for session in sessions if session.day.date >= wanted), sessions[-1])


def _market_of(feed: Feed, broker: str) -> MarketOfDay:
    session = feed.sessions[0]
    return MarketOfDay(on=session.day.date, name=feed.name, digest=digest_of(session), broker=broker)


def _refuse_another_market(found: MarketOfDay, known: MarketOfDay | None) -> None:
    if known is None:
        return
    if known.broker != found.broker:
        raise BadInput(
            f"paper account: expected {found.on} to have been begun through the gateway, found it begun by an older "
            f"version ({known.broker}); give another folder with --ledger"
        )
    if known.digest != found.digest:
        raise BadInput(
            f"bars of {found.on}: expected those that the day was begun with ({known.name}), found others "
            f"({found.name}); give the same --bars or --seed, or another folder with --ledger"
        )


def _beginning(session: Session, settings: Settings) -> datetime:
    lead = max(BEFORE_OPEN, TO_WAKE_UP * settings.simulator.speed)
    return session.day.opens - min(lead, PREMARKET)


def _as_of(instant: datetime, session: Session, reached: datetime | None) -> datetime:
    day = session.day
    if trading_date(instant) != day.date or instant >= day.closes:
        span = f"{day.date} before its close at {new_york(day.closes):%H:%M} ET"
        raise BadInput(f"--as-of: expected an instant of {span}, found {instant.isoformat()}; choose one, or a --date")
    if reached is not None and instant < reached:
        raise BadInput(
            f"--as-of: expected {new_york(reached).isoformat()} or later, to which the day has been played, "
            f"found {instant.isoformat()}; leave it out to go on from there"
        )
    return instant
