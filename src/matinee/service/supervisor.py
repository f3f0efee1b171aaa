"""Keeps several workers running: starts them, starts again one that dies, stops all in good order.

Not uvicorn's own: that one kills a worker which does not answer within seconds, as one on a machine
under load does not, starts again without a pause one that dies at once, and cannot tell when all
are ready.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import time
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

from matinee.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import SpawnProcess
    from types import FrameType

    from matinee.service.board import Board

_log = logging.getLogger("matinee.service")

START_SECONDS = 300.0
"""How long workers may take to open the library: a demo library is built first, large ones read."""
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
"""Seconds before a worker that died soon after its start is started again; twice as long each
time, so that one that cannot live does not take the machine from those that can."""
_LIVED = 60.0
"""One that lived this long is started again at once: its death was no fault of its start."""
_TICK = 0.5
"""Signals end a wait by themselves; this is for ends that come between two of them."""

# A forked child would inherit locks held by threads it does not have.
_spawn = multiprocessing.get_context("spawn")


class Supervisor:
    """The parent of the workers.

    Args:
        target: what a worker runs, importable by name.
        arguments: of ``target``; they must be picklable.
        count: how many workers there are.
        board: on which they say how far they are.
        stop_seconds: how long a worker may take to stop before it is killed.
        forget: is told the process of each worker that has ended.
    """

    def __init__(
        self,
        target: Callable[..., None],
        arguments: tuple[Any, ...],
        *,
        count: int,
        board: Board,
        stop_seconds: float,
        forget: Callable[[int], None],
    ) -> None:
        self._target = target
        self._arguments = arguments
        self._count = count
        self._board = board
        self._stop_seconds = stop_seconds
        self._on_end = forget
        self._workers: dict[SpawnProcess, float] = {}
        self._stopping = False
        self._due: list[float] = []
        self._pause = _FIRST_PAUSE

    def run(self, announce: Callable[[], None] | None, closing: Callable[[], None]) -> None:
        """Run until a signal says to stop.

        Args:
            announce: is called once all workers are ready.
            closing: is called before the workers are stopped; the parent lets go of the socket.

        Raises:
            MatineeError: why a worker has no library, while all are starting.
            SettingsError: the workers cannot be started.
        """
        handlers = {
            number: signal.signal(number, handler)
            for number, handler in (
                (signal.SIGTERM, self._on_stop),
                (signal.SIGINT, self._on_stop),
                (signal.SIGHUP, self._on_reload),
            )
        }
        try:
            for _ in range(self._count):
                self._start()
            self._wait_until_ready()
            if announce is not None and not self._stopping:
                announce()
            while not self._stopping:
                self._tick()
        finally:
            closing()
            self._stop()
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def _start(self) -> None:
        process = _spawn.Process(target=self._target, args=self._arguments, name="matinee-worker")
        process.start()
        self._workers[process] = time.monotonic()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._stopping:
            said = [worker for worker in self._board.workers() if worker.ready]
            for worker in said:
                worker.raise_error()
            if len(said) == self._count:
                return
            dead = [process for process in self._workers if process.exitcode is not None]
            if dead or time.monotonic() > deadline:
                raise SettingsError(
                    f"A worker ended with status {dead[0].exitcode} before it was ready"
                    if dead
                    else f"The workers were not ready after {START_SECONDS:.0f} seconds",
                    cure="See what it said above; matinee serve --workers 1 shows more",
                )
            wait([process.sentinel for process in self._workers], timeout=_TICK / 10)

    def _tick(self) -> None:
        wait([process.sentinel for process in self._workers], timeout=_TICK)
        now = time.monotonic()
        for process in [one for one in self._workers if one.exitcode is not None]:
            started = self._workers.pop(process)
            self._forget(process)
            if self._stopping:
                return
            lived = now - started
            self._pause = _FIRST_PAUSE if lived > _LIVED else min(self._pause * 2, _LONGEST_PAUSE)
            pause = 0.0 if lived > _LIVED else self._pause
            self._due.append(now + pause)
            _log.error(
                "Worker %d ended with status %s and is started again in %.1f seconds",
                process.pid,
                process.exitcode,
                pause,
            )
        for due in [due for due in self._due if due <= now]:
            self._due.remove(due)
            self._start()

    def _stop(self) -> None:
        for process in self._workers:
            process.terminate()
        deadline = time.monotonic() + self._stop_seconds
        for process in self._workers:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.exitcode is None:
                _log.error("Worker %d did not stop in time and is killed", process.pid)
                process.kill()
                process.join()
            self._forget(process)
        self._workers.clear()

    def _forget(self, process: SpawnProcess) -> None:
        process.join()
        if process.pid is not None:
            self._board.leave(process.pid)
            self._on_end(process.pid)

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _on_reload(self, _number: int, _frame: FrameType | None) -> None:
        self._board.ask()


def end_with_parent() -> None:
    """Stop this worker when its parent is gone: nobody would start it again, or stop it. Blocks."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
