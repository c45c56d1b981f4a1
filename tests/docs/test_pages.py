"""The pages made from the code: complete, up to date, and noticed when they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from lottogrid.cli import docs
from lottogrid.cli.main import COMMANDS
from lottogrid.risk.reasons import Reason
from lottogrid.settings.model import FIELDS


def test_the_pages_in_the_project_are_up_to_date() -> None:
    """Whoever changes a setting, a reason or a command writes the pages again: `make docs`."""
    assert docs.stale(docs.FOLDER) == []


def test_every_reason_has_its_row() -> None:
    """A code that appears in a log can be looked up."""
    page = docs.reasons()
    assert [reason.name for reason in Reason if f"| `{reason.name}` | {reason.value} |" not in page] == []


def test_every_setting_has_its_row() -> None:
    """A key can be looked up in its section."""
    page = docs.pages()["docs/settings.md"]
    assert [key for key in FIELDS if f"| `{key.partition('.')[2]}` |" not in page] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_an_example(name: str) -> None:
    """Each command has a section with something to copy."""
    section = docs.commands().partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    assert f"lottogrid {name}" in section


def test_check_names_stale_pages_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A changed and an absent page are each named; the exit code is 1."""
    assert docs.main([str(tmp_path)]) == 0
    (tmp_path / "settings.ini").write_text("changed", encoding="utf-8")
    (tmp_path / "docs" / "reasons.md").unlink()

    assert docs.main(["--check", str(tmp_path)]) == 1

    said = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in said] == ["docs/reasons.md", "settings.ini"]
    assert (tmp_path / "settings.ini").read_text(encoding="utf-8") == "changed"


def test_writing_repairs_what_check_found(tmp_path: Path) -> None:
    """After writing, nothing is stale."""
    assert docs.stale(tmp_path) == list(docs.pages())
    assert docs.main([str(tmp_path)]) == 0
    assert docs.main(["--check", str(tmp_path)]) == 0
