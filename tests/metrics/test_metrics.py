"""`/metrics`: every number that is documented, right, and nothing where something is unknown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from actors.figures import figures
from actors.view import View
from lottogrid.alerts.codes import AlertCode
from lottogrid.settings import Settings
from machines.engine import EngineState
from tests.web import made
from tests.web.conftest import client_of, midday, real_time
from web.metrics import METRICS, POSITION

__all__ = ["client_of", "midday", "real_time"]
ClientOf = Callable[..., FlaskClient]
Read = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(client: FlaskClient) -> Read:
    """Return all samples that a scrape gets, as Prometheus' own parser reads them."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(answer.text)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def value(found: Read, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


def test_names_kinds_and_labels_are_the_documented_ones(midday: tuple[View, Settings], client_of: ClientOf) -> None:
    """No name is served that the table lacks, and none stands there that is not served."""
    answer = client_of(*midday).get("/metrics").text
    kinds = {line.split()[2]: line.split()[3] for line in answer.splitlines() if line.startswith("# TYPE")}
    labels = {
        sample.name: frozenset(sample.labels)
        for family in text_string_to_metric_families(answer)
        for sample in family.samples
    }

    assert {metric.name: metric.kind for metric in METRICS} == kinds
    assert {metric.name: frozenset(metric.labels) for metric in METRICS} == labels
    assert [metric.name for metric in METRICS if not metric.text.endswith(".")] == []


def test_the_numbers_are_those_of_the_picture(midday: tuple[View, Settings], client_of: ClientOf) -> None:
    """Of a real day at noon, with strangles open."""
    view, settings = midday
    found, sums = read(client_of(view, settings)), figures(view)

    assert sums.at_risk_usd is not None
    assert sums.open_usd is not None
    assert sums.price_age is not None
    assert value(found, "lottogrid_ledger_sequence") == view.sequence > 100
    assert value(found, "lottogrid_time_seconds") == view.at.timestamp()
    assert value(found, "lottogrid_premium_at_risk_dollars") == float(sums.at_risk_usd) > 0
    assert value(found, "lottogrid_pnl_dollars", kind="open") == float(sums.open_usd)
    assert value(found, "lottogrid_quote_age_seconds") == sums.price_age.total_seconds()
    held = value(found, "lottogrid_positions", state="open")
    assert held == sum(1 for row in view.positions if row.record.state.value == "open") > 0
    assert sum(number for (name, _), number in found.items() if name == "lottogrid_orders") == sum(
        len(leg.orders) for row in view.positions for leg in row.record.legs
    )
    assert value(found, "lottogrid_actor_up", actor="ledger") == value(found, "lottogrid_actor_up", actor=POSITION) == 1
    assert value(found, "process_resident_memory_bytes") > 1e6


def test_each_strangle_is_no_series_of_its_own(midday: tuple[View, Settings], client_of: ClientOf) -> None:
    """A monitor keeps every label that it has ever seen."""
    assert midday[0].open_positions
    assert not any(label.startswith("LG-") for _, labels in read(client_of(*midday)) for _, label in labels)


def test_exactly_one_state_is_lit(client_of: ClientOf) -> None:
    """And all states are there, so that a rule can name one that never was."""
    found = read(client_of(made.troubled_view()))
    states = {
        dict(labels)["state"]: number for (name, labels), number in found.items() if name.endswith("engine_state")
    }

    assert states == {state.value: float(state is EngineState.HALTED) for state in EngineState}


def test_trouble_shows(client_of: ClientOf) -> None:
    """Alarms that stand, books that differ, an actor that is down, dead letters."""
    found = read(client_of(made.troubled_view()))

    assert value(found, "lottogrid_alarms", code="BOOKS_DIFFER", severity="critical") == 1
    assert sum(number for (name, _), number in found.items() if name == "lottogrid_alarms") == 1
    assert sum(1 for name, _ in found if name == "lottogrid_alarms") == len(AlertCode)
    assert value(found, "lottogrid_books_agree") == 0
    assert value(found, "lottogrid_actor_up", actor="ledger") == 0
    assert value(found, "lottogrid_actor_restarts_total", actor="ledger") == 3
    assert value(found, "lottogrid_dead_letters_total") == 1


def test_what_is_unknown_has_no_sample(client_of: ClientOf) -> None:
    """It would be taken for 0."""
    names = {name for name, _ in read(client_of(made.empty_view()))}

    assert "lottogrid_ledger_sequence" in names
    missing = {"engine_state", "link_state", "quote_age_seconds", "pnl_dollars", "worst_loss_dollars", "books_agree"}
    assert names & {f"lottogrid_{name}" for name in missing} == set()


def test_a_picture_that_stands_still_is_doubted(client_of: ClientOf, real_time: list[float]) -> None:
    """The numbers go on, and say that they are old."""
    client = client_of(made.quiet_view())
    assert value(read(client), "lottogrid_doubts") == 0
    real_time[0] += 60
    assert value(read(client), "lottogrid_doubts") == 1


def test_an_open_gain_that_is_unknown_is_left_out_alone(client_of: ClientOf) -> None:
    """The realised one stays."""
    view = made.quiet_view()
    assert view.risk is not None
    blind = replace(view, risk=replace(view.risk, book=replace(view.risk.book, open_count=1)))
    found = read(client_of(blind))

    assert value(found, "lottogrid_pnl_dollars", kind="realised") == float(Decimal(-10))
    assert ("lottogrid_pnl_dollars", frozenset({("kind", "open")})) not in found
