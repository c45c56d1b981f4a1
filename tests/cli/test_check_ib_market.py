"""`lottogrid check --broker ib`: contracts, quotes and the what-if order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lottogrid.brokers.ib.contracts import Contracts
from lottogrid.errors import Missing
from lottogrid.gateway import trading
from lottogrid.gateway.lines import Lines
from tests.brokers.ib.made import HandClock, desk
from tests.cli.looking import SOON, checked, failed, refuse
from tests.exchange.desk import DAY

pytestmark = [
    pytest.mark.sockets,
    pytest.mark.threads,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:eventkit"),
]


class TestContracts:
    def test_a_login_that_does_not_see_the_product(self, tmp_path: Path) -> None:
        """The permission is named; the gateway of the tests knows no ES."""
        with desk(tmp_path) as made:
            checks = checked(made, symbol="ES")
        assert failed(checks) == ["future"]
        assert "(code 200); in the Client Portal, Settings, Trading Permissions" in checks["future"].found

    def test_a_chain_that_is_not_told(self, tmp_path: Path) -> None:
        """What leans on the chain is not looked at, the future's quotes are."""
        with desk(tmp_path) as made:
            made.play("lose", request="reqSecDefOptParams", count=9)
            checks = checked(made, **SOON)
        assert failed(checks) == ["future"]
        assert "restart the gateway" in checks["future"].found

    def test_after_the_close_the_next_session_is_looked_at(self, tmp_path: Path) -> None:
        """Today's options are gone then."""
        with desk(tmp_path, clock=HandClock(DAY.closes + timedelta(minutes=10))) as made:
            checks = checked(made, **SOON)
        assert "options of 2025-04-10" in checks["chain"].found

    def test_a_strike_that_is_not_listed_today_is_passed_over(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A chain names the strikes of all its days."""
        ask, asked = Contracts.option, []

        async def option(self: Contracts, wanted: Any) -> Any:
            asked.append(wanted)
            if len(asked) < 3:
                raise Missing(f"{wanted}: expected one contract, found 0")
            return await ask(self, wanted)

        monkeypatch.setattr(Contracts, "option", option)
        with desk(tmp_path) as made:
            checks = checked(made)
        assert failed(checks) == []
        assert [int(each.strike) for each in asked] == [6300, 6305, 6310]

    def test_no_strike_that_is_listed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The broker's words stand in the line."""

        async def option(_: Contracts, wanted: Any) -> Any:
            raise Missing(f"{wanted}: expected one contract, found 0 of 0 told; it is not traded")

        monkeypatch.setattr(Contracts, "option", option)
        with desk(tmp_path) as made:
            checks = checked(made)
        assert failed(checks) == ["option"]
        assert "found 0 of 0 told" in checks["option"].found

    def test_a_day_without_options(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The front future is found all the same, and its quotes are looked at."""

        async def none(*_: Any) -> list[Any]:
            return []

        monkeypatch.setattr(Contracts, "_chains_on", none)
        with desk(tmp_path) as made:
            checks = checked(made)
        assert failed(checks) == ["chain"]
        assert "found none; check permissions and the date" in checks["chain"].found
        assert checks["future's quotes"].passed

    @pytest.mark.parametrize(("last_trade", "passes"), [(None, True), (DAY.closes - timedelta(hours=3), False)])
    def test_a_last_trading_time_that_the_calendar_does_not_know(
        self, last_trade: Any, passes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """None is worth a look; another one than ours fails, as such a day is not traded."""
        ask = Contracts.option

        async def option(self: Contracts, wanted: Any) -> Any:
            return replace(await ask(self, wanted), last_trade=last_trade)

        monkeypatch.setattr(Contracts, "option", option)
        with desk(tmp_path) as made:
            checks = checked(made)
        assert checks["option"].passed is passes
        assert ("not told" if passes else "expected the broker to agree") in checks["option"].found
        assert checks["option"].warns is passes


class TestQuotes:
    @pytest.mark.parametrize(
        ("code", "advice"),
        [
            (354, "in the Client Portal subscribe to real-time CME futures and options"),
            (10089, "in the Client Portal subscribe to real-time CME futures and options"),
            (10197, "another log-in with this user has the quotes"),
            (101, "end other programs that take quotes"),
        ],
    )
    def test_refused(self, code: int, advice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each code has its own advice; an order is asked about all the same."""
        refuse(monkeypatch, Lines, "open", code, "No market data")
        with desk(tmp_path) as made:
            checks = checked(made)
        assert failed(checks) == ["future's quotes", "option's quotes"]
        assert f"No market data (code {code}); {advice}" in checks["future's quotes"].found

    def test_delayed(self, tmp_path: Path) -> None:
        """Nothing is traded on them: 10167."""
        with desk(tmp_path) as made:
            made.play("delay-data")
            checks = checked(made)
        assert failed(checks) == ["future's quotes", "option's quotes"]
        assert "code 10167" in checks["future's quotes"].found
        assert "subscribe to real-time" in checks["future's quotes"].found

    def test_none_while_the_market_is_open(self, tmp_path: Path) -> None:
        """Silence is not taken for a quiet market."""
        with desk(tmp_path) as made:
            made.play("silence")
            checks = checked(made, **SOON)
        assert failed(checks) == ["future's quotes", "option's quotes"]
        assert "found none though its market is open" in checks["future's quotes"].found

    def test_none_while_the_market_is_closed(self, tmp_path: Path) -> None:
        """It is no failure, and it is to be looked at again."""
        with desk(tmp_path, clock=HandClock(DAY.closes + timedelta(hours=1, minutes=30))) as made:
            made.play("silence")
            checks = checked(made, **SOON)
        assert failed(checks) == []
        assert checks["future's quotes"].warns
        assert "its market is closed; check again in its hours" in checks["future's quotes"].found


class TestWhatIfOrder:
    @pytest.mark.parametrize(
        ("code", "text", "advice"),
        [
            (201, "Order rejected - reason:No trading permissions", "Trading Permissions"),
            (321, "API interface is currently in Read-Only mode.", "switch Read-Only API off"),
            (9999, "nobody knows this", "look the code up"),
        ],
    )
    def test_refused(self, code: int, text: str, advice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The broker's words and what to do about them."""
        refuse(monkeypatch, trading, "_what_if", code, text)
        with desk(tmp_path) as made:
            checks = checked(made)
        assert failed(checks) == ["what-if order"]
        assert f"{text} (code {code})" in checks["what-if order"].found
        assert advice in checks["what-if order"].found

    def test_not_answered(self, tmp_path: Path) -> None:
        """Nor is anything left at the gateway."""
        with desk(tmp_path) as made:
            made.play("lose", request="placeOrder")
            checks = checked(made, **SOON)
            assert list(made.hub.tickets) == []
        assert failed(checks) == ["what-if order"]
        assert "restart the gateway" in checks["what-if order"].found

    def test_an_answer_without_margins_is_not_the_answer(self, tmp_path: Path) -> None:
        """The one that follows is."""
        with desk(tmp_path) as made:
            made.play("unset-what-if")
            checks = checked(made)
        assert failed(checks) == []
        assert "None" not in checks["what-if order"].found
