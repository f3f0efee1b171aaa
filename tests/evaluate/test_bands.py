"""Quality bands on judged data: a fall is a fault, and so is a rise that nobody can explain.

Every figure is of the large catalogue, and no chance is in it. A change that is meant moves a band
here, in the same commit, and the changelog tells of it under "Results change".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from matinee.catalogue.table import TitleTable
from matinee.evaluate.experiment import Experiment
from matinee.evaluate.kinds import Material
from matinee.evaluate.sets import SETS

if TYPE_CHECKING:
    from pathlib import Path

    from matinee import Library

SEED = 0
BANDS = {
    ("title_judgments", "ndcg@10"): {
        "hybrid": (0.86, 0.91),
        "retrieval": (0.61, 0.68),
        "lexical": (0.65, 0.72),
    },
    ("tip_of_the_tongue/2023-train", "mrr"): {
        "hybrid": (0.09, 0.14),
        "retrieval": (0.02, 0.05),
        "lexical": (0.07, 0.12),
    },
    ("tip_of_the_tongue/2024-train", "mrr"): {
        "hybrid": (0.08, 0.14),
        "retrieval": (0.004, 0.03),
        "lexical": (0.01, 0.05),
    },
    ("tag_genome", "ndcg@10"): {
        "hybrid": (0.51, 0.55),
        "retrieval": (0.40, 0.46),
        "lexical": (0.28, 0.36),
    },
    ("conversations", "recall@10"): {
        "hybrid": (0.02, 0.08),
        "retrieval": (0.01, 0.05),
        "lexical": (0.0, 0.03),
    },
    # Only the fused methods look at names and conditions.
    ("typos", "success@1"): {"hybrid": (0.90, 0.96)},
    ("known_item", "success@1"): {"hybrid": (0.97, 1.0)},
    ("constraints", "all_satisfied"): {"hybrid": (1.0, 1.0)},
}
"""Lowest and highest value by set, measure and method."""

CASES = [
    pytest.param(name, measure, method, band, id=f"{name}-{method}")
    for (name, measure), bands in BANDS.items()
    for method, band in bands.items()
]


@pytest.mark.extra
@pytest.mark.parametrize(("name", "measure", "method", "band"), CASES)
def test_quality_stays_in_its_band(
    name: str, measure: str, method: str, band: tuple[float, float], large: Library, data: Path
) -> None:
    material = Material(
        data=data, titles=lambda: TitleTable.open(large.root / large.version), seed=SEED
    )
    found = Experiment(methods=(method,), seed=SEED).run(large, SETS[name], material)
    low, high = band
    assert low <= found.first.metrics[measure] <= high


def test_every_set_of_the_gate_exists_and_is_judged_by_what_decides_it() -> None:
    for (name, measure), bands in BANDS.items():
        assert SETS[name].measures[0] == measure
        for low, high in bands.values():
            assert 0 <= low <= high <= 1
