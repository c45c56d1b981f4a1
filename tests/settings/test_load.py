"""Sources of settings: which wins, what each value remembers, and what is refused."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from pathlib import Path

import pytest

from lottogrid.errors import BadInput, Missing
from lottogrid.settings import Settings, changed, load


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run in an empty folder, so that no settings file is found by itself."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, text: str, name: str = "my.ini") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refusal(*overrides: str, path: Path | None = None, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(BadInput) as caught:
        load(path, environ or {}, overrides)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_without_any_source_the_defaults_hold() -> None:
    """Nothing given is the defaults, and each says so."""
    settings = load(None, {}, [])

    assert settings == Settings()
    assert set(settings.origins.values()) == {"default"}


def test_later_sources_win_and_are_remembered(elsewhere: Path) -> None:
    """File, environment and command line in this order, each value with its origin."""
    path = write(elsewhere, "# mine\n[risk]\nmax_draw = 500\nmax_open_trades: 9  # few\n\n[strategy]\nquantity=2\n")

    settings = load(path, {"MAX_DRAW": "400", "LOTTOGRID_STRATEGY__QUANTITY": "3"}, ["quantity=4"])

    assert (settings.risk.max_draw, settings.risk.max_open_trades, settings.strategy.quantity) == (Decimal(400), 9, 4)
    assert settings.origin("risk.max_draw") == "environment MAX_DRAW"
    assert settings.origin("risk.max_open_trades") == "my.ini:4"
    assert settings.origin("strategy.quantity") == "--set quantity"
    assert settings.origin("strategy.name") == "default"


def test_a_preset_stands_above_file_and_environment_and_below_the_command_line(elsewhere: Path) -> None:
    """Chosen on the command line, a preset is not undone by a file that lists every key."""
    path = write(elsewhere, "[risk]\nmax_draw = 750\nmax_trades_per_day = 12\n")

    settings = load(path, {"MAX_TRADES_PER_DAY": "11"}, ["max_draw=150"], preset="conservative")

    assert settings.risk.max_draw == Decimal(150)
    assert settings.risk.max_trades_per_day == 6
    assert settings.origin("risk.max_trades_per_day") == "preset conservative"


@pytest.mark.parametrize(
    "name", ["max_draw", "MAX_DRAW", "Max_Draw", "risk.max_draw", "RISK.MAX_DRAW", " risk.max_draw "]
)
def test_a_key_may_be_bare_or_with_its_section_in_any_case(name: str) -> None:
    """All spellings of a key mean one setting."""
    assert load(None, {}, [f"{name} = 123.50"]).risk.max_draw == Decimal("123.5")


@pytest.mark.parametrize("name", ["MAX_DRAW", "LOTTOGRID_MAX_DRAW", "LOTTOGRID_RISK__MAX_DRAW"])
def test_the_environment_knows_three_names(name: str) -> None:
    """The original's bare name, the prefixed key, and the prefixed section with key."""
    assert load(None, {name: "300"}, []).risk.max_draw == Decimal(300)


def test_bare_environment_names_are_only_the_originals() -> None:
    """A stray PORT, SEED or LEVEL of some other program is none of ours."""
    assert load(None, {"PORT": "1", "SEED": "7", "LEVEL": "x", "QUANTITY": "9", "HOME": "/"}, []) == Settings()


def test_names_with_the_prefix_that_are_no_settings_pass() -> None:
    """The file's own variable and the data folder's are not mistaken for settings."""
    assert load(None, {"LOTTOGRID_DATA": "/somewhere", "LOTTOGRID_SETTINGS": ""}, []) == Settings()


def test_one_setting_under_two_names_must_agree() -> None:
    """The environment may repeat itself, but not contradict itself."""
    assert load(None, {"MAX_DRAW": "9", "LOTTOGRID_MAX_DRAW": "9"}, []).risk.max_draw == 9
    text = refusal(environ={"MAX_DRAW": "9", "LOTTOGRID_MAX_DRAW": "8"})
    assert "environment MAX_DRAW" in text
    assert "environment LOTTOGRID_MAX_DRAW" in text


def test_the_first_file_found_is_read(elsewhere: Path) -> None:
    """`--config` before `$LOTTOGRID_SETTINGS` before `./settings.ini`."""
    given = write(elsewhere, "[risk]\nmax_draw = 1\n", "given.ini")
    named = write(elsewhere, "[risk]\nmax_draw = 2\n", "named.ini")
    write(elsewhere, "[risk]\nmax_draw = 3\n", "settings.ini")

    assert load(given, {"LOTTOGRID_SETTINGS": str(named)}, []).risk.max_draw == 1
    assert load(None, {"LOTTOGRID_SETTINGS": str(named)}, []).risk.max_draw == 2
    assert load(None, {}, []).risk.max_draw == 3


def test_a_file_that_was_named_must_exist(elsewhere: Path) -> None:
    """A typing error in a path does not silently mean the defaults."""
    with pytest.raises(Missing, match=r"absent\.ini"):
        load(elsewhere / "absent.ini", {}, [])
    with pytest.raises(Missing, match=r"absent\.ini"):
        load(None, {"LOTTOGRID_SETTINGS": "absent.ini"}, [])


@pytest.mark.parametrize(
    ("override", "parts"),
    [
        ("max_drow=1", ["max_drow", "did you mean max_draw?"]),
        ("risk.max_drawdown=1", ["did you mean risk.max_draw?"]),
        ("zzz=1", ["'zzz'", "--set zzz"]),
        ("port=4002", ["mode.port or web.port"]),
        ("max_draw", ["KEY=VALUE", "'max_draw'"]),
        ("max_draw=lots", ["risk.max_draw", "a number above 0", "'lots'", "--set max_draw"]),
        ("max_draw=0", ["a number above 0"]),
        ("max_draw=nan", ["'nan'"]),
        ("max_draw=inf", ["'inf'"]),
        ("volatility_threshold=nan", ["above 0 and at most 10", "'nan'"]),
        ("quantity=1.5", ["a whole number from 1 to 100", "'1.5'"]),
        ("profit_target_multiplier=1", ["a number above 1"]),
        ("entry_measure=both", ["move or annualised", "'both'"]),
        ("instrument=NQ", ["MES", "'NQ'"]),
        ("market_open=9.30", ["HH:MM", "'9.30'"]),
        ("market_open=09:30Z", ["HH:MM"]),
        ("market_open=25:00", ["HH:MM"]),
        ("enabled=maybe", ["true or false"]),
        ("profile=", ["not empty"]),
        ("strategy.name=Lotto Grid", ["lower case"]),
    ],
)
def test_what_is_wrong_is_named_with_what_was_found_and_what_is_allowed(override: str, parts: list[str]) -> None:
    """Every refusal is one line that lets the reader repair it."""
    text = refusal(override)

    for part in parts:
        assert part in text


def test_several_wrong_values_are_all_named() -> None:
    """The first is explained, the others are listed."""
    text = refusal("max_draw=x", "quantity=y", "web.port=z")

    assert "2 more wrong" in text
    for key in ("strategy.quantity", "risk.max_draw", "web.port"):
        assert key in text


@pytest.mark.parametrize("name", ["LOTTOGRID_MAX_DROW", "LOTTOGRID_RISK__MAX_DROW", "LOTTOGRID_RISK_MAX_DRAW"])
def test_an_unknown_prefixed_name_in_the_environment_is_refused(name: str) -> None:
    """A misspelt limit must not be a limit that does not hold."""
    assert f"environment {name}" in refusal(environ={name: "1"})


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[risk]\nmax_drow = 1\n", ["my.ini:2", "max_draw"]),
        ("[risks]\nmax_draw = 1\n", ["my.ini:2", "risk.max_draw"]),
        ("[DEFAULT]\nmax_draw = 1\n", ["my.ini:2"]),
        ("max_draw = 1\n", ["my.ini:1", "before any section"]),
        ("[risk]\nmax_draw\n", ["my.ini:2", "key = value"]),
        ("[risk]\nmax_draw = 1\nMAX_DRAW = 2\n", ["my.ini:3", "twice"]),
        ("[risk]\n[risk]\n", ["my.ini:2", "twice"]),
        ("[risk]\nmax_draw = x\n", ["my.ini:2", "risk.max_draw", "'x'"]),
        ("[risk]\nmax_draw = 5\n  and more\n", ["risk.max_draw"]),
    ],
)
def test_a_broken_file_is_refused_with_file_and_line(elsewhere: Path, text: str, parts: list[str]) -> None:
    """Unknown keys and sections, repetitions and lines that are none."""
    found = refusal(path=write(elsewhere, text))

    for part in parts:
        assert part in found


def test_a_file_that_is_no_text_is_refused(elsewhere: Path) -> None:
    """Bytes that are not UTF-8 are not guessed at."""
    path = elsewhere / "binary.ini"
    path.write_bytes(b"[risk]\nmax_draw = \xff\xfe\n")

    with pytest.raises(Missing, match="readable text"):
        load(path, {}, [])


def test_the_originals_hours_and_minutes_become_session_settings() -> None:
    """Flatten at 15:58 with a close at 16:00 is two minutes before the close."""
    environ = {
        "MARKET_OPEN_HOUR": "10",
        "MARKET_OPEN_MINUTE": "0",
        "MARKET_CLOSE_HOUR": "15",
        "MARKET_CLOSE_MINUTE": "45",
        "FLATTEN_HOUR": "15",
        "FLATTEN_MINUTE": "40",
    }

    session = load(None, environ, []).session

    assert (session.market_open, session.market_close, session.flatten_minutes) == (time(10), time(15, 45), 5)


def test_half_a_time_of_day_takes_its_other_half_from_the_source_before(elsewhere: Path) -> None:
    """Only the minute of flattening is given: the hour is that of the flatten time so far."""
    path = write(elsewhere, "[session]\nmarket_close = 15:30\n")

    settings = load(path, {"FLATTEN_MINUTE": "20"}, ["market_close_hour=14"])

    assert settings.session.market_close == time(14, 30)
    assert settings.session.flatten_minutes == 10
    assert settings.origin("session.flatten_minutes") == "environment FLATTEN_MINUTE"
    assert settings.origin("session.market_close") == "--set market_close_hour"


@pytest.mark.parametrize(
    ("overrides", "parts"),
    [
        (["FLATTEN_HOUR=16", "FLATTEN_MINUTE=0"], ["before market_close 16:00", "16:00"]),
        (["FLATTEN_HOUR=24"], ["from 0 to 23", "'24'"]),
        (["MARKET_OPEN_MINUTE=60"], ["from 0 to 59"]),
        (["MARKET_OPEN_MINUTE=-1"], ["'-1'"]),
        (["market_close=15:00", "MARKET_CLOSE_HOUR=14"], ["session.market_close", "drop one"]),
        (["flatten_minutes=x"], ["session.flatten_minutes", "'x'"]),
    ],
)
def test_impossible_hours_and_minutes_are_refused(overrides: list[str], parts: list[str]) -> None:
    """Half times of day are checked like everything else."""
    text = refusal(*overrides)

    for part in parts:
        assert part in text


def test_changes_keep_what_was_set_and_its_origin() -> None:
    """A variation of settings differs in what was changed only."""
    base = load(None, {"MAX_DRAW": "400"}, ["seed=7"])

    varied = changed(base, ["max_draw=300", "implied_move_multiplier_1=1.1"])

    assert varied.risk.max_draw == 300
    assert varied.simulator.seed == 7
    assert varied.origin("simulator.seed") == "--set seed"
    assert varied.origin("risk.max_draw") == "--set max_draw"
    assert base.risk.max_draw == 400
    assert changed(base, []) == base


def test_a_change_of_settings_made_in_code_keeps_them() -> None:
    """Settings that never came from a source are carried over, too."""
    base = Settings.model_validate({"risk": {"max_draw": "123"}})

    assert changed(base, ["quantity=2"]).risk.max_draw == 123
