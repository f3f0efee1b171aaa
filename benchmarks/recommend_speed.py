"""Speed of recommendations, and what training costs, on 10,000 titles made up for it.

    python benchmarks/recommend_speed.py [--model blend] [--rating-model bias] [--write]

People like some of twenty kinds of titles, known ones more often than others, so that the models
have something to learn; the figures say how long that takes and how long an answer does, not how
good it is. A person has 100 titles; each of 300 people is asked for once, after 20 to warm up, with
one thread of the linear algebra, as a server runs it.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.assembly import build_library, open_library, train_taste
from matinee.evaluate.metrics import percentile
from matinee.pipeline.train_taste import TrainOptions
from matinee.testing import HashingEncoder
from results import keep

if TYPE_CHECKING:
    from collections.abc import Callable

    from matinee import Library

TITLES, PEOPLE, KINDS, HISTORY = 10_000, 2_000, 20, 100
ASKED, WARM = 300, 20
WORDS = 60
"""Words of a language in which every title has a story of twelve."""


def write_inputs(folder: Path, rng: np.random.Generator) -> tuple[Path, Path]:
    """Write a catalogue and ratings of it."""
    kinds = rng.integers(0, KINDS, TITLES)
    films = folder / "films.jsonl"
    with films.open("w", encoding="utf-8") as stream:
        for n in range(TITLES):
            story = " ".join(f"w{w}" for w in rng.integers(0, WORDS, 12))
            film = {
                "tmdb_id": n + 1,
                "title": f"Film {n}",
                "year": int(1930 + n % 90),
                "overview": f"{story} k{kinds[n]}",
                "genres": [f"Kind {kinds[n]}"],
                "directors": [f"Director {n % 900}"],
                "vote_average": round(float(rng.uniform(4, 9)), 1),
                "vote_count": int(rng.integers(1, 5_000)),
            }
            stream.write(json.dumps(film) + "\n")
    # Zipf: the second best known title is seen half as often as the first, and so on.
    fame = 1.0 / (1 + rng.permutation(TITLES)) ** 0.7
    ratings = folder / "ratings.csv"
    with ratings.open("w", encoding="utf-8") as stream:
        stream.write("user,tmdb_id,rating,timestamp\n")
        for person in range(PEOPLE):
            chance = fame * np.where(np.isin(kinds, rng.integers(0, KINDS, 3)), 10.0, 1.0)
            seen = rng.choice(TITLES, HISTORY, replace=False, p=chance / chance.sum())
            for when, title in enumerate(seen.tolist()):
                stars = rng.integers(2, 11) / 2
                stream.write(f"p{person},{title + 1},{stars},{1_600_000_000 + 3600 * when}\n")
    return films, ratings


def timed(ask: Callable[[int], object]) -> dict[str, float]:
    """Return the median and the 95th percentile of the milliseconds an answer takes.

    Those of the processor beside those of the clock, which other work on the machine lengthens.
    """
    for number in range(WARM):
        ask(number)
    times, busy = [], []
    for number in range(WARM, WARM + ASKED):
        started, began = time.perf_counter(), time.process_time()
        ask(number)
        busy.append((time.process_time() - began) * 1e3)
        times.append((time.perf_counter() - started) * 1e3)
    return {
        "p50_ms": percentile(times, 0.5),
        "p95_ms": percentile(times, 0.95),
        "cpu_p50_ms": percentile(busy, 0.5),
        "cpu_p95_ms": percentile(busy, 0.95),
    }


def measure(library: Library, rng: np.random.Generator) -> dict[str, Any]:
    """Return the times of the ways to ask."""
    histories = [
        [
            (f"tmdb:{title + 1}", float(rng.integers(2, 11)) / 2)
            for title in rng.choice(TITLES, HISTORY, replace=False).tolist()
        ]
        for _ in range(WARM + ASKED)
    ]
    names = [f"p{number}" for number in range(WARM + ASKED)]
    return {
        "history": timed(lambda n: library.recommend(history=histories[n])),
        "user": timed(lambda n: library.recommend(names[n])),
        "diverse": timed(lambda n: library.recommend(history=histories[n], diversity=0.3)),
        "calibrated": timed(lambda n: library.recommend(history=histories[n], calibration=0.3)),
        "explore": timed(lambda n: library.recommend(history=histories[n], exploration=0.5)),
        "explained": timed(lambda n: library.recommend(history=histories[n], explain=True)),
        "predict_one": timed(lambda n: library.predict(["tmdb:77"], history=histories[n])),
        "similar": timed(lambda n: library.similar(f"tmdb:{n + 1}")),
    }


def main() -> None:
    """Build, train, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="blend")
    parser.add_argument("--rating-model", default="item-knn")
    parser.add_argument("--folder", type=Path, help="keep the library there for the next run")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    rng = np.random.default_rng(5)
    with tempfile.TemporaryDirectory() as scratch:
        root = (options.folder or Path(scratch)) / "library"
        encoder = HashingEncoder(384)
        films, ratings = write_inputs(Path(scratch), rng)
        if not root.exists():
            build_library([films], root, encoder=encoder)
        wanted = TrainOptions(models=(options.model,), rating=options.rating_model)
        card = open_library(root, encoder=encoder).taste
        if card is None or (card.default, card.rating) != (options.model, options.rating_model):
            card = train_taste([ratings], root, options=wanted)[0].card
        found = {
            "cores": os.cpu_count(),
            "threads": os.environ.get("OMP_NUM_THREADS", "all"),
            "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
            "titles": TITLES,
            "people": PEOPLE,
            "history": HISTORY,
            "model": card.default,
            "rating_model": card.rating,
            "train_seconds": card.seconds,
            "train_peak_mb": card.peak_mb,
            "times": measure(open_library(root, encoder=encoder), rng),
        }
    keep("recommend_speed", found, write=options.write)


if __name__ == "__main__":
    main()
