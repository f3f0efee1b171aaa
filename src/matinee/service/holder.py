"""Holds the library the service answers from, or the reason why there is none."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from matinee.assembly import open_library
from matinee.errors import LibraryError, MatineeError
from matinee.service.home import Shelf, shelves

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.assembly import Library
    from matinee.settings import Settings

_log = logging.getLogger("matinee.service")


class Holder:
    """The library, opened once and shared by all requests.

    Args:
        library: an open one; None means that :meth:`open` opens it.
        path: its folder, as :func:`matinee.open` takes it.
        settings: instead of those read from the environment.
    """

    def __init__(
        self, library: Library | None, *, path: Path | None, settings: Settings | None
    ) -> None:
        self._library = library
        self._path = path
        self._settings = settings
        self._error: MatineeError | None = None
        self._shelves: tuple[str, tuple[Shelf, ...]] | None = None
        self._shelving = threading.Lock()

    @property
    def version(self) -> str | None:
        """Version of the library that answers, None while there is none."""
        return None if self._library is None else self._library.version

    def open(self) -> None:
        """Open the library if need be, and warm it. Blocks: call it from a thread.

        A library that cannot be opened is no reason to die: the health endpoints tell an operator
        what is wrong, which a process in a restart loop cannot.
        """
        try:
            if self._library is None:
                library = open_library(self._path, settings=self._settings)
                library.warm()
                self._library = library
            else:
                self._library.warm()
        except MatineeError as error:
            self._error = error
            _log.error("The library cannot be opened: %s", error)

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

    def shelves(self) -> tuple[Shelf, ...]:
        """Return the shelves of the home page, found once for each version of the library."""
        library = self.get()
        with self._shelving:
            if self._shelves is None or self._shelves[0] != library.version:
                self._shelves = (library.version, shelves(library))
            return self._shelves[1]
