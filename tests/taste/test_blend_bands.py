"""Bands for the blend on published protocols: a fall is a fault, and so is an unexplained rise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from matinee.evaluate.dataset import read_dataset
from matinee.evaluate.protocols import ranking_split
from matinee.evaluate.taste_run import run_ranking
from matinee.taste.blend import Blend
from matinee.taste.preference import Preference

if TYPE_CHECKING:
    from pathlib import Path

BANDS = {
    ("ml-100k", "ml100k-a", 42, "ndcg@10"): (0.480, 0.492),
    ("ml-100k", "ml100k-b", 42, "ndcg@10"): (0.339, 0.351),
}
"""Lowest and highest value: what was measured, and .006 to each side."""


@pytest.mark.extra
@pytest.mark.parametrize(("folder", "protocol", "seed", "measure"), BANDS)
def test_blend_stays_in_its_band(
    data: Path, folder: str, protocol: str, seed: int, measure: str
) -> None:
    dataset = read_dataset(data / folder)
    split = ranking_split(protocol, dataset.interactions, seed=seed)
    model = Blend(preference=Preference(positive=split.positive))
    found = run_ranking(split, dataset.features, model)
    low, high = BANDS[folder, protocol, seed, measure]
    assert low <= found.metrics[measure] <= high
