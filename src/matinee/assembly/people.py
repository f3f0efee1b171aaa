"""The people of the store, as an open library asks for them."""

from __future__ import annotations

import weakref
from threading import Lock
from typing import TYPE_CHECKING

from matinee.store.place import default_file

if TYPE_CHECKING:
    from matinee.deeds import Deed
    from matinee.store import Store


class StoredPeople:
    """The people of a store, which is opened when it is first asked.

    Opening a library must not load what a database needs, nor make a file for somebody who only
    searches.

    Args:
        url: of the store; None for the user's own file.
    """

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._store: Store | None = None
        self._lock = Lock()

    def exists(self, name: str) -> bool:
        """Tell whether there is somebody of that name."""
        store = self._open()
        return store is not None and store.accounts.get(name) is not None

    def deeds(self, name: str) -> tuple[Deed, ...]:
        """Return what a person did, oldest first; nothing of somebody who is not there."""
        store = self._open()
        person = None if store is None else store.accounts.get(name)
        if store is None or person is None:
            return ()
        return store.history.read(person.key).deeds

    def names(self) -> list[str]:
        """Return the names of all people, sorted."""
        store = self._open()
        return [] if store is None else [person.name for person in store.accounts.all()]

    def _open(self) -> Store | None:
        """Return the store; None where nobody has made the user's own file yet."""
        with self._lock:
            if self._store is None:
                if self._url is None and not default_file().exists():
                    return None
                from matinee.store import open_store

                self._store = open_store(self._url)
                weakref.finalize(self, self._store.close)
            return self._store
