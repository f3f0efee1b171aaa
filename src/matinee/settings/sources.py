"""Where settings are written: the environment, ``.env``, one TOML file.

Nothing here writes to the environment: what a file says must not reach the programs that are
started.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

PREFIX = "MATINEE_"
ALIASES = {"TMDB_API_KEY": "tmdb_key"}
"""Variables under the names that others gave them; beside one of ours they say nothing."""
CONFIG = "MATINEE_CONFIG"
"""The variable that names the TOML file; the one setting that no file can hold."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one source says of one setting.

    Attributes:
        value: what is written there: a text, or what TOML makes of it.
        source: the place, such as ``MATINEE_PORT in the environment`` or ``.env, line 3``.
    """

    value: object
    source: str


def from_variables(names: Collection[str], environment: Mapping[str, str]) -> dict[str, Said]:
    """Return what the environment says; an empty variable says nothing.

    A variable that is unknown is nobody's mistake: Kubernetes makes ``MATINEE_SERVICE_HOST`` of a
    service called matinee.
    """
    ours = {name: PREFIX + name.upper() for name in names}
    theirs = {name: variable for variable, name in ALIASES.items() if name in ours}
    return {
        name: Said(value, f"{variable} in the environment")
        for name, variable in [*theirs.items(), *ours.items()]
        if (value := environment.get(variable))
    }


def from_dotenv(names: Collection[str], path: Path) -> dict[str, Said]:
    """Return what a ``.env`` file says. Keys that are not ours are left to whom they belong.

    Raises:
        SettingsError: it cannot be read, or names a setting of ours that there is not.
    """
    from dotenv import dotenv_values
    from dotenv.parser import parse_stream

    try:
        with path.open(encoding="utf-8") as file:
            bindings = list(parse_stream(file))
        # What is written counts as it stands: a password may well hold ${.
        values = dotenv_values(path, interpolate=False, encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"The file cannot be read: {error}", where=str(path)) from error
    said: dict[str, Said] = {}
    for binding in bindings:
        line = f"{path}, line {binding.original.line}"
        if binding.error:
            raise SettingsError("This line cannot be read", where=line, cure="Write NAME=value")
        key = binding.key or ""
        if ALIASES.get(key) in names:
            if value := values.get(key):
                said.setdefault(ALIASES[key], Said(value, line))
            continue
        if not key.startswith(PREFIX) or key == CONFIG:
            continue
        name = key.removeprefix(PREFIX).lower()
        if name not in names or key != key.upper():
            raise _unknown(key, [PREFIX + name.upper() for name in names], line)
        if value := values.get(key):
            said[name] = Said(value, line)
    return said


def config_in(path: Path) -> str | None:
    """Return the TOML file that a ``.env`` file names, if it names one."""
    from dotenv import dotenv_values

    try:
        return dotenv_values(path, interpolate=False, encoding="utf-8").get(CONFIG) or None
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"The file cannot be read: {error}", where=str(path)) from error


def from_toml(names: Collection[str], path: Path) -> dict[str, Said]:
    """Return what a TOML file says.

    Raises:
        SettingsError: it is not there, is not TOML, or holds a key that there is not.
    """
    import tomllib

    try:
        written = path.read_text(encoding="utf-8")
        table = tomllib.loads(written)
    except FileNotFoundError as error:
        cure = f"Set {CONFIG} to a file that is there, or unset it"
        raise SettingsError("There is no such file", where=str(path), cure=cure) from error
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The file cannot be read: {error}", where=str(path)) from error
    said = {}
    for key, value in table.items():
        place = f"{path}, line {_line_of(key, written)}, key {key}"
        if key not in names:
            raise _unknown(key, names, place)
        said[key] = Said(value, place)
    return said


def default_config() -> Path | None:
    """Return the user's own TOML file where there is one."""
    import platformdirs

    path = platformdirs.user_config_path("matinee") / "config.toml"
    return path if path.is_file() else None


def _line_of(key: str, written: str) -> int:
    # tomllib tells no lines. A key of the top level stands at the beginning of its own.
    starts = (key, f'"{key}"', f"'{key}'", f"[{key}", f"[[{key}")
    lines = written.splitlines()
    return next((i for i, line in enumerate(lines, 1) if line.lstrip().startswith(starts)), 1)


def _unknown(key: str, names: Collection[str], where: str) -> SettingsError:
    from difflib import get_close_matches

    near = get_close_matches(key, list(names), 1, cutoff=0)
    return SettingsError(
        f"There is no setting {key!r:.80}",
        where=where,
        cure=f"The nearest is {near[0]}; matinee settings --example shows all of them",
    )
