"""The members of the blend: which there are, how each is learnt, and what may be missing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import InputError, MissingExtraError
from matinee.interaction import NO_TIME
from matinee.taste.blend_linear import fit_linear, fit_vectors
from matinee.taste.content import ContentTaste
from matinee.taste.ease import Rdlae
from matinee.taste.ials import Ials
from matinee.taste.popularity import Popularity
from matinee.taste.sequence import Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matinee.interaction import Interactions, ItemFeatures
    from matinee.protocols import Recommender
    from matinee.taste.preference import Preference

LINEAR, IALS, WIDE = "linear", "ials", "ials-wide"
CONTENT, SEQUENCE, POPULARITY = "content", "sequence", "popularity"
MEMBERS = (LINEAR, IALS, WIDE, CONTENT, SEQUENCE, POPULARITY)
"""Members in the order of their weights."""
SIGNALS: Mapping[str, str] = {
    LINEAR: "collaborative",
    IALS: "collaborative",
    WIDE: "collaborative",
    CONTENT: "content",
    SEQUENCE: "recent",
    POPULARITY: "popular",
}
"""What kind of evidence a member is; content tells its own kinds apart."""
_TIMED = 0.5
"""Share of interactions with a time from which the order in which people watch is learnt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How the collaborative members are learnt.

    Attributes:
        ridge: of the weights between titles.
        dropout: likewise; .5 and a ridge of 200 with lower ratings as weak entries have NDCG@100
            .4295 where .4 has .4292 and .33 with 300 has .4280 (1,500 people of training and
            validation, MovieLens 1M).
        relaxation: likewise.
        weak: weight of a rating that does not speak for a title. Four ways to grade it by stars,
            from .2 to .7, differ by .001 of NDCG@100; this one weight for all was not compared.
        factors: length of the vectors of both iALS members; 256 in the wide one
            add .003 to the R@20 of the blend and take .002 off its NDCG@100.
        regularisation: of the vectors learnt from what speaks for titles.
        wide_regularisation: of those learnt from all that was watched, which has more entries to
            stay beside: of 25, 35, 50 and 100 best in the blend.
        max_items: titles that get weights between them.
        feature_weight: weight of what titles share, as rows beside those of people.
    """

    ridge: float = 200.0
    dropout: float = 0.5
    relaxation: float = 0.3
    weak: float = 0.5
    factors: int = 128
    regularisation: float = 50.0
    wide_regularisation: float = 35.0
    max_items: int = 12_000
    feature_weight: float = 1.0


def is_timed(interactions: Interactions) -> bool:
    """Return whether enough times are known to learn from the order in which people watch."""
    return bool(len(interactions)) and float(np.mean(interactions.times != NO_TIME)) >= _TIMED


def fit_members(
    interactions: Interactions,
    features: ItemFeatures | None,
    recipe: Recipe,
    preference: Preference,
    *,
    timed: bool,
    seed: int,
    progress: Callable[[str, int, int], None] | None,
) -> tuple[dict[str, Recommender], tuple[str, ...]]:
    """Learn all members that can be learnt; ``timed`` has the order of titles learnt from.

    Returns:
        The members by name, and in plain sentences which are missing though they need not be.

    Raises:
        InputError: nothing speaks for a title.
    """
    # Counts and neighbours in time go by what speaks for titles; so do the narrow vectors.
    strict = replace(preference, neutral=0.0)
    linear = Rdlae(
        preference=preference,
        ridge=recipe.ridge,
        dropout=recipe.dropout,
        relaxation=recipe.relaxation,
        max_items=recipe.max_items,
        feature_weight=recipe.feature_weight,
    )
    found: dict[str, Recommender] = {
        LINEAR: fit_linear(interactions, features, linear, recipe.weak, progress)
    }
    missing: list[str] = []
    try:
        narrow = Ials(
            preference=strict,
            factors=recipe.factors,
            regularisation=recipe.regularisation,
        )
        found[IALS] = narrow.fit(interactions, seed=seed, progress=progress)
        if preference.positive is not None:
            wide = Ials(
                preference=preference,
                factors=recipe.factors,
                regularisation=recipe.wide_regularisation,
            )
            found[WIDE] = fit_vectors(interactions, wide, recipe.weak, seed, progress)
    except MissingExtraError as error:
        missing.append(f"The blend lacks its iALS members: {error}")
    if features is not None:
        try:
            content = ContentTaste(preference=strict)
            found[CONTENT] = content.fit(interactions, features, seed=seed, progress=progress)
        except InputError as error:
            missing.append(f"The blend lacks its content member: {error}")
    if timed:
        order = Sequence(preference=strict)
        found[SEQUENCE] = order.fit(interactions, seed=seed, progress=progress)
    popularity = Popularity(preference=strict)
    found[POPULARITY] = popularity.fit(interactions, progress=progress)
    return found, tuple(missing)
