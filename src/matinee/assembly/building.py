"""Building a library from catalogue files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from matinee import demo
from matinee.assembly.parts import (
    default_encoder,
    default_picture_encoder,
    default_root,
    known_encoder,
    named_picture_encoder,
)
from matinee.encode import BUNDLED_NAME
from matinee.errors import InputError, LibraryError, ModelError
from matinee.library import manifest, versions
from matinee.pipeline import build as building
from matinee.pipeline.build import BuildOptions
from matinee.pipeline.pictures_files import live_pictures
from matinee.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from matinee.catalogue.table import TitleTable
    from matinee.ingest.posters.source import PosterSource
    from matinee.pipeline.build import BuildProgress, BuildReport
    from matinee.pipeline.build_pictures import PictureOptions
    from matinee.protocols import PictureEncoder, TextEncoder

NONE = "none"
"""Said instead of posters, or of the model that encodes them."""


def build_library(
    paths: Sequence[str | Path],
    path: str | Path | None = None,
    *,
    options: BuildOptions | None = None,
    encoder: TextEncoder | str | None = None,
    posters: Iterable[str | Path | PosterSource] | str | Path | None = None,
    picture_encoder: PictureEncoder | str | None = None,
    settings: Settings | None = None,
    taste: Callable[[TitleTable, Path], None] | None = None,
    progress: BuildProgress | None = None,
) -> BuildReport:
    """Build a library from catalogue files; see :func:`matinee.pipeline.build.build`.

    Args:
        paths: files and folders, in order of preference where they disagree about a title.
        path: folder of the library; None means the default one.
        options: what may be chosen.
        encoder: an encoder or the name of one; None means the one the library at ``path`` was
            built with, the bundled one where there is none yet.
        posters: where posters are: ``tmdb``, folders of pictures, Parquet files, or sources of
            one's own; what comes first counts first. None takes along the pictures of the library
            at ``path``; ``none`` leaves them out.
        picture_encoder: an encoder, or the name or folder of one; ``none`` makes no vectors of
            posters. None means the one the library at ``path`` was built with, else that of the
            settings; where it is not on this machine, the report says so.
        settings: instead of those read from the environment.
        taste: writes what is to be learnt of taste into the folder of the version; None takes along
            what the library learnt before.
        progress: is told how far the build has come.

    Raises:
        ModelError: an encoder that was named is not on this machine.
        InputError: what ``posters`` names cannot be had.
    """
    settings = settings or Settings.from_environment()
    root = default_root(settings) if path is None else Path(path).expanduser()
    if encoder is None:
        encoder = _remembered(root)
    if isinstance(encoder, str):
        encoder = default_encoder(settings, encoder)
    options = options or BuildOptions()
    sources = _sources(posters, settings)
    wanted = replace(
        options.pictures,
        keep=options.pictures.keep and sources is not None,
        limits=replace(options.pictures.limits, bytes=settings.max_picture),
    )
    eyes, wanted = _eyes(picture_encoder, sources or (), root, settings, wanted)
    return building.build(
        [Path(p).expanduser() for p in paths],
        root,
        encoder=encoder,
        options=replace(options, pictures=wanted),
        vectors=(demo.VECTORS,),
        taste=taste,
        posters=sources or (),
        picture_encoder=eyes,
        progress=progress,
    )


def _sources(
    posters: Iterable[str | Path | PosterSource] | str | Path | None, settings: Settings
) -> tuple[PosterSource, ...] | None:
    """Return the sources of posters; none where nothing was said, None where none are wanted."""
    if posters is None:
        return ()
    named = [posters] if isinstance(posters, str | Path) else list(posters)
    if NONE in named:
        if len(named) > 1:
            raise InputError(
                "There are to be posters, and none", cure="Leave out --posters none, or the others"
            )
        return None
    # Imported here: most libraries are built without posters.
    from matinee.ingest.posters import open_posters

    return tuple(
        open_posters(
            each,
            cache=settings.cache,
            host=settings.poster_host,
            size=settings.poster_size,
            limit=settings.max_picture,
        )
        if isinstance(each, str | Path)
        else each
        for each in named
    )


def _eyes(
    given: PictureEncoder | str | None,
    sources: Sequence[PosterSource],
    root: Path,
    settings: Settings,
    options: PictureOptions,
) -> tuple[PictureEncoder | None, PictureOptions]:
    """Return what encodes posters, and what is to be made of them.

    Raises:
        ModelError: a model that was named is not on this machine.
    """
    if given == NONE:
        return None, replace(options, vectors=False)
    if isinstance(given, str):
        return named_picture_encoder(settings, given), options
    if given is not None:
        return given, options
    before = live_pictures(root)
    made_by = None if before is None else before.card.encoder
    if not sources and (made_by is None or not options.keep):
        return None, options
    try:
        eyes = default_picture_encoder(settings, made_by)
    except ModelError as error:
        return None, replace(options, absent=_absent(error))
    if not sources and made_by is not None and made_by.fingerprint != eyes.spec.fingerprint:
        # Nobody asked for it, and without posters it could only take away what is there.
        return None, options
    return eyes, options


def _absent(error: ModelError) -> str:
    """Return what a library without vectors is told to lack, and the cure."""
    what = error.what if error.where is None else f"{error.what} ({error.where})"
    cure = (error.cure or "Put it there").rstrip(".")
    return (
        f"Posters can be recognised, but not searched by: {what}. {cure}; then build again "
        "with --posters, and only they are encoded."
    )


def _remembered(root: Path) -> str:
    """Return the name of the encoder that the next version of a library is to be built with."""
    if not versions.exists(root):
        return BUNDLED_NAME
    try:
        return known_encoder(manifest.read(versions.current(root)))
    except LibraryError:
        # A damaged live version is no reason not to build a sound one.
        return BUNDLED_NAME
