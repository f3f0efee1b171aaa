"""Asking a host for answers in series, as its rules and ``robots.txt`` have it.

One request at a time, at a rate, each with a deadline; tried again where that may help, with
exponential waits and full jitter; ``Retry-After`` is heeded; what was answered is kept, so that a
run that was killed asks for nothing twice. Which addresses may be reached is decided in
:mod:`matinee.ingest.outside`.

This module loads ``httpx2``; import it where something is asked, not before.
"""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx2

from matinee.errors import InputError, SourceError
from matinee.ingest.asking.pace import Pace
from matinee.ingest.asking.tries import AgainError, RefusedError, UnansweredError
from matinee.ingest.enrich.robots import Robots
from matinee.ingest.enrich.sending import Keyless, Question, send
from matinee.ingest.outside import Guard, open_client, within

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from matinee.ingest.enrich.answers import Answer, Answers
    from matinee.ingest.posters.manners import Manners

_ROBOTS_DAYS = 1
"""RFC 9309, 2.4: what robots.txt said is not relied upon for longer."""
_ROBOTS_LIMIT = 500 * 1024
"""Bytes of robots.txt that are read; RFC 9309, 2.5, has at least so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How a host is asked; what one source needs, and what tests replace.

    Attributes:
        agent: what we call ourselves, with a way to reach whoever runs this.
        days: an answer is not asked for again before it is so old, at least 1.
        guard: which addresses may be reached; None means public ones over ``https``.
        rng: of the waits.
        now: a clock, in seconds.
        sleep: waits.

    Raises:
        InputError: the days are less than one.
    """

    agent: str
    days: int = 30
    guard: Guard | None = None
    rng: random.Random = field(default_factory=random.Random)
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep

    def __post_init__(self) -> None:
        if self.days < 1:
            raise InputError(
                f"Answers are to be kept for {self.days} days",
                cure="Give at least 1: without, a run that was stopped would ask all again",
            )


@dataclass(frozen=True, slots=True)
class _Host:
    robots: Robots
    pace: Pace


class Asker:
    """Asks hosts, each at its pace; for one thread, as a context.

    Args:
        answers: where answers are kept.
        asking: how.
        manners: how patiently.
        api: beginning of the addresses that their host documents for programs; see ``robots``.
        keys: parameters that are sent with every request of the API, but never kept or told.

    Attributes:
        requests: sent so far.
    """

    def __init__(
        self,
        answers: Answers,
        asking: Asking,
        *,
        manners: Manners,
        api: str,
        keys: Mapping[str, str] | None = None,
    ) -> None:
        self._answers = answers
        self._asking = asking
        self._manners = manners
        self._api = api
        self._keys = dict(keys or {})
        self._filter = Keyless(self._keys)
        self._hosts: dict[str, _Host] = {}
        self._client: httpx2.Client | None = None
        self._failures = 0
        self.requests = 0

    def __enter__(self) -> Asker:
        self._answers.sweep()
        logging.getLogger("httpx2").addFilter(self._filter)
        self._client = open_client(
            self._asking.guard or Guard(plain=self._api.startswith("http:")),
            agent=self._asking.agent,
            seconds=self._manners.wait_seconds,
            connections=1,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        logging.getLogger("httpx2").removeFilter(self._filter)
        if self._client is not None:
            self._client.close()
            self._client = None

    def ask(self, url: str, check: Callable[[Answer], object]) -> Answer:
        """Return what an address answers, kept or asked now.

        Args:
            url: without keys.
            check: raises ValueError for an answer that is none, such as a page of HTML where JSON
                belongs; that is tried again, and never kept.

        Raises:
            UnansweredError: this address has no answer now.
            RefusedError: the host refuses us.
            SourceError: it asks to be left alone for long, ``robots.txt`` forbids it, or nothing
                is answered any more.
            InputError: the address leads into a private network.
        """
        kept = self._answers.get(url)
        if kept is not None and self._answers.fresh(kept, self._asking.days):
            return kept
        question = Question(url, kept, self._manners.limit, self._manners.redirects, self._keys)
        return self._persist(self._host(url), question, check)

    def _persist(
        self, host: _Host, question: Question, check: Callable[[Answer], object]
    ) -> Answer:
        assert self._client is not None, "an Asker is used as a context"  # noqa: S101
        tried = 0
        while True:
            tried += 1
            host.pace.take_turn()
            try:
                with within(self._manners.total_seconds):
                    got = send(self._client, question, lambda url: self._permit(host, url))
                check(got)
            except AgainError as error:
                trouble = error
            except ValueError as error:
                trouble = AgainError(str(error))
            except httpx2.TransportError as error:
                trouble = AgainError(f"no answer: {str(error) or type(error).__name__}")
            else:
                self._failures = 0
                return self._answers.keep_answer(got)
            self._note_failure(question.url, str(trouble))
            self._wait(host, trouble, tried)
            if tried >= self._manners.tries:
                raise UnansweredError(f"{trouble}, {tried} times")

    def _host(self, url: str) -> _Host:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._hosts:
            self._hosts[origin] = self._meet(origin)
        return self._hosts[origin]

    def _meet(self, origin: str) -> _Host:
        """Read what a host says to robots before it is asked for anything else.

        That a client may not read the file allows everything; that the server cannot give it
        forbids everything (RFC 9309, 2.3.1).
        """
        url = f"{origin}/robots.txt"
        pace = self._pace(self._manners.rate, self._manners.burst)
        # Nothing is known of the host yet, and its rules may be read by anybody.
        host = _Host(Robots(""), pace)
        kept = self._answers.get(url)
        if kept is None or not self._answers.fresh(kept, _ROBOTS_DAYS):
            try:
                question = Question(url, kept, _ROBOTS_LIMIT, self._manners.redirects, {})
                kept = self._persist(host, question, lambda _: None)
            except RefusedError:
                kept = None
            except UnansweredError as error:
                raise SourceError(
                    "The host does not tell what robots may do, and is not asked",
                    where=f"{url}: {error}",
                    cure="Try again later",
                ) from error
        text = "" if kept is None or kept.status != 200 else kept.body.decode("utf-8", "replace")
        robots = Robots(text, self._api)
        slowest = 1 / self._manners.rate
        if (delay := robots.delay()) > slowest:
            if delay > self._manners.longest_wait:
                raise SourceError(
                    f"The host wants {delay:,.0f} seconds between two requests",
                    where=url,
                    cure="Use another source",
                )
            pace = self._pace(1 / delay, 1)
        return _Host(robots, pace)

    def _pace(self, rate: float, burst: int) -> Pace:
        return Pace(rate, burst, self._asking.now, self._asking.sleep)

    def _permit(self, host: _Host, url: str) -> None:
        """Count a request that is about to be sent, or refuse it."""
        if not host.robots.allows(url):
            raise SourceError(
                "The host's robots.txt forbids us to ask for this",
                where=url[:200],
                cure="Use another source",
            )
        self.requests += 1

    def _wait(self, host: _Host, trouble: AgainError, tried: int) -> None:
        if trouble.wait is not None and trouble.wait > self._manners.longest_wait:
            raise SourceError(
                f"The host asks to be left alone for {trouble.wait:,.0f} seconds",
                where=str(trouble),
                cure="Run the command again after that: what was answered is kept",
            )
        seconds = trouble.wait
        if seconds is None:
            seconds = self._manners.wait(tried, self._asking.rng)
        if trouble.everybody:
            host.pace.pause(seconds)
        elif tried < self._manners.tries:
            self._asking.sleep(seconds)

    def _note_failure(self, url: str, reason: str) -> None:
        self._failures += 1
        if self._failures >= self._manners.failures:
            raise SourceError(
                f"{self._failures} requests failed one after another",
                where=f"{urlsplit(url).netloc}, the last: {reason}",
                cure="Run the command again when the host answers: what was answered is kept. "
                "Proxies of the environment are not used",
            )
