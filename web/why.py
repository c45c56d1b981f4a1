"""Why am I not trading? Everything that stands between now and an entry, passed or not."""

from __future__ import annotations

from dataclasses import dataclass

from actors.view import View
from lottogrid.calendar import NoTrading, TradingDay
from lottogrid.clock import new_york, trading_date
from lottogrid.risk.reasons import Reason
from lottogrid.risk.verdict import Verdict, verdict
from lottogrid.strategies.base import Decision
from machines.connection import ConnectionState
from machines.engine import EngineState
from machines.session import SessionState
from web import text
from web.journal import wanted

_AFTER = {SessionState.EXITS_ONLY, SessionState.FLATTENING, SessionState.EXPIRED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One rule, as it is shown."""

    rule: str
    number: str
    threshold: str
    passed: bool
    why: str
    """Meaning and code of the reason; empty where the rule passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to the question."""

    headline: str
    tone: str
    standing: tuple[Check, ...]
    """How session, engine and broker stand now."""
    rules: tuple[Check, ...]
    """What the strategy's rules said last; empty before the day's first decision."""
    decided: str
    """When that was; empty likewise."""


def answer(view: View) -> Answer:
    """Return what keeps the bot from an entry, or that nothing does."""
    standing = (_session(view), _engine(view), _broker(view))
    decision = _todays_decision(view)
    tone, headline = _headline(standing, decision)
    return Answer(
        headline=headline,
        tone=tone,
        standing=tuple(_check(each) for each in standing),
        rules=tuple(_check(each) for each in decision.verdicts) if decision else (),
        decided=f"{text.clock(decision.at)} ET, {text.span(view.at - decision.at)} ago" if decision else "",
    )


def _check(found: Verdict) -> Check:
    return Check(
        rule=found.rule,
        number=found.number,
        threshold=found.threshold,
        passed=found.passed,
        why=text.because(found.reason),
    )


def _todays_decision(view: View) -> Decision | None:
    if view.strategist is None or trading_date(view.strategist.decision.at) != trading_date(view.at):
        return None
    return view.strategist.decision


def _headline(standing: tuple[Verdict, ...], decision: Decision | None) -> tuple[str, str]:
    against = [each for each in standing if not each.passed]
    if against:
        first = against[0]
        return "warn", f"No entries now. {first.rule.capitalize()}: {text.because(first.reason) or first.number}."
    if decision is None:
        return "warn", "No decision yet: the rules are asked after each one-minute bar."
    at = text.clock(decision.at)
    if decision.proposals:
        return "good", f"Entry asked for at {at} ET: {wanted(decision.proposals)}, all costs included."
    refusals = list(dict.fromkeys(decision.refusals))
    more = f", and {len(refusals) - 1} more" if len(refusals) > 1 else ""
    return "", f"No entry at {at} ET: {text.because(refusals[0]) if refusals else 'nothing was proposed'}{more}."


def _session(view: View) -> Verdict:
    rule, threshold = "session", "trading"
    session = view.session
    if session is None:
        return Verdict(rule=rule, number=text.UNKNOWN, threshold=threshold, passed=False)
    day, state = session.day, text.words(session.state)
    if isinstance(day, NoTrading):
        opens = f"{new_york(session.next_day.opens):%a %d %b %H:%M} ET"
        return verdict(rule, f"{state}: {day.detail}; next session {opens}", threshold, day.reason)
    return verdict(rule, f"{state} since {text.moment(session.since, view.at)} ET", threshold, _hour(view, day))


def _hour(view: View, day: TradingDay) -> Reason | None:
    assert view.session is not None
    state = view.session.state
    if state is SessionState.TRADING:
        return None
    return Reason.AFTER_LAST_ENTRY if state in _AFTER or view.at >= day.opens else Reason.BEFORE_OPEN


def _engine(view: View) -> Verdict:
    rule, threshold = "engine", "running"
    engine = view.engine
    if engine is None:
        return Verdict(rule=rule, number=text.UNKNOWN, threshold=threshold, passed=False)
    reasons = {
        EngineState.RUNNING: None,
        EngineState.STARTING: Reason.RECONCILING,
        EngineState.HALTED: engine.reason or Reason.HALTED,
    }
    number = f"{text.words(engine.state)} since {text.moment(engine.since, view.at)} ET"
    return verdict(rule, number, threshold, reasons.get(engine.state, Reason.NOT_RUNNING))


def _broker(view: View) -> Verdict:
    rule, threshold = "broker", "ready, the books compared"
    broker = view.broker
    if broker is None:
        return Verdict(rule=rule, number=text.UNKNOWN, threshold=threshold, passed=False)
    reasons = {ConnectionState.READY: None, ConnectionState.SYNCING: Reason.RECONCILING}
    number = f"{text.words(broker.state)}: {broker.detail}"
    return verdict(rule, number, threshold, reasons.get(broker.state, Reason.BROKER_DOWN))
