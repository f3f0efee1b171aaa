"""The title index: finds a film by its name, whole, begun, partial or misspelt.

A query is looked up by its character trigrams, and the titles that share most of them are judged
by how their names relate. Only names that are plausibly meant are returned, so that a description
("lonely space survival drama") does not drag in titles that happen to share letters with it.

Scores, all in (0, 1]:

* 1 the names are equal (case, diacritics, punctuation and a leading article aside);
* .75 to .95 the title begins with the query's words ("rocky": "Rocky II"), more the more it covers;
* .6 to .8 the title contains them in a row ("dark knight": "The Dark Knight Rises"), or begins
  with what may be an unfinished word ("godf": "The Godfather");
* .65 to .9 the names differ by a few edits, scaled by how few.

A year at the end of the query ("Cherry 2021") is compared with the title's own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from matinee.catalogue.words import plain_words
from matinee.errors import LibraryCorruptError
from matinee.index.postings import Postings, load_array, top
from matinee.types import Ranked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy.typing as npt

_ARTICLES = frozenset("the a an le la les el los las il lo der die das".split())
_YEAR = re.compile(r"(.+?)[\s,(\[]+((?:18|19|20)\d\d)[)\]]?")
_DTYPES = {
    "text": "|u1",
    "ends": "<i8",
    "rows": "<i4",
    "grams": "<u2",
    "years": "<i2",
    "votes": "<i4",
}
_LONGEST = 120
"""Characters; no name is longer, and a longer query is a description."""


@dataclass(frozen=True, slots=True)
class TitleNames:
    """What a title is called, and the facts that settle a tie."""

    names: Sequence[str]
    year: int | None
    votes: int


@dataclass(frozen=True, slots=True)
class TitleConfig:
    """Parameters of a look-up.

    Attributes:
        candidates: names judged closely, those that share most trigrams with the query.
        similarity: the smallest 1 - edits / length that counts as a misspelling; .72 is one edit in
            four letters, below that different words begin to meet ("heat", "hear").
        wrong_year: factor on a name whose year is not the one asked for; it stays findable, since
            people misremember years.
    """

    candidates: int = 200
    similarity: float = 0.72
    wrong_year: float = 0.6


@dataclass(frozen=True, slots=True)
class _Names:
    """The names, e of them, of n titles.

    Attributes:
        text: uint8 [sum of lengths], the normalised names in UTF-8, end to end.
        ends: int64 [e], where each name ends in ``text``.
        rows: int32 [e], the title it belongs to.
        grams: uint16 [e], how many different trigrams it has.
        years: int16 [n], 0 where unknown.
        votes: int32 [n].
    """

    text: npt.NDArray[np.uint8]
    ends: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int32]
    grams: npt.NDArray[np.uint16]
    years: npt.NDArray[np.int16]
    votes: npt.NDArray[np.int32]

    def decode(self, entries: npt.NDArray[np.int64]) -> list[str]:
        """Return the names of some entries."""
        starts = np.where(entries > 0, self.ends[entries - 1], 0).tolist()
        stops = self.ends[entries].tolist()
        text = self.text.data
        return [str(text[a:b], "utf-8") for a, b in zip(starts, stops, strict=True)]

    def fit(self) -> bool:
        """Return whether the arrays belong together."""
        return (
            len(self.ends) == len(self.rows) == len(self.grams)
            and len(self.years) == len(self.votes)
            and (int(self.ends[-1]) if len(self.ends) else 0) == len(self.text)
        )


class TitleIndex:
    """An index of names; implements ``TextIndex``."""

    def __init__(
        self, postings: Postings, names: _Names, config: TitleConfig | None = None
    ) -> None:
        self._postings = postings
        self._names = names
        self._config = config or TitleConfig()

    @classmethod
    def build(cls, titles: Iterable[TitleNames], config: TitleConfig | None = None) -> TitleIndex:
        """Index titles, row i for title i; every name of a title is an entry of its own.

        >>> index = TitleIndex.build([TitleNames(["The Matrix"], 1999, 20_000)])
        >>> index.search("matrx", 5).rows.tolist()
        [0]
        """
        texts: list[bytes] = []
        rows: list[int] = []
        grams: list[int] = []
        years: list[int] = []
        votes: list[int] = []
        lists: dict[str, list[int]] = {}
        for row, title in enumerate(titles):
            years.append(title.year or 0)
            votes.append(title.votes)
            for name in dict.fromkeys(form for n in title.names if n for form in _forms(n) if form):
                found = trigrams(name)
                for gram in found:
                    lists.setdefault(gram, []).append(len(texts))
                texts.append(name.encode())
                rows.append(row)
                grams.append(len(found))
        names = _Names(
            text=np.frombuffer(b"".join(texts), np.uint8),
            ends=np.cumsum([len(t) for t in texts], dtype=np.int64),
            rows=np.array(rows, np.int32),
            grams=np.array(grams, np.uint16),
            years=np.array(years, np.int16),
            votes=np.array(votes, np.int32),
        )
        postings = Postings.from_lists({g: (e, [1.0] * len(e)) for g, e in lists.items()})
        return cls(postings, names, config)

    def __len__(self) -> int:
        return len(self._names.years)

    def search(self, text: str, k: int, *, allowed: npt.NDArray[np.bool_] | None = None) -> Ranked:
        """Return at most ``k`` rows whose name ``text`` may mean, scores in (0, 1], best first.

        Equal scores are ordered by number of votes: of several films called "Emma" the one most
        people know comes first. ``allowed`` [n] restricts the answer to some rows.
        """
        best: dict[int, float] = {}
        text = text.strip()
        if len(text) <= _LONGEST:
            self._collect(text, None, allowed, best)
            if match := _YEAR.fullmatch(text):
                self._collect(match[1], int(match[2]), allowed, best)
        votes = self._names.votes
        order = sorted(best, key=lambda row: (-best[row], -int(votes[row]), row))[:k]
        return Ranked(np.array(order, np.int64), np.array([best[r] for r in order], np.float32))

    def _collect(
        self,
        text: str,
        year: int | None,
        allowed: npt.NDArray[np.bool_] | None,
        best: dict[int, float],
    ) -> None:
        query = normalise(text)
        entries = self._candidates(query)
        rows = self._names.rows[entries]
        if allowed is not None:
            entries, rows = entries[allowed[rows]], rows[allowed[rows]]
        if not len(entries):
            return
        scores = _judge(query, self._names.decode(entries), self._config)
        if year is not None:
            # Festival and cinema releases are often a year apart.
            near = np.abs(self._names.years[rows].astype(np.int64) - year) <= 1
            scores *= np.where(near, 1.0, self._config.wrong_year)
        for row, score in zip(rows.tolist(), scores.tolist(), strict=True):
            if score > best.get(row, 0.0):
                best[row] = score

    def _candidates(self, query: str) -> npt.NDArray[np.int64]:
        wanted = trigrams(query)
        shared = np.zeros(len(self._names.rows), np.float32)
        self._postings.add_to(shared, dict.fromkeys(wanted, 1.0))
        found = np.flatnonzero(shared)
        both, grams = shared[found], self._names.grams[found]
        # Share of the query found, which favours names that contain it, plus the Dice coefficient,
        # which favours names of its own length: begun names and misspelt names both come up.
        likeness = both / max(1, len(wanted)) + 2 * both / (len(wanted) + grams)
        return found[top(likeness.astype(np.float32), self._config.candidates).rows]

    def save(self, folder: Path) -> list[Path]:
        """Write the index into ``folder`` and return the files written."""
        paths = self._postings.save(folder)
        for name in _DTYPES:
            path = folder / f"name-{name}.npy"
            np.save(path, getattr(self._names, name), allow_pickle=False)
            paths.append(path)
        return paths

    @classmethod
    def open(cls, folder: Path, config: TitleConfig | None = None) -> TitleIndex:
        """Map the index of ``folder`` into memory.

        Raises:
            LibraryCorruptError: a file is missing or is not the array it should be.
        """
        names = _Names(
            **{
                name: load_array(folder / f"name-{name}.npy", dtype)
                for name, dtype in _DTYPES.items()
            }
        )
        if not names.fit():
            raise LibraryCorruptError(
                "The arrays of the title index do not fit each other",
                where=str(folder),
                cure="Build the library again",
            )
        return cls(Postings.open(folder), names, config)


def normalise(name: str) -> str:
    """Return the form in which names are compared: folded words, no leading article.

    >>> normalise("The Good, the Bad & the Ugly")
    'good the bad and the ugly'
    """
    found = _words_of(name)
    if len(found) > 1 and found[0] in _ARTICLES:
        found = found[1:]
    return " ".join(found) or name.strip().casefold()


def _forms(name: str) -> tuple[str, str]:
    """Return a name without and with its article: "Tqe Thief Lord" is an edit from the latter."""
    return normalise(name)[:_LONGEST], " ".join(_words_of(name))[:_LONGEST]


def _words_of(name: str) -> list[str]:
    return plain_words(name.replace("&", " and "))


def trigrams(name: str) -> set[str]:
    """Return the character trigrams of a normalised name, its ends marked by a space.

    >>> sorted(trigrams("up"))
    [' up', 'up ']
    """
    padded = f" {name} "
    return {padded[i : i + 3] for i in range(max(1, len(padded) - 2))} if name else set()


def _judge(query: str, names: Sequence[str], config: TitleConfig) -> npt.NDArray[np.float64]:
    """Return how well ``query`` fits each of the names [m], 0 where it does not."""
    similar: npt.NDArray[np.float64] = cdist(
        [query],
        names,
        scorer=OSA.normalized_similarity,
        score_cutoff=config.similarity,
        dtype=np.float64,
    )[0]
    scores = 0.9 * similar
    for place, name in enumerate(names):
        if query not in name:
            continue
        cover = min(1.0, len(query) / len(name))
        if query == name:
            scores[place] = 1.0
        elif name.startswith(f"{query} "):
            scores[place] = 0.75 + 0.2 * cover
        elif f" {query} " in f" {name} " or (len(query) >= 3 and name.startswith(query)):
            scores[place] = max(scores[place], 0.6 + 0.2 * cover)
    return scores
