"""Where settings are given: a file, the environment, the command line. Each source yields names with their text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from configparser import ConfigParser, DuplicateOptionError, DuplicateSectionError, Error, MissingSectionHeaderError
from configparser import ParsingError as IniParsingError
from dataclasses import dataclass
from pathlib import Path

from lottogrid.errors import BadInput, Missing
from lottogrid.settings.names import BARE_ENVIRONMENT_NAMES, resolve

PREFIX = "LOTTOGRID_"
FILE_VARIABLE = "LOTTOGRID_SETTINGS"
OTHER_VARIABLES = frozenset({FILE_VARIABLE, "LOTTOGRID_DATA"})
"""Environment names with the prefix that are no settings."""

_DEFAULT_FILES = (Path("settings.ini"), Path("/etc/lottogrid/settings.ini"))
_HEADER = re.compile(r"\[(?P<section>[^\]]+)\]")
_OPTION = re.compile(r"(?P<key>[^\s=:#;\[][^=:]*?)\s*[=:]")


@dataclass(frozen=True, slots=True)
class Given:
    """A value as it was written, for one setting, and where."""

    key: str
    text: str
    origin: str


def find_file(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """Return the settings file to read: `path`, `$LOTTOGRID_SETTINGS`, `./settings.ini`, `/etc/lottogrid/`, or None.

    Raises:
        Missing: a file was named, and there is none.
    """
    named = path or (Path(environ[FILE_VARIABLE]) if environ.get(FILE_VARIABLE) else None)
    if named is None:
        return next((candidate for candidate in _DEFAULT_FILES if candidate.is_file()), None)
    if not named.is_file():
        raise Missing(f"settings file: expected a file, found none at {named}; correct --config or {FILE_VARIABLE}")
    return named


def from_file(path: Path) -> list[Given]:
    """Return what an INI file gives; its origin is `name:line`."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Missing(f"settings file: expected readable text, found {error} at {path}; check the file") from error
    parser = ConfigParser(
        interpolation=None, default_section="", inline_comment_prefixes=("#", ";"), empty_lines_in_values=False
    )
    try:
        parser.read_string(text, source=str(path))
    except Error as error:
        raise BadInput(_ini_problem(path, error)) from error
    lines = _lines(text)
    return [
        _given(f"{section}.{key}", value, f"{path.name}:{lines.get((section, key), '?')}")
        for section in parser.sections()
        for key, value in parser.items(section)
    ]


def from_environment(environ: Mapping[str, str]) -> list[Given]:
    """Return what the environment gives: `LOTTOGRID_SECTION__KEY`, `LOTTOGRID_KEY`, and the original's bare names.

    Raises:
        BadInput: a name with the prefix is no setting, or two names give one setting different values.
    """
    found = []
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in OTHER_VARIABLES:
            found.append(_given(name.removeprefix(PREFIX).replace("__", ".", 1), environ[name], f"environment {name}"))
        elif name in BARE_ENVIRONMENT_NAMES:
            found.append(_given(name, environ[name], f"environment {name}"))
    _refuse_contradictions(found)
    return found


def from_overrides(overrides: Sequence[str]) -> list[Given]:
    """Return what `--set KEY=VALUE` gives; a later one replaces an earlier."""
    found = []
    for override in overrides:
        name, equals, value = override.partition("=")
        if not equals:
            raise BadInput(f"--set: expected KEY=VALUE, found {override!r}; for example --set max_draw=500")
        found.append(_given(name, value, f"--set {name.strip()}"))
    return found


def _given(name: str, value: str, origin: str) -> Given:
    return Given(resolve(name, origin), value.strip(), origin)


def _refuse_contradictions(given: Iterable[Given]) -> None:
    seen: dict[str, Given] = {}
    for item in given:
        other = seen.setdefault(item.key, item)
        if other.text != item.text:
            raise BadInput(
                f"{item.key}: expected one value, found {other.text!r} in {other.origin} and {item.text!r} in "
                f"{item.origin}; unset one"
            )


def _lines(text: str) -> dict[tuple[str, str], int]:
    found = {}
    section = ""
    for number, line in enumerate(map(str.strip, text.splitlines()), start=1):
        if header := _HEADER.match(line):
            section = header["section"]
        elif option := _OPTION.match(line):
            found[section, option["key"].lower()] = number
    return found


def _ini_problem(path: Path, error: Error) -> str:
    match error:
        case DuplicateOptionError():
            found, line = f"{error.section}.{error.option} twice", error.lineno
        case DuplicateSectionError():
            found, line = f"section [{error.section}] twice", error.lineno
        case MissingSectionHeaderError():
            found, line = f"{error.line.strip()!r} before any section", error.lineno
        case IniParsingError():
            line, found = error.errors[0]
            found = " ".join(str(found).split())
        case _:
            found, line = str(error), 0
    return f"{path.name}:{line}: expected [section] and key = value lines, found {found}; correct the line"
