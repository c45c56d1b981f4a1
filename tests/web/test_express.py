"""The short way for what every open page asks for: the same answers as the long one, and no more of them."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.test import Client

from lottogrid.errors import Missing
from tests.web import made
from web.app import create_app
from web.express import Express

BROWSER = {"Accept-Encoding": "gzip, deflate, br", "Host": "127.0.0.1:8787"}


@pytest.fixture
def app() -> Flask:
    """Return a page, whose fragment was asked for once."""
    app = create_app(made.quiet_view, made.about(), hosts=("Trader.lan",))
    app.test_client().get("/fragment")
    return app


def _short(app: Flask) -> Client:
    """Return a client of a page that knows the short way only."""

    def long_way(environ: object, start_response: object) -> list[bytes]:
        raise AssertionError(environ)

    express = app.wsgi_app
    assert isinstance(express, Express)
    return Client(Express(long_way, express._camera, express._shelf, express._hosts))


def _long(app: Flask) -> Client:
    express = app.wsgi_app
    assert isinstance(express, Express)
    return Client(express._application)


def test_it_answers_as_the_application_does(app: Flask) -> None:
    """Status, every header and body, for a first request and for one that has the picture already."""
    tag = _long(app).get("/fragment", headers=BROWSER).headers["ETag"]

    for headers in (BROWSER, {**BROWSER, "If-None-Match": tag}, {**BROWSER, "If-None-Match": 'W/"old"'}):
        short, long = (client(app).get("/fragment", headers=headers) for client in (_short, _long))
        assert (short.status, short.data) == (long.status, long.data)
        # The server dates what is not dated.
        assert sorted(short.headers) == sorted(each for each in long.headers if each[0] != "Date")
    assert _short(app).get("/fragment", headers={**BROWSER, "If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:1", "[::1]:8787", "trader.lan:8787", "TRADER.LAN"])
def test_names_of_this_machine_are_answered(host: str, app: Flask) -> None:
    """And those that the settings name."""
    assert _short(app).get("/fragment", headers={**BROWSER, "Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/fragment", {}),
        ("HEAD", "/fragment", {}),
        ("GET", "/", {}),
        ("GET", "/money/fragment", {}),
        ("GET", "/fragment?at=2025-04-09T12:00:00-04:00", {}),
        ("GET", "/fragment?seq=3", {}),
        ("GET", "/fragment", {"Host": "evil.example"}),
        ("GET", "/fragment", {"Host": ""}),
        ("GET", "/fragment", {"Accept-Encoding": "gzip;q=0"}),
        ("GET", "/fragment", {"Accept-Encoding": "identity"}),
        ("GET", "/fragment", {"Accept-Encoding": ""}),
    ],
)
def test_everything_else_goes_the_long_way(method: str, path: str, headers: dict[str, str], app: Flask) -> None:
    """Other pages, other moments, other hosts, and who does not read what is compressed."""
    with pytest.raises(AssertionError):
        _short(app).open(path, method=method, headers={**BROWSER, **headers})


def test_a_new_picture_is_made_by_the_application(app: Flask, real_time: list[float]) -> None:
    """What is on the shelf is shown only as long as it is the present."""
    views = [made.quiet_view(), made.quiet_view(made.NOON.replace(second=1))]
    app = create_app(lambda: views[0], made.about())
    old = app.test_client().get("/fragment", headers=BROWSER)
    assert _short(app).get("/fragment", headers=BROWSER).data == old.data
    views.pop(0)
    real_time[0] += 1

    with pytest.raises(AssertionError):
        _short(app).get("/fragment", headers=BROWSER)
    assert app.test_client().get("/fragment", headers=BROWSER).data != old.data


def test_a_bot_that_cannot_be_seen_is_said_by_the_application() -> None:
    """The short way says nothing by itself."""

    def look() -> object:
        raise Missing("not yet")

    app = create_app(look, made.about())  # type: ignore[arg-type]

    assert app.test_client().get("/fragment", headers=BROWSER).status_code == 503
