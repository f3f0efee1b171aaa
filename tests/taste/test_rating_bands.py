"""Bands for models that predict stars: a fall is a fault, and so is a rise nobody can explain.

Protocol: MovieLens small (2018), ratings permuted by ``default_rng(42)``, the first fifth asked,
with and without their times. Short settings of the samplers: the figures of full ones are found by
``benchmarks/rating_quality.py``.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest

from matinee.evaluate.dataset import Dataset, read_dataset
from matinee.evaluate.protocols import rating_split
from matinee.evaluate.taste_run import run_rating
from matinee.taste.named import rating_model

if TYPE_CHECKING:
    from pathlib import Path

SEED = 42
SHORT: dict[str, dict[str, Any]] = {
    "fm": {"burn_in": 20, "samples": 30, "kept": 15},
    "stack": {"folds": 2, "burn_in": 15, "samples": 20, "kept": 10},
}
BANDS = {
    ("bias", "random"): (0.861, 0.866),
    ("item-knn", "random"): (0.838, 0.843),
    ("user-knn", "random"): (0.844, 0.849),
    ("fm", "random"): (0.797, 0.807),
    ("fm", "random-no-time"): (0.805, 0.815),
    ("stack", "random"): (0.773, 0.786),
}
"""Lowest and highest RMSE: what was measured, and some .002 to .007 to each side."""
COVERAGE = (0.77, 0.83)
"""Of the 80% intervals."""


@pytest.fixture(scope="module")
def small(data: Path) -> Dataset:
    return read_dataset(data / "ml-latest-small-2018")


@pytest.mark.extra
@pytest.mark.parametrize(("name", "protocol"), list(BANDS))
def test_error_is_within_its_band(small: Dataset, name: str, protocol: str) -> None:
    if name in SHORT:
        pytest.importorskip("myfm")
        pytest.importorskip("lightgbm")
    split = rating_split(protocol, small.interactions, seed=SEED)
    plain = rating_model(name)
    has = {field.name for field in fields(plain)}  # type: ignore[arg-type]
    told: dict[str, Any] = {"use_time": split.use_time} if "use_time" in has else {}
    model = rating_model(name, **told, **SHORT.get(name, {}))
    found = run_rating(small.interactions, split, small.features, model).metrics
    low, high = BANDS[name, protocol]
    assert low <= found["rmse"] <= high, found
    if "interval_coverage" in found:
        assert COVERAGE[0] <= found["interval_coverage"] <= COVERAGE[1], found
