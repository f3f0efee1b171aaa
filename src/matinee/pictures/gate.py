"""How much memory decoding may take in this process at a time."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Gate:
    """Lets work in while all that is inside fits, first come first served.

    A limit to one picture alone is none: a service decodes on dozens of threads, and as many large
    pictures at once would take that many times the memory. Small ones pass together, large ones
    one after another; each takes fractions of a second.

    Args:
        room: bytes that may be in use; what needs more goes in alone.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._used = 0
        self._queue: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def pass_with(self, memory: int) -> Iterator[None]:
        """Wait until there is room for so many bytes, and hold it until the block ends."""
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
            try:
                self._changed.wait_for(lambda: self._queue[0] is ticket and self._fits(memory))
                self._used += memory
            finally:
                self._queue.remove(ticket)
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._used -= memory
                self._changed.notify_all()

    def _fits(self, memory: int) -> bool:
        return self._used == 0 or self._used + memory <= self._room
