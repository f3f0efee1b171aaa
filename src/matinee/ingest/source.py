"""The seam of ingestion: what a format must offer, and what it is given to read with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, runtime_checkable

from matinee.types import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from matinee.catalogue.title import Title
    from matinee.errors import SourceError

Form: TypeAlias = Literal["table", "jsonl", "json", "dat", "parquet", "text"]

MAX_VALUE = 200
"""Characters kept of an offending value."""


@dataclass(frozen=True, slots=True)
class LeftOut(Reject):
    """A single value that was left out; the rest of its row was kept."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What the first bytes of a file say, enough to recognise its format.

    Attributes:
        path: the file.
        form: how it is laid out: a delimited ``table``, JSON lines, one JSON document, the
            ``::`` layout of MovieLens 1M, Parquet, or other text.
        columns: names of the columns, or the keys of the first object.
        delimiter: what separates the cells of a table.
        first: the first object of a JSON file.
        size: bytes on disk.
        fault: why the file can hold no titles, None if it may.
    """

    path: Path
    form: Form
    columns: tuple[str, ...] = ()
    delimiter: str = ","
    first: Mapping[str, object] = field(default_factory=dict)
    size: int = 0
    fault: SourceError | None = None

    def has(self, *names: str) -> bool:
        """Tell whether the file has all these columns."""
        return set(names) <= set(self.columns)


@dataclass(slots=True)
class Reading:
    """One file being read: what its source is given, and where it has got to.

    Attributes:
        sample: the file to read.
        companions: files that complete it, by the role its source gave them.
        mapping: our field to their column, for tables without a layout of their own.
        namespace: the namespace of ids that come without one.
        line: the line (or record) in hand; set it before a title is yielded.
        warnings: what the report should say of the file as a whole.
    """

    sample: Sample
    companions: Mapping[str, Sample] = field(default_factory=dict)
    mapping: Mapping[str, str] = field(default_factory=dict)
    namespace: str = "local"
    line: int = 0
    warnings: list[str] = field(default_factory=list)
    _notes: list[Reject] = field(default_factory=list)

    def reject(self, column: str, value: object, reason: str, cure: str) -> Reject:
        """Return the reject of the row in hand."""
        shown = str(value)[:MAX_VALUE]
        return Reject(str(self.sample.path), self.line, column, shown, reason, cure)

    def leave_out(self, column: str, value: object, reason: str, cure: str) -> None:
        """Note that one value of the row in hand was left out."""
        shown = str(value)[:MAX_VALUE]
        said = f"{reason}; the value was left out"
        self._notes.append(LeftOut(str(self.sample.path), self.line, column, shown, said, cure))

    def notes(self) -> list[Reject]:
        """Return what was noted since the last call, and forget it."""
        if not self._notes:
            return []
        taken = self._notes[:]
        self._notes.clear()
        return taken


@runtime_checkable
class Source(Protocol):
    """One format of catalogue files, recognised by content."""

    @property
    def name(self) -> str:
        """What reports and the ``sources`` column call it."""

    def matches(self, sample: Sample) -> bool:
        """Tell whether the file is a list of titles in this format."""

    def companion(self, sample: Sample) -> str | None:
        """Return the role of a file that completes a list of titles, None if it has none."""

    def read(self, reading: Reading) -> Iterator[Title | Reject]:
        """Yield the titles of the file in order, and what could not be used."""


class Alone:
    """Base of the sources that no other file completes."""

    def companion(self, sample: Sample) -> str | None:  # noqa: ARG002 (the signature of Source)
        """Return None."""
        return None
