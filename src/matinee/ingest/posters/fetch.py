"""Fetching pictures of one host over HTTP: one at a time, tried again where that may help."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import httpx2

from matinee.errors import InputError, MatineeError, SourceError
from matinee.ingest.asking.tries import EVERYBODY, REDIRECTS, AgainError, read_body, same_host
from matinee.ingest.asking.waits import retry_after
from matinee.ingest.outside import within
from matinee.ingest.posters.cache import looks_like_picture

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from matinee.ingest.asking.pace import Pace
    from matinee.ingest.posters.manners import Manners

_TRY_AGAIN = (408, 425, 429, 500, 502, 503, 504)
_GONE = (404, 410)
_DRAINED = 1 << 16
"""Bytes read of an answer that is of no use, so that its connection can be used again."""
_HEADERS = {"accept": "image/jpeg,image/png,image/webp", "accept-encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Failed:
    """Why there is no picture.

    Attributes:
        reason: what went wrong.
        cure: what to do about it.
        gone: whether the host has no such picture, so that there is no use in asking again.
    """

    reason: str
    cure: str
    gone: bool = False


class StoppedError(Exception):
    """The run was given up, or nobody wants the rest of it."""


class Fetcher:
    """Fetches pictures of one host; for any number of threads.

    Args:
        client: made by :func:`~matinee.ingest.outside.open_client`.
        manners: how patiently.
        pace: when the next request may be sent.
        rng: of the waits.
        sleep: waits; it may return early once ``stop`` is set.
        stop: set when the rest is not wanted; this sets it when the run is given up.
        known: whether the host gave pictures before, so that its address must be right.

    Attributes:
        fault: why the run was given up; None while it was not.
    """

    def __init__(
        self,
        client: httpx2.Client,
        manners: Manners,
        *,
        pace: Pace,
        rng: random.Random,
        sleep: Callable[[float], object],
        stop: threading.Event,
        known: bool = False,
    ) -> None:
        self._client = client
        self._manners = manners
        self._pace = pace
        self._rng = rng
        self._sleep = sleep
        self._stop = stop
        self._lock = threading.Lock()
        self._failures = 0
        self._absences = 0
        self._had_any = known
        self.fault: MatineeError | None = None

    def fetch(self, url: str) -> bytes | Failed:
        """Return a picture, or why there is none.

        Raises:
            StoppedError: the run was given up before that was known.
        """
        tried = 0
        while True:
            tried += 1
            self._pace.take_turn()
            if self._stop.is_set():
                raise StoppedError
            try:
                with within(self._manners.total_seconds):
                    got = self._ask(httpx2.URL(url))
            except AgainError as error:
                trouble = error
            except httpx2.TransportError as error:
                trouble = AgainError(f"no answer: {str(error) or type(error).__name__}")
            except httpx2.InvalidURL as error:
                self._give_up(
                    InputError(
                        f"The host of posters has no usable address: {error}",
                        where=url,
                        cure="Set MATINEE_POSTER_HOST to one such as https://image.tmdb.org/t/p",
                    )
                )
            except MatineeError as error:
                self._give_up(error)  # the host itself leads to where nothing is asked
            else:
                self._note(got)
                return got
            self._note_failure(str(trouble))
            self._wait(trouble, tried)
            if tried >= self._manners.tries:
                reason = f"{trouble}, {tried} times"
                return Failed(reason, "Build again later: what was fetched is kept")

    def _ask(self, url: httpx2.URL) -> bytes | Failed:
        """Return what came of one try."""
        for _ in range(self._manners.redirects + 1):
            with self._client.stream("GET", url, headers=_HEADERS) as answer:
                if answer.status_code == 200:
                    return self._picture(answer)
                read_body(answer, _DRAINED)
                if answer.status_code not in REDIRECTS:
                    return _refused(answer)
            try:
                target = url.join(answer.headers.get("location", ""))
            except httpx2.InvalidURL:
                break
            if not same_host(target, url):
                break
            url = target
        return Failed(
            f"the host sends us on to {answer.headers.get('location', 'nowhere')[:100]!r}, "
            "which is not followed",
            "See that MATINEE_POSTER_HOST is the address where the pictures are",
        )

    def _picture(self, answer: httpx2.Response) -> bytes | Failed:
        limit = self._manners.limit
        said = answer.headers.get("content-length", "")
        too_long = said.isdecimal() and int(said[:20]) > limit
        data = None if too_long else read_body(answer, limit)
        if data is None:
            reason = f"the picture has more than {limit:,} bytes"
            return Failed(reason, "Ask for smaller ones: MATINEE_POSTER_SIZE")
        if not looks_like_picture(data):
            kind = answer.headers.get("content-type", "what it does not say")[:60]
            return Failed(
                f"what came is no JPEG, PNG or WebP; the host calls it {kind}",
                "See that MATINEE_POSTER_HOST is the address where the pictures are",
            )
        return data

    def _wait(self, trouble: AgainError, tried: int) -> None:
        longest = self._manners.longest_wait
        if trouble.wait is not None and trouble.wait > longest:
            self._give_up(
                SourceError(
                    f"The host of posters asks to be left alone for {trouble.wait:,.0f} seconds",
                    where=str(trouble),
                    cure="Build again after that: what was fetched is kept",
                )
            )
        seconds = self._manners.wait(tried, self._rng) if trouble.wait is None else trouble.wait
        if trouble.everybody:
            self._pace.pause(seconds)
        elif tried < self._manners.tries:
            self._sleep(seconds)

    def _note(self, got: bytes | Failed) -> None:
        """Keep count of answers."""
        if isinstance(got, Failed) and not got.gone:
            # A host that refuses, or shows something else, most likely does so to everything.
            self._note_failure(got.reason)
            return
        with self._lock:
            self._failures = 0
            self._had_any |= isinstance(got, bytes)
            self._absences += 1
            wrong = not self._had_any and self._absences >= self._manners.absences
        if wrong:
            self._give_up(
                SourceError(
                    f"Of {self._manners.absences} posters asked for the host has none",
                    cure="See that MATINEE_POSTER_HOST and MATINEE_POSTER_SIZE are right",
                )
            )

    def _note_failure(self, reason: str) -> None:
        with self._lock:
            self._failures += 1
            hopeless = self._failures >= self._manners.failures
        if hopeless:
            self._give_up(
                SourceError(
                    f"{self._manners.failures} requests for posters failed one after another",
                    where=f"the last: {reason}",
                    cure="Build again when the host answers: what was fetched is kept. Proxies of "
                    "the environment are not used",
                )
            )

    def _give_up(self, fault: MatineeError) -> NoReturn:
        with self._lock:
            self.fault = self.fault or fault
        self._stop.set()
        raise StoppedError from fault


def _refused(answer: httpx2.Response) -> Failed:
    """Return why an answer is no picture; raise where it may be one later."""
    status = answer.status_code
    reason = f"the host answers {status} {answer.reason_phrase}".rstrip()
    if status in _GONE:
        return Failed(reason, "Look for the poster's new address at TMDb", gone=True)
    if status in _TRY_AGAIN:
        everybody = status in EVERYBODY
        wait = retry_after(answer.headers.get("retry-after")) if everybody else None
        raise AgainError(reason, wait=wait, everybody=everybody)
    return Failed(reason, "See that MATINEE_POSTER_HOST gives pictures to everybody who asks")
