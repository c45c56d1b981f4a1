"""The file of a recording: nothing is lost in it, and accounts can be hidden."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lottogrid.errors import BadInput, Missing
from lottogrid.gateway.codec import PREAMBLE, framed
from lottogrid.gateway.recording import Entry, Kind, Mask, Recording, Side, Splitter, Writer, frames, read

STARTED = datetime(2026, 11, 20, 15, tzinfo=UTC)
HEAD = '{"format": "lottogrid session", "version": 1, "started": "2026-11-20T15:00:00Z"}\n'
BODIES = st.binary(min_size=1, max_size=60)
ENTRIES = st.builds(
    Entry,
    at=st.integers(0, 10**9).map(lambda number: number / 1e6),
    connection=st.integers(1, 9),
    kind=st.sampled_from([Kind.FRAME, Kind.BYTES]),
    side=st.sampled_from(Side),
    body=BODIES,
)


def written(path: Path, entries: list[Entry], mask: Mask | None = None) -> Recording:
    """Return what is read of a file that `entries` were written to."""
    with path.open("w", encoding="utf-8") as file:
        writer = Writer(file, STARTED, mask)
        for entry in entries:
            writer.write(entry)
    return read(path)


def body(*texts: str) -> bytes:
    """Return a frame's body."""
    return "".join(f"{text}\0" for text in texts).encode()


def frame(*texts: str, side: Side = Side.SERVER) -> Entry:
    """Return a frame as it is recorded."""
    return Entry(at=0, connection=1, kind=Kind.FRAME, side=side, body=body(*texts))


@given(entries=st.lists(ENTRIES, max_size=6))
def test_every_byte_comes_back(tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]) -> None:
    """Whatever it was: text or not, ended by a zero byte or not."""
    found = written(tmp_path_factory.getbasetemp() / "any.jsonl", entries)

    assert (found.started, found.entries) == (STARTED, entries)


def test_openings_and_endings_come_back(tmp_path: Path) -> None:
    """With the side that ended it."""
    entries = [
        Entry(at=0.5, connection=2, kind=Kind.OPEN, side=Side.CLIENT),
        Entry(at=1.5, connection=2, kind=Kind.CLOSE, side=Side.SERVER),
    ]

    assert written(tmp_path / "a.jsonl", entries).entries == entries


def test_a_line_can_be_read_by_a_person() -> None:
    """Fields are a list, the client's first words a text."""
    assert frame("4", "2", "-1", "2104", "OK").line() == (
        '{"at": 0, "connection": 1, "from": "server", "fields": ["4", "2", "-1", "2104", "OK"]}'
    )
    hello = Entry(at=0, connection=1, kind=Kind.FRAME, side=Side.CLIENT, body=b"v157..176")
    assert '"text": "v157..176"' in hello.line()


@given(bodies=st.lists(BODIES, max_size=5), rest=st.binary(max_size=3), cut=st.integers(1, 40))
def test_frames_come_out_whole_however_the_bytes_are_cut(bodies: list[bytes], rest: bytes, cut: int) -> None:
    """And an unfinished one comes out as bytes."""
    data = PREAMBLE + b"".join(framed(one) for one in bodies) + rest
    splitter = Splitter(Side.CLIENT)

    found = [one for start in range(0, len(data), cut) for one in splitter.feed(data[start : start + cut])]
    found += splitter.rest()

    assert found == [*((Kind.FRAME, one) for one in bodies), *([(Kind.BYTES, rest)] if rest else [])]


@pytest.mark.parametrize(
    ("side", "data"),
    [(Side.CLIENT, b"GET / HTTP/1.1\r\n"), (Side.SERVER, b"\xff\xff\xff\xffabc"), (Side.SERVER, b"ab")],
)
def test_what_is_no_protocol_is_kept_as_bytes(side: Side, data: bytes) -> None:
    """A recording must show it all the same."""
    splitter = Splitter(side)

    found = [*splitter.feed(data[:1]), *splitter.feed(data[1:]), *splitter.rest()]

    assert {kind for kind, _ in found} == {Kind.BYTES}
    assert b"".join(part for _, part in found) == data


def test_accounts_are_hidden_wherever_they_stand(tmp_path: Path) -> None:
    """The same by the same, also within a text, also one of a strange shape that the server has named."""
    entries = [
        frame("15", "1", "DU7654321,family-2"),
        frame("5", "9", "1000.0/DU7654321/2", "DU7654321"),
        frame("3", "9", "family-2", "U1234567", side=Side.CLIENT),
        frame("9", "1", "20250409"),
    ]

    found = written(tmp_path / "a.jsonl", entries, Mask())

    assert [entry.texts for entry in found.entries] == [
        ["15", "1", "DU0000001,0000002"],
        ["5", "9", "1000.0/DU0000001/2", "DU0000001"],
        ["3", "9", "0000002", "U0000003"],
        ["9", "1", "20250409"],
    ]
    assert "7654321" not in (tmp_path / "a.jsonl").read_text(encoding="utf-8")


def test_a_line_is_in_the_file_at_once() -> None:
    """A recorder that is killed has lost nothing."""
    file = io.StringIO()
    Writer(file, STARTED).write(frame("9", "1", "5"))

    assert file.getvalue().count("\n") == 2


def test_frames_of_a_side_are_found() -> None:
    """And nothing else."""
    mine, other = frame("1", side=Side.CLIENT), frame("2")
    opened = Entry(at=0, connection=1, kind=Kind.OPEN, side=Side.CLIENT)

    assert frames([opened, mine, other], Side.CLIENT) == [mine]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: expected a JSON object"),
        ('{"format": "other"}', "expected a recording of version 1"),
        ('{"format": "lottogrid session", "version": 1}', "expected when it started"),
        (HEAD + "[]", "line 2: expected"),
        (HEAD + '{"at": 1}', "line 2"),
        (HEAD + '{"at": 1, "connection": 1, "from": "server", "bytes": "***"}', "line 2"),
    ],
)
def test_what_is_no_recording_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    """So that it can be mended."""
    path = tmp_path / "a.jsonl"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(BadInput, match=said):
        read(path)


def test_a_recording_that_is_not_there_is_missing(tmp_path: Path) -> None:
    """Exit code 3."""
    with pytest.raises(Missing, match="expected a recording"):
        read(tmp_path / "none.jsonl")
