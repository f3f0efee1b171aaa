"""Charts of what a catalogue lacks: facts by decade, posters by decade."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matinee.insights.chart import Chart
from matinee.insights.counting import decades, listed, percent, shares

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from matinee.catalogue.table import TitleTable
    from matinee.types import Rows

_FIELDS: Mapping[str, str] = {
    "overview": "story",
    "genres": "genres",
    "keywords": "keywords",
    "tagline": "tagline",
    "cast": "cast",
    "directors": "directors",
    "writers": "writers",
    "countries": "countries",
    "languages": "language",
    "release_date": "release date",
    "runtime": "running time",
    "certification": "age rating",
    "vote_count": "votes",
    "popularity": "popularity",
    "poster_path": "poster",
}
"""Columns that ought to be filled, and what they are called. An original title that is not there is
the same as the title, and so not missing."""
_SAID = 3


def missing(titles: TitleTable) -> Chart | str:
    """Map the share of titles that lack a fact, by fact and decade."""
    if not len(titles):
        return "The library has no titles."
    names, places = decades(titles.numbers("year"))
    lacks = {label: ~_has(titles.table.column(name)) for name, label in _FIELDS.items()}
    return Chart(
        key="missing",
        title="What is missing",
        lead=_said({label: float(lack.mean()) for label, lack in lacks.items()}),
        kind="heat",
        rows=tuple(lacks),
        columns=names,
        values=tuple(tuple(shares(lack, places, len(names)).tolist()) for lack in lacks.values()),
        unit="%",
        note="The share of the titles of a decade that lack a fact.",
    )


def _said(lacking: Mapping[str, float]) -> str:
    never = [label for label, share in lacking.items() if share == 1]
    some = sorted((label for label in lacking if 0 < lacking[label] < 1), key=lambda x: -lacking[x])
    worst = [f"{label} ({percent(lacking[label], 1)})" for label in some[:_SAID]]
    told = [f"never known: {listed(never)}"] if never else []
    if worst:
        told.append(f"{'of the rest ' if never else ''}most often missing: {listed(worst)}")
    sentence = "; ".join(told) or "nothing is missing from any title"
    return f"{sentence[0].upper()}{sentence[1:]}."


def posters(titles: TitleTable, read: Rows | None) -> Chart | str:
    """Tell which share of the titles of a decade has a poster.

    Args:
        titles: the catalogue.
        read: rows of those whose poster the library has read; None if it was given none.
    """
    named = having_poster(titles, None)
    if not named.any() and read is None:
        return "No title names a poster, and the library was built without any."
    names, places = decades(titles.numbers("year"))
    series = {"named in the catalogue": named}
    lead = f"{percent(float(named.mean()), 1)} of the titles name a poster"
    if read is not None:
        series["read into the library"] = np.isin(np.arange(len(titles)), read)
        lead += f"; that of {percent(len(np.unique(read)), len(titles))} is in the library"
    columns = [shares(having, places, len(names)).tolist() for having in series.values()]
    return Chart(
        key="posters",
        title="Posters",
        lead=f"{lead}.",
        kind="columns",
        rows=names,
        columns=tuple(series),
        values=tuple(zip(*columns, strict=True)),
        unit="%",
        note="Of the titles of a decade.",
    )


def having_poster(titles: TitleTable, read: Rows | None) -> npt.NDArray[np.bool_]:
    """Return which titles, bool [n], name a poster or have one in the library."""
    having = _has(titles.table.column("poster_path"))
    if read is not None:
        having[read] = True
    return having


def _has(cells: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    if pa.types.is_list(cells.type):
        filled = pc.greater(pc.list_value_length(cells), 0)
    else:
        filled = pc.is_valid(cells)
    # A copy: what Arrow gives may not be written to.
    return np.array(filled.to_numpy(), np.bool_)
