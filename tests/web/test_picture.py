"""When a picture is believed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from actors.view import View
from lottogrid.errors import Missing
from tests.web import made
from web.picture import SHARED_SECONDS, Camera


class _Bot:
    """A bot whose view the test changes."""

    def __init__(self) -> None:
        self.view = made.quiet_view()
        self.looks = 0
        self.fails = False

    def look(self) -> View:
        self.looks += 1
        if self.fails:
            raise RuntimeError("torn")
        return self.view

    def tick(self) -> None:
        self.view = replace(self.view, at=self.view.at + timedelta(seconds=1))


def test_those_who_ask_at_once_get_the_same_picture(real_time: list[float]) -> None:
    """Page and JSON of one moment agree, and many browsers cost one look."""
    bot = _Bot()
    camera = Camera(bot.look)
    first = camera.picture().view
    bot.tick()
    real_time[0] += SHARED_SECONDS * 0.8

    assert camera.picture().view is first
    real_time[0] += SHARED_SECONDS * 0.4
    assert camera.picture().view is bot.view
    assert bot.looks == 2


def test_a_clock_that_stands_still_makes_the_picture_stale(real_time: list[float]) -> None:
    """After more than five real seconds without movement the page says so; a move ends it."""
    bot = _Bot()
    camera = Camera(bot.look)
    camera.picture()
    real_time[0] += 5
    assert not camera.picture().is_stale
    real_time[0] += 1
    assert camera.picture().doubts == ("the bot's clock has stood still for 6 s",)
    bot.tick()
    real_time[0] += 1
    assert not camera.picture().is_stale


def test_an_actor_that_does_not_answer_makes_it_stale(real_time: list[float]) -> None:
    """A hung actor is named with how long it has been silent, though the clock moves on."""
    bot = _Bot()
    hung = replace(made.actor("broker"), busy_seconds=12.4)
    bot.view = replace(bot.view, actors=(made.actor("root"), hung, replace(hung, name="risk", busy_seconds=0.2)))

    assert Camera(bot.look).picture().doubts == ("broker has not answered for 12 s",)


def test_a_bot_whose_root_is_down_has_stopped(real_time: list[float]) -> None:
    """Numbers that nobody updates any more are not shown as the present."""
    bot = _Bot()
    bot.view = replace(bot.view, actors=(made.actor("root", state="down"),))

    assert Camera(bot.look).picture().doubts == ("the bot has stopped",)


def test_a_failed_look_keeps_the_last_picture_and_says_so(real_time: list[float]) -> None:
    """The old picture is shown, doubted at once."""
    bot = _Bot()
    camera = Camera(bot.look)
    seen = camera.picture().view
    bot.fails = True
    real_time[0] += 1

    picture = camera.picture()

    assert picture.view is seen
    assert picture.doubts == ("the bot cannot be looked at: RuntimeError: torn",)


def test_without_any_picture_there_is_an_error(real_time: list[float]) -> None:
    """Nothing is invented before the first look succeeds."""
    bot = _Bot()
    bot.fails = True

    with pytest.raises(Missing, match="torn"):
        Camera(bot.look).picture()
