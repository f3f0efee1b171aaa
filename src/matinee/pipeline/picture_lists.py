"""The candidate lists of a picture, and what they weigh beside those of words."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import IndexUnavailableError, ModelError
from matinee.half import widen
from matinee.index.postings import top
from matinee.pipeline.see import without
from matinee.rank.fusion import WeightedList
from matinee.types import Ranked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    from matinee.index.pictures import PictureIndex
    from matinee.pictures.signature_index import PosterMatch
    from matinee.pipeline.engine import Engine
    from matinee.pipeline.see import Seen
    from matinee.query.knobs import Knobs
    from matinee.types import Rows, Vector

    Mask = npt.NDArray[np.bool_]
    Values = npt.NDArray[np.float32]

_log = logging.getLogger("matinee.pipeline")

W_POSTER = 3.0
"""Weight of a recognised poster, where all other lists of the picture together weigh 1: whoever
sends a poster means that film, as whoever types a name does. At 3 it is first above a similarity of
.4, though another film be best in all other lists and the best known of the catalogue."""
W_PICTURE: Mapping[str, float] = {"picture": 1.0, "picture text": 1.0}
"""Weights of nearness to posters and to texts, beside those of the caption, which are the knobs for
meaning and words. No weights of CLIP could be run where this was made, so nothing was measured, and
what is not measured counts alike."""
NO_MEANING = "Search by meaning is out of order: this was found by words and names alone"
_NOTHING = Ranked(np.empty(0, np.int64), np.empty(0, np.float32))


@dataclass(frozen=True, slots=True)
class PictureList:
    """A candidate list of a picture that can tell of other rows as well how well they fit.

    Attributes:
        ranked: the best rows.
        weight: beside the other lists of the picture.
        more: returns those of rows [m], none of them in the list, that fit as well.
    """

    ranked: Ranked
    weight: float
    more: Callable[[Rows], Ranked]

    def completed(self, candidates: Mask) -> Ranked:
        """Return the list with those candidates, bool [n], added that fit and are not in it."""
        missing = candidates.copy()
        missing[self.ranked.rows] = False
        more = self.more(np.flatnonzero(missing))
        rows = np.concatenate([self.ranked.rows, more.rows])
        scores = np.concatenate([self.ranked.scores, more.scores])
        return _fitting(rows, scores)


def picture_lists(
    engine: Engine, seen: Seen, knobs: Knobs, k: int, allowed: Mask | None
) -> tuple[dict[str, PictureList], dict[str, str]]:
    """Return the lists of a picture, and what is out of order, as a sentence for each flag.

    "picture" and "picture text": posters and texts near its vector; "caption" and "caption words":
    titles near its caption, and with words of it. A title without a poster is in no list of
    posters.

    Raises:
        IndexUnavailableError: the index of posters does not answer, and there is nothing else.
    """
    lists: dict[str, PictureList] = {}
    lacking: dict[str, str] = {}
    if seen.vector is not None and engine.pictures.index is not None:
        try:
            size, deep = len(engine.catalogue), max(k, knobs.dense_k)
            lists |= _near(engine.pictures.index, seen.vector, size, deep, allowed)
        except IndexUnavailableError as error:
            if seen.told.route == "embedding":
                raise
            _log.error("The index of posters failed: %s", error)
            lacking["pictures"] = without("pictures", error)
    if seen.caption:
        try:
            lists["caption"] = _by_meaning(
                engine, seen.caption, knobs.w_dense, max(k, knobs.dense_k), allowed
            )
        except (ModelError, IndexUnavailableError) as error:
            _log.error("Search by the meaning of a caption failed: %s", error)
            lacking["meaning"] = NO_MEANING
        scores = engine.lexical.scores(seen.caption)
        wanted = scores if allowed is None else np.where(allowed, scores, np.float32(0.0))
        lists["caption words"] = PictureList(
            top(wanted, max(k, knobs.sparse_k)),
            knobs.w_sparse,
            lambda rows: _fitting(rows, scores[rows]),
        )
    return lists, lacking


def _near(
    index: PictureIndex, vector: Vector, size: int, deep: int, allowed: Mask | None
) -> dict[str, PictureList]:
    """Return posters near a vector, and texts, if there are any."""
    lists = {}
    for name, search in (("picture", index.posters), ("picture text", index.texts)):
        found = search(vector, deep, allowed=allowed)
        if found is not None:
            more = partial(_among, search, vector, size)
            lists[name] = PictureList(_fitting(found.rows, found.scores), W_PICTURE[name], more)
    return lists


def _among(search: Callable[..., Ranked | None], vector: Vector, size: int, rows: Rows) -> Ranked:
    """Return those of rows [m], of ``size`` titles, that are near a vector."""
    mask = np.zeros(size, np.bool_)
    mask[rows] = True
    found = search(vector, len(rows), allowed=mask) if len(rows) else None
    return _NOTHING if found is None else _fitting(found.rows, found.scores)


def _by_meaning(
    engine: Engine, text: str, weight: float, deep: int, allowed: Mask | None
) -> PictureList:
    query = engine.encoder.encode_query(text)
    found = engine.dense.search(query, deep, allowed=allowed)
    return PictureList(
        _fitting(found.rows, found.scores),
        weight,
        lambda rows: _fitting(rows, widen(engine.vectors[rows]) @ query),
    )


def _fitting(rows: Rows, scores: Values) -> Ranked:
    """Return the rows with a score above 0, best first."""
    rows, scores = rows[scores > 0], scores[scores > 0]
    order = np.lexsort((rows, -scores))
    return Ranked(rows[order], scores[order].astype(np.float32, copy=False))


def weighed(
    lists: Mapping[str, WeightedList],
    pictured: Mapping[str, PictureList],
    seen: Seen,
    size: int,
    allowed: Mask | None,
) -> dict[str, WeightedList]:
    """Return the lists of words and of a picture, each with its weight, in one mapping.

    The lists of either side keep their proportions. Those that found anything by words weigh
    ``seen.words_weight`` together, those of the picture ``seen.weight``; lists of names and of
    recognised posters ("poster") come on top, as they mostly find nothing.

    Args:
        lists: of the words.
        pictured: of the picture.
        seen: the picture.
        size: n, titles in the catalogue.
        allowed: which rows, bool [n], may be candidates; None means all.
    """
    recognised = _recognised_rows(seen.matches, allowed)
    found = [recognised, *(entry.ranked for entry in pictured.values())]
    found += [entry.ranked for entry in lists.values()]
    candidates = np.zeros(size, np.bool_)
    for ranked in found:
        candidates[ranked.rows] = True
    by_picture = {
        name: WeightedList(entry.completed(candidates), entry.weight)
        for name, entry in pictured.items()
    }
    return {
        **_scaled(lists, seen.words_weight),
        **_scaled(by_picture, seen.weight),
        "poster": WeightedList(recognised, W_POSTER * seen.weight, graded=True),
    }


def _recognised_rows(matches: tuple[PosterMatch, ...], allowed: Mask | None) -> Ranked:
    best: dict[int, float] = {}
    for match in matches:
        if allowed is None or allowed[match.row]:
            best[match.row] = max(match.similarity, best.get(match.row, 0.0))
    return _fitting(np.array(list(best), np.int64), np.array(list(best.values()), np.float32))


def _scaled(lists: Mapping[str, WeightedList], total: float) -> dict[str, WeightedList]:
    """Return lists with weights of which those of ungraded lists that found anything sum up."""
    found = [e.weight for e in lists.values() if not e.graded and len(e.ranked)]
    whole = sum(found) or sum(entry.weight for entry in lists.values()) or 1.0
    return {
        name: WeightedList(entry.ranked, entry.weight * total / whole, entry.graded)
        for name, entry in lists.items()
    }
