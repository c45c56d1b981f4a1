"""The program: finds the command, runs it, and turns what goes wrong into one line and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from lottogrid import __version__
from lottogrid.errors import BadInput, LottogridError, Missing

_FAILED = 1
_INTERRUPTED = 130
"""What a shell reports of a program that Ctrl-C ended."""

COMMANDS = {
    "run": ("lottogrid.cli.run", "trade a day, on paper or at a broker, supervised, with the status page"),
    "replay": ("lottogrid.cli.replay", "play days of bars through the real actors, as fast as it goes"),
    "simulate": ("lottogrid.cli.simulate", "play days of the real bot under planted faults, and check what must hold"),
    "data": ("lottogrid.cli.data", "import, check, make or fetch bars"),
    "calibrate": ("lottogrid.cli.calibrate", "fit the model of option prices to real quotes, and judge it"),
    "backtest": ("lottogrid.cli.backtest", "what a replay would trade, to the cent, in a fraction of the time"),
    "sweep": ("lottogrid.cli.sweep", "many settings on the same days, and what the best of them is worth"),
    "walkforward": ("lottogrid.cli.walkforward", "choose on the past, trade what comes then, and go on"),
    "backtests": ("lottogrid.cli.backtests", "list, compare and open the results that were kept"),
    "status": ("lottogrid.cli.status", "how the bot stands"),
    "positions": ("lottogrid.cli.positions", "what is held and what was"),
    "orders": ("lottogrid.cli.orders", "every order and what became of it"),
    "decisions": ("lottogrid.cli.decisions", "what the strategy decided, minute by minute"),
    "timeline": ("lottogrid.cli.timeline", "the moments of a day, and the bot as it was at any of them"),
    "why": ("lottogrid.cli.why", "the checklist of what keeps the bot from trading"),
    "start": ("lottogrid.cli.controls.start", "let the bot trade again after a stop or a flatten"),
    "resume": ("lottogrid.cli.controls.resume", "end a pause"),
    "pause": ("lottogrid.cli.controls.pause", "no entries until resumed; keep what is held"),
    "stop": ("lottogrid.cli.controls.stop", "no entries until started; keep what is held"),
    "cancel": ("lottogrid.cli.controls.cancel", "cancel every working order and pause; keep what is held"),
    "flatten": ("lottogrid.cli.controls.flatten", "cancel and sell everything"),
    "estop": ("lottogrid.cli.controls.estop", "emergency stop: cancel and sell everything, past the bot if need be"),
    "rearm": ("lottogrid.cli.controls.rearm", "you have looked: end every halt"),
    "alerts": ("lottogrid.cli.alerts", "which alarms nobody has seen yet; test the way that they take"),
    "console": ("lottogrid.cli.console", "the commands at a prompt"),
    "token": ("lottogrid.cli.token", "what opens the controls on the page"),
    "check": ("lottogrid.cli.check", "whether everything that a run needs is there"),
    "diagram": ("lottogrid.cli.diagram", "draw a state machine"),
    "db": ("lottogrid.cli.db", "back the ledger up, bring it back, check it"),
    "service": ("lottogrid.cli.service", "run the bot under systemd"),
    "gateway": ("lottogrid.cli.gateway", "serve the TWS API's protocol on this machine, over the simulated exchange"),
}
"""Module and purpose of each command. Only the module of the command in hand is imported: the others are heavy."""

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
            import_module(module).add_parser(subparsers)
        else:
            subparsers.add_parser(name, help=purpose)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program on `arguments` (default: those of the process) and return its exit code.

    0: done. 1: it ran, and the answer is no. 2: what was given is wrong. 3: a needed thing is missing.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        args = parser(words[0] if words else None).parse_args(words)
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


def _say(text: str) -> None:
    line = " ".join(text.split())
    print(f"lottogrid: {line}", file=sys.stderr)
