"""The title index: finds a film by its name, whole, begun, partial or misspelt.

A query is looked up by its character trigrams, and the titles that share most of them are judged
by how their names relate. Only names that are plausibly meant are returned, so that a description
("lonely space survival drama") does not drag in titles that happen to share letters with it.

Scores, all in (0, 1]:

* 1 the names are equal (case, diacritics, punctuation and a leading article aside);
* .98 they are two ways to write one name ("rocky 2": "Rocky II"); everything below is likewise
  taken by .98 where it is met through such another way;
* .75 to .95 the title begins with the query's words ("rocky": "Rocky II"), more the more it covers;
* .6 to .8 the title contains them in a row ("dark knight": "The Dark Knight Rises"), or begins
  with what may be an unfinished word ("godf": "The Godfather");
* .65 to .9 the names differ by a few edits, scaled by how few;
* .54 to .66 a short name differs by so much that it is only looked for where nothing better was
  found and the query has a word that no text of the catalogue knows ("ddio": "Daddio").

A year at the end of the query ("Cherry 2021") is compared with the title's own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from matinee.arrays import load_array
from matinee.errors import LibraryCorruptError
from matinee.index.names import LONGEST, names_of, normalise, trigrams
from matinee.index.postings import Postings, top
from matinee.index.short_names import LONGEST_SHORT, ShortNames, judge_loosely
from matinee.types import Ranked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import numpy.typing as npt

_YEAR = re.compile(r"(.+?)[\s,(\[]+((?:18|19|20)\d\d)[)\]]?")
_DTYPES = {
    "text": "|u1",
    "ends": "<i8",
    "rows": "<i4",
    "grams": "<u2",
    "others": "|b1",
    "years": "<i2",
    "votes": "<i4",
}
_EXACT = "exact"
_KEPT = 2_048
"""Answers kept, 600 bytes each: people page, sort and reload."""


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
        other_name: factor on a name that is another way to write the title's ("Rocky 2"); a title
            of that very name comes before it.
        sure: a score from which on nothing badly misspelt is looked for; a title begun with its
            whole words, or one edit in six letters.
    """

    candidates: int = 200
    similarity: float = 0.72
    wrong_year: float = 0.6
    other_name: float = 0.98
    sure: float = 0.75


@dataclass(frozen=True, slots=True)
class _Names:
    """The names, e of them, of n titles.

    Attributes:
        text: uint8 [sum of lengths], the normalised names in UTF-8, end to end.
        ends: int64 [e], where each name ends in ``text``.
        rows: int32 [e], the title it belongs to.
        grams: uint16 [e], how many different trigrams it has.
        others: bool [e], whether it is another way to write a name, see ``other_names``.
        years: int16 [n], 0 where unknown.
        votes: int32 [n].
    """

    text: npt.NDArray[np.uint8]
    ends: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int32]
    grams: npt.NDArray[np.uint16]
    others: npt.NDArray[np.bool_]
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
            len(self.ends) == len(self.rows) == len(self.grams) == len(self.others)
            and len(self.years) == len(self.votes)
            and (int(self.ends[-1]) if len(self.ends) else 0) == len(self.text)
        )


@dataclass(frozen=True, slots=True)
class _Parts:
    """What is saved: the names, and the three ways to them.

    Attributes:
        names: the names themselves.
        grams: entries by trigram.
        exact: rows by whole normalised name, with weights that order them.
        short: the short ones among the names.
    """

    names: _Names
    grams: Postings
    exact: Postings
    short: ShortNames


class TitleIndex:
    """An index of names; implements ``TextIndex``.

    Args:
        parts: what is saved.
        config: parameters of a look-up.
        known: whether a folded word is known to the catalogue's texts, and so hardly misspelt.
            Without it, badly misspelt short names are not found.
    """

    def __init__(
        self,
        parts: _Parts,
        config: TitleConfig | None = None,
        known: Callable[[str], bool] | None = None,
    ) -> None:
        self._names = parts.names
        self._grams = parts.grams
        self._exact = parts.exact
        self._short = parts.short
        self._config = config or TitleConfig()
        self._known = known
        self._kept = lru_cache(_KEPT)(self._search)

    @classmethod
    def build(
        cls,
        titles: Iterable[TitleNames],
        config: TitleConfig | None = None,
        known: Callable[[str], bool] | None = None,
    ) -> TitleIndex:
        """Index titles, row i for title i; every name of a title is an entry of its own.

        >>> index = TitleIndex.build([TitleNames(["The Matrix"], 1999, 20_000)])
        >>> index.search("matrx", 5).rows.tolist()
        [0]
        """
        texts: list[str] = []
        rows: list[int] = []
        grams: list[int] = []
        others: list[bool] = []
        years: list[int] = []
        votes: list[int] = []
        lists: dict[str, list[int]] = {}
        exact: dict[str, tuple[list[int], list[float]]] = {}
        for row, title in enumerate(titles):
            years.append(title.year or 0)
            votes.append(title.votes)
            for name, is_other in names_of(title.names).items():
                found = trigrams(name)
                for gram in found:
                    lists.setdefault(gram, []).append(len(texts))
                so_called, their_votes = exact.setdefault(name, ([], []))
                so_called.append(row)
                # Another way to write a name comes after all titles of that very name.
                their_votes.append(-1.0 / (1 + title.votes) if is_other else title.votes)
                texts.append(name)
                rows.append(row)
                grams.append(len(found))
                others.append(is_other)
        encoded = [text.encode() for text in texts]
        names = _Names(
            text=np.frombuffer(b"".join(encoded), np.uint8),
            ends=np.cumsum([len(text) for text in encoded], dtype=np.int64),
            rows=np.array(rows, np.int32),
            grams=np.array(grams, np.uint16),
            others=np.array(others, np.bool_),
            years=np.array(years, np.int16),
            votes=np.array(votes, np.int32),
        )
        by_gram = Postings.from_lists({g: (e, [1.0] * len(e)) for g, e in lists.items()})
        parts = _Parts(names, by_gram, Postings.from_lists(exact), ShortNames.build(texts))
        return cls(parts, config, known)

    def __len__(self) -> int:
        return len(self._names.years)

    def search(self, text: str, k: int, *, allowed: npt.NDArray[np.bool_] | None = None) -> Ranked:
        """Return at most ``k`` rows whose name ``text`` may mean, scores in (0, 1], best first.

        Equal scores are ordered by number of votes: of several films called "Emma" the one most
        people know comes first. ``allowed`` [n] restricts the answer to some rows. The arrays of
        the answer are read-only.
        """
        return self._kept(text, k) if allowed is None else self._search(text, k, allowed)

    def _search(self, text: str, k: int, allowed: npt.NDArray[np.bool_] | None = None) -> Ranked:
        best: dict[int, float] = {}
        text = text.strip()
        if len(text) <= LONGEST:
            query = normalise(text)
            surest = self._collect(query, None, allowed, best)
            if match := _YEAR.fullmatch(text):
                self._collect(normalise(match[1]), int(match[2]), allowed, best)
            if surest < self._config.sure and self._is_strange(query):
                self._collect_loosely(query, allowed, best)
        votes = self._names.votes
        order = sorted(best, key=lambda row: (-best[row], -int(votes[row]), row))[:k]
        found = Ranked(np.array(order, np.int64), np.array([best[r] for r in order], np.float32))
        found.rows.flags.writeable = found.scores.flags.writeable = False
        return found

    def exact(self, text: str, k: int = 8) -> npt.NDArray[np.int32]:
        """Return at most ``k`` rows with exactly that name, those with most votes first.

        Case, diacritics, punctuation and a leading article aside, as where :meth:`search` gives 1;
        then come those for whose name it is another way to write ("rocky 2": "Rocky II").

        >>> names = [TitleNames(["Emma"], 1996, 700), TitleNames(["Emma."], 2020, 2_000)]
        >>> TitleIndex.build(names).exact("emma").tolist()
        [1, 0]
        """
        rows, weights = self._exact.find(normalise(text)[:LONGEST])
        return rows[np.lexsort((rows, -weights))[:k]]

    def _collect(
        self,
        query: str,
        year: int | None,
        allowed: npt.NDArray[np.bool_] | None,
        best: dict[int, float],
    ) -> float:
        """Note the scores of the names like ``query``; return the best of all, allowed or not."""
        entries = self._candidates(query)
        if not len(entries):
            return 0.0
        rows = self._names.rows[entries]
        scores = _judge(query, self._names.decode(entries), self._config)
        scores[self._names.others[entries]] *= self._config.other_name
        if year is not None:
            # Festival and cinema releases are often a year apart.
            near = np.abs(self._names.years[rows].astype(np.int64) - year) <= 1
            scores *= np.where(near, 1.0, self._config.wrong_year)
        _note(rows, scores, allowed, best)
        return float(scores.max())

    def _is_strange(self, query: str) -> bool:
        """Return whether ``query`` is short and has a word that is nowhere in the catalogue."""
        if self._known is None or not query or len(query) > LONGEST_SHORT:
            return False
        return not all(map(self._known, query.split()))

    def _collect_loosely(
        self, query: str, allowed: npt.NDArray[np.bool_] | None, best: dict[int, float]
    ) -> None:
        entries = self._short.near(query)
        scores = judge_loosely(query, self._names.decode(entries))
        _note(self._names.rows[entries], scores, allowed, best)

    def _candidates(self, query: str) -> npt.NDArray[np.int64]:
        wanted = trigrams(query)
        shared = np.zeros(len(self._names.rows), np.float32)
        self._grams.add_to(shared, dict.fromkeys(wanted, 1.0))
        found = np.flatnonzero(shared)
        both, grams = shared[found], self._names.grams[found]
        # Share of the query found, which favours names that contain it, plus the Dice coefficient,
        # which favours names of its own length: begun names and misspelt names both come up.
        likeness = both / max(1, len(wanted)) + 2 * both / (len(wanted) + grams)
        return found[top(likeness.astype(np.float32), self._config.candidates).rows]

    def save(self, folder: Path) -> list[Path]:
        """Write the index into ``folder`` and return the files written."""
        paths = self._grams.save(folder) + self._exact.save(folder / _EXACT)
        paths += self._short.save(folder)
        for name in _DTYPES:
            path = folder / f"name-{name}.npy"
            np.save(path, getattr(self._names, name), allow_pickle=False)
            paths.append(path)
        return paths

    @classmethod
    def open(
        cls,
        folder: Path,
        config: TitleConfig | None = None,
        known: Callable[[str], bool] | None = None,
    ) -> TitleIndex:
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
        by_gram, exact = Postings.open(folder), Postings.open(folder / _EXACT)
        return cls(_Parts(names, by_gram, exact, ShortNames.open(folder)), config, known)


def _note(
    rows: npt.NDArray[np.int32],
    scores: npt.NDArray[np.float64],
    allowed: npt.NDArray[np.bool_] | None,
    best: dict[int, float],
) -> None:
    """Keep in ``best`` the best score of each row that is allowed."""
    kept = scores > 0 if allowed is None else (scores > 0) & allowed[rows]
    for row, score in zip(rows[kept].tolist(), scores[kept].tolist(), strict=True):
        if score > best.get(row, 0.0):
            best[row] = score


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
