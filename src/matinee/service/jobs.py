"""Runs jobs, one at a time over all workers, each in a process of its own.

A job is a ``matinee`` command. Its crash or its memory is no matter of the server's; and where the
server is killed, the pipe it holds to the child breaks, and the child ends as well.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matinee.errors import MatineeError
from matinee.service.jobs_child import Child, start
from matinee.service.jobs_kinds import KINDS, command
from matinee.store.records import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matinee.store import Store
    from matinee.store.records import Job

_log = logging.getLogger("matinee.service")

STALE = 60
"""Seconds without a beat after which whoever runs a job is taken for dead, as the store does."""
_LISTED = 200
"""Jobs looked through for one that runs; nobody has so many waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobConfig:
    """How jobs are run, in seconds.

    Attributes:
        poll: how often a runner looks for a job, or for whether its job is to be cancelled.
        beat: how often it says that it is alive; well below :data:`STALE`.
        grace: how long a child that is told to end may take before it is killed.
    """

    poll: float = 1.0
    beat: float = 5.0
    grace: float = 5.0


class Runner:
    """A thread that runs the jobs of the store.

    Every worker has one. A job that another runs is left to it, unless that has not been heard of
    for a minute: then it is begun again if a second run goes on where the first was stopped (a
    build, a training, a check, a backup that is written whole or not at all), or fails.

    Args:
        store: where the jobs are.
        environment: returns the settings that commands are to have besides those of this process,
            such as MATINEE_LIBRARY.
        config: how often and how long.
    """

    def __init__(
        self,
        store: Store,
        *,
        environment: Callable[[], Mapping[str, str]] = dict,
        config: JobConfig | None = None,
    ) -> None:
        self._store = store
        self._environment = environment
        self._config = config or JobConfig()
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._unreachable = False

    def start(self) -> None:
        """Begin to look for jobs."""
        self._thread = threading.Thread(target=self._run, name="matinee-jobs", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look at once: a job was asked for, or is to be cancelled. Does not wait."""
        self._wake.set()

    def stop(self) -> None:
        """End, and the child as well; waits for both. The store must still be open."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                job = self._next()
                if job is not None:
                    self._do(job)
                self._unreachable = False
            except MatineeError as error:
                # The store is away. It is asked again, and the log told once.
                if not self._unreachable:
                    _log.warning("Jobs cannot be looked for: %s", error)
                self._unreachable = True
            except Exception:  # noqa: BLE001 -- see below, and it is logged
                # Without this the thread would end, and jobs wait for ever with nobody told.
                _log.exception("A job could not be run")
            self._pause()

    def _pause(self) -> None:
        self._wake.wait(self._config.poll)
        self._wake.clear()

    def _next(self) -> Job | None:
        """Return a job that is this runner's to do, or None."""
        seen = self._store.jobs.all(limit=_LISTED)
        if any(_runs(job) for job in seen):
            return None
        lost = {job.key for job in seen if job.state is JobState.RUNNING}
        job = self._store.jobs.claim(tuple(KINDS))
        if job is None:
            return None
        if any(_runs(each) and each.key < job.key for each in self._store.jobs.all(_LISTED)):
            # Two runners took one each at the same moment: the older job goes first.
            self._give_back(job, "")
            return None
        if job.key in lost and not KINDS[job.kind].resumable:
            self._end(job, JobState.FAILED, "Interrupted: the server that ran it has died")
            return None
        return job

    def _do(self, job: Job) -> None:
        """Run a job to its end, to its cancellation or to the end of the server."""
        try:
            words = command(job.kind, job.arguments)
        except MatineeError as error:
            # Asked for by an older or a newer Matinee: what it holds was checked when it was asked.
            self._end(job, JobState.FAILED, str(error))
            return
        self._store.jobs.update(job.key, done=0, total=0, message="Starting", ended=None).result()
        try:
            child = start(words, self._environment())
        except OSError as error:
            self._end(job, JobState.FAILED, f"It cannot be started: {error}")
            return
        with child:
            try:
                cancelled = self._attend(job, child)
            finally:
                child.end(self._config.grace)
        if cancelled:
            self._end(job, JobState.CANCELLED, "Cancelled")
        elif child.code == 0:
            self._end(job, JobState.DONE, child.said() or "Done")
        elif self._stop.is_set() and child.stopped:
            if KINDS[job.kind].resumable:
                self._give_back(job, "The server was stopped; it goes on when it starts again")
            else:
                self._end(job, JobState.FAILED, "Interrupted: the server was stopped")
        else:
            self._end(job, JobState.FAILED, _failure(child))

    def _attend(self, job: Job, child: Child) -> bool:
        """Wait for a child; tell whether that ended because the job was cancelled."""
        told: tuple[object, ...] = ()
        beaten = time.monotonic()
        while child.running():
            if self._stop.is_set():
                return False
            with contextlib.suppress(MatineeError):
                # A store that is away for a while is no reason to give up an hour's work.
                now = self._store.jobs.get(job.key)
                if now is not None and now.state is JobState.CANCELLED:
                    return True
                progress = child.progress()
                if progress != told or time.monotonic() - beaten >= self._config.beat:
                    changes = dict(zip(("message", "done", "total"), progress, strict=True))
                    self._store.jobs.update(job.key, beat=int(time.time()), **changes).result()
                    told, beaten = progress, time.monotonic()
            child.wait(min(self._config.poll, self._config.beat))
        return False

    def _end(self, job: Job, state: JobState, message: str) -> None:
        now = int(time.time())
        changes: dict[str, Any] = {"state": state, "message": message, "ended": now, "beat": now}
        if state is JobState.DONE:
            current = self._store.jobs.get(job.key)
            total = max(1, current.total if current is not None else 1)
            changes |= {"done": total, "total": total}
        self._store.jobs.update(job.key, **changes).result()

    def _give_back(self, job: Job, message: str) -> None:
        self._store.jobs.update(
            job.key, state=JobState.WAITING, message=message, started=None, beat=None
        ).result()


def _runs(job: Job) -> bool:
    """Tell whether somebody alive runs a job; one that is being cancelled runs until it ended."""
    going = job.state is JobState.RUNNING or (job.state is JobState.CANCELLED and job.ended is None)
    return going and job.beat is not None and time.time() - job.beat < STALE


def _failure(child: Child) -> str:
    """Return why a child failed, as it said or as its end tells."""
    if child.code is not None and child.code < 0:
        number = -child.code
        name = signal.Signals(number).name if number in set(signal.Signals) else str(number)
        hint = "; the machine may be short of memory" if name == "SIGKILL" else ""
        return f"Its process was ended by {name}{hint}"
    return child.complained() or f"It ended with status {child.code}"


def over(job: Job) -> bool:
    """Tell whether a job has come to its end, or nobody is left to say that it has."""
    return job.state not in (JobState.WAITING, JobState.RUNNING) and not _runs(job)


def resume(store: Store, job: Job) -> Job:
    """Let a job that failed or was cancelled run again. Blocks until that is on disk."""
    again: Job = store.jobs.update(
        job.key,
        state=JobState.WAITING,
        message="",
        done=0,
        total=0,
        started=None,
        ended=None,
        beat=None,
    ).result()
    return again


def cancel(store: Store, job: Job) -> Job:
    """Call a job off: at once while it waits, soon where it runs. Blocks until that is on disk."""
    changes: dict[str, Any] = {"state": JobState.CANCELLED}
    if job.state is JobState.WAITING:
        changes |= {"message": "Cancelled", "ended": int(time.time())}
    cancelled: Job = store.jobs.update(job.key, **changes).result()
    return cancelled
