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
from typing import TYPE_CHECKING, Any

import pytest

from matinee.models.registry import HubFile, HubSource, ModelSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TINY = Path(__file__).with_name("fixtures") / "bert"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {"onnx/model.onnx": TINY / "model.onnx", "tokenizer.json": TINY / "tokenizer.json"}

CHILD = """
from matinee.models import registry
from matinee.models.card import Preprocess
from matinee.models.registry import HubFile, HubSource, ModelSpec

registry.MODELS.update({specs!r})
from matinee.cli.main import run
run()
"""


@dataclass
class Hub:
    """The server's state: what it serves, what goes wrong, and what it was asked."""

    files: dict[str, bytes]  # of the tiny model
    others: dict[str, dict[str, bytes]] = field(default_factory=dict)  # by repository
    url: str = ""
    breaks: int = 0  # GET requests still to be broken off half way
    status: int = 200
    asked: Counter[str] = field(default_factory=Counter)
    ranges: list[str] = field(default_factory=list)
    tokens: dict[str, str | None] = field(default_factory=dict)  # by what it was asked


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, *, body: bool) -> None:
            hub.asked[f"{self.command} {self.path.rsplit(COMMIT)[-1]}"] += 1
            hub.tokens[f"{self.command} {self.path}"] = self.headers.get("Authorization")
            repo, _, known = self.path.removeprefix("/").partition(f"/resolve/{COMMIT}/")
            files = hub.files if repo == "somebody/tiny" else hub.others.get(repo, {})
            status = hub.status if known in files or hub.status != 200 else 404
            if status != 200:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            whole = files[known]
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
        self.specs: dict[str, ModelSpec] = {}
        self.pin({name: path.read_bytes() for name, path in FILES.items()})

    @staticmethod
    def source(repo: str, files: Mapping[str, bytes], names: Mapping[str, str]) -> HubSource:
        """Return files of a repository, pinned.

        Args:
            repo: the repository.
            files: its contents by their paths.
            names: the paths, by the name that each has in a model folder.
        """
        return HubSource(
            repo,
            COMMIT,
            {
                name: HubFile(path, len(files[path]), hashlib.sha256(files[path]).hexdigest())
                for name, path in names.items()
            },
        )

    def pin(self, files: dict[str, bytes]) -> None:
        """Let the tiny model be these files."""
        names = {"model.onnx": "onnx/model.onnx", "tokenizer.json": "tokenizer.json"}
        source = self.source("somebody/tiny", files, names)
        self.know(
            ModelSpec(
                name="tiny",
                kind="encoder",
                sources=(source,),
                max_tokens=32,
                licence="MIT",
                languages="none",
                used_for="tests",
                dimension=16,
                pooling="cls",
            )
        )

    def know(self, spec: ModelSpec) -> None:
        """Let there be a model."""
        self.specs[spec.name] = spec

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
            [sys.executable, "-c", CHILD.format(specs=self.specs), *map(str, arguments)],
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

    def row(self, name: str) -> dict[str, Any]:
        """Return what the list that the command prints says of a model."""
        return {row["name"]: row for row in json.loads(self("models", "list", "--json"))}[name]

    def present(self, name: str = "tiny") -> bool:
        """Tell whether a model is there, by that list."""
        return bool(self.row(name)["present"])

    def contents(self) -> list[Path]:
        """Return the files of the cache that hold content."""
        return [path for path in self.home.rglob("blobs/*") if path.is_file()]


@pytest.fixture
def matinee(hub: Hub, tmp_path: Path) -> Matinee:
    return Matinee(tmp_path / "hf", hub.url)
