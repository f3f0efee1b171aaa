"""Jobs as the page of administrators shows them: state, time left, and what can be done."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from matinee.errors import QueryError
from matinee.service.jobs import over
from matinee.service.jobs_kinds import command
from matinee.service.scene import gettext, ngettext
from matinee.store.records import JobState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from matinee.store.records import Job

KEEPING = frozenset(("build", "train"))
"""Kinds of which a second run takes up what the first had finished: vectors, and models. A check
and a backup begin again."""
_LEAST = 3.0
"""Seconds that a stage must have been watched before it is said how long it will take: progress is
written down about once a second, so that less would be a guess at one or two steps."""
_NAMED = 3
"""Paths of a job that are named; the rest are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """A job on the page.

    Attributes:
        key: its number.
        name: what is done.
        what: to which files, as they are called without their folders.
        state: of the job; "stopping" for one that is called off and has not ended.
        word: the state in words.
        live: whether it may still change by itself.
        message: what is being done, what came of it, or why it failed.
        done: steps done.
        total: steps in all; 0 while unknown.
        times: when it began and how long it took, or takes.
        left: how long the stage will still take, in words; empty while that is not known.
        act: "stop", "again", or empty where nothing can be done.
        label: words of that act.
        kept: a sentence on what is kept; empty where that is no question.
    """

    key: int
    name: str
    what: str
    state: str
    word: str
    live: bool
    message: str
    done: int
    total: int
    times: str
    left: str
    act: str
    label: str
    kept: str

    @property
    def percent(self) -> int:
        """Share of the steps that is done."""
        return 100 * self.done // self.total if self.total else 0


class Paces:
    """How quick the stages of running jobs are, as far as anybody looked.

    A job says how far it is and not when its stage began: the first look at a stage is taken as
    its beginning, and what was done by then does not count. May be used from many threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._first: dict[int, tuple[tuple[str, int], float, int]] = {}

    def left(self, job: Job, now: float | None = None) -> float | None:
        """Return how many seconds a stage will still take, None while that is not known.

        Args:
            job: as it is now.
            now: seconds of a clock that never goes back; None means that of this machine.
        """
        now = time.monotonic() if now is None else now
        with self._lock:
            if job.state is not JobState.RUNNING:
                self._first.pop(job.key, None)
                return None
            stage = (job.message, job.total)
            known = self._first.get(job.key)
            if known is None or known[0] != stage or job.done < known[2]:
                self._first[job.key] = (stage, now, job.done)
                return None
            _, began, before = known
        made, took = job.done - before, now - began
        if not job.total or made <= 0 or took < _LEAST or job.done >= job.total:
            return None
        return took / made * (job.total - job.done)


def shown(jobs: Iterable[Job], paces: Paces) -> list[JobView]:
    """Return jobs as they are shown."""
    return [_shown(job, paces) for job in jobs]


def followed(jobs: Sequence[JobView]) -> JobView | None:
    """Return the job that is worth following: of those that may change the one that is first."""
    live = [job for job in jobs if job.live]
    return min(live, key=lambda job: (job.state == "waiting", job.key), default=None)


def arguments_of(kind: str, fields: Mapping[str, str]) -> dict[str, Any]:
    r"""Return the arguments of a job from the fields of its form; a line is a path.

    Raises:
        QueryError: a field that is needed is empty, or an argument cannot be used.

    >>> arguments_of("build", {"paths": "films.csv\r\n\r\n more.csv ", "encoder": ""})
    {'paths': ['films.csv', 'more.csv']}
    >>> arguments_of("backup", {"to": " b.zip "}), arguments_of("verify", {})
    ({'to': 'b.zip'}, {})
    """
    paths = [line.strip() for line in fields.get("paths", "").splitlines() if line.strip()]
    to = fields.get("to", "").strip()
    if (kind in ("build", "train") and not paths) or (kind == "backup" and not to):
        raise QueryError(
            gettext("No file was named"), cure=gettext("Give its path on the server, one a line")
        )
    given: dict[str, Any] = {}
    if kind == "build":
        encoder = fields.get("encoder", "")
        given = {"paths": paths} | ({"encoder": encoder} if encoder else {})
    elif kind == "train":
        given = {"ratings": paths} | ({"measure": True} if fields.get("measure") == "yes" else {})
    elif kind == "backup":
        given = {"to": to}
    command(kind, given)
    return given


def spoken(seconds: float) -> str:
    """Return a length of time in words, no finer than is of use.

    >>> spoken(8.2), spoken(250), spoken(8_000), spoken(200_000)
    ('8 s', '4 min', '2 h 13 min', '2 days')
    """
    whole = max(1, round(seconds))
    if whole < 60:
        return gettext("%(n)s s") % {"n": whole}
    minutes = round(whole / 60)
    if minutes < 60:
        return gettext("%(n)s min") % {"n": minutes}
    days = minutes // (24 * 60)
    if days > 1:
        return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
    return gettext("%(h)s h %(n)s min") % {"h": minutes // 60, "n": minutes % 60}


def _shown(job: Job, paces: Paces) -> JobView:
    ended = over(job)
    live = not ended
    state = job.state.value
    keeps = job.kind in KEEPING
    if job.state is JobState.CANCELLED:
        # One that never ran has made nothing that could be kept.
        paused = keeps and job.started is not None
        state = "stopping" if live else "paused" if paused else "cancelled"
    # What fails before its first step, as for want of a file, did not begin either.
    begun = state == "paused" or (keeps and state == "failed" and job.total > 0)
    left = paces.left(job)
    act, label = _act(job, state, begun=begun)
    return JobView(
        key=job.key,
        name=_name(job.kind),
        what=_what(job.arguments),
        state=state,
        word=_word(state),
        live=live,
        message=_message(job),
        done=job.done,
        total=job.total,
        times=_times(job),
        left="" if left is None else spoken(left),
        act=act,
        label=label,
        kept=gettext("What it had made is kept; it goes on from there.") if begun else "",
    )


def _name(kind: str) -> str:
    names = {
        "build": gettext("Build the library"),
        "train": gettext("Learn taste"),
        "verify": gettext("Check the library"),
        "backup": gettext("Back up"),
    }
    return names.get(kind, kind)


def _word(state: str) -> str:
    return {
        "waiting": gettext("Waiting"),
        "running": gettext("Running"),
        "stopping": gettext("Stopping"),
        "paused": gettext("Paused"),
        "cancelled": gettext("Cancelled"),
        "failed": gettext("Failed"),
        "done": gettext("Done"),
    }[state]


def _act(job: Job, state: str, *, begun: bool) -> tuple[str, str]:
    """Return what can be done with a job, and what that is called."""
    if state == "running":
        return "stop", gettext("Pause") if job.kind in KEEPING else gettext("Cancel")
    if state == "waiting":
        return "stop", gettext("Cancel")
    if state in ("paused", "failed", "cancelled"):
        return "again", gettext("Go on") if begun else gettext("Try again")
    return "", ""


def _message(job: Job) -> str:
    """Return what a job says of itself, unless its state says it already."""
    said = "" if job.message in ("Done", "Cancelled", "Starting") else job.message
    # Commands that fail begin in small letters, after the word "error".
    return said[:1].upper() + said[1:] if job.state is JobState.FAILED else said


def _what(arguments: Mapping[str, Any]) -> str:
    paths = [*arguments.get("paths", ()), *arguments.get("ratings", ())]
    if "to" in arguments:
        paths.append(arguments["to"])
    # Jobs of another Matinee may hold anything.
    names = [PurePath(path).name for path in paths if isinstance(path, str)]
    more = len(names) - _NAMED
    named = ", ".join(names[:_NAMED])
    return named if more <= 0 else gettext("%(named)s and %(n)s more") % {"named": named, "n": more}


def _times(job: Job) -> str:
    now = int(time.time())
    if job.started is None:
        ago = spoken(now - (job.ended or job.created))
        return gettext("%(time)s ago") % {"time": ago}
    if job.ended is None:
        return gettext("for %(time)s") % {"time": spoken(now - job.started)}
    took = spoken(job.ended - job.started)
    ago = spoken(now - job.ended)
    return gettext("took %(took)s, ended %(ago)s ago") % {"took": took, "ago": ago}
