"""Reading catalogues: find the files, recognise each, read, merge, report."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

from matinee.catalogue.schema import SCHEMA
from matinee.errors import RejectedRowsError, SourceError
from matinee.ingest.columns import check_mapping, no_title
from matinee.ingest.files import KNOWN
from matinee.ingest.jsonlines import JsonTitles
from matinee.ingest.movielens import MovieLens
from matinee.ingest.moviesdataset import MoviesDataset
from matinee.ingest.netflix import NetflixTitles
from matinee.ingest.report import Catalogue, FileReport, IngestReport
from matinee.ingest.sniff import take_sample
from matinee.ingest.source import LeftOut, Reading
from matinee.ingest.stream import Stream
from matinee.ingest.stream_shares import read_shared, shareable
from matinee.ingest.table import AnyTable, OwnParquet
from matinee.ingest.tmdb5000 import Tmdb5000
from matinee.types import Reject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from matinee.ingest.source import Sample, Source

BUILTIN_SOURCES: tuple[Source, ...] = (
    OwnParquet(),
    NetflixTitles(),
    MoviesDataset(),
    Tmdb5000(),
    MovieLens(),
    JsonTitles(),
    AnyTable(),
)
"""Every format, the most particular first; the first that claims a file has it."""

PROGRESS_EVERY = 1_000
"""Records between two calls of ``progress``."""
_NAMESPACE = re.compile(r"[a-z][a-z0-9-]{0,30}")
_MAPPED = frozenset(("table", "json"))


@dataclass(slots=True)
class _File:
    """A file on its way: its sample, the source that claims it, whether the caller named it."""

    sample: Sample
    named: bool
    source: Source | None = None
    titles: bool = False
    used_by: str = ""
    role: str = ""
    rows: int = 0
    rejected: int = 0
    left_out: int = 0
    warnings: list[str] = field(default_factory=list)


def read_catalogue(
    paths: Sequence[Path],
    *,
    mapping: Mapping[str, str] | None = None,
    strict: bool = False,
    namespace: str = "local",
    progress: Callable[[int], None] | None = None,
    sources: Sequence[Source] = BUILTIN_SOURCES,
) -> Catalogue:
    """Return the titles of files and folders, each format recognised by content.

    Args:
        paths: files, or folders whose recognisable files are read; earlier ones win where
            several tell the same title differently.
        mapping: our field to their column, for tables and objects without a layout of their own.
        strict: raise on the first row set aside or value left out.
        namespace: the namespace of ids that come without one.
        progress: called now and then with the number of records read so far.
        sources: the formats to recognise, the most particular first.

    Raises:
        SourceError: a file or folder cannot be used at all.
        RejectedRowsError: ``strict`` was asked for and a row or value was bad.
    """
    rejects: list[Reject] = []
    with Stream(namespace) as stream:
        report = read_rows(
            paths,
            stream,
            rejects.append,
            mapping=mapping,
            strict=strict,
            namespace=namespace,
            progress=progress,
            sources=sources,
        )
        table = pa.Table.from_batches(stream.batches(), schema=SCHEMA).combine_chunks()
    return Catalogue(table, tuple(rejects), report)


def read_rows(
    paths: Sequence[Path],
    stream: Stream,
    note: Callable[[Reject], None],
    *,
    mapping: Mapping[str, str] | None = None,
    strict: bool = False,
    namespace: str = "local",
    progress: Callable[[int], None] | None = None,
    sources: Sequence[Source] = BUILTIN_SOURCES,
    workers: int = 1,
) -> IngestReport:
    """Read files and folders into ``stream`` and merge there; see :func:`read_catalogue`.

    Args:
        paths: files and folders.
        stream: an empty one, of the same namespace.
        note: called with each row set aside and each value left out, in the order met.
        mapping: our field to their column.
        strict: raise on the first row set aside or value left out.
        namespace: the namespace of ids that come without one.
        progress: called now and then with the number of records read so far.
        sources: the formats to recognise, the most particular first.
        workers: processes that read a large table, ours among them.

    Raises:
        SourceError: a file or folder cannot be used at all.
        RejectedRowsError: ``strict`` was asked for and a row or value was bad.
    """
    check_mapping(mapping or {})
    check_namespace(namespace)
    files = _claim(_find(paths), sources, mapping or {})

    def tell(reject: Reject) -> None:
        if strict:
            raise _refused(reject)
        note(reject)

    done = 0

    def count(rows: int) -> None:
        nonlocal done
        done, before = done + rows, done
        if progress is not None:
            for reached in range(before // PROGRESS_EVERY + 1, done // PROGRESS_EVERY + 1):
                progress(reached * PROGRESS_EVERY)

    for file in files:
        if not file.titles or file.source is None:
            continue
        reading = _reading(file, files, mapping or {}, namespace)
        path = str(file.sample.path)

        def out_of(found: Reject, file: _File = file) -> None:
            if isinstance(found, LeftOut):
                file.left_out += 1
            else:
                file.rejected += 1
            tell(found)

        if workers > 1 and shareable(file.source, reading):
            for block in read_shared(file.source, reading, workers):
                for reject in block.told:
                    out_of(reject)
                rows = block.titles.rows.num_rows
                rows += sum(not isinstance(reject, LeftOut) for reject in block.told)
                file.rows += rows
                count(rows)
                stream.add_packed(block.titles, path)
        else:
            for found in file.source.read(reading):
                if not isinstance(found, LeftOut):
                    file.rows += 1
                    count(1)
                if isinstance(found, Reject):
                    out_of(found)
                else:
                    stream.add(found, path, reading.line or file.rows)
        file.warnings += reading.warnings
    rejects, warnings = stream.merge()
    for reject in rejects:
        next(f for f in files if str(f.sample.path) == reject.path).rejected += 1
        tell(reject)
    if progress is not None:
        progress(done)
    rejected = sum(f.rejected for f in files)
    return IngestReport(
        rows=done,
        titles=len(stream),
        merged=done - rejected - len(stream),
        rejected=rejected,
        left_out=sum(f.left_out for f in files),
        files=tuple(map(_report, files)),
        warnings=tuple(warnings),
    )


def check_namespace(namespace: str) -> None:
    """Refuse what cannot stand before the colon of an id."""
    if not _NAMESPACE.fullmatch(namespace):
        raise SourceError(
            "the namespace is not usable",
            where=repr(namespace),
            cure="Use lower-case letters, digits and hyphens, a letter first",
        )


def _find(paths: Sequence[Path]) -> list[_File]:
    """Return the files of the paths, each once; those of a folder by name."""
    if not paths:
        raise SourceError("there is nothing to read", cure=f"Give {KNOWN}")
    found: list[_File] = []
    seen: set[Path] = set()
    for path in paths:
        if not path.exists():
            raise SourceError("there is no such file", where=str(path), cure="Check the path")
        named = not path.is_dir()
        inside = (
            [path]
            if named
            else sorted(p for p in path.iterdir() if p.is_file() and p.name[0] not in "._")
        )
        if named and not path.is_file():
            raise SourceError("this is not a file", where=str(path), cure="Give a file or a folder")
        for one in inside:
            if one.resolve() not in seen:
                seen.add(one.resolve())
                found.append(_File(take_sample(one), named))
    return found


def _claim(
    files: list[_File], sources: Sequence[Source], mapping: Mapping[str, str]
) -> list[_File]:
    """Decide who reads each file, and as what; refuse what the caller named and nobody reads."""
    for file in files:
        if file.sample.fault is None:
            for source in sources:
                if source.matches(file.sample):
                    file.source, file.titles = source, True
                    break
                if source.companion(file.sample):
                    file.source = source
                    break
        if file.source is None and mapping and file.sample.form in ("table", "parquet"):
            file.source, file.titles = AnyTable(), True
    readers = {f.source.name for f in files if f.titles and f.source}
    for file in files:
        if file.titles:
            continue
        if file.named and file.sample.fault:
            raise file.sample.fault
        if file.named and file.source is None:
            raise _unknown(file.sample)
        if file.named and file.source and file.source.name not in readers:
            raise SourceError(
                f"the file completes a list of titles of {file.source.name}, and is none itself",
                where=str(file.sample.path),
                cure="Give the list of titles with it, or the folder of both",
            )
    if not readers:
        seen = ", ".join(f.sample.path.name for f in files[:10]) or "no files"
        raise SourceError(
            "the folder has no list of titles", where=f"it holds {seen}", cure=f"Give {KNOWN}"
        )
    return files


def _reading(
    file: _File, files: Sequence[_File], mapping: Mapping[str, str], namespace: str
) -> Reading:
    """Return what a source needs to read a file: its companions are those nearest to it."""
    source = file.source
    companions: dict[str, _File] = {}
    for other in files:
        if other.titles or source is None or other.sample.fault:
            continue
        beside = other.sample.path.parent == file.sample.path.parent
        role = source.companion(other.sample)
        if role is None or not (beside or (other.named and file.named)):
            continue
        # MovieLens and The Movies Dataset ship a small extract beside the whole table.
        rival = companions.get(role)
        if rival is None or other.sample.size > rival.sample.size:
            companions[role] = other
    for role, other in companions.items():
        other.used_by, other.role = source.name if source else "", role
    reading = Reading(file.sample, {r: f.sample for r, f in companions.items()}, mapping, namespace)
    if mapping and source is not None and source.name not in _MAPPED:
        reading.warnings.append(f"the mapping was not used: {source.name} has a layout of its own")
    return reading


def _report(file: _File) -> FileReport:
    warnings = list(file.warnings)
    if not file.titles and not file.used_by:
        warnings.append(
            f"not read: {file.sample.fault.what if file.sample.fault else 'no list of titles'}"
        )
    source = file.source.name if file.titles and file.source else file.used_by
    return FileReport(
        path=str(file.sample.path),
        source=source,
        role=file.role,
        rows=file.rows,
        rejected=file.rejected,
        left_out=file.left_out,
        warnings=tuple(warnings),
    )


def _unknown(sample: Sample) -> SourceError:
    if sample.form in ("table", "parquet"):
        return no_title(sample.path, sample.columns)
    if sample.form in ("json", "jsonl"):
        return SourceError(
            "the objects have no title",
            where=f"{sample.path}, fields: {', '.join(sample.columns[:20])}",
            cure="Give each object a field title, or name one with --map title=FIELD",
        )
    shown = sample.columns[0] if sample.columns else ""
    return SourceError(
        "the format is not known",
        where=f"{sample.path}, begins with {shown!r}",
        cure=f"Give {KNOWN}",
    )


def _refused(reject: Reject) -> RejectedRowsError:
    what = f"{reject.column} {reject.reason}" if reject.column else f"the row {reject.reason}"
    return RejectedRowsError(
        what,
        where=f"{reject.path}, line {reject.line}, value {reject.value!r}",
        cure=reject.cure,
    )
