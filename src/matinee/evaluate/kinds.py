"""What a named set is: queries, where they come from, and how a search is measured on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from matinee.errors import SettingsError
from matinee.evaluate import satisfaction
from matinee.evaluate.search import evaluate_search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from matinee.catalogue.title import Title
    from matinee.evaluate.constraints import ConstrainedQuery
    from matinee.evaluate.judgments import Questions
    from matinee.evaluate.metrics import Gain
    from matinee.evaluate.search import Searcher, SearchReport
    from matinee.evaluate.searchable import Searchable
    from matinee.evaluate.slots import TaggedQuery

    Evaluated: TypeAlias = tuple[dict[str, SearchReport], Mapping[str, int]]
    """What each searcher earned, by its name, and how much was left out, by the reason."""


@dataclass(frozen=True, slots=True)
class Material:
    """What the queries of a set are made from.

    Attributes:
        data: folder of the evaluation data (``MATINEE_DATA``).
        titles: returns the titles of the library, for the sets that are generated from them.
        seed: of the generated sets.
    """

    data: Path | None = None
    titles: Callable[[], Iterable[Title]] = tuple
    seed: int = 0

    def folder(self) -> Path:
        """Return the folder of the evaluation data.

        Raises:
            SettingsError: none was named.
        """
        if self.data is None:
            raise SettingsError(
                "The published sets need the folder of the evaluation data",
                cure="Set MATINEE_DATA to it",
            )
        return self.data


class SearchSet(Protocol):
    """A named set that methods of search are measured on."""

    @property
    def name(self) -> str:
        """Unique; a part of a family has the form ``family/part``."""

    @property
    def about(self) -> str:
        """What the set asks, in one sentence."""

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of the figures, the one that decides first."""

    @property
    def part_of(self) -> str | None:
        """Name of a set that holds the same queries and more.

        ``all`` leaves such a set out, or its queries would count twice.
        """

    def evaluate(
        self, searchers: Mapping[str, Searcher], library: Searchable, material: Material
    ) -> Evaluated:
        """Return what each searcher earned, by its name, and what was left out, by the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedSet:
    """Queries with right films; see :class:`SearchSet`.

    Attributes:
        measures: names of :data:`matinee.evaluate.metrics.MEASURES`.
        read: makes the queries.
        gain: what a grade is worth to nDCG.
    """

    name: str
    about: str
    measures: tuple[str, ...]
    read: Callable[[Material], Questions]
    gain: Gain = "exponential"
    part_of: str | None = None

    def evaluate(
        self, searchers: Mapping[str, Searcher], library: Searchable, material: Material
    ) -> Evaluated:
        """Return what each searcher earned, by its name, and what was left out, by the reason."""
        questions = self.read(material)
        reports = {
            name: evaluate_search(
                searcher,
                questions.queries,
                canonical=library.canonical_id,
                gain=self.gain,
                measures=self.measures,
                facts=library.title,
            )
            for name, searcher in searchers.items()
        }
        return reports, questions.left_out


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstraintSet:
    """Queries with hard constraints that every film found must satisfy; see :class:`SearchSet`.

    Attributes:
        read: makes the queries.
    """

    name: str
    about: str
    read: Callable[[Material], Sequence[ConstrainedQuery]]
    measures: tuple[str, ...] = satisfaction.MEASURES
    part_of: str | None = None

    def evaluate(
        self, searchers: Mapping[str, Searcher], library: Searchable, material: Material
    ) -> Evaluated:
        """Return what each searcher earned, by its name; nothing is left out."""
        queries = self.read(material)
        reports = {
            name: satisfaction.evaluate_constraints(searcher, queries, facts=library.title)
            for name, searcher in searchers.items()
        }
        return reports, {}


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotSet:
    """A named set of queries whose slots are marked: for what reads queries, not what finds films.

    Attributes:
        name: unique among all sets.
        about: what it asks, in one sentence.
        read: makes the queries; :func:`matinee.evaluate.slots.span_f1` measures them.
    """

    name: str
    about: str
    read: Callable[[Material], Sequence[TaggedQuery]]
