"""The settings as they are shown to whoever runs Matinee."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from matinee.settings.record import Settings, load

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Described:
    """One setting.

    Attributes:
        name: its name, as in the TOML file.
        value: its value, as JSON can hold it; of a secret, only that there is one.
        source: where it was said, or ``default``.
    """

    name: str
    value: str | int | float | list[str] | None
    source: str

    @property
    def shown(self) -> str:
        """The value as a person reads it."""
        if self.value is None or self.value == []:
            return "-"
        return ", ".join(self.value) if isinstance(self.value, list) else str(self.value)


def describe(environment: Mapping[str, str] | None = None) -> list[Described]:
    """Return every setting, its value and where it was said; of secrets only whether they are set.

    Args:
        environment: as for :meth:`Settings.from_environment`.

    Raises:
        SettingsError: a value cannot be used, or a file says what there is not.
    """
    settings, said = load(environment)
    rows = []
    for entry in fields(Settings):
        value = getattr(settings, entry.name)
        if entry.metadata["secret"] and value is not None:
            value = "set"
        elif isinstance(value, tuple):
            value = list(value)
        elif isinstance(value, Path):
            value = str(value)
        rows.append(Described(entry.name, value, said.get(entry.name, "default")))
    return rows


def example() -> str:
    """Return a TOML file of every setting, each with its default behind a ``#``."""
    return Path(__file__).with_name("settings.example.toml").read_text(encoding="utf-8")
