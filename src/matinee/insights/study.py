"""What a library holds and what is known of its people, as charts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from matinee.insights.chart import Chart
from matinee.insights.gallery import gallery
from matinee.insights.gaps import having_poster, missing, posters
from matinee.insights.people import ratings_per_person, ratings_per_title, stars
from matinee.insights.quality import exploration, quality
from matinee.insights.titles import (
    countries,
    genres,
    languages,
    runtime,
    votes,
    votes_spread,
    years,
)
from matinee.pipeline import ratings, taste

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.pipeline.engine import Engine

NO_TASTE = "Nobody's ratings are known to this library. Give it some with: matinee train taste"


class Studied(Protocol):
    """What is studied: :class:`matinee.Library` is one."""

    root: Path

    @property
    def engine(self) -> Engine:
        """The parts of the version that answers."""
        ...

    @property
    def version(self) -> str:
        """Its name."""
        ...


@dataclass(frozen=True, slots=True)
class Insights:
    """What is to be seen in a library.

    Attributes:
        library: version of the library, for example ``v0007``.
        titles: how many it has.
        charts: in the order in which they are shown.
        gallery: ids of well-known titles that have a poster, of different decades and genres.
        notes: sentences; why a chart is left out.
    """

    library: str
    titles: int
    charts: tuple[Chart, ...]
    gallery: tuple[str, ...]
    notes: tuple[str, ...]

    def chart(self, key: str) -> Chart | None:
        """Return the chart of that key, None where there is none."""
        return next((chart for chart in self.charts if chart.key == key), None)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "library": self.library,
            "titles": self.titles,
            "charts": [chart.to_dict() for chart in self.charts],
            "gallery": list(self.gallery),
            "notes": list(map(str, self.notes)),
        }


def study(library: Studied) -> Insights:
    """Count what a library holds; nothing of it is changed, and nobody is named.

    A catalogue of 30,000 titles and 100,000 ratings takes about a tenth of a second.

    Raises:
        LibraryCorruptError: what was learnt of taste cannot be read.
    """
    engine = library.engine
    columns, titles = engine.columns, engine.catalogue
    signatures = engine.pictures.signatures
    read = None if signatures is None else signatures.rows
    found = [
        years(columns),
        runtime(columns),
        languages(columns),
        genres(columns),
        countries(columns),
        votes(columns),
        votes_spread(columns),
        missing(titles),
        posters(titles, read),
        *_of_people(library),
    ]
    shown = gallery(columns, having_poster(titles, read))
    notes = [each for each in found if isinstance(each, str)]
    return Insights(
        library=library.version,
        titles=len(titles),
        charts=tuple(each for each in found if isinstance(each, Chart)),
        gallery=tuple(titles.table.column("id").take(shown).to_pylist()),
        # Once each: several charts may lack one and the same thing.
        notes=tuple(dict.fromkeys(notes)),
    )


def _of_people(library: Studied) -> list[Chart | str]:
    learnt = library.engine.taste
    if learnt is None:
        return [NO_TASTE]
    did = ratings.read(library.root / library.version / taste.FOLDER, ())
    # Titles that the catalogue has lost since the training are no titles of this library.
    did = did.take(learnt.rows[did.items] >= 0)
    if not len(did):
        return [NO_TASTE]
    return [
        ratings_per_person(did),
        ratings_per_title(did, len(library.engine.catalogue)),
        stars(did),
        quality(learnt.card),
        exploration(learnt.card),
    ]
