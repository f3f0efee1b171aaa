"""Films of one series: told by their names, and by the people and subjects they share.

A name is cut down to its stem: "Toy Story 2" to "toy story", "Star Wars: Episode V - ..." to "star
wars", "The Godfather Part II" to "godfather". Titles of one stem are a series where somebody made
both or the subjects agree; a stem of two words that is the whole name of one of them needs no such
witness, and may stand in the subtitle of the other ("Rogue One: A Star Wars Story").
Three of the five leads in common are a series whatever the names, as with "Star Wars" and "The
Empire Strikes Back", where the story or its makers agree.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from matinee.catalogue.words import plain_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.catalogue.title import Title

_LEADS = 5
"""Actors billed first; beyond them a series changes its cast."""
_SAME_LEADS = 3
"""Leads in common that make a series: duos are many, trios that return are rare."""
_SAME_WORDS = 2
"""Keywords in common that agree on a subject; one, such as "murder", is chance."""
_MOST_NUMBER = 12
"""Highest number of a part; in "Apollo 13" or "Blade Runner 2049" it is none."""
_RUN = 5
"""Words of a stem that is looked for in a subtitle."""
_CROWD = 60
"""Titles of one actor beyond which sharing them says little and costs time."""
_PART = frozenset("part chapter episode volume vol".split())
_NUMBERS = frozenset(
    "ii iii iv v vi vii viii ix x two three four five six seven eight nine ten".split()
)
_ARTICLES = frozenset("the a an".split())
_CUTS = (": ", " - ", " – ", " — ")


def stem(name: str) -> tuple[str, bool]:
    """Return the stem of a name, and whether anything but an article was cut from it.

    >>> stem("Toy Story 2"), stem("Star Wars: Episode V - The Empire Strikes Back")
    (('toy story', True), ('star wars', True))
    >>> stem("The Godfather Part II"), stem("Apollo 13"), stem("The Godfather")
    (('godfather', True), ('apollo 13', False), ('godfather', False))
    """
    head, was_cut = name, False
    for mark in _CUTS:
        before, found, _ = head.partition(mark)
        if found and plain_words(before):
            head, was_cut = before, True
    words = plain_words(head)
    if len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    while len(words) > 1 and _is_part(words):
        words, was_cut = words[:-1], True
    return " ".join(words), was_cut


def _is_part(words: Sequence[str]) -> bool:
    last = words[-1]
    number = last.isdecimal() and 0 < int(last) <= _MOST_NUMBER
    return number or last in _NUMBERS or last in _PART


def series(titles: Sequence[Title]) -> list[int]:
    """Return for each title the place of the first of its series, its own where it has none before.

    >>> from matinee.catalogue.title import Title
    >>> films = [Title(id=f"a:{n}", title=name, directors=("John Lasseter",))
    ...     for n, name in enumerate(["Toy Story", "Cars", "Toy Story 2"])]
    >>> series(films)
    [0, 1, 0]
    """
    first = list(range(len(titles)))

    def root(place: int) -> int:
        while first[place] != place:
            first[place] = first[first[place]]
            place = first[place]
        return place

    def join(one: int, other: int) -> None:
        low, high = sorted((root(one), root(other)))
        first[high] = low

    stems = [stem(title.title) for title in titles]
    by_stem: dict[str, list[int]] = defaultdict(list)
    for place, (text, _) in enumerate(stems):
        by_stem[text].append(place)
    for places in by_stem.values():
        for one, other in combinations(places, 2):
            # Two of the same whole name are a film and its remake, which are no series.
            cut = stems[one][1] + stems[other][1]
            if cut and ((cut == 1 and " " in text) or _witness(titles[one], titles[other])):
                join(one, other)
    names = {text: places[0] for text, places in by_stem.items() if " " in text}
    for place, title in enumerate(titles):
        for text in _in_subtitle(title.title) & names.keys():
            join(names[text], place)
    by_start: dict[str, list[int]] = defaultdict(list)
    for place, (text, _) in enumerate(stems):
        if text.count(" ") >= 2:
            by_start[" ".join(text.split()[:2])].append(place)
    for places in by_start.values():
        for one, other in combinations(places, 2):
            # "Indiana Jones and the ...": a name in front, and the same people behind it.
            if stems[one][0] != stems[other][0] and len(_shared(titles[one], titles[other])) >= 2:
                join(one, other)
    for one, other in _trios(titles):
        if _witness_of_trio(titles[one], titles[other]):
            join(one, other)
    return [root(place) for place in range(len(titles))]


def _in_subtitle(name: str) -> set[str]:
    """Return all runs of two words and more of what stands behind the first cut of a name."""
    marks = [(at, mark) for mark in _CUTS if (at := name.find(mark)) > 0]
    if not marks:
        return set()
    at, mark = min(marks)
    words = plain_words(name[at + len(mark) :])
    return {
        " ".join(words[start:stop])
        for start in range(len(words) - 1)
        for stop in range(start + 2, min(len(words), start + _RUN) + 1)
    }


def _witness(one: Title, other: Title) -> bool:
    """Tell whether anybody made both, or the subjects agree."""
    return bool(_shared(one, other)) or _same_subject(one, other)


def _witness_of_trio(one: Title, other: Title) -> bool:
    made = {*one.directors, *one.writers} & {*other.directors, *other.writers}
    return bool(made) or _same_subject(one, other)


def _shared(one: Title, other: Title) -> set[str]:
    return _makers(one) & _makers(other)


def _makers(title: Title) -> set[str]:
    return {*title.directors, *title.writers, *title.cast[:_LEADS]}


def _same_subject(one: Title, other: Title) -> bool:
    return len({*one.keywords} & {*other.keywords}) >= _SAME_WORDS


def _trios(titles: Sequence[Title]) -> list[tuple[int, int]]:
    """Return the pairs of titles with enough leads in common."""
    roles: dict[str, list[int]] = defaultdict(list)
    for place, title in enumerate(titles):
        for name in dict.fromkeys(title.cast[:_LEADS]):
            roles[name].append(place)
    counts: dict[tuple[int, int], int] = defaultdict(int)
    for places in roles.values():
        if len(places) <= _CROWD:
            for pair in combinations(places, 2):
                counts[pair] += 1
    return [pair for pair, count in counts.items() if count >= _SAME_LEADS]
