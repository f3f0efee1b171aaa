"""For whom films are to be: children, families, adults, or as a certificate says.

Ages taken, in years a viewer must have (see :mod:`matinee.catalogue.certification`):

===============  ========  =====================================================================
asked for        age       why
===============  ========  =====================================================================
toddlers         up to 0   certificates for everyone: G, U, TV-Y
kids, children   up to 8   also PG and 6 or 7 plus, which boards give films made for children
family           up to 12  also 10 and 12, but not PG-13, whose guide warns parents
teenagers        up to 14  also PG-13 and TV-14
n years old      up to n   as said
adults           16 on     16 and more at boards with plain ages, R, TV-MA, 18
===============  ========  =====================================================================

Certificates are unknown for many films, so what was made for children by its genre will do too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from matinee.catalogue.certification import certificate_age
from matinee.query.conditions import Condition
from matinee.query.phrases import PhraseTable
from matinee.query.reading import Reading

if TYPE_CHECKING:
    from matinee.query.tokens import Query

_TODDLERS, _KIDS, _FAMILY, _TEENS, _ADULTS = 0, 8, 12, 14, 16
_OTHER_READING = 0.8
"""Weight of a film of the genre Family whose certificate is unknown."""

_AUDIENCES: dict[int, str] = {
    _TODDLERS: "for toddlers|for a toddler|for my toddler|for preschoolers|for babies",
    _KIDS: "for kids|for children|for the kids|for my kids|for our kids|for little kids|for small"
    " children|for young children|for little ones|kid friendly|kids friendly|child friendly"
    "|suitable for kids|suitable for children|appropriate for kids|appropriate for children|safe"
    " for kids|kids movie|kids movies|kids film|kids films|kids show|kids shows|children s movie"
    "|children s film|childrens movie|childrens movies|childrens film|childrens films|kids tv"
    " show|for my son|for my daughter|with kids|with my kids|with the kids",
    _FAMILY: "family friendly|for the whole family|for the family|for families|for the entire"
    " family|family movie night|with the whole family|with the family",
    _TEENS: "for teens|for teenagers|for teen|teen friendly|for a teenager|suitable for teens",
}
_ADULT = (
    "for adults|for grown ups|for grownups|adults only|for adults only|mature audiences|for mature"
    " audiences|not for kids|not for children"
)
_CERTIFICATES = "pg|pg 13|r|nc 17|g|tv y|tv y7|tv g|tv pg|tv 14|tv ma"
_BARE = frozenset(("pg 13", "nc 17", "tv y", "tv y7", "tv pg", "tv 14", "tv ma"))
_WITH_WATCH = frozenset(("with kids", "with my kids", "with the kids", "with the family"))
_YEARS_OLD = re.compile(
    r"(?:(?:suitable|appropriate|okay|ok|safe|good|fine) )?(?:for|with)"
    r" (?:(?:a|an|my|our|the|children|kids) )?(?:aged? |ages )?([1-9]|1[0-9])"
    r"(?:(?: year| yr| years)s? olds?| yo| years| and up| and under)\b"
    r"|(?:aged?|ages) ([1-9]|1[0-9]) and (?:up|under)\b|(?:aged?|ages) ([1-9]|1[0-9])$"
)


class Audience:
    """Reads for whom films are to be.

    Args:
        genres: the genres of the catalogue.
    """

    def __init__(self, genres: frozenset[str]) -> None:
        table: dict[str, tuple[Condition, ...]] = {}
        for age, phrases in _AUDIENCES.items():
            label = {_TODDLERS: "for toddlers", _KIDS: "for kids", _FAMILY: "for families"}
            condition = _up_to(age, label.get(age, "for teenagers"), genres)
            found = (condition, *_story(genres)) if age == _KIDS else (condition,)
            table |= dict.fromkeys(phrases.split("|"), found)
        adults = Condition(field="age", low=_ADULTS, label="for adults")
        table |= dict.fromkeys(_ADULT.split("|"), (adults,))
        for name in _CERTIFICATES.split("|"):
            for phrase in (f"rated {name}", f"{name} rated", f"{name} rating"):
                table[phrase] = (_certificate(name),)
            if name in _BARE:
                table[name] = (_certificate(name),)
        self._table = PhraseTable(table)
        self._genres = genres

    def read(self, query: Query) -> list[Reading]:
        """Return the audiences of a query."""
        readings = []
        for start, end, conditions in self._table.scan(query):
            # "with kids" is about a story unless it is how one watches.
            if query.joined(start, end) in _WITH_WATCH and "watch" not in query.words[:start]:
                continue
            readings.append(Reading(start, end, conditions))
        if "for" in query.words or "ages" in query.words or "age" in query.words:
            readings += self._years_old(query)
        return readings

    def _years_old(self, query: Query) -> list[Reading]:
        joined = " ".join(query.words)
        readings = []
        for match in _YEARS_OLD.finditer(joined):
            if match.start() and joined[match.start() - 1] != " ":
                continue
            start = joined.count(" ", 0, match.start())
            end = start + match.group().count(" ") + 1
            if query.stops[start] < end:
                continue
            age = int(next(filter(None, match.groups())))
            condition = _up_to(age, f"for age {age}", self._genres)
            readings.append(Reading(start, end, (condition,)))
        return readings


def _up_to(age: int, label: str, genres: frozenset[str]) -> Condition:
    alternatives: tuple[Condition, ...] = ()
    if "Family" in genres and age <= _FAMILY:
        family = Condition(field="genre", values=("Family",), weight=_OTHER_READING, label="Family")
        alternatives = (family,)
    return Condition(field="age", high=age, label=label, alternatives=alternatives)


def _story(genres: frozenset[str]) -> tuple[Condition, ...]:
    """Return what films for children also are by their genre."""
    if "Family" not in genres:
        return ()
    return (Condition(field="genre", values=("Family",), hard=False, weight=0.6, label="Family"),)


def _certificate(name: str) -> Condition:
    """Return what a certificate asks: no more than a mild one, no less than a strong one."""
    shown = name.upper().replace(" ", "-")
    age = certificate_age(shown) or 0
    if age > _ADULTS:
        return Condition(field="age", low=age, label=shown)
    return Condition(field="age", high=age, label=shown)
