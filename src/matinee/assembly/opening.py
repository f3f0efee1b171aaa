"""Opening a library: its files checked, its parts put together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from matinee.arrays import load_array
from matinee.assembly.demo import demo_library
from matinee.assembly.library import Library
from matinee.assembly.parts import (
    default_captioner,
    default_encoder,
    default_people,
    default_picture_encoder,
    default_reranker,
    default_root,
    known_encoder,
    told_as,
)
from matinee.catalogue.columns import Columns
from matinee.catalogue.table import TitleTable
from matinee.encode.cached_pictures import CachedCaptioner, CachedPictureEncoder
from matinee.errors import EncoderMismatchError, LibraryCorruptError
from matinee.index.bm25 import BM25Index
from matinee.index.dense import DenseIndex
from matinee.index.people import PeopleIndex
from matinee.index.pictures import PictureIndex
from matinee.index.titles import TitleIndex
from matinee.index.vocabulary import Vocabulary
from matinee.library import manifest, versions
from matinee.models.loading import Loaded
from matinee.pipeline import build as building
from matinee.pipeline import pictures_card, taste
from matinee.pipeline.engine import Engine
from matinee.pipeline.lexicon import CatalogueLexicon, known_words
from matinee.pipeline.pictures import Pictures
from matinee.pipeline.pictures_files import open_signatures
from matinee.query.parse import Parser
from matinee.rank.prior import Prior
from matinee.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from matinee.library.manifest import Manifest
    from matinee.protocols import Captioner, PictureEncoder, Reranker, TextEncoder


def open_library(
    path: str | Path | None = None,
    *,
    encoder: TextEncoder | None = None,
    reranker: Reranker | None = None,
    picture_encoder: PictureEncoder | None = None,
    captioner: Captioner | None = None,
    settings: Settings | None = None,
) -> Library:
    """Open a library for searching.

    Args:
        path: its folder. None means the one named by ``MATINEE_LIBRARY``, else the user's default
            folder, else the bundled demo library.
        encoder: instead of the one the library remembers.
        reranker: the cross-encoder of ``ce``, instead of the one of the settings.
        picture_encoder: instead of the one the library remembers.
        captioner: what describes pictures, instead of the one of the settings.
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
    encoder = encoder or default_encoder(settings, known_encoder(made))
    if made.encoder.fingerprint != encoder.spec.fingerprint:
        raise EncoderMismatchError(
            f"The library was built by encoder {made.encoder.name} "
            f"({made.encoder.fingerprint}), this is {encoder.spec.name} "
            f"({encoder.spec.fingerprint}): their vectors cannot be compared",
            where=str(folder),
            cure="Build the library again, or use the encoder it was built with",
        )
    get_reranker: Callable[[], Reranker] = Loaded(
        told_as(settings.reranker), lambda: reranker or default_reranker(settings)
    )
    pictures = open_pictures(folder, made, settings, encoder=picture_encoder, captioner=captioner)
    engine = open_engine(folder, made, encoder, get_reranker, pictures)
    return Library(root, engine, is_demo=is_demo, people=default_people(settings))


def open_pictures(
    folder: Path,
    made: Manifest,
    settings: Settings,
    *,
    encoder: PictureEncoder | None = None,
    captioner: Captioner | None = None,
) -> Pictures:
    """Open what a version has of pictures; the models are loaded when they are first asked for.

    Raises:
        LibraryCorruptError: a part cannot be read or does not fit the catalogue.
    """
    card = None
    if f"{pictures_card.FOLDER}/{pictures_card.CARD}" in made.files:
        card = pictures_card.read_card(folder / pictures_card.FOLDER)
    signatures = index = spec = None
    if card is not None:
        signatures = open_signatures(folder / pictures_card.FOLDER, card, made.titles)
        spec = card.encoder
    if spec is not None:
        index = PictureIndex.open(folder / pictures_card.FOLDER, spec, made.titles)

    def load() -> PictureEncoder:
        loaded = encoder or default_picture_encoder(settings, spec)
        if spec is not None and spec.fingerprint != loaded.spec.fingerprint:
            raise EncoderMismatchError(
                f"The posters of the library were encoded by {spec.name} ({spec.fingerprint}), "
                f"this is {loaded.spec.name} ({loaded.spec.fingerprint}): their vectors cannot be "
                "compared",
                where=str(folder),
                cure="Build the library again with --posters, or name the model it was built with "
                "in the setting picture_encoder",
            )
        return CachedPictureEncoder(loaded)

    return Pictures(
        signatures,
        index,
        Loaded(told_as(settings.picture_encoder) if spec is None else spec.name, load),
        Loaded(
            told_as(settings.captioner),
            lambda: CachedCaptioner(captioner or default_captioner(settings)),
        ),
        route=settings.picture_route,
        share=settings.picture_share,
        poster_share=settings.poster_share,
    )


def open_engine(
    folder: Path,
    made: Manifest,
    encoder: TextEncoder,
    reranker: Callable[[], Reranker],
    pictures: Pictures,
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
        pictures=pictures,
        taste=taste.Taste(folder / taste.FOLDER, made.titles)
        if f"{taste.FOLDER}/{taste.CARD}" in made.files
        else None,
    )
