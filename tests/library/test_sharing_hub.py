"""The hub as its client asks it: commits, trees, and files by ranges, on loopback.

What the server here does not do, and what is therefore not tested: Xet, the hub's way of taking and
giving large files in chunks. Large files go the older way, Git LFS.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pytest

from matinee.errors import (
    ConflictError,
    InputError,
    LibraryCorruptError,
    LibraryError,
    LibraryNotFoundError,
)
from matinee.library import manifest, versions
from matinee.library.sharing import Patience, pull, push
from matinee.library.sharing.hub import Repository
from matinee.testing.versions import files_of, publish_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The hub's client uploads by LFS in a way that its own HTTP library would have otherwise.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>':DeprecationWarning")

PLACE = "hf://datasets/ann/films"
AT_ONCE = Patience(first_wait=0.0)
LARGE = 10_000
"""Bytes from which the server here wants a file as LFS."""
FILES = {
    "catalogue.parquet": b"rows" * 1000,
    "text.f16.npy": bytes(range(256)) * 300,
    "lexical/weights.npy": b"w" * 5000,
    "lexical/empty.txt": b"",
}


class Hub:
    """Repositories, each a list of commits.

    Attributes:
        repositories: by name; each commit is its files.
        commits: number of commits that were asked for.
        ranges: asked for, with the path.
        tokens: that were sent.
        fail: so many requests are answered with ``status`` first.
    """

    def __init__(self) -> None:
        self.repositories: dict[str, list[dict[str, bytes]]] = {}
        self.private: dict[str, bool] = {}
        self.large: dict[str, bytes] = {}
        self.ranges: list[tuple[str, str]] = []
        self.tokens: set[str | None] = set()
        self.fail = 0
        self.status = 503
        self.lock = threading.Lock()

    def files(self, repo: str, revision: str) -> dict[str, bytes] | None:
        commits = self.repositories[repo]
        if revision == "main":
            return commits[-1]
        number = int(revision, 16) - 1 if re.fullmatch("[0-9a-f]{40}", revision) else -1
        return commits[number] if 0 <= number < len(commits) else None


def oid(raw: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(raw) + raw, usedforsecurity=False).hexdigest()


class Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def answer(self, value: Any, status: int = 200, **headers: str) -> None:
        raw = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            raw = b""
            while size := int(self.rfile.readline(), 16):
                raw += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return raw
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def absent(self, code: str) -> None:
        self.answer({"error": code}, 404, X_Error_Code=code)

    def handle_any(self) -> None:
        raw = self.body()
        path = unquote(urlsplit(self.path).path)
        with self.hub.lock:
            self.hub.tokens.add(self.headers.get("Authorization"))
            if self.hub.fail:
                self.hub.fail -= 1
                return self.answer({"error": "not now"}, self.hub.status)
            return self.route(path, raw)

    do_GET = do_HEAD = do_POST = do_PUT = handle_any  # noqa: N815 -- names of the base class

    def route(self, path: str, raw: bytes) -> None:
        hub = self.hub
        if path == "/api/repos/create":
            said = json.loads(raw)
            repo = f"{said.get('organization') or 'ann'}/{said['name']}"
            hub.repositories.setdefault(repo, [{".gitattributes": b""}])
            hub.private[repo] = said.get("visibility") == "private" or bool(said.get("private"))
            return self.answer({"url": f"{self.address}/datasets/{repo}", "id": repo})
        if found := re.fullmatch(r"/upload/(\w+)", path):
            hub.large[found[1]] = raw
            return self.answer(b"")
        if found := re.fullmatch(r"/datasets/([^/]+/[^/.]+)\.git/info/lfs/objects/batch", path):
            objects = []
            for each in json.loads(raw)["objects"]:
                entry = {"oid": each["oid"], "size": each["size"]}
                if each["oid"] not in hub.large:
                    link = {"href": f"{self.address}/upload/{each['oid']}", "header": {}}
                    entry["actions"] = {"upload": link}
                objects.append(entry)
            return self.answer({"transfer": "basic", "objects": objects})
        if found := re.fullmatch(r"/datasets/([^/]+/[^/]+)/resolve/([^/]+)/(.*)", path):
            return self.resolve(*found.groups())
        found = re.fullmatch(r"/api/datasets/([^/]+/[^/]+)(?:/([\w-]+)/([^/]+)(?:/(.*))?)?", path)
        if found is None or found[1] not in hub.repositories:
            return self.absent("RepoNotFound")
        repo, verb, revision, rest = found.groups()
        files = hub.files(repo, revision or "main")
        if files is None:
            return self.absent("RevisionNotFound")
        if verb in (None, "revision"):
            number = next(n for n, c in enumerate(hub.repositories[repo], 1) if c is files)
            return self.answer({"id": repo, "sha": f"{number:040x}", "siblings": []})
        if verb == "tree":
            return self.tree(files, rest or "")
        if verb == "preupload":
            modes = []
            for each in json.loads(raw)["files"]:
                mode: dict[str, Any] = {
                    "path": each["path"],
                    "shouldIgnore": False,
                    "uploadMode": "regular",
                }
                mode["uploadMode"] = "lfs" if each["size"] >= LARGE else "regular"
                there = files.get(each["path"])
                mode["oid"] = None if there is None else oid(there)
                modes.append(mode)
            return self.answer({"files": modes})
        assert verb == "commit", path
        return self.commit(repo, files, raw)

    @property
    def address(self) -> str:
        host, port = self.server.server_address[:2]
        return f"http://{host!s}:{port}"

    def resolve(self, repo: str, revision: str, path: str) -> None:
        content = (self.hub.files(repo, revision) or {}).get(path)
        if content is None:
            return self.absent("EntryNotFound")
        asked = self.headers.get("Range")
        if not asked:
            return self.answer(content)
        self.hub.ranges.append((path, asked))
        start, end = re.fullmatch(r"bytes=(\d+)-(\d+)", asked).groups()  # type: ignore[union-attr]
        return self.answer(content[int(start) : int(end) + 1], 206)

    def tree(self, files: dict[str, bytes], folder: str) -> None:
        recursive = "recursive=true" in self.path.lower()
        start = f"{folder.rstrip('/')}/" if folder else ""
        inside = [path for path in files if path.startswith(start)]
        if not inside:
            return self.absent("EntryNotFound")
        entries: dict[str, Any] = {}
        for path in inside:
            parts = path[len(start) :].split("/")
            for depth in range(1, len(parts)):
                if depth == 1 or recursive:
                    name = start + "/".join(parts[:depth])
                    entries[name] = {"type": "directory", "path": name, "oid": "0" * 40, "size": 0}
            if len(parts) == 1 or recursive:
                raw = files[path]
                entries[path] = {"type": "file", "path": path, "oid": oid(raw), "size": len(raw)}
        return self.answer(list(entries.values()))

    def commit(self, repo: str, files: dict[str, bytes], raw: bytes) -> None:
        files = dict(files)
        for line in raw.splitlines():
            entry = json.loads(line)
            value = entry["value"]
            if entry["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif entry["key"] == "lfsFile":
                files[value["path"]] = self.hub.large[value["oid"]]
            else:
                assert entry["key"] == "header", entry
        self.hub.repositories[repo].append(files)
        number = len(self.hub.repositories[repo])
        url = f"https://huggingface.co/datasets/{repo}/commit/{number:040x}"
        self.answer({"commitOid": f"{number:040x}", "commitUrl": url, "success": True})


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Hub, str]]:
    import huggingface_hub
    from huggingface_hub import constants, utils

    state = Hub()
    handler = type("Bound", (Handler,), {"hub": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setenv("HF_TOKEN", "hf_hush")
    utils.disable_progress_bars()
    yield state, f"http://127.0.0.1:{server.server_address[1]}"
    utils.enable_progress_bars()
    huggingface_hub.close_session()
    huggingface_hub.HfFileSystem.clear_instance_cache()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def here(tmp_path: Path) -> Path:
    publish_files(tmp_path / "here", FILES)
    return tmp_path / "here"


def test_there_and_back(hub: tuple[Hub, str], here: Path, tmp_path: Path) -> None:
    state, endpoint = hub
    there = tmp_path / "there"
    with pytest.raises(LibraryNotFoundError, match="no library"):
        pull(PLACE, there, patience=AT_ONCE, endpoint=endpoint)
    sent = push(here, PLACE, patience=AT_ONCE, endpoint=endpoint)
    assert (sent.version, sent.files, sent.bytes) == ("v0001", 4, sum(map(len, FILES.values())))
    assert state.private == {"ann/films": True}
    # Files, manifest and pointer came in one commit.
    [first, second] = state.repositories["ann/films"]
    assert set(second) - set(first) == {"CURRENT"} | {
        f"v0001/{name}" for name in files_of(here / "v0001")
    }
    assert {name for name, raw in second.items() if raw in state.large.values()} == {
        "v0001/text.f16.npy"
    }
    done = pull(PLACE, there, patience=AT_ONCE, endpoint=endpoint)
    assert (done.version, done.bytes) == ("v0001", sent.bytes)
    assert files_of(there / "v0001") == files_of(here / "v0001")
    assert not pull(PLACE, there, patience=AT_ONCE, endpoint=endpoint).changed
    assert state.tokens == {"Bearer hf_hush"} or state.tokens == {"Bearer hf_hush", None}
    publish_files(here, {**FILES, "new": b"new"})
    assert push(here, PLACE, patience=AT_ONCE, endpoint=endpoint).version == "v0002"
    last = state.repositories["ann/films"][-1]
    assert {path.split("/")[0] for path in last} == {".gitattributes", "CURRENT", "v0001", "v0002"}
    assert pull(PLACE, there, patience=AT_ONCE, endpoint=endpoint).version == "v0002"
    again = push(here, PLACE, check=True, patience=AT_ONCE, endpoint=endpoint)
    assert (again.files, again.kept) == (0, 5)


def test_a_folder_and_a_commit_of_a_repository(
    hub: tuple[Hub, str], here: Path, tmp_path: Path
) -> None:
    state, endpoint = hub
    state.repositories["ann/films"] = [{"README.md": b"mine"}]
    push(here, f"{PLACE}@main/small", patience=AT_ONCE, endpoint=endpoint)
    assert "small/v0001/manifest.json" in state.repositories["ann/films"][-1]
    assert state.repositories["ann/films"][-1]["README.md"] == b"mine"
    publish_files(here, {"other": b"2"})
    push(here, f"{PLACE}@main/small", patience=AT_ONCE, endpoint=endpoint)
    old = f"{PLACE}@{2:040x}/small"
    assert pull(old, tmp_path / "old", patience=AT_ONCE, endpoint=endpoint).version == "v0001"
    now = pull(f"{PLACE}/small", tmp_path / "new", patience=AT_ONCE, endpoint=endpoint)
    assert now.version == "v0002"
    with pytest.raises(LibraryError, match=r"(?i)revision"):
        pull(f"{PLACE}@nowhere", tmp_path / "x", patience=AT_ONCE, endpoint=endpoint)
    with pytest.raises(LibraryError, match="leave the revision out"):
        push(here, "hf://datasets/ann/other@v1", patience=AT_ONCE, endpoint=endpoint)


def test_one_commit_is_read_whatever_is_pushed_meanwhile(
    hub: tuple[Hub, str], here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, endpoint = hub
    push(here, PLACE, patience=AT_ONCE, endpoint=endpoint)
    publish_files(here, {"other": b"2"})
    from matinee.library.sharing.storage import Storage

    real, pushed = Storage.fetch, threading.Event()

    def fetch(self: Storage, *given: Any) -> None:
        if not pushed.is_set():
            pushed.set()
            push(here, PLACE, patience=AT_ONCE, endpoint=endpoint)
            commits = state.repositories["ann/films"]
            commits.append({k: raw for k, raw in commits[-1].items() if "v0001" not in k})
        real(self, *given)

    monkeypatch.setattr(Storage, "fetch", fetch)
    there = tmp_path / "there"
    one = Patience(first_wait=0.0, connections=1)
    assert pull(PLACE, there, patience=one, endpoint=endpoint).version == "v0001"
    assert "v0001/manifest.json" not in state.repositories["ann/films"][-1]
    assert files_of(there / "v0001") == files_of(here / "v0001")


def test_what_is_wrong_there_is_refused(hub: tuple[Hub, str], here: Path, tmp_path: Path) -> None:
    state, endpoint = hub
    push(here, PLACE, patience=AT_ONCE, endpoint=endpoint)
    raw = bytearray(FILES["text.f16.npy"])
    raw[7] ^= 1
    state.repositories["ann/films"].append(
        state.repositories["ann/films"][-1] | {"v0001/text.f16.npy": bytes(raw)}
    )
    with pytest.raises(LibraryCorruptError) as refused:
        pull(PLACE, tmp_path / "there", patience=AT_ONCE, endpoint=endpoint)
    assert hashlib.sha256(raw).hexdigest() in str(refused.value)
    assert "hf://datasets/ann/films/v0001/text.f16.npy" in str(refused.value)
    assert not versions.exists(tmp_path / "there")
    assert push(here, PLACE, check=True, patience=AT_ONCE, endpoint=endpoint).files == 1
    assert pull(PLACE, tmp_path / "there", patience=AT_ONCE, endpoint=endpoint).changed
    publish_files(tmp_path / "other", {"a": b"other"})
    with pytest.raises(ConflictError):
        push(tmp_path / "other", PLACE, patience=AT_ONCE, endpoint=endpoint)


def test_a_part_is_gone_on_with_by_ranges(hub: tuple[Hub, str], here: Path, tmp_path: Path) -> None:
    state, endpoint = hub
    push(here, PLACE, patience=AT_ONCE, endpoint=endpoint)
    key = hashlib.sha256((here / "v0001" / manifest.NAME).read_bytes()).hexdigest()[:16]
    parts = tmp_path / "there" / ".pulling" / key / "parts"
    parts.mkdir(parents=True)
    (parts / "text.f16.npy").write_bytes(FILES["text.f16.npy"][:70_000])
    done = pull(PLACE, tmp_path / "there", patience=AT_ONCE, endpoint=endpoint)
    assert [r for path, r in state.ranges if path.endswith("f16.npy")] == ["bytes=70000-76799"]
    assert done.bytes == sum(map(len, FILES.values())) - 70_000
    assert files_of(tmp_path / "there" / "v0001") == files_of(here / "v0001")


def test_a_busy_hub_is_asked_again_and_one_that_refuses_is_not(
    hub: tuple[Hub, str], here: Path, tmp_path: Path
) -> None:
    state, endpoint = hub
    push(here, PLACE, patience=AT_ONCE, endpoint=endpoint)
    state.fail = 3
    assert pull(PLACE, tmp_path / "there", patience=AT_ONCE, endpoint=endpoint).changed
    state.fail, state.status = 2, 403
    with pytest.raises(LibraryError, match="403") as caught:
        pull(PLACE, tmp_path / "other", patience=AT_ONCE, endpoint=endpoint)
    assert state.fail == 1
    assert "hf_hush" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "hf://ann/films",
        "hf://spaces/ann/films",
        "hf://models/ann/films",
        "hf://datasets/films",
        "hf://datasets/ann/films/../other",
        "hf://datasets/",
    ],
)
def test_other_addresses_of_the_hub_are_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no dataset repository"):
        pull(url, tmp_path / "there", patience=AT_ONCE)


def test_an_address_of_the_hub_is_read() -> None:
    assert Repository.of("hf://datasets/a/b").path("CURRENT") == "CURRENT"
    found = Repository.of("hf://datasets/a.b-c/d_e.f@v1.0/x/y/")
    assert found == Repository("a.b-c/d_e.f", "v1.0", "x/y")
    assert found.path("CURRENT") == "x/y/CURRENT"
