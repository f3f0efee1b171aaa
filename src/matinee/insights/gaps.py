"""Charts of what a catalogue lacks: facts by decade, posters by decade."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matinee.insights.chart import Chart
from matinee.insights.counting import decades, percent, shares, together
from matinee.phrase import message, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from matinee.catalogue.table import TitleTable
    from matinee.types import Rows

_FIELDS: Mapping[str, str] = {
    "overview": message("story"),
    "genres": message("genres"),
    "keywords": message("keywords"),
    "tagline": message("tagline"),
    "cast": message("cast"),
    "directors": message("directors"),
    "writers": message("writers"),
    "countries": message("countries"),
    "languages": message("language"),
    "release_date": message("release date"),
    "runtime": message("running time"),
    "certification": message("age rating"),
    "vote_count": message("votes"),
    "popularity": message("popularity"),
    "poster_path": message("poster"),
}
"""Columns that ought to be filled, and what they are called. An original title that is not there is
the same as the title, and so not missing."""
_SAID = 3
_NEVER_AND_OFTEN = message("Never known: %(never)s; of the rest most often missing: %(often)s.")
_NAMED_AND_READ = message(
    "%(share)s of the titles name a poster; that of %(read)s is in the library."
)


def missing(titles: TitleTable) -> Chart | str:
    """Map the share of titles that lack a fact, by fact and decade."""
    if not len(titles):
        return phrase("The library has no titles.")
    names, places = decades(titles.numbers("year"))
    lacks = {phrase(label): ~_has(titles.table.column(name)) for name, label in _FIELDS.items()}
    return Chart(
        key="missing",
        title=phrase("What is missing"),
        lead=_said({label: float(lack.mean()) for label, lack in lacks.items()}),
        kind="heat",
        rows=tuple(lacks),
        columns=names,
        values=tuple(tuple(shares(lack, places, len(names)).tolist()) for lack in lacks.values()),
        unit="%",
        note=phrase("The share of the titles of a decade that lack a fact."),
    )


def _said(lacking: Mapping[str, float]) -> str:
    never = [label for label, share in lacking.items() if share == 1]
    some = sorted((label for label in lacking if 0 < lacking[label] < 1), key=lambda x: -lacking[x])
    worst = [
        phrase("%(what)s (%(share)s)", what=label, share=percent(lacking[label], 1))
        for label in some[:_SAID]
    ]
    if never and worst:
        return phrase(_NEVER_AND_OFTEN, never=together(never), often=together(worst))
    if never:
        return phrase("Never known: %(never)s.", never=together(never))
    if worst:
        return phrase("Most often missing: %(often)s.", often=together(worst))
    return phrase("Nothing is missing from any title.")


def posters(titles: TitleTable, read: Rows | None) -> Chart | str:
    """Tell which share of the titles of a decade has a poster.

    Args:
        titles: the catalogue.
        read: rows of those whose poster the library has read; None if it was given none.
    """
    named = having_poster(titles, None)
    if not named.any() and read is None:
        return phrase("No title names a poster, and the library was built without any.")
    names, places = decades(titles.numbers("year"))
    series = {phrase("named in the catalogue"): named}
    share = percent(float(named.mean()), 1)
    lead = phrase("%(share)s of the titles name a poster.", share=share)
    if read is not None:
        series[phrase("read into the library")] = np.isin(np.arange(len(titles)), read)
        there = percent(len(np.unique(read)), len(titles))
        lead = phrase(_NAMED_AND_READ, share=share, read=there)
    columns = [shares(having, places, len(names)).tolist() for having in series.values()]
    return Chart(
        key="posters",
        title=phrase("Posters"),
        lead=lead,
        kind="columns",
        rows=names,
        columns=tuple(series),
        values=tuple(zip(*columns, strict=True)),
        unit="%",
        note=phrase("Of the titles of a decade."),
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
