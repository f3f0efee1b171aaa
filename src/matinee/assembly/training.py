"""Training a library on what people did."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from matinee.assembly.parts import default_root
from matinee.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matinee.ingest.interactions import Scale
    from matinee.interaction import Interactions
    from matinee.pipeline.build import BuildProgress
    from matinee.pipeline.train_taste import TrainOptions, TrainReport
    from matinee.types import Reject


def train_taste(
    paths: Sequence[str | Path],
    path: str | Path | None = None,
    *,
    options: TrainOptions | None = None,
    mapping: Mapping[str, str] | None = None,
    scale: Scale | None = None,
    namespace: str | None = None,
    strict: bool = False,
    measure: bool = False,
    settings: Settings | None = None,
    progress: BuildProgress | None = None,
) -> tuple[TrainReport, list[Reject]]:
    """Train a library on files of ratings; see :func:`matinee.pipeline.train_taste.train`.

    Args:
        paths: files and folders of interactions, see
            :func:`matinee.ingest.interactions.read_interactions`.
        path: folder of the library; None means the default one.
        options: what may be chosen.
        mapping: field to column, for names that are not the usual ones.
        scale: of the ratings; None where the files tell it.
        namespace: of ids that come without one.
        strict: stop at the first row that cannot be used.
        measure: first measure the default model on a fifth of each person's interactions, for which
            it learns a second time, from the others.
        settings: instead of those read from the environment.
        progress: is told how far the training has come.

    Returns:
        What was done, and the rows that could not be used.
    """
    # Who searches never trains, and should not wait for what only training needs.
    from matinee.ingest.interactions import load_interactions
    from matinee.pipeline import train_taste as training
    from matinee.pipeline.ratings import join

    settings = settings or Settings.from_environment()
    root = default_root(settings) if path is None else Path(path).expanduser()
    files = [Path(p).expanduser() for p in paths]
    rejects: list[Reject] = []

    def read() -> Interactions:
        found = []
        for file in files:
            loaded = load_interactions(
                file, mapping=mapping, scale=scale, namespace=namespace, strict=strict
            )
            rejects.extend(loaded.rejects)
            found.append(loaded.interactions)
        return join(found)

    how = None
    if measure:
        from matinee.assembly.measuring import measure_default

        how = measure_default
    report = training.train(read, files, root, options=options, measure=how, progress=progress)
    return report, rejects
