"""Judged queries made from a catalogue by a seed: misspelt titles, known items, constraints.

Nobody judges these: what is right follows from how a query was made. Every title of the catalogue
is as likely to be drawn, known or not, so the figures say how well anything at all is found, not
how well people are served who mostly ask for what is known.

Titles are known by their names, and several may have one name. Whoever types it says no more, so
all of them are right, and finding any of them counts.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from matinee.catalogue.words import fold, plain_words
from matinee.evaluate.constraints import ConstrainedQuery, constraints
from matinee.evaluate.judgments import JudgedQuery
from matinee.evaluate.oracle import satisfied
from matinee.index.names import normalise
from matinee.index.people import last_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matinee.catalogue.title import Title

    Draw = np.random.Generator

__all__ = ["ConstrainedQuery", "GeneratedQuery", "constraints", "known_items", "satisfied", "typos"]

_TWO_EDITS_FROM = 4
"""Letters of a name that may be edited twice; in a shorter one a single letter would be left."""
_REDRAWS = 50
"""Times a title is edited anew when the outcome is no misspelling; then another title is drawn."""
_DISTINCTIVE = 10
"""Titles of a catalogue that may share a word which, with a director, points at one of them."""
_ARTICLES = re.compile(r"(?:the|an?)\s+(?=\S)", re.IGNORECASE)
_NUMBERS = tuple(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty".split()
)
_BRITISH = {
    "color": "colour",
    "gray": "grey",
    "honor": "honour",
    "neighbor": "neighbour",
    "neighbors": "neighbours",
    "favorite": "favourite",
    "theater": "theatre",
    "center": "centre",
    "traveler": "traveller",
    "defense": "defence",
    "mom": "mum",
    "rumor": "rumour",
    "harbor": "harbour",
    "catalog": "catalogue",
    "dialog": "dialogue",
    "jewelry": "jewellery",
    "pajamas": "pyjamas",
    "program": "programme",
    "tire": "tyre",
}
_AMERICAN = {british: american for american, british in _BRITISH.items()}


@dataclass(frozen=True, slots=True)
class GeneratedQuery:
    """A query made from a title.

    Attributes:
        id: unique in its set.
        query: the words.
        form: how it was made.
        made_from: the title it was made from, as shown.
        right: ids of the titles it may mean, any of which is right.
    """

    id: str
    query: str
    form: str
    made_from: str
    right: frozenset[str]

    def judged(self) -> JudgedQuery:
        """Return it as a judged query, every right title with grade 1."""
        return JudgedQuery(self.id, self.query, dict.fromkeys(sorted(self.right), 1.0))


def typos(titles: Iterable[Title], n: int = 1_000, seed: int = 0) -> list[GeneratedQuery]:
    """Misspell the names of ``n`` titles, at most, drawn from all of them without return.

    A name gets one edit or two, as likely, at any of its places; one of fewer than four letters
    gets one. An edit puts a letter from a to z for a character or between two, leaves a character
    out, or swaps two neighbours. The query differs from the name by more than case, accents and
    punctuation, and is not itself the name of a title: then it would mean that one.

    >>> from matinee.catalogue.title import Title
    >>> [query] = typos([Title(id="local:1", title="Heat")], seed=1)
    >>> query.query, query.form, sorted(query.right)
    ('Hea', '1 edit', ['local:1'])
    """
    names = _Names(titles)
    draw = np.random.default_rng(seed)
    found: list[GeneratedQuery] = []
    for row in draw.permutation(len(names.titles)).tolist():
        if len(found) == n:
            break
        title = names.titles[row]
        if not plain_words(title.title):
            continue
        for _ in range(_REDRAWS):
            edits = (
                int(draw.integers(1, 3)) if len(normalise(title.title)) >= _TWO_EDITS_FROM else 1
            )
            query = misspell(title.title, edits, draw)
            if plain_words(query) and normalise(query) not in names.rows:
                form = "1 edit" if edits == 1 else "2 edits"
                found.append(names.query("typo", len(found), query, form, title))
                break
    return found


def misspell(name: str, edits: int, draw: Draw) -> str:
    """Return ``name`` with so many random edits; see :func:`typos`."""
    letters = string.ascii_lowercase
    for _ in range(edits):
        letter = letters[int(draw.integers(len(letters)))]
        at = int(draw.integers(len(name) + 1))
        kinds = [name[:at] + letter + name[at:]]
        if at < len(name):
            kinds += [name[:at] + letter + name[at + 1 :], name[:at] + name[at + 1 :]]
        if at + 1 < len(name):
            kinds.append(name[:at] + name[at + 1] + name[at] + name[at + 2 :])
        name = kinds[int(draw.integers(len(kinds)))]
    return name


def known_items(titles: Iterable[Title], each: int = 100, seed: int = 0) -> list[GeneratedQuery]:
    """Ask for titles as people do who know them, ``each`` times, at most, in each of the forms.

    ``year``: the name and the year; right are the titles of that name and year.
    ``no article``: the name without the article it begins with.
    ``spelling``: the name spelt otherwise, each of the ways of :func:`other_spellings` in turn.
    ``director``: a director's last name, and a word of the title or its keywords that at most ten
    titles have; right are the titles with both.

    A form that too few titles have gives fewer queries.
    """
    names = _Names(titles)
    draw = np.random.default_rng(seed)
    shares = dict.fromkeys(_FORMS, each) | {
        # The first ways get what does not divide.
        way: (each + len(_WAYS) - 1 - place) // len(_WAYS)
        for place, way in enumerate(_WAYS)
    }
    found: list[GeneratedQuery] = []
    for form, share in shares.items():
        made = 0
        for row in draw.permutation(len(names.titles)).tolist():
            if made == share:
                break
            title = names.titles[row]
            asked = (
                _FORMS[form](names, title, draw) if form in _FORMS else _spelt(names, title, form)
            )
            if asked is not None:
                query, right = asked
                name = f"{form.replace(' ', '-')}-{made}"
                found.append(GeneratedQuery(name, query, form, title.title, right))
                made += 1
    return found


class _Names:
    """The titles of a catalogue by name and by word."""

    def __init__(self, titles: Iterable[Title]) -> None:
        self.titles = list(titles)
        self.rows: dict[str, list[int]] = {}
        for row, title in enumerate(self.titles):
            for name in {normalise(name) for name in (title.title, title.original_title) if name}:
                self.rows.setdefault(name, []).append(row)

    def named(self, *names: str) -> frozenset[str]:
        """Return the ids of the titles that have one of the names."""
        rows = {row for name in names for row in self.rows.get(normalise(name), ())}
        return frozenset(self.titles[row].id for row in rows)

    def query(self, kind: str, n: int, query: str, form: str, title: Title) -> GeneratedQuery:
        """Return a query for the titles called like ``title``."""
        return GeneratedQuery(f"{kind}-{n}", query, form, title.title, self.named(title.title))

    @cached_property
    def by_word(self) -> dict[str, list[int]]:
        """Rows by word of title and keywords."""
        rows: dict[str, list[int]] = {}
        for row, title in enumerate(self.titles):
            for word in _told(title):
                rows.setdefault(word, []).append(row)
        return rows


def _with_year(names: _Names, title: Title, draw: Draw) -> tuple[str, frozenset[str]] | None:
    del draw
    if title.year is None:
        return None
    same = names.rows[normalise(title.title)]
    right = frozenset(names.titles[r].id for r in same if names.titles[r].year == title.year)
    return f"{title.title} {title.year}", right


def _without_article(names: _Names, title: Title, draw: Draw) -> tuple[str, frozenset[str]] | None:
    del draw
    article = _ARTICLES.match(title.title)
    if article is None or not plain_words(title.title[article.end() :]):
        return None
    query = title.title[article.end() :]
    return query, names.named(title.title, query)


def _spelt(names: _Names, title: Title, way: str) -> tuple[str, frozenset[str]] | None:
    query = other_spellings(title).get(way)
    return None if query is None else (query, names.named(title.title, query))


def _by_director(names: _Names, title: Title, draw: Draw) -> tuple[str, frozenset[str]] | None:
    lasts = [last_names(name)[-1] for name in title.directors if last_names(name)]
    words = [word for word in sorted(_told(title)) if len(names.by_word[word]) <= _DISTINCTIVE]
    if not lasts or not words:
        return None
    last = lasts[int(draw.integers(len(lasts)))]
    word = words[int(draw.integers(len(words)))]
    right = frozenset(
        names.titles[row].id
        for row in names.by_word[word]
        if any(last in last_names(name) for name in names.titles[row].directors)
    )
    return f"{last} {word}", right


def other_spellings(title: Title) -> dict[str, str]:
    """Return the other ways to write a title's name that give another text, by way.

    "&" for "and" or the reverse, a digit for a number word or the reverse, British for American or
    the reverse, without accents, without punctuation, and as in its original language.

    >>> from matinee.catalogue.title import Title
    >>> other_spellings(Title(id="local:1", title="Seven Gray Cats & a Dog"))["number"]
    '7 Gray Cats & a Dog'
    """
    name = title.title
    both = re.sub(r"\band\b", "&", name, flags=re.IGNORECASE)
    plain = re.sub(r"[^\w\s]", " ", re.sub(r"['’.]", "", name))
    found = {
        "ampersand": name.replace("&", "and") if "&" in name else both,
        "number": re.sub(r"\w+", lambda match: _other_number(match[0]), name),
        "british": re.sub(r"\w+", lambda match: _other_english(match[0]), name),
        "accents": name if fold(name) == name.lower() else fold(name),
        "punctuation": " ".join(plain.split()),
        "original": title.original_title or name,
    }
    return {way: other for way, other in found.items() if other != name and plain_words(other)}


def _other_number(word: str) -> str:
    if word.lower() in _NUMBERS:
        return str(_NUMBERS.index(word.lower()))
    small = word.isascii() and word.isdecimal() and str(int(word)) == word
    return _NUMBERS[int(word)].title() if small and int(word) < len(_NUMBERS) else word


def _other_english(word: str) -> str:
    small = word.lower()
    other = _BRITISH.get(small) or _AMERICAN.get(small)
    if other is None:
        return word
    return other.title() if word.istitle() else other


def _told(title: Title) -> set[str]:
    """Return the telling words of a title's name and keywords: four letters or more."""
    words = plain_words(" ".join((title.title, *title.keywords)))
    return {word for word in words if len(word) >= 4 and word.isalpha()}


_FORMS: dict[str, Callable[[_Names, Title, Draw], tuple[str, frozenset[str]] | None]] = {
    "year": _with_year,
    "no article": _without_article,
    "director": _by_director,
}
_WAYS = ("ampersand", "number", "british", "accents", "punctuation", "original")
