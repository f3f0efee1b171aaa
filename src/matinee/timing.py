"""How long the stages of a search or a recommendation take, told to whoever wants to know.

Nothing is kept here. A service sets :data:`observe`; without one, a stage costs a look at the
clock.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

observe: Callable[[str, float], None] | None = None
"""Is called at the end of each stage with its name, such as ``search.retrieve``, and its seconds.

One for the whole process; it must be quick and must not fail."""


class Clock:
    """Times the stages of one piece of work.

    Args:
        work: its name, the first half of the names of its stages.
    """

    __slots__ = ("_last", "_started", "_work")

    def __init__(self, work: str) -> None:
        self._work = work
        self._started = self._last = time.perf_counter()

    def lap(self, stage: str, outcome: T) -> T:
        """Return the outcome of a stage, which took from the end of the last one until now.

        Args:
            stage: its name.
            outcome: is handed through, so that a stage and its time stand on one line.
        """
        now = time.perf_counter()
        if observe is not None:
            observe(f"{self._work}.{stage}", now - self._last)
        self._last = now
        return outcome

    @property
    def milliseconds(self) -> float:
        """Time since the beginning."""
        return (time.perf_counter() - self._started) * 1e3
