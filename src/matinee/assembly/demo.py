"""The demo library: built in the cache when it is first needed."""

from __future__ import annotations

import hashlib
import shutil
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from matinee import demo
from matinee.arrays import load_array
from matinee.assembly.building import build_library
from matinee.encode import bundled_folder
from matinee.errors import LibraryBusyError
from matinee.library import versions
from matinee.pipeline.build import VECTORS

if TYPE_CHECKING:
    from matinee.catalogue.table import TitleTable
    from matinee.pipeline.build import BuildProgress
    from matinee.settings import Settings

_DEMO_MAKERS = ("catalogue", "encode", "index", "ingest", "library", "models", "pipeline", "taste")
"""Packages whose code decides what the demo library's files hold."""
_DEMO_MODELS = ("rdlae", "content")
"""The best single model that ranks, and one for the titles that nobody rated. They take a second;
the blend, whose weights are learnt on people held out, would take ten at the first search."""
_DEMO_RATING = "item-knn"
"""A model that needs no extra, so that the demo library is the same everywhere."""
_DEMOS_KEPT = 3
"""Demo libraries left in the cache; another version of Matinee may be using one."""
_DEMO_WAIT = 120
"""Seconds another process is given to build it."""


def demo_library(settings: Settings, *, progress: BuildProgress | None = None) -> Path:
    """Return the folder of the demo library, building it in the cache if it is not there yet.

    Its titles and vectors ship with the package; what is built here are the indexes, in a second
    or two. The folder's name holds a hash of all that the library is made of and by, so that
    neither an upgrade nor an edit ever meets a stale one.
    """
    cache = settings.cache or platformdirs.user_cache_path("matinee")
    root = cache / f"demo-{_demo_stamp()}"
    if not versions.exists(root):
        try:
            build_library(
                [demo.TITLES],
                root,
                settings=settings,
                taste=partial(learn_demo_taste, progress=progress),
                progress=progress,
            )
        except LibraryBusyError:
            # Another process had the same wish first; it takes a second or two.
            _wait_for(root)
        kept = sorted(cache.glob("demo-*"), key=lambda path: path.stat().st_mtime)
        for old in kept[:-_DEMOS_KEPT]:
            shutil.rmtree(old, ignore_errors=True)
    return root


def learn_demo_taste(
    titles: TitleTable, staged: Path, *, progress: BuildProgress | None = None
) -> None:
    """Learn the taste of the demo library from the ratings that ship with it, in a second or two.

    Args:
        titles: of the demo library.
        staged: folder of its version.
        progress: is told how far it has come.
    """
    from matinee.ingest.interactions import load_interactions
    from matinee.pipeline import ratings, taste, train_taste

    loaded = load_interactions(
        demo.RATINGS, mapping=demo.RATINGS_MAPPING, scale=demo.RATINGS_SCALE, strict=True
    )
    train_taste.learn(
        ratings.match(loaded.interactions, titles),
        titles,
        load_array(staged / VECTORS),
        staged / taste.FOLDER,
        options=train_taste.TrainOptions(models=_DEMO_MODELS, rating=_DEMO_RATING),
        sources=[demo.RATINGS.name],
        progress=progress,
    )


def _wait_for(root: Path) -> None:
    deadline = time.monotonic() + _DEMO_WAIT
    while not versions.exists(root):
        if time.monotonic() > deadline:
            raise LibraryBusyError(
                f"The demo library was not ready after {_DEMO_WAIT} seconds",
                where=str(root),
                cure="Delete that folder and try again",
            )
        time.sleep(0.05)


def _demo_stamp() -> str:
    package = Path(__file__).parents[1]
    makers = (p for name in _DEMO_MAKERS for p in (package / name).rglob("*.py"))
    stamp = hashlib.sha256((bundled_folder() / "model.json").read_bytes())
    for path in sorted((*makers, demo.TITLES, demo.VECTORS, demo.RATINGS)):
        stamp.update(path.read_bytes())
    return stamp.hexdigest()[:16]
