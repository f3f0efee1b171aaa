"""The people of a catalogue: who they are, and the titles they are in, by full and by last name.

A name is looked up by the 64-bit hash of its folded form in a sorted array, so opening the people
of any catalogue costs a few file mappings and no memory. Two people of one name are one person
here: catalogues give names, not identities.

A misspelt name is compared with those of about its letters, see :mod:`matinee.index.spellings`.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from matinee.arrays import load_array
from matinee.catalogue.words import plain_words
from matinee.errors import LibraryCorruptError
from matinee.index.postings import Postings, term_hash
from matinee.index.spellings import EDITS, LONGEST, Spellings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import numpy.typing as npt

    from matinee.catalogue.title import Title

Role: TypeAlias = Literal["", "cast", "directors", "writers"]

_BITS: dict[Role, int] = {"cast": 1, "directors": 2, "writers": 4}
_DTYPES = {
    "hashes": "<u8",
    "offsets": "<i8",
    "rows": "<i4",
    "roles": "|u1",
    "text": "|u1",
    "ends": "<i8",
    "weights": "<f4",
}
_SUFFIXES = frozenset("jr sr junior senior ii iii iv md phd".split())
_SIMILARITY = 0.75
"""The smallest 1 - edits / length that counts as a misspelling: two edits in eight letters, with
which "tom hnsk" is still Tom Hanks; below that other people are meant."""
_PARTICLES = frozenset(
    "al bin da dal de del della den der di do dos du el la le mac st ten ter van von".split()
)
"""Words that belong to the name after them: "von Trier" and "del Toro" are asked for whole."""


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """A person, or several of one name.

    Attributes:
        key: folded full name ("akira kurosawa"), see :func:`person_key`.
        name: as the catalogue writes it, its most frequent way if there are several.
        roles: which of the title's lists of people the name stands in, the most frequent first.
        titles: number of titles.
        weight: how much is known of them: the summed ``ln(1 + votes)`` of those titles.
    """

    key: str
    name: str
    roles: tuple[Role, ...]
    titles: int
    weight: float


@dataclass(frozen=True, slots=True)
class _People:
    """The people, p of them in ascending order of hash, and their r pairs of person and title.

    Attributes:
        hashes: uint64 [p], of the folded full names.
        offsets: int64 [p + 1]; person i owns the pairs ``offsets[i]:offsets[i + 1]``.
        rows: int32 [r], ascending within a person.
        roles: uint8 [r], one bit a role.
        text: uint8 [sum of lengths], the names as written, in UTF-8, end to end.
        ends: int64 [p], where each name ends in ``text``.
        weights: float32 [p].
    """

    hashes: npt.NDArray[np.uint64]
    offsets: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int32]
    roles: npt.NDArray[np.uint8]
    text: npt.NDArray[np.uint8]
    ends: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float32]

    def fit(self) -> bool:
        """Return whether the arrays belong together."""
        return (
            len(self.hashes) == len(self.ends) == len(self.weights) == len(self.offsets) - 1
            and len(self.rows) == len(self.roles)
            and (int(self.offsets[0]), int(self.offsets[-1])) == (0, len(self.rows))
            and (int(self.ends[-1]) if len(self.ends) else 0) == len(self.text)
        )


class PeopleIndex:
    """The people of a catalogue; row i means the same title as in the other indexes."""

    def __init__(self, people: _People, surnames: Postings, spellings: Spellings) -> None:
        self._people = people
        self._surnames = surnames
        self._spellings = spellings

    @classmethod
    def build(cls, titles: Iterable[Title]) -> PeopleIndex:
        """Index the casts, directors and writers of titles, row i for title i.

        A name without a letter or digit is left out: nothing could ask for it.

        Raises:
            ValueError: two names have the same hash (one chance in 10^8 at a million names).

        >>> from matinee.catalogue.title import Title
        >>> ran = Title(id="local:1", title="Ran", directors=("Akira Kurosawa",), vote_count=99)
        >>> people = PeopleIndex.build([ran])
        >>> [person.name for person in people.surname("kurosawa")]
        ['Akira Kurosawa']
        >>> people.rows("akira kurosawa", "directors").tolist()
        [0]
        """
        keys: dict[str, str] = {}
        names: dict[str, Counter[str]] = {}
        pairs: dict[str, dict[int, int]] = {}
        weights: dict[str, float] = {}
        for row, title in enumerate(titles):
            credits = {"cast": title.cast, "directors": title.directors, "writers": title.writers}
            for role, bit in _BITS.items():
                for name in credits.get(role, ()):
                    key = keys.get(name)
                    if key is None:
                        key = keys[name] = person_key(name)
                    if not key:
                        continue
                    names.setdefault(key, Counter())[name] += 1
                    rows = pairs.setdefault(key, {})
                    if row not in rows:
                        known = math.log1p(title.vote_count or 0)
                        weights[key] = weights.get(key, 0.0) + known
                    rows[row] = rows.get(row, 0) | bit
        return cls._assemble(names, pairs, weights)

    @classmethod
    def _assemble(
        cls,
        names: dict[str, Counter[str]],
        pairs: dict[str, dict[int, int]],
        weights: dict[str, float],
    ) -> PeopleIndex:
        order = sorted((term_hash(key), key) for key in names)
        hashes = np.array([number for number, _ in order], np.uint64)
        if (hashes[1:] == hashes[:-1]).any():
            raise ValueError("two names share a 64-bit hash")
        shown: list[str] = []
        surnames: dict[str, tuple[list[int], list[float]]] = {}
        for person, (_, key) in enumerate(order):
            # Of ways equally frequent the first in the catalogue is shown.
            name = names[key].most_common(1)[0][0]
            shown.append(name)
            for last in last_names(name):
                people, known = surnames.setdefault(last, ([], []))
                people.append(person)
                known.append(weights[key])
        texts = [name.encode() for name in shown]
        found = [pairs[key] for _, key in order]
        return cls(
            _People(
                hashes=hashes,
                offsets=np.cumsum([0, *map(len, found)], dtype=np.int64),
                rows=np.array([row for rows in found for row in rows], np.int32),
                roles=np.array([bits for rows in found for bits in rows.values()], np.uint8),
                text=np.frombuffer(b"".join(texts), np.uint8),
                ends=np.cumsum([len(text) for text in texts], dtype=np.int64),
                weights=np.array([weights[key] for _, key in order], np.float32),
            ),
            Postings.from_lists(surnames),
            Spellings.build([key for _, key in order]),
        )

    def __len__(self) -> int:
        return len(self._people.hashes)

    def person(self, key: str) -> NamedPerson | None:
        """Return the person of a folded full name, None if there is none."""
        at = self._find(key)
        return None if at is None else self._person(at)

    def surname(self, word: str, k: int = 8) -> tuple[NamedPerson, ...]:
        """Return at most ``k`` people of a folded last name, the best known first.

        "toro" and "del toro" both find Guillermo del Toro; see :func:`last_names`.
        """
        people, weights = self._surnames.find(word)
        best = np.lexsort((people, -weights))[:k]
        return tuple(self._person(at) for at in people[best].tolist())

    def resembling(
        self, name: str, k: int = 5, *, least: float = 0.0
    ) -> tuple[tuple[NamedPerson, float], ...]:
        """Return at most ``k`` people a misspelt full name may mean, with how well it fits.

        The score is ``1 - edits / length of the longer``, in [.75, 1], of at most two edits; an
        edit is a letter more, less or other, or two neighbours that changed places. Best first,
        among equals the best known; nobody whose weight is below ``least``.

        >>> from matinee.catalogue.title import Title
        >>> ran = Title(id="local:1", title="Ran", directors=("Akira Kurosawa",))
        >>> [(person, score)] = PeopleIndex.build([ran]).resembling("Akira Kurasowa")
        >>> person.name, round(score, 3)
        ('Akira Kurosawa', 0.857)
        """
        wanted = person_key(name)
        if not wanted or len(wanted) > LONGEST + EDITS:
            return ()
        near = self._spellings.near(wanted)
        near = near[self._people.weights[near] >= least]
        if not len(near):
            return ()
        keys = [person_key(self._name(at)) for at in near.tolist()]
        edits = cdist([wanted], keys, scorer=OSA.distance, score_cutoff=EDITS, dtype=np.int32)[0]
        lengths = np.array([max(len(wanted), len(key)) for key in keys], np.int32)
        scores = 1.0 - edits / np.maximum(lengths, 1)
        fitting = np.flatnonzero((edits <= EDITS) & (scores >= _SIMILARITY))
        people, scores = near[fitting], scores[fitting]
        best = np.lexsort((people, -self._people.weights[people], -scores))[:k]
        return tuple((self._person(int(people[i])), float(scores[i])) for i in best)

    def rows(self, key: str, role: Role = "") -> npt.NDArray[np.int32]:
        """Return the rows of the titles a person is in, ascending; with ``role``, in that part."""
        at = self._find(key)
        if at is None:
            return self._people.rows[:0]
        pairs = slice(int(self._people.offsets[at]), int(self._people.offsets[at + 1]))
        rows = self._people.rows[pairs]
        return rows[(self._people.roles[pairs] & _BITS[role]) != 0] if role else rows

    def save(self, folder: Path) -> list[Path]:
        """Write the index into ``folder`` and return the files written."""
        paths = self._surnames.save(folder) + self._spellings.save(folder)
        for name in _DTYPES:
            path = folder / f"person-{name}.npy"
            np.save(path, getattr(self._people, name), allow_pickle=False)
            paths.append(path)
        return paths

    @classmethod
    def open(cls, folder: Path) -> PeopleIndex:
        """Map the index of ``folder`` into memory.

        Raises:
            LibraryCorruptError: a file is missing or is not the array it should be.
        """
        people = _People(
            **{
                name: load_array(folder / f"person-{name}.npy", dtype)
                for name, dtype in _DTYPES.items()
            }
        )
        if not people.fit():
            raise LibraryCorruptError(
                "The arrays of the people index do not fit each other",
                where=str(folder),
                cure="Build the library again",
            )
        return cls(people, Postings.open(folder), Spellings.open(folder))

    def _find(self, key: str) -> int | None:
        wanted = np.uint64(term_hash(key))
        at = int(np.searchsorted(self._people.hashes, wanted))
        if at == len(self._people.hashes) or self._people.hashes[at] != wanted:
            return None
        return at

    def _name(self, at: int) -> str:
        people = self._people
        start = int(people.ends[at - 1]) if at else 0
        return str(people.text.data[start : int(people.ends[at])], "utf-8")

    def _person(self, at: int) -> NamedPerson:
        people = self._people
        name = self._name(at)
        bits = people.roles[int(people.offsets[at]) : int(people.offsets[at + 1])]
        counts = {role: int(np.count_nonzero(bits & bit)) for role, bit in _BITS.items()}
        return NamedPerson(
            key=person_key(name),
            name=name,
            roles=tuple(sorted(filter(counts.get, counts), key=lambda role: -counts[role])),
            titles=len(bits),
            weight=float(people.weights[at]),
        )


def person_key(name: str) -> str:
    """Return the folded full name by which a person is known, empty if there is no word in it.

    >>> person_key("Jean-Luc Godard"), person_key("Penélope Cruz"), person_key("Conan O'Brien")
    ('jean luc godard', 'penelope cruz', 'conan obrien')
    """
    return " ".join(plain_words(name))


def last_names(name: str) -> tuple[str, ...]:
    """Return the folded last names of a person, in every way people say them.

    The last word, a double name whole, and either with the words that belong to it; but the first
    word where a hyphened given name comes last, as Chinese and Korean names are written. A name of
    one word is a full name and has none.

    >>> last_names("Robert Downey Jr."), last_names("Guillermo del Toro")
    (('downey',), ('toro', 'del toro'))
    >>> last_names("Daniel Day-Lewis"), last_names("Bong Joon-ho"), last_names("Cher")
    (('lewis', 'day lewis'), ('bong',), ())
    """
    parts = [folded for part in name.split() if (folded := plain_words(part))]
    while len(parts) > 2 and " ".join(parts[-1]) in _SUFFIXES:
        parts.pop()
    if len(parts) < 2:
        return ()
    _, hyphen, second = name.split()[-1].partition("-")
    if hyphen and second.islower():
        return (" ".join(parts[0]),)
    first = len(parts) - 1
    while first > 1 and " ".join(parts[first - 1]) in _PARTICLES:
        first -= 1
    whole = " ".join(word for part in parts[first:] for word in part)
    return tuple(dict.fromkeys((parts[-1][-1], " ".join(parts[-1]), whole)))
