"""The identity of a title: a namespaced id that no encoder, index or file order can change.

An id is ``namespace:value``. A title may be known by several; the first namespace of
:data:`PRECEDENCE` that it has becomes its ``id``, the others stay in ``ids`` and find it as well.
TMDb numbers films and series separately, so they have a namespace each. See
docs/decisions/0001-identity-of-a-title.md.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from rapidfuzz import fuzz

from matinee.catalogue.title import Title

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PRECEDENCE = ("tmdb", "tmdb-tv", "imdb", "movielens", "netflix", "matinee", "local")
"""Namespaces from the most to the least widely shared."""
PUBLIC = frozenset(PRECEDENCE) - {"local"}
"""Namespaces whose ids mean the same title in every catalogue."""

SUFFIX_DIGITS = 8
"""Hexadecimal digits that tell titles of one name and year apart. There are a handful of these at
most, of which two would meet once in four thousand million; they would then count as one title."""
ALIKE = 80.0
"""Similarity of two texts (0-100) from which one may be an edit of the other."""

_LASTING = ("kind", "original_title", "directors")
"""Facts that tell films of one name and year apart and are seldom corrected afterwards."""
_TELLING = (*_LASTING, "release_date", "runtime", "overview", "writers", "cast")
"""Facts that two different films of one name and year hardly ever have in common."""
_SURE = 2 * len(_TELLING)
"""More than any likeness."""
_EVERY = tuple(f.name for f in fields(Title) if f.name not in ("id", "ids", "sources"))
_SUFFIX = re.compile(rf"-(?:[0-9a-f]{{{SUFFIX_DIGITS}}}|\d{{1,3}})$")

_ID = re.compile(r"[a-z][a-z0-9-]*:[^\s:/\\][^\s/\\]*")
_RANK = {name: i for i, name in enumerate(PRECEDENCE)}


def is_id(text: str) -> bool:
    """Tell whether ``text`` has the form of an id.

    >>> is_id("tmdb:603"), is_id("The Matrix"), is_id("tmdb:../etc")
    (True, False, False)
    """
    return _ID.fullmatch(text) is not None and len(text) <= 200


def order_ids(ids: Iterable[str]) -> tuple[str, ...]:
    """Return ids without repeats, by precedence of namespace, then as given.

    >>> order_ids(["imdb:tt0133093", "tmdb:603", "imdb:tt0133093"])
    ('tmdb:603', 'imdb:tt0133093')
    """
    unique = dict.fromkeys(ids)
    # Namespaces of a user's own come before "local" but after every public one.
    return tuple(sorted(unique, key=lambda i: _RANK.get(i.partition(":")[0], len(_RANK) - 1.5)))


def slug(text: str) -> str:
    """Return ``text`` as lower-case words joined by hyphens, in any script.

    >>> slug("Amélie: Le Fabuleux Destin!")
    'amelie-le-fabuleux-destin'
    """
    # Case is folded after compatibility forms are made plain: some of these are capitals.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = "".join(c for c in folded if not unicodedata.combining(c) or ord(c) > 0x36F)
    words = re.findall(r"\w+", unicodedata.normalize("NFC", kept))
    return "-".join(words)[:80].strip("-") or "untitled"


def local_id(title: str, year: int | None, *, namespace: str = "local") -> str:
    """Return the id of a title that came without one.

    >>> local_id("The Matrix", 1999)
    'local:the-matrix-1999'
    """
    return f"{namespace}:{slug(title)}" + (f"-{year}" if year is not None else "")


def tell_apart(base: str, titles: Sequence[Title], *, taken: bool = False) -> tuple[str, ...]:
    """Return ids for titles that came without one and are all ``base`` by name and year.

    A single one is called ``base``. Of several none is: each gets a suffix of what tells it from
    the others, first kind, original title and directors, then all that seldom changes, then
    everything. The order of the titles does not count, nor, mostly, what others there are.

    Args:
        base: as of :func:`local_id`.
        titles: no two of them alike in every fact.
        taken: ``base`` is the id of another title already.

    >>> one, other = Title(id="", title="Emma", year=1996), Title(id="", title="Emma!", year=1996)
    >>> tell_apart("local:emma-1996", [one])
    ('local:emma-1996',)
    >>> tell_apart("local:emma-1996", [one, other])
    ('local:emma-1996-cd26b9d0', 'local:emma-1996-b41cbe79')
    """
    if len(titles) == 1 and not taken:
        return (base,)
    found: list[str] = [""] * len(titles)
    for names in (_LASTING, _TELLING, _EVERY):
        left = [i for i, given in enumerate(found) if not given]
        digests = {i: _digest(titles[i], names) for i in left}
        shared = Counter(digests.values())
        for i in left:
            if shared[digests[i]] == 1 or names is _EVERY:
                found[i] = f"{base}-{digests[i]}"
    return tuple(found)


def stem(identifier: str) -> str:
    """Return an id without the suffix that tells it from others of one name and year, if any.

    Suffixes were counted once, ``-2``, ``-3``; these are known as well.

    >>> stem("local:emma-1996-2"), stem("local:emma-1996-0a1b2c3d"), stem("local:emma-1996")
    ('local:emma-1996', 'local:emma-1996', 'local:emma-1996')
    """
    return _SUFFIX.sub("", identifier)


def pair(before: Sequence[Title], after: Sequence[Title]) -> dict[int, int]:
    """Return which of the titles after are which before, all of one name and year.

    Those that share a public id are the same. Then those pair first that have most telling facts
    in common, less those in which they differ; a pair that differs in as many as it has in common
    is none, save that nothing tells two titles of one id apart, or no fact at all any two. One
    title before and one without a public id after are the same.

    Returns:
        Position in ``before`` by position in ``after``; each is in one pair at most.
    """
    if len(before) == len(after) == 1 and before[0].kind == after[0].kind and _own(after[0]):
        return {0: 0}
    scored = []
    # A title that gained an id has no id in common with what it was.
    lone = len(before) == len(after) == 1
    for j, new in enumerate(after):
        for i, old in enumerate(before):
            score, same = _likeness(old, new), old.id == new.id
            if any(each in old.ids for each in new.ids if not is_private(each)):
                score = _SURE
            twin = all(getattr(old, name) == getattr(new, name) for name in _EVERY)
            if old.kind == new.kind and (score > 0 or (score == 0 and (same or lone or twin))):
                scored.append((-score, not same, not _own(new), old.id, new.id, i, j))
    found: dict[int, int] = {}
    for *_, i, j in sorted(scored):
        if j not in found and i not in found.values():
            found[j] = i
    return found


def is_private(identifier: str) -> bool:
    """Tell whether an id is of a user's own namespace.

    >>> is_private("local:emma-1996"), is_private("imdb:tt0116191")
    (True, False)
    """
    return identifier.partition(":")[0] not in PUBLIC


def _own(title: Title) -> bool:
    return all(map(is_private, title.ids or (title.id,)))


def _digest(title: Title, names: Iterable[str]) -> str:
    told = json.dumps([getattr(title, name) for name in names], default=str)
    return hashlib.sha256(told.encode()).hexdigest()[:SUFFIX_DIGITS]


def _likeness(one: Title, other: Title) -> int:
    """Return in how many telling facts that both know they agree, less those they differ in.

    What lasts counts twice: a text is more often written anew than a director is another.
    """
    score = 0
    for name in _TELLING:
        a, b = getattr(one, name), getattr(other, name)
        if name != "kind" and a not in (None, ()) and b not in (None, ()):
            weight = 2 if name in _LASTING else 1
            score += weight if _alike(a, b) else -weight
    return score


def _alike(a: Any, b: Any) -> bool:
    if isinstance(a, str):
        return fuzz.ratio(a, b) >= ALIKE
    if isinstance(a, tuple):
        return 2 * len({*a} & {*b}) >= min(len(a), len(b))
    return bool(a == b)
