"""The program: finds the command, runs it, and turns what goes wrong into one line and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any, NoReturn

from lottogrid import __version__
from lottogrid.errors import BadInput, LottogridError, Missing

_FAILED = 1
_INTERRUPTED = 130
"""What a shell reports of a program that Ctrl-C ended."""

COMMANDS = {
    "run": ("run.command", "trade a day, on paper or at a broker, supervised, with the status page"),
    "replay": ("research.replay", "play days of bars through the real actors, as fast as it goes"),
    "simulate": ("simulate.command", "play days of the real bot under planted faults, and check what must hold"),
    "data": ("data.command", "import, check, make or fetch bars"),
    "calibrate": ("research.calibrate", "fit the model of option prices to real quotes, and judge it"),
    "backtest": ("research.backtest", "what a replay would trade, to the cent, in a fraction of the time"),
    "sweep": ("research.sweep", "many settings on the same days, and what the best of them is worth"),
    "walkforward": ("research.walkforward", "choose on the past, trade what comes then, and go on"),
    "backtests": ("research.backtests", "list, compare and open the results that were kept"),
    "status": ("looking.status", "how the bot stands"),
    "positions": ("looking.positions", "what is held and what was"),
    "orders": ("looking.orders", "every order and what became of it"),
    "decisions": ("looking.decisions", "what the strategy decided, minute by minute"),
    "timeline": ("looking.timeline", "the moments of a day, and the bot as it was at any of them"),
    "why": ("looking.why", "the checklist of what keeps the bot from trading"),
    "start": ("controls.start", "let the bot trade again after a stop or a flatten"),
    "resume": ("controls.resume", "end a pause"),
    "pause": ("controls.pause", "no entries until resumed; keep what is held"),
    "stop": ("controls.stop", "no entries until started; keep what is held"),
    "cancel": ("controls.cancel", "cancel every working order and pause; keep what is held"),
    "flatten": ("controls.flatten", "cancel and sell everything"),
    "estop": ("controls.estop", "emergency stop: cancel and sell everything, past the bot if need be"),
    "rearm": ("controls.rearm", "end every halt, once you have looked"),
    "alerts": ("looking.alerts", "which alarms nobody has seen yet; test the way that they take"),
    "console": ("console", "look and give commands at a prompt"),
    "token": ("upkeep.token", "print the secret that opens the controls on the page"),
    "check": ("upkeep.check", "whether everything that a run needs is there"),
    "diagram": ("looking.diagram", "draw a state machine"),
    "db": ("upkeep.db", "back the ledger up, bring it back, export it, check it"),
    "service": ("upkeep.service", "run the bot under systemd"),
    "gateway": ("gateway.command", "serve the TWS API's protocol on this machine, over the simulated exchange"),
}
"""Module (below this package) and purpose of each command. Only the one in hand is imported: they are heavy."""

_EXAMPLES = """\
examples:
  lottogrid run                        a generated day, on paper; the page says where it can be looked at
  lottogrid replay --days 5 --json     five generated days at once, as JSON
  lottogrid why                        what keeps the running bot from trading

`lottogrid COMMAND --help` shows the options of a command.
"""


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    def __init__(self, **options: Any) -> None:
        # Half an option's name would change its meaning when another option is added.
        super().__init__(**{"allow_abbrev": False, **options})

    def error(self, message: str) -> NoReturn:
        """Refuse the command line."""
        raise BadInput(f"{message}; see `{self.prog} --help`")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Refuse what is unknown in the name of the command that it was given to; argparse would leave that out."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown


def parser(command: str | None = None) -> Parser:
    """Return the program's parser, with the options of `command` only."""
    made = Parser(
        prog="lottogrid",
        description="Buys far out-of-the-money same-day strangles on Micro E-mini S&P 500 futures, unattended.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--version", action="version", version=f"lottogrid {__version__}")
    subparsers = made.add_subparsers(metavar="COMMAND", required=True)
    for name, (module, purpose) in COMMANDS.items():
        if name == command:
            import_module(f"lottogrid.cli.{module}").add_parser(subparsers)
        else:
            subparsers.add_parser(name, help=purpose)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program on `arguments` (default: those of the process) and return its exit code.

    0: done. 1: it ran, and the answer is no. 2: what was given is wrong. 3: a needed thing is missing.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        _refuse_what_is_no_command(words)
        args = parser(words[0]).parse_args(words)
        return int(args.func(args))
    except LottogridError as error:
        _say(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        _say("interrupted")
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has left; Python would complain once more when it closes the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED
    except OSError as error:
        _say(f"{error.filename or 'system'}: expected it to be usable, found: {error.strerror or error}; see to it")
        return Missing.exit_code
    except Exception as error:  # noqa: BLE001 - the last boundary: a person reads one line, the log has the rest
        from lottogrid.cli.logs import write_crash  # noqa: PLC0415 - needed by nobody else

        kind = type(error).__name__
        _say(f"expected no error here, found {kind}: {error}; please report it with {write_crash(error)}")
        return _FAILED


def _refuse_what_is_no_command(words: list[str]) -> None:
    if not words:
        raise BadInput("expected a COMMAND, found none; see `lottogrid --help`")
    first = words[0]
    if first in COMMANDS or first.startswith("-"):
        return
    near = get_close_matches(first, COMMANDS, n=1)
    raise BadInput(
        f"expected a COMMAND, found {first!r}; {f'try {near[0]}, or ' if near else ''}see `lottogrid --help`"
    )


def _say(text: str) -> None:
    line = " ".join(text.split())
    print(f"lottogrid: {line}", file=sys.stderr)
