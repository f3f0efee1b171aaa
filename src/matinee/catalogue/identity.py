"""The identity of a title: a namespaced id that no encoder, index or file order can change.

An id is ``namespace:value``. A title may be known by several; the first namespace of
:data:`PRECEDENCE` that it has becomes its ``id``, the others stay in ``ids`` and find it as well.
TMDb numbers films and series separately, so they have a namespace each. See
docs/decisions/0001-identity-of-a-title.md.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PRECEDENCE = ("tmdb", "tmdb-tv", "imdb", "movielens", "netflix", "matinee", "local")
"""Namespaces from the most to the least widely shared."""

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
