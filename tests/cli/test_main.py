"""The program itself: its help, and what becomes of errors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lottogrid import __version__
from lottogrid.cli.main import COMMANDS, main
from lottogrid.cli.research import replay
from tests.cli.conftest import Call


def test_the_help_of_the_program_imports_nothing_heavy() -> None:
    """It answers at once, because no command's module is imported for it."""
    code = (
        "import sys; from lottogrid.cli.main import parser; parser().format_help();"
        "print(sorted({'numpy', 'pandas', 'flask', 'pydantic', 'rich', 'pykka', 'peewee'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "diagram"])
def test_the_help_of_a_command_says_what_it_does_and_shows_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both can be read without running anything."""
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert f"\n  lottogrid {command}" in text


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """As the package has it."""
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.strip() == f"lottogrid {__version__}"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rnu"], "expected a COMMAND, found 'rnu'; try run, or see"),
        (["qqqq"], "expected a COMMAND, found 'qqqq'; see"),
        ([], "expected a COMMAND, found none"),
        (["replay", "--dyas", "3"], "unrecognized arguments: --dyas 3; see `lottogrid replay --help`"),
        (["data", "check", "--dyas"], "unrecognized arguments: --dyas; see `lottogrid data check --help`"),
        (["replay", "--day", "3"], "unrecognized arguments: --day"),
        (["replay", "--days", "0"], "expected a whole number from 1 on, found '0'"),
        (["replay", "--from", "2026-02-30"], "expected a day as YYYY-MM-DD, found '2026-02-30'"),
        (["run", "--as-of", "2026-01-05T10:30"], "expected an instant with its offset"),
    ],
)
def test_a_command_line_that_is_not_understood_is_refused_in_one_line(words: list[str], said: str, call: Call) -> None:
    """It says where help is; an abbreviated option is none."""
    found = call(*words)
    assert found.code == 2
    assert found.out == ""
    assert found.err.count("\n") == 1
    assert found.err.startswith("lottogrid: ")
    assert said in found.err
    assert "--help" in found.err


def test_an_unexpected_error_is_one_line_and_its_origin_is_in_a_file(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person is not shown a traceback; whoever repairs it finds one, without the values of variables."""

    def fail(_: object) -> int:
        secret = "hunter2"  # noqa: F841
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr(replay, "run", fail)
    found = call("replay")
    assert found.code == 1
    assert found.err.count("\n") == 1
    assert "ZeroDivisionError: by nought" in found.err
    log = Path(found.err.split()[-1])
    text = log.read_text(encoding="utf-8")
    log.unlink()
    assert "in fail" in text
    assert text.count("hunter2") == text.count('secret = "hunter2"')


def test_ctrl_c_ends_a_command_quietly(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the code that shells know."""

    def interrupt(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(replay, "run", interrupt)
    found = call("replay")
    assert (found.code, found.err) == (130, "lottogrid: interrupted\n")


@pytest.mark.process
def test_the_package_can_be_run() -> None:
    """`python -m lottogrid` is the program, and its exit code the process's."""
    found = subprocess.run([sys.executable, "-m", "lottogrid", "nothing"], capture_output=True, text=True, check=False)
    assert found.returncode == 2
    assert found.stderr.startswith("lottogrid: ")
