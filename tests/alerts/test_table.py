"""One table: the codes, the pages of the runbook, and the places that raise them."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors import messages as m
from lottogrid.alerts.codes import ALERTS, HALTING, AlertCode, Severity, code_of_halt
from lottogrid.risk.reasons import Reason

ROOT = Path(__file__).resolve().parents[2]
RUNBOOK = ROOT / "docs" / "runbook"
HEADINGS = ["What it means", "What the bot does by itself", "What to do", "How to see that it is over"]
WORDS = 20
"""Fewer say nothing about a heading; news and tests need less."""

codes = pytest.mark.parametrize("code", AlertCode, ids=lambda code: code.value)


def named_in(path: Path) -> Iterator[AlertCode]:
    """Yield the codes that a module names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "AlertCode":
            yield AlertCode[node.attr]


def test_every_code_has_its_row_and_its_page() -> None:
    """And there is no page of a code that is gone."""
    assert list(ALERTS) == list(AlertCode)
    assert {page.stem for page in RUNBOOK.glob("*.md")} == {code.value for code in AlertCode} | {"index"}


@codes
def test_a_page_says_what_the_table_says_and_what_to_do(code: AlertCode) -> None:
    """Title, severity, text and first step are the table's; each of the four headings has words of its own below it."""
    page = (RUNBOOK / f"{code.value}.md").read_text(encoding="utf-8")
    alert = ALERTS[code]
    head, *parts = re.split(r"^## ", page, flags=re.MULTILINE)
    severity = alert.severity.value.capitalize()

    assert head.strip() == f"# {code.name}\n\n**{severity}.** {alert.text}\n**First:** {alert.action}"
    assert [part.partition("\n")[0] for part in parts] == HEADINGS
    least = WORDS if alert.severity is Severity.CRITICAL else 4
    assert [len(part.split()) >= least // 2 for part in parts] == [True] * len(HEADINGS)
    assert len(page.split()) >= 4 * least


def test_no_two_pages_share_a_part() -> None:
    """What is copied from one page to the next helps nobody."""
    texts = Counter(
        part
        for code in AlertCode
        for part in re.split(r"^## .*$", (RUNBOOK / f"{code.value}.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
        if len(part.split()) >= WORDS
    )
    assert [text for text, count in texts.items() if count > 1] == []


def test_every_code_is_raised_somewhere() -> None:
    """By an actor, the watch, or the command; only the faults of a simulation and tests raise what is a test."""
    modules = [
        path
        for folder in ("actors", "lottogrid/cli")
        for path in (ROOT / folder).rglob("*.py")
        if "simulation" not in path.parts
    ]
    raised = {code for path in modules for code in named_in(path)} | {code_of_halt(reason) for reason in Reason}
    assert set(AlertCode) - raised == set()


def test_whoever_raises_an_alarm_names_a_code_or_a_halt() -> None:
    """No alarm is built from anything that the table does not know."""
    paths = [path for folder in ("actors", "lottogrid", "web") for path in (ROOT / folder).rglob("*.py")]
    found = [
        ast.unparse(node.args[0])
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "m.Alarm"
    ]
    assert len(found) >= 9
    assert [first for first in found if not first.startswith("AlertCode.") and "code_of_halt(" not in first] == []


def test_every_halt_is_critical_and_ends_with_a_rearm() -> None:
    """A halt without an alarm that a person must see would not be one."""
    assert {code_of_halt(reason) for reason in Reason} <= set(HALTING)
    assert {code.severity for code in HALTING} == {Severity.CRITICAL}
    assert m.Alarm(AlertCode.HALTED, "").urgent
    assert not m.Alarm(AlertCode.LINK_LOST, "").urgent
