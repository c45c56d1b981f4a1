"""Writes a page for each machine from its table: `python -m machines.document [--check] [FOLDER]`."""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any

from machines import catalog
from machines.base import MachineSpec
from machines.diagrams import mermaid

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "machines"

_GENERATED = "<!-- Generated from the tables by `python -m machines.document`; do not edit. -->"


def pages(machines: Mapping[str, MachineSpec[Any]] = catalog.ALL) -> dict[str, str]:
    """Return the text of every page by its file name."""
    return {"index.md": _index(machines)} | {f"{name}.md": page(spec) for name, spec in machines.items()}


def page(spec: MachineSpec[Any]) -> str:
    """Return the page of one machine: diagram, states, steps, and where the world is odd."""
    source = inspect.getsource(import_module(f"machines.{spec.name}"))
    parts = [
        _GENERATED,
        f"# {spec.name.capitalize()} machine",
        ast.get_docstring(ast.parse(source)) or spec.title,
        f"```mermaid\n{mermaid(spec)}```",
        "## States\n\n" + _states(spec),
        "## Steps\n\nRows are states, columns triggers; an empty cell is refused.\n\n" + _steps(spec),
        "## Where the world is odd\n\n" + "\n".join(_remarks(source)),
    ]
    return "\n\n".join(parts) + "\n"


def meanings(states: type[Enum]) -> dict[str, str]:
    """Return what stands in the source below each state, by the state's name."""
    body = ast.parse(inspect.getsource(states)).body[0]
    found = {}
    for member, text in zip(body.body, body.body[1:], strict=False) if isinstance(body, ast.ClassDef) else ():
        match member, text:
            case ast.Assign(targets=[ast.Name(id=name)]), ast.Expr(value=ast.Constant(value=str(meaning))):
                found[name] = meaning
    return found


def stale(folder: Path) -> list[str]:
    """Return the names of pages in `folder` that differ from the tables, are absent, or belong to no machine."""
    wanted = pages()
    present = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    return sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))


def main(arguments: list[str] | None = None) -> int:
    """Write the pages, or with `--check` name those that are stale and return 1."""
    parser = argparse.ArgumentParser(prog="python -m machines.document", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page is stale")
    options = parser.parse_args(arguments)
    names = stale(options.folder)
    if options.check:
        for name in names:
            sys.stderr.write(f"{options.folder / name}: expected what the tables say, found another text; ")
            sys.stderr.write("run python -m machines.document\n")
        return 1 if names else 0
    options.folder.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for name in names:
        if name in wanted:
            (options.folder / name).write_text(wanted[name], encoding="utf-8")
        else:
            (options.folder / name).unlink()
    return 0


def _index(machines: Mapping[str, MachineSpec[Any]]) -> str:
    rows = [
        [f"[{name}]({name}.md)", spec.title, str(len(spec.states.__members__)), str(len(spec.triggers))]
        for name, spec in machines.items()
    ]
    return (
        f"{_GENERATED}\n\n# Machines\n\n{_LEGEND}\n\n{_table(['machine', 'what it is', 'states', 'triggers'], rows)}\n"
    )


_LEGEND = """\
A life stands in one state and moves by triggers; a trigger that its state does not admit is refused, never ignored.
In the diagrams a state that waits says which trigger its timeout fires, `stays on` names triggers that are admitted and
change nothing, and an arrow from a list of states is that trigger from each of them. `lottogrid diagram NAME` draws a
machine as SVG, PNG, Mermaid or DOT."""


def _states(spec: MachineSpec[Any]) -> str:
    said = meanings(spec.states)
    rows = [[state.name, said.get(state.name, ""), _lasts(spec, state)] for state in spec.states]
    return _table(["state", "meaning", "how long it may last"], rows)


def _lasts(spec: MachineSpec[Any], state: Enum) -> str:
    if state in spec.timeouts:
        return f"times out: `{spec.timeouts[state]}`"
    if state in spec.rests:
        return f"without limit: {spec.rests[state]}"
    after = ", ".join(f"`{trigger}`" for trigger, source, dest in spec.steps if source is state and dest is not state)
    return f"final, but for {after}" if after else "final"


def _steps(spec: MachineSpec[Any]) -> str:
    cells = {(source, trigger): dest.name for trigger, source, dest in spec.steps}
    rows = [[f"**{s.name}**", *(cells.get((s, trigger), "") for trigger in spec.triggers)] for s in spec.states]
    return _table(["", *(f"`{trigger}`" for trigger in spec.triggers)], rows)


def _remarks(source: str) -> Iterator[str]:
    for trigger, sources, dest, remark in _ROW.findall(source):
        yield f"- `{trigger}` from {', '.join(re.findall(r'S.([A-Z_]+)', sources))} to {dest}: {remark}"


_ROW = re.compile(r'^ +\("(\w+)", (.+), S\.(\w+)\),  # (.+)$', re.MULTILINE)
"""A row of a table with a comment behind it."""


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join(_lines(head, rows))


def _lines(head: list[str], rows: list[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


if __name__ == "__main__":
    sys.exit(main())
