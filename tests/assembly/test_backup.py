"""What is saved comes back, byte for byte and row for row; what is damaged is refused."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tarfile
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Double, Integer, SmallInteger, Table, Text

import matinee
from matinee.assembly import backup as making
from matinee.assembly import backup_file
from matinee.assembly.backup import backup, check
from matinee.assembly.backup_restore import restore
from matinee.deeds import Deed
from matinee.errors import (
    ConflictError,
    InputError,
    LibraryCorruptError,
    LibraryNotFoundError,
    MatineeError,
    StoreUnavailableError,
)
from matinee.interaction import Action
from matinee.library import manifest, versions
from matinee.store import open_store
from matinee.store.records import Event, Kind
from matinee.store.schema import METADATA
from matinee.testing import HashingEncoder

PASSWORD = "correct horse"  # noqa: S105
Rows = dict[str, list[dict[str, Any]]]


def rows_of(url: str | None) -> Rows:
    rows: Rows = {}
    with closing(open_store(url)) as store:
        for table, chunk in store.export_rows():
            rows.setdefault(table, []).extend(chunk)
    return rows


def save(target: Path, url: str | None, root: Path | None = None) -> Path:
    with closing(open_store(url)) as store:
        return backup(target, store=store, root=root).path


def sorted_files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def tree(folder: Path) -> dict[str, tuple[int, int]]:
    found = (folder, *folder.rglob("*"))
    return {str(p): (p.stat().st_ino, p.stat().st_mtime_ns) for p in found if p.exists()}


def test_all_comes_back_on_an_empty_machine(store_url: str, library: Path, tmp_path: Path) -> None:
    path = save(tmp_path / "saved.tar", store_url, library)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    url = f"sqlite:///{tmp_path / 'there' / 'store.db'}"
    done = restore(path, url=url, root=tmp_path / "there" / "library")
    assert (done.library, done.kept) == ("v0001", None)
    assert rows_of(url) == rows_of(store_url)
    assert sum(done.rows.values()) > 60
    restored = tmp_path / "there" / "library"
    assert sorted_files(versions.current(restored)) == sorted_files(library / "v0001")
    matinee.open(restored, encoder=HashingEncoder()).verify()
    assert sorted(p.name for p in restored.iterdir()) == [".lock", "CURRENT", "v0001"]
    files = {p.name for p in (tmp_path / "there").iterdir()}
    assert files - {"store.db-wal", "store.db-shm"} == {"library", "store.db"}
    assert stat.S_IMODE((tmp_path / "there" / "store.db").stat().st_mode) == 0o600
    # New events get numbers beyond what the consumers have read.
    with closing(open_store(url)) as store:
        before = store.events.offset("counter")
        store.events.record(None, [Event(kind=Kind.CLICK, title="x:1", key="new", time=1)]).result()
        assert [event.key for event in store.events.read(after=before)] == ["new"]
        assert store.accounts.check_password("ann", PASSWORD) is not None


def test_plain_tar_reads_it(store_url: str, library: Path, tmp_path: Path) -> None:
    path = save(tmp_path, store_url, library)
    assert path.name.startswith("matinee-2")
    out = tmp_path / "out"
    with tarfile.open(path) as file:
        file.extractall(out, filter="data")
    assert sorted_files(out / "library") == sorted_files(library / "v0001")
    subprocess.run(["sha256sum", "--check", "--strict", "backup.sha256"], cwd=out, check=True)


def test_a_backup_of_a_part(store_url: str, library: Path, tmp_path: Path) -> None:
    path = save(tmp_path / "store.tar", store_url)
    assert check(path).library is None
    with pytest.raises(InputError, match="holds no library"):
        restore(path, url=store_url, root=library, library=True)
    only = backup(tmp_path / "library.tar", store=None, root=library).path
    with pytest.raises(InputError, match="holds no store"):
        restore(only, url=None, root=tmp_path / "x", store=True)
    done = restore(only, url=None, root=tmp_path / "x")
    assert (done.library, done.rows) == ("v0001", None)
    with pytest.raises(LibraryNotFoundError):
        backup(tmp_path / "absent.tar", store=None, root=tmp_path / "absent")
    assert not (tmp_path / "absent.tar").exists()


def test_a_store_that_is_not_empty_is_replaced_when_asked(store_url: str, tmp_path: Path) -> None:
    path = save(tmp_path / "saved.tar", store_url)
    saved = rows_of(store_url)
    with closing(open_store(store_url)) as store:
        store.accounts.create("later").result()
    later = rows_of(store_url)
    with pytest.raises(ConflictError, match=r"not empty: .*people 3.*--yes"):
        restore(path, url=store_url, root=tmp_path / "x")
    assert rows_of(store_url) == later
    done = restore(path, url=store_url, root=tmp_path / "x", replace_store=True)
    assert rows_of(store_url) == saved
    assert done.kept is not None
    assert done.kept.name.startswith("store.db.before-restore-2")
    assert rows_of(str(done.kept)) == later
    again = restore(path, url=store_url, root=tmp_path / "x", replace_store=True)
    assert again.kept not in (None, done.kept)


def test_a_store_in_use_is_let_be(store_url: str, tmp_path: Path) -> None:
    path = save(tmp_path / "saved.tar", store_url)
    before = rows_of(store_url)
    with closing(open_store(store_url)) as store:
        store.ready()
        with pytest.raises(StoreUnavailableError, match=r"in use.*Stop the service"):
            restore(path, url=store_url, root=tmp_path / "x", replace_store=True)
        assert store.counts()["people"] == 2
    assert rows_of(store_url) == before
    restore(path, url=store_url, root=tmp_path / "x", replace_store=True)


READER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT count(*) FROM people").fetchone()
print("open", flush=True)
sys.stdin.read()
"""


def test_a_store_that_another_process_has_open_is_let_be(store_url: str, tmp_path: Path) -> None:
    path = save(tmp_path / "saved.tar", store_url)
    file = store_url.removeprefix("sqlite:///")
    with subprocess.Popen(
        [sys.executable, "-c", READER, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        # It does nothing just now, but it would go on with the old file.
        with pytest.raises(StoreUnavailableError, match="in use"):
            restore(path, url=store_url, root=tmp_path / "x", replace_store=True)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait() == 0
    restore(path, url=store_url, root=tmp_path / "x", replace_store=True)


def test_a_damaged_store_is_replaced_and_kept(store_url: str, tmp_path: Path) -> None:
    path = save(tmp_path / "saved.tar", store_url)
    saved = rows_of(store_url)
    file = Path(store_url.removeprefix("sqlite:///"))
    file.write_bytes(b"x" * 10_000)
    with pytest.raises(ConflictError, match=r"damaged.*--yes"):
        restore(path, url=store_url, root=tmp_path / "x")
    done = restore(path, url=store_url, root=tmp_path / "x", replace_store=True)
    assert rows_of(store_url) == saved
    assert done.kept is not None
    assert done.kept.read_bytes() == b"x" * 10_000


def test_the_old_library_stays(library: Path, tmp_path: Path) -> None:
    path = backup(tmp_path / "saved.tar", store=None, root=library).path
    files = manifest.read(library / "v0001").files
    # The very same is there already: nothing is copied.
    before = tree(library / "v0001")
    assert restore(path, url=None, root=library).library == "v0001"
    assert tree(library / "v0001") == before
    # Another one lives under the name: the restored one gets a name that was never used.
    other = library / "v0001" / "profile.json"
    other.write_bytes(other.read_bytes() + b" ")
    made = restore(path, url=None, root=library).library
    assert made == "v0002"
    assert versions.current(library).name == "v0002"
    assert manifest.read(library / "v0002").files == files
    matinee.open(library, encoder=HashingEncoder()).verify()
    assert versions.names(library) == ["v0001", "v0002"]


def test_a_failed_store_leaves_the_library_as_it_was(
    store_url: str, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(tmp_path / "saved.tar", store_url, library)
    other = library / "v0001" / "profile.json"
    other.write_bytes(other.read_bytes() + b" ")

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("matinee.assembly.backup_sqlite.put", refuse)
    url = f"sqlite:///{tmp_path / 'there' / 'store.db'}"
    with pytest.raises(InputError, match="No space left"):
        restore(path, url=url, root=library)
    assert versions.names(library) == ["v0001"]
    assert versions.current(library).name == "v0001"
    assert list((tmp_path / "there").iterdir()) == []


def test_it_is_made_while_others_write(store_url: str, tmp_path: Path) -> None:
    stop = threading.Event()
    said: list[int] = []
    with closing(open_store(store_url)) as store:
        person = store.accounts.ensure("ann").key

        def write() -> None:
            while not stop.is_set():
                number = len(said)
                # Two titles in one write: a backup has both or neither.
                deeds = [Deed(f"local:{side}-{number}", Action.RATING, 3.0) for side in ("a", "b")]
                store.history.rate(person, deeds).result()
                said.append(number)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for number in range(5):
                began = len(said)
                path = save(tmp_path / f"{number}.tar", store_url)
                url = str(tmp_path / f"{number}.db")
                restore(path, url=url, root=tmp_path / "x")
                rows = rows_of(url)
                there = {row["title"] for row in rows["ratings"]}
                for side in ("a", "b"):
                    assert {f"local:{side}-{n}" for n in range(began)} <= there
                seen = [t.partition("-")[2] for t in there if t.startswith("local:a-")]
                assert {f"local:b-{n}" for n in seen} <= there
                assert len([t for t in there if "-" in t]) == 2 * len(seen)
        finally:
            stop.set()
            writer.join()


def test_a_version_deleted_while_it_is_copied(library: Path, tmp_path: Path) -> None:
    whole = sorted_files(library / "v0001")
    real = making.backup_file.write

    def deleted_first(*args: Any, **options: Any) -> None:
        shutil.rmtree(library / "v0001")
        real(*args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making.backup_file, "write", deleted_first)
        path = backup(tmp_path / "saved.tar", store=None, root=library).path
    restore(path, url=None, root=tmp_path / "there")
    assert sorted_files(tmp_path / "there" / "v0001") == whole


def test_a_damaged_library_is_not_saved(library: Path, tmp_path: Path) -> None:
    damaged = library / "v0001" / "text.f16.npy"
    raw = bytearray(damaged.read_bytes())
    raw[-1] ^= 1
    damaged.write_bytes(raw)
    with pytest.raises(LibraryCorruptError) as caught:
        backup(tmp_path / "saved.tar", store=None, root=library)
    assert hashlib.sha256(raw).hexdigest() in str(caught.value)
    assert "library/text.f16.npy" in str(caught.value)
    damaged.write_bytes(raw[:-1])
    with pytest.raises(LibraryCorruptError, match="1 bytes short"):
        backup(tmp_path / "saved.tar", store=None, root=library)
    damaged.unlink()
    with pytest.raises(LibraryCorruptError, match=r"missing.*text\.f16\.npy"):
        backup(tmp_path / "saved.tar", store=None, root=library)
    assert [p.name for p in tmp_path.iterdir()] == ["library"]


def test_nothing_is_overwritten(store_url: str, tmp_path: Path) -> None:
    target = tmp_path / "saved.tar"
    target.write_text("mine")
    with pytest.raises(ConflictError, match="file of that name"):
        save(target, store_url)
    assert target.read_text() == "mine"
    with pytest.raises(InputError, match="cannot be written"):
        save(tmp_path / "no" / "such" / "folder.tar", store_url)


def test_what_a_killed_backup_left_is_cleared_away(store_url: str, tmp_path: Path) -> None:
    left = tmp_path / "out" / ".matinee-abc.part"
    left.parent.mkdir()
    left.write_bytes(b"x")
    busy = left.with_name(".matinee-def.part")
    with busy.open("wb") as stream:
        making._lock(stream)
        save(left.parent / "saved.tar", store_url)
    assert sorted(p.name for p in left.parent.iterdir()) == [busy.name, "saved.tar"]


def test_a_file_read_back_otherwise_than_written(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = backup_file.write

    def torn(stream: Any, *args: Any, **options: Any) -> None:
        real(stream, *args, **options)
        stream.seek(-1_500, os.SEEK_END)
        stream.write(b"?")

    monkeypatch.setattr(backup_file, "write", torn)
    with pytest.raises(InputError, match="damaged"):
        save(tmp_path / "saved.tar", store_url)
    assert not list(tmp_path.glob("*.tar"))
    assert not list(tmp_path.glob(".matinee*"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of few bytes: one person, and a made-up library of two files."""
    folder = tmp_path_factory.mktemp("small")
    root = folder / "library"
    staged = root / "staged"
    (staged / "inner").mkdir(parents=True)
    (staged / "inner" / "a.npy").write_bytes(b"abc")
    (staged / "b.json").write_bytes(b"{}")
    made = manifest.Manifest(
        version="v0003",
        titles=1,
        encoder=HashingEncoder().spec,
        parameters={},
        sources={},
        created="2026-01-01T00:00:00+00:00",
        matinee="0",
        files=manifest.record_files(staged),
    )
    manifest.write(staged, made)
    versions.publish(root, staged, "v0003")
    with closing(open_store(str(folder / "store.db"))) as store:
        store.accounts.create("ann").result()
        return backup(folder / "small.tar", store=store, root=root).path


def refused(path: Path, tmp_path: Path) -> str:
    """Restore what cannot be, and see that nothing was touched."""
    (tmp_path / "there").mkdir(exist_ok=True)
    before = tree(tmp_path / "there")
    with pytest.raises(MatineeError) as caught:
        restore(path, url=str(tmp_path / "there" / "store.db"), root=tmp_path / "there" / "library")
    assert tree(tmp_path / "there") == before
    return str(caught.value)


def test_any_flipped_byte_is_refused(small: Path, tmp_path: Path) -> None:
    raw = small.read_bytes()
    path = tmp_path / "damaged.tar"
    path.write_bytes(raw)
    with path.open("r+b") as stream:
        # Every byte of the first entries, then every seventh: entries, headers, what lies between.
        places = [*range(2_048), *range(2_048, len(raw), 7), len(raw) - 1]
        for place in places:
            stream.seek(place)
            stream.write(bytes([raw[place] ^ 1]))
            stream.flush()
            with pytest.raises(InputError):
                check(path)
            stream.seek(place)
            stream.write(raw[place : place + 1])
            stream.flush()
    check(path)
    # With the padding behind it: a hash of the list may have these letters too.
    damaged = raw.replace(b"abc\0", b"abd\0")
    path.write_bytes(damaged)
    said = refused(path, tmp_path)
    assert "library/inner/a.npy" in said
    assert hashlib.sha256(b"abd").hexdigest() in said
    assert hashlib.sha256(b"abc").hexdigest() in said


def test_a_backup_cut_short_is_refused(small: Path, tmp_path: Path) -> None:
    raw = small.read_bytes()
    path = tmp_path / "damaged.tar"
    for length in (*range(0, 3_000, 50), *range(3_000, len(raw), 999), len(raw) - 1):
        path.write_bytes(raw[:length])
        with pytest.raises(InputError, match=r"damaged\.tar"):
            check(path)
    path.write_bytes(raw + b"\0")
    assert "goes on after" in refused(path, tmp_path)
    refused(tmp_path / "absent.tar", tmp_path)
    refused(tmp_path, tmp_path)


def forged(path: Path, **changes: Any) -> Path:
    """Write a backup whose list of contents agrees with the harm in it."""
    entries: list[tuple[tarfile.TarInfo, bytes]] = changes.pop("entries")
    files = {
        info.name: {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
        for info, raw in entries
    }
    head = msgspec.json.encode(
        {
            "format": 1,
            "created": "",
            "matinee": "0",
            "store": None,
            "library": "v0001",
            "files": files,
        }
        | changes
    )
    seal = f"{hashlib.sha256(head).hexdigest()}  backup.json\n".encode()
    with path.open("wb") as stream:
        for name, raw in (("backup.json", head), ("backup.sha256", seal)):
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(raw), 0o600
            stream.write(info.tobuf(tarfile.GNU_FORMAT) + raw + bytes(-len(raw) % 512))
        for info, raw in entries:
            stream.write(info.tobuf(tarfile.GNU_FORMAT) + raw + bytes(-len(raw) % 512))
        stream.write(bytes(1024))
    return path


def entry(name: str, raw: bytes = b"evil", **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(raw), 0o600
    for field, value in fields.items():
        setattr(info, field, value)
    return info, raw


HEAD = entry("library/manifest.json", b"{}")


@pytest.mark.parametrize(
    "entries",
    [
        [entry("../evil")],
        [entry("library/../../evil")],
        [entry("/tmp/evil")],  # noqa: S108
        [entry("library/..\\..\\evil")],
        [entry("library/C:/evil")],
        [entry("library//evil")],
        [entry("library/./evil")],
        [entry("library/.lock")],
        [entry("library/")],
        [entry("store/evil.parquet")],
        [entry("store/../library/evil")],
        [entry("library/" + "x" * 200)],
        [entry("library/link", b"", type=tarfile.SYMTYPE, linkname="/etc")],
        [entry("library/link", b"", type=tarfile.LNKTYPE, linkname="../../evil")],
        [entry("library/device", b"", type=tarfile.CHRTYPE)],
        [entry("library/pipe", b"", type=tarfile.FIFOTYPE)],
        [entry("library/sparse", b"", type=tarfile.GNUTYPE_SPARSE)],
        [entry("library/long", b"x", type=tarfile.GNUTYPE_LONGNAME)],
        [entry("library/pax", b"13 path=../x\n", type=tarfile.XHDTYPE)],
        [entry("library/folder", b"", type=tarfile.DIRTYPE)],
    ],
    ids=lambda entries: entries[0][0].name[:30],
)
def test_a_hostile_tar_writes_nothing(
    entries: list[tuple[tarfile.TarInfo, bytes]], tmp_path: Path
) -> None:
    path = forged(tmp_path / "evil.tar", entries=[HEAD, *entries])
    said = refused(path, tmp_path)
    assert "damaged" in said
    assert "backup.json" not in said
    assert not [p for p in tmp_path.rglob("*") if p.name.startswith("evil") and p != path]


def test_sizes_are_bounded(tmp_path: Path) -> None:
    path = forged(tmp_path / "evil.tar", entries=[HEAD])
    raw = bytearray(path.read_bytes())
    huge = tarfile.TarInfo("backup.json")
    huge.size, huge.mode = 1 << 40, 0o600
    raw[:512] = huge.tobuf(tarfile.GNU_FORMAT)
    path.write_bytes(raw)
    assert "no backup" in refused(path, tmp_path)
    # An entry longer than the file, which its own list announces.
    long = entry("library/a.npy")
    forged(path, entries=[HEAD, long], files={})
    refused(path, tmp_path)
    huge = tarfile.TarInfo("library/a.npy")
    huge.size, huge.mode = 1 << 40, 0o600
    record = {"bytes": 1 << 40, "sha256": "0" * 64}
    head = {"bytes": 2, "sha256": hashlib.sha256(b"{}").hexdigest()}
    forged(path, entries=[HEAD], files={"library/manifest.json": head, huge.name: record})
    raw = bytearray(path.read_bytes())
    raw[-1024:-512] = huge.tobuf(tarfile.GNU_FORMAT)
    path.write_bytes(raw)
    assert "cut short" in refused(path, tmp_path)


def test_other_formats_are_refused(small: Path, tmp_path: Path) -> None:
    path = forged(tmp_path / "newer.tar", entries=[HEAD], format=2)
    assert "has format 2, this Matinee reads format 1" in refused(path, tmp_path)
    for bad in ({"files": 3}, {"store": {"people": "x"}}, {"library": 5}):
        forged(path, entries=[HEAD], **bad)
        refused(path, tmp_path)
    path.write_bytes(b"PK\x03\x04" + bytes(2_000))
    assert "no backup" in refused(path, tmp_path)
    # A library whose own list is another than that of the backup.
    forged(path, entries=[entry("library/manifest.json", b"{}"), entry("library/x.npy")])
    refused(path, tmp_path)


def columns_of(table: Table) -> dict[str, st.SearchStrategy[Any]]:
    bits = {SmallInteger: 15, BigInteger: 63, Integer: 31}
    made: dict[str, st.SearchStrategy[Any]] = {}
    for column in table.columns:
        kind = column.type
        value: st.SearchStrategy[Any]
        if isinstance(kind, Text):
            value = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
        elif isinstance(kind, Double):
            value = st.floats(allow_nan=False)
        else:
            size = next(size for known, size in bits.items() if isinstance(kind, known))
            value = st.integers(1 if column.primary_key else -(2**size), 2**size - 1)
        made[column.name] = value | st.none() if column.nullable else value
    return made


@st.composite
def stores(draw: st.DrawFn) -> Rows:
    """Rows as the database takes them: keys are unique, and lead somewhere."""
    rows: Rows = {}
    for table in METADATA.sorted_tables:
        strategies = columns_of(table)
        for column in table.columns:
            for key in column.foreign_keys:
                there = [row[key.column.name] for row in rows[key.column.table.name]]
                leads = st.sampled_from(there) if there else st.nothing()
                strategies[column.name] = leads | st.none() if column.nullable else leads
        unique = [[c.name for c in table.primary_key]]
        unique += [[c.name for c in i.columns] for i in table.indexes if i.unique]
        found = draw(
            st.lists(
                st.fixed_dictionaries(strategies),
                max_size=0 if any(s.is_empty for s in strategies.values()) else 3,
                unique_by=tuple(
                    (lambda row, names=tuple(names): tuple(row[name] for name in names))
                    for names in unique
                ),
            )
        )
        rows[table.name] = sorted(found, key=lambda row: [row[name] for name in unique[0]])
    return rows


def chunks(rows: Rows) -> list[tuple[str, list[dict[str, Any]]]]:
    return list(rows.items())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=stores())
def test_any_store_comes_back(rows: Rows, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("any")
    with closing(open_store(str(folder / "a.db"))) as store:
        store.import_rows(chunks(rows))
    path = save(folder / "a.tar", str(folder / "a.db"))
    restore(path, url=str(folder / "b.db"), root=folder / "library")
    there = {table: found for table, found in rows_of(str(folder / "b.db")).items() if found}
    assert there == rows_of(str(folder / "a.db"))
    assert {t: len(f) for t, f in there.items()} == {t: len(f) for t, f in rows.items() if f}
    with closing(sqlite3.connect(folder / "b.db")) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    shutil.rmtree(folder)
