"""The documentation as a site: whole, without a dead link, and with nothing loaded from elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from machines.catalog import ALL

pytest.importorskip("mkdocs", reason="needs the extra [docs]")
pytestmark = [pytest.mark.process, pytest.mark.slow]  # one build, a few seconds

ROOT = Path(__file__).resolve().parents[2]
LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src", "object": "data"}


class Page(HTMLParser):
    """What a page loads, and where it leads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if (loaded := given.get(LOADED.get(tag, ""))) is not None:
            self.loads.append(loaded)
        if tag == "a" and (link := given.get("href")):
            self.links.append(link)


def build(project: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Build the site as `make site` does."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(target)]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site."""
    target = tmp_path_factory.mktemp("site")
    done = build(ROOT, target)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return target


def test_every_page_is_in_it(site: Path) -> None:
    """Those of the documentation, and those from the root that it begins with."""
    wanted = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    found = {path.relative_to(site) for path in site.rglob("*.html")}

    assert wanted - found == set()
    assert {Path(f"project/{name}.html") for name in ("readme", "contributing", "changelog")} <= found


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    """Neither by a page nor by a style sheet: it can be read without a network."""
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    foreign = re.compile(r"^(https?:)?//")
    assert [link for page in pages.values() for link in page.loads if foreign.match(link)] == []
    for sheet in site.rglob("*.css"):
        urls = re.findall(r"url\(\s*['\"]?([^'\")]+)", sheet.read_text(encoding="utf-8"))
        assert [url for url in urls if foreign.match(url)] == []
    assert sum(len(page.loads) for page in pages.values()) > len(pages)


def test_every_link_and_file_is_there(site: Path) -> None:
    """Also to source files, which come along as text."""
    missing = []
    for path in site.rglob("*.html"):
        page = Page(path.read_text(encoding="utf-8"))
        for link in (*page.links, *page.loads):
            name = link.partition("#")[0].partition("?")[0]
            if name and not re.match(r"^[a-z]+:", name) and not name.startswith("/"):
                target = (path.parent / name).resolve()
                missing += [] if target.exists() else [f"{path.relative_to(site)}: {link}"]
    assert missing == []


@pytest.mark.parametrize("name", ALL)
def test_a_machine_is_drawn(name: str, site: Path) -> None:
    """From its table, not from a picture that somebody made once."""
    text = (site / "machines" / f"{name}.html").read_text(encoding="utf-8")
    states = len(ALL[name].states)
    drawing = text.partition("<figure><svg")[2].partition("</svg>")[0]

    assert drawing.count('class="node"') >= states
    assert "stateDiagram" not in text


def test_a_dead_link_fails_the_build(tmp_path: Path) -> None:
    """In a copy with one page more that leads nowhere."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text(
        (ROOT / "mkdocs.yml").read_text(encoding="utf-8").replace("hooks: [docs/_site/hooks.py]\n", ""),
        encoding="utf-8",
    )
    (tmp_path / "docs" / "index.md").write_text("# One\n\n[gone](gone.md) [nowhere](#three)\n", encoding="utf-8")
    done = build(tmp_path, tmp_path / "out")

    assert done.returncode == 1
    assert "gone.md" in done.stderr
    assert "#three" in done.stderr
