"""Reading files of bars."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lottogrid.errors import BadInput, LottogridError, Missing
from lottogrid.market.bars import Bar
from lottogrid.market.reader import COLUMNS, read_bars
from tests.market.made import TICK

HEADER = ",".join(COLUMNS)
FIRST = "2025-03-03T09:30:00-05:00,6000.25,6001.00,5999.75,6000.50,12"
SECOND = "2025-03-03T09:31:00-05:00,6000.50,6000.75,6000.00,6000.00,"


def bar(minute: int, prices: tuple[str, str, str, str], volume: int | None) -> Bar:
    opening, high, low, close = map(Decimal, prices)
    return Bar(datetime(2025, 3, 3, 14, minute, tzinfo=UTC), opening, high, low, close, volume)


BARS = [
    bar(30, ("6000.25", "6001", "5999.75", "6000.5"), 12),
    bar(31, ("6000.5", "6000.75", "6000", "6000"), None),
]


def written(folder: Path, *lines: str, name: str = "bars.csv") -> Path:
    path = folder / name
    data = "\n".join(lines).encode() + b"\n"
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        read_bars(path, tick=TICK)
    return str(caught.value)


def test_returns_bars_in_utc_with_exact_prices(tmp_path: Path) -> None:
    """A CSV file becomes bars in UTC, prices exact, an empty volume unknown."""
    assert read_bars(written(tmp_path, HEADER, FIRST, SECOND), tick=TICK) == BARS


def test_reads_gzip(tmp_path: Path) -> None:
    """A file named .gz is unpacked."""
    assert read_bars(written(tmp_path, HEADER, FIRST, SECOND, name="bars.csv.gz"), tick=TICK) == BARS


def test_reads_the_line_ends_and_mark_of_windows(tmp_path: Path) -> None:
    """A byte order mark and CRLF, as spreadsheets write them, do no harm."""
    path = tmp_path / "bars.csv"
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEADER}\r\n{FIRST}\r\n{SECOND}\r\n".encode())

    assert read_bars(path, tick=TICK) == BARS


def test_reads_another_tick(tmp_path: Path) -> None:
    """The tick is the caller's: cents pass where the tick is a cent."""
    line = FIRST.replace("6000.25", "6000.26")

    assert read_bars(written(tmp_path, HEADER, line), tick=Decimal("0.01"))[0].open == Decimal("6000.26")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (SECOND.replace("-05:00", ""), "ts: expected an offset"),
        (SECOND.replace("T09:31", "T9h31"), "ts: expected an ISO 8601 time"),
        (SECOND.replace("09:31:00", "09:31:30"), "ts: expected a whole minute"),
        (SECOND.replace("09:31", "09:30"), "ts: expected a time after"),
        (SECOND.replace("09:31", "09:29"), "ts: expected a time after"),
        (SECOND.replace("6000.50", "nan"), "open: expected a price above 0, found 'nan'"),
        (SECOND.replace("6000.75", "inf"), "high: expected a price above 0, found 'inf'"),
        (SECOND.replace("6000.75", "-6000.75"), "high: expected a price above 0"),
        (SECOND.replace("6000.50", "0"), "open: expected a price above 0"),
        (SECOND.replace("6000.50", ""), "open: expected a price above 0, found 'nothing'"),
        (SECOND.replace("6000.50", "6_000.50"), "open: expected a price above 0"),
        (SECOND.replace("6000.50", "9" * 40), "open: expected a price above 0"),
        (SECOND.replace("6000.50", "6000.60"), "open: expected a multiple of the tick 0.25"),
        (SECOND.replace("6000.75", "5999.00"), "prices: expected low <= open and close <= high"),
        (SECOND.replace("6000.75", "6000.25"), "prices: expected low <= open and close <= high"),
        (SECOND.replace(",6000.00,6000.00,", ",6000.00,5999.75,"), "prices: expected low <= open and close <= high"),
        (SECOND + "nan", "volume: expected a whole number or nothing"),
        (SECOND + "-3", "volume: expected a whole number or nothing"),
        (SECOND + "1.5", "volume: expected a whole number or nothing"),
        (SECOND.removesuffix(","), "columns: expected 6 values"),
        (SECOND + ",7", "columns: expected 6 values"),
        ("", "columns: expected 6 values, found 'nothing'"),
        ('"' + SECOND, "expected CSV"),
    ],
)
def test_refuses_a_bad_line_with_its_number(tmp_path: Path, line: str, reason: str) -> None:
    """One fault in one line refuses the whole file, and the message names file, line and reason in one line."""
    path = written(tmp_path, HEADER, FIRST, line)

    message = refusal(path)

    assert message.startswith(f"{path} line 3: ")
    assert reason in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "header",
    [
        HEADER.removesuffix(",volume"),
        HEADER + ",wap",
        HEADER.replace("ts", "time"),
        HEADER.replace("open,high", "high,open"),
        HEADER.upper(),
        FIRST,
    ],
)
def test_refuses_other_columns(tmp_path: Path, header: str) -> None:
    """Missing, further, renamed and swapped columns are refused, and so is a file without their names."""
    assert "line 1: expected the columns ts,open,high,low,close,volume" in refusal(written(tmp_path, header, FIRST))


def test_refuses_an_empty_file(tmp_path: Path) -> None:
    """A file of nothing is an error, not an empty list."""
    path = tmp_path / "bars.csv"
    path.touch()

    assert "found an empty file" in refusal(path)


def test_refuses_a_header_without_bars(tmp_path: Path) -> None:
    """Column names alone are an error, not an empty list."""
    assert "found none" in refusal(written(tmp_path, HEADER))


@pytest.mark.parametrize("name", ["bars.csv.gz", "bars.parquet.gz"])
def test_refuses_text_named_gz(tmp_path: Path, name: str) -> None:
    """A file that is called gzip and is not is named as such."""
    path = tmp_path / name
    path.write_text(f"{HEADER}\n{FIRST}\n")

    assert "expected whole gzip data" in refusal(path)


@pytest.mark.parametrize("name", ["bars.csv.gz", "bars.parquet.gz"])
def test_refuses_a_truncated_gzip(tmp_path: Path, name: str) -> None:
    """Half a download gives no bars at all."""
    path = written(tmp_path, HEADER, FIRST, SECOND, name=name)
    path.write_bytes(path.read_bytes()[:-12])

    assert "expected whole gzip data" in refusal(path)


def test_refuses_a_damaged_gzip(tmp_path: Path) -> None:
    """A wrong checksum is found although all bytes could be unpacked."""
    path = written(tmp_path, HEADER, FIRST, SECOND, name="bars.csv.gz")
    data = bytearray(path.read_bytes())
    data[-8] ^= 0xFF
    path.write_bytes(data)

    assert "expected whole gzip data" in refusal(path)


def test_refuses_gzip_not_named_gz(tmp_path: Path) -> None:
    """Compressed bytes under a plain name are recognised as no text."""
    path = tmp_path / "bars.csv"
    path.write_bytes(gzip.compress(f"{HEADER}\n{FIRST}\n".encode()))

    assert "expected text in UTF-8" in refusal(path)


@pytest.mark.parametrize("name", ["bars.csv", "bars.csv.gz", "bars.parquet"])
def test_says_when_the_file_is_absent(tmp_path: Path, name: str) -> None:
    """An absent file is a missing thing, not a wrong one."""
    with pytest.raises(Missing, match="No such file"):
        read_bars(tmp_path / name, tick=TICK)


def test_says_when_the_path_is_a_folder(tmp_path: Path) -> None:
    """A folder cannot be read as bars."""
    with pytest.raises(Missing, match="Is a directory"):
        read_bars(tmp_path, tick=TICK)


def test_says_which_package_reads_parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package behind Parquet the message says what to install."""
    path = tmp_path / "bars.parquet"
    path.touch()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "fastparquet", None)

    with pytest.raises(Missing, match="pip install pyarrow"):
        read_bars(path, tick=TICK)


def frame() -> pd.DataFrame:
    times = pd.to_datetime(["2025-03-03T09:30:00-05:00", "2025-03-03T09:31:00-05:00"])
    return pd.DataFrame(
        {
            "ts": times,
            "open": [6000.25, 6000.5],
            "high": [6001.0, 6000.75],
            "low": [5999.75, 6000.0],
            "close": [6000.5, 6000.0],
            "volume": [12.0, None],
        }
    )


@pytest.fixture
def parquet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[pd.DataFrame], Path]:
    """Return a writer of Parquet files; where pyarrow is absent, pandas hands the frame through."""

    def write(content: pd.DataFrame) -> Path:
        path = tmp_path / "bars.parquet"
        try:
            content.to_parquet(path)
        except ImportError:
            path.touch()
            monkeypatch.setattr(pd, "read_parquet", lambda _: content.copy())
        return path

    return write


def test_parquet_holds_the_same_bars(parquet: Callable[[pd.DataFrame], Path]) -> None:
    """Parquet with floats and time stamps gives the same exact bars as CSV."""
    assert read_bars(parquet(frame()), tick=TICK) == BARS


def test_parquet_is_checked_alike(parquet: Callable[[pd.DataFrame], Path]) -> None:
    """Rows of Parquet obey the same rules, and the row is named."""
    content = frame()
    content.loc[1, "open"] = float("nan")

    assert "row 2: open: expected a price above 0, found 'nan'" in refusal(parquet(content))


def test_parquet_with_naive_times_is_refused(parquet: Callable[[pd.DataFrame], Path]) -> None:
    """A time without an offset is refused in Parquet too."""
    content = frame()
    content["ts"] = content["ts"].dt.tz_localize(None)

    assert "row 1: ts: expected an offset" in refusal(parquet(content))


def test_parquet_with_other_columns_is_refused(parquet: Callable[[pd.DataFrame], Path]) -> None:
    """The columns' names are checked in Parquet too."""
    assert "expected the columns" in refusal(parquet(frame().drop(columns="volume")))


def test_refuses_what_is_no_parquet(tmp_path: Path) -> None:
    """Text named .parquet is refused in one line."""
    pytest.importorskip("pyarrow", reason="pyarrow, which reads Parquet, is absent; pip install pyarrow")
    path = tmp_path / "bars.parquet"
    path.write_text(f"{HEADER}\n{FIRST}\n")

    assert "\n" not in refusal(path)


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"{HEADER}\n{FIRST}\n{text}".encode()))
@hypothesis_settings(max_examples=200)
def test_whatever_is_in_the_file_the_answer_is_bars_or_one_clear_line(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """No content of a file makes the reader crash or return nothing."""
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)

    bars: list[Bar] = []
    complaint: list[str] = []
    try:
        bars = read_bars(path, tick=TICK)
    except LottogridError as error:
        complaint = str(error).splitlines()

    assert bool(bars) != (len(complaint) == 1)


@pytest.mark.data
@pytest.mark.slow
def test_reads_the_real_es_file(real_data: Callable[[str], Path]) -> None:
    """Ten months of real one-minute bars pass every check."""
    bars = read_bars(real_data("bench_es_1min_2024-12-02_2025-09-30.csv.gz"), tick=TICK)

    assert len(bars) == 283_807
    assert bars[0].start == datetime(2024, 12, 3, 0, 0, tzinfo=UTC)
    assert bars[-1].start == datetime(2025, 9, 30, 20, 59, tzinfo=UTC)
