"""Films or series, where the query chooses.

A plain "movie" or "film" is how people begin any request and chooses nothing; "series" and "show"
do, unless they speak of sequels ("the third in the series") or sources ("based on a TV show").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.query.conditions import Condition
from matinee.query.phrases import PhraseTable
from matinee.query.reading import Reading

if TYPE_CHECKING:
    from matinee.query.tokens import Query

_SERIES = (
    "tv series|tv show|tv shows|television series|television show|television shows|miniseries"
    "|mini series|limited series|web series|docuseries|docu series|sitcom|sitcoms|telenovela"
    "|telenovelas|series|shows|tv drama|tv dramas|tv comedy|soap opera|soap operas"
)
_FILM = (
    "films only|only films|movies only|only movies|film only|movie only|only a film|only a movie"
    "|feature film|feature films|feature length"
)
_TABLE = PhraseTable(
    dict.fromkeys(_SERIES.split("|"), "series") | dict.fromkeys(_FILM.split("|"), "film")
)
_SEQUELS = frozenset(
    "the this that film movie first second third fourth fifth last final book of whole entire"
    " trilogy novel franchise s comic world in of to on its his her these second movies films"
    " films".split()
)
"""Words before "series" that make it one of films or books."""
_SOURCES = frozenset(
    "based adapted adaptation version remake spin spawned originally reboot sequel cast role on"
    " named revival continuation pilot".split()
)
"""Words before "tv series" that make it what a film comes from, or a thing of its story."""
_WINDOW, _FAR = 3, 6
"""How many words before it are looked at."""
_GENRES = {"docuseries": "Documentary", "docu series": "Documentary"} | dict.fromkeys(
    ("sitcom", "sitcoms", "tv comedy"), "Comedy"
)
_SUBJECTS = frozenset(("shows", "series"))


class Kinds:
    """Reads whether films or series are asked for.

    Args:
        genres: the genres of the catalogue.
    """

    def __init__(self, genres: frozenset[str]) -> None:
        self._genres = genres

    def read(self, query: Query) -> list[Reading]:
        """Return the kinds a query chooses."""
        readings = []
        for start, end, kind in _TABLE.scan(query):
            if kind == "series" and _is_source(query, start, end):
                continue
            conditions = [Condition(field="kind", values=(kind,), label=kind)]
            if (genre := _GENRES.get(query.joined(start, end))) in self._genres:
                conditions.append(
                    Condition(field="genre", values=(genre,), hard=False, weight=0.9, label=genre)
                )
            readings.append(Reading(start, end, tuple(conditions)))
        return readings


def _is_source(query: Query, start: int, end: int) -> bool:
    if not _SOURCES.isdisjoint(query.words[max(0, start - _FAR) : start]):
        return True
    if end != start + 1 or query.words[start] not in _SUBJECTS:
        return False
    if query.words[start] == "shows":
        # "shows" is a verb unless something asks for them.
        return query.word(start - 1) in _SEQUELS or query.word(end) not in (
            "",
            *("like", "about", "with", "from", "set", "similar", "in", "for", "or", "not"),
        )
    if query.word(start - 1) in ("no", "not", "non"):
        return False
    before = query.words[max(0, start - _WINDOW) : start]
    return query.word(end) == "of" or not _SEQUELS.isdisjoint(before)
