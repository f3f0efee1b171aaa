"""The demo library: about a thousand films and some series, with loglines written for it.

Facts and terms: NOTICE.md beside this file. ``tools/build_demo.py`` makes the files anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_FOLDER = Path(__file__).parent

TITLES = _FOLDER / "titles.jsonl"
"""One title a line, in the fields of :class:`matinee.catalogue.title.Title`."""
RATINGS = _FOLDER / "ratings.parquet"
"""MovieLens ratings of these titles: user, title id, half stars, seconds since 1970."""
VECTORS = _FOLDER / "vectors.log"
"""Document vectors by the bundled encoder, as :mod:`matinee.encode.vector_log` writes them."""
RATINGS_MAPPING = {"user": "user", "item": "title", "rating": "half_stars", "time": "time"}
"""Column of the ratings for each field, as :mod:`matinee.ingest.interactions` names them."""
RATINGS_SCALE: Literal["ten"] = "ten"
"""Half stars from 1 to 10."""
