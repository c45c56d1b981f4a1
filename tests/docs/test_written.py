"""What people wrote: links lead somewhere, commands and settings exist, defaults are the real ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.simulation.faults import FAULTS
from lottogrid.cli.main import COMMANDS
from lottogrid.settings.kinds import show
from lottogrid.settings.model import FIELDS

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)([^)\s]+)\)")

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def prose(text: str) -> str:
    """Return a page without its fenced blocks."""
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Return the anchors that a page's headings make, as GitHub names them."""
    headings = re.findall(r"^#+ (.+)$", prose(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken(page: Path) -> Iterator[str]:
    """Yield the relative links of a page that lead nowhere."""
    for link in LINK.findall(prose(page.read_text(encoding="utf-8"))):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


@pages
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link, its anchor included, resolves."""
    assert list(broken(page)) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    """A page that is gone and a heading that is gone are both noticed; a good link and a web address are not."""
    (tmp_path / "a.md").write_text("# One two\n\n[x](b.md) [y](#one-two) [z](a.md#three) [w](https://w.org)\n")
    assert list(broken(tmp_path / "a.md")) == ["b.md", "a.md#three"]


@pages
def test_commands_that_are_named_exist(page: Path) -> None:
    """Each `lottogrid NAME` in code is a command of the program, each `make NAME` a target of the Makefile."""
    text = page.read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"^```(?:bash|text|console)?\n.*?^```|`[^`\n]+`", text, re.DOTALL | re.MULTILINE))
    named = set(re.findall(r"(?:^|[`$/]|-m )lottogrid ([a-z][a-z-]*)\b(?![.:])", code, re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    assert named - set(COMMANDS) == set()
    assert set(re.findall(r"(?:^|[`$] ?)make ([a-z-]+)", code, re.MULTILINE)) - targets == set()


def test_the_examples_on_extending_run() -> None:
    """The machine, the actor and the fault that the page adds, block after block as one program."""
    text = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)

    assert len(blocks) >= 5
    space: dict[str, object] = {"__name__": "example"}
    known = dict(FAULTS)
    try:
        for block in blocks:
            exec(compile(block, "extending.md", "exec"), space)
    finally:
        FAULTS.clear()
        FAULTS.update(known)


def test_the_example_tree_runs() -> None:
    """What the page on supervision shows can be copied, and does what it says."""
    text = (ROOT / "docs" / "supervision.md").read_text(encoding="utf-8")
    (example,) = (
        block for block in re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE) if "assert" in block
    )
    exec(compile(example, "supervision.md", "exec"), {"__name__": "example"})


def test_the_defaults_in_the_readme_are_the_real_ones() -> None:
    """A row of the README that names a setting shows its default."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| .+ \| (.+) \| `(\w+\.\w+)` \|$", text, re.MULTILINE)

    assert len(rows) >= 10
    assert [key for default, key in rows if show(FIELDS[key].default) != default.strip("`$ ")] == []
