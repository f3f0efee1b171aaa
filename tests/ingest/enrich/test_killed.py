"""A run killed with SIGKILL at any point, and run again: the files of one that was not."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

FILMS = 60
RUN = """
import ipaddress, random, sys
from pathlib import Path
from matinee.catalogue.schema import from_row
from matinee.ingest.enrich import Omdb, enrich, write
from matinee.ingest.asking.agent import agent
from matinee.ingest.enrich.asking import Asking
from matinee.ingest.outside import Guard
from matinee.ingest.posters.manners import Manners
from matinee.ingest.read import read_catalogue
url, films, cache, out = sys.argv[1:]
here = ipaddress.ip_address("127.0.0.1")
guard = Guard(plain=True, allowed=lambda address: address == here)
asking = Asking(agent=agent(), rng=random.Random(1), guard=guard)
manners = Manners(connections=1, rate=1e6, burst=1)
source = Omdb(Path(cache), "abc123", asking, host=url + "/", manners=manners)
titles = [from_row(row) for row in read_catalogue([Path(films)]).table.to_pylist()]
made = enrich(titles, source, progress=lambda done, total: print(done, flush=True))
assert made.stopped is None, made.stopped
write(Path(out), made)
"""


def answer(handler: Any) -> None:
    """Every third film is unknown, every fifth is of another year."""
    number = int(handler.path.partition("i=tt")[2].partition("&")[0])
    found = {
        "Response": "True",
        "Title": f"Film {number}",
        "Year": str(2000 if number % 5 else 1950),
        "imdbID": f"tt{number:07d}",
        "Type": "movie",
        "Plot": f"Plot {number}.",
        "Runtime": "90 min",
    }
    if number % 3 == 0:
        found = {"Response": "False", "Error": "Movie not found!"}
    body = json.dumps(found).encode()
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.mark.extra
def test_killed_runs_end_as_one_that_was_not(host: Any, gate: Any, tmp_path: Path) -> None:
    host.default = answer
    films = tmp_path / "films.csv"
    rows = [f"tt{n:07d},Film {n},2000," for n in range(1, FILMS + 1)]
    films.write_text("imdb_id,title,year,plot\n" + "\n".join(rows) + "\n")
    names = ("out.jsonl", "out.provenance.jsonl", "out.doubtful.jsonl")

    def command(folder: Path) -> list[str]:
        given = (host.url, films, folder / "cache", folder / "out.jsonl")
        return [sys.executable, "-c", RUN, *map(str, given)]

    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()
    subprocess.run(command(whole), stdout=subprocess.DEVNULL, check=True, timeout=120)
    expected = [(whole / name).read_bytes() for name in names]
    assert expected[0].count(b"Plot ") == sum(1 for n in range(1, FILMS + 1) if n % 3 and n % 5)
    host.asked.clear()
    points = sorted(random.Random(7).sample(range(1, FILMS), 4))
    for point in points:
        host.default = closed = gate(answer, f"i=tt{point:07d}")
        with subprocess.Popen(command(broken), stdout=subprocess.DEVNULL) as run:
            assert closed.reached.wait(60)
            run.send_signal(signal.SIGKILL)
        closed.open()
        assert run.returncode == -signal.SIGKILL
        assert not (broken / "out.jsonl").exists()
    host.default = answer
    subprocess.run(command(broken), stdout=subprocess.DEVNULL, check=True, timeout=120)
    assert [(broken / name).read_bytes() for name in names] == expected
    counts = [sum(f"tt{n:07d}" == q["i"] for _, q, _ in host.asked) for n in range(1, FILMS + 1)]
    assert min(counts) == 1
    # Each kill lost the one answer that was under way, and no other.
    assert {n for n, count in enumerate(counts, 1) if count > 1} == set(points)
    assert sum(counts) == FILMS + len(points)


@pytest.mark.parametrize("name", ["out.jsonl", "out.provenance.jsonl"])
def test_a_second_run_over_its_own_output_asks_for_nothing_new(
    host: Any, tmp_path: Path, name: str
) -> None:
    host.default = answer
    films = tmp_path / "films.csv"
    films.write_text("imdb_id,title,year,plot\ntt0000001,Film 1,2000,\n")
    first = [host.url, films, tmp_path / "cache", tmp_path / "out.jsonl"]
    subprocess.run([sys.executable, "-c", RUN, *map(str, first)], check=True, timeout=120)
    before = (tmp_path / name).read_bytes()
    asked = len(host.asked)
    subprocess.run([sys.executable, "-c", RUN, *map(str, first)], check=True, timeout=120)
    assert (tmp_path / name).read_bytes() == before
    assert len(host.asked) == asked == 1
