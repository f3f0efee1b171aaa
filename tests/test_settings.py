from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from matinee.errors import SettingsError
from matinee.settings import Settings

ROOT = Path(__file__).parents[1]


def test_defaults_and_values() -> None:
    assert Settings.from_environment({}) == Settings()
    read = Settings.from_environment(
        {"MATINEE_LIBRARY": "/films", "MATINEE_THREADS": "2", "MATINEE_PORT": "80"}
        | {"MATINEE_RERANKER": "mine"}
    )
    assert read.reranker == "mine"
    assert (read.library, read.threads, read.port) == (Path("/films"), 2, 80)


@pytest.mark.parametrize("name", ["MATINEE_THREADS", "MATINEE_PORT"])
@pytest.mark.parametrize("value", ["x", "-1", "70000", "1.5"])
def test_values_that_cannot_be_used(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({name: value})


def test_every_setting_is_documented_and_nothing_else_is() -> None:
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(MATINEE_\w+)`", page, re.MULTILINE))
    assert documented == {f"MATINEE_{field.name.upper()}" for field in fields(Settings)}


def test_only_settings_reads_the_environment() -> None:
    readers = {
        path.name
        for path in (ROOT / "src/matinee").rglob("*.py")
        if re.search(r"os\.environ|getenv", path.read_text(encoding="utf-8"))
    }
    # The build reads SOURCE_DATE_EPOCH, a convention of the toolchain and no setting of ours.
    assert readers <= {"settings.py", "build.py"}
