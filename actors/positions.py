"""The supervisor of the position actors: one for each strangle, recreated from the ledger."""

from __future__ import annotations

from collections.abc import Callable

from actors import messages as m
from actors.position import Position
from actors.supervision.spec import ChildSpec, Directives, Intensity, Restart
from actors.supervision.supervisor import Supervisor
from lottogrid.risk.reasons import Reason
from machines.engine import EngineState

MakePosition = Callable[[str], Position]


class Positions(Supervisor):
    """Gives each open position an actor of its own, and tells all of them what concerns all.

    At its start it asks the ledger which positions are open: its children live in the journal, not in its memory.
    """

    def __init__(self, make_position: MakePosition, directives: Directives | None = None) -> None:
        super().__init__([], intensity=Intensity(restarts=10), directives=directives)
        self._make_position = make_position
        self._asked_again: set[str] = set()

    def on_start(self) -> None:
        """Ask which positions are open."""
        super().on_start()
        self.send(m.LEDGER, m.RecallOpenPositions(self.name))

    def on_receive(self, message: object) -> None:
        """Open positions; pass on what concerns all."""
        match message:
            case m.OpenPosition(position_id=position_id):
                self._open(position_id)
            case m.OpenPositionsRecalled(position_ids=position_ids):
                for position_id in position_ids:
                    self._open(position_id)
            case m.ClosePosition():
                self._tell_all(message)
            case m.LatchChanged():
                self._tell_all(m.Reconsider())
            case m.SessionChanged() | m.BrokerStateChanged() | m.EngineChanged():
                self._pass_on(message)
            case _:
                super().on_receive(message)

    def _pass_on(self, message: m.SessionChanged | m.BrokerStateChanged | m.EngineChanged) -> None:
        match message:
            case m.SessionChanged():
                self._tell_all(message)
            case m.BrokerStateChanged(ready=True):
                self._tell_all(m.Reconsider())
            case m.EngineChanged(state=EngineState.FLATTENING):
                self._tell_all(m.ClosePosition(Reason.OPERATOR))

    def child_ended(self, name: str) -> None:
        """Open it again where something arrived for it after its end."""
        if name in self._asked_again:
            self._asked_again.remove(name)
            self._open(name)

    def _open(self, position_id: str) -> None:
        if position_id in self.children:
            self._asked_again.add(position_id)
            return
        self.start_child(
            ChildSpec(name=position_id, factory=lambda: self._make_position(position_id), restart=Restart.TRANSIENT)
        )

    def _tell_all(self, message: object) -> None:
        for name in self.children:
            self.send(name, message)
