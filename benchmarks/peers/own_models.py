"""Matinee's models on the same files as the peers, in a process of their own.

python benchmarks/peers/own_models.py --split FILE --model NAME --seed 0 --out FILE [--times]
"""

from __future__ import annotations

import argparse
import time
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from exchange import write

from matinee.interaction import Histories, Interactions, ItemFeatures
from matinee.taste.named import ranking_model, rating_model

BATCH = 256
"""People scored at a time."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--split", type=Path, required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--times", action="store_true", help="stars: tell when they are given")
    options = parser.parse_args()
    with np.load(options.split, allow_pickle=False) as file:
        given = {name: file[name] for name in file.files}
    train, told, features = read(given)
    stars = str(given["kind"]) == "stars"
    if stars:
        has = {field.name for field in fields(rating_model(options.model))}  # type: ignore[arg-type]
        times = {"use_time": options.times} if "use_time" in has else {}
        model: Any = rating_model(options.model, **times)
    else:
        model = ranking_model(options.model)

    started = time.perf_counter()
    fitted = model.fit(train, features, seed=options.seed)
    learnt = time.perf_counter()
    if stars:
        when = given["asked_times"] if options.times else None
        values = fitted.predict(told, given["asked"], given["asked_items"], when).stars
    else:
        batches = range(0, len(told), BATCH)
        parts = [fitted.score(part(told, start, start + BATCH)) for start in batches]
        values = np.concatenate(parts)
    write(
        options.out,
        values,
        fit_s=learnt - started,
        score_s=time.perf_counter() - learnt,
        versions={"numpy": version("numpy"), "scipy": version("scipy")},
    )


def read(given: dict[str, Any]) -> tuple[Interactions, Histories, ItemFeatures]:
    """Return what may be learnt from, what is told of people, and what is known of titles."""
    train = Interactions(
        users=given["users"],
        items=given["items"],
        actions=given["actions"],
        values=given["values"],
        times=given["times"],
        user_ids=[str(i) for i in range(int(given["people"]))],
        item_ids=[str(i) for i in range(int(given["titles"]))],
    )
    counts = np.bincount(given["told_rows"], minlength=len(given["told_users"]))
    told = Histories(
        offsets=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        items=given["told_items"],
        actions=given["told_actions"],
        values=given["told_values"],
        times=given["told_times"],
        users=given["told_users"],
    )
    features = ItemFeatures(
        years=given["years"],
        genres=given["genres"],
        genre_names=given["genre_names"].tolist(),
    )
    return train, told, features


def part(told: Histories, start: int, stop: int) -> Histories:
    """Return some people of a batch."""
    stop = min(stop, len(told))
    entries = slice(int(told.offsets[start]), int(told.offsets[stop]))
    return Histories(
        offsets=told.offsets[start : stop + 1] - told.offsets[start],
        items=told.items[entries],
        actions=told.actions[entries],
        values=told.values[entries],
        times=told.times[entries],
        users=told.users[start:stop],
    )


if __name__ == "__main__":
    main()
