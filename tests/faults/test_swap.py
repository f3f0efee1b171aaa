"""Versions of the library swapped under load: no failure, and no answer of two versions."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import uvicorn

import matinee
from matinee.library import manifest, versions
from matinee.service import create_app, server
from matinee.settings import Settings

MARKERS = {1: "odd", 0: "even"}
"""The word the overviews of a version hold, by whether its number is odd."""
ADDRESSES = (
    "/v1/search?q=story+in+the+garden&k=3",
    "/v1/titles/local:3",
    "/v1/titles/local:3/similar?k=3",
    "/v1/library",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    for number in (1, 2):
        films = folder / "films.jsonl"
        films.write_text(
            "\n".join(
                json.dumps(
                    {
                        "id": n,
                        "title": f"Film {n}",
                        "plot": f"An {MARKERS[number % 2]} story of {n} in the garden.",
                    }
                )
                for n in range(40)
            )
        )
        matinee.build([films], folder / "library")
    return folder / "library"


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    root = shutil.copytree(made, tmp_path / "library")
    versions.point_to(root, "v0001")
    return root


def publish(root: Path, number: int) -> None:
    """Make a version of that number out of the first or the second, and clear away old ones."""
    source, name = f"v{2 - number % 2:04d}", f"v{number:04d}"
    staged = root / ".staged"
    shutil.copytree(root / source, staged)
    path = staged / manifest.NAME
    path.write_text(path.read_text().replace(f'"version": "{source}"', f'"version": "{name}"'))
    versions.publish(root, staged, name)
    for old in versions.names(root)[2:-2]:
        shutil.rmtree(root / old)


class Load:
    """Clients that ask without end and look at each answer.

    Attributes:
        floor: number of a version that every worker is known to answer from or from a later one.
        wrong: what was wrong with answers.
        seconds: how long each took.
    """

    def __init__(self, port: int, clients: int) -> None:
        self.port = port
        self.floor = 1
        self.wrong: list[str] = []
        self.seconds: list[float] = []
        self.seen: set[str] = set()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(number,)) for number in range(clients)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, number: int) -> None:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while not self._stop.is_set() and len(self.wrong) < 20:
            address = ADDRESSES[number % len(ADDRESSES)]
            number += 1
            floor, began = self.floor, time.perf_counter()
            try:
                link.request("GET", address)
                answer = link.getresponse()
                body = answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.wrong.append(f"{address}: {error!r}")
                link.close()
                continue
            self.seconds.append(time.perf_counter() - began)
            self._look(address, answer, body, floor)
            if answer.getheader("connection") == "close":
                link.close()
        link.close()

    def _look(
        self, address: str, answer: http.client.HTTPResponse, body: bytes, floor: int
    ) -> None:
        if answer.status != 200:
            self.wrong.append(f"{address}: {answer.status} {body[:200]!r}")
            return
        version = str(answer.getheader("x-matinee-library"))
        self.seen.add(version)
        told = json.loads(body)
        if told.get("library", version) != version:
            self.wrong.append(f"{address}: header {version}, body {told['library']}")
        marker = MARKERS[int(version[1:]) % 2]
        overviews = re.findall(r"An (odd|even) story", body.decode())
        if set(overviews) - {marker} or not (overviews or address == "/v1/library"):
            self.wrong.append(f"{address}: {version} tells {set(overviews)}")
        if int(version[1:]) < floor:
            self.wrong.append(f"{address}: {version} answers though all had come to {floor}")


def call(port: int, method: str, address: str) -> tuple[int, Any]:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    link.request(method, address)
    answer = link.getresponse()
    found = answer.status, json.loads(answer.read())
    link.close()
    return found


def test_swaps_under_load_mix_nothing_and_fail_nothing(root: Path, tmp_path: Path) -> None:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'store.db'}", rate_limit=0, threads=1, watch_seconds=0
    )
    listening = server.bind("127.0.0.1", 0)
    port = listening.getsockname()[1]
    app = create_app(path=root, settings=settings)
    running = uvicorn.Server(server.configure(app))
    thread = threading.Thread(target=running.run, args=([listening],), daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    load = Load(port, clients=4)
    try:
        for number in range(3, 8):
            publish(root, number)
            status, found = call(port, "POST", "/v1/library/reload")
            assert (status, found["library"], found["swapped"]) == (200, f"v{number:04d}", True)
            load.floor = number
            asked = len(load.seconds)
            while len(load.seconds) < asked + 20 and not load.wrong:
                time.sleep(0.01)
    finally:
        load.stop()
        running.should_exit = True
        thread.join(20)
    assert load.wrong == []
    assert load.seen >= {f"v{number:04d}" for number in range(3, 8)}


def resident(pids: list[int]) -> int:
    """Return the bytes of memory several processes have for themselves."""
    total = 0
    for pid in pids:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += sum(int(n) for n in re.findall(r"^Private_\w+:\s+(\d+) kB", text, re.MULTILINE))
    return total * 1024


@pytest.mark.extra
@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc")
def test_a_hundred_swaps_of_two_workers(root: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "MATINEE_DATABASE_URL": f"sqlite:///{tmp_path / 'store.db'}",
        "MATINEE_RATE_LIMIT": "0",
        "MATINEE_WATCH_SECONDS": "0.1",
        "MATINEE_LOG_LEVEL": "warning",
    }
    command = [Path(sys.executable).with_name("matinee"), "serve", "--library", root]
    command += ["--port", str(port), "--workers", "2"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert "Matinee is at" in process.stdout.readline()
    load, began, waits = Load(port, clients=4), time.perf_counter(), []
    try:
        memory = {}
        for number in range(3, 103):
            publish(root, number)
            name, asked = f"v{number:04d}", time.perf_counter()
            if number % 2:
                status, found = call(port, "POST", "/v1/library/reload")
                assert (status, found["library"], found["late"]) == (200, name, []), found
                assert [worker["library"] for worker in found["workers"]] == [name] * 2
                waits.append(time.perf_counter() - asked)
                load.floor = number
            else:
                while {worker["library"] for worker in of_workers(port)} != {name}:
                    assert time.perf_counter() - asked < 30
                    time.sleep(0.02)
                # What a worker says of itself it does a moment after it does it.
                load.floor = number
            if number in (12, 102):
                time.sleep(3)
                memory[number] = resident([worker["pid"] for worker in of_workers(port)])
            assert load.wrong == []
        seconds = time.perf_counter() - began
        # The last one leaves when the last request that has it ends and the collector came by.
        while (mapped := mapped_versions(root, port)) != {"v0102"}:
            assert time.perf_counter() - began - seconds < 30, mapped
            time.sleep(0.5)
    finally:
        load.stop()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        process.stdout.close()
    assert load.wrong == []
    taken = sorted(load.seconds)
    half, most = taken[len(taken) // 2], taken[len(taken) * 99 // 100]
    print(
        f"\n100 swaps, 2 workers, 4 clients: {len(taken):,} answers in {seconds:.0f} s, none wrong;"
        f" ms p50 {1000 * half:.1f} p99 {1000 * most:.0f} max {1000 * taken[-1]:.0f};"
        f" reload until all agree: median {sorted(waits)[len(waits) // 2]:.2f} s, longest"
        f" {max(waits):.2f} s; memory of the workers after 10 swaps {memory[12] / 1e6:.0f} MB,"
        f" after 100 {memory[102] / 1e6:.0f} MB"
    )
    assert memory[102] < 1.25 * memory[12]


def mapped_versions(root: Path, port: int) -> set[str]:
    """Return the versions whose files the workers have in memory."""
    maps = [Path(f"/proc/{worker['pid']}/maps").read_text() for worker in of_workers(port)]
    return set(re.findall(rf"{root}/(v\d+)/", "".join(maps)))


def of_workers(port: int) -> list[dict[str, Any]]:
    return call(port, "GET", "/v1/library")[1]["workers"]
