"""Answers of hosts, kept on the disk: what was asked is not asked again for some days."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from matinee.ingest.asking.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host answered.

    Attributes:
        url: what was asked, without any key.
        final: the address that answered, after redirects.
        status: of HTTP.
        body: as it came.
        asked: day when the host last said so, ``YYYY-MM-DD``.
        etag: the header, empty without one.
        modified: the header ``Last-Modified``, empty without one.
    """

    url: str
    final: str
    status: int
    body: bytes
    asked: str
    etag: str = ""
    modified: str = ""


class Answers(Kept):
    """A folder of answers, each in a file of its own by a hash of the address.

    A file is a line of JSON, then the body; one that is damaged is as good as absent.

    Args:
        folder: made when something is kept.
        today: the date.
    """

    def __init__(self, folder: Path, *, today: Callable[[], dt.date] = dt.date.today) -> None:
        super().__init__(folder, "answers that were had")
        self._today = today

    def get(self, url: str) -> Answer | None:
        """Return the answer that was kept, however old; None if there is none."""
        data = self.read(_path(url))
        if data is None:
            return None
        head, _, body = data.partition(b"\n")
        try:
            told = json.loads(head)
            # After a power cut it may be short.
            if told.pop("sha256") != hashlib.sha256(body).hexdigest() or told["url"] != url:
                return None
            return Answer(body=body, **told)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    def fresh(self, answer: Answer, days: int) -> bool:
        """Tell whether an answer is younger than so many days."""
        try:
            age = (self._today() - dt.date.fromisoformat(answer.asked)).days
        except ValueError:
            return False
        return 0 <= age < days

    def keep_answer(self, answer: Answer) -> Answer:
        """Keep an answer as of today, and return it so.

        Raises:
            SourceError: the folder cannot be written, or its disk is full.
        """
        answer = replace(answer, asked=self._today().isoformat())
        head = asdict(answer) | {"sha256": hashlib.sha256(answer.body).hexdigest()}
        del head["body"]
        self.keep(_path(answer.url), json.dumps(head).encode() + b"\n" + answer.body)
        return answer


def _path(url: str) -> str:
    digest = hashlib.sha256(url.encode()).hexdigest()
    return f"{digest[:2]}/{digest}"
