"""The process a job runs in: a ``matinee`` command, and what it says of its progress."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections import deque
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

_KEPT = 20
"""Lines of output kept of each stream; a command says what came of it at its end."""
_LONGEST = 2_000
"""Characters of a message made of them."""
_MAIN = """
import json, os, threading
told = b""
while not told.endswith(b"\\n"):
    told += os.read(0, 1) or os._exit(75)
os.environ.update(json.loads(told))
def watch():
    # The other end is the server's: it closes when that dies, however it does.
    while os.read(0, 1):
        pass
    os._exit(75)
threading.Thread(target=watch, daemon=True).start()
from matinee.cli import main, progress
progress.for_programs()
main.run()
"""
"""What the process runs: the command line, which ends when the server does and tells its progress
as lines of JSON. Settings come by the pipe, since everybody on the machine may read the words of a
command, and the address of a store can hold a password. It is read without a buffer: one whose lock
a thread holds at the end of Python is a fatal error."""


class Child:
    """A command under way. Use it as a context, which closes its pipes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.stopped = False
        self._process = process
        self._out: deque[str] = deque(maxlen=_KEPT)
        self._err: deque[str] = deque(maxlen=_KEPT)
        self._progress: tuple[str, int, int] = ("Running", 0, 0)
        self._readers = [
            threading.Thread(target=self._read, args=(stream, lines), daemon=True)
            for stream, lines in ((process.stdout, self._out), (process.stderr, self._err))
        ]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    @property
    def code(self) -> int | None:
        """Exit status; the signal, negative, that ended it; None while it runs."""
        return self._process.poll()

    def running(self) -> bool:
        """Tell whether it still runs."""
        return self._process.poll() is None

    def wait(self, seconds: float) -> None:
        """Wait for its end, no longer than that."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def progress(self) -> tuple[str, int, int]:
        """Return what is being done, steps done and steps in all; 0 in all is unknown."""
        return self._progress

    def end(self, grace: float) -> None:
        """Ask it to end if it still runs, and make it after ``grace`` seconds."""
        if self.running():
            self.stopped = True
            self._process.terminate()
            self.wait(grace)
        if self.running():
            self._process.kill()
            self._process.wait()
        for reader in self._readers:
            # A grandchild may hold the pipe open; what this one said was read long before.
            reader.join(1.0)

    def said(self) -> str:
        """Return the first line of its answer, as far as that was kept."""
        return _told(list(self._out)[:1])

    def complained(self) -> str:
        """Return why it failed."""
        lines = list(self._err)
        at = next((i for i, line in enumerate(lines) if line.startswith("error: ")), None)
        if at is not None:
            return _told(lines[at:]).removeprefix("error: ")
        return _told(lines[-1:])

    def _read(self, stream: IO[str], lines: deque[str]) -> None:
        # The stream may be closed under the reader where a grandchild kept it open.
        with contextlib.suppress(ValueError, OSError):
            for line in stream:
                if not self._noted(line):
                    lines.append(line.rstrip())

    def _noted(self, line: str) -> bool:
        """Tell whether a line is one of progress, and take note of it."""
        if not line.startswith('{"stage"'):
            return False
        try:
            said = json.loads(line)
            self._progress = (str(said["stage"]), int(said["done"]), int(said["total"]))
        except (ValueError, KeyError, TypeError):
            return False
        return True


def start(words: Sequence[str], environment: Mapping[str, str]) -> Child:
    """Start a ``matinee`` command.

    Args:
        words: what follows ``matinee`` on the command line.
        environment: settings besides those of this process.

    Raises:
        OSError: no process can be made.
    """
    process = subprocess.Popen(  # noqa: S603 -- our own interpreter, with words that were checked
        [sys.executable, "-c", _MAIN, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        # Ctrl+C at the server's terminal is for the server, which then ends the child in order.
        start_new_session=True,
    )
    assert process.stdin is not None  # noqa: S101 -- it was asked for
    with contextlib.suppress(BrokenPipeError):
        # A child that died at once is told of by its status.
        process.stdin.write(json.dumps(dict(environment)) + "\n")
        process.stdin.flush()
    return Child(process)


def _told(lines: Sequence[str]) -> str:
    return " ".join(line.strip() for line in lines if line.strip())[:_LONGEST]
