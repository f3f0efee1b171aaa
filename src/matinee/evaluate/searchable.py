"""What is measured: an open library, and one method of asking it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from matinee.catalogue.title import Title


class Found(Protocol):
    """One result of a library's answer."""

    @property
    def title(self) -> Title:
        """The title found."""


class FoundAll(Protocol):
    """A library's answer: results, best first, and under what conditions they were found."""

    @property
    def took_ms(self) -> float:
        """Milliseconds spent."""

    @property
    def degraded(self) -> Sequence[str]:
        """What was missing from the answer, as sentences."""

    def __iter__(self) -> Iterator[Found]:
        """Yield the results, best first."""


class Searchable(Protocol):
    """An open library."""

    def search(
        self, text: str, k: int = 10, *, method: str = ..., within: Collection[str] | None = ...
    ) -> FoundAll:
        """Return at most ``k`` titles for a text."""

    def canonical_id(self, identifier: str) -> str | None:
        """Return the library's own id of a title, None if it has none."""

    def title(self, title: str) -> Title:
        """Return the title of an id."""


@dataclass(frozen=True, slots=True)
class LibrarySearcher:
    """Asks a library by one method; a :class:`matinee.evaluate.search.Searcher`.

    Attributes:
        library: what is asked.
        method: how.
        degraded: answers from which something was missing so far, by the sentence that says what:
            their figures are not the method's own.
    """

    library: Searchable
    method: str
    degraded: Counter[str] = field(default_factory=Counter)

    def __call__(self, query: str, k: int, within: Sequence[str] | None) -> tuple[list[str], float]:
        """Return at most ``k`` ids of titles, and the milliseconds spent."""
        found = self.library.search(query, k, method=self.method, within=within)
        self.degraded.update(found.degraded)
        return [result.title.id for result in found], found.took_ms
