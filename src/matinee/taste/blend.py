"""The learned blend of all models that rank, which is the default.

The score of a title is ``sum over members of w_m(h) / s_m(h) * score_m``, where h is how many
titles the history speaks for, and weights and scales come from people held out of learning
(:mod:`matinee.taste.blend_lessons`). Members are told by :mod:`matinee.taste.blend_members`. All
titles of a person are scored on one scale; there is no second stage.

Stacked generalisation: Wolpert 1992. What was measured is in decision 12.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import LibraryCorruptError
from matinee.taste import closed_form
from matinee.taste.blend_lessons import learn_weights
from matinee.taste.blend_linear import titles_kept
from matinee.taste.blend_members import (
    CONTENT,
    MEMBERS,
    SIGNALS,
    Recipe,
    fit_members,
    is_timed,
)
from matinee.taste.blend_weights import ANCHORS, Weights, usual_weights
from matinee.taste.content_signals import SIGNALS as SIGNALS_OF_CONTENT
from matinee.taste.folds import parts, wanted, whole
from matinee.taste.memory import GIBIBYTE, check_memory
from matinee.taste.preference import Preference
from matinee.taste.storage import MODEL, load_values, save_model
from matinee.types import Contributions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy.typing as npt

    from matinee.interaction import Histories, Interactions, ItemFeatures
    from matinee.protocols import Recommender
    from matinee.types import Rows

NAME = "blend"
USUAL: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "linear": (0.0, 0.5, 0.5, 0.5, 0.5, 0.5),
        "ials": (0.0, 0.2, 0.25, 0.25, 0.25, 0.25),
        "ials-wide": (0.0, 0.2, 0.25, 0.25, 0.25, 0.25),
        "content": (0.0, 0.1, 0.1, 0.05, 0.05, 0.0),
        "sequence": (0.0, 0.05, 0.05, 0.05, 0.05, 0.05),
        "popularity": (1.0, 0.2, 0.1, 0.05, 0.0, 0.0),
    }
)
"""Weights at the anchors from which learning starts."""
LEAST: Mapping[str, float] = MappingProxyType({"popularity": -0.5})
"""Least weights; 0 of all others, so that what a person likes never speaks against its like."""
_BESIDE = 512 * 2**20
"""Bytes for matrices of people, vectors and lessons, beside the squares of titles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """The blend, before anything is learnt.

    Attributes:
        preference: how interactions are weighed.
        recipe: how the collaborative members are learnt.
        folds: parts that people are cut into, each held out in turn until ``enough`` are.
        enough: people from whom weights are learnt, if there are so many.
        fewest: people below whom the usual weights are kept.
        caution: standard errors by which a change of a weight must pay.
        max_bytes: most memory that fitting may take.
    """

    preference: Preference = field(default_factory=Preference)
    recipe: Recipe = field(default_factory=Recipe)
    folds: int = 5
    enough: int = 800
    fold_items: int = 4_000
    fewest: int = 100
    caution: float = 1.0
    max_bytes: int = 4 * GIBIBYTE

    @property
    def name(self) -> str:
        """The public name of the model."""
        return NAME

    def fit(
        self,
        interactions: Interactions,
        features: ItemFeatures | None = None,
        *,
        seed: int = 0,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> FittedBlend:
        """Learn the weights on people held out, then all members on everybody.

        Without ``implicit``, or without features, there are fewer members; what could have been is
        said by :attr:`FittedBlend.degraded`.

        Raises:
            InputError: nothing speaks for a title, or the memory needed is above the cap.
        """
        # One order whatever the order of the rows, by which seeded draws go.
        rows = np.lexsort((interactions.items, interactions.times, interactions.users))
        interactions = interactions.take(rows)
        kept = len(titles_kept(interactions, self.preference, self.recipe.max_items))
        check_memory(
            closed_form.peak_bytes(kept, len(interactions)) + _BESIDE,
            self.max_bytes,
            what=f"Learning the blend of {kept} titles",
            cure="Take fewer titles (max_items of the recipe), or allow more (max_bytes)",
            progress=progress,
        )

        timed = is_timed(interactions)

        def fit(
            did: Interactions, recipe: Recipe
        ) -> tuple[dict[str, Recommender], tuple[str, ...]]:
            return fit_members(
                did,
                features,
                recipe,
                self.preference,
                timed=timed,
                seed=seed,
                progress=progress,
            )

        members, degraded = fit(interactions, self.recipe)
        fewer = min(self.fold_items, self.recipe.max_items)
        short = replace(self.recipe, max_items=fewer)
        held = parts(interactions, self.preference, self.folds, self.enough, seed)
        enough = sum(map(len, held)) >= self.fewest
        if not enough:
            # Scales alone are told by the people learnt from.
            held = [whole(interactions, self.preference, seed)]
        weights = learn_weights(
            held,
            lambda part: fit(part.train, short)[0] if enough else members,
            usual_weights(USUAL, list(members)),
            list(members),
            np.array([LEAST.get(name, 0.0) for name in members]),
            caution=self.caution if enough else np.inf,
            seed=seed,
        )
        return FittedBlend(self.preference, members, weights, degraded)


class FittedBlend:
    """Members and their weights; implements ``Recommender``.

    Attributes:
        degraded: what the blend lacks that it could have, in plain sentences.
        weights: of the members, by the length of a history.
    """

    def __init__(
        self,
        preference: Preference,
        members: Mapping[str, Recommender],
        weights: Weights,
        degraded: tuple[str, ...] = (),
    ) -> None:
        """Take what was learnt; ``members`` in the order of the columns of ``weights``."""
        self._preference = preference
        self._members = dict(members)
        self.weights = weights
        self.degraded = degraded

    @property
    def name(self) -> str:
        """The public name of the model."""
        return NAME

    @property
    def members(self) -> Mapping[str, Recommender]:
        """The members by name."""
        return MappingProxyType(self._members)

    def __len__(self) -> int:
        return len(next(iter(self._members.values())))

    def score(self, histories: Histories, items: Rows | None = None) -> npt.NDArray[np.float32]:
        """Return the scores of titles for each person, float32 [b, n] or [b, m] of ``items``."""
        found = np.zeros((len(histories), len(self) if items is None else len(items)), np.float32)
        for (_, member), factor in zip(
            self._members.items(), self._factors(histories).T, strict=True
        ):
            if factor.any():
                found += factor[:, None] * member.score(histories, items)
        return found

    def explain(self, history: Histories, items: Rows) -> Contributions:
        """Return what each title of the history gives by kind of evidence.

        Signals are ``collaborative``, those of the content member, ``recent`` and ``popular``; each
        member tells its own parts, which add up to its share of the score. Taking a title out also
        shifts the weights, which go by the length of the history: what then really changes is for
        the explanation to find out, by scoring again.
        """
        signals = self.signals
        base = np.zeros((len(signals), len(items)), np.float32)
        titles = np.zeros((len(signals), len(history.items), len(items)), np.float32)
        for column, (name, member) in enumerate(self._members.items()):
            factor = float(self._factors(history)[0, column])
            if factor:
                told = member.explain(history, items)
                for row, signal in enumerate(told.signals):
                    place = signals.index(signal if name == CONTENT else SIGNALS[name])
                    base[place] += factor * told.base[row]
                    titles[place] += factor * told.titles[row]
        return Contributions(signals, base, titles)

    @property
    def signals(self) -> tuple[str, ...]:
        """Kinds of evidence, in the order of explanations."""
        kinds = (
            SIGNALS_OF_CONTENT if name == CONTENT else (SIGNALS[name],) for name in self._members
        )
        return tuple(dict.fromkeys(signal for each in kinds for signal in each))

    def save(self, folder: Path) -> None:
        """Write the weights into a folder, and each member into one below it."""
        values = {
            "members": list(self._members),
            "weights": self.weights.weights.tolist(),
            "scales": self.weights.scales.tolist(),
            "preference": asdict(self._preference),
            "degraded": list(self.degraded),
        }
        save_model(folder, NAME, values, {})
        for name, member in self._members.items():
            member.save(folder / name)

    @classmethod
    def open(cls, folder: Path) -> FittedBlend:
        """Open what was saved, mapped into memory.

        Raises:
            LibraryCorruptError: the folder is damaged.
        """
        # The table of models names this module, so it is read only now.
        from matinee.taste.named import open_recommender

        values = load_values(folder)
        try:
            names = [name for name in values["members"] if name in MEMBERS]
            weights = Weights(
                members=tuple(names),
                weights=np.array(values["weights"], np.float64),
                scales=np.array(values["scales"], np.float64),
            )
            shape = (len(ANCHORS), len(values["members"]))
            if not names or weights.weights.shape != shape or weights.scales.shape != shape:
                raise ValueError("the weights do not fit the members")
            if len(names) < shape[1] or not (weights.scales > 0).all():
                raise ValueError("a member is not known, or a scale is not above 0")
            preference = Preference(**values["preference"])
            degraded = tuple(map(str, values["degraded"]))
        except (KeyError, TypeError, ValueError) as error:
            raise LibraryCorruptError(
                f"A model of taste cannot be read: {error}",
                where=str(folder / MODEL),
                cure="Train again with: matinee train taste",
            ) from error
        members = {name: open_recommender(folder / name) for name in names}
        if len(set(map(len, members.values()))) > 1:
            raise LibraryCorruptError(
                "The members of the blend are of different numbers of titles",
                where=str(folder),
                cure="Train again with: matinee train taste",
            )
        return cls(preference, members, weights, degraded)

    def _factors(self, histories: Histories) -> npt.NDArray[np.float32]:
        """Return what each member's scores are multiplied with, float32 [b, members]."""
        # Only what speaks for titles counts: a dislike must not change the weight of all else.
        counted = histories.owners[wanted(histories, self._preference)]
        lengths = np.bincount(counted, minlength=len(histories))
        # Who has said only what they dislike is listened to as well.
        return self.weights.at(np.maximum(lengths, np.minimum(histories.lengths, 1)))
