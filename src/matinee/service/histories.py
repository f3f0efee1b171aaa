"""What people did, kept between requests for as long as nothing of it changes."""

from __future__ import annotations

import itertools
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.errors import StoreUnavailableError, UnknownPersonError
from matinee.pipeline.person import Person, person_of
from matinee.service.answers import edition
from matinee.store.records import DEFAULT_PERSON

if TYPE_CHECKING:
    from collections.abc import Callable

    from matinee.assembly import Library
    from matinee.store import Store
    from matinee.store.records import Person as Account

MAX_PEOPLE = 10_000
"""People kept at most; with a hundred titles each they take some 40 MB."""
MAX_DEEDS = 1_000_000
"""Entries of all histories kept at most; each takes about 70 bytes, with its fold."""
_LEAST_DEEDS = 16
"""Entries that a history counts as at least: the arrays of an empty one take room as well."""
AGAIN_SECONDS = 1.0
"""After a store did not answer, when it is asked again."""
UNREAD = "What this person did cannot be read at the moment"
"""Begins the note of an answer that had to do without the history, or with an old one."""
_readings = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Known:
    """A person as the service knows them.

    Attributes:
        person: what they did, by rows of the library.
        revision: of the history; None where it could not be read now.
        reading: number of this reading of the history, which no other of this process has; None
            where the person stands for more or less than what the store says. A store that was
            restored from a copy counts its revisions again, so they alone do not tell.
        degraded: why it could not be read, as a sentence; empty where all is as it should be.
    """

    person: Person
    revision: int | None = None
    reading: int | None = None
    degraded: str = ""


class KnownPeople:
    """The histories of the store by rows of the library; may be used from many threads at once.

    Each request reads one number, the revision of the person. Only where that is another than the
    last time is the history read and looked up in the catalogue again. So a change counts for the
    very next request, in every process.

    Args:
        people: how many are kept at most.
        deeds: entries of their histories that are kept at most.
        clock: tells the time in seconds.
    """

    def __init__(
        self,
        people: int = MAX_PEOPLE,
        deeds: int = MAX_DEEDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most_people = people
        self._most_deeds = deeds
        self._clock = clock
        self._kept: OrderedDict[tuple[int, int], Known] = OrderedDict()
        self._deeds = 0
        self._lock = threading.Lock()
        self._default = 0
        self._down_until = 0.0
        self._asking = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, store: Store, library: Library, who: Account) -> Known:
        """Return what a person did.

        While the store does not answer that is what was last known of them, or nothing, and the
        answer says so: somebody who wants to watch a film is better served by what most people
        like than by an error. Then one request at a time asks the store again, so that the others
        need not wait for it.

        Args:
            store: where it is kept.
            library: the open library that answers.
            who: the person; a key of 0 means that the store was not there to tell it.

        Raises:
            UnknownPersonError: they are gone.
            StoreError: the store is damaged.
        """
        if not self._down_until:
            return self._ask(store, library, who)
        if self._clock() < self._down_until or not self._asking.acquire(blocking=False):
            return self._without(library, who)
        try:
            return self._ask(store, library, who)
        finally:
            self._asking.release()

    def _ask(self, store: Store, library: Library, who: Account) -> Known:
        try:
            known = self._read(store, library, self._key(store, who))
        except StoreUnavailableError:
            self._down_until = self._clock() + AGAIN_SECONDS
            return self._without(library, who)
        self._down_until = 0.0
        return known

    def _key(self, store: Store, who: Account) -> int:
        key = who.key
        if not key:
            found = store.accounts.get(who.name)
            if found is None:
                raise UnknownPersonError("There is nobody of that name", where=who.name)
            key = found.key
        if who.name == DEFAULT_PERSON:
            self._default = key
        return key

    def _read(self, store: Store, library: Library, key: int) -> Known:
        place = (key, edition(library))
        kept = self._find(place)
        if kept is not None and kept.revision == store.history.revision(key):
            return kept
        history = store.history.read(key)
        person = person_of(library.engine, history.deeds, skip_unknown=True)
        known = Known(person, history.revision, next(_readings))
        self._keep(place, known)
        return known

    def _without(self, library: Library, who: Account) -> Known:
        """Return what is known of a person without the store."""
        kept = self._find((who.key or self._default, edition(library)))
        if kept is None:
            said = f"{UNREAD}: these are what most people like"
            return Known(person_of(library.engine, ()), degraded=said)
        return Known(kept.person, degraded=f"{UNREAD}: this is how it was a while ago")

    def _find(self, place: tuple[int, int]) -> Known | None:
        with self._lock:
            kept = self._kept.get(place)
            if kept is not None:
                self._kept.move_to_end(place)
            return kept

    def _keep(self, place: tuple[int, int], known: Known) -> None:
        with self._lock:
            self._forget(place)
            self._kept[place] = known
            self._deeds += _weight(known)
            while len(self._kept) > self._most_people or self._deeds > self._most_deeds:
                self._forget(next(iter(self._kept)))

    def _forget(self, place: tuple[int, int]) -> None:
        gone = self._kept.pop(place, None)
        if gone is not None:
            self._deeds -= _weight(gone)


def _weight(known: Known) -> int:
    return max(len(known.person), _LEAST_DEEDS)
