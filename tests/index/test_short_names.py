import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.errors import LibraryCorruptError
from matinee.index.short_names import EDITS, LONGEST_SHORT, ShortNames, judge_loosely

NAMES = [
    "havoc",
    "cube",
    "daddio",
    "the good the bad and the ugly",
    "up",
    "千と千尋の神隠し",
    "radio",
]


def _apart(a: str, b: str) -> int:
    """Return the optimal string alignment distance, by its recurrence."""
    rows = [[i + j if not i * j else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            rows[i][j] = min(
                rows[i - 1][j] + 1,
                rows[i][j - 1] + 1,
                rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]),
            )
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


@pytest.mark.parametrize(
    ("query", "name", "score"),
    [
        ("ddio", "daddio", 0.64),
        ("dadido", "daddio", 0.66),
        ("daxio", "daddio", 0.59),
        ("dxxdio", "daddio", 0.54),
        ("pu", "up", 0.66),
        ("cccc", "cube", 0),
        ("p", "up", 0.66),
        ("x", "up", 0),
        ("ccbex", "cube", 0.54),
        ("", "up", 0),
    ],
)
def test_how_an_error_is_judged(query: str, name: str, score: float) -> None:
    assert judge_loosely(query, [name])[0] == pytest.approx(score)


def test_long_names_are_left_to_the_trigrams() -> None:
    short = ShortNames.build(NAMES)
    assert short.entries.tolist() == [0, 1, 2, 4, 5, 6]
    assert len(judge_loosely("up", [])) == 0
    assert len(ShortNames.build([]).near("up")) == 0


word = st.text("abcdé神", max_size=LONGEST_SHORT + 2)


@settings(deadline=None)
@given(st.lists(word, max_size=12), word)
def test_whatever_is_near_enough_is_found(names: list[str], query: str) -> None:
    near = set(ShortNames.build(names).near(query).tolist())
    within = {
        entry
        for entry, name in enumerate(names)
        if len(name) <= LONGEST_SHORT and _apart(query, name) <= EDITS
    }
    assert within <= near
    assert all(abs(len(names[entry]) - len(query)) <= EDITS for entry in near)


@settings(deadline=None)
@given(st.lists(word, max_size=8), word)
def test_scores_against_the_recurrence(names: list[str], query: str) -> None:
    for name, score in zip(names, judge_loosely(query, names).tolist(), strict=True):
        apart = _apart(query, name)
        if apart > EDITS or 2 * apart > max(len(query), len(name)):
            assert score == 0
        else:
            strays = max(0, sum(max(0, query.count(c) - name.count(c)) for c in set(query)))
            expected = 0.66 if apart < EDITS else 0.64 - 0.05 * min(strays, EDITS)
            assert score == pytest.approx(expected)


@settings(max_examples=25, deadline=None)
@given(st.lists(word, max_size=8), word)
def test_saved_and_opened_it_finds_the_same(names: list[str], query: str) -> None:
    short = ShortNames.build(names)
    with tempfile.TemporaryDirectory() as folder:
        short.save(Path(folder))
        opened = ShortNames.open(Path(folder))
        assert opened.near(query).tolist() == short.near(query).tolist()
        del opened  # Windows cannot remove a file that is mapped.


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    for path in ShortNames.build(NAMES).save(tmp_path):
        content = path.read_bytes()
        for damaged in (content[:-1], b"", b"\x80\x04]\x94."):
            path.write_bytes(damaged)
            with pytest.raises(LibraryCorruptError, match=path.name):
                ShortNames.open(tmp_path)
        path.unlink()
        with pytest.raises(LibraryCorruptError, match=path.name):
            ShortNames.open(tmp_path)
        path.write_bytes(content)
        np.save(path, np.load(path)[:-1])
        with pytest.raises(LibraryCorruptError, match="do not fit"):
            ShortNames.open(tmp_path)
        path.write_bytes(content)
    assert len(ShortNames.open(tmp_path).entries) == len(NAMES) - 1
