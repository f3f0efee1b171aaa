"""Holds the library the service answers from, or the reason why there is none, and swaps it.

A new version is opened beside the old one, checked and warmed, and then one reference is replaced.
A request takes the library once, at its beginning, and keeps it to its end; the old version goes
when the last request that holds it has ended. See docs/decisions/0018-hot-swap-and-workers.md.
"""

from __future__ import annotations

import gc
import logging
import os
import threading
import time
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from matinee.assembly import Library, default_root, open_library
from matinee.assembly.parts import default_encoder, known_encoder
from matinee.errors import LibraryError, MatineeError
from matinee.library import manifest, versions
from matinee.service.board import Worker, error_values
from matinee.service.home import Shelf, shelves

if TYPE_CHECKING:
    from matinee.library.manifest import Manifest
    from matinee.protocols import TextEncoder
    from matinee.service.board import Board
    from matinee.settings import Settings

_log = logging.getLogger("matinee.service")

_BOARD_SECONDS = 0.2
"""How often a worker looks whether a reload was asked for: one small file, some 20 us."""
_IDLE_SECONDS = 1.0
"""How often the thread wakes where it is not asked to look for new versions."""
_LINGER_SECONDS = 2.0
"""A version that was swapped out and still is in use after this is held by a slow request, or by
a circle of references: the collector is asked to look, and again after as long."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """What the file CURRENT was when it was looked at; it is replaced as a whole, never edited.

    Attributes:
        name: the version it names, as far as it can be read.
        changed: when it was written, in nanoseconds.
        inode: of the file.
    """

    name: str
    changed: int
    inode: int


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What a look for a new version came to.

    Attributes:
        version: of the library that answers now; None where there is none.
        swapped: whether it is another one than before.
        error: why the version CURRENT names does not answer.
    """

    version: str | None
    swapped: bool
    error: MatineeError | None = None


class Holder:
    """The library, shared by all requests.

    Args:
        library: an open one; None means that :meth:`open` opens it.
        path: its folder, as :func:`matinee.open` takes it.
        settings: which encoder threads, which default folder, how often to look.
        board: shared with the other workers of this server; None where there are none.
    """

    def __init__(
        self,
        library: Library | None,
        *,
        path: Path | None,
        settings: Settings,
        board: Board | None = None,
    ) -> None:
        self._library = library
        # Somebody else's library, such as one in memory, has no folder to look into.
        self._given = library is not None and not isinstance(library, Library)
        if isinstance(library, Library) and path is None and not library.is_demo:
            path = library.root
        self._path = None if path is None else Path(path).expanduser()
        self._settings = settings
        self._board = board
        self._error: MatineeError | None = None
        self._failed = ""
        self._seen: Pointer | None = None
        self._generation = 0
        self._opening = threading.Lock()
        self._began = 0.0
        self._last: Reloaded | None = None
        self._encoder: tuple[str, TextEncoder] | None = None
        self._old: list[tuple[float, weakref.ref[Library]]] = []
        self._sweep: float | None = None
        self._stop = threading.Event()
        self._watcher: threading.Thread | None = None
        self._shelves: weakref.WeakKeyDictionary[Library, tuple[Shelf, ...]] = (
            weakref.WeakKeyDictionary()
        )
        self._shelving = threading.Lock()

    @property
    def library(self) -> Library | None:
        """The library that answers from now on, None while there is none."""
        return self._library

    @property
    def board(self) -> Board | None:
        """Where the workers of this server agree; None where there is but this one."""
        return self._board

    @property
    def version(self) -> str | None:
        """Version of the library that answers, None while there is none."""
        return None if self._library is None else self._library.version

    @property
    def error(self) -> MatineeError | None:
        """Why the version that is current could not be opened; None if it could."""
        return self._error

    @property
    def degraded(self) -> tuple[str, ...]:
        """What is wrong though there are answers: a newer version that cannot be opened."""
        if self._library is None or self._error is None:
            return ()
        what = self._error.what.replace(str(self._root()), "…")
        return (f"library {self._failed} cannot be opened: {what}",)

    @property
    def root(self) -> Path | None:
        """The folder of the versions; None for a library that lies in none."""
        return None if self._given else self._root()

    def open(self) -> None:
        """Open the library if need be, and warm it. Blocks: call it from a thread.

        A library that cannot be opened is no reason to die: the health endpoints tell an operator
        what is wrong, which a process in a restart loop cannot.
        """
        if self._board is not None:
            self._generation = self._board.generation()
            self._say(ready=False)
        if self._library is not None and self._last is None:
            self._library.warm()
        # One that is open already may have been followed by another while the rest was started.
        self.reload()
        if self._board is not None:
            # First it is said that this worker answers, then looked whether a reload was asked
            # for meanwhile: whoever asks does it the other way round, so that one sees the other.
            self._say()
            self._follow(self._board)

    def watch(self) -> None:
        """Begin to look for new versions, in a thread of its own."""
        if (self._given and self._board is None) or self._watcher is not None:
            return
        self._watcher = threading.Thread(target=self._watch, name="matinee-watcher", daemon=True)
        self._watcher.start()

    def close(self) -> None:
        """Stop looking for new versions. Blocks until one that is being opened is open."""
        self._stop.set()
        if self._watcher is not None:
            self._watcher.join()

    def get(self) -> Library:
        """Return the open library.

        Raises:
            MatineeError: why it could not be opened.
            LibraryError: it is not open yet.
        """
        if self._library is not None:
            return self._library
        if isinstance(self._error, LibraryError):
            raise self._error
        if self._error is not None:
            raise LibraryError(str(self._error)) from self._error
        raise LibraryError("The library is not open yet", cure="Try again in a moment")

    def reload(self) -> Reloaded:
        """Open the version CURRENT names, if it is not the one that answers. Blocks.

        Whoever comes while a version is being opened waits for it, and does not open it again.
        Where it cannot be opened, the one before goes on answering.
        """
        if self._given:
            return Reloaded(self.version, swapped=False)
        came = time.monotonic()
        with self._opening:
            if self._last is None or self._began < came:
                self._began = time.monotonic()
                self._last = self._reload()
            return self._last

    def shelves(self, library: Library | None = None) -> tuple[Shelf, ...]:
        """Return the shelves of the home page, found once for each version of the library.

        Args:
            library: the one of the request; None means the one that answers now.
        """
        library = library or self.get()
        with self._shelving:
            if library not in self._shelves:
                self._shelves[library] = shelves(library)
            return self._shelves[library]

    def _reload(self) -> Reloaded:
        before = self._library
        # Looked at before it is followed: a change that comes in between is seen the next time.
        self._seen = self._look()
        self._failed = self._seen.name if self._seen is not None else versions.CURRENT
        try:
            library = self._open_current(before)
        except MatineeError as error:
            return self._refused(error)
        except Exception as error:  # noqa: BLE001 -- a damaged file makes its reader raise anything
            _log.exception("The library cannot be opened")
            return self._refused(LibraryError(f"It cannot be read: {type(error).__name__}"))
        self._error = None
        if library is before:
            return Reloaded(library.version, swapped=False)
        self._library = library
        if before is not None:
            self._old.append((time.monotonic(), weakref.ref(before)))
            _log.info("Library %s answers instead of %s", library.version, before.version)
        return Reloaded(library.version, swapped=True)

    def _refused(self, error: MatineeError) -> Reloaded:
        self._error = error
        _log.error("Library %s cannot be opened: %s", self._failed, error)
        return Reloaded(self.version, swapped=False, error=error)

    def _open_current(self, before: Library | None) -> Library:
        root = self._path
        if root is None and (self._settings.library is not None or before is not None):
            root = self._root()
        if root is None:
            library = open_library(settings=self._settings)
            library.warm()
            return library
        while True:
            folder = versions.current(root)
            made = manifest.read(folder)
            if before is not None and before.root == root and before.manifest == made:
                return before
            # Everything a version was built as, byte by byte: a file that was cut short or
            # changed on its way here must not take the place of one that answers.
            manifest.check(folder, made, full=before is not None)
            library = open_library(root, encoder=self._encoder_of(made), settings=self._settings)
            if library.manifest == made:
                library.warm()
                return library
            # Another became current meanwhile, and that is the one that was opened.

    def _encoder_of(self, made: Manifest) -> TextEncoder:
        """Return the encoder of a version: the one at hand, if it is of the same name.

        It is what takes longest to load and most memory, and it holds the vectors of the queries
        of late.
        """
        name = known_encoder(made)
        if self._encoder is None or self._encoder[0] != name:
            self._encoder = (name, default_encoder(self._settings, name))
        return self._encoder[1]

    def _root(self) -> Path:
        if self._path is not None:
            return self._path
        usual = default_root(self._settings)
        if isinstance(self._library, Library) and not versions.exists(usual):
            return self._library.root  # The demo, until somebody builds a library of their own.
        return usual

    def _look(self) -> Pointer | None:
        pointer = self._root() / versions.CURRENT
        try:
            found = pointer.stat()
            name = pointer.read_bytes()[:40].decode("ascii", "replace").strip()
        except OSError:
            return None
        return Pointer(name, found.st_mtime_ns, found.st_ino)

    def _watch(self) -> None:
        wait = self._settings.watch_seconds
        pause = min(wait or _IDLE_SECONDS, _BOARD_SECONDS if self._board else _IDLE_SECONDS)
        due = time.monotonic() + wait
        while not self._stop.wait(pause):
            try:
                if self._board is not None:
                    self._follow(self._board)
                if wait and not self._given and time.monotonic() >= due:
                    due = time.monotonic() + wait
                    if self._look() != self._seen:
                        self.reload()
                        self._say()
                self._clear()
            except Exception:  # noqa: BLE001 -- a dead watcher would leave the old version for ever
                _log.exception("Looking for a new version failed")

    def _follow(self, board: Board) -> None:
        """Reload as often as was asked for, and say so."""
        while (generation := board.generation()) != self._generation:
            self.reload()
            self._generation = generation
            self._say()

    def _say(self, *, ready: bool = True) -> None:
        if self._board is None:
            return
        library = self._library
        self._board.say(
            Worker(
                pid=os.getpid(),
                generation=self._generation,
                version=None if library is None else library.version,
                degraded=self.degraded,
                ready=ready,
                error=None
                if library is not None or self._error is None
                else error_values(self._error),
            )
        )

    def _clear(self) -> None:
        """See to it that versions swapped out leave the memory.

        Their parts refer to each other in circles, which the collector finds when it next comes
        by; as nothing but it knows how much they hold, that may be in an hour.
        """
        now = time.monotonic()
        if any(old() is None or now - since > _LINGER_SECONDS for since, old in self._old):
            gc.collect()
            self._old = [(now, old) for _, old in self._old if old() is not None]
            # The library goes first, and its parts may be at work a moment longer.
            self._sweep = now + _LINGER_SECONDS
        elif self._sweep is not None and now > self._sweep:
            gc.collect()
            self._sweep = None
