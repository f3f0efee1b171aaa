from __future__ import annotations

import errno
import hashlib
import json
import shutil
import threading
from dataclasses import asdict, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFile, MemoryFileSystem
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matinee.errors import (
    ConflictError,
    InputError,
    LibraryBusyError,
    LibraryCorruptError,
    LibraryError,
    LibraryFormatError,
    LibraryNotFoundError,
    MissingExtraError,
)
from matinee.library import manifest, versions
from matinee.library.sharing import Patience, address, listed, pull, push
from matinee.library.sharing.address import Address, open_place
from matinee.library.sharing.effort import Effort
from matinee.testing.versions import SPEC, files_of, publish_files

if TYPE_CHECKING:
    from collections.abc import Iterator

AT_ONCE = Patience(first_wait=0.0)
"""The usual number of tries, without a pause between them."""
FILES = {
    "catalogue.parquet": b"rows" * 1000,
    "text.f16.npy": bytes(range(256)) * 300,
    "lexical/weights.npy": b"w" * 5000,
    "lexical/deep/er.txt": b"",
}
PLACE = "memory://films/main"


def live(root: Path) -> dict[str, bytes]:
    folder = versions.current(root)
    manifest.check(folder, manifest.read(folder), full=True)
    return files_of(folder)


def stored(path: str) -> bytes:
    return bytes(MemoryFileSystem.store[f"/films/main/{path}"].getvalue())


def store(path: str, raw: bytes) -> None:
    fsspec.filesystem("memory").pipe_file(f"/films/main/{path}", raw)


def gets(source: str, root: Path, **more: Any) -> Any:
    return pull(source, root, patience=AT_ONCE, **more)


def sends(root: Path, target: str, **more: Any) -> Any:
    return push(root, target, patience=AT_ONCE, **more)


def forget() -> None:
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]


@pytest.fixture(autouse=True)
def _empty_memory() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.fixture
def here(tmp_path: Path) -> Path:
    publish_files(tmp_path / "here", FILES)
    return tmp_path / "here"


@pytest.fixture
def there(tmp_path: Path) -> Path:
    return tmp_path / "there"


@pytest.mark.parametrize("kind", ["path", "file", "memory"])
def test_there_and_back(kind: str, here: Path, there: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shared with spaces"
    target = {"path": str(folder), "file": f"file://{folder}", "memory": PLACE}[kind]
    sent = sends(here, target)
    total = sum(map(len, FILES.values()))
    assert (sent.version, sent.files, sent.bytes, sent.kept) == ("v0001", 4, total, 0)
    again = sends(here, target)
    assert (again.files, again.bytes, again.kept) == (0, 0, 4)
    done = gets(target, there)
    assert (done.version, done.source, done.changed, done.files) == ("v0001", "v0001", True, 4)
    assert done.bytes == total
    assert live(there) == live(here)
    assert {p.name for p in there.iterdir()} == {"CURRENT", ".lock", "v0001"}
    assert not gets(target, there).changed
    if kind != "memory":
        assert set(files_of(folder)) == {"CURRENT"} | {f"v0001/{n}" for n in live(here)}


NAMES = st.text("abcxyz09._- ", min_size=1, max_size=8).filter(
    lambda n: n.strip(". ") == n and n != manifest.NAME
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.dictionaries(
        st.lists(NAMES, min_size=1, max_size=2).map(lambda parts: "dir/" + "/".join(parts)),
        st.binary(max_size=200),
        min_size=1,
        max_size=6,
    ).filter(lambda files: not any(f"{a}/" in b for a in files for b in files))
)
def test_any_files_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    publish_files(folder / "a", files)
    forget()
    sends(folder / "a", PLACE)
    gets(PLACE, folder / "b")
    assert live(folder / "b") == live(folder / "a")


def test_several_versions_lie_there(here: Path, there: Path) -> None:
    sends(here, PLACE)
    for text in (b"2", b"3"):
        publish_files(here, {"a": text, "b": b"same"})
        sends(here, PLACE)
    assert stored("CURRENT") == b"v0003\n"
    assert gets(PLACE, there, version="v0001").version == "v0001"
    assert sends(here, PLACE, version="v0002").files == 0
    assert gets(PLACE, there).version == "v0002"
    with pytest.raises(LibraryNotFoundError, match="there: v0001"):
        sends(here, PLACE, version="v0009")


def test_the_manifest_comes_next_to_last_and_the_pointer_last(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    put, pipe = MemoryFileSystem.put_file, MemoryFileSystem.pipe_file

    def put_file(self: Any, lpath: str, rpath: str, **more: Any) -> None:
        written.append(rpath)
        put(self, lpath, rpath, **more)

    def pipe_file(self: Any, path: str, value: bytes, **more: Any) -> None:
        written.append(path)
        pipe(self, path, value, **more)

    monkeypatch.setattr(MemoryFileSystem, "put_file", put_file)
    monkeypatch.setattr(MemoryFileSystem, "pipe_file", pipe_file)
    sends(here, PLACE)
    notes = [path for path in written if path.endswith(".pushing.json")]
    assert len(notes) == len(FILES)
    rest = [path.removeprefix("/films/main/") for path in written if path not in notes]
    assert set(rest[:-2]) == {f"v0001/{name}" for name in FILES}
    assert rest[-2:] == ["v0001/manifest.json", "CURRENT"]


def test_a_push_that_was_stopped_goes_on_and_nobody_sees_it(
    here: Path, there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_files(here, {"a": b"1" * 10, "b": b"2" * 20, "c": b"3" * 30})
    sends(here, PLACE, version="v0001")
    real = MemoryFileSystem.put_file

    def put_file(self: Any, lpath: str, rpath: str, **more: Any) -> None:
        if rpath.endswith("/a"):
            raise ConnectionResetError("the line is dead")
        real(self, lpath, rpath, **more)

    monkeypatch.setattr(MemoryFileSystem, "put_file", put_file)
    with pytest.raises(LibraryError, match=r"failed 5 times.*the line is dead"):
        push(here, PLACE, patience=replace(AT_ONCE, connections=1))
    assert gets(PLACE, there).version == "v0001"
    with pytest.raises(LibraryNotFoundError, match="not whole yet"):
        gets(PLACE, there, version="v0002")
    monkeypatch.undo()
    sent = sends(here, PLACE)
    # The two larger ones went first and were noted.
    assert (sent.files, sent.bytes, sent.kept) == (1, 10, 2)
    assert gets(PLACE, there).version == "v0002"
    assert not [path for path in MemoryFileSystem.store if "pushing" in path]


@pytest.mark.parametrize("torn", ["CURRENT", "manifest.json"])
def test_what_is_half_written_on_a_disk_is_not_seen(
    torn: str, here: Path, there: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = str(tmp_path / "shared")
    sends(here, target)
    publish_files(here, {"new": b"new"})
    real = LocalFileSystem.pipe_file

    def pipe_file(self: Any, path: str, value: bytes, **more: Any) -> None:
        if torn in path:
            real(self, path, value[:2])
            raise OSError("the disk is gone")
        real(self, path, value, **more)

    monkeypatch.setattr(LocalFileSystem, "pipe_file", pipe_file)
    with pytest.raises(LibraryError, match="the disk is gone"):
        sends(here, target)
    assert gets(target, there).version == "v0001"
    monkeypatch.undo()
    assert sends(here, target).files == 0
    assert gets(target, there).version == "v0002"


def test_notes_of_another_version_of_that_name_are_not_believed(here: Path, there: Path) -> None:
    # What a stopped push of another library left: the same sizes, other bytes.
    for name, raw in FILES.items():
        store(f"v0001/{name}", b"x" * len(raw))
    wrong = {name: {"bytes": len(raw), "sha256": "0" * 64} for name, raw in FILES.items()}
    store("v0001/.pushing.json", json.dumps(wrong).encode())
    assert sends(here, PLACE).files == 4
    gets(PLACE, there)
    store("v0001/.pushing.json", b"[torn")
    assert sends(here, PLACE).kept == 4


def test_another_version_of_that_name_is_not_overwritten(here: Path, tmp_path: Path) -> None:
    sends(here, PLACE)
    publish_files(tmp_path / "other", {"a": b"other"})
    with pytest.raises(ConflictError, match="Another version v0001"):
        sends(tmp_path / "other", PLACE)
    assert stored("CURRENT") == b"v0001\n"
    assert stored("v0001/catalogue.parquet") == FILES["catalogue.parquet"]


def test_a_damaged_file_is_not_sent(here: Path) -> None:
    path = here / "v0001" / "text.f16.npy"
    raw = bytearray(path.read_bytes())
    raw[500] ^= 1
    path.write_bytes(raw)
    wanted = hashlib.sha256(FILES["text.f16.npy"]).hexdigest()
    with pytest.raises(LibraryCorruptError, match=rf"{wanted} \(.*text.f16.npy\)"):
        sends(here, PLACE)
    assert "/films/main/CURRENT" not in MemoryFileSystem.store
    path.write_bytes(raw[:-1])
    with pytest.raises(LibraryCorruptError, match="76799 bytes instead of 76800"):
        sends(here, PLACE)


def test_a_push_mends_what_lies_there_damaged(here: Path, there: Path) -> None:
    sends(here, PLACE)
    store("v0001/lexical/weights.npy", b"v" * 5000)
    assert sends(here, PLACE).files == 0
    assert sends(here, PLACE, check=True).files == 1
    store("v0001/text.f16.npy", b"short")
    assert sends(here, PLACE).files == 1
    gets(PLACE, there)
    assert live(there) == live(here)
    # A damaged manifest is not written over: it might be that of another version.
    store("v0001/manifest.json", stored("v0001/manifest.json")[:-9])
    with pytest.raises(LibraryCorruptError, match=r"Delete that manifest\.json and push again"):
        gets(PLACE, there)
    with pytest.raises(ConflictError):
        sends(here, PLACE)
    fsspec.filesystem("memory").rm("/films/main/v0001/manifest.json")
    assert sends(here, PLACE).files == len(FILES)
    assert not gets(PLACE, there).changed


@pytest.mark.parametrize("name", [name for name, raw in FILES.items() if raw])
def test_a_flipped_byte_is_refused(name: str, here: Path, there: Path) -> None:
    sends(here, PLACE)
    gets(PLACE, there)
    before = files_of(there)
    publish_files(here, {**FILES, "new": b"new"})
    sends(here, PLACE)
    raw = bytearray(stored(f"v0002/{name}"))
    raw[len(raw) // 2] ^= 0x10
    store(f"v0002/{name}", bytes(raw))
    with pytest.raises(LibraryCorruptError) as caught:
        gets(PLACE, there)
    said = str(caught.value)
    assert hashlib.sha256(FILES[name]).hexdigest() in said
    assert hashlib.sha256(raw).hexdigest() in said
    assert f"{PLACE}/v0002/{name}" in said
    assert versions.names(there) == ["v0001"]
    after = {path: raw for path, raw in files_of(there).items() if ".pulling" not in path}
    assert after == before
    # Mended there, only what was not right is brought.
    sends(here, PLACE, check=True)
    assert gets(PLACE, there).version == "v0002"
    assert live(there) == live(here)


@pytest.mark.parametrize("cut", [1, 4999, 5000])
def test_a_short_or_missing_file_is_refused(cut: int, here: Path, there: Path) -> None:
    sends(here, PLACE)
    path = "v0001/lexical/weights.npy"
    store(path, b"w" * (5000 - cut))
    with pytest.raises(LibraryCorruptError) as caught:
        gets(PLACE, there)
    assert f"{5000 - cut} bytes instead of 5000" in str(caught.value)
    assert hashlib.sha256(FILES["lexical/weights.npy"]).hexdigest() in str(caught.value)
    assert path in str(caught.value)
    del MemoryFileSystem.store[f"/films/main/{path}"]
    with pytest.raises(LibraryCorruptError, match="v0001 is missing"):
        gets(PLACE, there)
    assert not versions.exists(there)


def rewrite(change: dict[str, Any]) -> None:
    raw = json.loads(stored("v0001/manifest.json"))
    store("v0001/manifest.json", json.dumps(raw | change).encode())


@pytest.mark.parametrize(
    "name",
    ["../evil", "/evil", "a/../../evil", "a//evil", "./evil", "..", ".", "", "a/", "C:evil",
     "..\\evil", "evil\0", "evil\n", "manifest.json", "a/manifest.json"],
)  # fmt: skip
def test_a_file_that_leads_out_is_refused(
    name: str, here: Path, there: Path, tmp_path: Path
) -> None:
    sends(here, PLACE)
    record = {"bytes": 4, "sha256": hashlib.sha256(b"evil").hexdigest()}
    rewrite({"files": {name: record}})
    with pytest.raises(LibraryCorruptError, match="does not belong in the folder"):
        gets(PLACE, there)
    assert not there.exists()
    assert not list(tmp_path.rglob("*evil*"))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=12) | st.text("./\\:ab", max_size=12))
def test_a_name_is_refused_or_stays_within(name: str) -> None:
    record = manifest.FileRecord(1, "0" * 64)
    made = manifest.Manifest(
        version="v0001",
        titles=1,
        encoder=SPEC,
        parameters={},
        sources={},
        created="",
        matinee="0",
        files={name: record},
    )
    raw = json.dumps(asdict(made)).encode()
    try:
        listed.read(raw, "v0001", "somewhere")
    except LibraryCorruptError:
        return
    for kind in (PurePosixPath, PureWindowsPath):
        path = kind("/root") / name
        assert path.is_relative_to(kind("/root"))
        assert path != kind("/root")
        assert ".." not in path.parts


@pytest.mark.parametrize(
    ("size", "digest"),
    [(-1, "0" * 64), ("4", "0" * 64), (True, "0" * 64), (4.0, "0" * 64), (None, "0" * 64),
     (4, "0" * 63), (4, "Z" * 64), (4, None), (4, "../" + "0" * 61)],
)  # fmt: skip
def test_a_record_that_is_none_is_refused(size: Any, digest: Any, here: Path, there: Path) -> None:
    sends(here, PLACE)
    rewrite({"files": {"a": {"bytes": size, "sha256": digest}}})
    with pytest.raises(LibraryCorruptError, match="no size and SHA-256"):
        gets(PLACE, there)


def test_a_manifest_that_is_none_is_refused(here: Path, there: Path) -> None:
    sends(here, PLACE)
    good = stored("v0001/manifest.json")
    record = {"bytes": 1, "sha256": "0" * 64}
    rewrite({"files": {"a": record, "a/b": record}})
    with pytest.raises(LibraryCorruptError, match="as a file and as a folder"):
        gets(PLACE, there)
    store("v0001/manifest.json", good.replace(b'"v0001"', b'"v0002"'))
    with pytest.raises(LibraryCorruptError, match="that of 'v0002', not of v0001"):
        gets(PLACE, there)
    for raw in (b"", b"[]", b"{", b"\xff", b'{"format": 2}', b'{"format": 2, "files": [1]}'):
        store("v0001/manifest.json", raw)
        with pytest.raises(LibraryError, match=r"memory://films/main/v0001/manifest.json"):
            gets(PLACE, there)
    store("v0001/manifest.json", b" " * (17 << 20))
    with pytest.raises(LibraryCorruptError, match="should be small"):
        gets(PLACE, there)
    assert not there.exists()


def test_another_format_is_refused_with_the_cure(here: Path, there: Path) -> None:
    sends(here, PLACE)
    good = stored("v0001/manifest.json")
    for number, cure in ((manifest.FORMAT + 1, "Install a newer"), (1, "Build the library again")):
        wrong = good.replace(b'"format": 2', f'"format": {number}'.encode())
        assert wrong != good
        store("v0001/manifest.json", wrong)
        with pytest.raises(LibraryFormatError, match=rf"format {number}.*{cure}"):
            gets(PLACE, there)
    assert not there.exists()


@pytest.mark.parametrize("pointer", [b"../../etc", b"", b"v1", b"v0001/..", b"\xff\xfe", b"v" * 99])
def test_a_pointer_that_is_none_is_refused(pointer: bytes, here: Path, there: Path) -> None:
    sends(here, PLACE)
    store("CURRENT", pointer)
    with pytest.raises(LibraryCorruptError, match="no version"):
        gets(PLACE, there)
    assert not there.exists()


def test_what_is_not_there_is_said(there: Path, here: Path) -> None:
    with pytest.raises(LibraryNotFoundError, match="library push"):
        gets(PLACE, there)
    with pytest.raises(LibraryNotFoundError, match="library push"):
        gets(str(there / "nothing"), there)
    sends(here, PLACE)
    with pytest.raises(LibraryNotFoundError, match="no version v0007"):
        gets(PLACE, there, version="v0007")
    with pytest.raises(LibraryNotFoundError, match="no name"):
        gets(PLACE, there, version="../v0001")
    with pytest.raises(LibraryNotFoundError, match="no library here"):
        sends(there, PLACE)


class Cut:
    """A source whose line is cut after so many bytes of a file, time and again."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str, *, times: int) -> None:
        self.left = times
        self.seeks = True
        self.starts: list[int] = []
        real = MemoryFileSystem._open
        outer = self

        def _open(fs: Any, path: str, mode: str = "rb", **more: Any) -> Any:
            found = real(fs, path, mode, **more)
            if mode != "rb" or not path.endswith(name):
                return found
            return Line(found.getvalue(), outer)

        monkeypatch.setattr(MemoryFileSystem, "_open", _open)


class Line(MemoryFile):
    def __init__(self, raw: bytes, cut: Cut) -> None:
        super().__init__(None, None, raw)
        self._cut = cut
        self._begun = False

    def seek(self, offset: int, whence: int = 0) -> int:
        if hasattr(self, "_cut") and not self._cut.seeks:
            raise NotImplementedError
        return super().seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        if not self._begun:
            self._begun = True
            self._cut.starts.append(self.tell())
            return super().read(1000)
        if self._cut.left:
            self._cut.left -= 1
            raise ConnectionResetError("cut")
        return super().read(size)


def test_a_line_that_is_cut_is_taken_up_where_it_was(
    here: Path, there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sends(here, PLACE)
    # More often than one request is tried, as each time some of the file came.
    cut = Cut(monkeypatch, "text.f16.npy", times=9)
    done = gets(PLACE, there)
    assert cut.starts == [1000 * n for n in range(10)]
    assert done.bytes == sum(map(len, FILES.values()))
    assert live(there) == live(here)


def test_a_pull_that_was_stopped_goes_on_within_files(
    here: Path, there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sends(here, PLACE)
    with monkeypatch.context() as patch:
        Cut(patch, "text.f16.npy", times=99)
        with pytest.raises(LibraryError, match="goes on from what is there"):
            pull(PLACE, there, patience=Patience(tries=1, first_wait=0, connections=1))
    assert not versions.exists(there)
    [part] = there.glob(".pulling/*/parts/text.f16.npy")
    assert part.stat().st_size == 1000
    cut = Cut(monkeypatch, "text.f16.npy", times=0)
    told: list[tuple[int, int]] = []
    done = gets(PLACE, there, progress=lambda *step: told.append(step))
    assert cut.starts == [1000]
    assert done.bytes == sum(map(len, FILES.values())) - 1000
    assert live(there) == live(here)
    assert not (there / ".pulling").exists()
    total = sum(map(len, FILES.values()))
    assert told[-1] == (total, total)
    assert sorted(told) == told


@pytest.mark.parametrize("size", [1, 999, 76_800, 100_000])
def test_a_damaged_part_is_brought_anew(
    size: int, here: Path, there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sends(here, PLACE)
    key = hashlib.sha256(stored("v0001/manifest.json")).hexdigest()[:16]
    parts = there / ".pulling" / key / "parts"
    parts.mkdir(parents=True)
    (parts / "text.f16.npy").write_bytes(b"?" * size)
    # A file that is whole by its name alone, as after a power cut.
    whole = there / ".pulling" / key / "whole"
    whole.mkdir()
    (whole / "catalogue.parquet").write_bytes(b"?" * 4000)
    (there / ".pulling" / "of-another").mkdir()
    gets(PLACE, there)
    assert live(there) == live(here)
    assert not (there / ".pulling").exists()


def test_a_source_that_cannot_seek_is_read_from_the_beginning(
    here: Path, there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sends(here, PLACE)
    cut = Cut(monkeypatch, "text.f16.npy", times=1)

    cut.seeks = False
    gets(PLACE, there)
    assert cut.starts == [0, 0]
    assert live(there) == live(here)


def test_four_files_are_under_way_at_a_time(
    here: Path, there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_files(here, {f"f{n}": bytes([n]) * 10 for n in range(12)})
    # It opens when four are there together, and never does with fewer.
    barrier = threading.Barrier(4)
    busy, most, guard = 0, 0, threading.Lock()
    real = MemoryFileSystem.put_file

    def put_file(self: Any, *given: Any, **more: Any) -> None:
        nonlocal busy, most
        with guard:
            busy += 1
            most = max(most, busy)
        barrier.wait(timeout=30)
        real(self, *given, **more)
        with guard:
            busy -= 1

    monkeypatch.setattr(MemoryFileSystem, "put_file", put_file)
    sends(here, PLACE)
    assert most == 4
    gets(PLACE, there)
    assert live(there) == live(here)


def test_too_little_room_is_said_before(
    here: Path, there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sends(here, PLACE)
    total = sum(map(len, FILES.values()))
    usage = shutil.disk_usage(here)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=total - 1))
    with pytest.raises(LibraryError, match=rf"{total - 1:,} bytes free, and {total:,} are needed"):
        gets(PLACE, there)
    assert not list(there.glob(".pulling/*/*/*"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=total))
    assert gets(PLACE, there).changed


def test_a_disk_that_fills_up_is_said_and_not_tried_again(
    here: Path, there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sends(here, PLACE)
    tried = []

    def no_room(self: Path, *given: Any, **more: Any) -> None:
        tried.append(self)
        raise OSError(errno.ENOSPC, "No space left on device", str(self))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "touch", no_room)
        with pytest.raises(LibraryError, match=r"No space left.*Make room"):
            pull(PLACE, there, patience=replace(AT_ONCE, connections=1))
    assert len(tried) == 1
    assert not versions.exists(there)
    assert gets(PLACE, there).changed


def test_a_library_that_is_being_built_is_let_be(here: Path, there: Path) -> None:
    sends(here, PLACE)
    with versions.lock(there), pytest.raises(LibraryBusyError):
        gets(PLACE, there)
    gets(PLACE, there)
    # To find that nothing is new needs no lock.
    with versions.lock(there):
        assert not gets(PLACE, there).changed


def test_a_name_that_is_taken_here_is_not_used_again(here: Path, there: Path) -> None:
    publish_files(there, {"mine": b"mine"})
    sends(here, PLACE)
    done = gets(PLACE, there)
    assert (done.version, done.source, done.changed) == ("v0002", "v0001", True)
    assert manifest.read(versions.current(there)).version == "v0002"
    assert {n: raw for n, raw in live(there).items() if n != manifest.NAME} == FILES
    assert (there / "v0001" / "mine").read_bytes() == b"mine"
    assert not gets(PLACE, there).changed
    # Back to what was there before, and again to what was pulled: nothing is brought twice.
    versions.point_to(there, "v0001")
    done = gets(PLACE, there)
    assert (done.version, done.changed, done.bytes) == ("v0002", True, 0)


def test_a_damaged_live_version_is_brought_anew(here: Path, there: Path) -> None:
    sends(here, PLACE)
    gets(PLACE, there)
    (there / "v0001" / "text.f16.npy").write_bytes(b"short")
    assert gets(PLACE, there).version == "v0002"
    assert live(there)["text.f16.npy"] == FILES["text.f16.npy"]
    (there / "CURRENT").write_text("rubbish")
    assert gets(PLACE, there).version == "v0002"


def test_passing_failures_are_outlived_and_lasting_ones_said() -> None:
    def fails(times: int, error: Exception) -> tuple[str, int]:
        tried = 0

        def work() -> str:
            nonlocal tried
            tried += 1
            if tried <= times:
                raise error
            return "done"

        effort = Effort(AT_ONCE, lambda text: text.replace("hush", "***"))
        try:
            return effort.call("s3://films", work), tried
        except LibraryError as caught:
            return f"{caught} {caught.__cause__} {caught.__suppress_context__}", tried

    assert fails(4, TimeoutError("slow")) == ("done", 5)
    said, tried = fails(99, TimeoutError("slow with hush"))
    assert tried == 5
    assert "at last with: slow with *** (s3://films)" in said
    # Nor is what was hidden brought back by a chain of causes.
    assert said.endswith("None True")
    for error in (PermissionError("no"), OSError(errno.ENOSPC, "full"), OSError(errno.EROFS, "ro")):
        assert fails(99, error)[1] == 1

    class NoCredentialsError(Exception):
        pass

    said, tried = fails(99, NoCredentialsError("Unable to locate credentials"))
    assert (tried, "Unable to locate credentials" in said) == (1, True)


def test_the_waits_grow_to_a_bound() -> None:
    class Most:
        def uniform(self, low: float, high: float) -> float:
            assert low == 0.0
            return high

    patience = Patience(first_wait=1.0, longest_wait=20.0)
    waits = [patience.wait(tried, Most()) for tried in range(1, 8)]  # type: ignore[arg-type]
    assert waits == [1, 2, 4, 8, 16, 20, 20]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sftp://ann:hush@host:22/films", "sftp://ann@host:22/films"),
        ("sftp://ann:h%75sh@host/films", "sftp://ann@host/films"),
        ("s3://bucket/films?key=hush#hush", "s3://bucket/films"),
        ("abfs://box@account.dfs.core.windows.net/x", "abfs://box@account.dfs.core.windows.net/x"),
    ],
)
def test_a_password_is_never_shown(url: str, shown: str) -> None:
    found = Address.of(url)
    assert found.shown == shown
    assert "hush" not in repr(found)
    assert "h%75sh" not in found.hide(url)
    assert "hush" not in found.hide(url)


def test_a_password_is_in_no_error(monkeypatch: pytest.MonkeyPatch, there: Path) -> None:
    def refuses(url: str, **more: Any) -> Any:
        raise ConnectionError(f"cannot reach {url} with hush hour")

    monkeypatch.setattr(fsspec, "get_filesystem_class", lambda scheme: object)
    monkeypatch.setattr(fsspec.core, "url_to_fs", refuses)
    with pytest.raises(LibraryError) as caught:
        gets("sftp://ann:hush%20hour@host/films", there)
    assert "hush" not in str(caught.value)
    assert "sftp://ann@host/films" in str(caught.value)
    assert caught.value.__suppress_context__


def test_addresses_that_cannot_be_used(there: Path) -> None:
    for wrong in ("", "  ", "zip://a::s3://b", "nonsense://x", "memory://", "s3://[::1", "a\0b"):
        with pytest.raises(InputError, match=r"Give a path, or an address"):
            open_place(wrong, AT_ONCE)
    assert not there.exists()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(scheme: str) -> Any:
        raise ImportError(f"Install {scheme}-files to reach it")

    monkeypatch.setattr(fsspec, "get_filesystem_class", absent)
    for scheme, command in (
        ("s3", r"pip install 'matinee\[share\]'"),
        ("gs", "Install gs-files to reach it"),
        ("sftp", "Install sftp-files to reach it"),
    ):
        with pytest.raises(MissingExtraError, match=command):
            open_place(f"{scheme}://x/y", AT_ONCE)
    assert address.EXTRA == "share"
