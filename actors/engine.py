"""The engine actor: how the bot stands as its operator commands it, and whether the broker lets it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from loguru import logger

from actors import messages as m
from actors.runtime.actor import Actor
from lottogrid.ledger.records import EngineMoved, HaltCleared, HaltSet, Record
from lottogrid.risk.reasons import Reason
from machines.engine import ENGINE, EngineState

LOOK_AGAIN = timedelta(seconds=5)
"""How often a flatten by command looks whether everything is sold."""
FLATTEN_WITHIN = timedelta(minutes=10)
"""A flatten that takes longer halts: a person must look."""


@dataclass(frozen=True, slots=True)
class _LookAgain:
    """Is everything sold?"""


@dataclass(frozen=True, slots=True)
class EngineView:
    """The engine as it is shown."""

    state: EngineState
    since: datetime
    reason: Reason | None
    broker: m.BrokerStateChanged | None


class Engine(Actor):
    """Owns the engine machine.

    Each move is committed, then told to risk and the positions. A restart recalls the state: a halt or a pause
    outlives it, and RUNNING becomes STARTING until the broker says again that the books agree.
    """

    def __init__(self, starts: datetime | None = None) -> None:
        """Begin to trade by itself where nobody has said otherwise since `starts`; None waits for the command."""
        super().__init__()
        self._starts = starts
        self._life = ENGINE.life()
        self._since = self.now()
        self._reason: Reason | None = None
        self._broker: m.BrokerStateChanged | None = None
        self._halts: list[Reason] = []
        self._said: set[tuple[Reason, str]] = set()
        """Halts that a person was told of; what is found again in every comparison is told once."""
        self._recalled = False
        self._waiting: list[object] = []

    def on_start(self) -> None:
        """Ask where it stood, and how the broker is."""
        self.send(m.LEDGER, m.RecallEngine(self.name))
        self.send(m.BROKER, m.TellBrokerState(self.name))

    def on_receive(self, message: object) -> None:
        """Obey; nothing is done before the state has been recalled."""
        if isinstance(message, m.EngineRecalled):
            self._on_recalled(message)
        elif not self._recalled:
            self._waiting.append(message)
        else:
            self._obey(message)

    def _on_recalled(self, answer: m.EngineRecalled) -> None:
        if self._recalled:
            return
        self._recalled = True
        self._reason = answer.reason
        self._halts = list(answer.halts)
        self._life = ENGINE.life(_recovered(answer))
        self._announce()
        if self._life.state is EngineState.FLATTENING:
            self._flatten()
        if self._starts is not None and (answer.since is None or answer.since <= self._starts):
            self._try("start")
        for message in self._waiting:
            self._obey(message)
        self._waiting.clear()

    def _obey(self, message: object) -> None:
        match message:
            case m.BrokerStateChanged(ready=ready):
                self._broker = message
                self._try("ready" if ready else "lost")
            case m.StartEngine():
                if self._try("start"):
                    self._when_ready()
            case m.Halt(reason=reason, detail=detail):
                self._halt(reason, detail)
            case _LookAgain():
                self._look_again()
            case m.OpenPositionsRecalled(position_ids=position_ids):
                if not position_ids:
                    self._try("flat")
            case m.CommitRefused(text=text):
                raise RuntimeError(text)
            case _:
                self._obey_operator(message)

    def _obey_operator(self, message: object) -> None:
        match message:
            case m.PauseEntries():
                self._try("pause", Reason.OPERATOR)
            case m.ResumeEntries():
                if self._try("resume"):
                    self._when_ready()
            case m.StopEngine():
                self._try("stop", Reason.OPERATOR)
            case m.FlattenAll():
                if self._try("flatten", Reason.OPERATOR):
                    self._flatten()
            case m.Rearm(by=by):
                self._rearm(by)

    # --- moves

    def _try(self, trigger: str, reason: Reason | None = None, *records: Record) -> bool:
        """Make a move where the machine admits it; a repeated trigger that changes nothing is not written down."""
        if not self._life.can(trigger):
            return False
        move = self._life.fire(trigger)
        if move.before is move.after and not records:
            self._show()
            return True
        self._since = self.now()
        self._reason = reason
        moved = EngineMoved(
            at=self._since, trigger=trigger, before=move.before.value, after=move.after.value, reason=reason
        )
        logger.info("engine: {} -> {} ({})", move.before.value, move.after.value, trigger)
        self.send(m.LEDGER, m.Commit(self.name, (*records, moved)))
        self._announce()
        return True

    def _when_ready(self) -> None:
        if self._broker is not None and self._broker.ready:
            self._try("ready")

    def _halt(self, reason: Reason, detail: str) -> None:
        if (reason, detail) in self._said:
            return
        self._said.add((reason, detail))
        halt = HaltSet(at=self.now(), reason=reason, detail=detail)
        self._halts.append(reason)
        self.send(m.NOTIFIER, m.Alarm(reason, f"halted: {reason.value}: {detail}", urgent=True))
        if not self._try("halt", reason, halt):
            self.send(m.LEDGER, m.Commit(self.name, (halt,)))

    def _rearm(self, by: str) -> None:
        if self._life.state is EngineState.HALTED:
            cleared = [HaltCleared(at=self.now(), reason=reason, by=by) for reason in dict.fromkeys(self._halts)]
            self._halts.clear()
            self._said.clear()
            self._try("rearm", None, *cleared)

    # --- flatten by command

    def _flatten(self) -> None:
        self.send(m.POSITIONS, m.ClosePosition(Reason.OPERATOR))
        self.after(LOOK_AGAIN, _LookAgain())

    def _look_again(self) -> None:
        if self._life.state is not EngineState.FLATTENING:
            return
        if self.now() - self._since > FLATTEN_WITHIN:
            self._halt(Reason.OPERATOR, f"not flat {FLATTEN_WITHIN} after the command")
            return
        self.send(m.LEDGER, m.RecallOpenPositions(self.name))
        self._flatten()

    # --- telling

    def _announce(self) -> None:
        told = m.EngineChanged(self._life.state, self._reason)
        self.send(m.RISK, told)
        self.send(m.POSITIONS, told)
        self._show()

    def _show(self) -> None:
        self.publish(EngineView(self._life.state, self._since, self._reason, self._broker))


def _recovered(answer: m.EngineRecalled) -> EngineState:
    """Return where a new incarnation begins: a halt that nobody cleared outlives everything."""
    if answer.halts:
        return EngineState.HALTED
    if answer.state is None:
        return EngineState.STOPPED
    return EngineState.STARTING if answer.state is EngineState.RUNNING else answer.state
