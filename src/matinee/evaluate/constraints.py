"""Queries with hard constraints, made from a catalogue by a seed.

What a wording means is taken literally: "under 90 minutes" leaves out 90, "after 2010" leaves out
2010, "since 2010" does not.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

import numpy as np

from matinee.catalogue.countries import country_name
from matinee.catalogue.languages import language_name
from matinee.evaluate.oracle import people, satisfied
from matinee.index.people import person_key
from matinee.query.conditions import Condition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from matinee.catalogue.title import Title
    from matinee.query.conditions import Role

    Draw = np.random.Generator

_T = TypeVar("_T")
Kind: TypeAlias = Literal[
    "year", "years", "decade", "language", "country", "person", "runtime", "negation"
]

_KNOWN_FROM = 3
"""Titles somebody must be in before they are asked for by name."""
_BILLED = 3
"""Actors of a title that may be asked for; further ones are in few people's minds."""
_MOST = 3
"""Wishes in one query; the first query has one, the second two, and so on in turn."""
_REPEATS = 20
"""Queries made for one that is new; a catalogue of few titles can give only so many."""
_DRAWS = 300
"""Titles looked at for one that has the facts a kind of wish needs."""
_OPENINGS = ("", "", "", "show me ", "I want ", "looking for ", "find me ", "recommend ")
_NOUNS = ("films", "movies")
_SUBJECTS = ("", "", "", " about revenge", " about friendship", " about a heist", " about survival")
_UNWANTED_GENRES = {
    "Horror": ("no horror", "not horror"),
    "Comedy": ("no comedies", "but not a comedy"),
    "Animation": ("no animation", "not animated"),
    "Romance": ("no romance", "without romance"),
    "Documentary": ("no documentaries", "not a documentary"),
    "Western": ("no westerns", "not a western"),
    "War": ("no war films", "not a war movie"),
    "Science Fiction": ("no science fiction", "not sci-fi"),
}


@dataclass(frozen=True, slots=True)
class ConstrainedQuery:
    """A query with hard constraints.

    Attributes:
        id: unique in its set.
        query: the words.
        conditions: what every title returned must satisfy.
        kinds: the kind of each condition.
        example: id of the title it was made from, which satisfies them all.
    """

    id: str
    query: str
    conditions: tuple[Condition, ...]
    kinds: tuple[Kind, ...]
    example: str


@dataclass(frozen=True, slots=True)
class _Wish:
    """A condition in words, which stand before or after the noun."""

    words: str
    condition: Condition
    before: bool = False


@dataclass(frozen=True, slots=True)
class _World:
    """What a catalogue has, for wishes that a title is drawn to satisfy.

    Attributes:
        people: keys of the people who may be asked for.
        languages: codes some title has, the most frequent first.
        countries: likewise.
        names: some names as written, for people who are not wanted.
    """

    people: frozenset[str]
    languages: tuple[str, ...]
    countries: tuple[str, ...]
    names: tuple[str, ...]


def constraints(titles: Iterable[Title], n: int = 200, seed: int = 0) -> list[ConstrainedQuery]:
    """Make ``n`` different queries, at most, with one to three wishes each.

    The kinds of wishes take turns in coming first; one whose facts the catalogue does not have is
    left out. The wishes of a query are true of one title drawn from all, so they can be satisfied
    together. Some queries also name a subject, which is no constraint.
    """
    catalogue = list(titles)
    world = _world(catalogue)
    draw = np.random.default_rng(seed)
    found: dict[str, ConstrainedQuery] = {}
    makers = dict(_MAKERS)
    for _ in range(_REPEATS * n):
        if len(found) == n or not makers or not catalogue:
            break
        first = list(makers)[len(found) % len(makers)]
        made = _make(catalogue, world, first, 1 + len(found) % _MOST, draw)
        if made is None:
            # No title drawn has these facts; nor will later ones.
            del makers[first]
            continue
        query, kinds, conditions, example = made
        found.setdefault(
            query, ConstrainedQuery(f"constraint-{len(found)}", query, conditions, kinds, example)
        )
    return list(found.values())


def _make(
    catalogue: Sequence[Title], world: _World, first: Kind, wishes: int, draw: Draw
) -> tuple[str, tuple[Kind, ...], tuple[Condition, ...], str] | None:
    for _ in range(_DRAWS):
        title = _one(catalogue, draw)
        chosen: dict[Kind, _Wish] = {}
        others = [kind for kind in _MAKERS if kind != first]
        for kind in (first, *(others[i] for i in draw.permutation(len(others)).tolist())):
            wish = None if _clash(kind, chosen) else _MAKERS[kind](title, world, draw)
            if wish is None and not chosen:
                break
            if wish is not None and not (wish.before and any(w.before for w in chosen.values())):
                chosen[kind] = wish
            if len(chosen) == wishes:
                break
        conditions = tuple(wish.condition for wish in chosen.values())
        if chosen and satisfied(title, conditions):
            return _say(list(chosen.values()), draw), tuple(chosen), conditions, title.id
    return None


def _clash(kind: Kind, chosen: Iterable[Kind]) -> bool:
    """Return whether a query has its time already: nobody asks for a year and a decade."""
    times = {"year", "years", "decade"}
    return kind in times and not times.isdisjoint(chosen)


def _say(wishes: Sequence[_Wish], draw: Draw) -> str:
    before = [wish.words for wish in wishes if wish.before]
    after = [wish.words for wish in wishes if not wish.before]
    # What is not wanted comes last, where it cannot be taken to cover what follows.
    after.sort(key=lambda words: words.startswith(("no ", "not ", "but ", "without ")))
    noun = _one(_NOUNS, draw) + _one(_SUBJECTS, draw)
    comma = ", " if draw.integers(2) else " "
    said = " ".join((*before, noun))
    return _one(_OPENINGS, draw) + comma.join((said, *after))


def _year(title: Title, world: _World, draw: Draw) -> _Wish | None:
    del world
    if title.year is None:
        return None
    condition = Condition(field="year", low=title.year, high=title.year)
    words = _one((f"from {title.year}", f"released in {title.year}", f"{title.year}"), draw)
    return _Wish(words, condition, before=words.isdecimal())


def _years(title: Title, world: _World, draw: Draw) -> _Wish | None:
    del world
    if title.year is None:
        return None
    earlier, later = title.year - int(draw.integers(1, 8)), title.year + int(draw.integers(1, 8))
    ways = {
        f"after {earlier}": (earlier + 1, None),
        f"since {earlier}": (earlier, None),
        f"released after {earlier}": (earlier + 1, None),
        f"before {later}": (None, later - 1),
        f"made before {later}": (None, later - 1),
        f"between {earlier} and {later}": (earlier, later),
        f"from {earlier} to {later}": (earlier, later),
    }
    words = _one(list(ways), draw)
    low, high = ways[words]
    return _Wish(words, Condition(field="year", low=low, high=high))


def _decade(title: Title, world: _World, draw: Draw) -> _Wish | None:
    del world
    if title.year is None:
        return None
    decade = title.year // 10 * 10
    ways = [f"from the {decade}s", f"{decade}s"]
    # "The 20s" are of two centuries; from the thirties on only one is meant.
    if 1930 <= decade < 2000:
        ways += [f"from the {decade % 100}s", f"{decade % 100}s"]
    words = _one(ways, draw)
    condition = Condition(field="year", low=decade, high=decade + 9)
    return _Wish(words, condition, before=not words.startswith("from"))


def _language(title: Title, world: _World, draw: Draw) -> _Wish | None:
    del world
    name = language_name(title.languages[0]) if title.languages else None
    if name is None:
        return None
    condition = Condition(field="language", values=(title.languages[0],))
    words = _one((f"in {name}", f"spoken in {name}", f"{name}-language"), draw)
    return _Wish(words, condition, before=words.endswith("-language"))


def _country(title: Title, world: _World, draw: Draw) -> _Wish | None:
    del world
    name = country_name(title.countries[0]) if title.countries else None
    if name is None:
        return None
    words = _one((f"from {name}", f"made in {name}", f"produced in {name}"), draw)
    return _Wish(words, Condition(field="country", values=(title.countries[0],)))


def _person(title: Title, world: _World, draw: Draw) -> _Wish | None:
    actors = [name for name in title.cast[:_BILLED] if person_key(name) in world.people]
    directors = [name for name in title.directors if person_key(name) in world.people]
    ways: list[tuple[str, str, Role]] = []
    ways += [(way, name, "cast") for name in actors for way in ("starring", "featuring")]
    ways += [("with", name, "") for name in actors]
    ways += [
        (way, name, "directors") for name in directors for way in ("directed by", "by director")
    ]
    if not ways:
        return None
    way, name, role = _one(ways, draw)
    return _Wish(f"{way} {name}", Condition(field="person", values=(person_key(name),), role=role))


def _runtime(title: Title, world: _World, draw: Draw) -> _Wish | None:
    del world
    if not title.runtime or title.runtime < 40:
        return None
    above = (title.runtime // 10 + int(draw.integers(1, 3))) * 10
    below = ((title.runtime - 1) // 10 - int(draw.integers(0, 2))) * 10
    ways: dict[str, tuple[int | None, int | None]] = {
        f"under {above} minutes": (None, above - 1),
        f"shorter than {above} minutes": (None, above - 1),
        f"no longer than {above} minutes": (None, above),
        f"over {below} minutes": (below + 1, None),
        f"at least {below} minutes long": (below, None),
    }
    if title.runtime < 120:
        ways["less than two hours long"] = (None, 119)
    elif title.runtime > 120:
        ways["over 2 hours long"] = (121, None)
    words = _one(list(ways), draw)
    low, high = ways[words]
    return _Wish(words, Condition(field="runtime", low=low, high=high))


def _negation(title: Title, world: _World, draw: Draw) -> _Wish | None:
    ways = [
        (words, Condition(field="genre", values=(genre,), negated=True))
        for genre, wordings in _UNWANTED_GENRES.items()
        if genre not in title.genres
        for words in wordings
    ]
    ways += [
        (f"not in {language_name(code)}", Condition(field="language", values=(code,), negated=True))
        for code in world.languages[:4]
        if code not in title.languages and language_name(code)
    ]
    ways += [
        (f"not from {country_name(code)}", Condition(field="country", values=(code,), negated=True))
        for code in world.countries[:4]
        if code not in title.countries and country_name(code)
    ]
    for name in (_one(world.names, draw) for _ in range(3 if world.names else 0)):
        condition = Condition(field="person", values=(person_key(name),), role="cast", negated=True)
        ways.append((f"without {name}", condition))
    words, condition = _one(ways, draw)
    return _Wish(words, condition)


_MAKERS: dict[Kind, Callable[[Title, _World, Draw], _Wish | None]] = {
    "year": _year,
    "years": _years,
    "decade": _decade,
    "language": _language,
    "country": _country,
    "person": _person,
    "runtime": _runtime,
    "negation": _negation,
}


def _world(titles: Sequence[Title]) -> _World:
    named: Counter[str] = Counter()
    actors: Counter[str] = Counter()
    for title in titles:
        # A name of one word is a word as well; nobody could tell what is meant.
        named.update({key for name in people(title) if " " in (key := person_key(name))})
        actors.update(name for name in title.cast[:_BILLED] if " " in person_key(name))
    return _World(
        people=frozenset(key for key, count in named.items() if count >= _KNOWN_FROM),
        languages=_frequent(title.languages for title in titles),
        countries=_frequent(title.countries for title in titles),
        names=tuple(name for name, count in actors.most_common(100) if count >= _KNOWN_FROM),
    )


def _frequent(facts: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(value for value, _ in Counter(v for values in facts for v in values).most_common())


def _one(items: Sequence[_T], draw: Draw) -> _T:
    return items[int(draw.integers(len(items)))]
