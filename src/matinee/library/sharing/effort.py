"""How patiently a place is asked, and what is said when it keeps failing."""

from __future__ import annotations

import errno
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from matinee.errors import LibraryError, MatineeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")

_HOPELESS_ERRNO = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ENOTDIR, errno.EISDIR})
"""What stays as it is however often one tries: a full or write-protected disk, a wrong path."""
_HOPELESS = frozenset(
    {
        "NotImplementedError",  # such as writing over HTTP
        "NoCredentialsError",
        "PartialCredentialsError",
        "ProfileNotFound",
        "ParamValidationError",
        "DefaultCredentialsError",
        "ClientAuthenticationError",
        "AuthenticationException",
        "BadHostKeyException",
        "GatedRepoError",
        "RepositoryNotFoundError",
        "RevisionNotFoundError",
        "EntryNotFoundError",
        "HFValidationError",
        "OfflineModeIsEnabled",
        "BadRequestError",
    }
)
"""Likewise, by name, as the packages they belong to (botocore, google-auth, azure, paramiko,
huggingface-hub) need not be installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often and how long a place is tried.

    Attributes:
        tries: of one request, the first one included; with the waits below, some ten seconds of
            trouble are outlived. A file that has grown since the last failure counts anew.
        first_wait: seconds that the second try waits at most; each further one twice as long.
        longest_wait: seconds.
        connections: files under way at once; more of them fill no line that four do not.
    """

    tries: int = 5
    first_wait: float = 1.0
    longest_wait: float = 20.0
    connections: int = 4

    def wait(self, tried: int, rng: random.Random) -> float:
        """Return the seconds to wait after some tries: anything up to a bound that doubles.

        All of it is left to chance ("full jitter"), so that many machines do not come back at once.
        Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        """
        return rng.uniform(0.0, min(self.longest_wait, self.first_wait * 2.0 ** (tried - 1)))


class Effort:
    """Tries what may fail in passing, several files at a time.

    Args:
        patience: how often, how long, how many.
        hide: returns a text without the secrets of the address.
    """

    def __init__(self, patience: Patience, hide: Callable[[str], str] = str) -> None:
        self.patience = patience
        self._hide = hide
        self._rng = random.Random()  # noqa: S311 -- spreads waits, keeps no secret
        self._stop = threading.Event()

    def call(self, where: str, work: Callable[[], T]) -> T:
        """Return what ``work`` returns, tried again if it fails in passing.

        Raises:
            FileNotFoundError: what was asked for is not there.
            LibraryError: it failed for good; naming ``where``.
        """
        tried = 0
        while True:
            tried += 1
            try:
                return work()
            except MatineeError:
                raise
            except FileNotFoundError as error:
                # Over HTTP fsspec says so of a server that cannot be reached, too.
                if not isinstance(error.__cause__, OSError):
                    raise
                self.after(error, tried, where)
            except Exception as error:  # noqa: BLE001 -- each kind of storage has errors of its own
                self.after(error, tried, where)

    def after(self, error: Exception, tried: int, where: str) -> None:
        """Wait after a failure.

        Raises:
            LibraryError: there is no use in waiting, or it was tried often enough.
        """
        said = self._hide(first_line(error))
        if isinstance(error, PermissionError):
            raise LibraryError(
                f"Access is refused: {said}",
                where=where,
                cure="Check the credentials of this machine and what they allow",
            ) from None
        if _hopeless(error):
            raise LibraryError(
                f"It cannot be read or written: {said}",
                where=where,
                cure="See to the cause and run the command again; what is there already is kept",
            ) from None
        # The chain of causes would bring back what is hidden of the message.
        if self._stop.is_set() or tried >= self.patience.tries:
            raise LibraryError(
                f"It failed {tried} times, at last with: {said}",
                where=where,
                cure="Run the command again later; it goes on from what is there already",
            ) from None
        self._stop.wait(self.patience.wait(tried, self._rng))

    def check(self, where: str) -> None:
        """Raise LibraryError if another file has failed, and the rest is therefore given up."""
        if self._stop.is_set():
            raise LibraryError("It was given up, as another file failed", where=where)

    def each(self, work: Callable[[str], None], names: Iterable[str], *, at_once: int) -> None:
        """Do ``work`` for every name, ``at_once`` at a time; the first failure ends all."""
        self._stop.clear()
        failures: list[BaseException] = []

        def guarded(name: str) -> None:
            if self._stop.is_set():
                return
            try:
                work(name)
            except BaseException as error:  # noqa: BLE001 -- raised below, once all have ended
                failures.append(error)
                self._stop.set()

        with ThreadPoolExecutor(max_workers=at_once) as pool:
            try:
                for future in [pool.submit(guarded, name) for name in names]:
                    future.result()
            except BaseException:  # Ctrl+C
                self._stop.set()
                raise
        if failures:
            raise failures[0]


def _hopeless(error: Exception) -> bool:
    """Tell whether a failure stays as it is however often one tries."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    return (
        type(error).__name__ in _HOPELESS
        or (isinstance(error, OSError) and error.errno in _HOPELESS_ERRNO)
        # The server understood and refuses; 408 and 429 are what it says when it has no time.
        or (isinstance(status, int) and 400 <= status < 500 and status not in (408, 429))
    )


def first_line(error: BaseException) -> str:
    """Return what an error says, and what its cause says, in one line that is not too long."""
    said = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
    if error.__cause__ is not None:
        cause = first_line(error.__cause__)
        said = said if cause in said else f"{said} ({cause})"
    return said
