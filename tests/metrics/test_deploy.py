"""The example dashboard and rules: they name what is served, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lottogrid.settings import Settings
from machines.engine import EngineState
from machines.session import SessionState
from web.metrics import METRICS

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
SERVED = {metric.name: metric for metric in METRICS}
NAME = re.compile(r"\b(?:lottogrid|process)_[a-z_]+")
SELECTOR = re.compile(r"\b((?:lottogrid|process)_[a-z_]+)\{([^}]*)\}")
ADDED = {"job", "instance"}
"""Labels that Prometheus itself adds."""


def rules() -> list[dict[str, Any]]:
    document = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DEPLOY / "grafana" / "lottogrid.json").read_text(encoding="utf-8"))
    return found


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    yield from (target["expr"] for panel in dashboard()["panels"] for target in panel["targets"])


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_an_expression_names_what_is_served(expression: str) -> None:
    """Metrics, their labels, and states that exist."""
    named = set(NAME.findall(expression))
    assert named - SERVED.keys() == set()
    assert named or expression.startswith("up{")
    for name, selectors in SELECTOR.findall(expression):
        labels = dict(re.findall(r'(\w+)[=!~]+"([^"]*)"', selectors))
        assert labels.keys() - set(SERVED[name].labels) - ADDED == set()
    for enum, name in ((EngineState, "engine_state"), (SessionState, "session_state")):
        for states in re.findall(rf'lottogrid_{name}\{{state=~?"([^"]*)"', expression):
            assert set(states.split("|")) <= {state.value for state in enum}
    assert expression.count("(") == expression.count(")")


def test_a_name_that_is_not_served_would_be_found() -> None:
    """The patterns see names wherever they stand."""
    assert set(NAME.findall("increase(lottogrid_gone_total[5m]) > lottogrid_orders{state='x'}")) == {
        "lottogrid_gone_total",
        "lottogrid_orders",
    }


def test_every_rule_says_how_soon_and_what() -> None:
    """A name of its own, a severity, a sentence."""
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) >= 10
    for rule in rules():
        assert rule["labels"]["severity"] in {"critical", "warning", "{{ $labels.severity }}"}
        assert rule["annotations"]["summary"].endswith(".")


def test_the_dashboard_shows_most_of_what_is_served() -> None:
    """Each panel once, none over another."""
    panels = dashboard()["panels"]
    shown = {name for panel in panels for target in panel["targets"] for name in NAME.findall(target["expr"])}
    boxes = [panel["gridPos"] for panel in panels]
    cells = [(box["y"], x) for box in boxes for x in range(box["x"], box["x"] + box["w"])]

    assert len({panel["id"] for panel in panels}) == len({panel["title"] for panel in panels}) == len(panels)
    assert len(cells) == len(set(cells))
    assert {name for name in SERVED if name.startswith("lottogrid_")} - shown <= {
        "lottogrid_info",
        "lottogrid_time_seconds",
        "lottogrid_actor_up",
    }


def test_the_example_scrapes_the_default_port() -> None:
    """Of the page as it is without settings, with the rules beside it."""
    scrape = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    web = Settings().web

    assert scrape["scrape_configs"][0]["static_configs"][0]["targets"] == [f"{web.host}:{web.port}"]
    assert [(DEPLOY / "prometheus" / name).is_file() for name in scrape["rule_files"]] == [True]
