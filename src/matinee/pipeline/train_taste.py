"""The way a library learns taste, from ratings to a published version. Read :func:`train`."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matinee._version import __version__
from matinee.arrays import load_array
from matinee.catalogue.table import NAME as CATALOGUE
from matinee.catalogue.table import TitleTable
from matinee.errors import InputError, LibraryError, MissingExtraError
from matinee.library import manifest, versions
from matinee.library.stages import Stages, link_file
from matinee.memory_used import peak_mb
from matinee.pipeline import ratings, taste
from matinee.pipeline.build import VECTORS
from matinee.pipeline.features import item_features
from matinee.pipeline.measured import finished
from matinee.taste.context import fit_context
from matinee.taste.memory import GIBIBYTE, check_memory
from matinee.taste.named import (
    DEFAULT_RANKING,
    DEFAULT_RATING,
    open_recommender,
    ranking_model,
    rating_model,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from matinee.interaction import Interactions, ItemFeatures
    from matinee.library.manifest import Manifest
    from matinee.pipeline.build import BuildProgress
    from matinee.pipeline.measured import Measure
    from matinee.pipeline.ratings import Matched
    from matinee.pipeline.taste import Card
    from matinee.protocols import RankingModel, RatingModel

WITHOUT_EXTRA = "item-knn"
"""What predicts stars where the default needs a package that is not installed."""
_FORWARD: Mapping[str, Mapping[str, Any]] = {"stack": {"causal": True}}
"""Models that could learn from what came after a rating; whoever is served has no such thing."""
_WORK = "taste"
_BYTES_A_ROW = 160
"""Of one interaction while it is matched and sorted: its columns twice, and the orders."""
_BYTES_A_VECTOR = 6
"""Of one number of a title's vector: float16 as stored and float32 as the models read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOptions:
    """What may be chosen about a training.

    Attributes:
        models: models that rank, by name; the first is the library's own choice.
        rating: model that predicts stars; None means the best that is installed, empty none.
        seed: of everything random.
        max_gb: most memory that may be taken, in GiB.
        parameters: by name of a model, parameters other than its own.

    Raises:
        InputError: there is no such model, or a number is out of its bounds.
    """

    models: tuple[str, ...] = (DEFAULT_RANKING,)
    rating: str | None = None
    seed: int = 0
    max_gb: float = 3.0
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.models:
            raise InputError("No model is named", cure="Name one that ranks, such as blend")
        if type(self.seed) is not int or not 0 <= self.seed < 1 << 32:
            raise InputError(f"The seed is {self.seed!r:.40}", cure="Give a number from 0 up")
        if not (math.isfinite(self.max_gb) and self.max_gb > 0):
            raise InputError(f"max_gb is {self.max_gb!r:.40}", cure="Give GiB, above 0")
        for name in self.models:
            self.ranking(name)
        if self.rating:
            self.predictor(self.rating)

    def ranking(self, name: str) -> RankingModel:
        """Return a model that ranks, before it has learnt anything."""
        model: RankingModel = self._within(ranking_model(name, **self.parameters.get(name, {})))
        return model

    def predictor(self, name: str) -> RatingModel:
        """Return a model that predicts stars, before it has learnt anything."""
        parameters = {**_FORWARD.get(name, {}), **self.parameters.get(name, {})}
        model: RatingModel = self._within(rating_model(name, **parameters))
        return model

    def _within(self, model: Any) -> Any:
        if is_dataclass(model) and "max_bytes" in {each.name for each in fields(model)}:
            return replace(model, max_bytes=int(self.max_gb * GIBIBYTE))  # type: ignore[type-var]
        return model


@dataclass(frozen=True, slots=True)
class TrainReport:
    """What a training did.

    Attributes:
        folder: the published version.
        manifest: its manifest.
        card: what there is to know of the training.
        examples: ids of titles that the catalogue lacks, those with the most interactions first.
        unknown: how many such titles there are.
        repeated: interactions left out because later ones of the same person and title replace
            them.
        resumed: stages that an earlier run had finished.
    """

    folder: Path
    manifest: Manifest
    card: Card
    examples: tuple[str, ...]
    unknown: int
    repeated: int
    resumed: tuple[str, ...]


def train(
    read: Callable[[], Interactions],
    paths: Sequence[Path],
    root: Path,
    *,
    options: TrainOptions | None = None,
    measure: Measure | None = None,
    progress: BuildProgress | None = None,
) -> TrainReport:
    """Train the live version of a library, and publish what was learnt as a new one.

    The files that do not change are linked, not copied. A training killed at any moment leaves the
    live version untouched; the same one run again goes on after the last stage that was finished.

    Args:
        read: reads the interactions.
        paths: the files it reads them from, whose names are kept.
        root: folder of the library.
        options: what may be chosen.
        measure: measures the default model before it is trained on everything; None leaves it out.
        progress: is told how far the training has come.

    Raises:
        InputError: nothing matches the catalogue, or more memory is needed than is allowed.
        LibraryError: there is no library, or the disk refused.
        MissingExtraError: a model that was asked for needs a package that is not installed.
    """
    options = options or TrainOptions()
    try:
        live = versions.current(root)
        with versions.lock(root):
            made = manifest.read(live)
            titles = TitleTable.open(live)
            work = root / versions.BUILDING / _WORK
            staged = root / versions.BUILDING / "version"
            shutil.rmtree(staged, ignore_errors=True)
            link(live, staged, made)

            matched = ratings.match(_capped(read(), options), titles)
            stages = Stages(work, _fingerprint(matched.interactions, made, options))
            vectors = load_array(live / VECTORS)
            card = learn(
                matched,
                titles,
                vectors,
                staged / taste.FOLDER,
                options=options,
                sources=[path.name for path in paths],
                stages=stages,
                measure=measure,
                progress=progress,
            )
            name = versions.next_name(root)
            files = manifest.record_files(staged / taste.FOLDER)
            kept = {k: v for k, v in made.files.items() if not k.startswith(f"{taste.FOLDER}/")}
            kept |= {f"{taste.FOLDER}/{key}": value for key, value in files.items()}
            made = replace(made, version=name, files=dict(sorted(kept.items())))
            manifest.write(staged, made)
            manifest.check(staged, made, full=False)
            folder = versions.publish(root, staged, name)
            versions.prune(root)
            shutil.rmtree(root / versions.BUILDING, ignore_errors=True)
    except OSError as error:
        raise LibraryError(
            f"What was learnt cannot be written: {error.strerror or error}",
            where=str(error.filename or root),
            cure="Make room or give write access there, then run the command again: it goes on "
            "where it stopped",
        ) from error
    return TrainReport(
        folder,
        made,
        card,
        matched.examples,
        matched.unknown,
        matched.repeated,
        tuple(stages.resumed),
    )


def learn(
    matched: Matched,
    titles: TitleTable,
    vectors: np.ndarray[Any, np.dtype[np.float16]],
    folder: Path,
    *,
    options: TrainOptions,
    sources: Sequence[str] = (),
    stages: Stages | None = None,
    measure: Measure | None = None,
    progress: BuildProgress | None = None,
) -> Card:
    """Fit all models and write what they learnt into the taste folder of a version.

    Args:
        matched: interactions; the item space of the models is the whole catalogue.
        titles: the catalogue.
        vectors: float16 [n, d], of the stories.
        folder: is made.
        options: what may be chosen.
        sources: names of the files the interactions came from.
        stages: where finished models are kept until all are; None means that a killed run begins
            anew.
        measure: measures the default model, which it learns a second time; None leaves it out.
        progress: is told how far the training has come.

    Raises:
        InputError: more memory is needed than is allowed.
        MissingExtraError: a model that was asked for needs a package that is not installed.
    """
    did, report, clock = matched.interactions, progress or _silent, _Clock()
    _room(vectors.size * _BYTES_A_VECTOR, options, "Reading the titles' vectors")
    features = item_features(titles, vectors)
    folder.mkdir(parents=True)
    rankings = tuple(dict.fromkeys((*options.models, taste.POPULAR)))

    def fit(kind: str, name: str, model: RankingModel | RatingModel, target: Path) -> None:
        stage = f"{kind} {name}"

        def make(into: Path) -> None:
            with clock.stage(stage):
                fitted = model.fit(did, features, seed=options.seed, progress=steps)
                fitted.save(into)

        def steps(what: str, done: int, total: int) -> None:
            report(f"{stage}: {what}", done, total)

        report(stage, 0, 1)
        if stages is None:
            make(target)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(
                stages.finished(f"{kind}-{name}", make), target, copy_function=link_file
            )
        report(stage, 1, 1)

    # First, so that what cannot be measured is refused before anything else is learnt.
    metrics = _measured(measure, did, features, options, stages, clock, report)
    for name in rankings:
        fit("ranking", name, options.ranking(name), folder / taste.RANKING / name)
    notes = [
        note
        for name in options.models
        # What a model of parts had to do without, it says itself.
        for note in getattr(open_recommender(folder / taste.RANKING / name), "degraded", ())
    ]
    rating, more = _fit_rating(fit, options, did, folder)

    # Without genres or times there is nothing to learn, and an answer says so if asked for it.
    if features.genre_names:
        with clock.stage("context"), suppress(InputError):
            fit_context(did, features).save(folder / taste.CONTEXT)

    totals = taste.Totals.of(did)
    taste.save_space(folder, np.arange(len(titles)), totals)
    ids = titles.table.column("ids").combine_chunks()
    pq.write_table(pa.table({"ids": ids}), folder / taste.NAMES, compression="zstd")
    ratings.write(folder, did)
    card = taste.Card(
        default=options.models[0],
        rankings=rankings,
        rating=rating,
        people=len(did.user_ids),
        titles=int((totals.people > 0).sum()),
        interactions=len(did),
        unmatched=matched.unmatched,
        sources=tuple(sources),
        seed=options.seed,
        seconds=clock.seconds,
        peak_mb=round(peak_mb(), 1),
        trained=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        metrics=metrics,
        notes=(*notes, *more),
    )
    taste.write_card(folder, card)
    return card


def _measured(
    measure: Measure | None,
    did: Interactions,
    features: ItemFeatures,
    options: TrainOptions,
    stages: Stages | None,
    clock: _Clock,
    report: BuildProgress,
) -> dict[str, Any]:
    """Return what was measured of the default model; nothing where that is not asked for."""
    if measure is None:
        return {}
    name = options.models[0]
    stage = f"measure {name}"

    def steps(what: str, done: int, total: int) -> None:
        report(f"{stage}: {what}", done, total)

    def make() -> Mapping[str, Any]:
        with clock.stage(stage):
            return measure(did, features, options.ranking(name), seed=options.seed, progress=steps)

    report(stage, 0, 1)
    found = finished(make, stages, f"measure-{name}")
    report(stage, 1, 1)
    return found


def _fit_rating(
    fit: Callable[[str, str, RankingModel | RatingModel, Path], None],
    options: TrainOptions,
    did: Interactions,
    folder: Path,
) -> tuple[str | None, tuple[str, ...]]:
    """Fit the model that predicts stars; return its name, and notes."""
    if options.rating == "":
        return None, ()
    if not (~np.isnan(did.values)).any():
        if options.rating is not None:
            raise InputError("There are no stars to learn from", cure="Leave the rating model away")
        return None, ("Nothing was rated with stars, so that none are predicted",)
    name = DEFAULT_RATING if options.rating is None else options.rating
    try:
        fit("rating", name, options.predictor(name), folder / taste.RATING)
        return name, ()
    except MissingExtraError as error:
        if options.rating is not None:
            raise
        shutil.rmtree(folder / taste.RATING, ignore_errors=True)
        fit("rating", WITHOUT_EXTRA, options.predictor(WITHOUT_EXTRA), folder / taste.RATING)
        return WITHOUT_EXTRA, (f"Stars are predicted by {WITHOUT_EXTRA}: {error}",)


class _Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def stage(self, name: str) -> _Stage:
        return _Stage(self, name)


class _Stage:
    def __init__(self, clock: _Clock, name: str) -> None:
        self._clock, self._name, self._started = clock, name, 0.0

    def __enter__(self) -> None:
        self._started = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._clock.seconds[self._name] = round(time.perf_counter() - self._started, 3)


def link(live: Path, staged: Path, made: Manifest) -> None:
    """Put the files of a version into a new folder, but what it learnt of taste."""
    for name in made.files:
        if not name.startswith(f"{taste.FOLDER}/"):
            target = staged / name
            target.parent.mkdir(parents=True, exist_ok=True)
            link_file(live / name, target)


def _fingerprint(did: Interactions, made: Manifest, options: TrainOptions) -> str:
    """Return 16 hexadecimal digits over all that what a model learns depends on."""
    digest = hashlib.sha256()
    for column in (did.users, did.items, did.actions, did.values, did.times):
        digest.update(np.ascontiguousarray(column).tobytes())
    parts = {
        "matinee": __version__,
        "people": list(did.user_ids),
        "catalogue": made.files[CATALOGUE].sha256,
        "vectors": made.files[VECTORS].sha256,
        "seed": options.seed,
        "parameters": {name: dict(given) for name, given in options.parameters.items()},
    }
    digest.update(json.dumps(parts, sort_keys=True, default=repr).encode())
    return digest.hexdigest()[:16]


def _capped(given: Interactions, options: TrainOptions) -> Interactions:
    _room(len(given) * _BYTES_A_ROW, options, f"Matching {len(given):,} interactions")
    return given


def _room(needed: int, options: TrainOptions, what: str) -> None:
    check_memory(needed, int(options.max_gb * GIBIBYTE), what=what, cure="Allow more with --max-gb")


def _silent(stage: str, done: int, total: int) -> None:
    del stage, done, total
