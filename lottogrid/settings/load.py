"""Reads the settings from every source, the later over the earlier, and says which was wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from lottogrid.errors import BadInput
from lottogrid.settings.clock_names import translate
from lottogrid.settings.kinds import allowed, show
from lottogrid.settings.model import FIELDS, Settings
from lottogrid.settings.presets import preset_named
from lottogrid.settings.sources import Given, find_file, from_environment, from_file, from_overrides


def load(
    path: Path | None, environ: Mapping[str, str], overrides: Sequence[str], preset: str | None = None
) -> Settings:
    """Return the settings: defaults, then the file, the environment, the preset, `--set`; later wins.

    Args:
        path: the file given by `--config`; None looks in `$LOTTOGRID_SETTINGS`, `./settings.ini` and
            `/etc/lottogrid/settings.ini`, and does without where there is none.
        environ: the environment.
        overrides: `KEY=VALUE` of every `--set`.
        preset: name of a preset, chosen on the command line and therefore above file and environment.

    Raises:
        BadInput: a name is unknown, a value is not allowed, or values contradict each other.
        Missing: a file was named and cannot be read.
    """
    file = find_file(path, environ)
    return _build(
        [
            from_file(file) if file else [],
            from_environment(environ),
            _from_preset(preset) if preset else [],
            from_overrides(overrides),
        ]
    )


def changed(settings: Settings, overrides: Sequence[str]) -> Settings:
    """Return `settings` with the `KEY=VALUE` of `overrides` over them; every other value keeps its origin."""
    base = [
        Given(key, show(settings.value(key)), origin)
        for key, origin in settings.origins.items()
        if origin != "default" or settings.value(key) != FIELDS[key].default
    ]
    return _build([base, from_overrides(overrides)])


def _from_preset(name: str) -> list[Given]:
    return [Given(key, text, f"preset {name}") for key, text in preset_named(name).values.items()]


def _build(tiers: Iterable[Sequence[Given]]) -> Settings:
    given: dict[str, Given] = {}
    for tier in tiers:
        given |= translate({item.key: item for item in tier}, given)
    values: dict[str, dict[str, str]] = {}
    for key, item in given.items():
        section, _, name = key.partition(".")
        values.setdefault(section, {})[name] = item.text
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise BadInput(_problem(error, given)) from None
    return settings.with_origins({key: item.origin for key, item in given.items()})


def _problem(error: ValidationError, given: Mapping[str, Given]) -> str:
    wrong = list(dict.fromkeys(".".join(map(str, item["loc"][:2])) for item in error.errors()))
    item = given[wrong[0]]
    more = f" ({len(wrong) - 1} more wrong: {', '.join(wrong[1:])})" if wrong[1:] else ""
    return f"{item.key}: expected {allowed(FIELDS[item.key])}, found {item.text!r}; correct {item.origin}{more}"
