"""People."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from matinee.errors import ConflictError, UnknownPersonError
from matinee.store import checks, passwords
from matinee.store.records import DEFAULT_PERSON, Person, Role
from matinee.store.schema import people, sessions, tokens

if TYPE_CHECKING:
    from concurrent.futures import Future

    from sqlalchemy import Connection, Row

    from matinee.store.database import Database
    from matinee.store.writer import Turn, Writer

_CHANGES = frozenset(("role", "max_age", "password"))


class AccountTable:
    """People.

    Args:
        database: where they are.
        writer: who writes them.
    """

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def create(
        self,
        name: str,
        *,
        role: Role = Role.PERSON,
        max_age: int | None = None,
        password: str | None = None,
    ) -> Future[Person]:
        """Create a person; a :class:`ConflictError` where the name is taken.

        Raises:
            QueryError: the name, age or password cannot be used.
        """
        values = {
            "name": checks.name(name),
            "role": Role(role).value,
            "max_age": checks.age(max_age),
            "password": None if password is None else passwords.hashed(password),
            "revision": 0,
        }

        def write(turn: Turn) -> Person:
            if _row(turn.connection, name) is not None:
                raise _taken(name)
            try:
                turn.connection.execute(insert(people).values(created=turn.now, **values))
            except IntegrityError:
                # Another server of the same database was faster.
                raise _taken(name) from None
            return _there(turn.connection, name)

        return self._writer.call(write)

    def ensure(self, name: str = DEFAULT_PERSON) -> Person:
        """Return a person, created if need be; waits for that to be on disk.

        Raises:
            QueryError: the name cannot be used.
        """
        found = self.get(name)
        if found is not None:
            return found
        try:
            return self.create(name).result()
        except ConflictError:
            found = self.get(name)
            if found is None:
                raise
            return found

    def get(self, name: str) -> Person | None:
        """Return a person by name."""
        with self._database.reading() as connection:
            row = _row(connection, name)
        return None if row is None else person_of(row)

    def by_key(self, key: int) -> Person | None:
        """Return a person by key."""
        with self._database.reading() as connection:
            row = connection.execute(_BY_KEY, {"which": key}).first()
        return None if row is None else person_of(row)

    def all(self) -> list[Person]:
        """Return all people by name."""
        with self._database.reading() as connection:
            return [person_of(row) for row in connection.execute(PEOPLE.order_by(people.c.name))]

    def any_accounts(self) -> bool:
        """Tell whether there is anybody but the default person, or anybody who can sign in."""
        with self._database.reading() as connection:
            return bool(connection.execute(_ANY).scalar())

    def update(self, name: str, **changes: Any) -> Future[Person]:
        """Change the role, max_age or password of a person; None takes the last two away.

        A new password ends all sessions of the person.

        Raises:
            QueryError: a value cannot be used.
        """
        unknown = set(changes) - _CHANGES
        if unknown:
            raise TypeError(f"cannot be changed: {sorted(unknown)}")
        if "role" in changes:
            changes["role"] = Role(changes["role"]).value
        if "max_age" in changes:
            checks.age(changes["max_age"])
        if changes.get("password") is not None:
            changes["password"] = passwords.hashed(changes["password"])

        def write(turn: Turn) -> Person:
            person = _there(turn.connection, name)
            if changes:
                where = people.c.key == person.key
                turn.connection.execute(update(people).where(where).values(**changes))
            if "password" in changes:
                turn.connection.execute(delete(sessions).where(sessions.c.person == person.key))
            return _there(turn.connection, name)

        return self._writer.call(write)

    def delete(self, name: str) -> Future[None]:
        """Delete a person and everything they did."""

        def write(turn: Turn) -> None:
            person = _there(turn.connection, name)
            turn.connection.execute(delete(people).where(people.c.key == person.key))
            turn.forget(person.key)

        return self._writer.call(write)

    def check_password(self, name: str, password: str) -> Person | None:
        """Return a person if that is their password; takes as long where it is not."""
        kept = None
        if checks.is_name(name):
            with self._database.reading() as connection:
                kept = connection.execute(_PASSWORD, {"whose": name}).scalar()
        return self.get(name) if passwords.fits(password, kept) else None


def person_of(row: Row[Any]) -> Person:
    """Return a row of :data:`PEOPLE` as a person."""
    return Person(
        key=row.key,
        name=row.name,
        role=Role(row.role),
        max_age=row.max_age,
        created=row.created,
        revision=row.revision,
        has_password=bool(row.has_password),
    )


def key_of(connection: Connection, name: str) -> int:
    """Return the key of a person.

    Raises:
        UnknownPersonError: nobody has that name.
    """
    return _there(connection, name).key


def _row(connection: Connection, name: str) -> Row[Any] | None:
    # What cannot be a name is nobody's, and some of it no database takes.
    return connection.execute(_BY_NAME, {"which": name}).first() if checks.is_name(name) else None


def _there(connection: Connection, name: str) -> Person:
    row = _row(connection, name)
    if row is None:
        raise UnknownPersonError(
            "There is nobody of that name",
            where=f"{name:.64}",
            cure="See matinee user list",
        )
    return person_of(row)


def _taken(name: str) -> ConflictError:
    return ConflictError("That name is taken", where=name, cure="Choose another")


PEOPLE = select(
    people.c.key,
    people.c.name,
    people.c.role,
    people.c.max_age,
    people.c.created,
    people.c.revision,
    people.c.password.is_not(None).label("has_password"),
)
_BY_NAME = PEOPLE.where(people.c.name == bindparam("which"))
_BY_KEY = PEOPLE.where(people.c.key == bindparam("which"))
_PASSWORD = select(people.c.password).where(people.c.name == bindparam("whose"))
_ANY = select(
    or_(
        exists().where(or_(people.c.name != DEFAULT_PERSON, people.c.password.is_not(None))),
        exists(tokens.select()),
    )
)
