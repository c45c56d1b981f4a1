"""The generated pages: complete, up to date, and noticed when they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from machines import document
from machines.catalog import ALL


def test_the_pages_in_the_project_are_up_to_date() -> None:
    """Whoever changes a table writes the pages again: `python -m machines.document`."""
    assert document.stale(document.FOLDER) == []


def test_every_state_has_a_meaning() -> None:
    """The enumerations say in place what each of their states means."""
    for spec in ALL.values():
        assert document.meanings(spec.states).keys() == set(spec.states.__members__)


def test_every_remark_in_a_table_is_on_its_page() -> None:
    """Rows with a comment are repeated where the reader looks."""
    page = document.page(ALL["order"])
    assert "`fill` from CANCELLED, REJECTED, EXPIRED, ABSENT to FILLED: fill after the end" in page
    assert page.count("statuses repeat") == 4


def test_check_names_stale_pages_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A changed, an absent and a left-over page are each named; the exit code is 1."""
    assert document.main([str(tmp_path)]) == 0
    (tmp_path / "order.md").write_text("changed", encoding="utf-8")
    (tmp_path / "leg.md").unlink()
    (tmp_path / "gone.md").write_text("a machine of former days", encoding="utf-8")

    assert document.main(["--check", str(tmp_path)]) == 1

    said = capsys.readouterr().err.splitlines()
    assert [Path(line.split(":")[0]).name for line in said] == ["gone.md", "leg.md", "order.md"]
    assert (tmp_path / "order.md").read_text(encoding="utf-8") == "changed"


def test_writing_repairs_what_check_found(tmp_path: Path) -> None:
    """After writing, nothing is stale, and a left-over page is gone."""
    (tmp_path / "gone.md").write_text("a machine of former days", encoding="utf-8")
    assert document.main([str(tmp_path)]) == 0
    assert document.main(["--check", str(tmp_path)]) == 0
    assert {path.stem for path in tmp_path.iterdir()} == {"index", *ALL}
