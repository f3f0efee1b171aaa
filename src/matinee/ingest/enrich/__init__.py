"""Filling what titles lack from other places: OMDb, Wikipedia, and files of IMDb.

Nothing that is there is overwritten unless that is asked for, and of every value that was filled
it is kept where it came from and under which licence.
"""

from __future__ import annotations

from matinee.ingest.enrich.filling import FIELDS
from matinee.ingest.enrich.imdb import ImdbFiles
from matinee.ingest.enrich.omdb import Omdb
from matinee.ingest.enrich.outcome import Doubtful, Enricher, Found, Missing, Provenance
from matinee.ingest.enrich.output import sidecars, write
from matinee.ingest.enrich.run import Enriched, enrich
from matinee.ingest.enrich.wikipedia import Wikipedia

__all__ = [
    "FIELDS",
    "Doubtful",
    "Enriched",
    "Enricher",
    "Found",
    "ImdbFiles",
    "Missing",
    "Omdb",
    "Provenance",
    "Wikipedia",
    "enrich",
    "sidecars",
    "write",
]
