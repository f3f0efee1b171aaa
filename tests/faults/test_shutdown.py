"""The server stopped under load: what was accepted is answered, what was acknowledged is kept."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import matinee
from matinee.store import open_store

TITLES = 40
CLIENTS = 4


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    films = folder / "films.jsonl"
    films.write_text("\n".join(json.dumps({"id": n, "title": f"Film {n}"}) for n in range(TITLES)))
    matinee.build([films], folder / "library")
    return folder / "library"


class Raters:
    """Clients that rate titles one after another, until the server will have no more.

    Attributes:
        acknowledged: stars of each title that a server said it had written down.
        dropped: requests that were sent on an open connection and not answered.
        refused: answers other than 200.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.acknowledged: dict[int, float] = {}
        self.answered = 0
        self.dropped: list[str] = []
        self.refused: list[str] = []
        self._threads = [
            threading.Thread(target=self._rate, args=(number,)) for number in range(CLIENTS)
        ]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()

    def _rate(self, client: int) -> None:
        count = 0
        while True:
            link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            try:
                link.connect()
            except OSError:
                return  # It listens no more, and so has accepted nothing.
            first, closing = True, False
            while not closing:
                count += 1
                title = client + CLIENTS * (count % (TITLES // CLIENTS))
                stars = 0.5 + 0.5 * (count % 10)
                try:
                    link.request(
                        "PUT",
                        f"/v1/people/me/ratings/local:{title}",
                        json.dumps({"rating": stars}),
                        {"Content-Type": "application/json"},
                    )
                    answer = link.getresponse()
                    body = answer.read()
                except (OSError, http.client.HTTPException) as error:
                    # A connection whose first request is lost may have waited in the queue of the
                    # system, which no server empties; on one that had answers it was accepted.
                    if not first:
                        self.dropped.append(repr(error))
                    break
                if answer.status != 200:
                    self.refused.append(f"{answer.status} {body[:200]!r}")
                    return
                first = False
                self.acknowledged[title] = stars
                self.answered += 1
                closing = answer.getheader("connection") == "close"
            link.close()


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.extra)])
def test_sigterm_under_load_drops_nothing(library: Path, tmp_path: Path, workers: int) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"sqlite:///{tmp_path / 'store.db'}"
    environment = {
        **os.environ,
        "MATINEE_DATABASE_URL": url,
        "MATINEE_RATE_LIMIT": "0",
        "MATINEE_LOG_LEVEL": "warning",
    }
    command = [Path(sys.executable).with_name("matinee"), "serve", "--library", library]
    command += ["--port", str(port), "--workers", str(workers)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert "Matinee is at" in process.stdout.readline()
        raters = Raters(port)
        while raters.answered < 200 and not raters.refused and not raters.dropped:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        raters.join()
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0, errors
    assert (raters.dropped, raters.refused) == ([], [])
    assert "Traceback" not in errors
    store = open_store(url)
    try:
        person = store.accounts.ensure()
        kept = {
            int(deed.title.removeprefix("local:")): deed.stars
            for deed, _ in store.history.opinions(person.key)
        }
    finally:
        store.close()
    assert kept == raters.acknowledged
