"""`lottogrid diagram`: prints or writes what was asked for, and says what it did not understand."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from lottogrid.cli.looking import diagram
from lottogrid.errors import BadInput, Missing
from machines.catalog import ALL


def run(*words: str) -> int:
    """Parse and run the command as the program does."""
    parser = argparse.ArgumentParser()
    diagram.add_parser(parser.add_subparsers())
    args = parser.parse_args(["diagram", *words])
    return int(args.func(args))


@pytest.mark.parametrize(
    ("form", "begins"), [("svg", "<svg"), ("mermaid", "stateDiagram-v2"), ("dot", "digraph order {")]
)
def test_a_machine_is_printed_in_the_form_asked_for(
    form: str, begins: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Standard output holds the diagram and nothing else."""
    assert run("order", "--format", form) == 0
    assert capsysbinary.readouterr().out.decode().startswith(begins)


@pytest.mark.parametrize(("name", "begins"), [("o.svg", "<svg"), ("o.mmd", "stateDiagram"), ("o.gv", "digraph")])
def test_the_file_name_decides_the_form(name: str, begins: str, tmp_path: Path) -> None:
    """Without --format the ending is believed."""
    assert run("order", "-o", str(tmp_path / name)) == 0
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)


def test_the_present_state_can_be_marked(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Names are taken without regard to case."""
    run("ENGINE", "--format", "mermaid", "--active", "paused")
    assert "PAUSED : ● now" in capsysbinary.readouterr().out.decode()


def test_the_list_names_every_machine(capsys: pytest.CaptureFixture[str]) -> None:
    """One line a machine."""
    assert run("--list") == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(ALL)


def test_the_list_as_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    """It carries states and triggers."""
    assert run("--list", "--json") == 0
    machines = {machine["name"]: machine for machine in json.loads(capsys.readouterr().out)["machines"]}
    assert machines["session"]["states"][:2] == ["CLOSED", "PRE_OPEN"]
    assert machines["session"]["triggers"][:2] == ["pre_open", "open"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ordr"], "found ordr; try order"),
        (["engine", "--active", "PAUSE"], "found PAUSE; try PAUSED"),
        ([], "expected a machine or --list"),
        (["order", "--json"], "expected --list with --json"),
    ],
)
def test_what_is_not_understood_is_said_with_the_nearest_name(words: list[str], said: str) -> None:
    """Nothing is drawn."""
    with pytest.raises(BadInput, match=said):
        run(*words)


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """The reason is the system's."""
    with pytest.raises(Missing, match="No such file or directory"):
        run("order", "-o", str(tmp_path / "absent" / "order.svg"))


def test_help_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    """The help of the command can be copied from."""
    with pytest.raises(SystemExit):
        run("--help")
    assert "lottogrid diagram order -o order.svg" in capsys.readouterr().out
