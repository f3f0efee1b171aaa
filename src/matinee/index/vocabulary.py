"""The words a catalogue tells stories with, apart from those met in names alone.

"Stone" may be a person, but it is a word; "Spielberg" is met in names alone, and so a query that
says it means the man. Names are written with a capital wherever they stand, words are not: a word
is one that enough texts write small, or that is the subject of enough titles.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.arrays import load_array
from matinee.catalogue.words import plain_words
from matinee.index.postings import term_hash

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import numpy.typing as npt

    from matinee.catalogue.title import Title

_NAME = "words.npy"
_DTYPE = "<u8"
# The words of matinee.catalogue.words before folding: their case is what is looked at.
_RAW = re.compile(r"[^\W_]+(?:['\u2019\u02bc][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class VocabularyConfig:
    """What makes a word.

    Chosen by reading the lists it gives for the last names of the 3,000 best known people of
    30,000 titles: "stone", "hardy", "grey" and "pepper" are words, "chan", "lynch", "smith" and
    "walker" are not.

    Attributes:
        titles: stories that must write it small; one alone may be a slip.
        share: of all stories with the word, those that must write it small; long catalogues have
            some that write names small.
        subjects: titles with the word in a genre or keyword that suffice whatever its case, since
            keywords have none; fewer are names ("based on a novel by"), more are places and times.
    """

    titles: int = 2
    share: float = 0.15
    subjects: int = 5


class Vocabulary:
    """A set of words, kept as a sorted array of 64-bit hashes.

    Args:
        hashes: uint64 [v], ascending.
    """

    def __init__(self, hashes: npt.NDArray[np.uint64]) -> None:
        self._hashes = hashes

    @classmethod
    def build(cls, titles: Iterable[Title], config: VocabularyConfig | None = None) -> Vocabulary:
        """Collect the words of the overviews, taglines, genres and keywords of titles.

        >>> from matinee.catalogue.title import Title
        >>> story = "A stone is thrown at Emma Stone."
        >>> words = Vocabulary.build(Title(id=f"local:{n}", title="x", overview=story)
        ...                          for n in range(2))
        >>> "stone" in words, "emma" in words
        (True, False)
        """
        config = config or VocabularyConfig()
        small: Counter[str] = Counter()
        anyhow: Counter[str] = Counter()
        subjects: Counter[str] = Counter()
        for title in titles:
            raw = _RAW.findall(f"{title.overview or ''} {title.tagline or ''}")
            small.update(_folded(word for word in raw if word == word.lower()))
            anyhow.update(_folded(raw))
            subjects.update(_folded((*title.genres, *title.keywords)))
        found = {
            word
            for word, count in small.items()
            if count >= config.titles and count >= config.share * anyhow[word]
        }
        found |= {word for word, count in subjects.items() if count >= config.subjects}
        return cls(np.array(sorted(map(term_hash, found)), np.uint64))

    def __len__(self) -> int:
        return len(self._hashes)

    def __contains__(self, word: str) -> bool:
        """Return whether a folded word is one of them."""
        wanted = np.uint64(term_hash(word))
        at = int(np.searchsorted(self._hashes, wanted))
        return at < len(self._hashes) and bool(self._hashes[at] == wanted)

    def save(self, folder: Path) -> list[Path]:
        """Write the words into ``folder`` and return the files written."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / _NAME
        np.save(path, self._hashes, allow_pickle=False)
        return [path]

    @classmethod
    def open(cls, folder: Path) -> Vocabulary:
        """Map the words of ``folder`` into memory.

        Raises:
            LibraryCorruptError: the file is missing or is not the array it should be.
        """
        return cls(load_array(folder / _NAME, _DTYPE))


def _folded(texts: Iterable[str]) -> set[str]:
    return {word for text in set(texts) for word in plain_words(text)}
