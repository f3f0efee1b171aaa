"""Where posters come from: what every source of them offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matinee.catalogue.title import Title
    from matinee.types import Reject


@runtime_checkable
class PosterSource(Protocol):
    """Finds the posters of titles."""

    @property
    def name(self) -> str:
        """What it is called in reports: the file, the folder, or the service."""

    @property
    def unused(self) -> int:
        """How many pictures fitted no title of those last asked for; 0 where titles are looked up.

        Many of them tell that the numbers of files were taken for those of another catalogue.
        """

    def posters(self, titles: Sequence[Title]) -> Iterator[tuple[int, bytes | Reject]]:
        """Yield (position in ``titles``, the bytes of its poster), each position at most once.

        What there should be and cannot be had is yielded as a reject; a title without a poster is
        not yielded at all. The bytes are not decoded, and may be anything.
        """
