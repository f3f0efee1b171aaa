"""How fast the store writes and reads: a rating alone, many at once, an import, a read.

::

    python benchmarks/store_speed.py [--url postgresql://...] [--folder FOLDER] [--rounds 300]

Prints a line of JSON: writes a second, and microseconds of CPU of this process a write, for
ratings that are asked for 1, 8, 64 and 256 at a time by one thread, over 50 people and 2,000
titles, seed 1; microseconds of the reads; seconds of an import of 20,000 deeds and of undoing it.
Every write counted is on disk. Without ``--url`` it makes a file in ``--folder``, which has to be
on a disk for the figures to mean anything, not in memory.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matinee.deeds import Deed
from matinee.interaction import Action
from matinee.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from matinee.store import Store

WIDTHS = (1, 8, 64, 256)
PEOPLE, TITLES, IMPORTED = 50, 2_000, 20_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--url")
    parser.add_argument("--folder", type=Path, default=Path())
    parser.add_argument("--rounds", type=int, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        store = open_store(options.url or str(Path(folder) / "store.db"), timeout=60)
        print(json.dumps(measure(store, options.rounds)))
        store.close()


def measure(store: Store, rounds: int) -> dict[str, Any]:
    """Return the figures."""
    chance = random.Random(1)
    people = [store.accounts.ensure(f"speed-{n}").key for n in range(PEOPLE)]
    found: dict[str, Any] = {"dialect": store.dialect, "python": platform.python_version()}
    moment = 0
    for width in WIDTHS:
        for warm in (True, False):
            count = 10 if warm else rounds
            work = []
            for _ in range(count * width):
                moment += 1
                deed = Deed(
                    f"tmdb:{chance.randrange(TITLES)}",
                    Action.RATING,
                    chance.randrange(1, 11) / 2,
                    moment,
                )
                work.append((chance.choice(people), [deed]))
            cpu, began = time.process_time(), time.perf_counter()
            for start in range(0, len(work), width):
                futures = [store.history.rate(*each) for each in work[start : start + width]]
                for future in futures:
                    future.result()
            cpu, wall = time.process_time() - cpu, time.perf_counter() - began
        found[f"rate_{width}_at_once"] = {
            "per_second": round(len(work) / wall),
            "cpu_us": round(cpu / len(work) * 1e6),
        }
    found["revision_us"] = _each(lambda: store.history.revision(people[0]), 1_000)
    found["read_us"] = _each(lambda: store.history.read(people[0]), 100)
    found["read_deeds"] = len(store.history.read(people[0]).deeds)
    deeds = [Deed(f"imdb:{n}", Action.RATING, 3.0, n) for n in range(IMPORTED)]
    began = time.perf_counter()
    batch, _ = store.history.import_batch(people[0], "speed", str(time.time()), deeds).result()
    found["import_s"] = round(time.perf_counter() - began, 2)
    began = time.perf_counter()
    store.history.undo_batch(people[0], batch.key).result()
    found["undo_s"] = round(time.perf_counter() - began, 2)
    return found


def _each(read: Callable[[], object], times: int) -> int:
    began = time.perf_counter()
    for _ in range(times):
        read()
    return round((time.perf_counter() - began) / times * 1e6)


if __name__ == "__main__":
    main()
