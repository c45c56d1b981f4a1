"""Frames and the handshake."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lottogrid.errors import BadInput
from lottogrid.gateway.codec import MAX_FRAME, MAX_HANDSHAKE, PREAMBLE, FrameReader, frame, negotiate, texts_of
from tests.gateway.made import frame_of

WORDS = st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=20), min_size=1, max_size=5)


@given(messages=st.lists(WORDS, max_size=5), cut=st.integers(1, 50))
def test_messages_come_out_whole_however_the_bytes_are_cut(messages: list[list[str]], cut: int) -> None:
    """TCP keeps no boundaries."""
    data = PREAMBLE + frame_of(b"v157..176") + b"".join(frame(message) for message in messages)
    reader = FrameReader()

    bodies = [body for start in range(0, len(data), cut) for body in reader.feed(data[start : start + cut])]

    assert bodies[0] == b"v157..176"
    assert [texts_of(body) for body in bodies[1:]] == messages


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n", b"\x16\x03\x01", b"API\x01", b"\0"])
def test_what_is_no_handshake_is_refused_at_once(data: bytes) -> None:
    """A browser or a scanner must not keep a connection."""
    with pytest.raises(BadInput, match="handshake"):
        list(FrameReader().feed(data))


@pytest.mark.parametrize("length", [0, MAX_HANDSHAKE + 1, 2**31])
def test_a_handshake_of_senseless_length_is_refused_before_it_has_come(length: int) -> None:
    """Nobody may make the gateway wait for, or keep, two thousand million bytes."""
    with pytest.raises(BadInput, match="frame"):
        list(FrameReader().feed(PREAMBLE + length.to_bytes(4, "big")))


def test_an_oversized_message_is_refused_before_it_has_come() -> None:
    """The limit is known from the length alone."""
    reader = FrameReader()
    list(reader.feed(PREAMBLE + frame_of(b"v157..176")))

    with pytest.raises(BadInput, match=f"expected from 1 to {MAX_FRAME}"):
        list(reader.feed((MAX_FRAME + 1).to_bytes(4, "big")))


@pytest.mark.parametrize("body", [b"61\x001", b"", b"\xff\0"])
def test_a_message_that_is_not_text_or_not_ended_is_refused(body: bytes) -> None:
    """Half a field is not a field."""
    with pytest.raises(BadInput, match="message"):
        texts_of(body)


@pytest.mark.parametrize(
    ("greeting", "chosen"),
    [(b"v157..176", 176), (b"v157..178", 178), (b"v100..225", 178), (b"v100..157", 157), (b"v100..178 +PACEAPI", 178)],
)
def test_the_newest_version_known_to_both_is_spoken(greeting: bytes, chosen: int) -> None:
    """As the real server does."""
    assert negotiate(greeting, 157, 178) == chosen


@pytest.mark.parametrize("greeting", [b"v100..156", b"v179..225", b"157..178", b"v157", b"\xff", b"v1..99999999999"])
def test_versions_that_do_not_meet_are_refused(greeting: bytes) -> None:
    """Better no conversation than one in two languages."""
    with pytest.raises(BadInput, match="handshake"):
        negotiate(greeting, 157, 178)
