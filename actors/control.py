"""What carries an operator's commands out: no actor, so that it works while any of them is dead or hangs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from loguru import logger

from actors import messages as m
from actors.confirming import Confirming, OpenBook
from actors.engine import EngineView
from actors.position import PositionView
from actors.runtime.runtime import Runtime
from lottogrid.alerts.codes import AlertCode
from lottogrid.clock import real_seconds
from lottogrid.control.commands import Answer, Command, Request, Step, answered, refused
from lottogrid.control.latch import Latch
from lottogrid.control.record import CommandRecord
from lottogrid.errors import LottogridError
from lottogrid.ledger.records import Noted
from lottogrid.risk.reasons import Reason
from machines.engine import EngineState

LOOK_EVERY = 0.1
"""Real seconds between two looks whether it has become so."""
FOR_THE_REST = 2.0
"""Real seconds for what is not vital, once all that is was confirmed."""
_OPERATOR = "operator"

S = EngineState
_WANTED = {
    Command.START: {S.STARTING, S.RUNNING},
    Command.RESUME: {S.STARTING, S.RUNNING},
    Command.PAUSE: {S.PAUSED, S.STOPPED, S.FLATTENING, S.HALTED},
    Command.STOP: {S.STOPPED, S.FLATTENING, S.HALTED},
    Command.CANCEL: {S.PAUSED, S.STOPPED, S.FLATTENING, S.HALTED},
    Command.FLATTEN: {S.STOPPED, S.HALTED},
    Command.ESTOP: {S.HALTED},
    Command.REARM: {S.STOPPED},
}
"""Where the engine stands when it has heard of a command."""

_REMEMBERED = {Command.RESUME, Command.REARM}
"""What ends a pause or a halt: the journal has these, too, and the next process would begin with them."""
_GOES_ON = "the bot goes on with it: look again in a moment, and use `lottogrid estop` where nothing moves"
_AGAIN = "look at `lottogrid status`, and give the command again"
_ADVICE = {
    **dict.fromkeys(Command, _AGAIN),
    Command.CANCEL: _GOES_ON,
    Command.FLATTEN: _GOES_ON,
    Command.ESTOP: "`lottogrid estop` at a shell goes past the bot where it does not confirm",
}


class Controller:
    """Latches a command first, then tells the actors, then watches until the broker's word confirms it.

    The latch alone keeps entries away: risk and broker read it before each, whoever else is dead. May be called from
    any thread; commands do not wait for each other's confirmation.
    """

    def __init__(
        self,
        runtime: Runtime,
        latch: Latch,
        record: CommandRecord,
        open_book: OpenBook,
        *,
        pause: Callable[[float], object] | None = None,
        seconds: Callable[[], float] = real_seconds,
    ) -> None:
        """Prepare.

        Args:
            runtime: where the actors live.
            latch: what outlives the process.
            record: of all commands.
            open_book: opens the ledger for reading.
            pause: lets so many real seconds pass; a test lets virtual ones pass.
            seconds: the time that `pause` moves.
        """
        self.latch = latch
        self.record = record
        self._runtime = runtime
        self._open_book = open_book
        self._pause = pause or threading.Event().wait
        self._seconds = seconds
        self._turn = threading.Lock()

    def execute(self, request: Request, within: float | None = None) -> Answer:
        """Carry a command out and return what came of it, after at most `within` real seconds.

        Never raises for what the bot is in: that is in the answer. One whose id was seen before is not done again.
        """
        try:
            request.refuse_untyped()
        except LottogridError as error:
            return refused(request, str(error))
        if not self.record.begin(request):
            earlier = self.record.answer(request.id)
            return earlier or refused(request, "this request was made before and is under way; it is not done twice")
        logger.warning("control: {} by {} ({})", request.command.value, request.by, request.via)
        try:
            answer = self._do(request, request.command.terms.seconds if within is None else within)
        except Exception as error:  # noqa: BLE001 - whoever orders a stop is told what stands in its way
            logger.exception("control: {} failed", request.command.value)
            answer = answered(request, (Step("carried out", is_confirmed=False, detail=f"{error!r}"),))
        self.record.end(answer)
        self._note(request, answer.outcome.value, "command_answered")
        return answer

    def submit(self, request: Request) -> None:
        """Carry a command out on a thread of its own; `record` has the answer when it is there."""
        threading.Thread(
            target=self.execute, args=(request,), name=f"control {request.command.value}", daemon=True
        ).start()

    def acknowledge(self, code: AlertCode, by: str) -> None:
        """Write down that a person has seen an alarm."""
        self._runtime.send(m.NOTIFIER, m.AcknowledgeAlarms((code,), by))

    def _do(self, request: Request, within: float) -> Answer:
        with self._turn:
            why_not = self._objection(request.command)
            if why_not:
                return refused(request, why_not)
            latched = self._latch(request)
        self._note(request, "asked", "command")
        self._tell(request, is_latched=latched.is_confirmed)
        return self._watch(request, latched, within)

    def _objection(self, command: Command) -> str:
        standing = self.latch.standing()
        lifts = command.terms.lifts
        if not lifts:
            return ""
        shown = self._runtime.board.get(m.ENGINE)
        state = shown.state if isinstance(shown, EngineView) else None
        if command is Command.REARM:
            # What it leaves would stop a bot that trades.
            is_needless = standing is None and state in {EngineState.STARTING, EngineState.RUNNING}
            return "expected a halt or an order to end, found neither; nothing was done" if is_needless else ""
        if standing is not None and standing.command not in lifts:
            ends = "rearm" if standing.command is Command.ESTOP else "start"
            return f"expected nothing stronger to stand, found {standing.words}; use {ends}"
        if state is EngineState.HALTED:
            return "expected no halt, found the engine halted; look at `lottogrid status`, then rearm"
        if command is Command.RESUME and state is EngineState.STOPPED:
            return "expected a pause, found the engine stopped; use start"
        return ""

    def _latch(self, request: Request) -> Step:
        if request.command is Command.REARM:
            return self._ease(request)
        return self._lift() if request.command.terms.lifts else self._set(request)

    def _set(self, request: Request) -> Step:
        what = "no entry from now on, also after a restart"
        try:
            standing = self.latch.set(request)
        except OSError as error:
            return Step(what, is_confirmed=False, detail=f"{self.latch.path} could not be written: {error}")
        detail = "" if standing.id == request.id else f"stronger, and already so: {standing.words}"
        return Step(what, is_confirmed=True, detail=detail)

    def _ease(self, request: Request) -> Step:
        what = "no entry until it is started, also after a restart"
        try:
            self.latch.ease(request)
        except OSError as error:
            return Step(what, is_confirmed=False, detail=f"{self.latch.path} could not be written: {error}")
        return Step(what, is_confirmed=True)

    def _lift(self) -> Step:
        what = "nothing that was ordered stands any more"
        try:
            self.latch.lift()
        except OSError as error:
            return Step(what, is_confirmed=False, detail=f"{self.latch.path} could not be removed: {error}")
        return Step(what, is_confirmed=True)

    # --- telling

    def _tell(self, request: Request, *, is_latched: bool) -> None:
        command = request.command
        match command:
            case Command.START:
                self._send(m.ENGINE, m.StartEngine(), m.ResumeEntries())
            case Command.RESUME:
                self._send(m.ENGINE, m.ResumeEntries())
            case Command.REARM:
                self._send(m.ENGINE, m.Rearm(request.by))
            case _ if not is_latched:
                self._tell_without_latch(request)
        self._send(m.ENGINE, m.LatchChanged())
        self._send(m.POSITIONS, m.LatchChanged())
        # Each of them by itself, too: their supervisor may hang.
        for name, shown in dict(self._runtime.board).items():
            if isinstance(shown, PositionView) and not shown.record.state.is_final:
                self._send(name, m.Reconsider())

    def _tell_without_latch(self, request: Request) -> None:
        """Let the actors do by themselves what they would have read: it holds until they are restarted."""
        match request.command:
            case Command.PAUSE | Command.CANCEL:
                self._send(m.ENGINE, m.PauseEntries())
            case Command.STOP:
                self._send(m.ENGINE, m.StopEngine())
            case Command.FLATTEN:
                self._send(m.ENGINE, m.FlattenAll())
            case Command.ESTOP:
                self._send(m.ENGINE, m.Halt(Reason.EMERGENCY_STOP, f"by {request.by} ({request.via})"))
                self._send(m.POSITIONS, m.ClosePosition(Reason.OPERATOR))

    def _send(self, name: str, *messages: object) -> None:
        for message in messages:
            self._runtime.send(name, message)

    def _note(self, request: Request, what: str, kind: str) -> None:
        text = f"{request.command.value} by {request.by} ({request.via}): {what} [{request.id}]"
        noted = Noted(at=self._runtime.clock.now(), actor=_OPERATOR, kind=kind, text=text)
        self._send(m.LEDGER, m.Commit(_OPERATOR, (noted,)))

    # --- confirming

    def _watch(self, request: Request, latched: Step, within: float) -> Answer:
        confirming = Confirming(self._runtime, self._open_book)
        deadline = self._seconds() + within
        done_at: float | None = None
        while True:
            left = confirming.left()
            steps = (latched, *_steps(request, confirming, left))
            answer = answered(request, steps, left)
            now = self._seconds()
            if answer.is_done and done_at is None:
                done_at = now
            is_all = all(step.is_confirmed for step in steps)
            if is_all or (answer.is_done and done_at is not None and now - done_at >= FOR_THE_REST):
                return answer
            if now >= deadline:
                return replace(answer, text="" if answer.is_done else _ADVICE[request.command])
            self._pause(LOOK_EVERY)


def _steps(request: Request, confirming: Confirming, left: tuple[str, ...]) -> tuple[Step, ...]:
    command = request.command
    is_release = bool(command.terms.lifts)
    engine = confirming.engine("the engine has heard of it", _WANTED[command], is_vital=is_release)
    steps = (engine, confirming.journal(request.id, is_vital=command in _REMEMBERED))
    if command is Command.CANCEL:
        gone = confirming.orders_gone(left)
        return (*steps, gone, confirming.books(is_clear=gone.is_confirmed))
    if command in {Command.FLATTEN, Command.ESTOP}:
        flat = confirming.flat(left)
        return (*steps, flat, confirming.books(is_clear=flat.is_confirmed))
    return steps
