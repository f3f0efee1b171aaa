"""What the store holds, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matinee.deeds import Deed

DEFAULT_PERSON = "default"
"""Name of the one person of a machine without accounts."""


class Role(StrEnum):
    """What a person is."""

    PERSON = "person"
    ADMIN = "admin"


class Scope(StrEnum):
    """What a token may be used for; write includes read, admin both."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class Kind(StrEnum):
    """What happened to a title that was shown."""

    IMPRESSION = "impression"
    CLICK = "click"
    PLAY = "play"
    RATING = "rating"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account.

    Attributes:
        key: number in the database, for joins alone; never shown.
        name: handle, unique, 1 to 64 of a-z, 0-9, dot, hyphen, underscore; what addresses hold.
        role: what they may be.
        max_age: titles not suitable at this age are never shown; None for no limit.
        created: seconds since 1970 in UTC.
        revision: grows by at least 1 with every change to what they did.
        has_password: whether they can sign in at a browser.
    """

    key: int
    name: str
    role: Role = Role.PERSON
    max_age: int | None = None
    created: int = 0
    revision: int = 0
    has_password: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An API token, without its secret: that is shown once, and only its hash is kept.

    Attributes:
        key: number in the database, by which it is revoked.
        person: name of whose it is.
        label: what it is for, in its owner's words.
        scopes: what it may be used for.
        created: seconds since 1970 in UTC.
        expires: from when on it is refused; None for never.
        revoked: when it was revoked; None if it was not.
        start: its first characters, to recognise it by.
    """

    key: int
    person: str
    label: str
    scopes: frozenset[Scope]
    created: int
    expires: int | None = None
    revoked: int | None = None
    start: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a write to a person's history.

    Attributes:
        revision: of the person, after it.
        changed: entries that are other than before; 0 where it said what was there already.
    """

    revision: int
    changed: int


@dataclass(frozen=True, slots=True)
class PersonHistory:
    """What a person did, as it counts now.

    Attributes:
        revision: of the person when it was read.
        deeds: oldest first: the latest opinion of each title, watches, hidden titles.
    """

    revision: int
    deeds: tuple[Deed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of the history of a person's opinions; lines are only ever added.

    Attributes:
        sequence: grows from line to line.
        title: id of the title.
        action: name of the action, or "remove".
        stars: of a rating.
        time: when it was done, seconds since 1970, -1 where unknown.
        recorded: when it was written down, seconds since 1970.
        batch: import batch it came with.
    """

    sequence: int
    title: str
    action: str
    stars: float | None
    time: int
    recorded: int
    batch: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry of the watchlist or of the hidden titles.

    Attributes:
        title: id of the title.
        added: seconds since 1970.
    """

    title: str
    added: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """An import of a person's history from a file.

    Attributes:
        key: number in the database.
        person: whose.
        source: what it was read from.
        digest: SHA-256 of the file, so that the same file twice is one batch.
        entries: deeds it brought.
        created: seconds since 1970.
        undone: when it was taken back; None if it was not.
    """

    key: int
    person: str
    source: str
    digest: str
    entries: int
    created: int
    undone: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a title that was shown.

    Attributes:
        kind: what.
        title: id of the title.
        key: made up by the client, unique for the person; the same key twice is one event.
        time: seconds since 1970 in UTC.
        request: id of the answer it belongs to (X-Request-ID).
        position: place in that answer, from 0; None where it had none.
        experiment: name of the experiment the answer was part of.
        arm: which of its rankers gave the title.
        value: stars of a rating, part of a play from 0 to 1.
        sequence: number in the log; 0 until it is recorded.
        person: key of the person; None where nobody was known.
    """

    kind: Kind
    title: str
    key: str
    time: int
    request: str = ""
    position: int | None = None
    experiment: str = ""
    arm: str = ""
    value: float | None = None
    sequence: int = 0
    person: int | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of events.

    Attributes:
        new: events written now.
        repeated: events whose key was there already.
    """

    new: int
    repeated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A comparison of two rankers.

    Attributes:
        name: unique.
        surface: where it runs: "search" or "recommend".
        design: "ab" (each person sees one ranker) or "interleave" (each sees both, mixed).
        a: settings of the first ranker, names of request parameters to values.
        b: settings of the second.
        share: part of the people who take part, above 0 to 1.
        salt: what people are assigned by, together with their names.
        created: seconds since 1970.
        stopped: when it was stopped; None while it runs.
    """

    name: str
    surface: str
    design: str
    a: Mapping[str, Any]
    b: Mapping[str, Any]
    share: float = 1.0
    salt: str = ""
    created: int = 0
    stopped: int | None = None


class JobState(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work that goes on beyond the request that asked for it.

    Attributes:
        key: number in the database.
        kind: what is done: "verify", "backup", "train", "reload" and others.
        arguments: of the kind.
        state: how far it is.
        done: steps done.
        total: steps in all; 0 while unknown.
        message: what is being done, what came of it, or why it failed.
        created: seconds since 1970.
        started: when it began to run; None before.
        ended: when it ended; None before.
        beat: when whoever runs it last said so; a running job without a beat for long is dead.
    """

    key: int
    kind: str
    arguments: Mapping[str, Any]
    state: JobState
    done: int = 0
    total: int = 0
    message: str = ""
    created: int = 0
    started: int | None = None
    ended: int | None = None
    beat: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NightMember:
    """Somebody of a group night.

    Attributes:
        key: number in the database.
        name: what the others see, unique in the night.
        person: who it is, None for a guest without an account.
        digest: hash of what the browser of a guest keeps; None for everybody else.
        picks: ids of titles a guest loves.
        vetoes: ids of titles they do not want that night.
    """

    key: int
    name: str
    person: Person | None = None
    digest: str | None = field(default=None, repr=False)
    picks: tuple[str, ...] = ()
    vetoes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """Films that several people watch together, while it lasts.

    Attributes:
        key: number in the database.
        host: key of the person who made it.
        seed: what the code of the link is made of, together with a key of the service.
        name: what it is called; may be empty.
        strategy: how the members' wishes become one.
        max_age: of the youngest who watches; None for no limit but the members' own.
        minutes: the longest a film may be; None for any.
        created: seconds since 1970 in UTC.
        expires: when it ends by itself.
        members: in the order they came; the host is the first.
    """

    key: int
    host: int
    seed: str = field(repr=False)
    name: str
    strategy: str
    max_age: int | None
    minutes: int | None
    created: int
    expires: int
    members: tuple[NightMember, ...] = ()

    @property
    def vetoes(self) -> frozenset[str]:
        """Ids of the titles that somebody does not want."""
        return frozenset().union(*(member.vetoes for member in self.members))
