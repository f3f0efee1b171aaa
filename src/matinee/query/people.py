"""Who made films and who is in them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from matinee.query.conditions import Condition
from matinee.query.names import LIST_WORDS, MANNERS, Name, Names, clear
from matinee.query.phrases import PhraseTable
from matinee.query.reading import NAME, WORD, Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.query.conditions import Role
    from matinee.query.frame import Frame
    from matinee.query.lexicon import Lexicon, Person
    from matinee.query.tokens import Query

_WORTH = 0.1
"""Part of the weight of the best known below which a bearer of a last name is not meant."""
_UNSURE = 0.6
"""Weight of a last name that nothing around it says is one."""
_STYLE = 0.7
"""Weight of someone in whose style films are to be; others work in it as well."""
_OBSCURE = 10.0
"""Weight below which a full name of ordinary words is none."""

_DIRECTED, _WRITTEN, _BY, _ACTED, _WITH, _FROM, _LIKE = (
    "directed",
    "written",
    "by",
    "acted",
    "with",
    "from",
    "like",
)
_CUES = PhraseTable(
    dict.fromkeys(
        (
            "directed by",
            "written and directed by",
            "directed and written by",
            "director",
            "from director",
            "from the director",
            "by director",
            "director is",
            "helmed by",
            "filmmaker",
            "from filmmaker",
            "direction of",
        ),
        _DIRECTED,
    )
    | dict.fromkeys(
        ("written by", "writer", "from writer", "screenplay by", "scripted by", "penned by"),
        _WRITTEN,
    )
    | dict.fromkeys(
        (
            "by",
            "made by",
            "a film by",
            "film by",
            "films by",
            "movies by",
            "movie by",
            "best of",
            "films of",
            "movies of",
            "works of",
            "work of",
        ),
        _BY,
    )
    | dict.fromkeys(
        (
            "starring",
            "starred",
            "stars",
            "star",
            "featuring",
            "actor",
            "actress",
            "actors",
            "played by",
            "acted by",
            "with actor",
            "with actress",
            "starring in",
            "cast includes",
        ),
        _ACTED,
    )
    | dict.fromkeys(("with",), _WITH)
    | dict.fromkeys(("from",), _FROM)
    | dict.fromkeys(
        (
            "in the style of",
            "style of",
            "in the vein of",
            "in the spirit of",
            "a la",
            "like",
            "similar to",
            "reminiscent of",
            "inspired by",
        ),
        _LIKE,
    )
)
_STRONG = frozenset((_DIRECTED, _WRITTEN, _ACTED))
"""Cues after which even an ordinary word is a name ("starring Stone")."""
_ROLES: dict[str, Role] = {
    _DIRECTED: "directors",
    _WRITTEN: "writers",
    _ACTED: "cast",
    _WITH: "cast",
}


class People:
    """Reads the names of people.

    Args:
        lexicon: the people of the catalogue.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._names = Names(lexicon)

    def read(self, query: Query, frame: Frame, taken: Sequence[bool]) -> list[Reading]:
        """Return the people of a query.

        Args:
            query: the query.
            frame: its nouns that mean films.
            taken: for each word, whether it already means something other than a name.
        """
        readings: list[Reading] = []
        role_cue = ""
        last = -1
        i = 0
        while i < len(query):
            listed = _follows(query, last, i)
            name = self._names.full(query, i)
            if name is None and not taken[i]:
                name = self._last(query, frame, i, listed=listed)
            if name is None:
                i += 1
                continue
            the = name.together and query.word(i - 1) == "the"
            start, role_cue = self._cue(query, i - the) or (i, role_cue if listed else "")
            if query.word(name.end) in MANNERS and query.stops[i] > name.end:
                name, role_cue = replace(name, end=name.end + 1), _LIKE
            if not (name.whole and not role_cue and self._is_other(query, name)):
                readings.append(_reading(name, start, role_cue))
                last = name.end
            i = name.end
        return readings

    def _cue(self, query: Query, i: int) -> tuple[int, str] | None:
        return None if query.breaks[i] else _CUES.ending(query, i)

    def _last(self, query: Query, frame: Frame, i: int, *, listed: bool) -> Name | None:
        _, cue = self._cue(query, i) or (i, "")
        if cue == _FROM and i > 1 and not frame.filmish[i - 2]:
            # "Suffers from Parkinson's"
            return None
        name = self._names.last(
            query, frame, i, cued=bool(cue), strong=cue in _STRONG, listed=listed
        )
        return None if name is None else replace(name, people=_of_role(name.people, cue))

    def _is_other(self, query: Query, name: Name) -> bool:
        """Return whether a full name rather means a title, or is made of ordinary words."""
        person = name.people[0]
        named = self._lexicon.named(query.raw(name.start, name.end))
        if named and math.log1p(named[0].votes) >= person.weight:
            return True
        words = query.words[name.start : name.end]
        return person.weight < _OBSCURE and all(map(self._lexicon.is_word, words))


def _reading(name: Name, start: int, cue: str) -> Reading:
    first = name.people[0]
    role = _role(first, cue)
    manner = cue == _LIKE or (role != "" and role not in first.roles)
    condition = Condition(
        field="person",
        values=(first.key,),
        role=role,
        hard=name.sure and not manner,
        weight=_STYLE if manner else 1.0 if name.sure else _UNSURE,
        label=_label(first.name, role),
    )
    others = name.people[1:]
    if name.together:
        names = " or ".join(person.name for person in name.people)
        keys = tuple(person.key for person in name.people)
        condition = replace(condition, values=keys, label=_label(names, role))
    elif not clear(name.people):
        alternatives = (
            replace(
                condition,
                values=(other.key,),
                role=role if role in other.roles else "",
                weight=round(condition.weight * other.weight / first.weight, 3),
                label=_label(other.name, role),
            )
            for other in others
            if other.weight > _WORTH * first.weight
        )
        condition = replace(condition, alternatives=tuple(alternatives))
    return Reading(start, name.end, (condition,), rank=NAME if name.sure else WORD)


def _follows(query: Query, last: int, start: int) -> bool:
    """Return whether a name continues a list of names: "De Niro and Pacino", "De Niro, Pacino"."""
    if last < 0:
        return False
    if start == last + 1:
        return query.words[last] in LIST_WORDS
    return start == last and query.breaks[start]


def _role(person: Person, cue: str) -> Role:
    if cue == _BY:
        for role in ("directors", "writers"):
            if role in person.roles:
                return role
        return ""
    if cue == _LIKE:
        return "directors" if "directors" in person.roles else ""
    role = _ROLES.get(cue, "")
    return "" if cue == _WITH and role not in person.roles else role


def _of_role(people: tuple[Person, ...], cue: str) -> tuple[Person, ...]:
    """Return the people who have done what the cue says, all of them if none has."""
    wanted: tuple[Role, ...] = ("directors", "writers")
    for role in wanted if cue == _BY else (_ROLES.get(cue, ""),):
        fitting = tuple(person for person in people if not role or role in person.roles)
        if fitting:
            return fitting
    return people


def _label(name: str, role: Role) -> str:
    return {"directors": "by ", "writers": "written by ", "cast": "with "}.get(role, "") + name
