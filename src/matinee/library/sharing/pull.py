"""Bringing a library here from where it is shared. Read :func:`pull`."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from matinee.errors import LibraryCorruptError, LibraryError, LibraryNotFoundError
from matinee.library import manifest, versions
from matinee.library.sharing import listed
from matinee.library.sharing.address import open_place
from matinee.library.sharing.effort import Patience
from matinee.library.sharing.place import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matinee.library.manifest import Manifest
    from matinee.library.sharing.place import Place, Progress

PULLING = ".pulling"
"""Folder within the library where a pull collects files; the next one goes on from it."""
_CURE = "Push it again with --check from where it was built; what is live here stays"


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull did.

    Attributes:
        version: that is live here now.
        source: name of it where it came from.
        changed: whether another version was live before.
        files: of the version; 0 where it was here already.
        bytes: that were brought by this run.
    """

    version: str
    source: str
    changed: bool
    files: int
    bytes: int


def pull(
    source: str,
    root: Path,
    *,
    version: str | None = None,
    progress: Progress | None = None,
    patience: Patience | None = None,
    endpoint: str | None = None,
) -> Pulled:
    """Bring a version here and make it the live one, as a build does.

    Files are collected in a folder of their own, and compared with the SHA-256 of the manifest;
    only when all are right is the version published, in one step. Stopped at any moment, what was
    live is live, and the next pull goes on with what was brought, within files too. Where nothing
    is new, the pointer and the manifest are read and nothing is written.

    Args:
        source: a path or an address; see :mod:`matinee.library.sharing`.
        root: folder of the library here; made if it is not there.
        version: name of the version there; None means the one that ``CURRENT`` names.
        progress: is told how far it has come.
        patience: how often and how long is tried.
        endpoint: address of the hub, for tests and mirrors; None means the usual one.

    Raises:
        InputError: the address cannot be used.
        MissingExtraError: what reaches the place is not installed.
        LibraryNotFoundError: there is no library, or no such version.
        LibraryCorruptError: a file there is damaged, naming it and its hashes, or the manifest
            names one that leads out of the folder.
        LibraryFormatError: another format of libraries is needed to read it.
        LibraryBusyError: a build or another pull holds the library.
        LibraryError: the place cannot be reached, or the disk here is full.
    """
    place = open_place(source, patience or Patience(), endpoint=endpoint)
    raw, made = _look(place, version)
    try:
        return _bring_all(place, raw, made, root, progress)
    except FileNotFoundError:
        raise LibraryCorruptError(
            f"A file of version {made.version} is missing", where=place.shown, cure=_CURE
        ) from None


def _look(place: Place, version: str | None) -> tuple[bytes, Manifest]:
    """Return the manifest of the version that is meant, as it came and as it was read."""
    if version is not None and not listed.VERSION.fullmatch(version):
        raise LibraryNotFoundError(
            f"{version!r:.40} is no name of a version", where=place.shown, cure="Try v0001"
        )
    if version is None:
        version = _pointer(place)
    path = f"{version}/{manifest.NAME}"
    raw = place.read(path)
    if raw is None:
        raise LibraryNotFoundError(
            f"There is no version {version}, or it is not whole yet",
            where=place.shown,
            cure="Push it, or name one that is there",
        )
    return raw, listed.read(raw, version, place.where(path))


def _pointer(place: Place) -> str:
    raw = place.read(versions.CURRENT)
    if raw is None:
        raise LibraryNotFoundError(
            "There is no library at this address",
            where=place.shown,
            cure="Push one to it with: matinee library push ADDRESS",
        )
    name = raw[:40].decode("utf-8", "replace").strip()
    if not listed.VERSION.fullmatch(name):
        raise LibraryCorruptError(
            f"The pointer names {name!r}, which is no version",
            where=place.where(versions.CURRENT),
            cure=_CURE,
        )
    return name


def _bring_all(
    place: Place, raw: bytes, made: Manifest, root: Path, progress: Progress | None
) -> Pulled:
    live = _live(root)
    # Sizes alone are looked at, as a pull that finds nothing new may run every minute.
    if live is not None and _same(root / live, made, full=False):
        return Pulled(live, made.version, changed=False, files=0, bytes=0)
    with _writing(root), versions.lock(root):
        there = next((n for n in versions.names(root) if _same(root / n, made, full=True)), None)
        if there is not None:
            versions.point_to(root, there)
            shutil.rmtree(root / PULLING, ignore_errors=True)
            return Pulled(there, made.version, changed=there != live, files=0, bytes=0)
        # What is collected belongs to one manifest; that of any other is of no more use.
        work = root / PULLING / hashlib.sha256(raw).hexdigest()[:16]
        for other in (root / PULLING).glob("*"):
            if other != work:
                shutil.rmtree(other)
        errand = _Errand(place, made, work, Tally(made.files, progress))
        errand.check_room(root)
        place.effort.each(errand.bring, errand.by_size(), at_once=place.at_once)
        # A name that was used here may be known to readers as something else.
        name = max(versions.next_name(root), made.version, key=lambda text: int(text[1:]))
        if name == made.version:
            (errand.whole / manifest.NAME).write_bytes(raw)
        else:
            manifest.write(errand.whole, replace(made, version=name))
        versions.publish(root, errand.whole, name)
        versions.prune(root)
        shutil.rmtree(root / PULLING)
    return Pulled(name, made.version, changed=True, files=len(made.files), bytes=errand.brought)


def _live(root: Path) -> str | None:
    """Return the version that is live here; a library that is damaged is pulled anew."""
    try:
        return versions.current(root).name
    except LibraryError:
        return None


def _same(folder: Path, made: Manifest, *, full: bool) -> bool:
    """Tell whether a version here is that of the manifest, by whatever name."""
    try:
        found = manifest.read(folder)
        if replace(found, version=made.version) != made:
            return False
        manifest.check(folder, found, full=full)
    except LibraryError:
        return False
    return True


class _Errand:
    """The files of one version on their way here.

    Args:
        place: where they are.
        made: their manifest.
        work: folder that is theirs alone.
        tally: is told how far it has come.

    Attributes:
        whole: folder of the files that are here and right.
        brought: bytes that this run brought.
    """

    def __init__(self, place: Place, made: Manifest, work: Path, tally: Tally) -> None:
        self._place = place
        self._made = made
        self._tally = tally
        self.whole = work / "whole"
        self._parts = work / "parts"
        self._before = {name: self._here(name) for name in made.files}
        self._brought: dict[str, int] = {}
        self.whole.mkdir(parents=True, exist_ok=True)

    @property
    def brought(self) -> int:
        """Bytes that this run brought."""
        return sum(self._brought.values())

    def by_size(self) -> list[str]:
        """Return the files, the largest first, so that the last one under way is a short one."""
        return sorted(self._made.files, key=lambda n: self._made.files[n].bytes, reverse=True)

    def check_room(self, root: Path) -> None:
        """Refuse to begin what the disk has no room for.

        Raises:
            LibraryError: naming what is needed and what is free, in bytes.
        """
        wanted = sum(record.bytes for record in self._made.files.values())
        needed = wanted - sum(min(n, self._made.files[f].bytes) for f, n in self._before.items())
        free = shutil.disk_usage(root).free
        if needed > free:
            raise LibraryError(
                f"The disk has {free:,} bytes free, and {needed:,} are needed",
                where=str(root),
                cure="Make room there; nothing was changed",
            )

    def bring(self, name: str) -> None:
        """Bring a file, or find that it is here, and compare it with its hash."""
        record, target, part = self._made.files[name], self.whole / name, self._parts / name
        if target.is_file():
            # After a power cut a name may be there and its bytes not.
            if manifest.sha256_of(target) == record.sha256:
                self._tally.at(name, record.bytes)
                return
            target.unlink()
        for path in (target, part):
            path.parent.mkdir(parents=True, exist_ok=True)
        begun = part.stat().st_size if part.exists() else 0
        found = self._fetch(name, part, begun)
        if found != record.sha256 and begun:
            # What was here before, not what came, may be at fault.
            part.unlink()
            found = self._fetch(name, part, 0)
        if found != record.sha256:
            part.unlink()
            raise LibraryCorruptError(
                f"A file has SHA-256 {found} instead of {record.sha256}",
                where=self._place.where(f"{self._made.version}/{name}"),
                cure=_CURE,
            )
        part.rename(target)
        self._tally.at(name, record.bytes)

    def _fetch(self, name: str, part: Path, begun: int) -> str:
        """Bring a file to ``part`` and return its hash."""
        record = self._made.files[name]
        self._place.fetch(
            f"{self._made.version}/{name}", part, record, lambda done: self._tally.at(name, done)
        )
        self._brought[name] = max(0, record.bytes - begun)
        return manifest.sha256_of(part)

    def _here(self, name: str) -> int:
        for path in (self.whole / name, self._parts / name):
            with contextlib.suppress(OSError):
                return path.stat().st_size
        return 0


@contextlib.contextmanager
def _writing(root: Path) -> Iterator[None]:
    """Say of errors of the disk what can be done about them."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise LibraryError(
            f"The library cannot be written: {error.strerror or error}",
            where=str(error.filename or root),
            cure="Make room or give write access there; what is live stays, what came is kept",
        ) from error
