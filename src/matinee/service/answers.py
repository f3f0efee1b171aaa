"""Answers kept for when the same is asked again."""

from __future__ import annotations

import itertools
import threading
import weakref
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import Response

from matinee.pipeline.results import retimed

if TYPE_CHECKING:
    from collections.abc import Hashable

MAX_BYTES = 64 * 1024 * 1024
"""Of all answers kept by a process: 4,096 answers of ten titles are some 50 MB."""
MAX_SHARE = 16
"""An answer larger than one part in so many of the bytes is not kept: it would push out
hundreds that are asked for more often."""
HEADER = "x-matinee-cache"
_editions: weakref.WeakKeyDictionary[object, int] = weakref.WeakKeyDictionary()
_numbers = itertools.count(1)
_numbering = threading.Lock()


def edition(library: object) -> int:
    """Return a number that no other open library of this process has or had.

    The name of a version does not do: two folders may both have a ``v0001``.
    """
    with _numbering:
        number = _editions.get(library)
        if number is None:
            number = _editions[library] = next(_numbers)
        return number


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the questions an :class:`AnswerCache` was asked.

    Attributes:
        hits: answered from what was kept.
        misses: not.
        answers: kept now.
        bytes: of them.
    """

    hits: int
    misses: int
    answers: int
    bytes: int


class AnswerCache:
    """Encoded answers by what was asked, the least recently used given up first; thread-safe.

    A key has to hold everything the answer depends on: the route, the :func:`edition` of the
    library, the request with its defaults filled in, the caller's age limit, and for somebody's
    recommendations which reading of their history it is. Then nothing has to be struck out.

    Args:
        entries: answers kept at most; 0 keeps none.
        bytes_kept: bytes kept at most.
    """

    def __init__(self, entries: int, bytes_kept: int = MAX_BYTES) -> None:
        self._entries = entries
        self._bytes_kept = bytes_kept
        self._answers: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._size = self._hits = self._misses = 0

    @property
    def tally(self) -> Tally:
        """What was asked so far and what is kept."""
        with self._lock:
            return Tally(self._hits, self._misses, len(self._answers), self._size)

    def get(self, key: Hashable) -> bytes | None:
        """Return the answer to a question asked before, None where it is not kept."""
        with self._lock:
            found = self._answers.get(key)
            if found is None:
                self._misses += 1
            else:
                self._hits += 1
                self._answers.move_to_end(key)
            return found

    def put(self, key: Hashable, answer: bytes) -> None:
        """Keep an answer of :func:`matinee.pipeline.results.answer_json`."""
        if not self._entries or len(answer) > self._bytes_kept // MAX_SHARE:
            return
        with self._lock:
            self._size += len(answer) - len(self._answers.pop(key, b""))
            self._answers[key] = answer
            while len(self._answers) > self._entries or self._size > self._bytes_kept:
                _, gone = self._answers.popitem(last=False)
                self._size -= len(gone)


def kept_answer(answer: bytes, took_ms: float) -> Response:
    """Return an answer that was kept, with the time that this request took."""
    return _response(retimed(answer, took_ms), "hit")


def fresh_answer(answer: bytes) -> Response:
    """Return an answer made for this request."""
    return _response(answer, "miss")


def _response(body: bytes, cache: str) -> Response:
    return Response(body, headers={HEADER: cache}, media_type="application/json")
