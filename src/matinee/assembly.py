"""The only place that chooses implementations: opens and builds libraries from their parts."""

from __future__ import annotations

import hashlib
import shutil
import time
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import platformdirs

from matinee import demo
from matinee.arrays import load_array
from matinee.catalogue.columns import Columns
from matinee.catalogue.table import TitleTable
from matinee.encode import BUNDLED_NAME, bundled_folder
from matinee.encode.cached import CachedEncoder
from matinee.encode.named import load_encoder
from matinee.errors import (
    EncoderMismatchError,
    LibraryBusyError,
    LibraryCorruptError,
    LibraryError,
)
from matinee.index.bm25 import BM25Index
from matinee.index.dense import DenseIndex
from matinee.index.people import PeopleIndex
from matinee.index.titles import TitleIndex
from matinee.index.vocabulary import Vocabulary
from matinee.library import manifest, versions
from matinee.models.registry import MODELS
from matinee.pipeline import build as building
from matinee.pipeline.engine import Engine
from matinee.pipeline.lexicon import CatalogueLexicon, known_words
from matinee.pipeline.search import search
from matinee.pipeline.similar import resolve, similar
from matinee.query.knobs import Knobs
from matinee.query.parse import Parser
from matinee.query.request import SearchRequest
from matinee.query.slots import tagger
from matinee.rank.named import load_reranker
from matinee.rank.prior import Prior
from matinee.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from matinee.catalogue.title import Title
    from matinee.library.manifest import Manifest
    from matinee.pipeline.build import BuildOptions, BuildProgress, BuildReport
    from matinee.pipeline.results import Results
    from matinee.protocols import Reranker, TextEncoder
    from matinee.query.conditions import Condition, Understood
    from matinee.query.tagger import Slot


_DEMO_MAKERS = ("catalogue", "encode", "index", "ingest", "library", "models", "pipeline")
"""Packages whose code decides what the demo library's files hold."""
_DEMOS_KEPT = 3
"""Demo libraries left in the cache; another version of Matinee may be using one."""
_DEMO_WAIT = 120
"""Seconds another process is given to build it."""


class Library:
    """An open library: finds films.

    Open one with :func:`matinee.open`. It may be used from many threads at once.

    Attributes:
        root: the folder that holds the versions.
        is_demo: whether this is the bundled demo library.
    """

    def __init__(self, root: Path, engine: Engine, *, is_demo: bool = False) -> None:
        self.root = root
        self.is_demo = is_demo
        self._engine = engine

    @property
    def version(self) -> str:
        """Name of the version that answers, for example ``v0007``."""
        return self._engine.manifest.version

    @property
    def manifest(self) -> Manifest:
        """What the version is made of."""
        return self._engine.manifest

    def __len__(self) -> int:
        return len(self._engine.catalogue)

    def search(
        self,
        text: str = "",
        k: int = 10,
        *,
        method: str = "hybrid",
        knobs: Knobs | None = None,
        within: Collection[str] | None = None,
        understand: bool = True,
        filters: Iterable[Condition] = (),
        without: Collection[str] = (),
        hard: Collection[str] = (),
        soft: Collection[str] = (),
        lang_policy: str = "auto-hard",
        min_votes: int = 0,
        sort: str = "relevance",
        top_up: bool = False,
        facets: bool = False,
        explain: bool = False,
    ) -> Results:
        """Return the ``k`` films that fit a description best.

        Every argument is that of :class:`matinee.query.request.SearchRequest`.

        Raises:
            QueryError: an argument is out of its bounds.
            UnknownTitleError: an id of ``within`` is not in the library.
            ModelError: the method needs a model that is not at hand.
        """
        return self.answer(
            SearchRequest(
                text,
                k=k,
                method=method,
                knobs=knobs or Knobs(),
                within=within,
                understand=understand,
                filters=tuple(filters),
                without=without,
                hard=hard,
                soft=soft,
                lang_policy=lang_policy,
                min_votes=min_votes,
                sort=sort,
                top_up=top_up,
                facets=facets,
                explain=explain,
            )
        )

    def answer(self, request: SearchRequest) -> Results:
        """Return the answer to a request; see :meth:`search`."""
        return search(self._engine, request)

    def parse(self, text: str) -> Understood:
        """Return what a query is taken to ask, by the names of this library."""
        return self._engine.parser.parse(text)

    def slots(self, text: str) -> tuple[Slot, ...]:
        """Return what the slot tagger sees in a query, whatever titles are at hand.

        Its reading is a second opinion: the conditions of :meth:`parse` are what counts.
        """
        return tagger().tag(text)

    def similar(self, title: str, k: int = 10) -> Results:
        """Return the ``k`` films most like a film, given by id or by name.

        Raises:
            QueryError: ``k`` is out of bounds.
            UnknownTitleError: no title has that id or name.
        """
        return similar(self._engine, title, k)

    def title(self, title: str) -> Title:
        """Return a title by any of its ids, or by name.

        Raises:
            UnknownTitleError: no title has that id or name.
        """
        return self._engine.catalogue.title(resolve(self._engine, title))

    def canonical_id(self, identifier: str) -> str | None:
        """Return the library's own id of the title known by ``identifier``, None if it has none."""
        row = self._engine.catalogue.find(identifier)
        return None if row is None else self._engine.catalogue.title(row).id

    def warm(self) -> None:
        """Touch everything a search uses, so that the first one is as fast as the next."""
        search(self._engine, SearchRequest("film", k=1))

    def verify(self) -> None:
        """Read every byte of the version and compare it with the manifest.

        Raises:
            LibraryCorruptError: naming the file and both hashes.
        """
        manifest.check(self.root / self.version, self.manifest, full=True)

    def status(self) -> dict[str, Any]:
        """Return what there is to know of the library, as plain values."""
        folder = self.root / self.version
        made = self.manifest
        return {
            "library": made.version,
            "path": str(self.root),
            "demo": self.is_demo,
            "titles": made.titles,
            "sources": made.sources,
            "created": made.created,
            "built_by": f"matinee {made.matinee}",
            "encoder": made.encoder.name,
            "encoder_fingerprint": made.encoder.fingerprint,
            "dimension": made.encoder.dimension,
            "bytes": sum(record.bytes for record in made.files.values())
            + (folder / manifest.NAME).stat().st_size,
            "versions": versions.names(self.root),
        }


def default_encoder(settings: Settings, name: str = BUNDLED_NAME) -> CachedEncoder:
    """Return an encoder by name, the bundled one if none is given, with a cache of query vectors.

    Raises:
        ModelError: there is none of that name, or it has not been pulled.
    """
    return CachedEncoder(load_encoder(name, threads=settings.threads or None))


def default_reranker(settings: Settings) -> Reranker:
    """Return the cross-encoder of the settings.

    Raises:
        ModelError: there is none of that name, or it has not been pulled.
    """
    return load_reranker(settings.reranker, threads=settings.threads or None)


def lazily(make: Callable[[], Reranker]) -> Callable[[], Reranker]:
    """Return a function that makes a thing at its first call, once, whoever else is waiting."""
    made: list[Reranker] = []
    lock = Lock()

    def get() -> Reranker:
        with lock:
            if not made:
                made.append(make())
            return made[0]

    return get


def default_root(settings: Settings) -> Path:
    """Return the folder a library is built in when none is named."""
    return settings.library or platformdirs.user_data_path("matinee") / "library"


def open_library(
    path: str | Path | None = None,
    *,
    encoder: TextEncoder | None = None,
    reranker: Reranker | None = None,
    settings: Settings | None = None,
) -> Library:
    """Open a library for searching.

    Args:
        path: its folder. None means the one named by ``MATINEE_LIBRARY``, else the user's default
            folder, else the bundled demo library.
        encoder: instead of the one the library remembers.
        reranker: the cross-encoder of ``ce``, instead of the one of the settings.
        settings: instead of those read from the environment.

    Raises:
        LibraryNotFoundError: there is none at ``path``.
        LibraryCorruptError: a file is missing or has another size than the manifest says.
        LibraryFormatError: it was written in a format this version cannot read.
        EncoderMismatchError: its vectors were made by another encoder.
        ModelError: the encoder it was built with has not been pulled.
    """
    settings = settings or Settings.from_environment()
    is_demo = False
    if path is not None:
        root = Path(path).expanduser()
    else:
        root = default_root(settings)
        if settings.library is None and not versions.exists(root):
            root, is_demo = demo_library(settings), True
    folder = versions.current(root)
    made = manifest.read(folder)
    manifest.check(folder, made, full=False)
    encoder = encoder or default_encoder(settings, _known(made))
    if made.encoder.fingerprint != encoder.spec.fingerprint:
        raise EncoderMismatchError(
            f"The library was built by encoder {made.encoder.name} "
            f"({made.encoder.fingerprint}), this is {encoder.spec.name} "
            f"({encoder.spec.fingerprint}): their vectors cannot be compared",
            where=str(folder),
            cure="Build the library again, or use the encoder it was built with",
        )
    get_reranker = lazily(lambda: reranker or default_reranker(settings))
    engine = open_engine(folder, made, encoder, get_reranker)
    return Library(root, engine, is_demo=is_demo)


def open_engine(
    folder: Path, made: Manifest, encoder: TextEncoder, reranker: Callable[[], Reranker]
) -> Engine:
    """Open all parts of a version and check that they are of one size.

    Raises:
        LibraryCorruptError: a part cannot be read or has another number of rows.
    """
    catalogue = TitleTable.open(folder)
    vectors = load_array(folder / building.VECTORS)
    dense = DenseIndex.open(folder)
    lexical = BM25Index.open(folder / building.LEXICAL, made.titles)
    names = TitleIndex.open(folder / building.TITLES, known=known_words(lexical))
    people = PeopleIndex.open(folder / building.PEOPLE)
    vocabulary = Vocabulary.open(folder / building.PEOPLE)
    sizes = {
        "catalogue.parquet": len(catalogue),
        building.VECTORS: len(vectors),
        "dense.faiss": len(dense),
        building.TITLES: len(names),
    }
    for name, size in sizes.items():
        if size != made.titles:
            raise LibraryCorruptError(
                f"A part of the library has {size} rows instead of {made.titles}",
                where=str(folder / name),
                cure="Build the library again",
            )
    lexicon = CatalogueLexicon(catalogue, people, names, vocabulary)
    return Engine(
        manifest=made,
        catalogue=catalogue,
        columns=Columns(catalogue),
        vectors=vectors,
        encoder=encoder,
        dense=dense,
        lexical=lexical,
        names=names,
        people=people,
        lexicon=lexicon,
        parser=Parser(lexicon),
        prior=Prior(catalogue.numbers("vote_average"), catalogue.numbers("vote_count")),
        reranker=reranker,
    )


def build_library(
    paths: Sequence[str | Path],
    path: str | Path | None = None,
    *,
    options: BuildOptions | None = None,
    encoder: TextEncoder | str | None = None,
    settings: Settings | None = None,
    progress: BuildProgress | None = None,
) -> BuildReport:
    """Build a library from catalogue files; see :func:`matinee.pipeline.build.build`.

    Args:
        paths: files and folders, in order of preference where they disagree about a title.
        path: folder of the library; None means the default one.
        options: what may be chosen.
        encoder: an encoder or the name of one; None means the one the library at ``path`` was
            built with, the bundled one where there is none yet.
        settings: instead of those read from the environment.
        progress: is told how far the build has come.
    """
    settings = settings or Settings.from_environment()
    root = default_root(settings) if path is None else Path(path).expanduser()
    if encoder is None:
        encoder = _remembered(root)
    return building.build(
        [Path(p).expanduser() for p in paths],
        root,
        encoder=default_encoder(settings, encoder) if isinstance(encoder, str) else encoder,
        options=options,
        vectors=(demo.VECTORS,),
        progress=progress,
    )


def _known(made: Manifest) -> str:
    """Return the name of a library's encoder where it is one we know, else of the bundled one.

    An encoder of somebody's own has to be handed over; that the bundled one is not it, the
    comparison of fingerprints says.
    """
    return made.encoder.name if made.encoder.name in MODELS else BUNDLED_NAME


def _remembered(root: Path) -> str:
    """Return the name of the encoder that the next version of a library is to be built with."""
    if not versions.exists(root):
        return BUNDLED_NAME
    try:
        return _known(manifest.read(versions.current(root)))
    except LibraryError:
        # A damaged live version is no reason not to build a sound one.
        return BUNDLED_NAME


def demo_library(settings: Settings, *, progress: BuildProgress | None = None) -> Path:
    """Return the folder of the demo library, building it in the cache if it is not there yet.

    Its titles and vectors ship with the package; what is built here are the indexes, in a second
    or two. The folder's name holds a hash of all that the library is made of and by, so that
    neither an upgrade nor an edit ever meets a stale one.
    """
    cache = settings.cache or platformdirs.user_cache_path("matinee")
    root = cache / f"demo-{_demo_stamp()}"
    if not versions.exists(root):
        try:
            build_library([demo.TITLES], root, settings=settings, progress=progress)
        except LibraryBusyError:
            # Another process had the same wish first; it takes a second or two.
            _wait_for(root)
        kept = sorted(cache.glob("demo-*"), key=lambda path: path.stat().st_mtime)
        for old in kept[:-_DEMOS_KEPT]:
            shutil.rmtree(old, ignore_errors=True)
    return root


def _wait_for(root: Path) -> None:
    deadline = time.monotonic() + _DEMO_WAIT
    while not versions.exists(root):
        if time.monotonic() > deadline:
            raise LibraryBusyError(
                f"The demo library was not ready after {_DEMO_WAIT} seconds",
                where=str(root),
                cure="Delete that folder and try again",
            )
        time.sleep(0.05)


def _demo_stamp() -> str:
    package = Path(__file__).parent
    makers = (p for name in _DEMO_MAKERS for p in (package / name).rglob("*.py"))
    stamp = hashlib.sha256((bundled_folder() / "model.json").read_bytes())
    for path in sorted((*makers, demo.TITLES, demo.VECTORS)):
        stamp.update(path.read_bytes())
    return stamp.hexdigest()[:16]
