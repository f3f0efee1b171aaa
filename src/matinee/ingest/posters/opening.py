"""From what somebody says to a source of posters."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from matinee.errors import SourceError
from matinee.ingest.posters.folder import FolderPosters
from matinee.ingest.posters.owners import namespace_of
from matinee.ingest.posters.parquet import ParquetPosters
from matinee.ingest.posters.tally import MAX_BYTES
from matinee.ingest.posters.tmdb import HOST, SIZE, TmdbPosters

if TYPE_CHECKING:
    from matinee.ingest.posters.source import PosterSource

TMDB = "tmdb"
_PARQUET = b"PAR1"
# Two letters at least: C:\posters is a path.
_PREFIXED = re.compile(r"([A-Za-z][A-Za-z0-9-]+):(.+)", re.DOTALL)


def open_posters(
    where: str | Path,
    *,
    cache: Path | None = None,
    host: str = HOST,
    size: str = SIZE,
    limit: int = MAX_BYTES,
) -> PosterSource:
    """Return the source of posters that somebody means.

    Args:
        where: ``tmdb`` for TMDb's image host; a folder; a Parquet file. Before a folder or file
            may stand what bare numbers in it are ids of: ``ml:posters``, ``imdb:posters.parquet``.
            A folder that is called ``tmdb`` is ``./tmdb``.
        cache: folder for what can be made again; None means that of the user.
        host: address that the paths of posters in a catalogue belong to.
        size: size of the posters asked of it, as it calls that.
        limit: bytes of the largest picture that is taken.

    Raises:
        SourceError: there is nothing, or nothing of these.
        InputError: the host is no address, or the size no name.
    """
    if where == TMDB:
        return _fetched(cache, host, size, limit)
    try:
        path, namespace = _path_of(where)
        if path.is_dir():
            return FolderPosters(path, namespace=namespace, limit=limit)
        if not path.is_file():
            raise _nothing("There are no posters", str(where))
        with path.open("rb") as stream:
            start = stream.read(len(_PARQUET))
    except (OSError, ValueError, RuntimeError) as error:  # a NUL; ~ of somebody who is not
        why = getattr(error, "strerror", None) or error
        raise _nothing("The posters cannot be read", f"{str(where)[:200]}: {why}") from error
    if start != _PARQUET:
        raise _nothing("This is neither a folder nor a Parquet file", str(path))
    return ParquetPosters(path, namespace=namespace, limit=limit)


def _path_of(where: str | Path) -> tuple[Path, str]:
    """Return a path, and the namespace that bare numbers there are of."""
    if isinstance(where, Path):
        return where, TMDB
    if not where:
        raise _nothing("There are no posters", "an empty path")
    prefixed = _PREFIXED.fullmatch(where)
    # A name with a colon in it may be just that.
    if prefixed is not None and not os.path.lexists(where):
        return Path(prefixed[2]).expanduser(), namespace_of(prefixed[1])
    return Path(where).expanduser(), TMDB


def _nothing(what: str, where: str) -> SourceError:
    cure = "Give a folder of pictures, a Parquet file, or tmdb to have them fetched"
    return SourceError(what, where=where[:300], cure=cure)


def _fetched(cache: Path | None, host: str, size: str, limit: int) -> TmdbPosters:
    import platformdirs

    from matinee.ingest.posters.manners import Manners

    root = cache or platformdirs.user_cache_path("matinee")
    return TmdbPosters(root / "posters", host=host, size=size, manners=Manners(limit=limit))
