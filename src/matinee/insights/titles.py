"""Charts of what the titles of a catalogue are: their years, lengths, origins, genres and fame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.catalogue.countries import country_name
from matinee.catalogue.languages import language_name
from matinee.insights.chart import Chart
from matinee.insights.counting import binned, column, decade, percent, plain
from matinee.phrase import listed, message, messages, phrase, plural

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
_ALL, _AND_OTHERS = message("%(counted)s: %(told)s."), message("%(counted)s: %(told)s and others.")
_HAVE_ALL = message("%(top)s%% of the titles have %(share)s of all votes")
_HAVE = message("%(top)s%% of them %(share)s")
_YEAR = messages(
    "The year of %(number)s title is not known.", "The year of %(number)s titles is not known."
)
_RUNTIME = messages(
    "The running time of %(number)s title is not known.",
    "The running time of %(number)s titles is not known.",
)
_VOTED = messages(
    "The number of votes of %(number)s title is not known.",
    "The number of votes of %(number)s titles is not known.",
)
_NO_VOTES = phrase("No votes are known for any title.")
_VOTES = (0, 1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
"""Where the bins of votes begin: they spread over six orders of magnitude."""


@dataclass(frozen=True, slots=True)
class _Words:
    """What is said of a field that has names.

    Attributes:
        key: of its chart.
        title: of it.
        counted: how many names there are.
        none: where no title has any.
        unknown: of how many titles it is not known.
        several: that a title may have several; empty where it has one.
    """

    key: str
    title: str
    counted: tuple[str, str]
    none: str
    unknown: tuple[str, str]
    several: str = ""


_LANGUAGES = _Words(
    "languages",
    message("Original languages"),
    messages("%(number)s language", "%(number)s languages"),
    message("The languages of no title are known."),
    messages(
        "The language of %(number)s title is not known.",
        "The language of %(number)s titles is not known.",
    ),
)
"""Only the first language counts: it is the original one."""
_GENRES = _Words(
    "genres",
    message("Genres"),
    messages("%(number)s genre", "%(number)s genres"),
    message("The genres of no title are known."),
    messages(
        "The genre of %(number)s title is not known.",
        "The genre of %(number)s titles is not known.",
    ),
    message("A title may have several genres."),
)
_COUNTRIES = _Words(
    "countries",
    message("Countries"),
    messages("%(number)s country", "%(number)s countries"),
    message("The countries of no title are known."),
    messages(
        "The country of %(number)s title is not known.",
        "The country of %(number)s titles is not known.",
    ),
    message("A title may have several countries."),
)


def years(columns: Columns) -> Chart | str:
    """Count titles by year, or by decade where they span more than 40 years."""
    known = _known(columns.numbers("year")).astype(np.int64)
    if not len(known):
        return phrase("The year of no title is known.")
    oldest, newest = int(known.min()), int(known.max())
    step = 1 if newest - oldest < _SPAN else 10
    first = oldest // step * step
    counts = np.bincount((known - first) // step)
    middle = int(np.sort(known)[len(known) // 2])
    lead = phrase(
        "The oldest title is from %(oldest)s, the newest from %(newest)s; half of them are from "
        "%(middle)s or later.",
        oldest=str(oldest),
        newest=str(newest),
        middle=str(middle),
    )
    if oldest == newest:
        lead = phrase("All titles are from %(year)s.", year=str(oldest))
    starts = [first + i * step for i in range(len(counts))]
    return Chart(
        key="years",
        title=phrase("Years"),
        lead=lead,
        kind="columns",
        rows=tuple(map(decade if step > 1 else str, starts)),
        columns=(phrase("titles"),),
        values=column(counts),
        unit=phrase("titles"),
        note=_unknown(_YEAR, len(columns) - len(known)),
    )


def runtime(columns: Columns) -> Chart | str:
    """Count titles by their length, in steps of 15 minutes."""
    known = _known(columns.numbers("runtime")).astype(np.int64)
    if not len(known):
        return phrase("The running time of no title is known.")
    names, counts = binned(known, range(0, _LONGEST + 1, RUNTIME_BIN))
    middle = int(np.sort(known)[len(known) // 2])
    lead = phrase(
        "Half of the titles take %(middle)s minutes or more; the longest takes %(longest)s.",
        middle=middle,
        longest=int(known.max()),
    )
    if len(known) == 1:
        lead = phrase("The one title with a known length takes %(minutes)s.", minutes=middle)
    return Chart(
        key="runtime",
        title=phrase("Running time in minutes"),
        lead=lead,
        kind="columns",
        rows=names,
        columns=(phrase("titles"),),
        values=column(counts),
        unit=phrase("titles"),
        note=_unknown(_RUNTIME, len(columns) - len(known)),
    )


def languages(columns: Columns) -> Chart | str:
    """Count titles by their original language."""
    return _named(columns, "first_language", _LANGUAGES, language_name)


def genres(columns: Columns) -> Chart | str:
    """Count titles by genre; a title may have several."""
    return _named(columns, "genres", _GENRES)


def countries(columns: Columns) -> Chart | str:
    """Count titles by country; a title may have several."""
    return _named(columns, "countries", _COUNTRIES, country_name)


def votes(columns: Columns) -> Chart | str:
    """Tell how unevenly votes are spread: what share of them the most voted titles have."""
    known = np.sort(_known(columns.numbers("vote_count")))[::-1]
    if not known.sum():
        return _NO_VOTES
    # Where a share of the titles is less than one there is nothing to tell.
    tops = [top for top in _TOP if len(known) * top >= 100]
    if not tops:
        return phrase("There are too few titles to tell how unevenly votes are spread.")
    upto = 100 * np.cumsum(known) / known.sum()
    has = {top: float(upto[math.ceil(len(known) * top / 100) - 1]) for top in tops}
    told = [tops[0]] if tops[0] >= _TOLD else [tops[0], _TOLD]
    said = [
        phrase(_HAVE_ALL if i == 0 else _HAVE, top=top, share=percent(has[top], 100))
        for i, top in enumerate(told)
    ]
    return Chart(
        key="votes",
        title=phrase("How votes are shared out"),
        lead=phrase("%(shares)s.", shares=listed(said)),
        kind="bars",
        rows=tuple(phrase("top %(top)s%%", top=top) for top in tops),
        columns=(phrase("share of all votes"),),
        values=tuple((has[top],) for top in tops),
        unit="%",
        note=_unknown(_VOTED, len(columns) - len(known)),
    )


def votes_spread(columns: Columns) -> Chart | str:
    """Count titles by their votes, in powers of ten."""
    known = np.sort(_known(columns.numbers("vote_count")).astype(np.int64))[::-1]
    if not len(known):
        return _NO_VOTES
    names, counts = binned(known, _VOTES)
    return Chart(
        key="votes_spread",
        title=phrase("Votes of a title"),
        lead=phrase(
            "Half of the titles have %(middle)s votes or more; the most voted has %(most)s.",
            middle=int(known[(len(known) - 1) // 2]),
            most=int(known[0]),
        ),
        kind="columns",
        rows=names,
        columns=(phrase("titles"),),
        values=column(counts),
        unit=phrase("titles"),
        note=_unknown(_VOTED, len(columns) - len(known)),
    )


def _named(
    columns: Columns,
    name: ChoiceColumn,
    words: _Words,
    named: Callable[[str], str | None] = lambda code: code,
) -> Chart | str:
    coded = columns.coded(name)
    if not len(coded.codes):
        return phrase(words.none)
    totals = np.bincount(coded.codes, minlength=len(coded.names)).tolist()
    labels = [named(code) or code for code in coded.names]
    ordered = sorted(zip(labels, totals, strict=True), key=lambda item: (-item[1], item[0]))
    known = len(np.unique(coded.rows))
    told = listed(
        phrase("%(label)s %(share)s", label=phrase(plain(label)), share=percent(count, known))
        for label, count in ordered[:_SAID]
    )
    many = len(ordered) > _SAID
    notes: list[str] = [phrase(words.several)] if words.several else []
    notes += filter(None, [_unknown(words.unknown, len(columns) - known)])
    return Chart(
        key=words.key,
        title=phrase(words.title),
        lead=phrase(
            _AND_OTHERS if many else _ALL,
            counted=plural(*words.counted, len(ordered)),
            told=told,
        ),
        kind="bars",
        rows=tuple(label for label, _ in ordered),
        columns=(phrase("titles"),),
        values=tuple((count,) for _, count in ordered),
        unit=phrase("titles"),
        note=listed(notes, " "),
    )


def _known(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return values[np.isfinite(values)]


def _unknown(words: tuple[str, str], titles: int) -> str:
    return plural(*words, titles) if titles else ""
