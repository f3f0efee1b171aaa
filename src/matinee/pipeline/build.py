"""The way a library is built, from catalogue files to a published version. Read :func:`build`."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from matinee._version import __version__
from matinee.arrays import load_array
from matinee.catalogue.document import encoder_text, lexical_fields
from matinee.catalogue.table import TitleTable
from matinee.encode.vector_log import KEY_BYTES, VectorLog, document_keys
from matinee.errors import LibraryError, SourceError
from matinee.index.bm25 import BM25Config, BM25Index
from matinee.index.dense import DenseConfig, DenseIndex
from matinee.index.people import PeopleIndex
from matinee.index.titles import TitleIndex, TitleNames
from matinee.index.vocabulary import Vocabulary
from matinee.ingest import read_catalogue, write_catalogue
from matinee.ingest.write import REJECTS
from matinee.library import manifest, versions
from matinee.pipeline.build_map import build_map
from matinee.pipeline.build_pictures import PictureOptions, PicturePlan, build_pictures
from matinee.pipeline.carry import carry, keep_ids
from matinee.pipeline.pictures_files import live_pictures
from matinee.pipeline.provenance import take_along
from matinee.pipeline.taste import CARD, FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from matinee.ingest import Catalogue, IngestReport
    from matinee.ingest.posters.source import PosterSource
    from matinee.library.manifest import Manifest
    from matinee.pipeline.build_pictures import PicturesMade
    from matinee.protocols import PictureEncoder, TextEncoder
    from matinee.types import Reject

VECTORS = "text.f16.npy"
KEYS = "text.keys.npy"
LEXICAL = "lexical"
TITLES = "titles"
PEOPLE = "people"
_LOG = "vectors.log"


class BuildProgress(Protocol):
    """Is told how far a build has come."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Note that ``done`` of ``total`` steps of ``stage`` are done; total 0 means unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """What may be chosen about a build.

    Attributes:
        mapping: our field to the file's column, for tables with names of their own.
        strict: stop at the first bad row or value instead of setting it aside.
        namespace: namespace of the ids of rows that bring none that is shared.
        partitioned: also write the catalogue in one folder a year.
        bm25: parameters of the word index.
        dense: parameters of the vector index.
        pictures: what may be chosen about the pictures.
    """

    mapping: Mapping[str, str] | None = None
    strict: bool = False
    namespace: str = "local"
    partitioned: bool = False
    bm25: BM25Config = field(default_factory=BM25Config)
    dense: DenseConfig = field(default_factory=DenseConfig)
    pictures: PictureOptions = field(default_factory=PictureOptions)


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did.

    Attributes:
        folder: the published version.
        manifest: its manifest.
        ingest: what was read, merged and set aside.
        encoded: texts encoded in this run; the others' vectors were at hand.
        lost: titles with ratings that are not in the catalogue any more; None where there was no
            taste to take along.
        pictures: what was made of posters; None where there were none to make anything of.
    """

    folder: Path
    manifest: Manifest
    ingest: IngestReport
    encoded: int
    lost: int | None = None
    pictures: PicturesMade | None = None


def build(
    paths: Sequence[Path],
    root: Path,
    *,
    encoder: TextEncoder,
    options: BuildOptions | None = None,
    vectors: Sequence[Path] = (),
    taste: Callable[[TitleTable, Path], None] | None = None,
    posters: Sequence[PosterSource] = (),
    picture_encoder: PictureEncoder | None = None,
    progress: BuildProgress | None = None,
) -> BuildReport:
    """Build a library from catalogue files and make it the live version of ``root``.

    A build killed at any moment leaves the live version untouched; the next one takes up the
    vectors already made. Vectors of unchanged texts are also taken from the live version, and from
    the logs given as ``vectors``. Titles keep the ids they have there. What the live version learnt
    of taste is taken along, its titles found again by their ids, unless ``taste`` learns it anew:
    it is given the titles and the folder of the new version.

    Of each poster in ``posters`` a signature is made, by which it is recognised, and a vector if
    there is a ``picture_encoder``. Without any, the pictures of the live version are taken along,
    the titles found again likewise.

    Raises:
        InputError: the pictures of the live version were made by another encoder.
        SourceError: a file cannot be read, or no title was found.
        RejectedRowsError: a row or value is bad and ``options.strict`` is set.
        LibraryBusyError: another build is writing this library.
        LibraryError: the disk refused to take the library.
    """
    options = options or BuildOptions()
    report = progress or _silent
    try:
        with versions.lock(root):
            staged = root / versions.BUILDING / "version"
            shutil.rmtree(staged, ignore_errors=True)
            staged.mkdir(parents=True)
            plan = PicturePlan(posters, picture_encoder, options.pictures, live_pictures(root))

            report("read", 0, 0)
            found = read(paths, options, report)
            take_along(staged, found, options)
            catalogue = with_ids_of_before(root, found)
            write_catalogue(staged, catalogue, partitioned=options.partitioned)

            titles = TitleTable(catalogue.table)
            encoded = encode(titles, staged, root, encoder, vectors, report)
            index(titles, staged, options, report)
            build_map(titles, staged, root, VECTORS, report)
            pictures = build_pictures(
                plan, titles, staged, staged.parent, strict=options.strict, report=report
            )
            if pictures is not None:
                set_aside(staged, pictures.rejects)
            lost = None if taste else carried(root, titles, staged)
            if taste is not None:
                taste(titles, staged)

            name = versions.next_name(root)
            made = describe(name, staged, catalogue, encoder, options)
            manifest.write(staged, made)
            report("publish", 0, 1)
            manifest.check(staged, made, full=False)
            folder = versions.publish(root, staged, name)
            versions.prune(root)
            shutil.rmtree(root / versions.BUILDING)
            report("publish", 1, 1)
    except OSError as error:
        raise LibraryError(
            f"The library cannot be written: {error.strerror or error}",
            where=str(error.filename or root),
            cure="Make room or give write access there, then run the command again: it goes on "
            "where it stopped",
        ) from error
    return BuildReport(folder, made, catalogue.report, encoded, lost, pictures)


def read(paths: Sequence[Path], options: BuildOptions, report: BuildProgress) -> Catalogue:
    """Read the catalogue files into one table of titles without duplicates."""
    catalogue = read_catalogue(
        paths,
        mapping=options.mapping,
        strict=options.strict,
        namespace=options.namespace,
        progress=lambda rows: report("read", rows, 0),
    )
    report("read", catalogue.report.rows, catalogue.report.rows)
    if not catalogue.table.num_rows:
        first = catalogue.rejects[0] if catalogue.rejects else None
        raise SourceError(
            "No title could be read",
            where=", ".join(str(p) for p in paths)
            + (
                f"; first of {len(catalogue.rejects)}: line {first.line}, {first.reason}"
                if first
                else ""
            ),
            cure=first.cure if first else "Give a catalogue with at least one title",
        )
    return catalogue


def with_ids_of_before(root: Path, catalogue: Catalogue) -> Catalogue:
    """Give titles the ids they had; see :func:`matinee.pipeline.carry.keep_ids`."""
    if not versions.exists(root):
        return catalogue
    try:
        before = TitleTable.open(versions.current(root)).table
    except LibraryError:
        # A damaged live version is no reason not to build a sound one.
        return catalogue
    return replace(catalogue, table=keep_ids(before, catalogue.table))


def encode(
    titles: TitleTable,
    staged: Path,
    root: Path,
    encoder: TextEncoder,
    logs: Sequence[Path],
    report: BuildProgress,
) -> int:
    """Write the document vectors of all titles; return how many had to be made."""
    texts = [encoder_text(title) for title in titles]
    keys = document_keys(encoder.spec, texts)
    log = VectorLog(root / versions.BUILDING / _LOG, encoder.spec.dimension)
    known = _live_vectors(root)
    for other in logs:
        known |= VectorLog(other, encoder.spec.dimension).read()
    known |= log.recover()

    todo = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    wanted, total = list(todo), len(set(keys))
    done = total - len(wanted)
    report("encode", done, total)
    for positions, batch in encoder.iter_documents(list(todo.values())):
        half = batch.astype(np.float16)
        batch_keys = [wanted[i] for i in positions.tolist()]
        log.append(batch_keys, half)
        known.update(zip(batch_keys, half, strict=True))
        done += len(batch_keys)
        report("encode", done, total)

    matrix = np.stack([known[key] for key in keys])
    np.save(staged / VECTORS, matrix, allow_pickle=False)
    np.save(staged / KEYS, np.frombuffer(b"".join(keys), np.uint8).reshape(-1, KEY_BYTES))
    return len(wanted)


def index(titles: TitleTable, staged: Path, options: BuildOptions, report: BuildProgress) -> None:
    """Write the indexes of vectors, of words, and of the names of titles and people."""
    report("index", 0, 3)
    vectors = np.load(staged / VECTORS, mmap_mode="r", allow_pickle=False)
    DenseIndex.build(vectors, options.dense).save(staged)
    report("index", 1, 3)
    lexical = BM25Index.build((lexical_fields(title) for title in titles), options.bm25)
    lexical.save(staged / LEXICAL)
    report("index", 2, 3)
    names = TitleIndex.build(
        TitleNames(
            [name for name in (title.title, title.original_title) if name],
            title.year,
            title.vote_count or 0,
        )
        for title in titles
    )
    names.save(staged / TITLES)
    PeopleIndex.build(titles).save(staged / PEOPLE)
    Vocabulary.build(titles).save(staged / PEOPLE)
    report("index", 3, 3)


def set_aside(staged: Path, rejects: Sequence[Reject]) -> None:
    """Write posters that could not be read to what else could not be used."""
    if rejects:
        with (staged / REJECTS).open("a", encoding="utf-8", newline="\n") as stream:
            stream.writelines(json.dumps(asdict(reject)) + "\n" for reject in rejects)


def describe(
    name: str, staged: Path, catalogue: Catalogue, encoder: TextEncoder, options: BuildOptions
) -> Manifest:
    """Return the manifest of the finished files."""
    sources: dict[str, int] = {}
    for names in catalogue.table.column("sources").to_pylist():
        for source in names:
            sources[source] = sources.get(source, 0) + 1
    # SOURCE_DATE_EPOCH (reproducible-builds.org) makes two builds of one catalogue identical.
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = (
        dt.datetime.fromtimestamp(int(epoch), dt.UTC)
        if epoch.isdecimal()
        else dt.datetime.now(dt.UTC)
    )
    return manifest.Manifest(
        version=name,
        titles=catalogue.table.num_rows,
        encoder=encoder.spec,
        parameters={"bm25": asdict(options.bm25), "dense": asdict(options.dense)},
        sources=dict(sorted(sources.items())),
        created=now.isoformat(timespec="seconds"),
        matinee=__version__,
        files=manifest.record_files(staged),
    )


def carried(root: Path, titles: TitleTable, staged: Path) -> int | None:
    """Take along what the live version learnt of taste; see :func:`matinee.pipeline.carry.carry`.

    A damaged live version is no reason not to build a sound one; then there is nothing to take.
    """
    try:
        live = versions.current(root)
        if not (live / FOLDER / CARD).is_file():
            return None
        return carry(live / FOLDER, TitleTable.open(live), staged / FOLDER, titles)
    except LibraryError:
        shutil.rmtree(staged / FOLDER, ignore_errors=True)
        return None


def _live_vectors(root: Path) -> dict[bytes, npt.NDArray[np.float16]]:
    if not versions.exists(root):
        return {}
    try:
        folder = versions.current(root)
        keys, vectors = load_array(folder / KEYS), load_array(folder / VECTORS)
    except LibraryError:
        # A damaged live version is no reason not to build a sound one; its vectors are made anew.
        return {}
    return {
        key.tobytes(): vector
        for key, vector in zip(keys, np.asarray(vectors, np.float16), strict=False)
    }


def _silent(stage: str, done: int, total: int) -> None:
    del stage, done, total
