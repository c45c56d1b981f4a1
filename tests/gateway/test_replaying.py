"""A session of an unmodified client is recorded, and replayed to another gateway."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lottogrid.cli.main import main
from lottogrid.errors import BadInput, Missing
from lottogrid.gateway.outgoing import OUTGOING
from lottogrid.gateway.recording import Entry, Kind, Mask, Recording, Side, Writer, frames, read
from lottogrid.gateway.relay import Relay
from lottogrid.gateway.replaying import began_at, replay
from lottogrid.gateway.translating import Translator
from tests.gateway.conftest import Connect, Serve
from tests.gateway.library import future_of, option_of, until
from tests.gateway.made import REQUESTS
from tests.gateway.test_comparing import message
from tests.gateway.test_load import free_port
from tests.gateway.test_server import HELLO, connected, is_served, rest

pytestmark = [
    pytest.mark.sockets,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:eventkit"),
]

Record = Callable[..., Recording]
STARTED = datetime(2026, 11, 20, 15, tzinfo=UTC)


def session(ib: Any, library: Any) -> None:
    """Do a little of everything, and leave."""
    future, call = future_of(ib, library), option_of(ib, library)
    ib.reqSecDefOptParams("MES", "CME", "FUT", future.conId)
    ib.reqMarketRule(239)
    line = ib.reqMktData(call)
    until(ib, lambda: line.hasBidAsk() and line.modelGreeks)
    ib.reqHistoricalData(future, "", "600 S", "1 min", "TRADES", useRTH=False)
    ib.whatIfOrder(call, library.LimitOrder("BUY", 1, 5))
    trade = ib.placeOrder(call, library.MarketOrder("BUY", 1, orderRef="LG-1"))
    until(ib, lambda: trade.isDone() and trade.fills and trade.fills[0].commissionReport.execId)
    resting = ib.placeOrder(call, library.LimitOrder("SELL", 1, 40, orderRef="LG-2"))
    until(ib, lambda: resting.orderStatus.status == "Submitted")
    ib.cancelOrder(resting.order)
    until(ib, resting.isDone)
    ib.reqExecutions()
    ib.reqCompletedOrders(False)
    ib.reqCurrentTime()
    ib.disconnect()
    ib.sleep(0.05)


@pytest.fixture
def record(serve: Serve, come_in: Connect, library: Any, tmp_path: Path) -> Record:
    """Return what records a session with a new gateway into `a.jsonl`, and returns it."""

    def begin(mask: Mask | None = None) -> Recording:
        server = serve()
        path = tmp_path / "a.jsonl"
        with path.open("w", encoding="utf-8") as file:
            writer = Writer(file, STARTED, mask)
            with Relay(("127.0.0.1", server.port), writer.write) as relay:
                session(come_in(relay.port), library)
        return read(path)

    return begin


def doctored(recording: Recording, name: str, change: Callable[[list[str]], list[str]]) -> Recording:
    """Return the recording with every message of a kind changed."""

    def one(entry: Entry) -> Entry:
        if (
            entry.kind is not Kind.FRAME
            or entry.side is not Side.SERVER
            or entry.texts[:1] != [str(OUTGOING[name].number)]
        ):
            return entry
        body = "".join(f"{text}\0" for text in change(entry.texts)).encode()
        return Entry(at=entry.at, connection=entry.connection, kind=entry.kind, side=entry.side, body=body)

    return Recording(recording.started, [one(entry) for entry in recording.entries])


def test_a_recorded_session_replayed_to_another_gateway_shows_no_difference(record: Record, serve: Serve) -> None:
    """Every kind of message that was recorded comes again; with the accounts hidden, too."""
    recording = record(Mask())

    report = replay(recording, "127.0.0.1", serve().port)

    assert report.is_same
    assert [kind for kind in report.kinds if kind.differences or kind.notes] == []
    names = {kind.name for kind in report.kinds if kind.replayed}
    assert {"openOrder", "completedOrder", "execDetails", "commissionReport", "tickOptionComputation"} <= names
    assert len(names) >= 25
    assert "DU1234567" not in "".join(entry.line() for entry in recording.entries)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("openOrder", lambda texts: texts[:-1], "fewer fields than the table has: 135"),
        ("commissionReport", lambda texts: [*texts, "7"], "1 more fields than the table has: 9"),
        (
            "execDetails",
            lambda texts: [*texts[:3], "?", *texts[4:]],
            "conId: recorded a text, replayed a number",
        ),
    ],
)
def test_a_doctored_recording_shows_a_named_difference(
    record: Record, serve: Serve, name: str, change: Any, said: str
) -> None:
    """One kind differs, in the field that was touched, and no other."""
    report = replay(doctored(record(), name, change), "127.0.0.1", serve().port)

    assert [(kind.name, kind.differences) for kind in report.kinds if kind.differences] == [(name, (said,))]


def test_the_relay_changes_nothing_and_loses_nothing(record: Record, serve: Serve) -> None:
    """Both directions, whole, in order, with rising times; and the same client may come again."""
    recording = record()

    kinds = [entry.kind for entry in recording.entries]
    assert (kinds[0], kinds[-1]) == (Kind.OPEN, Kind.CLOSE)
    assert recording.entries[-1].side is Side.CLIENT
    assert [entry.at for entry in recording.entries] == sorted(entry.at for entry in recording.entries)
    said = frames(recording.entries, Side.CLIENT)
    assert (said[0].body[:4], said[1].texts[0]) == (b"v157", "71")
    assert frames(recording.entries, Side.SERVER)[0].texts[0] == "176"
    with Relay(("127.0.0.1", serve().port), lambda _: None) as relay:
        assert is_served(relay)  # type: ignore[arg-type]


def test_what_is_no_protocol_passes_too(serve: Serve) -> None:
    """The server decides what to do with it; the recording shows it."""
    found: list[Entry] = []
    with Relay(("127.0.0.1", serve().port), found.append) as relay, connected(relay, b"GET / HTTP/1.1\r\n") as client:  # type: ignore[arg-type]
        rest(client)

    assert [(entry.kind, entry.body) for entry in found if entry.body] == [(Kind.BYTES, b"GET / HTTP/1.1\r\n")]
    assert (found[-1].kind, found[-1].side) == (Kind.CLOSE, Side.SERVER)


def test_a_server_that_is_not_there_is_told_by_a_closed_connection() -> None:
    """And by a word afterwards."""
    with Relay(("127.0.0.1", free_port()), lambda _: None) as relay, connected(relay, HELLO) as client:  # type: ignore[arg-type]
        assert rest(client) == b""

    assert len(relay.refused) == 1


def test_a_taken_port_is_named(serve: Serve) -> None:
    """So that the operator chooses another."""
    server = serve()

    with pytest.raises(Missing, match="expected it to be free"), Relay(("127.0.0.1", 1), print, port=server.port):
        pass


def test_a_recording_without_a_conversation_is_refused(serve: Serve) -> None:
    """Nothing compared must not pass for no difference."""
    with pytest.raises(BadInput, match="expected a client that was greeted"):
        replay(Recording(STARTED), "127.0.0.1", serve().port)


def test_another_version_is_a_difference_of_its_own(record: Record, serve: Serve) -> None:
    """Layouts of two versions cannot be compared."""
    report = replay(record(), "127.0.0.1", serve(version_max=170).port)

    assert not report.is_same
    assert report.versions == ("recorded 176, replayed 170",)
    assert report.kinds == ()


def test_the_time_of_a_recording_is_that_of_its_greeting(record: Record) -> None:
    """A gateway of one's own is put to that instant; without a greeting it is when the recording began."""
    assert began_at(record()).date().isoformat() == "2025-04-09"
    assert began_at(Recording(STARTED)) == STARTED


@pytest.mark.parametrize("drops", [False, True])
def test_the_command_compares_and_says_so_by_its_exit_code(
    record: Record, serve: Serve, tmp_path: Path, capsys: pytest.CaptureFixture[str], *, drops: bool
) -> None:
    """0 for no difference, 1 for one; a person and a program can read it."""
    recording = record()
    if drops:
        recording = doctored(recording, "openOrder", lambda texts: texts[:-1])
        with (tmp_path / "a.jsonl").open("w", encoding="utf-8") as file:
            writer = Writer(file, STARTED)
            for entry in recording.entries:
                writer.write(entry)
    port = str(serve().port)

    assert main(["gateway", "replay", str(tmp_path / "a.jsonl"), "--port", port, "--json"]) == int(drops)
    document = json.loads(capsys.readouterr().out)
    assert document["same"] is not drops
    differing = [kind["name"] for kind in document["kinds"] if kind["differences"]]
    assert differing == (["openOrder"] if drops else [])


@pytest.mark.process
def test_the_commands_record_a_session_and_replay_it_on_a_gateway_of_their_own(
    serve: Serve, come_in: Connect, library: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the recorded day and at its time: the recording is all that is needed."""
    path, port = tmp_path / "a.jsonl", free_port()
    upstream = f"127.0.0.1:{serve().port}"
    words = ["gateway", "record", "--upstream", upstream, "--port", str(port), "--mask-account", str(path)]
    with subprocess.Popen([sys.executable, "-m", "lottogrid", *words], stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            assert str(port) in process.stderr.readline()
            session(come_in(port), library)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0

    code = main(["gateway", "replay", str(path), "--speed", "60", "--set", "simulator.profile=paper"])

    said = capsys.readouterr().out
    assert (code, said.splitlines()[-1]) == (0, "No layout differs.")
    assert main(["gateway", "record", "--upstream", upstream, str(path)]) == 2, "it never overwrites a recording"


@pytest.mark.parametrize("words", [["--upstream", "4002"], ["--upstream", "h:x"], ["--pace", "0"]])
def test_senseless_options_are_refused(words: list[str], tmp_path: Path) -> None:
    """Exit code 2."""
    task = "record" if "--upstream" in words else "replay"

    assert main(["gateway", task, *words, str(tmp_path / "a.jsonl")]) == 2


def test_a_client_is_made_to_speak_of_what_the_other_server_has() -> None:
    """Accounts, contracts, market rules, order numbers; what the recorded server never named stays as it was."""
    option = {"secType": "FOP", "symbol": "MES", "lastTradeDate": "20250409 15:00:00 US/Central", "right": "C"}
    theirs = {**option, "strike": "6340.0", "conId": 111, "marketRuleIds": "26,480"}
    ours = {**option, "strike": 6340, "conId": 222, "marketRuleIds": "67,239"}
    made = Translator(
        [
            message("managedAccounts", accounts="DU0000001"),
            message("nextValidId", orderId=3),
            message("contractDetails", **theirs),
        ],
        176,
    )
    made.hear(message("managedAccounts", accounts="DU1234567"))
    made.hear(message("nextValidId", orderId=10))
    made.hear(message("contractDetails", **ours))

    def said(name: str, **values: Any) -> dict[str, Any]:
        texts = REQUESTS[name].write(values, 176)
        found, _ = REQUESTS[name].read(made.translated(texts)[4:].decode().split("\0")[1:-1], 176)
        return found

    legs = [{"conId": 111, "ratio": 1, "action": "BUY", "exchange": "CME"}]
    order = said("placeOrder", orderId=4, conId=111, account="DU0000001", secType="BAG", comboLegs=legs)
    assert (order["orderId"], order["conId"], order["account"], order["parentId"]) == ("11", "222", "DU1234567", "0")
    assert order["comboLegs"][0]["conId"] == "222"
    assert said("reqMarketRule", ruleId=480)["ruleId"] == "239"
    assert said("reqMktData", reqId=4, conId=999)["conId"] == "999"
    assert made.translated(["9999", "x"]).endswith(b"9999\0x\0")
