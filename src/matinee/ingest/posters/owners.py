"""Whose poster it is: from what a file or a row calls itself to the titles meant."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from matinee.catalogue.identity import PRECEDENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.catalogue.title import Title

ALIASES = {"ml": "movielens"}
"""Short names of namespaces, as people write them in names of files."""
_IMDB = re.compile(r"tt0*([0-9]+)")
_NUMBER = re.compile(r"0*([0-9]+)(?:\.0)?")
"""With ``.0`` where a table had gaps, and its numbers were written as fractions."""
_IMDB_DIGITS = 7
"""Ids of IMDb have leading zeros up to so many digits."""


def namespace_of(name: str) -> str:
    """Return the namespace a name stands for.

    >>> namespace_of("ML"), namespace_of("tmdb")
    ('movielens', 'tmdb')
    """
    return ALIASES.get(name.casefold(), name.casefold())


class Owners:
    """Finds the titles that a picture belongs to.

    Args:
        titles: of the catalogue.
        namespace: what a bare number is an id of.
    """

    def __init__(self, titles: Sequence[Title], namespace: str = "tmdb") -> None:
        self._namespace = namespace
        self._ids: dict[str, list[tuple[int, int]]] = {}
        self._paths: dict[str, list[tuple[int, int]]] = {}
        seen = dict.fromkeys([*PRECEDENCE, *ALIASES, namespace])
        for position, title in enumerate(titles):
            # A title may be known by its own id alone.
            ids = dict.fromkeys((*title.ids, title.id))
            for rank, each in enumerate(ids):
                self._ids.setdefault(_plain(each), []).append((position, rank))
                seen[each.partition(":")[0]] = None
            if title.poster_path:
                stem = title.poster_path.rpartition("/")[2].rpartition(".")[0]
                if stem:
                    self._paths.setdefault(stem, []).append((position, len(ids)))
        # The longest first: tmdb-tv-1399 is no id of tmdb.
        names = sorted(map(re.escape, map(_plain, seen)), key=len, reverse=True)
        self._prefixed = re.compile(f"({'|'.join(names)})[-: .]+(.+)", re.DOTALL)

    def of_name(self, stem: str) -> list[tuple[int, int]]:
        """Return the titles that the name of a file, without its extension, speaks of.

        Returns:
            (position, rank) of each: rank 0 is the first id of the title, rank 1 the second, and
            the path of its poster in the catalogue comes after all of them.
        """
        # TMDb's names of files are random letters, of which case tells one from another.
        return self.of_id(stem) or self._paths.get(stem, [])

    def of_id(self, text: object, namespace: str | None = None) -> list[tuple[int, int]]:
        """Return the titles with an id as a cell or a name has it: ``603``, ``tmdb-603``, ``tt…``.

        Args:
            text: the id, with a namespace or without.
            namespace: of an id without one, instead of the usual one.
        """
        plain = _plain(str(text).strip())
        namespace = namespace or self._namespace
        prefixed = self._prefixed.fullmatch(plain)
        if prefixed is not None:
            namespace, plain = namespace_of(prefixed[1]), prefixed[2]
        imdb = _IMDB.fullmatch(plain)
        if imdb is not None:
            namespace, plain = "imdb", imdb[1]
        as_written = self._ids.get(_plain(f"{namespace}:{plain}"))
        number = _NUMBER.fullmatch(plain)
        if as_written is not None or number is None:
            return as_written or []
        plain = f"tt{number[1]:0>{_IMDB_DIGITS}}" if namespace == "imdb" else number[1]
        return self._ids.get(_plain(f"{namespace}:{plain}"), [])


def _plain(text: str) -> str:
    """Return a text as ids and names of files are compared.

    macOS takes letters and their accents apart in names of files, and most people write ``_`` or
    ``-`` as they please.
    """
    return unicodedata.normalize("NFC", text).casefold().replace("_", "-")
