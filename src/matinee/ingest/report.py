"""What a reading of catalogues gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from matinee.types import Reject


@dataclass(frozen=True, slots=True)
class FileReport:
    """What came of one file.

    Attributes:
        path: the file, as the caller named it or as found in their folder.
        source: name of the source that read it, empty where none did.
        role: what the file was for the one that was read with it ("links"), empty for a list of
            titles.
        rows: records read, those set aside included.
        rejected: records set aside.
        left_out: single values left out of records that were kept.
        warnings: what concerns the file as a whole.
    """

    path: str
    source: str
    role: str = ""
    rows: int = 0
    rejected: int = 0
    left_out: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What came of all files; ``rows == titles + merged + rejected``.

    Attributes:
        rows: records read.
        titles: titles in the catalogue.
        merged: records that became part of a title read before.
        rejected: records set aside.
        left_out: single values left out of records that were kept.
        files: file by file, in the order read.
        warnings: what concerns several files, such as titles that were kept apart.
    """

    rows: int
    titles: int
    merged: int
    rejected: int
    left_out: int
    files: tuple[FileReport, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Titles as a table of :data:`matinee.catalogue.schema.SCHEMA`, and how they came about.

    Attributes:
        table: one row a title, in order of first appearance.
        rejects: rows set aside and values left out, in the order met.
        report: counts.
    """

    table: pa.Table
    rejects: tuple[Reject, ...]
    report: IngestReport
