"""The ledger's tables as CSV and Parquet."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from peewee import BooleanField, IntegerField, TextField
from pyarrow import parquet

from lottogrid.errors import BadInput, Missing
from lottogrid.ledger.export import Format, export
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.models import TABLES
from lottogrid.ledger.place import Place
from lottogrid.ledger.records import DayOpened
from lottogrid.ledger.tables import kinds_of, name_of
from tests.ledger.builders import DAY, FIRST, NOON, planned


@pytest.fixture
def ledger(place: Place) -> Place:
    """A ledger with a day and a position in it, still open for writing."""
    writer = Ledger.open(place, durable=False)
    writer.commit([DayOpened(at=NOON, trading_date=DAY, baseline_usd=Decimal("5000.10")), planned()])
    return place


def test_csv_says_what_the_ledger_says(ledger: Place, tmp_path: Path) -> None:
    """Exact decimals, instants in UTC, nothing for what is unknown."""
    counts = export(ledger, tmp_path / "out", "csv")

    assert counts["positions"] == 1
    assert counts["legs"] == 2
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(f"{name}.csv" for name in counts)
    with (tmp_path / "out" / "days.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.DictReader(file)) == [
            {"trading_date": "2025-04-09", "at": "2025-04-09T16:00:00.000000+00:00", "baseline_usd": "5000.10"}
        ]
    with (tmp_path / "out" / "positions.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["position_id"], row["is_open"], row["level"]) == (FIRST, "true", "1.25")


def test_parquet_has_types(ledger: Place, tmp_path: Path) -> None:
    """Instants, dates and decimals come back as such."""
    counts = export(ledger, tmp_path / "out", "parquet")

    (day,) = parquet.read_table(tmp_path / "out" / "days.parquet").to_pylist()
    assert day["trading_date"] == date(2025, 4, 9)
    assert day["at"] == datetime(2025, 4, 9, 16, tzinfo=UTC)
    assert day["baseline_usd"] == Decimal("5000.10")
    for name, count in counts.items():
        assert parquet.read_metadata(tmp_path / "out" / f"{name}.parquet").num_rows == count


def test_an_empty_ledger_has_empty_files(tmp_path: Path) -> None:
    """Their columns are there, with their types."""
    path = tmp_path / "ledger.sqlite"
    Ledger.open(path, durable=False).close()
    assert set(export(path, tmp_path / "out", "parquet").values()) == {0}
    assert "price" in parquet.read_schema(tmp_path / "out" / "executions.parquet").names


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_nothing_is_overwritten_and_nothing_is_left_half_done(form: Format, ledger: Place, tmp_path: Path) -> None:
    """A folder that exists is refused; an absent ledger leaves no folder."""
    (tmp_path / "taken").mkdir()
    with pytest.raises(BadInput, match="expected a new folder"):
        export(ledger, tmp_path / "taken", form)
    with pytest.raises(Missing, match="found none"):
        export(tmp_path / "absent.sqlite", tmp_path / "out", form)
    assert not list(tmp_path.glob("out*"))


def test_every_column_has_a_kind_that_fits_its_name() -> None:
    """A new column of money or time that the export takes for plain text or a number would be noticed here."""
    for table in TABLES:
        for field, (column, kind) in zip(table._meta.sorted_fields, kinds_of(table).items(), strict=True):
            expected = {BooleanField: {"flag"}, TextField: {"text", "decimal", "date"}}.get(
                type(field), {"number", "instant"} if isinstance(field, IntegerField) else set()
            )
            assert kind in expected, f"{name_of(table)}.{column}"
            looks_like_money = column.endswith(("_usd", "_price", "price", "commission", "multiple"))
            assert looks_like_money <= (kind == "decimal"), f"{name_of(table)}.{column}"
            assert column.endswith(("_at", "_date")) <= (kind in {"instant", "date"}), f"{name_of(table)}.{column}"
