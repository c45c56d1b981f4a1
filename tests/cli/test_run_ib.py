"""`lottogrid run --broker ib`: a session at a gateway that lives elsewhere, and everything that it refuses first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from queue import Queue

import pytest

from lottogrid.brokers.ib.port import make_port
from lottogrid.brokers.ib.settings import IbSettings
from lottogrid.brokers.port import BrokerEvent, BrokerSnapshot, Connected
from lottogrid.calendar import Calendar
from lottogrid.cli.run import desk
from lottogrid.cli.run.ib import day as ib_day
from lottogrid.cli.run.ib import greeting
from lottogrid.cli.run.ib.world import Elsewhere
from lottogrid.clock import ScaledClock, SystemClock
from lottogrid.errors import Missing
from lottogrid.gateway.server import Server
from lottogrid.ledger.ledger import Ledger
from lottogrid.ledger.lock import LedgerLock
from lottogrid.ledger.records import RunStarted
from lottogrid.market.contracts import OptionContract, Right, spec_of
from lottogrid.market.sessions import Session
from lottogrid.orders import BrokerPosition
from lottogrid.settings import SessionSettings
from machines.connection import ConnectionState
from tests.cli.conftest import MONDAY, Call, trading_day
from tests.cli.gateways import serving

pytestmark = [pytest.mark.threads, pytest.mark.sockets]

SPEED = 400
LATE = datetime(2026, 1, 5, 20, 35, tzinfo=UTC)
"""Twenty-five minutes before the close."""
ITS_CLOCK = ("--clock", "gateway", "--speed", SPEED)


@pytest.fixture
def server() -> Iterator[Server]:
    """A paper gateway on the last minutes of a day."""
    with serving(MONDAY, LATE, speed=SPEED) as found:
        yield found


@pytest.fixture
def at(call: Call, server: Server) -> Call:
    """Run the bot at that gateway."""
    return lambda *words: call("run", "--broker", "ib", "--gateway", server.port, "--no-web", *words)


def test_a_day_is_traded_by_the_gateways_clock_to_its_end(at: Call, tmp_path: Path) -> None:
    """It ends by itself, flat, with the account in the journal; asked for again there is nothing left to do."""
    found = at(*ITS_CLOCK, "--json")

    document = json.loads(found.out)
    assert found.code == 0, found.err
    assert (document["finished"], document["faults"], document["date"]) == (True, [], MONDAY.isoformat())
    assert document["source"].startswith("DU1234567 at 127.0.0.1:")
    assert "begins at 15:" in found.err
    with closing(Ledger.open_read_only(tmp_path / "var" / "ledger.sqlite")) as ledger:
        started = ledger.journal(kind=RunStarted.__name__)[0].record
        assert isinstance(started, RunStarted)
        assert started.account == "DU1234567"
        assert ledger.halts() == ()
    again = at(*ITS_CLOCK)
    assert again.code == 0
    assert "is over; nothing is started" in again.err


def test_what_the_broker_still_holds_at_the_end_is_a_fault(
    at: Call, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named, and the exit code says that the day is not in order."""
    compared = Elsewhere.faults
    held = BrokerPosition(contract=_option(), quantity=2)

    def with_more(self: Elsewhere, ledger: Ledger, now: datetime) -> list[str]:
        assert self._last is not None
        self._last = replace(self._last, positions=(held,))
        return compared(self, ledger, now)

    monkeypatch.setattr(Elsewhere, "faults", with_more)
    found = at(*ITS_CLOCK)
    assert found.code == 1
    assert "not flat: the broker holds 2 MES-20260105-C-6300" in " ".join(found.out.split())


def test_four_statements_that_agree_trade_real_money(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By this machine's clock, and it says so before anything else."""
    plain_wait = desk.Desk.wait

    def stop_once_ready(self: desk.Desk, seconds: float) -> object:
        broker = self.look().broker
        if broker is not None and broker.state is ConnectionState.READY:
            self.ask_to_stop("SIGTERM")
        return plain_wait(self, seconds)

    monkeypatch.setattr(desk.Desk, "wait", stop_once_ready)
    monkeypatch.setattr(ib_day, "SystemClock", lambda: ScaledClock(LATE, 1))
    live = ("trade_mode=live", "account=U123", "confirm_live=U123")
    try:
        with serving(MONDAY, LATE, speed=1, port=7496, account="U123"):
            words = [word for value in live for word in ("--set", value)]
            found = call("run", "--broker", "ib", "--gateway", 7496, "--no-web", *words)
    except Missing as error:
        pytest.skip(str(error))

    assert found.code == 0, found.err
    assert found.err.startswith("REAL MONEY: 2026-01-05 (U123 at 127.0.0.1:7496) begins at 15:35:")
    with closing(Ledger.open_read_only(tmp_path / "var" / "ledger.sqlite")) as ledger:
        started = ledger.journal(kind=RunStarted.__name__)[0].record
    assert isinstance(started, RunStarted)
    assert (started.mode, started.account) == ("live", "U123")


class TestRefusesBeforeAnythingIsWritten:
    """One line that says what to do, and an exit code; no ledger is made."""

    @pytest.fixture(autouse=True)
    def _untouched(self, tmp_path: Path) -> Iterator[None]:
        yield
        assert not (tmp_path / "var" / "ledger.sqlite").exists()

    def test_a_second_bot_on_the_account(self, at: Call, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        """Its client id is taken, and stays taken."""
        monkeypatch.setattr(greeting, "BETWEEN_TRIES", 0.01)
        server.call(lambda hub: hub.faults.taken_ids.add(7))
        found = at(*ITS_CLOCK)
        assert found.code == 2
        assert "expected client id 7 to be free, found it taken: another bot trades this account" in found.err

    def test_a_second_bot_beside_a_first_that_is_connected(
        self, at: Call, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whatever ledger it was given: the account is the same."""
        monkeypatch.setattr(greeting, "BETWEEN_TRIES", 0.01)
        heard: Queue[BrokerEvent] = Queue()
        first = make_port(IbSettings(port=server.port, state_file=tmp_path / "ids"), spec_of("MES"), SystemClock())
        first.open(heard.put)
        assert isinstance(heard.get(timeout=10), Connected)
        try:
            found = at(*ITS_CLOCK)
        finally:
            first.close()
            assert first.join(10)
        assert found.code == 2
        assert "another bot trades this account" in found.err

    def test_a_live_account_behind_a_paper_port(self, call: Call) -> None:
        """The gateway was logged in with the wrong user."""
        with serving(MONDAY, LATE, account="U7654321") as server:
            found = call("run", "--broker", "ib", "--gateway", server.port, *ITS_CLOCK)
        assert found.code == 2
        assert "expected a paper account, found U7654321" in found.err

    def test_a_paper_account_behind_a_live_port(self, call: Call) -> None:
        """Four statements agree, and the gateway does not."""
        live = [word for value in ("trade_mode=live", "account=U123", "confirm_live=U123") for word in ("--set", value)]
        try:
            with serving(MONDAY, LATE, port=4001):
                found = call("run", "--broker", "ib", "--gateway", 4001, *live)
        except Missing as error:
            pytest.skip(str(error))
        assert found.code == 2
        assert "expected U123, found DU1234567; log in with the right user" in found.err

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (["--gateway", "4001"], "a port that is not live"),
            (["--set", "trade_mode=live"], "a live port (4001 or 7496) in live mode"),
            (["--set", "trade_mode=live", "--gateway", "4001", "--set", "account=DU1"], "a live account"),
            (["--set", "account=U123"], "a paper account (empty or DU...) in paper mode"),
        ],
    )
    def test_statements_that_contradict_each_other(self, call: Call, words: list[str], problem: str) -> None:
        """Before any gateway is spoken to."""
        found = call("run", "--broker", "ib", *words)
        assert found.code == 2
        assert problem in found.err

    def test_a_gateway_that_is_not_there(self, call: Call) -> None:
        """Exit code 3: a needed thing is missing."""
        with serving(MONDAY, LATE) as server:
            port = server.port
        found = call("run", "--broker", "ib", "--gateway", port)
        assert found.code == 3
        assert f"gateway at 127.0.0.1:{port}: expected a log-in" in found.err

    def test_a_gateway_on_another_day_by_real_time(self, at: Call) -> None:
        """Its bars would be taken for old ones."""
        found = at()
        assert found.code == 2
        assert "give --clock gateway" in found.err

    def test_a_speed_that_is_not_the_gateways(self, at: Call) -> None:
        """The clocks would part at once."""
        found = at("--clock", "gateway", "--speed", 60)
        assert found.code == 2
        assert "--speed: expected the gateway's own, measured as about" in found.err

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (["--broker", "ib", "--date", "2026-01-05"], "--date: expected none with --broker ib"),
            (["--broker", "ib", "--bars", "es.csv"], "--bars: expected none with --broker ib"),
            (["--broker", "ib", "--seed", "1"], "--seed: expected none with --broker ib"),
            (["--broker", "ib", "--speed", "60"], "--speed: expected none with --broker ib --clock system"),
            (["--gateway", "4002"], "--gateway: expected none with --broker paper"),
            (["--clock", "gateway"], "--clock gateway: expected none with --broker paper"),
        ],
    )
    def test_options_that_do_not_go_together(self, call: Call, words: list[str], problem: str) -> None:
        """An option that would change nothing was meant for something else."""
        found = call("run", *words)
        assert found.code == 2
        assert problem in found.err

    def test_a_paper_clock_for_real_money(self, call: Call) -> None:
        """Whatever else agrees."""
        live = ("trade_mode=live", "account=U123", "confirm_live=U123", "mode.port=4001")
        found = call(
            "run", "--broker", "ib", *(word for each in live for word in ("--set", each)), "--clock", "gateway"
        )
        assert found.code == 2
        assert "--clock: expected system in live mode" in found.err


def test_a_second_bot_on_the_ledger_refuses(at: Call, tmp_path: Path) -> None:
    """Whatever broker it is for."""
    (tmp_path / "var").mkdir()
    with LedgerLock(tmp_path / "var" / "ledger.sqlite"):
        found = at(*ITS_CLOCK)
    assert found.code == 2
    assert "ledger" in found.err


def test_a_ledger_of_another_account_is_not_traded_on(at: Call, call: Call, tmp_path: Path) -> None:
    """In another account's books every holding would be a difference."""
    path = tmp_path / "var" / "ledger.sqlite"
    path.parent.mkdir()
    with closing(Ledger.open(path)) as ledger:
        at_first = LATE - timedelta(hours=1)
        ledger.commit([RunStarted(at=at_first, mode="paper", account="DU42", settings_hash="", version="1")])
    for found in (at(*ITS_CLOCK), call("run", "--date", MONDAY, "--no-web")):
        assert found.code == 2
        assert "found those of DU42; give another folder with --ledger" in found.err


def test_a_day_without_a_session_is_named() -> None:
    """With the next one that has one."""
    with pytest.raises(Missing, match=r"expected one on 2026-01-03, found none: .*; the next opens on 2026-01-05"):
        ib_day._session_of(Calendar(SessionSettings()), date(2026, 1, 3))


class TestFaults:
    """The ledger beside the broker's last word."""

    @pytest.fixture
    def world(self, tmp_path: Path) -> Elsewhere:
        ib = IbSettings(state_file=tmp_path / "ib-order-ids")
        return Elsewhere(ib, spec_of("MES"), Session(trading_day(MONDAY), ()))

    @pytest.fixture
    def ledger(self, tmp_path: Path) -> Iterator[Ledger]:
        with closing(Ledger.open(tmp_path / "ledger.sqlite")) as found:
            yield found

    @pytest.mark.parametrize("taken", [None, timedelta(minutes=-1)])
    def test_silence_after_the_close_is_one(self, world: Elsewhere, ledger: Ledger, taken: timedelta | None) -> None:
        """What was said before the close does not count."""
        closes = trading_day(MONDAY).closes
        if taken is not None:
            world._hear(_snapshot(closes + taken))
        assert world.faults(ledger, closes) == [
            "2026-01-05: the broker has told nothing after the close; the books are not known to agree"
        ]

    def test_two_empty_books_agree(self, world: Elsewhere, ledger: Ledger) -> None:
        """There is nothing to say."""
        closes = trading_day(MONDAY).closes
        world._hear(_snapshot(closes + timedelta(seconds=1)))
        assert world.faults(ledger, closes) == []

    def test_what_only_the_broker_holds_is_one(self, world: Elsewhere, ledger: Ledger) -> None:
        """Options as well as a future that came out of an expiry."""
        closes = trading_day(MONDAY).closes
        held = BrokerPosition(contract=_option(), quantity=1)
        world._hear(_snapshot(closes + timedelta(seconds=1), positions=(held,), others=("1 MESH6",)))
        text = "\n".join(world.faults(ledger, closes))
        assert "holding of MES-20260105-C-6300: ours 0 | broker's 1" in text
        assert "not flat: the broker holds 1 MESH6" in text


def _snapshot(at: datetime, **more: object) -> BrokerSnapshot:
    parts: dict[str, object] = {"orders": (), "executions": (), "settlements": (), "positions": (), **more}
    return BrokerSnapshot(taken_at=at, **parts)  # type: ignore[arg-type]


def _option() -> OptionContract:
    return OptionContract(symbol="MES", expiry=MONDAY, right=Right.CALL, strike=Decimal(6300))
