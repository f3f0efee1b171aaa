"""A server on a machine without a network: it starts from local models, or says what is missing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import matinee
from matinee.library import manifest

SECONDS = 60
"""A start takes some two; one that waits for a network hangs for minutes."""

pytestmark = [
    pytest.mark.extra,
    pytest.mark.skipif(
        shutil.which("unshare") is None or os.geteuid() != 0, reason="needs unshare and root"
    ),
]
CLIENT = """
import http.client, json, sys, time
for address in ("/health/ready", "/v1/search?q=story&k=3", "/v1/titles/local:1", "/"):
    link = http.client.HTTPConnection("127.0.0.1", 7860, timeout=20)
    link.request("GET", address)
    answer = link.getresponse()
    body = answer.read()
    assert answer.status == 200, (address, answer.status, body)
print("answered")
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    films = tmp_path / "films.jsonl"
    films.write_text(
        "\n".join(json.dumps({"id": n, "title": f"Film {n}", "plot": "A story."}) for n in range(9))
    )
    matinee.build([films], tmp_path / "library")
    return tmp_path / "library"


def offline(script: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Run a shell script where there is nothing but the loopback interface."""
    environment = {
        **os.environ,
        "MATINEE_DATABASE_URL": f"sqlite:///{tmp_path / 'store.db'}",
        "MATINEE": str(Path(sys.executable).with_name("matinee")),
        "PYTHON": sys.executable,
        "CLIENT": CLIENT,
        "LIBRARY": str(tmp_path / "library"),
        # Where it would look for models that were pulled.
        "HF_HOME": str(tmp_path / "hub"),
    }
    return subprocess.run(
        ["unshare", "-n", "sh", "-c", f"ip link set lo up && {script}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def test_there_is_no_network_in_here(tmp_path: Path) -> None:
    code = "import socket; socket.create_connection(('192.0.2.1', 443), 2)"
    done = offline(f'"$PYTHON" -c "{code}"', tmp_path)
    assert "unreachable" in done.stderr


@pytest.mark.parametrize("workers", [1, 2])
def test_it_starts_from_local_models_and_answers(root: Path, tmp_path: Path, workers: int) -> None:
    script = (
        f'"$MATINEE" serve --library "$LIBRARY" --port 7860 --workers {workers} > "$LIBRARY/said" &'
        "\npid=$!\n"
        'while ! grep -q "Matinee is at" "$LIBRARY/said"; do kill -0 $pid || exit 1; sleep 0.1;'
        " done\n"
        '"$PYTHON" -c "$CLIENT"; code=$?\n'
        "kill $pid; wait $pid; exit $code"
    )
    began = time.monotonic()
    done = offline(script, tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, "answered"), done.stderr
    assert "Traceback" not in done.stderr
    assert time.monotonic() - began < SECONDS


@pytest.mark.parametrize("workers", [1, 2])
def test_a_model_that_is_not_there_is_one_clear_error(
    root: Path, tmp_path: Path, workers: int
) -> None:
    folder = root / "v0001"
    made = json.loads((folder / manifest.NAME).read_text())
    # A known encoder, which has to be pulled before it can be used.
    made["encoder"]["name"] = "all-mpnet-base-v2"
    (folder / manifest.NAME).write_text(json.dumps(made))
    done = offline(
        f'"$MATINEE" serve --library "$LIBRARY" --port 7860 --workers {workers}', tmp_path
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    [said] = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert "all-mpnet-base-v2" in said
    assert "matinee models pull" in said
