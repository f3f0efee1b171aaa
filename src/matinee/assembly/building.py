"""Building a library from catalogue files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from matinee import demo
from matinee.assembly.parts import default_encoder, default_root, known_encoder
from matinee.encode import BUNDLED_NAME
from matinee.errors import LibraryError
from matinee.library import manifest, versions
from matinee.pipeline import build as building
from matinee.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matinee.catalogue.table import TitleTable
    from matinee.pipeline.build import BuildOptions, BuildProgress, BuildReport
    from matinee.protocols import TextEncoder


def build_library(
    paths: Sequence[str | Path],
    path: str | Path | None = None,
    *,
    options: BuildOptions | None = None,
    encoder: TextEncoder | str | None = None,
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
        settings: instead of those read from the environment.
        taste: writes what is to be learnt of taste into the folder of the version; None takes along
            what the library learnt before.
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
        taste=taste,
        progress=progress,
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
