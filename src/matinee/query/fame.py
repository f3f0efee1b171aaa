"""How known, how good and how recent films are to be, where no number is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.query.conditions import Condition
from matinee.query.phrases import PhraseTable
from matinee.query.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.query.conditions import Fame
    from matinee.query.frame import Frame
    from matinee.query.tokens import Query

_WEIGHT = 0.8
_VAGUE = 0.5
"""Weight of words like "good" and "modern"; most people say them of any film they want."""
_OLD = 30
"""Years after which people call a film old."""
_MODERN = 25
"""Years before which they no longer call it modern."""

_ALWAYS: dict[Fame, str] = {
    "hidden": "hidden gem|hidden gems|underrated|overlooked|little known|lesser known|under the"
    " radar|underseen|unsung|underappreciated|not well known|hidden treasure|hidden treasures",
    "famous": "blockbuster|blockbusters|must see|must watch|well known|box office hit|smash hit"
    "|iconic|everyone has seen|everybody has seen|mainstream",
    "classic": "cult classic|cult classics|cult film|cult films|cult movie|cult movies|all time"
    " classic|timeless classic|cult favorite|timeless",
    "acclaimed": "acclaimed|critically acclaimed|award winning|awards winning|oscar winning|oscar"
    " winner|oscar winners|oscar nominated|oscar worthy|academy award winning|academy award"
    " winner|academy award winners|palme d or|palme dor|golden globe winning|masterpiece"
    "|masterpieces|of all time|best of all time|greatest of all time|prize winning|festival"
    " favorite|critics choice",
}
_BEFORE_NOUNS: dict[Fame, str] = {
    "hidden": "obscure|forgotten|unknown",
    "famous": "famous|popular|most popular|most famous|hit|trending|big|biggest",
    "classic": "classic|classics|cult|vintage",
    "acclaimed": "best|greatest|top|great|finest|brilliant|excellent",
    "recent": "recent|new|newest|latest|brand new|newly released|modern day",
}
_RECENT = (
    "new release|new releases|recent release|recent releases|latest releases|released recently"
)
_AGED = frozenset(("old", "older", "modern", "contemporary"))
_CLASSICS = frozenset(("classic", "classics", "cult"))
_NOT_CLASSIC = frozenset(
    "car cars rock novel novels literature book books music fairy fairytale tale poem play plays"
    " song songs".split()
)


class FameWords:
    """Reads hidden gems, classics, the acclaimed, the new and the old.

    Args:
        year: the current year.
    """

    def __init__(self, year: int) -> None:
        self._year = year
        always = {p: fame for fame, phrases in _ALWAYS.items() for p in phrases.split("|")}
        always |= dict.fromkeys(_RECENT.split("|"), "recent")
        self._always: PhraseTable[Fame] = PhraseTable(always)
        self._before: PhraseTable[Fame] = PhraseTable(
            {p: fame for fame, phrases in _BEFORE_NOUNS.items() for p in phrases.split("|")}
        )

    def read(self, query: Query, frame: Frame, described: Sequence[bool]) -> list[Reading]:
        """Return what a query asks of fame and age, all of it soft.

        Args:
            query: the query.
            frame: its nouns that mean films.
            described: for each word, whether an origin, a time or a person was read from it.
        """
        readings = [
            _reading(start, end, fame, _WEIGHT) for start, end, fame in self._always.scan(query)
        ]
        for start, end, fame in self._before.scan(query):
            if self._of_films(query, frame, described, start, end):
                readings.append(_reading(start, end, fame, _WEIGHT))
        for i, word in enumerate(query.words):
            if word in _AGED and (frame.lead(query, i + 1) or _denied(query, i)):
                readings.append(self._aged(i, word))
        return readings

    def _of_films(
        self, query: Query, frame: Frame, described: Sequence[bool], start: int, end: int
    ) -> bool:
        if query.words[start] in _CLASSICS:
            return query.word(end) not in _NOT_CLASSIC
        if end < len(query) and not query.breaks[end] and described[end]:
            return True
        if end == start + 1 and _denied(query, start):
            return True
        return frame.lead(query, end) and query.word(start - 1) not in ("s", "his", "her", "their")

    def _aged(self, i: int, word: str) -> Reading:
        low: float | None = None
        high: float | None = None
        if word.startswith("old"):
            high, label = self._year - _OLD, "old"
        else:
            low, label = self._year - _MODERN, "modern"
        condition = Condition(
            field="year", low=low, high=high, hard=False, weight=_VAGUE, label=label
        )
        return Reading(i, i + 1, (condition,))


def _reading(start: int, end: int, fame: Fame, weight: float) -> Reading:
    label = "hidden gems" if fame == "hidden" else fame
    condition = Condition(field="fame", values=(fame,), hard=False, weight=weight, label=label)
    return Reading(start, end, (condition,))


def _denied(query: Query, i: int) -> bool:
    """Return whether a word ends a phrase that denies it: "not famous", "nothing too old"."""
    return query.word(i - 1) in ("not", "too", "nothing") and query.stops[i] == i + 1
