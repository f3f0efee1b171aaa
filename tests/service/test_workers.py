"""Several workers behind one port: they agree, they are started again, they end with the parent."""

from __future__ import annotations

import contextlib
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

import matinee
from matinee.errors import LibraryCorruptError
from matinee.library import versions
from matinee.service.board import Board, Worker, error_values
from matinee.service.holder import Holder
from matinee.settings import Settings


def test_requests_to_reload_are_counted_whoever_makes_them(tmp_path: Path) -> None:
    board = Board(tmp_path)
    assert board.generation() == 0
    asked: list[int] = []
    threads = [
        threading.Thread(target=lambda: asked.extend(board.ask() for _ in range(10)))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(asked) == list(range(1, 51))
    assert board.generation() == 50


def test_workers_are_read_as_they_were_written_and_leave(tmp_path: Path) -> None:
    board = Board(tmp_path)
    error = error_values(LibraryCorruptError("It is damaged", where="here", cure="Mend it"))
    first = Worker(pid=1, generation=3, version="v0002", degraded=("a", "b"), ready=True)
    second = Worker(pid=2, generation=0, error=error)
    board.say(second)
    board.say(first)
    assert board.workers() == [first, second]
    first.raise_error()
    with pytest.raises(LibraryCorruptError, match=r"It is damaged \(here\). Mend it."):
        second.raise_error()
    board.leave(1)
    board.leave(1)
    assert board.workers() == [second]


def test_a_worker_follows_the_board_without_looking_at_the_pointer(
    made: Path, tmp_path: Path
) -> None:
    root, board = shutil.copytree(made, tmp_path / "library"), Board(tmp_path)
    versions.point_to(root, "v0001")
    holder = Holder(
        None, path=root, settings=Settings(watch_seconds=0, threads=1, cache=tmp_path), board=board
    )
    holder.open()
    [said] = board.workers()
    assert (said.version, said.ready, said.generation) == ("v0001", True, 0)
    holder.watch()
    try:
        versions.point_to(root, "v0002")
        generation = board.ask()
        deadline = time.monotonic() + 30
        while board.workers()[0].generation < generation:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert holder.version == board.workers()[0].version == "v0002"
    finally:
        holder.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    films = folder / "films.jsonl"
    films.write_text("\n".join(json.dumps({"id": n, "title": f"Film {n}"}) for n in range(9)))
    for _ in range(2):
        matinee.build([films], folder / "library")
    return folder / "library"


class Served:
    """A server of two workers in a process of its own."""

    def __init__(self, root: Path, folder: Path, **settings: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        environment = {
            **os.environ,
            "MATINEE_DATABASE_URL": f"sqlite:///{folder / 'store.db'}",
            "MATINEE_RATE_LIMIT": "0",
            "MATINEE_LOG_LEVEL": "warning",
            **settings,
        }
        command = [Path(sys.executable).with_name("matinee"), "serve", "--library", root]
        command += ["--port", str(self.port), "--workers", "2"]
        self._errors = folder / "errors.txt"
        with self._errors.open("w") as errors:
            self.process = subprocess.Popen(
                command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
            )

    @property
    def errors(self) -> str:
        return self._errors.read_text()

    def started(self) -> Served:
        assert self.process.stdout is not None
        assert "Matinee is at" in self.process.stdout.readline()
        return self

    def call(self, method: str, address: str) -> tuple[int, Any]:
        with contextlib.closing(
            http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        ) as link:
            link.request(method, address)
            answer = link.getresponse()
            return answer.status, json.loads(answer.read())

    def workers(self) -> dict[int, str]:
        found = self.call("GET", "/v1/library")[1]["workers"]
        return {worker["pid"]: worker["library"] for worker in found}

    def stop(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.communicate(timeout=60)
            return self.errors
        finally:
            self.process.kill()
            self.process.communicate()


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    root = shutil.copytree(made, tmp_path / "library")
    versions.point_to(root, "v0001")
    return root


def until(holds) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def lives(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    with contextlib.suppress(OSError):
        return state.read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.extra
def test_a_worker_that_dies_is_started_again_while_the_other_answers(
    root: Path, tmp_path: Path
) -> None:
    served = Served(root, tmp_path).started()
    try:
        before = served.workers()
        assert len(before) == 2
        killed = min(before)
        os.kill(killed, signal.SIGKILL)
        for _ in range(50):
            # A connection that the dead one had accepted is lost; each of these is a new one.
            assert served.call("GET", "/health/ready")[0] == 200
        until(lambda: len(served.workers()) == 2 and killed not in served.workers())
        assert set(served.workers().values()) == {"v0001"}
    finally:
        errors = served.stop()
    assert served.process.returncode == 0
    assert f"Worker {killed} ended with status -9" in errors
    assert "Traceback" not in errors


@pytest.mark.extra
def test_a_worker_that_has_no_library_takes_no_requests(root: Path, tmp_path: Path) -> None:
    served = Served(root, tmp_path).started()
    try:
        sound = (root / "v0002" / "catalogue.parquet").read_bytes()
        (root / "v0002" / "catalogue.parquet").write_bytes(sound[:-1])
        versions.point_to(root, "v0002")
        until(lambda: served.call("GET", "/health/ready")[1]["degraded"])
        killed = min(served.workers())
        os.kill(killed, signal.SIGKILL)

        def refused() -> bool:
            status, found = served.call("GET", "/health/ready")
            assert (status, found["library"]) == (200, "v0001")
            return "ended with status 4" in served.errors

        until(refused)
        assert len(served.workers()) == 1
        (root / "v0002" / "catalogue.parquet").write_bytes(sound)
        versions.point_to(root, "v0002")
        until(lambda: list(served.workers().values()) == ["v0002"] * 2)
    finally:
        served.stop()
    assert served.process.returncode == 0


@pytest.mark.extra
def test_a_reload_says_which_worker_is_late(root: Path, tmp_path: Path) -> None:
    served = Served(
        root, tmp_path, MATINEE_REQUEST_SECONDS="6", MATINEE_WATCH_SECONDS="0"
    ).started()
    stopped = min(served.workers())
    try:
        os.kill(stopped, signal.SIGSTOP)
        versions.point_to(root, "v0002")
        # One that stands still may have been given a connection, which then waits.
        for _ in range(20):
            try:
                status, found = served_by_the_other(served)
                break
            except TimeoutError:
                continue
        assert (status, found["agreed"], found["late"]) == (202, False, [stopped])
        os.kill(stopped, signal.SIGCONT)
        until(lambda: set(served.workers().values()) == {"v0002"})
        assert served.call("POST", "/v1/library/reload")[1]["agreed"]
    finally:
        os.kill(stopped, signal.SIGCONT)
        served.stop()


def served_by_the_other(served: Served) -> tuple[int, Any]:
    with contextlib.closing(
        http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    ) as link:
        link.request("POST", "/v1/library/reload")
        answer = link.getresponse()
        return answer.status, json.loads(answer.read())


@pytest.mark.extra
def test_hup_reloads_and_a_killed_parent_takes_its_workers_along(
    root: Path, tmp_path: Path
) -> None:
    served = Served(root, tmp_path, MATINEE_WATCH_SECONDS="0").started()
    workers = served.workers()
    versions.point_to(root, "v0002")
    served.process.send_signal(signal.SIGHUP)
    until(lambda: set(served.workers().values()) == {"v0002"})
    assert set(served.workers()) == set(workers)
    served.process.kill()
    served.process.communicate()
    until(lambda: not any(map(lives, workers)))
    with pytest.raises(ConnectionRefusedError):
        served.call("GET", "/health/live")


@pytest.mark.extra
def test_cores_are_shared_and_counts_put_together(root: Path, tmp_path: Path) -> None:
    served = Served(root, tmp_path).started()
    try:
        share = max(1, len(os.sched_getaffinity(0)) // 2)
        for pid in served.workers():
            said = Path(f"/proc/{pid}/environ").read_text()
            given = os.environ.get("OPENBLAS_NUM_THREADS", str(share))
            assert f"OPENBLAS_NUM_THREADS={given}\0" in said
        for _ in range(40):
            assert served.call("GET", "/v1/library/versions")[0] == 200
        with contextlib.closing(
            http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
        ) as link:
            link.request("GET", "/metrics")
            text = link.getresponse().read().decode()
        counted = re.findall(
            r"^matinee_\S*\{[^}]*route=\"/v1/library/versions\"[^}]*\} (\d+)", text, re.M
        )
        assert "40" in counted
    finally:
        served.stop()


@pytest.mark.extra
def test_a_library_that_cannot_be_opened_is_one_error_at_the_terminal(
    root: Path, tmp_path: Path
) -> None:
    (root / "v0001" / "catalogue.parquet").write_bytes(b"short")
    served = Served(root, tmp_path)
    served.process.communicate(timeout=60)
    errors = served.errors
    assert served.process.returncode == 3
    assert [line for line in errors.splitlines() if line.startswith("error:")] == [
        line for line in errors.splitlines() if "catalogue.parquet" in line and "error:" in line
    ]
    assert errors.count("error:") == 1
