"""How many posters are recognised, and how many pictures wrongly so, in bands low and high."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from matinee.pictures.signature import signature
from matinee.pictures.signature_index import SignatureIndex

ROOT = Path(__file__).parents[2]
INDEXED, ASKED = 800, 100
SEED = 3


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    """The benchmark, which has the distortions."""
    path = ROOT / "benchmarks/poster_signature.py"
    spec = importlib.util.spec_from_file_location("poster_signature_benchmark", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.extra
def test_recall_and_false_matches_on_posters(bench: ModuleType, data: Path) -> None:
    posters = bench.posters_of(data)
    order = np.random.default_rng(SEED).permutation(len(posters)).tolist()
    kept = np.stack([signature(bench.picture_of(posters[n])) for n in order[:INDEXED]])
    index = SignatureIndex.build(kept, np.array(order[:INDEXED]))
    recall, false = {}, 0
    for name, distort in bench.DISTORTIONS.items():
        right = 0
        for number in order[:ASKED] + order[-ASKED:]:
            changed = distort(posters[number], np.random.default_rng([SEED, number]))
            found = index.lookup(bench.picture_of(changed), 1)
            if number in order[:ASKED]:
                right += bool(found) and found[0].row == number
            else:
                false += bool(found)
        recall[name] = right / ASKED
    assert recall["same"] == 1.0
    assert min(recall.values()) >= 0.95, recall
    assert false <= 0.01 * ASKED * len(recall)


@pytest.mark.extra
def test_what_is_no_poster_never_matches(bench: ModuleType, data: Path) -> None:
    posters = bench.posters_of(data)
    kept = np.stack([signature(bench.picture_of(poster)) for poster in posters])
    index = SignatureIndex.build(kept, np.arange(len(posters)))
    for number in range(200):
        kind, image = bench.invented(number)
        assert index.lookup(bench.picture_of(image)) == (), kind
