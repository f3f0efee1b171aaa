"""What the posters of a library add to its texts, measured on itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from matinee.assembly.backtesting import learnt_from
from matinee.catalogue.document import encoder_text
from matinee.errors import IndexUnavailableError, InputError
from matinee.evaluate.posters import Known, Likes, PosterStudy, Views, liked_together
from matinee.half import widen
from matinee.pipeline.recommend import taste_of
from matinee.taste.preference import Preference

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.assembly.library import Library
    from matinee.evaluate.posters import Findings

MOST = 3_000
"""Titles measured on, drawn where there are more: a linear model of so many takes seconds."""


@dataclass(frozen=True, slots=True)
class PosterReport:
    """What was measured, and on what.

    Attributes:
        findings: the figures.
        titles: how many were measured on.
        encoder: what made the vectors of the posters.
        notes: what could not be measured, as sentences.
    """

    findings: Findings
    titles: int
    encoder: str
    notes: tuple[str, ...]


def study_posters(
    library: Library, *, study: PosterStudy | None = None, seed: int = 0, most: int = MOST
) -> PosterReport:
    """Measure texts, posters and both on genres, cold titles and likeness.

    What people liked is what the library learnt taste from; without it genres are all there is.

    Args:
        library: one built with posters.
        study: what is measured.
        seed: of everything random.
        most: titles measured on.

    Raises:
        IndexUnavailableError: the library has no vectors of posters.
        InputError: there are too few titles.
    """
    engine = library.engine
    index = engine.pictures.index
    if index is None:
        raise IndexUnavailableError(
            "The library has no vectors of posters",
            cure="Build it with them: matinee models pull clip, then matinee build … --posters …",
        )
    rows = index.rows
    if len(rows) > most:
        rows = np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
    views = Views(widen(engine.vectors[rows]), index.poster_vectors(rows)[1])
    notes: list[str] = []
    likes: Likes | None = None
    known: Known | None = None
    if library.taste is None:
        notes.append(
            "The library has learnt from nobody: cold titles and likeness were not measured "
            "(matinee train taste)"
        )
    else:
        likes = _likes(library, rows)
        try:
            known = liked_together(likes, len(rows))
        except InputError as error:
            notes.append(f"Likeness was not measured: {error.what}")
    coded = engine.columns.coded("genres")
    genres = np.zeros((len(engine.catalogue), len(coded.names)), np.bool_)
    genres[coded.rows, coded.codes] = True
    titles = engine.catalogue.titles(rows.tolist())
    # The document of a title names its genres: what is to be found must not be told.
    stories = engine.encoder.encode_documents(
        [encoder_text(replace(title, genres=())) for title in titles]
    )
    findings = (study or PosterStudy()).run(
        views, genres=genres[rows], stories=stories, likes=likes, known=known, seed=seed
    )
    return PosterReport(findings, len(rows), index.spec.name, tuple(notes))


def _likes(library: Library, rows: npt.NDArray[np.int64]) -> Likes:
    """Return what people liked of the titles measured on."""
    did, _ = learnt_from(library)
    did = did.take(Preference().favours(did))
    place = np.full(len(library), -1, np.int64)
    place[rows] = np.arange(len(rows))
    found = place[taste_of(library.engine).rows[did.items]]
    pairs = np.unique(np.stack([did.users, found], axis=1)[found >= 0], axis=0)
    return Likes(pairs[:, 0], pairs[:, 1])
