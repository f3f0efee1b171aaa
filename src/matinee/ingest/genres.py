"""Genres of every source under one set of names: those TMDb gives films.

A genre that joins two ("Sci-Fi & Fantasy") becomes both, so that one filter finds films and
series alike; a category that is a style, a form or a public rather than a genre becomes a keyword.
A name no table knows is kept as it came: a user's own genres are theirs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

TMDB_GENRES = {
    28: "Action",
    12: "Adventure",
    16: "Animation",
    35: "Comedy",
    80: "Crime",
    99: "Documentary",
    18: "Drama",
    10751: "Family",
    14: "Fantasy",
    36: "History",
    27: "Horror",
    10402: "Music",
    9648: "Mystery",
    10749: "Romance",
    878: "Science Fiction",
    10770: "TV Movie",
    53: "Thriller",
    10752: "War",
    37: "Western",
    10759: "Action & Adventure",
    10762: "Kids",
    10763: "News",
    10764: "Reality",
    10765: "Sci-Fi & Fantasy",
    10766: "Soap",
    10767: "Talk",
    10768: "War & Politics",
}
"""TMDb's public numbers, films then series (developer.themoviedb.org, genre lists)."""

_NONE: tuple[str, ...] = ()
_KNOWN: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # TMDb's pairs for series
    "action & adventure": (("Action", "Adventure"), _NONE),
    "sci-fi & fantasy": (("Science Fiction", "Fantasy"), _NONE),
    "war & politics": (("War",), ("politics",)),
    # other spellings: MovieLens, IMDb, spoken
    "sci-fi": (("Science Fiction",), _NONE),
    "scifi": (("Science Fiction",), _NONE),
    "sci fi": (("Science Fiction",), _NONE),
    "science-fiction": (("Science Fiction",), _NONE),
    "children": (("Family",), _NONE),
    "children's": (("Family",), _NONE),
    "childrens": (("Family",), _NONE),
    "kids": (("Family",), _NONE),
    "documentaries": (("Documentary",), _NONE),
    "animated": (("Animation",), _NONE),
    "romantic": (("Romance",), _NONE),
    "historical": (("History",), _NONE),
    "musical": (("Music",), ("musical",)),
    "musicals": (("Music",), ("musical",)),
    "film-noir": (_NONE, ("film noir",)),
    "film noir": (_NONE, ("film noir",)),
    "noir": (_NONE, ("film noir",)),
    "imax": (_NONE, ("imax",)),
    "biography": (_NONE, ("biography",)),
    "sport": (_NONE, ("sports",)),
    "sports": (_NONE, ("sports",)),
    "reality-tv": (("Reality",), _NONE),
    "talk-show": (("Talk",), _NONE),
    "game-show": (_NONE, ("game show",)),
    "adult": (_NONE, ("adult",)),
    "(no genres listed)": (_NONE, _NONE),
    "unknown": (_NONE, _NONE),
}
_KNOWN |= {name.casefold(): ((name,), _NONE) for name in TMDB_GENRES.values() if "&" not in name}
_KNOWN["kids"] = (("Family",), _NONE)


@lru_cache(maxsize=4096)
def _one(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return _KNOWN.get(name.casefold(), ((name,), _NONE))


def canonical_genres(names: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (genres, keywords) for genre names of any source.

    >>> canonical_genres(["Sci-Fi", "Film-Noir", "Kaiju"])
    (('Science Fiction', 'Kaiju'), ('film noir',))
    """
    genres: dict[str, None] = {}
    keywords: dict[str, None] = {}
    for name in names:
        found, words = _one(name)
        genres.update(dict.fromkeys(found))
        keywords.update(dict.fromkeys(words))
    return tuple(genres), tuple(keywords)
