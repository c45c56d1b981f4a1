"""The commands of an operator as values: what each does, how it is confirmed, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import Enum
from typing import Any, Self
from uuid import uuid4

from lottogrid.errors import BadInput

LONGEST = 200
"""Characters of any text that comes with a request."""


class Command(Enum):
    """What can be ordered; the value is the name of the command on the command line."""

    START = "start"
    RESUME = "resume"
    PAUSE = "pause"
    STOP = "stop"
    CANCEL = "cancel"
    FLATTEN = "flatten"
    ESTOP = "estop"
    REARM = "rearm"

    @property
    def terms(self) -> Terms:
        """What it does, and what it asks for."""
        return TERMS[self]

    @property
    def word(self) -> str:
        """What a person has to type before it is done; empty where nothing has to be typed."""
        return self.value.upper() if self.terms.is_typed else ""


class Level(Enum):
    """How deep a command reaches."""

    RELEASE = "lets it trade again"
    ENTRIES = "entries only"
    POSITIONS = "orders and positions"
    EMERGENCY = "everything, at any price"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a command does, in words, and how it is told to a bot."""

    level: Level
    consequence: str
    seconds: float
    """Real time in which it is to be confirmed."""
    is_typed: bool = False
    """A person has to type its name before it is done."""
    lifts: frozenset[Command] = frozenset()
    """Which standing orders it ends; empty where it sets one itself."""


TERMS: Mapping[Command, Terms] = {
    Command.START: Terms(
        level=Level.RELEASE,
        consequence="Entries are made again when the rules say so; ends a stop, a cancel and a flatten. Does not end "
        "an emergency stop or a halt.",
        seconds=10,
        lifts=frozenset({Command.PAUSE, Command.STOP, Command.CANCEL, Command.FLATTEN}),
    ),
    Command.RESUME: Terms(
        level=Level.RELEASE,
        consequence="Ends a pause or a cancel: entries are made again when the rules say so, targets rest again.",
        seconds=10,
        lifts=frozenset({Command.PAUSE, Command.CANCEL}),
    ),
    Command.PAUSE: Terms(
        level=Level.ENTRIES,
        consequence="No entries until resumed, also after a restart. What is held keeps its targets.",
        seconds=10,
    ),
    Command.STOP: Terms(
        level=Level.ENTRIES,
        consequence="No entries until started, also after a restart. What is held keeps its targets.",
        seconds=10,
    ),
    Command.CANCEL: Terms(
        level=Level.POSITIONS,
        consequence="Every working order is cancelled, targets too, and entries are paused. What is held stays held "
        "and is offered again after a resume; at the flatten time it is sold as ever.",
        seconds=20,
    ),
    Command.FLATTEN: Terms(
        level=Level.POSITIONS,
        consequence="Every working order is cancelled and everything is sold: at the bid, then at any price. No "
        "entries until started. What is sold so is rarely sold well.",
        seconds=45,
        is_typed=True,
    ),
    Command.ESTOP: Terms(
        level=Level.EMERGENCY,
        consequence="Every working order is cancelled, everything is sold, and the bot is halted until a person "
        "re-arms it. Where the bot does not confirm, this is done past it, over a connection of its own, at any price.",
        seconds=20,
        is_typed=True,
    ),
    Command.REARM: Terms(
        level=Level.RELEASE,
        consequence="You have looked: ends every halt and whatever was ordered before. The bot stays stopped until it "
        "is started, also after a restart.",
        seconds=10,
        lifts=frozenset({Command.PAUSE, Command.STOP, Command.CANCEL, Command.FLATTEN, Command.ESTOP}),
    ),
}
STRENGTH = (Command.PAUSE, Command.STOP, Command.CANCEL, Command.FLATTEN, Command.ESTOP)
"""What can stand, weakest first: a weaker order never takes the place of a stronger one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A command as somebody gave it."""

    id: str
    """Given once: a request of the same id is answered with what came of the first, and not done again."""
    command: Command
    by: str
    via: str
    """From where: `command line, process 4711`, `page, 127.0.0.1`."""
    typed: str = ""
    """What was typed to confirm it."""

    @classmethod
    def new(cls, command: Command, *, by: str, via: str, typed: str = "") -> Self:
        """Return a request that nobody has made before."""
        return cls(id=uuid4().hex, command=command, by=by, via=via, typed=typed)

    @classmethod
    def read(cls, document: object) -> Self:
        """Return the request that a JSON document means; BadInput where it means none."""
        names = [field.name for field in fields(cls)]
        if not isinstance(document, dict) or set(document) != set(names):
            raise BadInput(f"request: expected {', '.join(names)}, found {_keys(document)}")
        texts = {name: _text(name, document[name]) for name in names}
        command = command_named(texts.pop("command"))
        if not (texts["id"].isalnum() and texts["id"].isascii()):
            raise BadInput("request: expected an id of letters and digits, found another; make a new one")
        return cls(command=command, **texts)

    def document(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {**asdict(self), "command": self.command.value}

    def refuse_untyped(self) -> None:
        """Raise BadInput where the word that confirms the command was not typed."""
        if self.command.word and self.typed != self.command.word:
            raise BadInput(
                f"{self.command.value}: expected the word {self.command.word} to be typed, found "
                f"{self.typed[:20]!r}; nothing was done"
            )


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a command: what was to become so, whether that was confirmed, and by whom or why not."""

    what: str
    is_confirmed: bool
    detail: str = ""
    is_vital: bool = True
    """Whether the command is not done without it; the rest is told because it says how the bot is."""


class Outcome(Enum):
    """What came of a command."""

    DONE = "done"
    """Every vital step was confirmed."""
    UNCONFIRMED = "not confirmed"
    """Asked for, but a step was not confirmed in time: look."""
    REFUSED = "refused"
    """Nothing was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a command."""

    id: str
    command: Command
    outcome: Outcome
    steps: tuple[Step, ...] = ()
    left: tuple[str, ...] = ()
    """What is still held or working, in words."""
    text: str = ""
    """Why it was refused, or what to do now."""

    @property
    def is_done(self) -> bool:
        """Whether every vital step was confirmed."""
        return self.outcome is Outcome.DONE

    def document(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {**asdict(self), "command": self.command.value, "outcome": self.outcome.value}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Return the answer that a JSON document of ours means; KeyError, ValueError or TypeError for another's."""
        return cls(
            id=str(document["id"]),
            command=Command(document["command"]),
            outcome=Outcome(document["outcome"]),
            steps=tuple(Step(**step) for step in document["steps"]),
            left=tuple(str(each) for each in document["left"]),
            text=str(document["text"]),
        )


def answered(request: Request, steps: tuple[Step, ...], left: tuple[str, ...] = (), text: str = "") -> Answer:
    """Return the answer that follows from its steps."""
    outcome = Outcome.DONE if all(step.is_confirmed for step in steps if step.is_vital) else Outcome.UNCONFIRMED
    return Answer(id=request.id, command=request.command, outcome=outcome, steps=steps, left=left, text=text)


def refused(request: Request, why: str) -> Answer:
    """Return the answer to what was not done."""
    return Answer(id=request.id, command=request.command, outcome=Outcome.REFUSED, text=why)


def command_named(name: str) -> Command:
    """Return the command of that name; BadInput names those that there are."""
    try:
        return Command(name)
    except ValueError:
        known = ", ".join(command.value for command in Command)
        raise BadInput(f"command: expected one of {known}, found {name[:20]!r}") from None


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST or not (value.isprintable() or not value):
        raise BadInput(f"request: expected {name} as a printable text of at most {LONGEST} characters, found another")
    return value


def _keys(document: object) -> str:
    return ", ".join(sorted(map(str, document)))[:LONGEST] if isinstance(document, dict) else type(document).__name__
