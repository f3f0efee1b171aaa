"""What a source says of a title, and the seam all sources share."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matinee.catalogue.title import Title


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the value of a field came from.

    Attributes:
        source: ``omdb``, ``wikipedia`` or ``imdb``.
        url: page or file, without any key.
        retrieved: day when it was had, ``YYYY-MM-DD``.
        licence: under which it may be used.
    """

    source: str
    url: str
    retrieved: str
    licence: str

    def to_dict(self) -> dict[str, str]:
        """Return the attributes by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Found:
    """A source knows the title.

    Attributes:
        title: what it says, cleaned as the rows of a catalogue are.
        provenance: of all of it.
    """

    title: Title
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A source knows something that may be another title; it is not used.

    Attributes:
        reason: why.
        url: where it is.
        title: what the source calls it, empty where several fit.
        year: of that.
    """

    reason: str
    url: str
    title: str = ""
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """There is nothing to be had.

    Attributes:
        reason: why.
        failed: whether it may be there another day: the source could not be asked.
    """

    reason: str
    failed: bool = False


Outcome: TypeAlias = Found | Doubtful | Missing


@runtime_checkable
class Enricher(Protocol):
    """One place that fields of titles are had from."""

    @property
    def name(self) -> str:
        """What reports and provenance call it."""

    @property
    def attribution(self) -> str:
        """The sentence to show beside what came from there, with the licence."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it may know."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The fields for whose sake a title is looked up, where nothing else is said."""

    @property
    def requests(self) -> int:
        """How many requests were sent; what is kept on the disk needs none."""

    def find(self, titles: Sequence[Title]) -> Iterator[tuple[int, Outcome]]:
        """Yield the position of each title and what is known of it, in any order.

        Raises:
            MatineeError: the rest cannot be had now.
        """
