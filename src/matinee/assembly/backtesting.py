"""Which model to rank by, found out on one's own data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq

from matinee.errors import InputError, QueryError
from matinee.evaluate import mine
from matinee.pipeline import ratings, taste, train_taste
from matinee.pipeline.features import item_features
from matinee.pipeline.person import person_of
from matinee.pipeline.recommend import taste_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matinee.assembly.library import Library
    from matinee.evaluate.mine import Choice
    from matinee.interaction import Interactions, ItemFeatures
    from matinee.pipeline.build import BuildProgress
    from matinee.pipeline.train_taste import TrainReport

CANDIDATES = ("blend", "rdlae", "ease", "item-knn", "user-knn", "content", "popularity")
"""Models compared where none are named, beside those that were trained."""


def backtest(
    library: Library,
    profile: str | None = None,
    *,
    models: Sequence[str] = (),
    seed: int = 0,
    report: Callable[[str], None] | None = None,
) -> Choice:
    """Measure models on what a library learnt from, and say which to rank by.

    Args:
        library: one that has learnt.
        profile: person of this machine who is asked; None asks everybody learnt from.
        models: names; the library's own choice is always among them and comes first.
        seed: of everything random.
        report: told the name of each model before it is measured.

    Raises:
        LibraryError: the library has learnt nothing of taste.
        QueryError: there is no such profile.
        InputError: there is too little to measure on.
    """
    known = taste_of(library.engine)
    card = known.card
    wanted = tuple(dict.fromkeys((card.default, *(models or (*card.rankings, *CANDIDATES)))))
    history = None
    if profile is not None:
        if library.people is None or not library.people.exists(profile):
            raise QueryError("There is no such profile", where=profile, cure="See matinee ratings")
        deeds = library.people.deeds(profile)
        history = person_of(library.engine, deeds, skip_unknown=True).history
    did, features = learnt_from(library)
    return mine.backtest(did, features, wanted, history=history, seed=seed, report=report)


def adopt(
    library: Library, model: str, *, seed: int = 0, progress: BuildProgress | None = None
) -> TrainReport:
    """Train a library anew on what it learnt from, with a model as its own choice.

    Raises:
        InputError: this is the bundled demo library, which is built anew at every upgrade.
        LibraryError: the library has learnt nothing of taste, or the disk refused.
    """
    if library.is_demo:
        raise InputError(
            "The demo library keeps the model it came with",
            cure="Build a library of your own: matinee build, then matinee train taste",
        )
    card = taste_of(library.engine).card
    folder = library.root / library.version / taste.FOLDER
    options = train_taste.TrainOptions(
        models=tuple(dict.fromkeys((model, *card.rankings))), rating=card.rating or "", seed=seed
    )
    did, _ = learnt_from(library)
    return train_taste.train(
        lambda: did, [folder / ratings.NAME], library.root, options=options, progress=progress
    )


def learnt_from(library: Library) -> tuple[Interactions, ItemFeatures]:
    """Return what a library learnt from, as far as its titles are still there, and the titles."""
    known = taste_of(library.engine)
    folder = library.root / library.version / taste.FOLDER
    names = pq.ParquetFile(folder / taste.NAMES).read().column("ids").to_pylist()
    did = ratings.read(folder, [ids[0] for ids in names])
    did = did.take(known.rows[did.items] >= 0)
    rows = np.maximum(known.rows, 0)
    return did, item_features(library.engine.catalogue, library.engine.vectors, rows)
