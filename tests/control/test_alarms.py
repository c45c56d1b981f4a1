"""An alarm that is acknowledged on the page: in the strip, in the journal, and in the process that comes after."""

from __future__ import annotations

import json
import re
from contextlib import closing
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from actors import messages as m
from actors.notifier import AlarmsView
from actors.view import look
from lottogrid.alerts.codes import AlertCode
from lottogrid.cli.main import main
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.records import AlarmAcknowledged
from tests.control.desk import ControlDesk
from tests.web import made
from tests.web.reading import parts
from web.alarms import standing_lines
from web.app import create_app
from web.tokens import TokenFile

CODE = AlertCode.LINK_LOST
SHOWN = "1 alarm to look at"


@pytest.fixture
def desk(tmp_path: Path) -> ControlDesk:
    """Return a bot that has raised an alarm."""
    desk = ControlDesk(tmp_path)
    desk.runtime.send(m.NOTIFIER, m.Alarm(CODE, "the link is down"))
    desk.pass_time(seconds=1)
    return desk


def _page(desk: ControlDesk) -> FlaskClient:
    """Return a browser at the bot's page, which was not looked at before."""
    about = made.about(desk.settings)
    controls = (desk.controller, TokenFile(desk.folder))
    return create_app(lambda: look(desk.runtime, about.spec), about, controls=controls).test_client()


def _acknowledge(desk: ControlDesk) -> str:
    """Log in, press the button, and return where one is led to."""
    token = TokenFile(desk.folder).rotate()
    client = _page(desk)
    client.post("/login", data={"token": token})
    csrf = re.search(r'name="csrf" value="([^"]+)"', client.get("/alarms").text)
    assert csrf is not None
    answer = client.post(f"/controls/alarms/{CODE.name}", data={"csrf": csrf[1], "by": "Ann"})
    return answer.headers["Location"]


def _strip(desk: ControlDesk) -> str:
    return parts(_page(desk).get("/").text)["bar"]


def test_who_has_looked_is_written_and_outlives_a_restart(desk: ControlDesk) -> None:
    """The strip counts it until then, and no later process asks for it again."""
    assert SHOWN in _strip(desk)
    address = _acknowledge(desk)
    desk.pass_time(seconds=1)

    assert "alarm" not in _strip(desk)
    assert "not confirmed yet" not in _page(desk).get(address).text
    with closing(Ledger.open_read_only(desk.path)) as ledger:
        written = [row.record for row in ledger.journal(kind=AlarmAcknowledged.__name__)]
    assert [(each.code, each.by) for each in written if isinstance(each, AlarmAcknowledged)] == [(CODE, "Ann")]

    desk.restart()
    assert "alarm" not in _strip(desk)


def test_the_page_says_what_the_command_says(desk: ControlDesk, capsys: pytest.CaptureFixture[str]) -> None:
    """Code, words and how often, while it waits; and that nothing waits, when somebody has looked."""
    desk.runtime.send(m.NOTIFIER, m.Alarm(CODE, "the link is down again"))
    desk.pass_time(seconds=1)

    def said() -> list[tuple[str, str, int]]:
        assert main(["alerts", "--json", "--ledger", str(desk.folder)]) == 0
        return [(each["code"], each["text"], each["count"]) for each in json.loads(capsys.readouterr().out)["alarms"]]

    def shown() -> list[tuple[str, str, int]]:
        view = desk.runtime.board[m.NOTIFIER]
        assert isinstance(view, AlarmsView)
        html = _page(desk).get("/alarms").text
        lines = standing_lines(look(desk.runtime, made.about(desk.settings).spec))
        assert all(line.said in html and line.times in html for line in lines)
        times = {each.code.name: each.count for each in view.standing}
        return [(line.code, line.said, times[line.code]) for line in lines if line.is_open]

    assert shown() == said() == [(CODE.name, "the link is down again", 2)]
    _acknowledge(desk)
    desk.pass_time(seconds=1)
    assert shown() == said() == []


def test_one_that_nobody_has_seen_outlives_a_restart(desk: ControlDesk) -> None:
    """The journal has it, and the page of the next process counts it."""
    desk.restart()

    assert SHOWN in _strip(desk)


def test_without_a_notifier_it_is_not_called_confirmed(desk: ControlDesk) -> None:
    """The page goes on asking, and the alarm stands."""
    desk.kill(m.NOTIFIER)
    address = _acknowledge(desk)
    desk.pass_time(minutes=1)

    assert "not confirmed yet" in _page(desk).get(address).text
    assert SHOWN in _strip(desk)
