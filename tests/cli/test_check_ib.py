"""`lottogrid check --broker ib`, against the paper gateway and what goes wrong there."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lottogrid.brokers.ib.settings import IbSettings, Mode
from lottogrid.cli.upkeep.ib_check import connection
from lottogrid.cli.upkeep.ib_check.checks import STEPS, ib_checks
from lottogrid.cli.upkeep.ib_check.look import Look
from lottogrid.errors import Missing
from lottogrid.gateway.hub import GatewayRules
from lottogrid.ledger.lock import Holder
from tests.brokers.ib.made import SPEC, HandClock, desk
from tests.cli.conftest import Call
from tests.cli.looking import SOON, checked, failed
from tests.exchange.desk import OPENS
from tests.gateway.made import CALENDAR

pytestmark = [
    pytest.mark.sockets,
    pytest.mark.threads,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:eventkit"),
]

NAMES = [step.name for step in STEPS]


def test_a_gateway_in_order_passes_every_check(tmp_path: Path) -> None:
    """Each says what was found; a position and an order are left by none."""
    with desk(tmp_path) as made:
        checks = checked(made)
        assert {name: check.found for name, check in checks.items() if not check.passed or check.warns} == {}
        assert "DU1234567, paper" in checks["account"].found
        assert "options of 2025-04-09 on MESM5" in checks["chain"].found
        assert "0.05 above 0, 0.25 above 5" in checks["option"].found
        assert "trades until 16:00 ET" in checks["option"].found
        assert "nothing was sent to the market" in checks["what-if order"].found
        assert list(made.hub.tickets) == []
        assert made.server.faults == []


def test_the_command_looks_at_the_gateway_where_it_is_asked_to(call: Call, tmp_path: Path) -> None:
    """The gateway lives on a day of its own: a clock that differs is worth a look and no failure."""
    with desk(tmp_path) as made:
        given = ("--broker", "ib", "--gateway", f"127.0.0.1:{made.server.port}", "--set", "web.port=0", "--json")
        found = call("check", *given)
    document = json.loads(found.out)
    assert found.code == 0, document
    assert [check["name"] for check in document["checks"][-len(NAMES) :]] == NAMES
    assert [check["name"] for check in document["checks"] if check["warns"]] == ["clocks"]


def test_the_command_fails_where_nobody_listens(call: Call) -> None:
    """The line says what to start and what to set; what leans on it is not looked at."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        port = one.getsockname()[1]
    found = call("check", "--broker", "ib", "--set", f"mode.port={port}", "--set", "web.port=0", "--json")
    checks = {check["name"]: check for check in json.loads(found.out)["checks"]}
    assert found.code == 1
    assert "found: Connection refused; start it and log in, and make mode.port" in checks["port"]["found"]
    assert checks["what-if order"]["found"] == "not looked at: see to port first"


def test_a_gateway_without_a_broker_is_refused(call: Call) -> None:
    """It was meant for something."""
    found = call("check", "--gateway", "4002")
    assert found.code == 1
    assert "--gateway: expected none without --broker ib" in " ".join(found.out.split())


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Yield the port of a program that is no TWS."""
    taken: list[socket.socket] = []

    def serve(server: socket.socket) -> None:
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            taken.append(line)
            answer(line)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)
    for line in taken:
        line.close()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(lambda _: None, "found silence; look at its screen for a question", id="silence"),
        pytest.param(lambda line: line.close(), "add this machine to the trusted addresses", id="hangs-up"),
    ],
)
def test_a_port_without_the_api(answer: Callable[[socket.socket], None], expected: str, tmp_path: Path) -> None:
    """What takes the connection and does not shake hands is named as what it may be."""
    with listening(answer) as port:
        ib = IbSettings(port=port, state_file=tmp_path / "ids", connect_seconds=0.5)
        checks = {check.name: check for check in ib_checks(ib, SPEC, CALENDAR, HandClock(OPENS), None)}
    assert checks["port"].passed
    assert failed(checks) == ["api"]
    assert expected in checks["api"].found


def test_a_gateway_that_is_not_logged_in(tmp_path: Path) -> None:
    """It shakes hands and names no account."""
    with desk(tmp_path) as made:
        made.play("lose", request="startApi")
        checks = checked(made, connect_seconds=1.0)
    assert failed(checks) == ["api"]
    assert "found a version and no account; finish the log-in" in checks["api"].found


class TestClientId:
    def test_taken_by_another_program(self, tmp_path: Path) -> None:
        """All else is looked at under another id."""
        with desk(tmp_path) as made:
            made.play("take-id", client=7)
            checks = checked(made)
        assert failed(checks) == ["client id"]
        assert "code 326" in checks["client id"].found
        assert "end the other program, or wait" in checks["client id"].found

    def test_taken_by_the_bot_itself(self, tmp_path: Path) -> None:
        """The bot that trades on this ledger may have it."""
        with desk(tmp_path) as made:
            made.play("take-id", client=7)
            checks = checked(made, holder=Holder(4711))
        assert failed(checks) == []
        assert "process 4711" in checks["client id"].found


class TestAccount:
    def test_one_that_the_login_does_not_have(self, tmp_path: Path) -> None:
        """The line names both; no order is asked about, all else is looked at."""
        with desk(tmp_path) as made:
            checks = checked(made, account="DU7654321")
        assert failed(checks) == ["account"]
        assert "expected DU7654321, found DU1234567; log in with the right user" in checks["account"].found
        assert not checks["what-if order"].passed
        assert checks["option's quotes"].passed

    def test_a_live_one_on_a_paper_port(self, tmp_path: Path) -> None:
        """Mode, port and account must agree."""
        with desk(tmp_path, rules=GatewayRules(account="U1234567")) as made:
            checks = checked(made)
        assert failed(checks) == ["account"]
        assert "expected a paper account, found U1234567" in checks["account"].found


def _look(ib: IbSettings, ahead: timedelta) -> Look:
    look = Look(ib=ib, spec=SPEC, calendar=CALENDAR, clock=HandClock(OPENS), holder=None)

    async def time() -> Any:
        return OPENS + ahead

    look.probes.append(SimpleNamespace(talk=SimpleNamespace(time=time)))  # type: ignore[arg-type]
    return look


class TestClocks:
    @pytest.mark.parametrize(("seconds", "warns"), [(-2, False), (1, False), (2, True), (-3, True), (7200, True)])
    def test_are_told_when_they_are_more_than_two_seconds_apart(
        self, seconds: int, warns: bool, tmp_path: Path
    ) -> None:
        """The gateway shows whole seconds: its second has half passed."""
        look = _look(IbSettings(state_file=tmp_path / "ids"), timedelta(seconds=seconds))
        found = asyncio.run(connection.clocks(look))
        assert found.warns is warns
        assert warns is ("(NTP)" in found.text)

    def test_far_apart_fail_with_real_money(self, tmp_path: Path) -> None:
        """No order is to be sent by a clock that is minutes off."""
        live = IbSettings(state_file=tmp_path / "ids", mode=Mode.LIVE, port=4001, account="U1234567")
        with pytest.raises(Missing, match="let both machines take the time from the network"):
            asyncio.run(connection.clocks(_look(live, timedelta(minutes=1))))

    def test_a_time_that_is_not_told(self, tmp_path: Path) -> None:
        """A gateway that does not answer is to be restarted."""
        with desk(tmp_path) as made:
            made.play("lose", request="reqCurrentTime")
            checks = checked(made, **SOON)
        assert failed(checks) == ["clocks"]
        assert "found none within 1 s; restart the gateway" in checks["clocks"].found


def test_a_fault_of_the_check_itself_is_not_taken_for_a_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is raised where the check was asked for."""

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(IbSettings, "choose_account", broken)
    with desk(tmp_path) as made, pytest.raises(ZeroDivisionError):
        checked(made)


class TestFarms:
    @pytest.mark.parametrize(
        ("code", "name"), [(1100, "broker"), (2110, "broker"), (2103, "quotes"), (2105, "history")]
    )
    def test_one_that_is_away(self, code: int, name: str, tmp_path: Path) -> None:
        """The last word on it counts, and the gateway finds it again by itself."""
        away = {"on": "connect", "do": "notice", "code": code, "text": "Connectivity has been lost"}
        with desk(tmp_path, steps=[away]) as made:
            checks = checked(made)
        assert failed(checks) == ["farms"]
        assert f"expected that of {name} to be there" in checks["farms"].found
        assert f"(code {code}); wait" in checks["farms"].found

    def test_one_that_is_back(self, tmp_path: Path) -> None:
        """What was before does not count."""
        steps = [
            {"on": "connect", "do": "notice", "code": code, "text": "Market data farm connection"}
            for code in (2103, 2104)
        ]
        with desk(tmp_path, steps=steps) as made:
            assert failed(checked(made)) == []
