"""Answers of the store that every request needs, remembered for a moment."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio.to_thread

from matinee.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

SECONDS = 1.0
"""How long an answer is believed: a token that was revoked is refused after this at the latest."""
_SIZE = 4_096
"""Answers kept; a household has a handful of tokens, a busy service some thousand."""
_THREADS = 4
"""Look-ups at once: they take a millisecond each, and must not take the threads of the routes."""


@dataclass(frozen=True, slots=True)
class _Known:
    """An answer, or why there was none, and until when it counts."""

    value: Any
    error: StoreError | None
    until: float


class Lookups:
    """Asks the store in a thread, once at a time for each thing, and remembers what it said.

    While the store does not answer nobody waits for it twice: what failed is tried again at most
    once a second, behind the back of the requests, which are told at once that it had failed.

    Args:
        clock: tells the time in seconds.

    Attributes:
        hits: questions answered from what was remembered.
        misses: the others.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: OrderedDict[Hashable, _Known] = OrderedDict()
        self._asked: dict[Hashable, asyncio.Task[_Known]] = {}
        self._limiter: anyio.CapacityLimiter | None = None
        self.hits = self.misses = 0

    async def get(self, key: Hashable, look: Callable[[], Any]) -> Any:
        """Return what is known under a key, looked up if it is older than a second.

        Args:
            key: names what is looked up; never a secret itself.
            look: asks the store; may block.

        Raises:
            StoreError: the store did not answer.
        """
        known = self._known.get(key)
        if known is not None and known.until > self._clock():
            self.hits += 1
        else:
            self.misses += 1
            task = self._task(key, look)
            if known is None or known.error is None:
                # Whoever waits may give up; the others wait for the same answer.
                known = await asyncio.shield(task)
        if known.error is not None:
            raise known.error
        return known.value

    def _task(self, key: Hashable, look: Callable[[], Any]) -> asyncio.Task[_Known]:
        loop = asyncio.get_running_loop()
        task = self._asked.get(key)
        # A loop that was closed has taken its tasks with it.
        if task is None or task.get_loop() is not loop:
            task = loop.create_task(self._look(key, look))
            self._asked[key] = task
        return task

    async def _look(self, key: Hashable, look: Callable[[], Any]) -> _Known:
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(_THREADS)
        try:
            # From before the question: what changes while it is answered counts a second later.
            until = self._clock() + SECONDS
            try:
                value = await anyio.to_thread.run_sync(look, limiter=self._limiter)
                known = _Known(value, None, until)
            except StoreError as error:
                known = _Known(None, error, self._clock() + SECONDS)
            self._known[key] = known
            self._known.move_to_end(key)
            while len(self._known) > _SIZE:
                self._known.popitem(last=False)
            return known
        finally:
            self._asked.pop(key, None)
