"""What a source of posters found, and what it left alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass

MAX_BYTES = 10_000_000
"""Of one poster, where nothing else is said: TMDb's originals have up to five million."""


@dataclass(slots=True)
class Tally:
    """Counts of one reading; they are complete once all posters were taken.

    Attributes:
        found: titles whose poster was given.
        rejected: titles whose poster there should be, and could not be had.
        unused: pictures that fit no title of the catalogue.
        repeated: pictures beyond the first that could be used of a title.
        other: files of a folder that are no pictures by their names.
        fetched: of those found, posters that came over the network now.
        kept: of those found, posters that had been fetched before.
    """

    found: int = 0
    rejected: int = 0
    unused: int = 0
    repeated: int = 0
    other: int = 0
    fetched: int = 0
    kept: int = 0

    def to_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)
