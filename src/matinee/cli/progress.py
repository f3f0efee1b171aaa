"""How far a training has come: bars on a terminal, a line a stage elsewhere.

A program that runs a command calls :func:`for_programs` first; then every step is a line of JSON.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from rich.progress import Progress, TaskID


_LEAST = 0.2
"""Seconds between two lines of a stage that are told to a program."""
_programs = False


def for_programs() -> None:
    """Tell progress as lines of JSON from now on: ``{"stage": ..., "done": ..., "total": ...}``."""
    global _programs
    _programs = True


def told_to_programs() -> bool:
    """Tell whether progress is told as lines of JSON."""
    return _programs


class Lines:
    """Tells progress to the program that runs this one, as lines of JSON on standard error.

    Args:
        names: of stages, for people; one that is not among them is its own.
    """

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        self._names = names or {}
        self._last: dict[str, float] = {}

    def __enter__(self) -> Lines:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End; there is nothing to close."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Note that ``done`` of ``total`` steps of ``stage`` are done; total 0 means unknown."""
        now = time.monotonic()
        # By stage, as two of them may go on side by side.
        if stage in self._last and done != total and now - self._last[stage] < _LEAST:
            return
        self._last[stage] = now
        said = {"stage": self._names.get(stage, stage), "done": done, "total": total}
        typer.echo(json.dumps(said), err=True)


class Steps:
    """Shows stages of work on standard error as they go by."""

    def __init__(self) -> None:
        from rich.console import Console

        self._lines = Lines() if _programs else None
        self._console = Console(stderr=True)
        self._bars: Progress | None = self._make() if self._console.is_terminal else None
        self._tasks: dict[str, TaskID] = {}
        self._started: dict[str, float] = {}

    def _make(self) -> Progress:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        return Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[count]}"),
            TimeElapsedColumn(),
            console=self._console,
        )

    def __enter__(self) -> Steps:
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Note that ``done`` of ``total`` steps of ``stage`` are done; total 0 means unknown."""
        if self._lines is not None:
            self._lines(stage, done, total)
            return
        if self._bars is not None:
            if stage not in self._tasks:
                self._tasks[stage] = self._bars.add_task(stage, total=None, count="")
            count = f"{done:,} of {total:,}" if total > 1 else ""
            self._bars.update(self._tasks[stage], completed=done, total=total or None, count=count)
            return
        # A log wants to know that a stage began and that it ended, and no more.
        if stage not in self._started:
            self._started[stage] = time.monotonic()
            if not done:
                typer.echo(f"{stage} ...", err=True)
        elif total and done == total:
            # A stage may come again, as where models are learnt on one part after the other.
            took = time.monotonic() - self._started.pop(stage)
            typer.echo(f"{stage}: done after {took:.1f} s", err=True)
