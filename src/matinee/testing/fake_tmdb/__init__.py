"""A server that answers as TMDb's API does, on loopback, with films that are invented.

It lets a downloader be tested against all that goes wrong between it and the real one, which is
never asked. Run it by itself with ``python -m matinee.testing.fake_tmdb``.
"""

from matinee.testing.fake_tmdb.fake import KEY, TOKEN, FakeTmdb
from matinee.testing.fake_tmdb.faults import Counts, Faults
from matinee.testing.fake_tmdb.odd import ODD
from matinee.testing.fake_tmdb.titles import TODAY, Title

__all__ = ["KEY", "ODD", "TODAY", "TOKEN", "Counts", "FakeTmdb", "Faults", "Title"]
