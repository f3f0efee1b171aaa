"""Films to be like: "like Heat", "similar to 'Drishyam'", "Alien meets Jaws", "Up but sadder"."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from matinee.catalogue.words import fold
from matinee.query.changes import BUT, CHANGES, changes
from matinee.query.conditions import Condition
from matinee.query.phrases import PhraseTable
from matinee.query.reading import LIKED, Reading
from matinee.query.vocabulary import FILM_NOUNS, FUNCTION_WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.query.lexicon import Lexicon, NamedTitle
    from matinee.query.tokens import Query

_LONGEST = 9
"""Words of a title looked for without quotes."""
_SURE = 0.75
"""How well a misspelt name must fit to be meant, by the scores of the title index."""
_WORTH = 0.25
"""Part of the fame of the best known title below which another of the same name is not meant."""

_STRONG, _LONE, _PLAIN = "strong", "lone", "plain"
"""How surely a title follows: any name, though misspelt; a known one; a known one of some words."""
_CUES = PhraseTable(
    dict.fromkeys(
        (
            "similar to",
            "in the style of",
            "in the vein of",
            "in the spirit of",
            "in the same vein as",
            "along the lines of",
            "reminiscent of",
            "akin to",
            "same vibe as",
            "same vibes as",
            "same feel as",
            "same tone as",
            "vibe of",
            "vibes of",
            "tone of",
            "comparable to",
            "fans of",
            "fan of",
            "if you liked",
            "if you loved",
            "if i liked",
            "if i loved",
            "since i liked",
            "because i liked",
            "because i loved",
            "because i watched",
            "i liked",
            "i loved",
            "i enjoyed",
            "i really liked",
            "i really loved",
            "a la",
            "something like",
            "movies like",
            "movie like",
            "films like",
            "film like",
            "one like",
            "ones like",
            "more like",
            "stuff like",
            "just like",
            "exactly like",
        ),
        _STRONG,
    )
    | {"like": _PLAIN}
)
_NOT_BEFORE = frozenset(
    "i would d id you we they he she it look looks looked looking feel feels felt sound sounds"
    " sounded seem seems seemed act acts acting people dont didnt doesnt really to also who"
    " smell smells taste tastes dress dressed dresses talk talks treat treated treats ll ve nt t"
    " much men women behaves behave lives living fight fights fought cries".split()
)
"""Words after which "like" is a verb, or compares things of the story."""
_NEVER = frozenset(
    "that this these those him them me us you a an the crazy mad hell so what when how to in on"
    " where my your his their our its some any".split()
)
"""Words that are no title after "like", whatever titles there are."""
_OPENERS = frozenset(
    "more something anything nothing not one ones stuff exactly just bit lot film".split()
)
"""Words after which "like" compares films."""
_ARTICLES = frozenset(("a", "an", "the"))
_GENERIC = frozenset(("boy", "girl", "man", "woman", "he", "she", "guy", "cop", "gangster"))
"""Sides of a meeting that are people of the story: "boy meets girl"."""
_LEADING = frozenset("the movie film series show movies films".split())


class Likeness:
    """Reads which films others are to be like, and how they are to differ.

    Args:
        lexicon: the titles of the catalogue.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._genres = frozenset(lexicon.genres)

    def read(self, query: Query, meant: Sequence[bool]) -> list[Reading]:
        """Return the likenesses of a query.

        A liked film is a condition ``like`` with the id of the best known title of the name;
        other titles of the name are alternatives by their fame. That the film itself is not in
        the answer is left to the pipeline.

        Args:
            query: the query.
            meant: for each word, whether it means something on its own ("thriller", "French").
        """
        readings: list[Reading] = []
        titles: list[NamedTitle] = []
        for start, end, cue in _CUES.scan(query):
            before = query.word(start - 1) if not query.breaks[start] else ""
            if cue == _PLAIN and before in _NOT_BEFORE:
                continue
            if cue == _PLAIN and (not before or before in _OPENERS or meant[start - 1]):
                cue = _STRONG if start and meant[start - 1] else _LONE
            self._listed(query, start, end, cue, readings, titles)
        self._meets(query, readings, titles)
        self._suffix(query, readings, titles)
        if not readings:
            self._but(query, meant, readings, titles)
        if readings:
            readings += changes(query, titles[0], readings[0].end, self._genres)
        return readings

    def _listed(
        self,
        query: Query,
        start: int,
        at: int,
        cue: str,
        readings: list[Reading],
        titles: list[NamedTitle],
    ) -> None:
        """Read the names after a cue: one, or several joined by "and", "or" and commas."""
        first = True
        while at < len(query):
            found = self._name(query, at, cue, guess=first)
            if found is None:
                return
            end, named = found
            readings.append(Reading(start, end, (_like(named),), rank=LIKED, leaves=True))
            titles.append(named[0])
            joint = end < len(query) and query.words[end] in ("and", "or")
            if not joint and not (end < len(query) and query.breaks[end]):
                return
            # Further names must be exact: after a comma other wishes may follow.
            start, at, first, cue = end, end + joint, False, _STRONG

    def _name(
        self, query: Query, at: int, cue: str, *, guess: bool
    ) -> tuple[int, tuple[NamedTitle, ...]] | None:
        quoted = query.quoted.get(at)
        if quoted is None and query.words[at] in _LEADING:
            quoted = query.quoted.get(at + 1)
        if quoted is not None:
            named = self._lexicon.named(quoted.text) or self._resembling(quoted.text)
            return (quoted.end, named) if named else None
        starts = [at]
        if query.words[at] in _LEADING:
            starts += [at + 1]
        if query.word(at) == "the" and query.word(at + 1) in FILM_NOUNS:
            starts = [at + 2]
        for begin in starts:
            if begin < len(query) and (found := self._run(query, begin, cue)):
                return found
        return self._guess(query, starts[-1]) if guess and cue == _STRONG else None

    def _run(self, query: Query, start: int, cue: str) -> tuple[int, tuple[NamedTitle, ...]] | None:
        """Return the longest run of words from ``start`` that is a title."""
        for end in range(min(start + _LONGEST, len(query)), start, -1):
            words = query.words[start:end]
            if words[-1] in ("and", "or", "but", "with"):
                continue
            if end == start + 1:
                if words[0] in _NEVER:
                    return None
                if cue == _PLAIN:
                    return None
                if words[0] in FUNCTION_WORDS and not _ends_phrase(query, end):
                    return None
            named = self._lexicon.named(query.raw(start, end))
            if len(words) == 2 and words[0] in _ARTICLES:
                # "Like a pig" does not mean "Pig", nor "like the cops" "Cops".
                if cue == _PLAIN:
                    continue
                named = tuple(title for title in named if _begins(title.name, words[0]))
            if named:
                if end + 1 < len(query) and query.words[end].isdecimal():
                    named = _of_year(named, query.words[end]) or named
                elif end < len(query) and (of_year := _of_year(named, query.words[end])):
                    return end + 1, of_year
                return end, named
        return None

    def _guess(self, query: Query, start: int) -> tuple[int, tuple[NamedTitle, ...]] | None:
        """Return what a misspelt name may mean: the words up to the end of the phrase."""
        if start >= len(query):
            return None
        end = start
        stop = query.stops[start]
        while end < stop and query.words[end] not in ("but", "with", "set", "only", "from", "in"):
            end += 1
        if not 0 < end - start <= _LONGEST or query.words[start] in _NEVER - {"a", "an", "the"}:
            return None
        named = self._resembling(query.raw(start, end))
        return (end, named) if named else None

    def _resembling(self, name: str) -> tuple[NamedTitle, ...]:
        found = self._lexicon.resembling(name)
        return found[:1] if found and found[0].score >= _SURE else ()

    def _meets(self, query: Query, readings: list[Reading], titles: list[NamedTitle]) -> None:
        for i, word in enumerate(query.words):
            if word != "meets" or not 0 < i < len(query) - 1:
                continue
            left = self._before(query, i)
            right = self._run(query, i + 1, _STRONG)
            if left is None or right is None:
                continue
            sides = {query.joined(left[0], i), query.joined(i + 1, right[0])}
            if not sides.isdisjoint(_GENERIC):
                continue
            readings.append(Reading(left[0], i, (_like(left[1]),), rank=LIKED, leaves=True))
            readings.append(Reading(i, right[0], (_like(right[1]),), rank=LIKED, leaves=True))
            titles += [left[1][0], right[1][0]]

    def _suffix(self, query: Query, readings: list[Reading], titles: list[NamedTitle]) -> None:
        """Read "Inception-like thriller"; the hyphen tells it from a comparison in a story."""
        for i, word in enumerate(query.words):
            if word != "like" or not i or query.text[query.ends[i - 1] : query.starts[i]] != "-":
                continue
            found = self._before(query, i)
            if found is not None:
                start, named = found
                readings.append(Reading(start, i + 1, (_like(named),), rank=LIKED, leaves=True))
                titles.append(named[0])

    def _before(self, query: Query, end: int) -> tuple[int, tuple[NamedTitle, ...]] | None:
        """Return the start of the longest title that ends before word ``end``."""
        for start in range(max(0, end - _LONGEST), end):
            if named := self._lexicon.named(query.raw(start, end)):
                return start, named
        return None

    def _but(
        self,
        query: Query,
        meant: Sequence[bool],
        readings: list[Reading],
        titles: list[NamedTitle],
    ) -> None:
        """Read "Inception but funnier": a title that begins the query, and how to differ."""
        for i in range(1, min(len(query) - 1, _LONGEST + 1)):
            if query.words[i] not in BUT:
                continue
            changed = CHANGES.at(query, i + 1) is not None
            if not changed and all(meant[:i]):
                continue
            if not changed and i == 1 and query.words[i] != "but":
                continue
            named = self._lexicon.named(query.raw(0, i))
            if named:
                readings.append(Reading(0, i, (_like(named),), rank=LIKED, leaves=True))
                titles.append(named[0])
            return


def _begins(name: str, word: str) -> bool:
    return fold(name).startswith(f"{word} ")


def _ends_phrase(query: Query, end: int) -> bool:
    return end >= len(query) or query.breaks[end] or query.words[end] in ("but", "and", "or")


def _of_year(named: Sequence[NamedTitle], word: str) -> tuple[NamedTitle, ...]:
    """Return the titles of a year written behind the name, festival and release a year apart."""
    if len(word) != 4 or not word.isdecimal():
        return ()
    year = int(word)
    return tuple(title for title in named if title.year is not None and abs(title.year - year) < 2)


def _like(named: Sequence[NamedTitle]) -> Condition:
    first = named[0]
    fame = 1 + math.log1p(first.votes)
    others = tuple(
        Condition(
            field="like",
            values=(title.id,),
            hard=False,
            weight=round(share, 3),
            label=f"like {_shown(title)}",
        )
        for title in named[1:]
        if (share := (1 + math.log1p(title.votes)) / fame) >= _WORTH
    )
    return Condition(
        field="like",
        values=(first.id,),
        hard=False,
        weight=round(first.score, 3),
        label=f"like {first.name}",
        alternatives=others,
    )


def _shown(title: NamedTitle) -> str:
    return title.name if title.year is None else f"{title.name} ({title.year})"
