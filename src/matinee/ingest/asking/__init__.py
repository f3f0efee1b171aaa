"""Asking hosts without being a nuisance: at a pace, with waits, keeping what they answered.

What the sources that ask hosts share: :mod:`~matinee.ingest.posters`,
:mod:`~matinee.ingest.tmdbapi` and :mod:`~matinee.ingest.enrich`. Which addresses may be reached at
all is decided in :mod:`matinee.ingest.outside`.
"""
