"""The file of addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

from lottogrid.alerts.urls import Url, read_urls
from lottogrid.errors import BadInput, Missing

SECRET = "tgram://123456:very-secret/42"


def made(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "urls"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_each_line_is_an_address(tmp_path: Path) -> None:
    """Remarks and empty lines are left out."""
    found = read_urls(made(tmp_path, f"# mine\n\n{SECRET}\n  json://127.0.0.1/x  \n"))
    assert [url.secret for url in found] == [SECRET, "json://127.0.0.1/x"]


def test_an_address_never_shows_itself() -> None:
    """Neither as text nor as what a debugger prints."""
    url = Url(SECRET)
    assert "secret" not in f"{url} {url!r} {[url]} {url.kind}"
    assert url.kind == "tgram"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused(mode: int, tmp_path: Path) -> None:
    """With the command that repairs it."""
    with pytest.raises(BadInput, match="chmod 600"):
        read_urls(made(tmp_path, SECRET, mode))


def test_what_is_no_address_is_named_by_its_line_only(tmp_path: Path) -> None:
    """It may be a password in the wrong place."""
    with pytest.raises(BadInput) as caught:
        read_urls(made(tmp_path, "# one\nvery-secret\n"))
    assert ":2:" in str(caught.value)
    assert "very-secret" not in str(caught.value)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    """It was asked for, so it must be there."""
    with pytest.raises(Missing, match="No such file"):
        read_urls(tmp_path / "absent")
