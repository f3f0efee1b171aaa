"""S3 as it is spoken, with moto's server on loopback; needs s3fs and moto (extra ``dev``)."""

from __future__ import annotations

import hashlib
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from matinee.errors import LibraryCorruptError, LibraryError, LibraryNotFoundError
from matinee.library import manifest, versions
from matinee.library.sharing import Patience, pull, push
from matinee.testing.versions import files_of, publish_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

try:
    import s3fs
    from moto import server as moto_server
except ImportError as error:
    if os.environ.get("CI"):
        raise
    pytest.skip(f"{error}; install the extra dev", allow_module_level=True)

PLACE = "s3://films/shared/main"
AT_ONCE = Patience(first_wait=0.0)
FILES = {
    "catalogue.parquet": b"rows" * 1000,
    # Above s3fs's 50 MiB it would go in parts; above 8 MiB it is read in parts.
    "text.f16.npy": bytes(range(256)) * 40_000,
    "lexical/weights.npy": b"w" * 5000,
    "lexical/empty.txt": b"",
}


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A bucket ``films``; credentials and address come by the environment, as usual with S3."""
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "who")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush-hush")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3fs.S3FileSystem.clear_instance_cache()
    try:
        fs = s3fs.S3FileSystem()
        fs.mkdir("films")
        yield fs
    finally:
        # The server's state outlives it, in the process.
        for path in fs.find("films"):
            fs.rm_file(path)
        fs.rmdir("films")
        s3fs.S3FileSystem.clear_instance_cache()
        server.stop()


@pytest.fixture
def here(tmp_path: Path) -> Path:
    publish_files(tmp_path / "here", FILES)
    return tmp_path / "here"


def test_there_and_back(s3: Any, here: Path, tmp_path: Path) -> None:
    sent = push(here, PLACE, patience=AT_ONCE)
    assert (sent.files, sent.bytes) == (4, sum(map(len, FILES.values())))
    done = pull(PLACE, tmp_path / "there", patience=AT_ONCE)
    assert (done.version, done.bytes) == ("v0001", sent.bytes)
    assert files_of(tmp_path / "there" / "v0001") == files_of(here / "v0001")
    assert not pull(PLACE, tmp_path / "there", patience=AT_ONCE).changed
    keys = {path.removeprefix("films/shared/main/") for path in s3.find("films")}
    assert keys == {"CURRENT", "v0001/manifest.json"} | {f"v0001/{name}" for name in FILES}
    publish_files(here, {**FILES, "new": b"new"})
    assert push(here, PLACE, patience=AT_ONCE).version == "v0002"
    assert {path.split("/")[3] for path in s3.find("films")} == {"CURRENT", "v0001", "v0002"}
    assert pull(PLACE, tmp_path / "there", patience=AT_ONCE).version == "v0002"


def test_what_is_wrong_there_is_refused(s3: Any, here: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    with pytest.raises(LibraryNotFoundError):
        pull(PLACE, there, patience=AT_ONCE)
    with pytest.raises(LibraryError, match="no such place") as caught:
        push(here, "s3://no-such-bucket/x", patience=AT_ONCE)
    assert "hush" not in str(caught.value)
    push(here, PLACE, patience=AT_ONCE)
    path, raw = "films/shared/main/v0001/text.f16.npy", bytearray(FILES["text.f16.npy"])
    raw[9_000_000] ^= 1
    s3.pipe_file(path, bytes(raw))
    with pytest.raises(LibraryCorruptError) as refused:
        pull(PLACE, there, patience=AT_ONCE)
    assert hashlib.sha256(raw).hexdigest() in str(refused.value)
    assert hashlib.sha256(FILES["text.f16.npy"]).hexdigest() in str(refused.value)
    s3.pipe_file(path, bytes(raw[:-1]))
    with pytest.raises(LibraryCorruptError, match="10239999 bytes instead of 10240000"):
        pull(PLACE, there, patience=AT_ONCE)
    assert not versions.exists(there)
    # The push finds by its size what is short, and by reading what is not the same.
    assert push(here, PLACE, patience=AT_ONCE).files == 1
    s3.pipe_file(path, bytes(raw))
    assert push(here, PLACE, check=True, patience=AT_ONCE).files == 1
    assert pull(PLACE, there, patience=AT_ONCE).changed


def test_a_part_is_gone_on_with_by_ranges(
    s3: Any, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(here, PLACE, patience=AT_ONCE)
    raw = (here / "v0001" / manifest.NAME).read_bytes()
    parts = tmp_path / "there" / ".pulling" / hashlib.sha256(raw).hexdigest()[:16] / "parts"
    parts.mkdir(parents=True)
    (parts / "text.f16.npy").write_bytes(FILES["text.f16.npy"][:9_000_001])
    ranges = []
    real = s3fs.core.S3File._fetch_range

    def fetch(self: Any, start: int, end: int) -> bytes:
        if self.path.endswith("text.f16.npy"):
            ranges.append((start, end))
        return bytes(real(self, start, end))

    monkeypatch.setattr(s3fs.core.S3File, "_fetch_range", fetch)
    done = pull(PLACE, tmp_path / "there", patience=AT_ONCE)
    assert ranges == [(9_000_001, 10_240_000)]
    assert done.bytes == sum(map(len, FILES.values())) - 9_000_001
    assert files_of(tmp_path / "there" / "v0001") == files_of(here / "v0001")


def test_three_replicas_pull_at_once(s3: Any, here: Path, tmp_path: Path) -> None:
    push(here, PLACE, patience=AT_ONCE)
    failed: list[BaseException] = []

    def replica(root: Path) -> None:
        try:
            pull(PLACE, root, patience=AT_ONCE)
        except BaseException as error:  # noqa: BLE001 -- looked at below
            failed.append(error)

    roots = [tmp_path / f"replica-{n}" for n in range(3)]
    threads = [threading.Thread(target=replica, args=(root,)) for root in roots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    for root in roots:
        assert files_of(root / "v0001") == files_of(here / "v0001")
