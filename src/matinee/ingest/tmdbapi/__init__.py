"""TMDb's API: downloaded past the 10,000 titles that one list of it shows, brought up to date.

``httpx2`` is loaded with :mod:`matinee.ingest.tmdbapi.client`, not before.
"""

from matinee.ingest.tmdbapi.access import API, Access
from matinee.ingest.tmdbapi.backfill import Backfilled, backfill
from matinee.ingest.tmdbapi.details import NEEDS
from matinee.ingest.tmdbapi.download import Downloaded, download
from matinee.ingest.tmdbapi.manners import Manners
from matinee.ingest.tmdbapi.refresh import Refreshed, refresh
from matinee.ingest.tmdbapi.shapes import ATTRIBUTION
from matinee.ingest.tmdbapi.windows import Limits, Wanted, Window

__all__ = [
    "API",
    "ATTRIBUTION",
    "NEEDS",
    "Access",
    "Backfilled",
    "Downloaded",
    "Limits",
    "Manners",
    "Refreshed",
    "Wanted",
    "Window",
    "backfill",
    "download",
    "refresh",
]
