"""One title of many rows: rows that share an id are one, rows that only share a name are not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from rapidfuzz import fuzz

from matinee.catalogue.identity import PRECEDENCE, local_id, order_ids, slug
from matinee.catalogue.title import Title
from matinee.types import Reject

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SAME_TITLE = 80.0
"""Similarity of two titles (0-100) from which spelling alone may be the difference."""
_PUBLIC = frozenset(PRECEDENCE) - {"local"}
_TMDB = ("tmdb:", "tmdb-tv:")
# Handled apart: ids and sources are united, both votes come from one row.
_APART = frozenset(("id", "ids", "kind", "sources", "vote_average", "vote_count"))
_FIRST = tuple(f.name for f in fields(Title) if f.name not in _APART)


@dataclass(frozen=True, slots=True)
class Row:
    """A title and where it was read."""

    title: Title
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Merged:
    """What merging made of the rows: titles in order of first appearance, and what to tell."""

    titles: tuple[Title, ...]
    rejects: tuple[Reject, ...]
    warnings: tuple[str, ...]


def merge(rows: Sequence[Row], *, namespace: str = "local") -> Merged:
    """Return the titles of rows, merged by shared ids, transitively.

    The first value that is not empty wins, in the order of the rows. Rows of different kinds, or
    with two ids of TMDb, are kept apart even if an id links them: then the title with more votes
    keeps that id.
    """
    kept, rejects = _without_clashes(rows)
    kept = _with_ids(kept, namespace)
    groups: list[list[int]] = []
    for component in _components([r.title.ids for r in kept]):
        groups += _apart(component, kept)
    groups.sort()
    titles: list[Title] = []
    warnings: list[str] = []
    combined = [combine([kept[i].title for i in group]) for group in groups]
    for group, title in zip(groups, _settle(combined, warnings), strict=True):
        if title.ids:
            titles.append(title)
            continue
        for i in group:
            rejects.append(_homeless(kept[i]))
    return Merged(tuple(titles), tuple(rejects), tuple(warnings))


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


def _without_clashes(rows: Sequence[Row]) -> tuple[list[Row], list[Reject]]:
    """Set aside rows whose private id already belongs to a plainly different title."""
    holders: dict[str, Row] = {}
    kept: list[Row] = []
    rejects: list[Reject] = []
    for row in rows:
        private = [i for i in row.title.ids if i.partition(":")[0] not in _PUBLIC]
        clash = next((i for i in private if i in holders and _differ(holders[i], row)), None)
        if clash is None:
            for i in private:
                holders.setdefault(i, row)
            kept.append(row)
            continue
        other = holders[clash]
        rejects.append(
            Reject(
                row.path,
                row.line,
                "id",
                clash,
                f"is already the id of {_named(other.title)} ({other.path}, line {other.line}), "
                f"not of {_named(row.title)}",
                "Read the catalogues with a --namespace each",
            )
        )
    return kept, rejects


def _differ(one: Row, other: Row) -> bool:
    a, b = one.title, other.title
    if a.year is not None and a.year == b.year:
        return False
    return fuzz.ratio(slug(a.title), slug(b.title)) < SAME_TITLE


def _with_ids(rows: list[Row], namespace: str) -> list[Row]:
    """Give an id to rows without one; rows alike in every fact get the same."""
    used = {i for r in rows for i in r.title.ids}
    known = {_facts(r.title): r.title.id for r in rows if r.title.id.startswith(f"{namespace}:")}
    given: list[Row] = []
    for row in rows:
        if row.title.ids:
            given.append(row)
            continue
        facts = _facts(row.title)
        if facts not in known:
            base = found = local_id(row.title.title, row.title.year, namespace=namespace)
            count = 1
            while found in used:
                count += 1
                found = f"{base}-{count}"
            used.add(found)
            known[facts] = found
        own = known[facts]
        given.append(replace(row, title=replace(row.title, id=own, ids=(own,))))
    return given


def _facts(title: Title) -> Title:
    return replace(title, id="", ids=(), sources=())


def _components(sets: Iterable[Iterable[str]]) -> list[list[int]]:
    """Return the positions of sets that share an element, transitively, each in order."""
    parent: list[int] = []

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    first: dict[str, int] = {}
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
    together = _components([f"{titles[i].kind} {n}" for n in titles[i].ids] for i in loose)
    return [sorted(p) for p in parts.values()] + [[loose[k] for k in part] for part in together]


def _settle(titles: list[Title], warnings: list[str]) -> list[Title]:
    """Leave every id to one title: of several, the one with most votes, then the smallest id."""
    holders: dict[str, list[int]] = defaultdict(list)
    for i, title in enumerate(titles):
        for known in title.ids:
            holders[known].append(i)
    lost: dict[int, set[str]] = defaultdict(set)
    for known, claims in holders.items():
        if len(claims) == 1:
            continue
        keeper = min(claims, key=lambda i: (-(titles[i].vote_count or 0), titles[i].ids))
        for i in claims:
            if i != keeper:
                lost[i].add(known)
                warnings.append(
                    f"{known} is claimed by {_named(titles[keeper])} and {_named(titles[i])}, "
                    "which cannot be one title; they were kept apart and the first keeps it"
                )
    settled = list(titles)
    for i, gone in lost.items():
        ids = tuple(n for n in titles[i].ids if n not in gone)
        settled[i] = replace(titles[i], id=ids[0] if ids else "", ids=ids)
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
