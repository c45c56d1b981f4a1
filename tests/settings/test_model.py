"""The settings object: rules between values, identity, JSON, documentation, presets."""

from __future__ import annotations

import json
import pickle
import re
from datetime import time
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import ValidationError

from lottogrid.errors import BadInput
from lottogrid.settings import PRESETS, SessionSettings, Settings, WebSettings, load
from lottogrid.settings.kinds import allowed
from lottogrid.settings.model import FIELDS
from lottogrid.settings.reference import ini, markdown

ROOT = Path(__file__).resolve().parent.parent.parent
SHIPPED = ROOT / "settings.ini"


def with_(*overrides: str) -> Settings:
    return load(SHIPPED, {}, overrides)


@pytest.mark.parametrize("port", [4001, 7496])
def test_live_needs_mode_port_account_and_confirmation(port: int) -> None:
    """With all four agreeing, live is live."""
    settings = with_("trade_mode=LIVE", f"mode.port={port}", "account=U1234567", "confirm_live=U1234567")

    assert settings.mode.trade_mode == "live"


LIVE = {"trade_mode": "live", "mode.port": "4001", "account": "U1234567", "confirm_live": "U1234567"}


@pytest.mark.parametrize(
    "slip",
    [
        {"trade_mode": "paper"},
        {"mode.port": "4002"},
        {"mode.port": "5000"},
        {"account": ""},
        {"account": "DU1234567", "confirm_live": "DU1234567"},
        {"account": "du1234567", "confirm_live": "du1234567"},
        {"confirm_live": ""},
        {"confirm_live": "U7654321"},
        {"trade_mode": "paper", "mode.port": "4002"},
        {"trade_mode": "paper", "account": ""},
        {"trade_mode": "paper", "account": "DU1234567"},
    ],
)
def test_any_single_disagreement_about_live_is_refused(slip: dict[str, str]) -> None:
    """A slip in one of the statements is an error that names mode, port and account as found."""
    statements = LIVE | slip

    with pytest.raises(BadInput) as caught:
        with_(*(f"{key}={value}" for key, value in statements.items()))

    for part in (statements["trade_mode"], statements["mode.port"], statements["account"] or "empty"):
        assert part in str(caught.value)


@pytest.mark.parametrize("overrides", [["mode.port=7497"], ["account=DU1234567"], ["mode.port=5001"]])
def test_paper_takes_paper_accounts_and_any_port_that_is_not_live(overrides: list[str]) -> None:
    """Paper is the mode that needs no ceremony."""
    assert with_(*overrides).mode.trade_mode == "paper"


@pytest.mark.parametrize(
    "values",
    [
        {"market_open": time(16), "market_close": time(9, 30)},
        {"last_entry_minutes": 390},
        {"last_entry_minutes": 2, "flatten_minutes": 2},
        {"last_entry_minutes": 5, "flatten_minutes": 10},
        {"market_open": time(15, 30)},
    ],
)
def test_the_session_must_be_in_order(values: dict[str, object]) -> None:
    """Open before last entry before flatten before close."""
    with pytest.raises(BadInput, match="open < last entry < flatten < close"):
        SessionSettings.model_validate(values)


def test_a_combo_is_not_repriced() -> None:
    """The two contradict each other, and the message names both."""
    with pytest.raises(BadInput, match="expected entry_reprices = 0 with entry_as = combo, found 2"):
        with_("entry_as=combo", "entry_reprices=2")
    assert with_("entry_as=Combo", "lone_leg=chase").strategy.entry_as == "combo"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_the_page_may_listen_on_this_machine(host: str) -> None:
    """Every loopback address needs no permission."""
    assert WebSettings(host=host).host == host


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "bot.example.org"])
def test_the_page_may_listen_elsewhere_only_when_allowed(host: str) -> None:
    """Anything that other machines reach, or may reach, has to be permitted."""
    with pytest.raises(BadInput, match="allow_remote"):
        WebSettings(host=host)
    assert WebSettings(host=host, allow_remote=True).host == host


def test_settings_cannot_be_changed() -> None:
    """Neither a section nor a value can be replaced."""
    settings = Settings()

    with pytest.raises(ValidationError):
        settings.risk.max_draw = Decimal(1)
    with pytest.raises(ValidationError):
        settings.risk = settings.risk.model_copy()


def test_equality_and_hash_ignore_where_values_came_from() -> None:
    """The same values by another way are the same settings."""
    given = with_("max_draw=750.00", "volatility_threshold=0.670")

    assert given == Settings()
    assert hash(given) == hash(Settings())
    assert given.hash == Settings().hash
    assert given != with_("web.port=1")


@pytest.mark.parametrize(
    "override", ["max_draw=751", "volatility_threshold=0.68", "market_close=15:59", "put_slope=-0.06", "seed=2"]
)
def test_the_hash_changes_with_what_can_change_a_trade(override: str) -> None:
    """Two runs with the same hash are comparable."""
    assert with_(override).hash != Settings().hash


@pytest.mark.parametrize(
    "override", ["web.port=1", "storage.directory=x", "log.level=debug", "account=DU1", "mode.port=7497", "speed=1"]
)
def test_the_hash_stays_with_what_cannot(override: str) -> None:
    """Folders, ports and the page do not trade."""
    assert with_(override).hash == Settings().hash


def test_the_hash_is_short_and_the_same_in_every_process() -> None:
    """The default's hash is pinned: a change of it is a change of the defaults, to be made on purpose."""
    assert Settings().hash == "6c3980a76f76"


def test_json_holds_every_value_exactly() -> None:
    """Through JSON and back the settings are the same; money stays decimal, times are HH:MM."""
    settings = with_("max_premium_per_strangle=24.95", "market_close=15:45", "prior_volatility=0.1234567890123")

    through = json.loads(json.dumps(settings.to_dict(), allow_nan=False))

    assert Settings.model_validate(through) == settings
    assert through["strategy"]["max_premium_per_strangle"] == "24.95"
    assert through["session"]["market_close"] == "15:45"


def test_settings_travel_to_other_processes_with_their_origins() -> None:
    """A pickled copy equals the original and knows where its values came from."""
    settings = with_("max_draw=400")

    copy = pickle.loads(pickle.dumps(settings))

    assert copy == settings
    assert copy.origin("risk.max_draw") == "--set max_draw"


def test_the_origin_of_an_unknown_key_is_refused() -> None:
    """A key that does not exist has no origin."""
    with pytest.raises(BadInput, match="max_drow"):
        Settings().origin("risk.max_drow")


def test_logs_live_in_the_storage_folder_unless_told_otherwise() -> None:
    """An empty log folder is `logs` beside the ledger."""
    assert with_("storage.directory=data").log_directory == Path("data/logs")
    assert with_("log.directory=/tmp/x").log_directory == Path("/tmp/x")


def test_every_setting_is_described() -> None:
    """Each key says what it does in a sentence, and what it allows."""
    for key, field in FIELDS.items():
        assert field.description, key
        assert field.description.endswith("."), key
        assert allowed(field), key


def test_the_shipped_file_is_the_code() -> None:
    """`settings.ini` holds every key at its default, with the descriptions of the code."""
    text = SHIPPED.read_text(encoding="utf-8")
    settings = load(SHIPPED, {}, [])

    assert text == ini()
    assert settings == Settings()
    assert not [key for key, origin in settings.origins.items() if not re.fullmatch(r"settings\.ini:\d+", origin)]
    lines = text.splitlines()
    for key, origin in settings.origins.items():
        assert lines[int(origin.partition(":")[2]) - 1].startswith(f"{key.partition('.')[2]} =")


def test_the_reference_names_every_setting_and_preset() -> None:
    """Each key has a row, with the original's names where there are any, and no cell breaks the table."""
    page = markdown()

    for key in FIELDS:
        assert f"| `{key.partition('.')[2]}` |" in page
    for name in (*PRESETS, "MAX_DRAW", "FLATTEN_MINUTE", "MARKET_OPEN_HOUR"):
        assert f"`{name}`" in page
    for row in (line for line in page.splitlines() if line.startswith("| `") and "$" not in line):
        assert row.count("|") in {6, 12}


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_loads_and_its_day_fits_its_loss_limit(name: str) -> None:
    """A preset is valid, and all its entries together cannot cost more than the loss it allows."""
    settings = load(SHIPPED, {}, [], preset=name)

    assert settings.strategy.max_premium_per_strangle * settings.risk.max_trades_per_day <= settings.risk.max_draw
    assert settings.risk.max_draw <= settings.risk.start_cash
    assert settings.strategy.implied_move_multiplier_1 < settings.strategy.implied_move_multiplier_2


def test_moderate_is_the_defaults() -> None:
    """The preset in the middle changes nothing."""
    assert load(SHIPPED, {}, [], preset="moderate") == Settings()


def test_the_tempers_rise() -> None:
    """From conservative to aggressive the cap, the entries and the loss limit grow."""
    tempers = [load(SHIPPED, {}, [], preset=name) for name in ("conservative", "moderate", "aggressive")]

    for low, high in pairwise(tempers):
        assert low.strategy.max_premium_per_strangle < high.strategy.max_premium_per_strangle
        assert low.risk.max_trades_per_day < high.risk.max_trades_per_day
        assert low.risk.max_draw < high.risk.max_draw


def test_an_unknown_preset_is_refused_with_the_known_ones() -> None:
    """The refusal lists what there is."""
    with pytest.raises(BadInput, match=r"conservative, moderate, aggressive.*'bold'"):
        load(SHIPPED, {}, [], preset="bold")
