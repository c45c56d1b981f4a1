"""What mkdocs does beside its own work: links out of `docs/` keep leading somewhere, and machines are drawn.

The pages are read on a code host as well, so that they link to the README, to source files, and to each other as files.
In the site the README, the contributing page and the changelog become pages, and every source file that a page names
comes along as text. Where a page has a machine's Mermaid text, the site shows the drawing of `lottogrid diagram`.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from machines.catalog import ALL
from machines.diagrams import svg

ROOT = Path(__file__).resolve().parents[2]
PROJECT = {"README.md": "readme.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
"""Pages at the root of the project, and what they are called in the site's folder `project`."""

_LINK = re.compile(r"(?P<before>\]\()(?P<path>(?!https?:|mailto:|#)[^)#\s]+)(?P<anchor>#[^)\s]*)?(?P<after>\))")
_SECTION = re.compile(r"^\*\*(.+)\*\*$", re.MULTILINE)
_ENTRY = re.compile(r"^- \[(?P<title>[^\]]+)\]\((?P<path>[^)]+)\)", re.MULTILINE)
_DIAGRAM = re.compile(r"```mermaid\n.*?^```\n?", re.DOTALL | re.MULTILINE)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Take the order of the pages from the list on the first one, so that both have the same."""
    text = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    _, *sections = _SECTION.split(text)
    pages = [[_entry(link["title"], link["path"]) for link in _ENTRY.finditer(body)] for body in sections[1::2]]
    first = [{"Documentation": "index.md"}, {"Start": "project/readme.md"}]
    config.nav = [*first, *({title: listed} for title, listed in zip(sections[::2], pages, strict=True))]
    return config


def _entry(title: str, path: str) -> dict[str, Any]:
    if path.startswith("../"):
        return {title: f"project/{PROJECT[path.removeprefix('../')]}"}
    if not path.endswith("/index.md"):
        return {title: path}
    folder = Path(path).parent
    below = sorted((ROOT / "docs" / folder).glob("*.md"))
    return {title: [path, *(f"{folder}/{page.name}" for page in below if page.name != "index.md")]}


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages from the root, and the sources that pages name."""
    for name, called in PROJECT.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        files.append(File.generated(config, f"project/{called}", content=text))
    named = {source for page in files.documentation_pages() for source in _sources(page)}
    for source in sorted(named):
        content = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, _uri_of_source(source), content=content))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links lead to what the site has, and show drawings."""
    del config, files
    uri = page.file.src_uri
    machine = Path(uri).stem if uri.startswith("machines/") else ""
    if machine in ALL:
        # Inside the page it takes the page's colours, light or dark.
        markdown = _DIAGRAM.sub(lambda _: f"<figure>{svg(ALL[machine])}</figure>\n", markdown, count=1)

    def replace(found: re.Match[str]) -> str:
        target = _in_site(uri, found["path"])
        if target is None:
            return found[0]
        path = posixpath.relpath(target, posixpath.dirname(uri) or ".")
        # A source's text has no headings to lead to.
        anchor = "" if target.startswith("source/") else found["anchor"] or ""
        return f"{found['before']}{path}{anchor}{found['after']}"

    return _LINK.sub(replace, markdown)


def _origin(uri: str) -> Path:
    """Return where in the project the page of the site was written."""
    at_root = {f"project/{called}": name for name, called in PROJECT.items()}
    return ROOT / (at_root.get(uri) or f"docs/{uri}")


def _in_site(uri: str, path: str) -> str | None:
    """Return what the site has for a link of a page; None where mkdocs finds it by itself, or shall complain."""
    target = (_origin(uri).parent / path).resolve()
    if not target.is_relative_to(ROOT) or not target.exists():
        return None
    name = target.relative_to(ROOT).as_posix()
    if name in PROJECT:
        return f"project/{PROJECT[name]}"
    if name.startswith("docs/"):
        return name.removeprefix("docs/")
    return _uri_of_source(_file(name))


def _sources(page: File) -> list[str]:
    """Return the files outside `docs/` that a page links to, but for those that are pages."""
    text = _origin(page.src_uri).read_text(encoding="utf-8")
    found = (_in_site(page.src_uri, link["path"]) for link in _LINK.finditer(text))
    names = [uri.removeprefix("source/").removesuffix(".txt") for uri in found if uri and uri.startswith("source/")]
    return list(dict.fromkeys(names))


def _file(name: str) -> str:
    """A package is shown by what it says of itself."""
    return f"{name}/__init__.py" if (ROOT / name).is_dir() else name


def _uri_of_source(name: str) -> str:
    return f"source/{name}.txt"
