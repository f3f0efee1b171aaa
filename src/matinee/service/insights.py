"""The insights of a library as the service keeps and shows them: studied once for each version."""

from __future__ import annotations

import asyncio
import re
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool

from matinee.errors import QueryError
from matinee.insights import draw, study, table
from matinee.phrase import speaking
from matinee.query.filters import parse_filter
from matinee.service.forms import SearchForm
from matinee.service.translations import DEFAULT, speaker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matinee.assembly import Library
    from matinee.insights import Chart, Insights

_CHOICES = {"genres": "genre", "languages": "language", "countries": "country"}
"""Key of a chart whose rows are named to the field of the filter that takes such a name."""
_WIDE, _NARROW = 600, 330
"""Pixels: what a figure has where two stand side by side on 1440, and on a phone of 390."""
_YEARS = re.compile(r"(\d{4})(s?)")
_MINUTES = re.compile(r"(\d+)–(\d+)")
_AT_LEAST = re.compile(r"(\d+) or more")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table of a figure.

    Attributes:
        name: what it is about.
        url: the search for those titles; None where there is none.
        cells: its values as text.
    """

    name: str
    url: str | None
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart as the page shows it.

    Attributes:
        chart: its words and values.
        wide: it drawn for a screen with room.
        narrow: it drawn for a phone; the words of a wide one, made smaller, could not be read.
        header: of its table, the name of the rows first.
        rows: of its table.
    """

    chart: Chart
    wide: Markup
    narrow: Markup
    header: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Studied:
    """What is kept of one version of the library.

    Attributes:
        insights: what is to be seen in it.
        drawn: its charts in each language they were asked for in.
    """

    insights: Insights
    drawn: dict[str, tuple[Figure, ...]] = field(default_factory=dict)

    def figures(self, language: str) -> tuple[Figure, ...]:
        """Return its charts, drawn in a language at the first time of asking."""
        if language not in self.drawn:
            self.drawn[language] = drawn_in(language, self.insights.charts)
        return self.drawn[language]


class Studies:
    """The insights of the libraries that answer; those of one that was swapped out go with it."""

    def __init__(self) -> None:
        self._done: weakref.WeakKeyDictionary[Library, Studied] = weakref.WeakKeyDictionary()
        self._begun: weakref.WeakKeyDictionary[Library, asyncio.Task[Studied]] = (
            weakref.WeakKeyDictionary()
        )

    async def of(self, library: Library) -> Studied:
        """Return the insights of a library, studied in a thread at the first time of asking.

        Whoever comes meanwhile waits for the same, and holds no thread.
        """
        done = self._done.get(library)
        if done is not None:
            return done
        task = self._begun.get(library)
        if task is None:
            task = self._begun[library] = asyncio.create_task(self._study(library))
        # Somebody who goes away must not take it from those who wait with them.
        return await asyncio.shield(task)

    async def _study(self, library: Library) -> Studied:
        try:
            self._done[library] = studied = await run_in_threadpool(studied_of, library)
            return studied
        finally:
            del self._begun[library]


def studied_of(library: Library) -> Studied:
    """Study a library and draw what is found. Blocks for up to seconds."""
    studied = Studied(study(library))
    studied.figures(DEFAULT)
    return studied


def drawn_in(language: str, charts: Iterable[Chart]) -> tuple[Figure, ...]:
    """Return charts drawn in a language."""
    with speaking(speaker(language)):
        return tuple(map(figure, charts))


def figure(chart: Chart) -> Figure:
    """Return a chart drawn, with its table, in the language that is spoken."""
    shown = chart.spoken()
    found = table(shown)
    rows = tuple(
        Row(name, search_of(chart.key, english), tuple(rest))
        for english, (name, *rest) in zip(chart.rows, found.rows, strict=True)
    )
    return Figure(shown, _drawn(shown, _WIDE), _drawn(shown, _NARROW), found.header, rows)


def _drawn(chart: Chart, width: int) -> Markup:
    return Markup(draw(chart, width=width))  # noqa: S704  # nosec B704 -- draw escapes all it is told


def search_of(chart: str, row: str) -> str | None:
    """Return the address of the search for the titles a row counts, None where there is none.

    Args:
        chart: key of the chart.
        row: name of the row.

    >>> search_of("genres", "Science Fiction"), search_of("years", "1990s")
    ('/search?q=&filter=genre:Science+Fiction', '/search?q=&filter=year:1990..1999')
    >>> search_of("runtime", "90–104"), search_of("votes", "top 1% of titles")
    ('/search?q=&filter=runtime:90..104', None)
    """
    wanted = None
    if chart in _CHOICES:
        wanted = f"{_CHOICES[chart]}:{row}"
    elif chart == "years" and (found := _YEARS.fullmatch(row)):
        first = int(found[1])
        wanted = f"year:{first}..{first + 9 if found[2] else first}"
    elif chart == "runtime" and (found := _MINUTES.fullmatch(row)):
        wanted = f"runtime:{found[1]}..{found[2]}"
    elif chart == "runtime" and (found := _AT_LEAST.fullmatch(row)):
        wanted = f"runtime:{found[1]}.."
    if wanted is None:
        return None
    try:
        return SearchForm(filters=(parse_filter(wanted),)).url()
    except QueryError:
        # A catalogue may have a language or a genre that no filter knows.
        return None
