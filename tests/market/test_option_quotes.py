"""Reading files of option quotes."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lottogrid.errors import BadInput, LottogridError, Missing
from lottogrid.market.option_quotes import read_quotes
from tests.market.made import MONDAY
from tests.market.quotes import HEADER, snapshot, write_quotes

NAMES = ",".join(HEADER)
CALL = "2025-03-03T10:00:00-05:00,SPXW,2025-03-03,C,6005,9.9,10.1,,6003.1"
PUT = "2025-03-03T10:00:00-05:00,SPXW,2025-03-03,P,6005,,,12.5,6003.1"


def written(folder: Path, *lines: str) -> Path:
    path = folder / "quotes.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_returns_the_quotes_of_one_time_together(tmp_path: Path) -> None:
    """A middle is taken as given, else made from bid and ask; what is empty is unknown."""
    (found,) = read_quotes(written(tmp_path, NAMES, PUT, CALL))

    assert found.at == datetime(2025, 3, 3, 15, 0, tzinfo=UTC)
    assert (found.root, found.expiry, found.underlying) == ("SPXW", date(2025, 3, 3), 6003.1)
    assert found.is_call.tolist() == [True, False]
    assert found.mid.tolist() == [10.0, 12.5]
    assert math.isnan(found.bid[1])


def test_reads_what_it_would_write(tmp_path: Path) -> None:
    """A file of made quotes has the same numbers."""
    made = [snapshot(MONDAY, at, 0.12, spread=0.02) for at in (time(10), time(11))]

    found = read_quotes(write_quotes(tmp_path / "quotes.csv", made))

    for read, wrote in zip(found, made, strict=True):
        assert read.at == wrote.at
        assert read.strike.tolist() == wrote.strike.tolist()
        assert read.ask.tolist() == wrote.ask.tolist()
        assert read.mid.tolist() == wrote.mid.tolist()


def test_columns_may_stand_in_any_order_with_others_between(tmp_path: Path) -> None:
    """Vendors add greeks; a middle is not needed where there are bid and ask."""
    lines = (
        "ask,bid,delta,underlying,strike,right,expiry,root,quote_ts",
        ("10.1,9.9,0.5,6003.1,6005,C,2025-03-03,SPXW,2025-03-03T10:00:00-05:00"),
    )
    (found,) = read_quotes(written(tmp_path, *lines))
    assert found.mid.tolist() == [10.0]


def test_an_option_without_any_price_stays_listed(tmp_path: Path) -> None:
    """Its prices are unknown, never 0."""
    (found,) = read_quotes(written(tmp_path, NAMES, CALL.replace("9.9,10.1", ",")))
    assert math.isnan(found.mid[0])


def test_parquet_holds_the_same_quotes(tmp_path: Path) -> None:
    """Floats, dates and times of Parquet mean what they mean in CSV."""
    pytest.importorskip("pyarrow", reason="pyarrow, which reads Parquet, is absent; pip install pyarrow")
    made = [snapshot(MONDAY, time(10), 0.12)]
    frame = pd.read_csv(write_quotes(tmp_path / "quotes.csv", made))
    frame["quote_ts"] = pd.to_datetime(frame["quote_ts"])
    frame.to_parquet(tmp_path / "quotes.parquet")

    (found,) = read_quotes(tmp_path / "quotes.parquet")

    assert found.mid.tolist() == made[0].mid.tolist()
    assert all(map(math.isnan, found.bid))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (CALL.replace("-05:00", ""), "quote_ts: expected an ISO 8601 time with its offset"),
        (CALL.replace("2025-03-03,C", "March,C"), "expiry: expected a date"),
        (CALL.replace(",C,", ",call,"), "right: expected C or P, found 'call'"),
        (CALL.replace("6005", "0"), "strike: expected a number above 0"),
        (CALL.replace("6005", ""), "strike, underlying: expected both"),
        (CALL.replace("6003.1", "nan"), "underlying: expected a number above 0, found 'nan'"),
        (CALL.replace("9.9", "-1"), "bid: expected a number from 0 on, found '-1'"),
        (CALL.replace("10.1", "inf"), "ask: expected a number from 0 on, found 'inf'"),
        (CALL.replace("9.9", "10.2"), "bid: expected at most the ask"),
        (CALL + ",1", "columns: expected 9 values"),
        (PUT, "strike: expected each option once at one time, found 'P 6005 again'"),
    ],
)
def test_refuses_a_bad_line_with_its_number(tmp_path: Path, line: str, reason: str) -> None:
    """One fault in one line refuses the whole file."""
    path = written(tmp_path, NAMES, PUT, line)
    with pytest.raises(BadInput) as caught:
        read_quotes(path)
    assert str(caught.value).startswith(f"{path} line 3: {reason}")


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (NAMES.replace("strike", "k"), "none called strike"),
        (NAMES.replace("mid", "middle").replace("bid", "b"), "none called a column mid, or columns bid and ask"),
        (NAMES.replace("ask", "bid"), "each column once"),
    ],
)
def test_refuses_other_columns(tmp_path: Path, names: str, found: str) -> None:
    """The message names the column that is not there."""
    with pytest.raises(BadInput, match=found):
        read_quotes(written(tmp_path, names, CALL))


def test_refuses_a_file_without_quotes(tmp_path: Path) -> None:
    """Column names alone are an error, not an empty list; an absent file is a missing thing."""
    with pytest.raises(BadInput, match="found none"):
        read_quotes(written(tmp_path, NAMES))
    with pytest.raises(Missing, match="readable file of option quotes"):
        read_quotes(tmp_path / "absent.csv")


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"{NAMES}\n{CALL}\n{text}".encode()))
@hypothesis_settings(max_examples=100)
def test_whatever_is_in_the_file_the_answer_is_quotes_or_one_clear_line(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """No content of a file makes the reader crash or return nothing."""
    path = tmp_path_factory.getbasetemp() / "any-quotes.csv"
    path.write_bytes(content)
    complaint: list[str] = []
    found = []
    try:
        found = read_quotes(path)
    except LottogridError as error:
        complaint = str(error).splitlines()

    assert bool(found) != (len(complaint) == 1)
