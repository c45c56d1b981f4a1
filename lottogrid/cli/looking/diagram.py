"""`lottogrid diagram`: a machine as SVG, PNG, Mermaid or DOT."""

from __future__ import annotations

import argparse
import json
import sys
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from typing import Any

from lottogrid.errors import BadInput, Missing
from machines import diagrams
from machines.base import MachineSpec
from machines.catalog import ALL

_EXAMPLE = """\
examples:
  lottogrid diagram --list
  lottogrid diagram order -o order.svg
  lottogrid diagram engine --format mermaid --active PAUSED
"""

FORMATS = ("svg", "png", "mermaid", "dot")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser(
        "diagram",
        help="draw a state machine",
        description="Draw a state machine, or list them all.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="the machine, as --list names it")
    parser.add_argument("--format", choices=FORMATS, help="svg where -o does not say; png needs graphviz installed")
    parser.add_argument("--active", metavar="STATE", help="mark this state as the present one")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write there instead of standard output")
    parser.add_argument("--list", action="store_true", help="name the machines")
    parser.add_argument("--json", action="store_true", help="with --list: one JSON document")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Draw or list; return the exit code.

    Raises:
        BadInput: for an unknown machine or state, or options that do not go together.
        Missing: when what draws the format is absent, or the file cannot be written.

    """
    if args.list:
        print(_listing_json() if args.json else _listing())
        return 0
    if args.json:
        raise BadInput("diagram: expected --list with --json, found --json alone; a diagram is no JSON")
    if args.name is None:
        raise BadInput(f"diagram: expected a machine or --list, found neither; machines are {', '.join(ALL)}")
    spec = ALL[_known("machine", args.name, tuple(ALL))]
    active = spec.states[_known("state", args.active, tuple(s.name for s in spec.states))] if args.active else None
    _write(_drawn(spec, active, _format(args.format, args.output)), args.output)
    return 0


def _format(asked: str | None, output: Path | None) -> str:
    by_ending = {".mmd": "mermaid", ".gv": "dot"} | {f".{name}": name for name in FORMATS}
    return asked or (by_ending.get(output.suffix, "svg") if output else "svg")


def _drawn(spec: MachineSpec[Any], active: Enum | None, form: str) -> bytes:
    if form == "png":
        return diagrams.png(spec, active)
    if form == "svg":
        return diagrams.svg(spec, active).encode()
    return (diagrams.dot(spec, active=active) if form == "dot" else diagrams.mermaid(spec, active)).encode()


def _write(content: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise Missing(f"diagram: expected to write {output}, found {error.strerror}; choose another file") from error


def _known(kind: str, name: str, names: tuple[str, ...]) -> str:
    by_folded = {known.casefold(): known for known in names}
    found = by_folded.get(name.casefold())
    if found is None:
        near = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.0)[0]
        raise BadInput(f"diagram: expected a {kind} of {', '.join(names)}; found {name}; try {by_folded[near]}")
    return found


def _listing() -> str:
    return "\n".join(f"{name:<12}{spec.title}" for name, spec in ALL.items())


def _listing_json() -> str:
    machines = [
        {
            "name": name,
            "title": spec.title,
            "states": [state.name for state in spec.states],
            "triggers": list(spec.triggers),
        }
        for name, spec in ALL.items()
    ]
    return json.dumps({"machines": machines}, indent=2)
