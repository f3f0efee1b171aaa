"""What a peer is given and gives back; runs in the environment of the peer, with numpy alone."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Predict = Callable[[], np.ndarray]
    Learn = Callable[..., Predict]


@dataclass(frozen=True)
class Split:
    """One split, as ``taste_peers.py`` wrote it.

    Attributes:
        people: number of people.
        titles: number of titles.
        users: int64 [n], who gave each rating that may be learnt from.
        items: int64 [n], to which title.
        values: float32 [n], how many stars.
        positive: bool [n], whether the rating speaks for the title.
        asked: int64 [b], the people whose titles are ranked, -1 for those not learnt from; or
            int64 [p], the person of each pair whose stars are predicted.
        asked_items: int64 [p], the title of each pair; empty where titles are ranked.
        told_rows: int64 [e], positions in ``asked`` of the ratings told of people.
        told_items: int64 [e], their titles.
        told_positive: bool [e].
    """

    people: int
    titles: int
    users: np.ndarray
    items: np.ndarray
    values: np.ndarray
    positive: np.ndarray
    asked: np.ndarray
    asked_items: np.ndarray
    told_rows: np.ndarray
    told_items: np.ndarray
    told_positive: np.ndarray


def run(models: Mapping[str, Learn], packages: Sequence[str]) -> None:
    """Learn one model and write what it predicts, with its times and memory.

    Args:
        models: by name, what learns from a :class:`Split`, a seed and parameters, and returns what
            predicts: the scores of all titles, float32 [b, n], or the stars of pairs, [p].
        packages: whose versions are told.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--split", type=Path, required=True)
    parser.add_argument("--model", choices=sorted(models), required=True)
    parser.add_argument("--parameters", type=json.loads, default={})
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    with np.load(options.split, allow_pickle=False) as file:
        split = Split(**{name: file[name][()] for name in Split.__dataclass_fields__})
    started = time.perf_counter()
    predict = models[options.model](split, options.seed, **options.parameters)
    learnt = time.perf_counter()
    values = predict()
    write(
        options.out,
        values,
        fit_s=learnt - started,
        score_s=time.perf_counter() - learnt,
        versions={name: version(name) for name in packages},
    )


def write(
    path: Path, values: np.ndarray, *, fit_s: float, score_s: float, versions: dict[str, str]
) -> None:
    """Write predictions with what they took; the memory is the peak of this process."""
    facts: dict[str, Any] = {"fit_s": fit_s, "score_s": score_s, "versions": versions}
    facts["peak_mb"] = _peak_mb()
    np.savez(path, values=np.asarray(values, np.float32), facts=json.dumps(facts))


def _peak_mb() -> float:
    """Return the most memory held since this program began, in MB of a million bytes."""
    if sys.platform == "linux":
        # Not ru_maxrss: on Linux that starts at what the program held that started this one.
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS counts bytes
