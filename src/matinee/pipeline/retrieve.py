"""The candidate lists of a search, and their fusion."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import IndexUnavailableError, ModelError
from matinee.half import widen
from matinee.index.postings import top
from matinee.pipeline.picture_lists import NO_MEANING, picture_lists, weighed
from matinee.query.request import SINGLE_LISTS
from matinee.rank.fusion import WeightedList, convex_combination, reciprocal_rank_fusion
from matinee.types import Ranked

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from matinee.catalogue.title import Title
    from matinee.pipeline.engine import Engine
    from matinee.pipeline.see import Seen
    from matinee.pipeline.understanding import Asked
    from matinee.query.knobs import Knobs
    from matinee.query.request import SearchRequest
    from matinee.rank.fusion import Fused
    from matinee.types import Rows, Vector

    Mask = npt.NDArray[np.bool_]

_log = logging.getLogger("matinee.pipeline")

_NAMES_K = 50
"""Names the title list holds; a franchise has fewer films, and beyond it names only resemble."""
_BILLED = 3
"""Actors whose other films count as similar; supporting players tie everything to everything."""


def look_up_names(engine: Engine, request: SearchRequest) -> Ranked | None:
    """Return the titles whose name the text may be.

    None for a method of one list, and for a picture without words.
    """
    if request.method in SINGLE_LISTS or (request.picture is not None and not request.text.strip()):
        return None
    return engine.names.search(request.text, _NAMES_K)


@dataclass(frozen=True, slots=True)
class Candidates:
    """What was found.

    Attributes:
        lists: by name: "dense" and "lexical" for the words of a request, "title" for names, "like"
            and "like words" for the films it should resemble, those of a picture
            (:mod:`matinee.pipeline.picture_lists`), and "known" where conditions are all it
            has.
        notes: what was out of order, as sentences.
        lacking: the same for programs: "meaning".
    """

    lists: Mapping[str, WeightedList]
    notes: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


def retrieve(
    engine: Engine,
    request: SearchRequest,
    asked: Asked,
    allowed: Mask | None,
    named: Ranked | None,
    seen: Seen | None = None,
) -> Candidates:
    """Return the candidates of a request.

    Where the encoder or the index of vectors fails, its words find what they can, whatever the
    method, and the answer says so.

    Args:
        engine: an open library.
        request: the request.
        asked: what its words ask.
        allowed: which rows, bool [n], may be candidates; None means all.
        named: titles whose name its text may be, None where that is of no account.
        seen: what its picture says, None where that is nothing.
    """
    knobs, k, method = request.knobs, request.k, request.method
    lists: dict[str, WeightedList] = {}
    query, scores = None, np.empty(0, np.float32)
    failed, out = False, dict[str, str]()
    if asked.meaning and method != "lexical":
        try:
            query = engine.encoder.encode_query(asked.meaning)
            ranked = engine.dense.search(query, max(k, knobs.dense_k), allowed=allowed)
            lists["dense"] = WeightedList(ranked, knobs.w_dense)
        except (ModelError, IndexUnavailableError) as error:
            _log.error("Search by meaning failed: %s", error)
            failed = True
    by_words = method == "lexical" or not asked.bare
    if asked.words and (failed or (method != "retrieval" and by_words)):
        scores = engine.lexical.scores(asked.words)
        wanted = scores if allowed is None else np.where(allowed, scores, np.float32(0.0))
        lists["lexical"] = WeightedList(top(wanted, max(k, knobs.sparse_k)), knobs.w_sparse)
    if len(asked.likes):
        near = alike(engine, asked.likes, knobs, k, allowed)
        failed = failed or "like" not in near
        single = {"retrieval": "like", "lexical": "like words"}.get(method)
        lists |= {single: near[single]} if single in near else near
    if named is not None and not len(asked.likes):
        lists["title"] = WeightedList(_within(named, allowed), knobs.w_title, graded=True)
    if seen is not None:
        pictured, out = picture_lists(engine, seen, knobs, k, allowed)
        lists = weighed(lists, pictured, seen, len(engine.catalogue), allowed)
    elif not lists or (asked.bare and method not in SINGLE_LISTS):
        lists["known"] = WeightedList(_best_known(engine, max(k, knobs.sparse_k), allowed), 1.0)
    if len(lists) > 1:
        completed: dict[str, WeightedList] = {}
        if query is not None and "dense" in lists:
            full = _completed(engine, query, lists)
            completed["dense"] = WeightedList(full, lists["dense"].weight)
        if "lexical" in lists:
            found = _completed_by_words(engine, scores, lists)
            completed["lexical"] = WeightedList(found, lists["lexical"].weight)
        lists |= completed
    if failed:
        out["meaning"] = NO_MEANING
    return Candidates(lists, tuple(out.values()), tuple(out))


def fuse(lists: Mapping[str, WeightedList], knobs: Knobs) -> Fused:
    """Return the lists as one."""
    if knobs.fusion == "rrf":
        return reciprocal_rank_fusion(lists, rrf_k=knobs.rrf_k)
    return convex_combination(lists)


def alike(
    engine: Engine, films: Rows, knobs: Knobs, k: int, allowed: Mask | None
) -> dict[str, WeightedList]:
    """Return the lists of titles near all of some films: near their mean, and of their words.

    The first is missing where the index of vectors fails.
    """
    mean = widen(engine.vectors[films]).sum(axis=0)
    unit = mean / np.linalg.norm(mean)
    words = " ".join(subject(film) for film in engine.catalogue.titles(films.tolist()))
    by_words = engine.lexical.search(words, max(k, knobs.sparse_k), allowed=allowed)
    lists = {"like words": WeightedList(by_words, knobs.w_sparse)}
    try:
        near = engine.dense.search(unit, max(k, knobs.dense_k), allowed=allowed)
    except IndexUnavailableError as error:
        _log.error("Likeness by meaning failed: %s", error)
        return lists
    return {"like": WeightedList(near, knobs.w_dense), **lists}


def subject(film: Title) -> str:
    """Return the words a film's likes would have: subjects, genres, makers and leads."""
    return " ".join(
        (*film.keywords, *film.genres, *film.directors, *film.cast[:_BILLED], film.overview or "")
    )


def _best_known(engine: Engine, k: int, allowed: Mask | None) -> Ranked:
    values = engine.prior.values
    rows = np.arange(len(values)) if allowed is None else np.flatnonzero(allowed)
    order = np.lexsort((rows, -values[rows]))[:k]
    return Ranked(rows[order].astype(np.int64), values[rows[order]].astype(np.float32))


def _completed(engine: Engine, query: Vector, lists: Mapping[str, WeightedList]) -> Ranked:
    """Return the dense list with the candidates of the other lists added to it.

    A title found by its words alone has a meaning too; without it the fusion would take what the
    vector index did not reach for entirely unlike the query.
    """
    own = lists["dense"].ranked
    missing = _missing(engine, own, lists)
    cosines = widen(engine.vectors[missing]) @ query
    rows = np.concatenate([own.rows, missing])
    scores = np.concatenate([own.scores, cosines]).astype(np.float32)
    order = np.lexsort((rows, -scores))
    return Ranked(rows[order], scores[order])


def _completed_by_words(
    engine: Engine, scores: npt.NDArray[np.float32], lists: Mapping[str, WeightedList]
) -> Ranked:
    """Return the word list with those candidates of the other lists added that share a word.

    Five hundred titles have more words of a long description than a title has that is near it in
    meaning; what that one does have counts all the same.
    """
    own = lists["lexical"].ranked
    missing = _missing(engine, own, lists)
    missing = missing[scores[missing] > 0]
    # The index left them out because all of its own list score higher.
    more = missing[np.lexsort((missing, -scores[missing]))]
    return Ranked(np.concatenate([own.rows, more]), np.concatenate([own.scores, scores[more]]))


def _missing(engine: Engine, own: Ranked, lists: Mapping[str, WeightedList]) -> Rows:
    """Return the rows of any list that are not in ``own``, ascending."""
    flags = np.zeros(len(engine.catalogue), np.bool_)
    for entry in lists.values():
        flags[entry.ranked.rows] = True
    flags[own.rows] = False
    return np.flatnonzero(flags)


def _within(ranked: Ranked, allowed: Mask | None) -> Ranked:
    if allowed is None:
        return ranked
    kept = allowed[ranked.rows]
    return Ranked(ranked.rows[kept], ranked.scores[kept])
