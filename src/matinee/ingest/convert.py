"""From catalogue files to a folder of typed Parquet, in bounded memory and in one step."""

from __future__ import annotations

import hashlib
import re
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matinee.errors import SourceError
from matinee.ingest.convert_folder import replaced
from matinee.ingest.read import check_namespace, read_rows
from matinee.ingest.stream import Stream
from matinee.ingest.write import CATALOGUE, PROFILE, REJECTS, SAMPLE, reject_line, write_titles
from matinee.ingest.write_years import BY_YEAR, PART

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from matinee.ingest.report import IngestReport
    from matinee.types import Reject

SUMS = "SHA256SUMS"
VALIDATION = "validation.json"
_OURS = re.compile(
    "|".join(map(re.escape, (CATALOGUE, SAMPLE, PROFILE, REJECTS, VALIDATION, SUMS)))
    + f"|{BY_YEAR}/year=[^/]+/{re.escape(PART)}"
)
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Converted:
    """What a conversion wrote.

    Attributes:
        folder: where it lies.
        files: SHA-256 of each file but the list of these, by its path within the folder.
        report: what was read, merged and set aside.
    """

    folder: Path
    files: dict[str, str]
    report: IngestReport


def convert(
    paths: Sequence[Path],
    folder: Path,
    *,
    mapping: Mapping[str, str] | None = None,
    strict: bool = False,
    namespace: str = "local",
    partitioned: bool = False,
    progress: Callable[[int], None] | None = None,
    workers: int = 1,
) -> Converted:
    """Write the titles of files and folders as Parquet, with profile, sample and checksums.

    What is written is what :func:`matinee.ingest.read_catalogue` and
    :func:`matinee.ingest.write_catalogue` would make of the same files, to the byte; but rows wait
    on the disk, beside ``folder``, so that a catalogue may be larger than memory. The folder
    appears, or replaces what an earlier conversion wrote, in one step: stopped at any moment, what
    was there is there, and the next run clears away what was left.

    Args:
        paths: files, or folders whose recognisable files are read; earlier ones win.
        folder: where to write; empty, not there yet, or written by an earlier conversion.
        mapping: our field to their column, for tables without a layout of their own.
        strict: raise on the first row set aside or value left out.
        namespace: the namespace of ids that come without one.
        partitioned: write ``catalogue_by_year/year=1999/`` as well.
        progress: called now and then with the number of records read so far.
        workers: processes that read a table of more than 16 MiB, ours among them; the files are
            the same for any number.

    Raises:
        ConflictError: the folder holds something else, or another conversion is writing it.
        SourceError: a file cannot be read, or no title was found.
        RejectedRowsError: a row or value is bad and ``strict`` is set.
    """
    check_namespace(namespace)
    with replaced(folder, _OURS, SUMS) as (new, temporary), Stream(namespace, temporary) as stream:
        first: list[Reject] = []
        with closing((new / REJECTS).open("w", encoding="utf-8", newline="\n")) as told:

            def note(reject: Reject) -> None:
                if not first:
                    first.append(reject)
                told.write(reject_line(reject))

            report = read_rows(
                paths,
                stream,
                note,
                mapping=mapping,
                strict=strict,
                namespace=namespace,
                progress=progress,
                workers=workers,
            )
        if not first:
            (new / REJECTS).unlink()
        if not report.titles:
            raise _nothing(paths, first)
        write_titles(new, stream.batches(), report, partitioned=partitioned)
        sums = {p.relative_to(new).as_posix(): _sha256(p) for p in new.rglob("*") if p.is_file()}
        sums = dict(sorted(sums.items()))
        text = "".join(f"{digest}  {name}\n" for name, digest in sums.items())
        (new / SUMS).write_text(text, encoding="utf-8", newline="\n")
    return Converted(folder, sums, report)


def _nothing(paths: Sequence[Path], first: list[Reject]) -> SourceError:
    where = ", ".join(map(str, paths))
    if first:
        where += f"; first set aside: line {first[0].line}, {first[0].reason}"
    cure = first[0].cure if first else "Give a catalogue with at least one title"
    return SourceError("no title could be read", where=where, cure=cure)


def _sha256(path: Path) -> str:
    digest: Any = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return str(digest.hexdigest())
