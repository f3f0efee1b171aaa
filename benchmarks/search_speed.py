"""Search speed at 29,876 titles: in process, the command, the server.

    python benchmarks/search_speed.py [--library FOLDER] [--baseline RESULT.json] [--write]
    python benchmarks/search_speed.py --queries FILE.json     # only write the queries

The queries are those of title_judgments, the tags of tag_genome and the eleven examples of the
README, 225 in all, each new to the process, so that its vector is made; then each again. RESULT is
what ``baseline_sources.py`` wrote for the same queries in the same session.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path
from statistics import median
from typing import Any

from matinee.evaluate.metrics import percentile
from matinee.evaluate.readers import tag_genome, title_judgments
from results import keep
from search_quality import data, library_of

EXAMPLES = Path(__file__).parent / "example_queries.txt"
COMMAND = Path(sys.executable).with_name("matinee")


def queries() -> list[str]:
    """Return the queries, none twice."""
    judged = (title_judgments(data()), tag_genome(data()))
    texts = [query.query for questions in judged for query in questions.queries]
    return list(dict.fromkeys([*texts, *EXAMPLES.read_text("utf-8").splitlines()]))


def in_process(folder: Path | None) -> dict[str, Any]:
    """Return the times of hybrid searches in this process."""
    library = library_of(folder)
    library.warm()
    texts = queries()
    fresh, cached = [], []
    for times in (fresh, cached):
        for text in texts:
            started = time.perf_counter()
            library.search(text, 10)
            times.append((time.perf_counter() - started) * 1e3)
    return {
        "titles": len(library),
        "queries": len(texts),
        "p50_ms": percentile(fresh, 0.5),
        "p95_ms": percentile(fresh, 0.95),
        "cached_p50_ms": percentile(cached, 0.5),
        "cached_p95_ms": percentile(cached, 0.95),
    }


def command(*arguments: str | Path, runs: int = 7) -> float:
    """Return the median seconds a command takes, the first run not counted."""
    times = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        subprocess.run([COMMAND, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - started)
    return median(times[1:])


def server(folder: Path) -> dict[str, float]:
    """Return the seconds until the server is ready, and its memory after the example queries."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    started = time.perf_counter()
    process = subprocess.Popen(
        [COMMAND, "serve", "--library", folder, "--port", str(port)], stdout=subprocess.DEVNULL
    )
    try:
        while True:
            try:
                urllib.request.urlopen(f"{base}/health/ready", timeout=5).close()
                break
            except OSError:
                if time.perf_counter() - started > 60:
                    raise
                time.sleep(0.01)
        ready = time.perf_counter() - started
        for text in EXAMPLES.read_text("utf-8").splitlines():
            query = urllib.parse.quote(text)
            for path in (f"/v1/search?q={query}", f"/search?q={query}"):
                urllib.request.urlopen(base + path, timeout=30).read()
        status = Path(f"/proc/{process.pid}/status").read_text()
        rss = next(int(line.split()[1]) for line in status.splitlines() if "VmRSS" in line)
        return {"ready_s": ready, "rss_mb": rss / 1024}
    finally:
        process.terminate()
        process.wait(30)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", type=Path)
    parser.add_argument("--baseline", type=Path)
    parser.add_argument("--queries", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.queries:
        options.queries.write_text(json.dumps(queries(), ensure_ascii=False))
        return
    found: dict[str, Any] = {"cores": os.cpu_count(), "hybrid": in_process(options.library)}
    root = library_of(options.library).root
    found["search_cold_s"] = command("search", "lonely space survival drama", "--library", root)
    found["help_s"] = command("--help")
    found["server"] = server(root)
    if options.baseline:
        base = json.loads(options.baseline.read_text())
        times = [query["ms"] for query in base["queries"]]
        cached = [query["cached_ms"] for query in base["queries"]]
        found["baseline"] = {
            "p50_ms": percentile(times, 0.5),
            "p95_ms": percentile(times, 0.95),
            "cached_p50_ms": percentile(cached, 0.5),
            "cached_p95_ms": percentile(cached, 0.95),
            "model_load_s": base["load_s"],
            "peak_mb": base["peak_mb"],
        }
    keep("search_speed", found, write=options.write)


if __name__ == "__main__":
    main()
