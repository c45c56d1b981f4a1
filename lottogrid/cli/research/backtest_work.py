"""The work of `lottogrid backtest`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import timedelta
from itertools import zip_longest
from typing import Any

from actors.replay import Replayed
from lottogrid.backtest.engine import Ground, Plan, run
from lottogrid.backtest.kernels import kernel_of
from lottogrid.backtest.timing import NotComputed
from lottogrid.cli import logs
from lottogrid.cli.feed import Feed
from lottogrid.cli.research.replay_work import feed_of, play_feed
from lottogrid.cli.results import Result
from lottogrid.cli.volatility import priced
from lottogrid.cli.wiring import broker_of, limits_of, rules_of, smile_of, strategy_of
from lottogrid.clock import real_seconds
from lottogrid.errors import NeedsOperator
from lottogrid.market.contracts import spec_of
from lottogrid.settings import Settings
from lottogrid.trades import Trade, to_json


def plan_of(settings: Settings) -> Plan:
    """Return what a backtest trades under these settings; an unknown strategy is refused.

    Entries that leave as one order, are repriced or lack a leg need no word here: a broker that the engine accepts
    fills both legs whole, at the offers decided on, long before a limit may move or an entry is given up. What is
    reserved for an entry that may be repriced is among the rules.
    """
    strategy_of(settings)
    return Plan(
        spec=spec_of(settings.market.instrument),
        profile=broker_of(settings),
        smile=smile_of(settings),
        rules=rules_of(settings),
        limits=limits_of(settings),
        start_cash_usd=settings.risk.start_cash,
        answer_within=timedelta(seconds=settings.risk.unknown_after_seconds),
    )


def backtest(args: argparse.Namespace, settings: Settings) -> tuple[Result, str]:
    """Compute what the arguments ask for; return it, and with `--verify` how a replay first differs, else nothing.

    What the engine cannot compute the actors play: then there is nothing to compare, and `more` says why.

    Raises:
        BadInput: the bars or the days are not what they should be.
        Missing: the file of bars is absent.
        NeedsOperator: the replay did not come to a sound end.
    """
    plan = plan_of(settings)
    feed, forecast = priced(args, settings, feed_of(args, settings))
    began = real_seconds()
    more: dict[str, Any]
    try:
        outcome = run(Ground(feed.sessions, forecast, kernel_of(args.kernel, len(feed.sessions))), plan)
    except NotComputed as reason:
        trades = _replayed(args, settings, feed, "ERROR").trades
        more = {"left_to_the_actors": str(reason).partition(";")[0]} | (
            {"verified": None, "difference": None} if args.verify else {}
        )
        return Result(settings=settings, feed=feed, trades=trades, seconds=real_seconds() - began, more=more), ""
    trades = outcome.trades
    seconds = real_seconds() - began
    difference = _difference(args, settings, feed, trades) if args.verify else ""
    more = {"verified": not difference, "difference": difference or None} if args.verify else {}
    if args.json:
        decisions, refusals = outcome.refusals
        more |= {"decisions": decisions, "refusals": {reason.name: count for reason, count in refusals.most_common()}}
    return Result(settings=settings, feed=feed, trades=trades, seconds=seconds, more=more), difference


def _difference(args: argparse.Namespace, settings: Settings, feed: Feed, trades: Sequence[Trade]) -> str:
    return first_difference(trades, _replayed(args, settings, feed, "WARNING").trades)


def _replayed(args: argparse.Namespace, settings: Settings, feed: Feed, level: str) -> Replayed:
    logs.to_terminal(level)  # of a broker that refuses by habit the refusals are no news
    _, forecast = priced(args, settings, feed)  # another has seen all the bars
    replayed = play_feed(settings, feed, forecast)
    if replayed.faults:
        raise NeedsOperator(f"replay: expected flat days and equal books, found {'; '.join(replayed.faults[:3])}")
    return replayed


def first_difference(ours: Sequence[Trade], theirs: Sequence[Trade]) -> str:
    """Return in words where the trades of a backtest first differ from those of a replay; empty where nowhere."""
    for mine, other in zip_longest(ours, theirs):
        if mine is None:
            return f"the replay also trades {other.id} at {other.opened_at:%Y-%m-%d %H:%M:%S} UTC"
        if other is None:
            return f"the replay does not trade {mine.id} at {mine.opened_at:%Y-%m-%d %H:%M:%S} UTC"
        if mine != other:
            return _in_words(to_json(mine), to_json(other))
    return ""


def _in_words(mine: dict[str, object], other: dict[str, object]) -> str:
    odd = [key for key in mine if mine[key] != other[key]]
    told = "; ".join(f"{key} {json.dumps(mine[key])}, the replay's {json.dumps(other[key])}" for key in odd)
    return f"{mine['id']} differs: {told}"
