"""Charts of what the titles of a catalogue are: their years, lengths, origins, genres and fame."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from matinee.catalogue.countries import country_name
from matinee.catalogue.languages import language_name
from matinee.insights.chart import Chart
from matinee.insights.counting import binned, column, counted, percent

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from matinee.catalogue.columns import ChoiceColumn, Columns

_SPAN = 40
"""Years that are shown one by one; a column for each of more could not be told apart on a phone."""
RUNTIME_BIN = 15
"""Minutes; as in ``profile.json``."""
_LONGEST = 240
"""Minutes from which on lengths are counted together: few films are as long."""
_TOP = (1, 5, 10, 20, 50)
"""Per cent of the titles whose share of all votes is told."""
_TOLD = 20
"""Of these, said in words: a fifth, as in the rule of Pareto."""
_SAID = 3
"""Languages, genres or countries that are said in words."""
_NO_VOTES = "No votes are known for any title."
_VOTES = (0, 1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
"""Where the bins of votes begin: they spread over six orders of magnitude."""


def years(columns: Columns) -> Chart | str:
    """Count titles by year, or by decade where they span more than 40 years."""
    known = _known(columns.numbers("year")).astype(np.int64)
    if not len(known):
        return "The year of no title is known."
    oldest, newest = int(known.min()), int(known.max())
    step = 1 if newest - oldest < _SPAN else 10
    first = oldest // step * step
    counts = np.bincount((known - first) // step)
    middle = int(np.sort(known)[len(known) // 2])
    lead = f"The oldest title is from {oldest}, the newest from {newest}"
    lead += f"; half of them are from {middle} or later."
    if oldest == newest:
        lead = f"All titles are from {oldest}."
    return Chart(
        key="years",
        title="Years",
        lead=lead,
        kind="columns",
        rows=tuple(f"{first + i * step}{'s' if step > 1 else ''}" for i in range(len(counts))),
        columns=("titles",),
        values=column(counts),
        unit="titles",
        note=_unknown("year", len(columns) - len(known)),
    )


def runtime(columns: Columns) -> Chart | str:
    """Count titles by their length, in steps of 15 minutes."""
    known = _known(columns.numbers("runtime")).astype(np.int64)
    if not len(known):
        return "The running time of no title is known."
    names, counts = binned(known, range(0, _LONGEST + 1, RUNTIME_BIN))
    middle = int(np.sort(known)[len(known) // 2])
    lead = f"Half of the titles take {middle} minutes or more; the longest takes {known.max():,}."
    return Chart(
        key="runtime",
        title="Running time in minutes",
        lead=lead if len(known) > 1 else f"The one title with a known length takes {middle}.",
        kind="columns",
        rows=names,
        columns=("titles",),
        values=column(counts),
        unit="titles",
        note=_unknown("running time", len(columns) - len(known)),
    )


def languages(columns: Columns) -> Chart | str:
    """Count titles by their original language."""
    return _named(columns, "first_language", "language", "languages", language_name)


def genres(columns: Columns) -> Chart | str:
    """Count titles by genre; a title may have several."""
    return _named(columns, "genres", "genre", "genres")


def countries(columns: Columns) -> Chart | str:
    """Count titles by country; a title may have several."""
    return _named(columns, "countries", "country", "countries", country_name)


def votes(columns: Columns) -> Chart | str:
    """Tell how unevenly votes are spread: what share of them the most voted titles have."""
    known = np.sort(_known(columns.numbers("vote_count")))[::-1]
    if not known.sum():
        return _NO_VOTES
    # Where a share of the titles is less than one there is nothing to tell.
    tops = [top for top in _TOP if len(known) * top >= 100]
    if not tops:
        return "There are too few titles to tell how unevenly votes are spread."
    upto = 100 * np.cumsum(known) / known.sum()
    has = {top: float(upto[math.ceil(len(known) * top / 100) - 1]) for top in tops}
    told = [tops[0]] if tops[0] >= _TOLD else [tops[0], _TOLD]
    said = [f"{top}% of the titles have {percent(has[top], 100)}" for top in told]
    return Chart(
        key="votes",
        title="How votes are shared out",
        lead=f"{' of all votes, '.join(said)}{' of all votes' if len(said) == 1 else ''}.",
        kind="bars",
        rows=tuple(f"top {top}%" for top in tops),
        columns=("share of all votes",),
        values=tuple((has[top],) for top in tops),
        unit="%",
        note=_unknown("number of votes", len(columns) - len(known)),
    )


def votes_spread(columns: Columns) -> Chart | str:
    """Count titles by their votes, in powers of ten."""
    known = np.sort(_known(columns.numbers("vote_count")).astype(np.int64))[::-1]
    if not len(known):
        return _NO_VOTES
    names, counts = binned(known, _VOTES)
    return Chart(
        key="votes_spread",
        title="Votes of a title",
        lead=f"Half of the titles have {known[(len(known) - 1) // 2]:,} votes or more; "
        f"the most voted has {known[0]:,}.",
        kind="columns",
        rows=names,
        columns=("titles",),
        values=column(counts),
        unit="titles",
        note=_unknown("number of votes", len(columns) - len(known)),
    )


def _named(
    columns: Columns,
    name: ChoiceColumn,
    one: str,
    several: str,
    named: Callable[[str], str | None] = lambda code: code,
) -> Chart | str:
    coded = columns.coded(name)
    if not len(coded.codes):
        return f"The {several} of no title are known."
    totals = np.bincount(coded.codes, minlength=len(coded.names)).tolist()
    labels = [named(code) or code for code in coded.names]
    ordered = sorted(zip(labels, totals, strict=True), key=lambda item: (-item[1], item[0]))
    known = len(np.unique(coded.rows))
    said = [f"{label} {percent(count, known)}" for label, count in ordered[:_SAID]]
    rest = " and others" if len(ordered) > len(said) else ""
    # Only the first language counts: it is the original one.
    note = "" if name == "first_language" else f"A title may have several {several}. "
    return Chart(
        key=several,
        title="Original languages" if name == "first_language" else several.capitalize(),
        lead=f"{counted(len(ordered), one, several)}: {', '.join(said)}{rest}.",
        kind="bars",
        rows=tuple(label for label, _ in ordered),
        columns=("titles",),
        values=tuple((count,) for _, count in ordered),
        unit="titles",
        note=(note + _unknown(one, len(columns) - known)).strip(),
    )


def _known(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return values[np.isfinite(values)]


def _unknown(what: str, titles: int) -> str:
    if not titles:
        return ""
    return f"The {what} of {counted(titles, 'title is', 'titles is')} not known."
