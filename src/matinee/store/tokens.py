"""API tokens and browser sessions: of both only a hash is kept."""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, or_, select, update

from matinee.errors import QueryError
from matinee.store import checks
from matinee.store.accounts import PEOPLE, key_of, person_of
from matinee.store.records import Scope, Token
from matinee.store.schema import people, sessions, tokens

if TYPE_CHECKING:
    from collections.abc import Collection
    from concurrent.futures import Future

    from sqlalchemy import Row

    from matinee.store.database import Database
    from matinee.store.records import Person
    from matinee.store.writer import Turn, Writer

PREFIX = "mtn_"
"""What every token begins with, so that one left in a file is recognised."""
_BYTES = 32
"""Random bytes of a token; so many cannot be guessed, and need no salt and no slow hash."""
_START = len(PREFIX) + 4
"""Characters of a token that are kept to recognise it by."""


class TokenTable:
    """API tokens.

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
        label: str = "",
        scopes: Collection[Scope] = frozenset((Scope.READ, Scope.WRITE)),
        expires: int | None = None,
    ) -> Future[tuple[Token, str]]:
        """Make a token for a person; return it, and its secret, which is shown this once.

        Raises:
            QueryError: the label or the scopes cannot be used.
        """
        checks.text(label, "The label", empty=True)
        if not set(scopes) or not set(scopes) <= set(Scope):
            raise QueryError("A token needs a scope", cure="Give read, write or admin")
        if expires is not None:
            checks.time(expires)
        secret = PREFIX + secrets.token_urlsafe(_BYTES)

        def write(turn: Turn) -> tuple[Token, str]:
            made = turn.connection.execute(
                insert(tokens)
                .values(
                    person=key_of(turn.connection, name),
                    label=label,
                    scopes=" ".join(scope for scope in Scope if scope in scopes),
                    created=turn.now,
                    expires=expires,
                    start=secret[:_START],
                    digest=_digest(secret),
                )
                .returning(tokens.c.key)
            )
            key = made.scalar_one()
            return _token(turn.connection.execute(_TOKENS.where(tokens.c.key == key)).one()), secret

        return self._writer.call(write)

    def find(self, secret: str) -> tuple[Person, Token] | None:
        """Return a token that is valid now and whose it is."""
        with self._database.reading() as connection:
            row = connection.execute(
                _VALID, {"digest": _digest(secret), "now": int(time.time())}
            ).first()
            if row is None:
                return None
            return person_of(row), _token(row, "token_")

    def all(self, name: str | None = None) -> list[Token]:
        """Return the tokens of a person or of everybody, the oldest first."""
        query = _TOKENS.order_by(tokens.c.key)
        if name is not None:
            query = query.where(people.c.name == name)
        with self._database.reading() as connection:
            return [_token(row) for row in connection.execute(query)]

    def revoke(self, key: int) -> Future[bool]:
        """Refuse a token from now on; return whether it was good until now."""

        def write(turn: Turn) -> bool:
            done = turn.connection.execute(
                update(tokens)
                .where(tokens.c.key == key, tokens.c.revoked.is_(None))
                .values(revoked=turn.now)
            )
            return done.rowcount == 1

        return self._writer.call(write)


class SessionTable:
    """Browser sessions.

    Args:
        database: where they are.
        writer: who writes them.
    """

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def create(self, person_key: int, *, seconds: int) -> Future[str]:
        """Begin a session; return its id, of which only a hash is kept."""
        made = secrets.token_urlsafe(_BYTES)

        def write(turn: Turn) -> str:
            turn.revision(person_key)
            turn.connection.execute(
                insert(sessions).values(
                    digest=_digest(made),
                    person=person_key,
                    created=turn.now,
                    expires=turn.now + seconds,
                )
            )
            return made

        return self._writer.call(write, (person_key,))

    def find(self, id: str) -> Person | None:
        """Return whose session it is, None where it has ended."""
        with self._database.reading() as connection:
            row = connection.execute(
                _SESSION, {"digest": _digest(id), "now": int(time.time())}
            ).first()
        return None if row is None else person_of(row)

    def end(self, id: str) -> Future[None]:
        """End a session."""

        def write(turn: Turn) -> None:
            turn.connection.execute(delete(sessions).where(sessions.c.digest == _digest(id)))

        return self._writer.call(write)

    def purge(self) -> Future[int]:
        """Delete the sessions whose time is over; return how many."""

        def write(turn: Turn) -> int:
            done = turn.connection.execute(delete(sessions).where(sessions.c.expires <= turn.now))
            return int(done.rowcount)

        return self._writer.call(write)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _token(row: Row[Any], prefix: str = "") -> Token:
    def of(name: str) -> Any:
        return getattr(row, prefix + name)

    return Token(
        key=of("key"),
        person=row.name,
        label=row.label,
        scopes=frozenset(map(Scope, row.scopes.split())),
        created=of("created"),
        expires=row.expires,
        revoked=row.revoked,
        start=row.start,
    )


_TOKENS = select(tokens, people.c.name).join(people)
_VALID = (
    PEOPLE.add_columns(
        tokens.c.key.label("token_key"),
        tokens.c.created.label("token_created"),
        tokens.c.label,
        tokens.c.scopes,
        tokens.c.expires,
        tokens.c.revoked,
        tokens.c.start,
    )
    .join(tokens)
    .where(
        tokens.c.digest == bindparam("digest"),
        tokens.c.revoked.is_(None),
        or_(tokens.c.expires.is_(None), tokens.c.expires > bindparam("now")),
    )
)
_SESSION = PEOPLE.join(sessions).where(
    sessions.c.digest == bindparam("digest"), sessions.c.expires > bindparam("now")
)
