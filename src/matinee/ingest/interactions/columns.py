"""Which column of a file of interactions holds which field."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.errors import InputError
from matinee.ingest.columns import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

ALIASES: dict[str, tuple[str, ...]] = {
    "user": ("user", "userid"),
    # Ids that other tables share come first.
    "item": (
        "tmdbid",
        "tmdb",
        "imdbid",
        "imdb",
        "tconst",
        "movielensid",
        "item",
        "itemid",
        "movie",
        "movieid",
        "titleid",
    ),
    "rating": ("rating", "stars", "score"),
    "time": ("timestamp", "time", "date", "watchedat"),
    "kind": ("kind", "action", "event"),
}
"""Field to the columns taken for it, in order of preference; see :func:`plain`."""

_NAMESPACES = {
    "tmdbid": "tmdb",
    "tmdb": "tmdb",
    "imdbid": "imdb",
    "imdb": "imdb",
    "tconst": "imdb",
    "movielensid": "movielens",
}
_WATCHED = frozenset(("watchedat",))
_TYPED = re.compile(r"(.+):(?:token|float|token_seq|float_seq)")
"""RecBole writes the type of a column behind its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """What is where in a file.

    Attributes:
        columns: field to column, for the fields the file has.
        stars: whether the format is one whose ratings are stars by definition.
        watches: whether a row without a kind and a rating is a watch: the file says when.
        namespace: of the ids, where the name of the column or the format tells it.
    """

    columns: Mapping[str, str]
    stars: bool
    watches: bool
    namespace: str | None

    @property
    def complete(self) -> bool:
        """Whether the file says who did what."""
        told = self.watches or "rating" in self.columns or "kind" in self.columns
        return told and "user" in self.columns and "item" in self.columns


def bare(column: str) -> str:
    """Return the name of a column without case, punctuation and the type RecBole adds.

    >>> bare("item_id:token")
    'itemid'
    """
    typed = _TYPED.fullmatch(column)
    return plain(typed[1] if typed else column)


def wanted(column: str, mapping: Mapping[str, str]) -> bool:
    """Tell whether a column may hold a field."""
    name = bare(column)
    return column in mapping.values() or any(name in aliases for aliases in ALIASES.values())


def fields_of(path: Path, columns: Iterable[str], mapping: Mapping[str, str]) -> Fields:
    """Return which column holds which field, the caller's mapping first.

    Raises:
        InputError: the mapping names a field or a column that does not exist.
    """
    names = tuple(columns)
    _check(path, names, mapping)
    taken = set(mapping.values())
    by_name: dict[str, str] = {}
    for column in names:
        if column not in taken:
            by_name.setdefault(bare(column), column)
    found = dict(mapping)
    for field, aliases in ALIASES.items():
        usual = next((by_name[a] for a in aliases if a in by_name), None)
        if field not in found and usual is not None:
            found[field] = usual
    recbole = bool(names) and all(_TYPED.fullmatch(name) for name in names)
    movielens = found.get("user") == "userId" and found.get("item") == "movieId"
    namespace = _NAMESPACES.get(bare(found.get("item", "")))
    # An atomic file of RecBole bears the name of its data set, MovieLens' begin with "ml-".
    if movielens or (recbole and path.name.startswith("ml-")):
        namespace = namespace or "movielens"
    return Fields(
        columns=found,
        stars=(movielens or recbole) and "rating" not in mapping,
        watches=bare(found.get("time", "")) in _WATCHED,
        namespace=namespace,
    )


def require(path: Path, fields: Fields, columns: Iterable[str]) -> None:
    """Refuse a file that does not say who did what with which title.

    Raises:
        InputError: it does not.
    """
    shown = ", ".join(column[:40] for column in columns)[:400]
    for field in ("user", "item"):
        if field not in fields.columns:
            raise InputError(
                f"The file has no column for the {field}",
                where=str(path),
                cure=f"Its columns are: {shown}; name one with mapping={{'{field}': COLUMN}}",
            )
    if not fields.complete:
        raise InputError(
            "The file has neither ratings nor a kind of interaction",
            where=str(path),
            cure=f"Its columns are: {shown}; name one with mapping={{'rating': COLUMN}}, "
            "or add a column kind",
        )


def _check(path: Path, columns: tuple[str, ...], mapping: Mapping[str, str]) -> None:
    if unknown := [field for field in mapping if field not in ALIASES]:
        raise InputError(
            f"There is no field {unknown[0]!r} to map a column to",
            cure=f"The fields are: {', '.join(ALIASES)}",
        )
    if missing := [column for column in mapping.values() if column not in columns]:
        raise InputError(
            f"The file has no column {missing[0]!r}",
            where=str(path),
            cure=f"Its columns are: {', '.join(column[:40] for column in columns)[:400]}",
        )
