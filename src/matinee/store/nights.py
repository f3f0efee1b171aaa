"""Group nights: who watches together, what the guests love, what nobody wants to see."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, or_, select, update

from matinee.errors import ConflictError, QueryError
from matinee.store import checks
from matinee.store.night_rows import VETOES, whole
from matinee.store.schema import night_members, night_picks, night_vetoes, nights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from concurrent.futures import Future

    from sqlalchemy import Connection

    from matinee.store.database import Database
    from matinee.store.records import Night
    from matinee.store.writer import Turn, Writer

SECONDS = 48 * 3600
"""A night is planned the day before at the earliest, and over the day after."""
MAX_MEMBERS = 20
"""More do not see one screen, and each of them is asked for a reason for each film."""
MAX_VETOES = 50
"""Of one member; who wants none of fifty films wants no film."""
MAX_PICKS = 5
MAX_NAME = 40
"""Characters of a name, of a night or of somebody there."""
MAX_MINUTES = 1_500
"""The longest a title of the catalogue may be."""
_STRATEGIES = frozenset(("fairness", "least-misery", "average"))
_CHANGES = frozenset(("name", "strategy", "max_age", "minutes"))


class NightTable:
    """Group nights.

    A night whose time is over is nowhere, though its rows stay until they are purged. Every change
    to a night locks its row first, so that what two people do at once is both done, and no limit
    is passed.

    Args:
        database: where they are.
        writer: who writes them.
        clock: tells the seconds since 1970.
    """

    def __init__(
        self, database: Database, writer: Writer, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock

    def create(
        self,
        host: int,
        *,
        seed: str,
        code: str,
        called: str,
        name: str = "",
        strategy: str = "fairness",
        max_age: int | None = None,
        minutes: int | None = None,
    ) -> Future[int]:
        """Begin a night, of which the host is the first member; return its key.

        Args:
            host: key of the person.
            seed: what the code can be made of again; kept.
            code: opens the night to whoever has it; only its hash is kept.
            called: the host's name that night.
            name: of the night.
            strategy: how the members' wishes become one.
            max_age: of the youngest who watches.
            minutes: the longest a film may be.

        Raises:
            QueryError: a value cannot be used.
        """
        values = _checked(
            {"name": name, "strategy": strategy, "max_age": max_age, "minutes": minutes}
        )
        checks.text(called, "The name", most=MAX_NAME)

        def write(turn: Turn) -> int:
            turn.revision(host)
            now = self._now()
            turn.connection.execute(delete(nights).where(nights.c.expires <= now))
            made = turn.connection.execute(
                insert(nights)
                .values(
                    person=host,
                    seed=seed,
                    digest=digest_of(code),
                    created=now,
                    expires=now + SECONDS,
                    **values,
                )
                .returning(nights.c.key)
            )
            key = int(made.scalar_one())
            _insert(turn.connection, night=key, person=host, name=called, digest=None, joined=now)
            return key

        return self._writer.call(write, (host,))

    def find(self, code: str) -> Night | None:
        """Return the night a code opens, None for a wrong one and for one that has ended."""
        with self._database.reading() as connection:
            values = {"digest": digest_of(code), "now": self._now()}
            rows = connection.execute(_BY_CODE, values).all()
            return next(iter(whole(connection, rows)), None)

    def of(self, person: int) -> list[Night]:
        """Return the nights somebody is a member of, the newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(_OF_PERSON, {"who": person, "now": self._now()}).all()
            return whole(connection, rows)

    def join(
        self,
        night: int,
        name: str,
        *,
        person: int | None = None,
        secret: str | None = None,
        picks: Iterable[str] = (),
    ) -> Future[str | None]:
        """Add somebody to a night; return what they are called there, None if it has ended.

        Somebody with an account who is there already stays as they are; if their name is taken, a
        number is added to it. For a guest it is a :class:`ConflictError` that the name is taken;
        for anybody, that the night is full.

        Args:
            night: key of the night.
            name: what the others will see.
            person: key of somebody with an account.
            secret: what the browser of a guest keeps, of which the hash is kept here.
            picks: ids of titles a guest loves.

        Raises:
            QueryError: the name or the picks cannot be used.
        """
        checks.text(name, "The name", most=MAX_NAME)
        chosen = sorted({checks.text(title, "A title") for title in picks})
        if len(chosen) > MAX_PICKS:
            raise QueryError(f"{len(chosen)} films were picked", cure=f"Pick {MAX_PICKS} at most")

        def write(turn: Turn) -> str | None:
            if person is not None:
                turn.revision(person)
            if not self._lock(turn.connection, night):
                return None
            there = turn.connection.execute(_NAMES, {"night": night}).all()
            mine = next((row.name for row in there if person and row.person == person), None)
            if mine is not None:
                return str(mine)
            if len(there) >= MAX_MEMBERS:
                raise ConflictError(
                    "The night is full", cure=f"At most {MAX_MEMBERS} people watch together"
                )
            taken = {row.name.casefold() for row in there}
            if person is None and name.casefold() in taken:
                raise ConflictError(
                    "Somebody there is called that already", where=name, cure="Take another name"
                )
            free = next(each for each in _numbered(name) if each.casefold() not in taken)
            member = _insert(
                turn.connection,
                night=night,
                person=person,
                name=free,
                digest=None if secret is None else digest_of(secret),
                joined=self._now(),
            )
            if chosen:
                rows = [{"member": member, "title": title} for title in chosen]
                turn.connection.execute(insert(night_picks), rows)
            return free

        return self._writer.call(write, () if person is None else (person,))

    def remove(self, night: int, member: int) -> Future[bool]:
        """Have a member leave, with what they picked and vetoed; the host cannot.

        Returns:
            Whether they were there.
        """

        def write(turn: Turn) -> bool:
            hosting = select(nights.c.person).where(nights.c.key == night).scalar_subquery()
            done = turn.connection.execute(
                delete(night_members).where(
                    night_members.c.night == night,
                    night_members.c.key == member,
                    or_(night_members.c.person.is_(None), night_members.c.person != hosting),
                )
            )
            return done.rowcount == 1

        return self._writer.call(write)

    def veto(self, night: int, member: int, title: str) -> Future[bool]:
        """Have a member say that they do not want a title; return whether they are still there.

        More than :data:`MAX_VETOES` are a :class:`ConflictError`.

        Raises:
            QueryError: the id cannot be kept.
        """
        checks.text(title, "A title")

        def write(turn: Turn) -> bool:
            if not self._there(turn.connection, night, member):
                return False
            said = {row.title for row in turn.connection.execute(VETOES, {"keys": [member]})}
            if title in said:
                return True
            if len(said) >= MAX_VETOES:
                raise ConflictError(
                    f"You have vetoed {MAX_VETOES} films", cure="Take one back first"
                )
            turn.connection.execute(insert(night_vetoes).values(member=member, title=title))
            return True

        return self._writer.call(write)

    def unveto(self, night: int, member: int, title: str) -> Future[bool]:
        """Take a veto of a member back; return whether they are still there."""
        checks.text(title, "A title")

        def write(turn: Turn) -> bool:
            if not self._there(turn.connection, night, member):
                return False
            mine = (night_vetoes.c.member == member, night_vetoes.c.title == title)
            turn.connection.execute(delete(night_vetoes).where(*mine))
            return True

        return self._writer.call(write)

    def change(self, night: int, **changes: Any) -> Future[bool]:
        """Change the name, strategy, max_age or minutes; return whether the night still goes on.

        Raises:
            QueryError: a value cannot be used.
        """
        values = _checked(changes)

        def write(turn: Turn) -> bool:
            if not self._lock(turn.connection, night):
                return False
            turn.connection.execute(update(nights).where(nights.c.key == night).values(**values))
            return True

        return self._writer.call(write)

    def end(self, night: int) -> Future[None]:
        """End a night: nothing of it is left."""

        def write(turn: Turn) -> None:
            turn.connection.execute(delete(nights).where(nights.c.key == night))

        return self._writer.call(write)

    def purge(self) -> Future[int]:
        """Delete the nights whose time is over; return how many."""

        def write(turn: Turn) -> int:
            done = turn.connection.execute(delete(nights).where(nights.c.expires <= self._now()))
            return int(done.rowcount)

        return self._writer.call(write)

    def any_over(self) -> bool:
        """Tell whether there are nights to purge."""
        with self._database.reading() as connection:
            return bool(connection.execute(_OVER, {"now": self._now()}).scalar())

    def _now(self) -> int:
        return int(self._clock())

    def _lock(self, connection: Connection, night: int) -> bool:
        """Keep others from changing a night until the transaction ends; tell if it goes on."""
        return bool(connection.execute(_LOCK, {"night": night, "now": self._now()}).first())

    def _there(self, connection: Connection, night: int, member: int) -> bool:
        if not self._lock(connection, night):
            return False
        rows = connection.execute(_NAMES, {"night": night})
        return any(row.key == member for row in rows)


def digest_of(secret: str) -> str:
    """Return the hash under which a code or the secret of a guest is kept.

    Both are random and long, so that they need no salt and no slow hash.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(values) - _CHANGES
    if unknown:
        raise TypeError(f"cannot be changed: {sorted(unknown)}")
    if "name" in values:
        checks.text(values["name"], "The name of the night", most=MAX_NAME, empty=True)
    if values.get("strategy", "fairness") not in _STRATEGIES:
        raise QueryError(
            f"There is no strategy {values['strategy']!r:.40}",
            cure=f"Take one of {', '.join(sorted(_STRATEGIES))}",
        )
    checks.age(values.get("max_age"))
    minutes = values.get("minutes")
    if minutes is not None and not (type(minutes) is int and 1 <= minutes <= MAX_MINUTES):
        raise QueryError(
            f"A film of at most {minutes!r:.40} minutes", cure=f"Give 1 to {MAX_MINUTES:,}"
        )
    return dict(values)


def _numbered(name: str) -> Iterable[str]:
    """Yield a name, then the same with 2, 3 and so on, none longer than a name may be."""
    yield name
    for number in range(2, MAX_MEMBERS + 2):
        end = f" {number}"
        yield name[: MAX_NAME - len(end)] + end


def _insert(connection: Connection, **values: Any) -> int:
    made = connection.execute(insert(night_members).values(**values).returning(night_members.c.key))
    return int(made.scalar_one())


_BY_CODE = select(nights).where(
    nights.c.digest == bindparam("digest"), nights.c.expires > bindparam("now")
)
_OF_PERSON = (
    select(nights)
    .join(night_members, night_members.c.night == nights.c.key)
    .where(night_members.c.person == bindparam("who"), nights.c.expires > bindparam("now"))
    .order_by(nights.c.key.desc())
)
_LOCK = (
    select(nights.c.key)
    .where(nights.c.key == bindparam("night"), nights.c.expires > bindparam("now"))
    .with_for_update()
)
_OVER = select(select(nights.c.key).where(nights.c.expires <= bindparam("now")).exists())
_NAMES = select(night_members.c.key, night_members.c.person, night_members.c.name).where(
    night_members.c.night == bindparam("night")
)
