"""Where posters come from: a folder of pictures, a Parquet file, or TMDb's image host.

``httpx2`` is loaded when something is fetched, not before.
"""

from matinee.ingest.posters.folder import FolderPosters
from matinee.ingest.posters.manners import Manners
from matinee.ingest.posters.opening import open_posters
from matinee.ingest.posters.parquet import ParquetPosters
from matinee.ingest.posters.source import PosterSource
from matinee.ingest.posters.tally import Tally
from matinee.ingest.posters.tmdb import TmdbPosters

__all__ = [
    "FolderPosters",
    "Manners",
    "ParquetPosters",
    "PosterSource",
    "Tally",
    "TmdbPosters",
    "open_posters",
]
