"""Which ratings a stack holds out from its own models, to learn how to combine them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.taste.rating_data import Ratings

    Mask = npt.NDArray[np.bool_]

INNER = ("random", "person", "late")

_SHARE = 0.2
"""Of each person's ratings that are held out, the last."""

_CUTS = (0.5, 0.65, 0.8, 1.0)
"""Shares of all ratings by time: up to one is learnt from, up to the next is held out."""


def inner_splits(ratings: Ratings, kind: str, folds: int, seed: int) -> list[tuple[Mask, Mask]]:
    """Return (learnt from, held out) pairs of masks of the ratings.

    ``random`` deals them into ``folds`` parts, each held out once: right for pairs among the
    ratings known. ``person`` holds out each person's last fifth: right for what the same people
    do next. ``late`` holds out what followed three moments: right for what everybody does next,
    most of them new.

    Raises:
        InputError: there is no such kind, or it needs times and they are not known.
    """
    if kind not in INNER:
        raise InputError(
            "There is no such inner split", where=kind, cure=f"Take one of {', '.join(INNER)}"
        )
    if kind == "random":
        part = np.random.default_rng(seed).permutation(len(ratings)) % folds
        return [(part != each, part == each) for each in range(folds)]
    if not ratings.timed:
        raise InputError(
            "The inner split needs times, and not all are known", where=kind, cure="Take random"
        )
    if kind == "person":
        offsets = ratings.offsets
        place = np.arange(len(ratings)) - offsets[ratings.users]
        number = np.diff(offsets)[ratings.users]
        late = place >= number - np.rint(number * _SHARE)
        return [(~late, late)]
    order = np.argsort(ratings.times, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    cuts = np.rint(np.array(_CUTS) * len(ratings))
    return [(rank < low, (rank >= low) & (rank < high)) for low, high in pairwise(cuts)]
