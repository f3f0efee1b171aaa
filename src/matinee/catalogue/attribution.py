"""To whom thanks are due for the facts of a catalogue, in the words that they ask for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Attribution:
    """What is said of a source.

    Attributes:
        source: the name that ``sources`` and provenance have for it.
        name: what people call it.
        text: the sentence, with the terms.
        url: the source, or its terms.
        everywhere: whether the sentence belongs on every page; the others are said once.
        pages: whether the addresses in its provenance are pages to read. Those of OMDb need a key,
            those of IMDb are files of gigabytes.
    """

    source: str
    name: str
    text: str
    url: str
    everywhere: bool = False
    pages: bool = False

    def to_dict(self) -> dict[str, str]:
        """Return what the API tells of it: ``source``, ``text`` and ``url``."""
        values = asdict(self)
        return {name: values[name] for name in ("source", "text", "url")}


ATTRIBUTIONS = {
    each.source: each
    for each in (
        # The words and the place are those of TMDb's terms: developer.themoviedb.org, FAQ.
        Attribution(
            "tmdb",
            "TMDB",
            "This product uses the TMDB API but is not endorsed or certified by TMDB.",
            "https://www.themoviedb.org/",
            everywhere=True,
        ),
        Attribution(
            "movielens",
            "MovieLens",
            "Ratings and identifiers: MovieLens, by GroupLens Research at the University of "
            "Minnesota. F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: "
            "History and Context. ACM Transactions on Interactive Intelligent Systems 5, 4. "
            "Not for commercial use without their permission.",
            "https://grouplens.org/datasets/movielens/",
        ),
        Attribution(
            "wikipedia",
            "Wikipedia",
            "Texts from Wikipedia, by its authors, under CC BY-SA 4.0 "
            "(https://creativecommons.org/licenses/by-sa/4.0/), put on one line and else "
            "unchanged; the page of a title names the article.",
            "https://en.wikipedia.org/",
            pages=True,
        ),
        Attribution(
            "omdb",
            "OMDb",
            "Facts and texts from OMDb, under CC BY-NC 4.0 "
            "(https://creativecommons.org/licenses/by-nc/4.0/): not for commercial use.",
            "https://www.omdbapi.com/",
        ),
        # The words are those of developer.imdb.com/non-commercial-datasets.
        Attribution(
            "imdb",
            "IMDb",
            "Information courtesy of IMDb (https://www.imdb.com). Used with permission.",
            "https://www.imdb.com/",
            everywhere=True,
        ),
    )
}
"""By source, in the order in which they are shown."""

_OF = {"tmdb-5000": ("tmdb",), "movies-dataset": ("tmdb", "movielens")}
"""Formats whose facts are others': both are tables that people made of TMDb's answers, the second
with MovieLens' identifiers."""


def attributions_of(table: pa.Table, sources: Iterable[str]) -> tuple[Attribution, ...]:
    """Return to whom thanks are due for a catalogue.

    ``sources`` do not tell all: a catalogue of one's own may be made of TMDb's facts. So TMDb is
    thanked where a title with one of its ids has a poster at its host or a popularity, which is
    TMDb's own figure, and MovieLens where a title has one of its ids. Ids of TMDb alone are not
    facts of it: MovieLens gives them.

    Args:
        table: of :data:`matinee.catalogue.schema.SCHEMA`.
        sources: names of those of the catalogue and of the provenance; unknown ones say nothing.
    """
    names = {known for source in sources for known in _OF.get(source, (source,))}
    ids = table.column("ids").combine_chunks()
    rows, flat = pc.list_parent_indices(ids), pc.list_flatten(ids)
    if pc.any(pc.starts_with(flat, "movielens:")).as_py():
        names.add("movielens")
    theirs = pc.or_(pc.starts_with(flat, "tmdb:"), pc.starts_with(flat, "tmdb-tv:"))
    told = table.select(["poster_path", "popularity"]).take(rows.filter(theirs))
    # A path without a host, as TMDb has it, or an address at TMDb.
    posters = pc.match_substring_regex(told.column("poster_path"), r"^/|^https?://[^/]*tmdb\.org/")
    if pc.any(posters).as_py() or told.column("popularity").null_count < told.num_rows:
        names.add("tmdb")
    return tuple(each for source, each in ATTRIBUTIONS.items() if source in names)
