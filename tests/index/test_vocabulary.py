import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.catalogue.title import Title
from matinee.errors import LibraryCorruptError
from matinee.index.vocabulary import Vocabulary, VocabularyConfig

PLOTS = [
    "A thief steals a stone from Emma Stone.",
    "Another thief, and a stone. Smith is a smith.",
    "Smith meets a smith's widow; Smith regrets it.",
    *["Nobody knows Mr Smith."] * 12,
]
FILMS = [
    Title(id=f"local:{n}", title="Kurosawa", overview=plot, keywords=("paris, france",) * (n < 5))
    for n, plot in enumerate(PLOTS)
]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("thief", True),
        ("stone", True),
        ("emma", False),
        ("another", False),
        ("kurosawa", False),
        ("paris", True),
        ("smith", False),
        ("", False),
    ],
)
def test_what_a_word_is(word: str, expected: bool) -> None:
    assert (word in Vocabulary.build(FILMS)) is expected


def test_a_word_mostly_written_large_is_one_where_the_share_allows_it() -> None:
    config = VocabularyConfig(titles=1, share=0.05)
    assert "smith" in Vocabulary.build(FILMS, config)


def test_no_titles() -> None:
    vocabulary = Vocabulary.build([])
    assert len(vocabulary) == 0
    assert "thief" not in vocabulary


said = st.sampled_from("stone Stone STONE thief Thief Émile émile o'neil O'Neil 12".split())
stories = st.lists(st.lists(said, max_size=5), max_size=8)


@settings(deadline=None)
@given(stories, st.integers(1, 3), st.sampled_from([0.0, 0.3, 0.5, 1.0]))
def test_against_counting(lists: list[list[str]], least: int, share: float) -> None:
    titles = [Title(id="local:1", title="x", overview=" ".join(spoken)) for spoken in lists]
    folds = {w: w.lower().replace("é", "e").replace("'", "") for spoken in lists for w in spoken}
    small = Counter(w for spoken in lists for w in {folds[s] for s in spoken if s == s.lower()})
    every = Counter(w for spoken in lists for w in {folds[s] for s in spoken})
    expected = {w for w, n in small.items() if n >= least and n >= share * every[w]}
    built = Vocabulary.build(titles, VocabularyConfig(titles=least, share=share))
    with tempfile.TemporaryDirectory() as folder:
        built.save(Path(folder))
        opened = Vocabulary.open(Path(folder))
        assert len(built) == len(opened) == len(expected)
        for word in set(folds.values()):
            assert (word in built) == (word in opened) == (word in expected)
        del opened  # Windows cannot remove a file that is mapped.


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    [path] = Vocabulary.build(FILMS).save(tmp_path)
    content = path.read_bytes()
    for damaged in (content[:-1], b"", b"\x80\x04]\x94."):
        path.write_bytes(damaged)
        with pytest.raises(LibraryCorruptError, match=r"words\.npy"):
            Vocabulary.open(tmp_path)
    np.save(path, np.array([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(LibraryCorruptError, match=r"words\.npy"):
        Vocabulary.open(tmp_path)
    path.unlink()
    with pytest.raises(LibraryCorruptError, match=r"words\.npy"):
        Vocabulary.open(tmp_path)
