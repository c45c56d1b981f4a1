"""What the control commands have in common: options, the word that is typed, the answer as text or JSON."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from lottogrid.cli import options
from lottogrid.control.commands import Command, Outcome, Request
from lottogrid.errors import BadInput

if TYPE_CHECKING:
    from lottogrid.control.commands import Answer

_MOST = 600.0


def adder(command: Command) -> Callable[[options.Subparsers], None]:
    """Return what adds `command` to the program's parser."""

    def add_parser(subparsers: options.Subparsers) -> None:
        examples = f"lottogrid {command.value}"
        if command.word:
            examples += f"\nlottogrid {command.value} --confirm {command.word} --json"
        else:
            examples += f"\nlottogrid {command.value} --json"
        parser = options.command(subparsers, command.value, command.terms.consequence, examples)
        if command.word:
            parser.add_argument("--confirm", metavar="WORD", help=f"{command.word}; asked for at a terminal without it")
        parser.add_argument(
            "--within",
            type=_seconds,
            metavar="SECONDS",
            help=f"real time in which it is to be confirmed, {command.terms.seconds:g} by default",
        )
        parser.add_argument("--by", metavar="NAME", help="who orders it, for the journal; the user by default")
        options.add_reading(parser)
        parser.set_defaults(func=run, command=command)

    return add_parser


def run(args: argparse.Namespace) -> int:
    """Give the command and print what came of it; 1 where it was refused or not confirmed."""
    from lottogrid.cli import logs  # noqa: PLC0415
    from lottogrid.cli.controls.giving import give  # noqa: PLC0415 - slow, and --help needs none of it
    from lottogrid.cli.output import console, print_json  # noqa: PLC0415

    command: Command = args.command
    settings = options.settings_of(args, *options.ledger_values(args))
    request = Request.new(
        command, by=args.by or _user(), via=f"command line, process {os.getpid()}", typed=_typed(args, command)
    )
    request = Request.read(request.document())
    request.refuse_untyped()
    logs.to_terminal("WARNING")
    out = console(error=True)
    answer = give(settings, request, args.within, lambda text: out.print(text, soft_wrap=True))
    if args.json:
        print_json(answer.document())
    else:
        for line in lines(answer):
            console().print(line, soft_wrap=True)
    return 0 if answer.is_done else 1


def lines(answer: Answer) -> list[str]:
    """Return an answer as a person reads it."""
    found = [f"{answer.command.value}: {answer.outcome.value}"]
    for step in answer.steps:
        mark = "yes" if step.is_confirmed else "NO " if step.is_vital else "no "
        found.append(f"  {mark} {step.what}" + (f" ({step.detail})" if step.detail else ""))
    if answer.outcome is not Outcome.REFUSED:
        found += [f"  left: {each}" for each in answer.left]
    return [*found, *([f"  {answer.text}"] if answer.text else [])]


def _typed(args: argparse.Namespace, command: Command) -> str:
    if not command.word:
        return ""
    if args.confirm is not None:
        return str(args.confirm)
    if not sys.stdin.isatty():
        raise BadInput(
            f"{command.value}: expected --confirm {command.word} where nobody can be asked, found none; nothing is done"
        )
    print(command.terms.consequence, file=sys.stderr)
    print(f"Type {command.word} to do it: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= _MOST:
        raise argparse.ArgumentTypeError(f"expected seconds from 0 to {_MOST:g}, found {text!r}")
    return found
