"""Profiles: the latest word counts, and a crash loses at most the line it tore."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from matinee.errors import InputError, LibraryError, QueryError
from matinee.interaction import Action
from matinee.library.deeds import Deed
from matinee.library.profiles import Profiles

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def profiles(tmp_path: Path) -> Profiles:
    return Profiles(tmp_path / "profiles")


def rating(title: str, stars: float, when: int = 1) -> Deed:
    return Deed(title, Action.RATING, stars, when)


def test_a_profile_without_a_file_says_nothing(profiles: Profiles):
    assert profiles.read("anna").deeds == ()
    assert profiles.names() == []
    assert not profiles.exists("anna")


def test_later_opinions_replace_earlier_ones_and_removing_takes_all_back(profiles: Profiles):
    profiles.add("anna", [rating("a:1", 2), Deed("a:1", Action.WATCH), rating("a:2", 5)])
    profiles.add("anna", [Deed("a:1", Action.LIKE), Deed("a:3", Action.HIDE)])
    said = [(deed.title, deed.action) for deed in profiles.read("anna").deeds]
    assert said == [
        ("a:1", Action.WATCH),
        ("a:2", Action.RATING),
        ("a:1", Action.LIKE),
        ("a:3", Action.HIDE),
    ]
    profiles.remove("anna", "a:1", time=3)
    assert [deed.title for deed in profiles.read("anna").deeds] == ["a:2", "a:3"]
    assert profiles.names() == ["anna"]


def test_a_torn_line_is_passed_over_then_set_aside(profiles: Profiles):
    profiles.add("anna", [rating("a:1", 2)])
    path = profiles.path("anna")
    whole = path.read_bytes()
    torn = b'{"title": "a:2", "acti'
    path.write_bytes(whole + torn)
    found = profiles.read("anna")
    assert found.torn
    assert [deed.title for deed in found.deeds] == ["a:1"]
    assert profiles.add("anna", [rating("a:3", 4)])
    found = profiles.read("anna")
    assert not found.torn
    assert [deed.title for deed in found.deeds] == ["a:1", "a:3"]
    assert path.with_suffix(".torn").read_bytes() == torn + b"\n"
    assert not profiles.add("anna", [rating("a:4", 4)])


def test_a_damaged_line_within_is_refused_and_named(profiles: Profiles):
    profiles.add("anna", [rating("a:1", 2)])
    path = profiles.path("anna")
    path.write_bytes(path.read_bytes() + b"nonsense\n")
    with pytest.raises(InputError, match="line 2"):
        profiles.read("anna")


@pytest.mark.parametrize("name", ["", "..", "a/b", "../x", "a" * 65, "-x", "a\n"])
def test_names_stay_within_the_folder(profiles: Profiles, name: str):
    with pytest.raises(QueryError):
        profiles.add(name, [rating("a:1", 2)])
    assert not profiles.exists(name)


def test_a_disk_that_takes_only_part_leaves_nothing(
    profiles: Profiles, monkeypatch: pytest.MonkeyPatch
):
    profiles.add("anna", [rating("a:1", 2)])
    before = profiles.path("anna").read_bytes()
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:5]))
    with pytest.raises(LibraryError, match="only part"):
        profiles.add("anna", [rating("a:2", 2)])
    assert profiles.path("anna").read_bytes() == before


_WRITER = """
import sys
from pathlib import Path
from matinee.interaction import Action
from matinee.library.deeds import Deed
from matinee.library.profiles import Profiles
profiles, n = Profiles(Path(sys.argv[1])), 0
while True:
    profiles.add("anna", [Deed(f"a:{n}", Action.RATING, 3.0, n)])
    print(n, flush=True)
    n += 1
"""


def test_what_was_confirmed_survives_a_kill(profiles: Profiles):
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(profiles.folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        confirmed = -1
        for line in process.stdout:
            confirmed = int(line)
            if confirmed >= 20:
                break
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split()
    confirmed = int(rest[-1]) if rest else confirmed
    found = [deed.title for deed in profiles.read("anna").deeds]
    assert confirmed >= 20
    assert found[: confirmed + 1] == [f"a:{n}" for n in range(confirmed + 1)]
    assert len(found) <= confirmed + 2
