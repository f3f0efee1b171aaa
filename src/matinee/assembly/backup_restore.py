"""Putting back what a backup holds. Read :func:`restore`."""

from __future__ import annotations

import re
import shutil
import tempfile
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

from matinee.assembly import backup_sqlite, backup_tables
from matinee.assembly.backup import check
from matinee.assembly.backup_file import LIBRARY, BackupFile, flush
from matinee.errors import (
    ConflictError,
    InputError,
    LibraryError,
    StoreCorruptError,
    StoreVersionError,
)
from matinee.library import manifest, versions
from matinee.store import open_store
from matinee.store.address import address_of

_STAGED = "restore"
"""Folder within the one of builds, which the next build clears away should this be killed."""
_NEW = ".matinee-restore"
"""Folder beside the store, which the next restore clears away."""
_VERSION = re.compile(r"v\d{4,9}")


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did.

    Attributes:
        library: name of the version that is live now; None where none was put back.
        rows: rows of each table; None where the store was not put back.
        kept: file of the store that was there before; None where there was none.
    """

    library: str | None
    rows: dict[str, int] | None
    kept: Path | None = None


def restore(
    source: Path,
    *,
    url: str | None,
    root: Path,
    store: bool | None = None,
    library: bool | None = None,
    replace_store: bool = False,
) -> Restored:
    """Put back what a backup holds.

    The whole backup is checked before anything is touched. Then the library is written as a version
    that is not live yet, the rows go into the store in one transaction, and last the pointer of the
    library moves: killed at any moment, what is in use is the old or the new, each whole.

    Args:
        source: the file.
        url: of the store, as :func:`matinee.store.open_store` takes it.
        root: folder of the library; its versions stay, the restored one is added.
        store: put the store back; None does where the backup has one.
        library: put the library back; None does where the backup has one.
        replace_store: take the place of a store that has something in it. The file of SQLite is
            kept under another name. A database of PostgreSQL is never emptied.

    Raises:
        InputError: the backup is damaged, naming the entry and both hashes, or lacks what is asked.
        ConflictError: the store is not empty.
        StoreError: the store is in use, or cannot be written.
        LibraryError: the library is being built, or cannot be written.
    """
    contents = check(source)
    backup = BackupFile.open(source)
    with_store = _chosen(store, contents.store is not None, "store", backup)
    with_library = _chosen(library, contents.library is not None, "library", backup)
    made = _library_of(backup) if with_library else None
    kept, name, rows = None, None, None
    with ExitStack() as held:
        if with_store:
            _ready(url, replace_store)
        placed = None
        if made is not None:
            held.enter_context(versions.lock(root))
            placed, is_new = _place(backup, made, root)
            name = placed.name
        try:
            if with_store:
                rows, kept = _import(backup, url)
        except BaseException:
            if placed is not None and is_new:
                shutil.rmtree(placed, ignore_errors=True)
            raise
        if name is not None:
            versions.point_to(root, name)
    return Restored(name, rows, kept)


def _chosen(asked: bool | None, there: bool, what: str, backup: BackupFile) -> bool:
    if asked and not there:
        raise InputError(f"The backup holds no {what}", where=str(backup.path), cure="Use another")
    return there if asked is None else asked


def _ready(url: str | None, replace_store: bool) -> None:
    """Refuse a store that must not be replaced, or that somebody uses."""
    address = address_of(url)
    if address.file is not None and not address.file.exists():
        return
    if address.file is not None and replace_store:
        with backup_sqlite.alone(address.file):
            return
    try:
        with closing(open_store(url)) as store:
            used = {table: rows for table, rows in store.counts().items() if rows}
        if not used:
            return
        what = ", ".join(f"{table} {rows:,}" for table, rows in used.items())
    except (StoreCorruptError, StoreVersionError) as error:
        what = error.what
    raise ConflictError(
        f"The store is not empty: {what:.200}",
        where=address.shown,
        cure="Give --yes to replace it; the file that is there is kept under another name"
        if address.file is not None
        else "Make another database, and set MATINEE_DATABASE_URL to that",
    )


def _import(backup: BackupFile, url: str | None) -> tuple[dict[str, int], Path | None]:
    """Write the rows into a store, a new file in the case of SQLite."""
    address = address_of(url)
    if address.file is None:
        return _fill(backup, url), None
    file = address.file
    folder = file.parent / _NEW
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        new = folder / file.name
        rows = _fill(backup, str(new))
        with backup_sqlite.alone(file):
            return rows, backup_sqlite.put(new, file)
    except OSError as error:
        raise InputError(
            f"The store cannot be written: {error.strerror or error}",
            where=str(error.filename or file),
            cure="Make room or give write access there; nothing was changed",
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fill(backup: BackupFile, url: str | None) -> dict[str, int]:
    with closing(open_store(url)) as store:
        rows = store.import_rows(backup_tables.read(backup))
        store.verify()
    wanted = {table: number for table, number in (backup.contents.store or {}).items() if number}
    if {table: number for table, number in rows.items() if number} != wanted:
        raise InputError(
            f"The store took {sum(rows.values()):,} rows of {sum(wanted.values()):,}",
            where=str(backup.path),
            cure="Restore into an empty store, with the Matinee that made the backup",
        )
    return rows


def _place(backup: BackupFile, made: manifest.Manifest, root: Path) -> tuple[Path, bool]:
    """Write the library as a version that is not live; return its folder, and whether it is new."""
    staged = root / versions.BUILDING / _STAGED
    try:
        if (there := _already(root, made)) is not None:
            return there, False
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        for name in (manifest.NAME, *made.files):
            (staged / name).parent.mkdir(parents=True, exist_ok=True)
            backup.copy(LIBRARY + name, staged / name)
        # A name that was used here may be known to readers as something else.
        name = max(versions.next_name(root), made.version, key=lambda text: int(text[1:]))
        if name != made.version:
            manifest.write(staged, replace(made, version=name))
        for path in (*staged.rglob("*"), staged):
            if path.is_dir() or path.name == manifest.NAME:
                flush(path)
        staged.rename(root / name)
        flush(root)
    except OSError as error:
        raise LibraryError(
            f"The library cannot be written: {error.strerror or error}",
            where=str(error.filename or root),
            cure="Make room or give write access there; nothing was changed",
        ) from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)
        if (root / versions.BUILDING).is_dir() and not any((root / versions.BUILDING).iterdir()):
            (root / versions.BUILDING).rmdir()
    return root / name, True


def _library_of(backup: BackupFile) -> manifest.Manifest:
    """Return the manifest of the library in a backup.

    Raises:
        LibraryFormatError: this version cannot read that library.
        InputError: it lists other files than the backup.
    """
    with tempfile.TemporaryDirectory() as folder:
        backup.copy(LIBRARY + manifest.NAME, Path(folder, manifest.NAME))
        made = manifest.read(Path(folder))
    listed = {LIBRARY + name: record for name, record in made.files.items()}
    there = {name: backup.contents.files[name] for name in backup.names(LIBRARY)}
    del there[LIBRARY + manifest.NAME]
    if listed != there or not _VERSION.fullmatch(str(made.version)):
        raise InputError(
            "The library in the backup lists other files than the backup",
            where=str(backup.path),
            cure="Nothing was changed. Use another backup",
        )
    return made


def _already(root: Path, made: manifest.Manifest) -> Path | None:
    """Return the folder of a version here that has the very same files, read in full."""
    for name in reversed(versions.names(root)):
        try:
            found = manifest.read(root / name)
            if found.files == made.files:
                manifest.check(root / name, found, full=True)
                return root / name
        except LibraryError:
            continue
    return None
