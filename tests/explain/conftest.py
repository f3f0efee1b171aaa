"""Two small recommenders whose scores can be worked out by hand: one adds up, one does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from matinee.explain.wording import Label, Shared
from matinee.interaction import Action, Histories
from matinee.types import Contributions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


class Linear:
    """Scores are a popularity plus, for each entry, its row of two item-item matrices."""

    name = "linear-fake"

    def __init__(self, n: int, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.signals = ("collaborative", "story", "popular")
        self.base = np.abs(rng.normal(size=n)).astype(np.float32)
        self.weights = rng.normal(0.3, 1, (2, n, n)).astype(np.float32)
        self.asked: list[int] = []

    def __len__(self) -> int:
        return len(self.base)

    def score(self, histories, items=None):
        self.asked.append(len(histories))
        rows = [self.base + self.weights[:, h.items].sum(axis=(0, 1)) for h in histories]
        scores = np.stack(rows).astype(np.float32)
        return scores if items is None else scores[:, items]

    def explain(self, history, items):
        given = self.weights[:, history.items][:, :, items]
        base = np.zeros((3, len(items)), np.float32)
        base[2] = self.base[items]
        return Contributions(
            self.signals, base, np.concatenate((given, np.zeros_like(given[:1]))).astype(np.float32)
        )

    def save(self, folder: Path) -> None:
        raise AssertionError("a fake is never saved")


class Saturating:
    """The more speaks for a title, the less one more adds: ``1 - prod(1 - w)`` over entries.

    Explained by telescoping: the entry that gives most is taken away first, and so on.
    """

    name = "saturating-fake"

    def __init__(self, n: int, seed: int = 0) -> None:
        self.weights = np.random.default_rng(seed).uniform(0, 0.8, (n, n))

    def __len__(self) -> int:
        return len(self.weights)

    def _score(self, entries: Sequence[int]) -> np.ndarray:
        return 1 - np.prod(1 - self.weights[np.asarray(entries, int)], axis=0)

    def score(self, histories, items=None):
        scores = np.stack([self._score(h.items) for h in histories]).astype(np.float32)
        return scores if items is None else scores[:, items]

    def explain(self, history, items):
        titles = np.zeros((1, len(history.items), len(items)), np.float32)
        for column, item in enumerate(items):
            left = list(range(len(history.items)))
            while left:
                now = self._score(history.items[left])[item]
                drops = [
                    now - self._score(history.items[[e for e in left if e != entry]])[item]
                    for entry in left
                ]
                strongest = left[int(np.argmax(drops))]
                titles[0, strongest, column] = max(drops)
                left.remove(strongest)
        return Contributions(("collaborative",), np.zeros((1, len(items)), np.float32), titles)

    def save(self, folder: Path) -> None:
        raise AssertionError("a fake is never saved")


@pytest.fixture(scope="session")
def linear() -> Callable[..., Linear]:
    return Linear


@pytest.fixture(scope="session")
def saturating() -> Callable[..., Saturating]:
    return Saturating


@pytest.fixture(scope="session")
def watched() -> Callable[..., Histories]:
    """Make the history of one person."""

    def make(
        items: Sequence[int],
        stars: Sequence[float] | float = 5.0,
        actions: Sequence[Action] | Action = Action.RATING,
    ) -> Histories:
        n = len(items)
        return Histories(
            offsets=np.array([0, n], np.int64),
            items=np.array(items, np.int64),
            actions=np.broadcast_to(np.array(actions, np.int8), n).copy(),
            values=np.broadcast_to(np.array(stars, np.float32), n).copy(),
            times=np.arange(n, dtype=np.int64),
            users=np.array([-1], np.int64),
        )

    return make


@pytest.fixture(scope="session")
def label() -> Callable[[int], Label]:
    return lambda item: Label(f"test:{item}", f"Film {item}")


@pytest.fixture(scope="session")
def nothing_shared() -> Callable[[int, int], Shared]:
    return lambda *_: Shared()
