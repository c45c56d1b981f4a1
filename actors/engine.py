"""The engine actor: how the bot stands as its operator commands it, and whether the broker lets it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from loguru import logger

from actors import messages as m
from actors.runtime.actor import Actor
from lottogrid.alerts.codes import HALTING, AlertCode, code_of_halt
from lottogrid.control.commands import Command
from lottogrid.control.latch import Ordered, nothing
from lottogrid.ledger.records import AlarmRaised, EngineMoved, HaltCleared, HaltSet, Record
from lottogrid.risk.reasons import Reason
from machines.engine import ENGINE, EngineState

LOOK_AGAIN = timedelta(seconds=5)
"""How often a flatten by command looks whether everything is sold."""
LOOK_AT_LATCH = timedelta(seconds=2)
"""Real time between two looks at what the operator has ordered: another process may have written it."""
FLATTEN_WITHIN = timedelta(minutes=10)
"""A flatten that takes longer halts: a person must look."""


@dataclass(frozen=True, slots=True)
class _LookAgain:
    """Is everything sold?"""


@dataclass(frozen=True, slots=True)
class _Heed:
    """What has the operator ordered?"""


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

    def __init__(self, starts: datetime | None = None, ordered: Ordered = nothing) -> None:
        """Begin to trade by itself where nobody has said otherwise since `starts`; None waits for the command.

        What the operator has `ordered` and not lifted is obeyed before anything else, whoever wrote it down.
        """
        super().__init__()
        self._ordered = ordered
        self._heeded = ""
        """Id of the order that was obeyed last."""
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
        if answer.halts and answer.state is not EngineState.HALTED:
            self._write_down_halt(answer)
        self._announce()
        if self._life.state is EngineState.FLATTENING:
            self._flatten()
        self._heed()
        is_first_word = answer.since is None or (self._starts is not None and answer.since <= self._starts)
        if self._starts is not None and is_first_word and self._ordered() is None:
            self._try("start")
        if self._ordered is not nothing:
            self.after(self.patience(LOOK_AT_LATCH), _Heed())
        for message in self._waiting:
            self._obey(message)
        self._waiting.clear()

    def _write_down_halt(self, answer: m.EngineRecalled) -> None:
        """Let the journal say that the engine is halted: whoever set the halt did so while there was no engine."""
        before = answer.state or ENGINE.initial
        self._reason = answer.halts[-1]
        moved = EngineMoved(
            at=self._since, trigger="halt", before=before.value, after=EngineState.HALTED.value, reason=self._reason
        )
        self.send(m.LEDGER, m.Commit(self.name, (moved,)))

    def _obey(self, message: object) -> None:
        match message:
            case m.BrokerStateChanged(ready=ready):
                self._broker = message
                self._try("ready" if ready else "lost")
            case m.StartEngine():
                if self._ordered() is None and self._try("start"):
                    self._when_ready()
            case m.Halt(reason=reason, detail=detail):
                self._halt(reason, detail)
            case _LookAgain():
                self._look_again()
            case _Heed():
                self._heed()
                self.after(self.patience(LOOK_AT_LATCH), _Heed())
            case m.OpenPositionsRecalled(position_ids=position_ids):
                if not position_ids:
                    self._try("flat")
            case m.CommitRefused(text=text):
                raise RuntimeError(text)
            case _:
                self._obey_operator(message)

    def _obey_operator(self, message: object) -> None:
        match message:
            case m.LatchChanged():
                self._heed()
            case m.PauseEntries():
                self._try("pause", Reason.OPERATOR)
            case m.ResumeEntries():
                if self._ordered() is None and self._try("resume"):
                    self._when_ready()
            case m.StopEngine():
                self._try("stop", Reason.OPERATOR)
            case m.FlattenAll():
                if self._try("flatten", Reason.OPERATOR):
                    self._flatten()
            case m.Rearm(by=by):
                self._rearm(by)

    # --- what the operator has latched

    def _heed(self) -> None:
        """Bring the machine to where the operator's standing order wants it, once for each order."""
        standing = self._ordered()
        if standing is None or standing.id == self._heeded:
            return
        self._heeded = standing.id
        logger.warning("engine: ordered to {}", standing.words)
        match standing.command:
            case Command.PAUSE | Command.CANCEL:
                self._try("pause", Reason.OPERATOR)
            case Command.STOP:
                self._try("stop", Reason.OPERATOR)
            case Command.FLATTEN:
                if self._try("flatten", Reason.OPERATOR):
                    self._flatten()
            case Command.ESTOP if Reason.EMERGENCY_STOP not in self._halts:
                self._halt(Reason.EMERGENCY_STOP, f"by {standing.by} ({standing.via})")
        self.send(m.POSITIONS, m.LatchChanged())

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

    def _halt(self, reason: Reason, detail: str, code: AlertCode | None = None) -> None:
        if (reason, detail) in self._said:
            return
        self._said.add((reason, detail))
        halt = HaltSet(at=self.now(), reason=reason, detail=detail)
        self._halts.append(reason)
        alarm = m.Alarm(code or code_of_halt(reason), f"halted: {reason.value}: {detail}", is_written=True)
        # In one commit, so that the alarm of a halt is not lost with the notifier that has it in hand.
        raised = AlarmRaised(at=halt.at, code=alarm.code, text=alarm.text)
        if not self._try("halt", reason, halt, raised):
            self.send(m.LEDGER, m.Commit(self.name, (halt, raised)))
        self.send(m.NOTIFIER, alarm)

    def _rearm(self, by: str) -> None:
        if self._life.state is EngineState.HALTED:
            cleared = [HaltCleared(at=self.now(), reason=reason, by=by) for reason in dict.fromkeys(self._halts)]
            self._halts.clear()
            self._said.clear()
            self._try("rearm", None, *cleared)
            self.send(m.NOTIFIER, m.AcknowledgeAlarms(HALTING, by))

    # --- flatten by command

    def _flatten(self) -> None:
        self.send(m.POSITIONS, m.ClosePosition(Reason.OPERATOR))
        self.after(LOOK_AGAIN, _LookAgain())

    def _look_again(self) -> None:
        if self._life.state is not EngineState.FLATTENING:
            return
        if self.now() - self._since > FLATTEN_WITHIN:
            self._halt(Reason.OPERATOR, f"not flat {FLATTEN_WITHIN} after the command", AlertCode.NOT_FLAT)
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
