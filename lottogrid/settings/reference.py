"""The settings as a page of the documentation and as an annotated file, both made from the code."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from lottogrid.settings.kinds import allowed, show
from lottogrid.settings.model import FIELDS, Settings
from lottogrid.settings.names import BARE_ENVIRONMENT_NAMES, CLOCK_NAMES
from lottogrid.settings.presets import PRESETS

_WIDTH = 110


def markdown() -> str:
    """Return the reference of all settings and presets, as Markdown."""
    parts = ["# Settings", _INTRODUCTION]
    for section in Settings.model_fields:
        parts += [f"## {section}", _section_text(section), "\n".join(_table(section))]
    parts += ["## Presets", _PRESET_TEXT, "\n".join(_presets())]
    return "\n\n".join(parts) + "\n"


def ini() -> str:
    """Return the annotated settings file with every key at its default."""
    lines = [*_comment(_FILE_HEAD)]
    for section in Settings.model_fields:
        lines += ["", "", *_comment(_section_text(section)), f"[{section}]"]
        for key, field in _keys(section):
            lines += ["", *_comment(f"{field.description} Allowed: {allowed(field)}.")]
            lines.append(f"{key} = {show(field.default)}".rstrip())
    return "\n".join(lines) + "\n"


_INTRODUCTION = (
    "Later sources win: the defaults below, the settings file (`--config`, `$LOTTOGRID_SETTINGS`, `./settings.ini`, "
    "`/etc/lottogrid/settings.ini`, the first that is found), the environment, `--preset`, `--set KEY=VALUE`.\n\n"
    "A key is written `section.key`, or bare where only one section has it, in any case. In the environment it is "
    "`LOTTOGRID_SECTION__KEY` or `LOTTOGRID_KEY`; the names in the last column are read as they stand, too. An unknown "
    "name, a value out of range and two names that contradict each other are errors."
)
_PRESET_TEXT = "Named sets of these values, chosen with `--preset NAME`. Every other setting stays as it is."
_FILE_HEAD = (
    "Settings of lottogrid, every one at its default. A line that is removed changes nothing. The environment and the "
    "command line win over this file; the settings reference lists their names."
)


def _keys(section: str) -> Iterator[tuple[str, FieldInfo]]:
    for key, field in FIELDS.items():
        home, _, name = key.partition(".")
        if home == section:
            yield name, field


def _section_text(section: str) -> str:
    model = Settings.model_fields[section].annotation
    if not (isinstance(model, type) and issubclass(model, BaseModel) and model.__doc__):
        raise TypeError(f"section {section}: expected a documented model, found {model}")
    return model.__doc__


def _table(section: str) -> Iterator[str]:
    yield "| key | default | allowed | what it does | original name |"
    yield "|---|---|---|---|---|"
    for key, field in _keys(section):
        default = f"`{show(field.default)}`" if show(field.default) else "empty"
        names = ", ".join(f"`{name}`" for name in _original_names(key))
        yield f"| `{key}` | {default} | {allowed(field)} | {field.description} | {names} |"


def _original_names(key: str) -> list[str]:
    stem = key.removesuffix("_minutes").upper()
    halves = [name for name in CLOCK_NAMES if name in {f"{stem}_HOUR", f"{stem}_MINUTE"}]
    return [key.upper()] if key.upper() in BARE_ENVIRONMENT_NAMES else halves


def _presets() -> Iterator[str]:
    keys = list(next(iter(PRESETS.values())).values)
    yield "| preset | for | " + " | ".join(f"`{key.partition('.')[2]}`" for key in keys) + " |"
    yield "|---" * (len(keys) + 2) + "|"
    for preset in PRESETS.values():
        yield f"| `{preset.name}` | {preset.description} | " + " | ".join(preset.values[key] for key in keys) + " |"


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(text, _WIDTH)]
