"""`lottogrid console`: the commands at a prompt."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Iterable

from lottogrid.cli import options
from lottogrid.control.commands import Command

LOOKS = ("status", "why", "positions", "orders", "decisions")
"""What only shows."""
_PROMPT = "lottogrid> "
_ENDS = {"quit", "exit"}
_EXAMPLES = """
lottogrid console
lottogrid console --ledger /var/lib/lottogrid
echo status | lottogrid console --json
"""

RunProgram = Callable[[list[str]], int]


def add_parser(subparsers: options.Subparsers) -> None:
    """Add the command to the program's parser."""
    purpose = "Give commands at a prompt, one a line; `help` lists them. The exit code is that of the last one."
    parser = options.command(subparsers, "console", purpose, _EXAMPLES)
    options.add_reading(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Read lines until the end and run each; return the code of the last."""
    from lottogrid.cli.main import main  # noqa: PLC0415 - which imports this module

    return talk(_lines(), _passed_on(args), main)


def talk(lines: Iterable[str], always: list[str], program: RunProgram) -> int:
    """Run each line as a command of the program with the words `always` behind it; return the code of the last."""
    code = 0
    for line in lines:
        try:
            words = shlex.split(line, comments=True)
        except ValueError as error:
            print(f"expected a command, found {line.strip()!r}: {error}", file=sys.stderr)
            code = 2
            continue
        if not words:
            continue
        if words[0] in _ENDS:
            break
        code = _one(words, always, program)
    return code


def _one(words: list[str], always: list[str], program: RunProgram) -> int:
    known = (*LOOKS, *(command.value for command in Command))
    if words[0] in {"help", "?"}:
        print(_help())
        return 0
    if words[0] not in known:
        print(f"expected one of {', '.join(known)}, help or quit, found {words[0]!r}", file=sys.stderr)
        return 2
    try:
        return program([*words, *always])
    except SystemExit as end:  # `--help` ends the program, and not the prompt
        return int(end.code or 0)


def _help() -> str:
    shown = [f"  {name:<10} show it" for name in LOOKS]
    given = [f"  {command.value:<10} {command.terms.consequence}" for command in Command]
    return "\n".join([*shown, *given, "  quit       leave; nothing changes by it"])


def _lines() -> Iterable[str]:
    if not sys.stdin.isatty():
        yield from sys.stdin
        return
    while True:
        try:
            yield input(_PROMPT)
        except EOFError:
            print()
            return


def _passed_on(args: argparse.Namespace) -> list[str]:
    given = {"--ledger": args.ledger, "--config": args.config, "--preset": args.preset}
    words = [word for name, value in given.items() if value is not None for word in (name, str(value))]
    values = [word for value in args.set for word in ("--set", value)]
    return [*words, *values, *(["--json"] if args.json else [])]
