"""Models that are loaded at their first use: once, however many ask for them at that moment.

How long that took is told to whoever wants to know. Nothing is kept here: a service sets
:data:`observe`; without one, a load costs two looks at the clock.
"""

from __future__ import annotations

import time
from concurrent.futures import Future
from threading import Lock
from typing import TYPE_CHECKING, Generic, Literal, TypeAlias, TypeVar

from matinee.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

Outcome: TypeAlias = Literal["loaded", "failed"]

observe: Callable[[str, float, Outcome], None] | None = None
"""Is called at the end of each load with the model's name, the seconds it took, and how it ended.

One for the whole process; it must be quick and must not fail."""


class Loaded(Generic[T]):
    """A model that is loaded at its first call, and returned by every one.

    Safe to share between threads. Those that call while it is being loaded wait for that one load
    and share what comes of it, be it an error; whoever calls after an error begins a new one.

    Args:
        name: what it is called in metrics: the name of a model, never a path.
        make: loads it.
    """

    def __init__(self, name: str, make: Callable[[], T]) -> None:
        self.name = name
        self._make = make
        self._lock = Lock()
        self._load: Future[T] | None = None

    def __call__(self) -> T:
        """Return the model, loaded if it is not yet.

        Raises:
            ModelError: and whatever else ``make`` raises.
        """
        with self._lock:
            load, ours = self._load, self._load is None
            if load is None:
                load = self._load = Future()
        if ours:
            self._run(load)
        return load.result()

    @property
    def is_loaded(self) -> bool:
        """Whether a call returns at once."""
        load = self._load
        return load is not None and load.done() and load.exception() is None

    def _run(self, load: Future[T]) -> None:
        """Load the model, and tell those that wait."""
        began = time.perf_counter()
        try:
            model = self._make()
        except BaseException as error:
            # Before anybody is told, so that who hears of it and calls again begins a new load.
            self._load = None
            self._tell(began, "failed")
            load.set_exception(error if isinstance(error, Exception) else self._broken_off())
            # Ctrl-C is meant for the thread that got it, and not for those that wait.
            raise
        self._tell(began, "loaded")
        load.set_result(model)

    def _tell(self, began: float, outcome: Outcome) -> None:
        if observe is not None:
            observe(self.name, time.perf_counter() - began, outcome)

    def _broken_off(self) -> ModelError:
        return ModelError(
            "The loading of a model was broken off", where=self.name, cure="Try again"
        )
