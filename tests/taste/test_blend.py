"""The blend: contract, weights by length, folds, explanation, and what happens without members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.taste.blend import Blend, FittedBlend
from matinee.testing import RecommenderContract

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.protocols import RankingModel, Recommender


class TestContract(RecommenderContract):
    def model(self) -> RankingModel:
        return Blend()

    def open(self, folder: Path) -> Recommender:
        return FittedBlend.open(folder)


class TestContractLearnt(TestContract):
    """The same with weights learnt from the few people there are."""

    def model(self) -> RankingModel:
        return Blend(fewest=10)
