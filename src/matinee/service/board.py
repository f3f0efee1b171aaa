"""The board: a folder where the workers of one server tell each other how far they are.

The parent makes it and tells each worker where it is. Every file in it is written whole under
another name and then renamed, so that whoever reads sees the old contents or the new:

* ``generation``: a number that a request to reload raises by one;
* ``worker-PID.json``: what the worker of that number answers from, and up to which generation it
  has looked for a new version.

Files rather than pipes or signals, because every worker must be able to ask all others, and a
worker that is killed at any moment leaves nothing behind that could hold up the rest.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from matinee import errors

if TYPE_CHECKING:
    from pathlib import Path

_GENERATION = "generation"
_PATTERN = "worker-*.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """What a worker says of itself.

    Attributes:
        pid: its process.
        generation: the last request to reload that it has followed.
        version: of the library it answers from; None while it has none.
        degraded: what is wrong with it.
        ready: whether it has been through its start, well or ill.
        error: why it has no library: name of the class, what, where and cure.
    """

    pid: int
    generation: int
    version: str | None = None
    degraded: tuple[str, ...] = ()
    ready: bool = False
    error: dict[str, Any] | None = None

    def raise_error(self) -> None:
        """Raise again why it has no library, if it says so."""
        if self.error is not None:
            kind = getattr(errors, self.error["kind"], errors.LibraryError)
            raise kind(self.error["what"], where=self.error["where"], cure=self.error["cure"])


@dataclass(frozen=True, slots=True)
class Board:
    """The folder, as the parent and all workers see it.

    Attributes:
        folder: where it lies; only the user of the server may look into it.
    """

    folder: Path

    def generation(self) -> int:
        """Return how often a reload has been asked for."""
        try:
            return int((self.folder / _GENERATION).read_text())
        except FileNotFoundError:
            return 0

    def ask(self) -> int:
        """Ask all workers to look for a new version; return the number of this request."""
        # Two at once must get two numbers, or one of them waits for what is never written.
        with FileLock(self.folder / ".lock"):
            generation = self.generation() + 1
            _replace(self.folder / _GENERATION, str(generation))
        return generation

    def workers(self) -> list[Worker]:
        """Return what the workers say, by their numbers; the parent takes off those that ended."""
        found = []
        for path in self.folder.glob(_PATTERN):
            try:
                said = json.loads(path.read_text())
            except FileNotFoundError:
                continue  # It has just left.
            found.append(Worker(**{**said, "degraded": tuple(said["degraded"])}))
        return sorted(found, key=lambda worker: worker.pid)

    def say(self, worker: Worker) -> None:
        """Write down what a worker says of itself."""
        _replace(self.folder / f"worker-{worker.pid}.json", json.dumps(asdict(worker)))

    def leave(self, pid: int) -> None:
        """Take a worker that has ended off the board."""
        (self.folder / f"worker-{pid}.json").unlink(missing_ok=True)


def error_values(error: errors.MatineeError) -> dict[str, Any]:
    """Return an error as :meth:`Worker.raise_error` reads it."""
    return {
        "kind": type(error).__name__,
        "what": error.what,
        "where": error.where,
        "cure": error.cure,
    }


def _replace(path: Path, text: str) -> None:
    # Not flushed to disk: after a crash of the machine there are no workers to agree.
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    temporary.write_text(text)
    temporary.replace(path)
