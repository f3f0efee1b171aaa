"""What the service carries: requests a second, latency and memory, measured with wrk.

    python benchmarks/service_load.py [--library PATH] [--workers 2] [--seconds 10] [--write]
    python benchmarks/service_load.py --soak 600

One server is started on a free port with a database of its own and no accounts, and stays for all
loads: searches whose vectors are kept, searches never asked before, recommendations for 200 people,
ratings by one and by many connections, each written to disk before it is answered. The answer cache
is off but in the rows that say so. Beside the searches, what the bare encoder can do with the same
queries on as many processes in the same run. wrk runs on the same cores as the server.

Queries are the 7,816 questions of the MIT movie corpus (MATINEE_DATA), whole, and
cut to seven words.
People are 200 of MovieLens latest-small (2018), with their first fifty ratings of titles that the
library has.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

from matinee.evaluate.metrics import percentile
from results import keep

PEOPLE, RATINGS = 200, 50
CONNECTIONS = 64
CACHED_QUERIES = 200
_NUMBER = re.compile(r"([\d.]+)(us|ms|s|m)?")
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4, None: 1.0}

_SCRIPT = """
-- Requests of a file, one a line: METHOD PATH [BODY]. Each thread takes every n-th line.
local lines, threads, next_id = {}, {}, 0
function setup(thread)
  thread:set("id", next_id)
  next_id = next_id + 1
  table.insert(threads, thread)
end
function init(args)
  bad, first = 0, ""
  for line in io.lines(args[1]) do table.insert(lines, line) end
  step, at = tonumber(args[2]), id + 1
end
function request()
  local line = lines[at]
  at = at + step
  if at > #lines then at = id + 1 end
  local method, path, body = line:match("^(%S+) (%S+) ?(.*)$")
  if body == "" then return wrk.format(method, path) end
  return wrk.format(method, path, {["Content-Type"] = "application/json"}, body)
end
function response(status, headers, body)
  if status ~= 200 and status ~= 201 then
    bad = bad + 1
    if first == "" then first = status .. " " .. body:sub(1, 200) end
  end
end
function done(summary, latency, requests)
  local bad, first = 0, ""
  for _, thread in ipairs(threads) do
    bad = bad + thread:get("bad")
    if thread:get("first") ~= "" then first = thread:get("first") end
  end
  io.write(string.format("FIGURES %d %d %d %d %.1f %.1f %.1f\\n", summary.requests,
    summary.duration, bad,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000))
  if first ~= "" then io.write("FIRST " .. first .. "\\n") end
end
"""


class Server:
    """A server of the real command, on a free port, with a database of its own."""

    def __init__(self, library: Path | None, workers: int, folder: Path, **settings: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "matinee", "serve", "--port", str(self.port)]
        command += ["--workers", str(workers)]
        command += ["--library", str(library)] if library else ["--demo"]
        environment = os.environ | {
            "MATINEE_DATABASE_URL": f"sqlite:///{folder / 'store.db'}",
            "MATINEE_ACCOUNTS": "off",
            "MATINEE_LOG_LEVEL": "warning",
            **settings,
        }
        self._log = (folder / "server.log").open("ab")
        self._process = subprocess.Popen(
            command, env=environment, stdout=self._log, stderr=self._log
        )
        limit = time.monotonic() + 120
        while True:
            try:
                self.get("/health/ready")
                return
            except OSError:
                if time.monotonic() > limit or self._process.poll() is not None:
                    text = (folder / "server.log").read_text()[-2000:]
                    raise SystemExit(f"The server did not start:\n{text}") from None
                time.sleep(0.1)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> Any:
        """Return what it answers."""
        with urlopen(self.url + path, timeout=30) as answer:
            return json.load(answer)

    def send(self, method: str, path: str, body: Any) -> Any:
        """Send JSON and return what it answers."""
        request = Request(
            self.url + path,
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
            method=method,
        )
        with urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def memory(self) -> float:
        """Return the megabytes of all its processes that no other process shares, summed (PSS)."""
        return sum(_pss(pid) for pid in _tree(self._process.pid)) / 1e3

    def stop(self) -> None:
        """Stop it in good order."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)
        self._log.close()


def _tree(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += _tree(int(child))
    return found


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def load(
    server: Server, name: str, lines: list[str], seconds: int, connections: int, folder: Path
) -> dict[str, Any]:
    """Return what wrk measures with these requests."""
    requests, script = folder / "requests.txt", folder / "load.lua"
    requests.write_text("\n".join(lines) + "\n", encoding="utf-8")
    script.write_text(_SCRIPT, encoding="utf-8")
    threads = min(2, connections)
    command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s"]
    command += ["-s", str(script), server.url, "--", str(requests), str(threads)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    line = next(line for line in said.splitlines() if line.startswith("FIGURES"))
    count, duration, bad, errors, p50, p95, p99 = map(float, line.split()[1:])
    found = {
        "requests_s": round(count / duration * 1e6, 1),
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
        "requests": int(count),
        "not_200": int(bad),
        "errors": int(errors),
        "memory_mb": round(server.memory()),
    }
    print(f"{name:32} {json.dumps(found)}", flush=True)
    if bad:
        print(next((each for each in said.splitlines() if each.startswith("FIRST")), ""))
    return found


def encoder_rate(queries: list[str], seconds: float) -> float:
    """Return how many queries a second one process of the bare encoder can encode."""
    from matinee.encode import BUNDLED_NAME
    from matinee.encode.named import load_encoder

    encoder = load_encoder(BUNDLED_NAME, threads=1)
    encoder.encode_query("warm")
    end, done, began = time.perf_counter() + seconds, 0, time.perf_counter()
    while time.perf_counter() < end:
        encoder.encode_query(queries[done % len(queries)])
        done += 1
    return done / (time.perf_counter() - began)


def bare_encoder(queries: list[str], seconds: float, processes: int) -> float:
    """Return how many queries a second the encoder can do on so many processes at once."""
    share = [queries[number::processes] for number in range(processes)]
    with ProcessPoolExecutor(processes) as pool:
        return sum(pool.map(encoder_rate, share, [seconds] * processes))


def questions(data: Path) -> list[str]:
    """Return the questions of the MIT movie corpus, none twice, in a fixed order."""
    path = data / "mit_movie_queries" / "trivia10k13train.bio.gz"
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        blocks = stream.read().split("\n\n")
    texts = {" ".join(line.split("\t")[-1] for line in b.splitlines()) for b in blocks if b.strip()}
    found = sorted(texts)
    random.Random(0).shuffle(found)
    return found


def people(data: Path, server: Server) -> list[str]:
    """Write people and their ratings; return their names."""
    from matinee.ingest.interactions import load_interactions

    did = load_interactions(data / "ml-latest-small-2018").interactions
    names = []
    for user in range(PEOPLE):
        rows = (did.users == user).nonzero()[0][:RATINGS]
        entries = [
            {"id": did.item_ids[item], "rating": stars}
            for item, stars in zip(did.items[rows].tolist(), did.values[rows].tolist(), strict=True)
        ]
        name = f"p{user}"
        server.send("POST", "/v1/people", {"name": name})
        body = {"ratings": entries, "skip_unknown": True}
        server.send("POST", f"/v1/people/{name}/ratings/bulk", body)
        names.append(name)
    return names


def titles(server: Server, queries: list[str]) -> list[str]:
    """Return ids of titles, as searches find them."""
    found = {
        result["id"]
        for query in queries[:60]
        for result in server.get(f"/v1/search?q={quote(query)}&k=50")["results"]
    }
    return sorted(found)


def ratings(ids: list[str], names: list[str]) -> list[str]:
    """Return requests to rate, each another rating than the one before it."""
    draw = random.Random(1)
    lines = []
    for number in range(40_000):
        path = f"/v1/people/{names[number % len(names)]}/ratings/{quote(draw.choice(ids), safe='')}"
        lines.append(
            f'PUT {path} {{"rating":{draw.randint(1, 10) / 2},"time":{1_700_000_000 + number}}}'
        )
    return lines


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", type=Path, help="default: the demo library")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    parser.add_argument("--soak", type=int, default=0, help="seconds of mixed load instead")
    parser.add_argument("--only", help="the rows whose name begins so")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    data = Path(os.environ["MATINEE_DATA"])
    asked = questions(data)
    brief = sorted({" ".join(text.split()[:7]) for text in asked})
    random.Random(0).shuffle(brief)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        found = (soak if given.soak else rates)(given, folder, data, asked, brief)
    name = "service_soak" if given.soak else "service_load"
    library = given.library.name if given.library else "demo"
    keep(name, {"library": library, **found}, write=given.write)


def rates(
    given: argparse.Namespace, folder: Path, data: Path, asked: list[str], brief: list[str]
) -> dict[str, Any]:
    """Return the figures of each load alone."""
    server = Server(given.library, given.workers, folder, MATINEE_ANSWER_CACHE="0")
    try:
        ids = titles(server, asked)
        names = people(data, server)
        kept = [f"GET /v1/search?q={quote(text)}&k=10" for text in asked[-CACHED_QUERIES:]]
        kept_brief = [f"GET /v1/search?q={quote(text)}&k=10" for text in brief[-CACHED_QUERIES:]]
        new = [f"GET /v1/search?q={quote(text)}&k=10" for text in asked[:-CACHED_QUERIES]]
        new_brief = [f"GET /v1/search?q={quote(text)}&k=10" for text in brief[:-CACHED_QUERIES]]
        rows = {
            "health": ["GET /health/live"] * 2,
            "search, vectors kept": kept,
            "search, vectors kept, 7 words": kept_brief,
            "search, new": new,
            "search, new, 7 words": new_brief,
            "recommendations": [f"GET /v1/people/{name}/recommendations?k=10" for name in names],
            "ratings": ratings(ids, names),
        }
        found: dict[str, Any] = {"workers": given.workers, "connections": given.connections}
        for name, lines in rows.items():
            if given.only and not name.startswith(given.only):
                continue
            if "kept" in name:
                load(server, "(warming)", lines, 3, given.connections, folder)
            if "new" in name:
                # Each query once: the run ends before they are used up, or the row would lie.
                source = brief if "7" in name else asked
                bare = bare_encoder(source[:2_000], 5, given.workers)
                print(f"{'bare encoder':32} {bare:.1f}", flush=True)
            found[name] = load(server, name, lines, given.seconds, given.connections, folder)
            if "new" in name:
                if found[name]["requests"] > len(lines):
                    raise SystemExit("The queries were used up: give fewer --seconds")
                found[name] |= {
                    "bare_encoder_s": round(bare, 1),
                    "of_bare": round(found[name]["requests_s"] / bare, 3),
                }
                print(f"{'of the bare encoder':32} {found[name]['of_bare']}", flush=True)
        if not given.only or given.only.startswith("rat"):
            one = ratings(ids, names[:1])
            found["ratings, 1 connection"] = load(
                server, "ratings, 1 connection", one, given.seconds, 1, folder
            )
    finally:
        server.stop()
    if given.only:
        return found
    server = Server(given.library, given.workers, folder)
    try:
        for name in ("search, vectors kept", "recommendations"):
            load(server, "(warming)", rows[name], 3, given.connections, folder)
            key = f"{name}, answer cache on"
            found[key] = load(server, key, rows[name], given.seconds, given.connections, folder)
    finally:
        server.stop()
    return found


def soak(
    given: argparse.Namespace, folder: Path, data: Path, asked: list[str], brief: list[str]
) -> dict[str, Any]:
    """Return how the memory grows under a mixed load that goes on."""
    server = Server(given.library, given.workers, folder)
    try:
        ids, names = titles(server, asked), people(data, server)
        draw = random.Random(2)
        lines = [f"GET /v1/search?q={quote(text)}&k=10" for text in (*asked, *brief)]
        lines += [
            f"GET /v1/people/{draw.choice(names)}/recommendations?k={draw.randint(5, 25)}"
            for _ in range(4_000)
        ]
        lines += [
            f"GET /v1/titles/{quote(draw.choice(ids), safe='')}/similar" for _ in range(2_000)
        ]
        lines += ratings(ids, names)[:6_000]
        draw.shuffle(lines)
        seen: list[tuple[float, float]] = []
        stop = threading.Event()
        began = time.monotonic()

        def watch() -> None:
            while not stop.wait(5):
                seen.append((time.monotonic() - began, server.memory()))

        watcher = threading.Thread(target=watch)
        watcher.start()
        found = load(server, "mixed", lines, given.soak, given.connections, folder)
        stop.set()
        watcher.join()
        half = [memory for moment, memory in seen if moment > given.soak / 2]
        early = [m for moment, m in seen if given.soak / 6 < moment <= given.soak / 3]
        found |= {
            "seconds": given.soak,
            "memory_after_a_sixth_mb": round(percentile(early, 0.5)),
            "memory_second_half_mb": round(percentile(half, 0.5)),
            "memory_most_mb": round(max(memory for _, memory in seen)),
            "store_mb": round((folder / "store.db").stat().st_size / 1e6, 1),
        }
        print(json.dumps(found))
        return found
    finally:
        server.stop()


if __name__ == "__main__":
    main()
