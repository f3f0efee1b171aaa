"""Reading catalogues: seconds, rows a second and memory of ``matinee catalogue convert``.

    python benchmarks/ingest_speed.py [--rows 45000,1000000] [--seed 0] [--write]

Makes tables of invented films by a seed, with the columns, the lengths and the faults that public
dumps have: lists as JSON and as words with commas, ids of two kinds, rows that repeat each other,
dates and votes that cannot be. Each is converted in a fresh process, with its imports; so is what
pyarrow's own reader and writer take for the same file, which check and merge nothing. Memory is the
most the processes held together, sampled, and at a quarter and a half of the rows.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from results import keep

HEADER = (
    "id,imdb_id,title,original_title,release_date,overview,tagline,genres,keywords,cast,director,"
    "production_countries,original_language,spoken_languages,runtime,vote_average,vote_count,"
    "popularity,poster_path"
).split(",")
GENRES = (
    "Action,Adventure,Animation,Comedy,Crime,Documentary,Drama,Family,Fantasy,History,Horror,Music,"
    "Mystery,Romance,Science Fiction,Thriller,War,Western"
).split(",")
COUNTRIES = (("US", "United States of America"), ("FR", "France"), ("IN", "India"), ("JP", "Japan"))
LANGUAGES = (("en", "English"), ("fr", "Français"), ("hi", "हिन्दी"), ("ja", "日本語"))
SYLLABLES = "ba de ki lo mu na pe ri so ta ve zu ga ho ja fe nu wo la me".split()
BLOCK = 10_000
"""Rows made at a time."""
REPEATED = 0.03
"""Share of rows that tell an earlier film again, by the same ids."""
BAD = 0.01
"""Share of rows in which a date, a vote or a runtime cannot be."""
TICK_S = 0.02
"""Seconds between two looks at the memory."""

CONVERT = """
import gc
import sys
from pathlib import Path
from matinee.ingest.convert import convert
gc.disable()  # as the command does
done = convert([Path(sys.argv[1])], Path(sys.argv[2]), workers=int(sys.argv[3]),
    progress=lambda rows: print(rows, flush=True))
print(done.report.titles, done.report.merged, done.report.rejected, done.report.left_out)
"""
PLAIN = """
import sys
import pyarrow.csv, pyarrow.parquet
options = pyarrow.csv.ParseOptions(newlines_in_values=True)
table = pyarrow.csv.read_csv(sys.argv[1], parse_options=options)
pyarrow.parquet.write_table(table, sys.argv[2], compression="zstd")
"""


def words_of(rng: np.random.Generator, count: int) -> list[str]:
    """Return invented words of two to four syllables; one in two hundred has an accent."""
    parts = rng.choice(SYLLABLES, (count, 4)).tolist()
    lengths = rng.integers(2, 5, count).tolist()
    found = ["".join(row[:n]) for row, n in zip(parts, lengths, strict=True)]
    return [f"{word}né" if i % 200 == 50 else word for i, word in enumerate(found)]


def names_of(rng: np.random.Generator, count: int) -> list[str]:
    """Return invented names of people; one in a hundred bears a comma."""
    words = [w.title() for w in words_of(rng, 2 * count)]
    names = [f"{a} {b}" for a, b in zip(words[::2], words[1::2], strict=True)]
    return [f"{n}, Jr." if i % 100 == 0 else n for i, n in enumerate(names)]


def objects(entries: list[tuple[str, str]], code: str) -> str:
    """Return a list of objects as TMDb's dumps write it into a cell."""
    return json.dumps([{code: a, "name": b} for a, b in entries], ensure_ascii=False)


def write_table(path: Path, rows: int, seed: int) -> None:
    """Write a table of invented films, the same for a number of rows and a seed."""
    rng = np.random.default_rng(seed)
    vocabulary, people = words_of(rng, 4_000), names_of(rng, 60_000)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        for start in range(0, rows, BLOCK):
            count = min(BLOCK, rows - start)
            writer.writerows(_block(rng, vocabulary, people, start, count))


def _block(
    rng: np.random.Generator, vocabulary: list[str], people: list[str], start: int, count: int
) -> list[list[object]]:
    told = rng.zipf(1.3, (count, 60)) % len(vocabulary)
    lengths = rng.integers(20, 61, count).tolist()
    cast = rng.integers(0, len(people), (count, 12))
    billed = rng.integers(0, 11, count).tolist()
    genres = rng.integers(0, len(GENRES), (count, 3)).tolist()
    figures = rng.random((count, 8)).tolist()
    found: list[list[object]] = []
    for i in range(count):
        number, chance = start + i + 1, figures[i]
        words = [vocabulary[k] for k in told[i].tolist()]
        title = " ".join(words[: 1 + number % 4]).title()
        if chance[0] < REPEATED and number > 100:
            number -= 1 + int(chance[1] * 100)
        there = COUNTRIES[int(chance[2] * len(COUNTRIES))]
        tongue = LANGUAGES[int(chance[3] * len(LANGUAGES))]
        day = f"{1930 + int(chance[4] * 95)}-{1 + int(chance[5] * 12):02}-{1 + i % 28:02}"
        vote: object = round(10 * chance[6], 1)
        runtime: object = 60 + int(120 * chance[7])
        if chance[1] < BAD:
            day, vote, runtime = [("0000-00-00", 5, 90), (day, 57, 90), (day, 5, "abc")][i % 3]
        if i % 50 == 0:
            title = f"L&#39;{title} &amp; Cie"
        found.append(
            [
                number,
                f"tt{number:07d}",
                title,
                title if i % 5 else f"{title} 映画",
                day if i % 40 else "",
                " ".join(words[: lengths[i]]).capitalize() + "." if i % 20 else "",
                " ".join(words[:6]).capitalize() if i % 3 == 0 else "",
                objects([(str(g), GENRES[g]) for g in dict.fromkeys(genres[i])], "id"),
                "|".join(words[5:9]) if i % 2 else "",
                ", ".join(people[k] for k in cast[i, : billed[i]].tolist()),
                people[int(cast[i, 11])],
                objects([there], "iso_3166_1"),
                tongue[0],
                objects([tongue], "iso_639_1"),
                runtime,
                vote,
                int(20_000 * chance[2] ** 8),
                round(100 * chance[3] ** 4, 3),
                f"/{number:x}.jpg" if i % 10 else "",
            ]
        )
    return found


class Watch(threading.Thread):
    """Looks at the memory a process and its children hold, until it ends."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self._process = process
        self.now = self.peak = 0.0
        self.done = threading.Event()

    def run(self) -> None:
        """Look until told to stop."""
        while not self.done.wait(TICK_S):
            self.now = sum(map(_held, [self._process, *_children(self._process)]))
            self.peak = max(self.peak, self.now)


def _held(process: int) -> float:
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _children(process: int) -> list[int]:
    found: list[int] = []
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            own = [int(n) for n in path.read_text(encoding="ascii").split()]
        except OSError:
            continue
        found += [n for child in own for n in (child, *_children(child))]
    return found


@dataclass(frozen=True, slots=True)
class Run:
    """A program that was run: its seconds, those of the processor, its memory and its lines."""

    seconds: float
    processor_s: float
    peak_mb: float
    mb_at_rows: dict[int, float]
    lines: list[str]


def run(program: str, *words: str | Path) -> Run:
    """Run a program in a fresh process; a line that is a number says how many rows it has read."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", program, *map(str, words)], stdout=subprocess.PIPE, text=True
    )
    watch = Watch(process.pid)
    watch.start()
    lines: list[str] = []
    at: dict[int, float] = {}
    for line in process.stdout or ():
        lines.append(line.strip())
        if lines[-1].isdigit():
            at[int(lines[-1])] = watch.now
    if process.wait():
        raise SystemExit(f"it ended with {process.returncode}")
    seconds = time.perf_counter() - started
    watch.done.set()
    watch.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(seconds, spent, watch.peak, at, lines)


def measure(source: Path, rows: int, folder: Path, workers: int) -> dict[str, object]:
    """Return what converting a table took, and what pyarrow alone takes."""
    plain = run(PLAIN, source, folder / "plain.parquet")
    done = run(CONVERT, source, folder / "out", str(workers))
    titles, merged, rejected, left_out = map(int, done.lines[-1].split())
    at = done.mb_at_rows
    return {
        "rows": rows,
        "workers": workers,
        "csv_mb": source.stat().st_size / 1e6,
        "titles": titles,
        "merged": merged,
        "rejected": rejected,
        "left_out": left_out,
        "seconds": done.seconds,
        "processor_seconds": done.processor_s,
        "rows_per_s": rows / done.seconds,
        "peak_mb": done.peak_mb,
        "mb_at_rows": {str(n): at[n] for n in (rows // 4, rows // 2, rows) if n in at},
        "plain_pyarrow_seconds": plain.seconds,
        "plain_pyarrow_processor_seconds": plain.processor_s,
        "plain_pyarrow_peak_mb": plain.peak_mb,
        "times_plain_pyarrow": done.seconds / plain.seconds,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="45000,1000000")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2, help="processes that read")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    found: list[dict[str, object]] = []
    for rows in map(int, options.rows.split(",")):
        with tempfile.TemporaryDirectory(prefix="matinee-") as folder:
            source = Path(folder) / "films.csv"
            write_table(source, rows, options.seed)
            found.append(measure(source, rows, Path(folder), options.workers))
    keep("ingest_speed", {"seed": options.seed, "tables": found}, write=options.write)


if __name__ == "__main__":
    main()
