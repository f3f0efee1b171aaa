"""What the models are compared on: splits of the evaluation data, as files and with the answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from matinee.evaluate import topn
from matinee.evaluate.dataset import read_dataset
from matinee.evaluate.protocols import ranking_split, rating_split
from matinee.evaluate.stars import measure_stars
from matinee.interaction import LEAST_STARS, MOST_STARS, Histories, Interactions
from matinee.taste.preference import Preference
from matinee.types import Predicted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    from matinee.evaluate.splits import Held

    Values = npt.NDArray[np.float64]


class Task(Protocol):
    """A question asked of several models."""

    kind: str
    """``stars`` or ``ranking``: which of our models can answer."""
    first: str
    """The measure that is tested for differences."""
    facts: Mapping[str, Any]
    """Data, protocol, seed, sizes."""

    def write(self, path: Path) -> None:
        """Write what the models may know."""

    def measure(self, values: npt.NDArray[np.float32]) -> tuple[dict[str, float], Values]:
        """Return the metrics of an answer, and ``first`` for each person asked."""


@dataclass(frozen=True)
class Stars:
    """Predict the stars of held-out ratings."""

    facts: Mapping[str, Any]
    train: Interactions
    test: Interactions
    features: Mapping[str, npt.NDArray[Any]]
    kind: str = "stars"
    first: str = "squared_error"

    @classmethod
    def read(cls, folder: Path, protocol: str, seed: int, *, inner: bool) -> Stars:
        data = read_dataset(folder)
        did = data.interactions
        split = rating_split(protocol, did, seed=seed)
        if inner:
            did = did.take(split.train_rows)
            split = rating_split(protocol, did, seed=seed)
        train, test = did.take(split.train_rows), did.take(split.test_rows)
        facts = {"data": folder.name, "protocol": protocol, "seed": seed, "inner": inner}
        facts |= {"people": len(did.user_ids), "train": len(train), "test": len(test)}
        return cls(facts, train, test, _features(data.features))

    def write(self, path: Path) -> None:
        told = Histories.of(self.train)
        asked = {
            "asked": self.test.users,
            "asked_items": self.test.items,
            "asked_times": self.test.times,
        }
        np.savez(path, kind=self.kind, **_known(self.train, told), **asked, **self.features)

    def measure(self, values: npt.NDArray[np.float32]) -> tuple[dict[str, float], Values]:
        stars = np.clip(values, LEAST_STARS, MOST_STARS)
        found = measure_stars(self.test, Predicted(stars))
        return dict(found.metrics), found.per_person[self.first]


@dataclass(frozen=True)
class Ranking:
    """Find the further titles of people among all titles."""

    facts: Mapping[str, Any]
    train: Interactions
    held: Held
    candidates: npt.NDArray[np.bool_]
    features: Mapping[str, npt.NDArray[Any]]
    kind: str = "ranking"
    first: str = "ndcg@100"

    @classmethod
    def read(cls, folder: Path, protocol: str, seed: int, *, inner: bool) -> Ranking:
        data = read_dataset(folder)
        split = ranking_split(protocol, data.interactions, seed=seed)
        held = split.test
        if inner and split.validation is not None:
            held = split.validation
        elif inner:
            split = ranking_split(protocol, split.train, seed=seed)
            held = split.test
        facts = {"data": folder.name, "protocol": protocol, "seed": seed, "inner": inner}
        facts |= {"people": len(held), "titles": int(split.candidates.sum())}
        return cls(facts, split.train, held, split.candidates, _features(data.features))

    def write(self, path: Path) -> None:
        asked = {"asked": self.held.folded.users, "asked_items": np.zeros(0, np.int64)}
        known = _known(self.train, self.held.folded)
        np.savez(path, kind=self.kind, **known, **asked, **self.features)

    def measure(self, values: npt.NDArray[np.float32]) -> tuple[dict[str, float], Values]:
        allowed = np.tile(self.candidates, (len(values), 1))
        allowed[self.held.masked.owners, self.held.masked.items] = False
        lists = topn.best(values, topn.DEPTH, allowed)
        found = topn.measure(lists, self.held.targets, len(self.candidates))
        return {name: float(each.mean()) for name, each in found.items()}, found[self.first]


def _known(train: Interactions, told: Histories) -> dict[str, npt.NDArray[Any]]:
    """Return what may be learnt from and what is told of people, as columns."""
    weigh = Preference()
    return {
        "people": np.array(len(train.user_ids)),
        "titles": np.array(len(train.item_ids)),
        "users": train.users,
        "items": train.items,
        "values": train.values,
        "actions": train.actions,
        "times": train.times,
        "positive": weigh.weights(train) > 0,
        "told_rows": told.owners,
        "told_items": told.items,
        "told_values": told.values,
        "told_actions": told.actions,
        "told_times": told.times,
        "told_positive": weigh.weights(told) > 0,
        "told_users": told.users,
    }


def _features(features: Any) -> dict[str, npt.NDArray[Any]]:
    return {
        "years": features.years,
        "genres": features.genres,
        "genre_names": np.array(list(features.genre_names), np.str_),
    }
