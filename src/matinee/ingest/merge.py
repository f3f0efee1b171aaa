"""One title of many rows: rows that share an id are one, rows that only share a name are not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from rapidfuzz import fuzz

from matinee.catalogue.identity import PRECEDENCE, order_ids, slug
from matinee.catalogue.title import Title
from matinee.types import Reject

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

SAME_TITLE = 80.0
"""Similarity of two titles (0-100) from which spelling alone may be the difference."""
_PUBLIC = frozenset(PRECEDENCE) - {"local"}
_TMDB = ("tmdb:", "tmdb-tv:")
# Handled apart: ids and sources are united, both votes come from one row.
_APART = frozenset(("id", "ids", "kind", "sources", "vote_average", "vote_count"))
_FIRST = tuple(f.name for f in fields(Title) if f.name not in _APART)


@dataclass(frozen=True, slots=True)
class Row:
    """A title and where it was read: the file, its line, and the how many-th of all rows it is."""

    title: Title
    path: str
    line: int
    number: int = 0


@dataclass(frozen=True, slots=True)
class Warned:
    """Something to tell of an id that several titles claim, with its place among all warnings."""

    place: tuple[int, int, int]
    text: str


@dataclass(slots=True)
class Merged:
    """What merging made of rows that share ids.

    Attributes:
        titles: by the number of the first of their rows, in that order.
        rejects: rows that cannot be part of a title, by the number of the first row of the title
            that they would have been.
        warnings: ids that several titles claim.
    """

    titles: list[tuple[int, Title]]
    rejects: list[tuple[int, Reject]]
    warnings: list[Warned]


def merge(rows: Sequence[Row]) -> Merged:
    """Return the titles of rows, merged by shared ids, transitively.

    The rows are all those that share an id with one of them, in order, each with an id. The first
    value that is not empty wins, in the order of the rows. Rows of different kinds, or with two ids
    of TMDb, are kept apart even if an id links them: then the title with more votes keeps that id.
    """
    groups: list[list[int]] = []
    for component in components(r.title.ids for r in rows):
        groups += _apart(component, rows)
    groups.sort()
    merged = Merged([], [], [])
    combined = [
        (rows[group[0]].number, combine([rows[i].title for i in group])) for group in groups
    ]
    settled = _settle(combined, merged.warnings)
    for group, (first, title) in zip(groups, settled, strict=True):
        if title.ids:
            merged.titles.append((first, title))
        else:
            merged.rejects += [(first, _homeless(rows[i])) for i in group]
    return merged


def combine(titles: Sequence[Title]) -> Title:
    """Return one title of several: the first value that is not empty, all ids, all sources."""
    if len(titles) == 1:
        return titles[0]
    first: dict[str, Any] = {}
    for name in _FIRST:
        values = (getattr(t, name) for t in titles)
        first[name] = next((v for v in values if v not in (None, ())), getattr(titles[0], name))
    ids = order_ids(i for t in titles for i in t.ids)
    both = [t for t in titles if t.vote_average is not None and t.vote_count is not None]
    # A mean of one source beside a count of another would be a fact of neither.
    voted = both or [t for t in titles if t.vote_average is not None or t.vote_count is not None]
    if first["original_title"] == first["title"]:
        first["original_title"] = None
    return Title(
        id=ids[0],
        ids=ids,
        kind=titles[0].kind,
        vote_average=voted[0].vote_average if voted else None,
        vote_count=voted[0].vote_count if voted else None,
        sources=tuple(dict.fromkeys(s for t in titles for s in t.sources)),
        **first,
    )


def private_ids(ids: Iterable[str]) -> list[str]:
    """Return the ids that are unique within one file only."""
    return [i for i in ids if i.partition(":")[0] not in _PUBLIC]


def clashes(rows: Iterable[Row]) -> list[tuple[int, Reject]]:
    """Return the rows whose private id already belongs to a plainly different title, by number."""
    holders: dict[str, Row] = {}
    found: list[tuple[int, Reject]] = []
    for row in rows:
        private = private_ids(row.title.ids)
        clash = next((i for i in private if i in holders and _differ(holders[i], row)), None)
        if clash is None:
            for i in private:
                holders.setdefault(i, row)
            continue
        other = holders[clash]
        reject = Reject(
            row.path,
            row.line,
            "id",
            clash,
            f"is already the id of {_named(other.title)} ({other.path}, line {other.line}), "
            f"not of {_named(row.title)}",
            "Read the catalogues with a --namespace each",
        )
        found.append((row.number, reject))
    return found


def _differ(one: Row, other: Row) -> bool:
    a, b = one.title, other.title
    if a.year is not None and a.year == b.year:
        return False
    return fuzz.ratio(slug(a.title), slug(b.title)) < SAME_TITLE


def components(sets: Iterable[Iterable[Hashable]]) -> list[list[int]]:
    """Return the positions of sets that share an element, transitively, each in order."""
    parent: list[int] = []

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    first: dict[Hashable, int] = {}
    for i, members in enumerate(sets):
        parent.append(i)
        for member in members:
            a, b = root(first.setdefault(member, i)), root(i)
            parent[max(a, b)] = min(a, b)
    found: dict[int, list[int]] = defaultdict(list)
    for i in range(len(parent)):
        found[root(i)].append(i)
    return list(found.values())


def _apart(component: list[int], rows: Sequence[Row]) -> list[list[int]]:
    """Return a component whole, or in parts where its rows cannot be one title.

    Rows with an id of TMDb part by kind and that id. A row without one joins the only such part
    of its kind that it shares an id with; the others stand together by kind and shared ids.
    """
    if len(component) == 1:
        return [component]
    titles = {i: rows[i].title for i in component}
    numbers = {n for t in titles.values() for n in t.ids if n.startswith(_TMDB)}
    if len(numbers) <= 1 and len({t.kind for t in titles.values()}) == 1:
        return [component]
    parts: dict[tuple[str, str], list[int]] = defaultdict(list)
    holders: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for i, title in titles.items():
        number = next((n for n in title.ids if n.startswith(_TMDB)), None)
        if number is not None:
            parts[title.kind, number].append(i)
            for known in title.ids:
                holders[title.kind, known].add((title.kind, number))
    loose: list[int] = []
    for i, title in titles.items():
        if any(n.startswith(_TMDB) for n in title.ids):
            continue
        # An id that two parts claim tells nothing of where the row belongs.
        told = [holders[title.kind, known] for known in title.ids]
        homes = set().union(*(h for h in told if len(h) == 1))
        if len(homes) == 1:
            parts[homes.pop()].append(i)
        else:
            loose.append(i)
    together = components([f"{titles[i].kind} {n}" for n in titles[i].ids] for i in loose)
    return [sorted(p) for p in parts.values()] + [[loose[k] for k in part] for part in together]


def _settle(titles: list[tuple[int, Title]], warnings: list[Warned]) -> list[tuple[int, Title]]:
    """Leave every id to one title: of several, the one with most votes, then the smallest id."""
    holders: dict[str, list[int]] = defaultdict(list)
    for i, (_, title) in enumerate(titles):
        for known in title.ids:
            holders[known].append(i)
    lost: dict[int, set[str]] = defaultdict(set)
    for known, claims in holders.items():
        if len(claims) == 1:
            continue
        keeper = min(claims, key=lambda i: (-(titles[i][1].vote_count or 0), titles[i][1].ids))
        first, title = titles[claims[0]]
        for n, i in enumerate(claims):
            if i != keeper:
                lost[i].add(known)
                text = (
                    f"{known} is claimed by {_named(titles[keeper][1])} and "
                    f"{_named(titles[i][1])}, which cannot be one title; they were kept apart and "
                    "the first keeps it"
                )
                warnings.append(Warned((first, title.ids.index(known), n), text))
    settled = list(titles)
    for i, gone in lost.items():
        first, title = titles[i]
        ids = tuple(n for n in title.ids if n not in gone)
        settled[i] = first, replace(title, id=ids[0] if ids else "", ids=ids)
    return settled


def _homeless(row: Row) -> Reject:
    return Reject(
        row.path,
        row.line,
        "id",
        row.title.id,
        f"belongs to another title, of another kind or number, than {_named(row.title)}",
        "Correct the kind or the id",
    )


def _named(title: Title) -> str:
    return f"{title.id or title.kind} {title.title!r} ({title.year or 'no year'})"
