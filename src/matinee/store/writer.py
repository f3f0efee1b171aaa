"""Group commit: one thread writes what many callers ask for, many writes in one transaction.

A commit waits for the disk, some tenths of a millisecond to many, whether it holds one write or a
hundred. So the thread takes all that waits, writes it in one transaction, and tells every caller
once the disk has confirmed it. One bad write harms no other: where a transaction fails, each of
its writes is tried in a transaction of its own.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import SQLAlchemyError

from matinee.errors import StoreUnavailableError, UnknownPersonError
from matinee.store import failures
from matinee.store.schema import people

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from sqlalchemy import Connection

    from matinee.store.database import Database

MAX_BATCH = 512
"""Writes in one transaction: enough that the wait for the disk no longer shows in their cost, few
enough that the last of them is not kept waiting."""
MAX_WAITING = 8_192
"""Writes that may wait; beyond it the disk or the server is hopelessly behind."""
_CLASHES = 5
"""Tries at a write whose transaction PostgreSQL gives up for another one."""


class Turn:
    """One transaction of the writer.

    Attributes:
        connection: in the transaction.
        now: seconds since 1970, the same for all its writes.
        postgresql: whether that is the database.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.now = int(time.time())
        self.postgresql = connection.dialect.name == "postgresql"
        self._revisions: dict[int, int] = {}
        self._moved: set[int] = set()

    def lock(self, keys: Collection[int]) -> None:
        """Keep people from being changed by others until the transaction ends.

        In the order of their keys, so that no two processes can wait for each other.
        """
        rows = self.connection.execute(_LOCK, {"keys": sorted(keys)})
        self._revisions.update((key, revision) for key, revision in rows)

    def revision(self, person: int) -> int:
        """Return the revision of a person that was locked.

        Raises:
            UnknownPersonError: they are not there any more.
        """
        try:
            return self._revisions[person]
        except KeyError:
            raise UnknownPersonError(
                "This person is not there any more", cure="Make them anew: matinee user add NAME"
            ) from None

    def advance(self, person: int) -> int:
        """Count a change to what a person did; return their new revision."""
        revision = self._revisions[person] + 1
        self._revisions[person] = revision
        self._moved.add(person)
        return revision

    def forget(self, person: int) -> None:
        """Take note that a person was deleted."""
        self._revisions.pop(person, None)
        self._moved.discard(person)

    def finish(self) -> None:
        """Write the revisions down."""
        if self._moved:
            rows = [{"at": key, "to": self._revisions[key]} for key in sorted(self._moved)]
            self.connection.execute(_ADVANCE, rows)


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """A kind of write.

    Attributes:
        apply: carries out requests in their order; returns the result of each, an exception for
            one that cannot be met and changed nothing.
        mixes: whether requests may be moved past those of other kinds that mix, so that more of
            one kind stand together.
    """

    apply: Callable[[Turn, Sequence[Any]], Sequence[Any]]
    mixes: bool = False


@dataclass(slots=True, eq=False)
class _Task:
    work: Work
    request: Any
    people: tuple[int, ...]
    future: Future[Any] = field(default_factory=Future)


class Writer:
    """The thread that writes; it begins with the first write.

    Args:
        database: where to.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Task] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(self, work: Work, request: Any, people: tuple[int, ...] = ()) -> Future[Any]:
        """Queue a write; never blocks.

        Args:
            work: its kind.
            request: what the kind understands.
            people: keys of those whose rows it changes.

        Returns:
            What is done when the write is on disk, with its result or a :class:`StoreError`.
        """
        task = _Task(work, request, people)
        with self._changed:
            if self._closed or len(self._waiting) >= MAX_WAITING:
                task.future.set_exception(self._refusal())
                return task.future
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
                self._thread.start()
            self._waiting.append(task)
            self._changed.notify()
        return task.future

    def call(self, function: Callable[[Turn], Any], people: tuple[int, ...] = ()) -> Future[Any]:
        """Queue a write that is rare enough to be a function of its own."""
        return self.submit(_CALLS, function, people)

    @property
    def waiting(self) -> int:
        """Writes that were asked for and not begun."""
        return len(self._waiting)

    def close(self) -> None:
        """Finish what is queued, then take no more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _refusal(self) -> StoreUnavailableError:
        where = self._database.address.shown
        if self._closed:
            return StoreUnavailableError("The store is closed", where=where, cure="Open it anew")
        return StoreUnavailableError(
            f"{MAX_WAITING:,} writes are waiting already",
            where=where,
            cure="Try again in a moment",
        )

    def _run(self) -> None:
        while tasks := self._take():
            running = [task for task in tasks if task.future.set_running_or_notify_cancel()]
            if running:
                self._write(running)

    def _take(self) -> list[_Task]:
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            count = min(len(self._waiting), MAX_BATCH)
            return [self._waiting.popleft() for _ in range(count)]

    def _write(self, tasks: list[_Task]) -> None:
        error = self._try(tasks)
        if error is None:
            return
        if failures.is_general(error):
            self._fail(tasks, error)
        elif len(tasks) == 1:
            tasks[0].future.set_exception(error)
        else:
            for place, task in enumerate(tasks):
                alone = self._try([task])
                if alone is not None and failures.is_general(alone):
                    self._fail(tasks[place:], alone)
                    return
                if alone is not None:
                    task.future.set_exception(alone)

    def _try(self, tasks: list[_Task]) -> BaseException | None:
        """Write in one transaction; complete the futures if that succeeds, else say why not."""
        for tries in range(_CLASHES):
            try:
                with self._database.transaction() as connection:
                    done = _apply(Turn(connection), tasks)
                break
            except SQLAlchemyError as error:
                if failures.is_clash(error) and len(tasks) == 1 and tries < _CLASHES - 1:
                    continue
                return failures.translated(error, self._database.address)
            except BaseException as error:  # noqa: BLE001 -- it is handed on to who waits
                return error
        for task, result in done:
            if isinstance(result, Exception):
                task.future.set_exception(result)
            else:
                task.future.set_result(result)
        return None

    def _fail(self, tasks: Iterable[_Task], error: BaseException) -> None:
        """Fail writes, and those that wait: they would wait as long for the same answer."""
        with self._changed:
            waiting = list(self._waiting)
            self._waiting.clear()
        for task in tasks:
            task.future.set_exception(error)
        for task in waiting:
            if task.future.set_running_or_notify_cancel():
                task.future.set_exception(error)


def _apply(turn: Turn, tasks: list[_Task]) -> list[tuple[_Task, Any]]:
    keys = {key for task in tasks for key in task.people}
    if keys:
        turn.lock(keys)
    done: list[tuple[_Task, Any]] = []
    for work, group in _grouped(tasks):
        results = work.apply(turn, [task.request for task in group])
        done.extend(zip(group, results, strict=True))
    turn.finish()
    return done


def _grouped(tasks: list[_Task]) -> Iterable[tuple[Work, list[_Task]]]:
    for mixes, run in groupby(tasks, key=lambda task: task.work.mixes):
        if not mixes:
            for work, group in groupby(run, key=lambda task: task.work):
                yield work, list(group)
            continue
        kinds: dict[Work, list[_Task]] = {}
        for task in run:
            kinds.setdefault(task.work, []).append(task)
        yield from kinds.items()


def _call(turn: Turn, functions: Sequence[Callable[[Turn], Any]]) -> list[Any]:
    return [function(turn) for function in functions]


_CALLS = Work(_call)
_LOCK = (
    select(people.c.key, people.c.revision)
    .where(people.c.key.in_(bindparam("keys", expanding=True)))
    .order_by(people.c.key)
    .with_for_update(key_share=True)
)
_ADVANCE = update(people).where(people.c.key == bindparam("at")).values(revision=bindparam("to"))
