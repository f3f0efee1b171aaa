"""A hub on the loopback address, and a Matinee in a process of its own that knows one more model.

The server answers what the hub's client asks when it fetches one file: a HEAD request for the
entity tag, the commit and the length, then a GET that may ask for a range.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

TINY = Path(__file__).with_name("fixtures") / "bert"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {"onnx/model.onnx": TINY / "model.onnx", "tokenizer.json": TINY / "tokenizer.json"}

CHILD = """
import sys
from matinee.models import registry
from matinee.models.registry import HubFile, HubSource, ModelSpec

source = HubSource("somebody/tiny", {commit!r}, HubFile(*{model!r}), HubFile(*{tokenizer!r}))
registry.MODELS["tiny"] = ModelSpec(
    name="tiny", kind="encoder", source=source, max_tokens=32, licence="MIT", languages="none",
    used_for="tests", dimension=16, pooling="cls",
)
from matinee.cli.main import run
run()
"""


@dataclass
class Hub:
    """The server's state: what it serves, what goes wrong, and what it was asked."""

    files: dict[str, bytes]
    url: str = ""
    breaks: int = 0  # GET requests still to be broken off half way
    status: int = 200
    asked: Counter[str] = field(default_factory=Counter)
    ranges: list[str] = field(default_factory=list)


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, *, body: bool) -> None:
            hub.asked[f"{self.command} {self.path.rsplit(COMMIT)[-1]}"] += 1
            prefix = f"/somebody/tiny/resolve/{COMMIT}/"
            known = self.path.removeprefix(prefix) if self.path.startswith(prefix) else ""
            status = hub.status if known in hub.files or hub.status != 200 else 404
            if status != 200:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            whole = hub.files[known]
            wanted, start = self.headers.get("Range"), 0
            if wanted:
                hub.ranges.append(wanted)
                start = int(wanted.removeprefix("bytes=").split("-")[0])
            part = whole[start:]
            self.send_response(206 if wanted else 200)
            self.send_header("ETag", f'"{hashlib.sha256(whole).hexdigest()}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", str(len(part)))
            if wanted:
                end = len(whole) - 1
                self.send_header("Content-Range", f"bytes {start}-{end}/{len(whole)}")
            self.end_headers()
            if not body:
                return
            if hub.breaks and len(part) > 1:
                hub.breaks -= 1
                self.wfile.write(part[: len(part) // 2])
                self.close_connection = True
            else:
                self.wfile.write(part)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


@pytest.fixture
def hub() -> Iterator[Hub]:
    state = Hub({name: path.read_bytes() for name, path in FILES.items()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


class Matinee:
    """Runs the command in a process of its own, with a cache of the hub of its own."""

    def __init__(self, home: Path, endpoint: str) -> None:
        self.home = home
        self.endpoint = endpoint
        self.pin({name: path.read_bytes() for name, path in FILES.items()})

    def pin(self, files: dict[str, bytes]) -> None:
        """Let the tiny model be these files."""
        pins = {}
        for role, name in (("model", "onnx/model.onnx"), ("tokenizer", "tokenizer.json")):
            pins[role] = (name, len(files[name]), hashlib.sha256(files[name]).hexdigest())
        self._script = CHILD.format(commit=COMMIT, **pins)

    def __call__(self, *arguments: str | Path, code: int = 0, **environment: str) -> str:
        """Run a command; return what it printed, its error message if it was to fail."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        environment = {
            "HF_HOME": str(self.home),
            "HF_ENDPOINT": self.endpoint,
            "COLUMNS": "200",
            "NO_PROXY": "127.0.0.1",
            **environment,
        }
        done = subprocess.run(
            [sys.executable, "-c", self._script, *map(str, arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            env={**clean, **environment},
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, done.stderr
        return done.stderr if code else done.stdout

    def present(self) -> bool:
        """Tell whether the tiny model is there, by the list that the command prints."""
        rows = json.loads(self("models", "list", "--json"))
        return next(row["present"] for row in rows if row["name"] == "tiny")

    def contents(self) -> list[Path]:
        """Return the files of the cache that hold content."""
        return [path for path in self.home.rglob("blobs/*") if path.is_file()]


@pytest.fixture
def matinee(hub: Hub, tmp_path: Path) -> Matinee:
    return Matinee(tmp_path / "hf", hub.url)
