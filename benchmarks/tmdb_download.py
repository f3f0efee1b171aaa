"""How much of the allowed rate a download from TMDb uses.

    python benchmarks/tmdb_download.py [--films 25000] [--seed 0] [--runs 2] [--write]

A server that answers as TMDb does runs in a process of its own and answers at once; all its films
are downloaded at the default rate. Told are requests a second from the first to the last, of the
rate that was allowed, and the films that are missing from the file. TMDb itself is not asked.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from matinee.ingest.tmdbapi import Access, Manners, Wanted, download
from matinee.ingest.tmdbapi.client import Tmdb
from results import keep

FIRST, LAST = dt.date(1870, 1, 1), dt.date(2035, 12, 31)


def run(films: int, seed: int, path: Path) -> dict[str, float]:
    """Download all films once."""
    words = [sys.executable, "-m", "matinee.testing.fake_tmdb", "--films", str(films)]
    with subprocess.Popen([*words, "--seed", str(seed)], stdout=subprocess.PIPE, text=True) as fake:
        try:
            told = json.loads(next(iter(fake.stdout or ())))
            return asyncio.run(fetch(Access(told["key"], told["url"]), path))
        finally:
            fake.terminate()


async def fetch(access: Access, path: Path) -> dict[str, float]:
    """Return what a download came to."""
    manners = Manners()
    async with Tmdb(access, manners) as tmdb:
        began = time.perf_counter()
        done = await download(tmdb, Wanted(first=FIRST, last=LAST), path)
        seconds = time.perf_counter() - began
    return {
        "films": done.titles,
        "requests": done.requests,
        "refused": done.refusals,
        "seconds": seconds,
        "of_the_rate": done.requests / seconds / manners.rate,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=25_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="matinee-") as folder:
        runs = [
            run(options.films, options.seed, Path(folder) / f"films-{number}.jsonl")
            for number in range(options.runs)
        ]
    keep("tmdb_download", {"seed": options.seed, "runs": runs}, write=options.write)


if __name__ == "__main__":
    main()
