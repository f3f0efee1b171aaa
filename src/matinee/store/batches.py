"""Imports of a person's history that can be taken back exactly.

For every entry a batch changed, the database keeps what the entry became and what it was. Undoing
puts back what was, if the entry is still what the batch made of it. Where a later batch replaced
it, that batch now remembers what was there before this one, so that batches can be undone in any
order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, insert, select, update

from matinee.errors import QueryError
from matinee.interaction import NO_TIME, Action
from matinee.store.book import HIDDEN, OPINION, OPINIONS, WATCH, Book, Opinion
from matinee.store.records import Batch, Written
from matinee.store.schema import import_batches, import_entries, people

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from matinee.deeds import Deed
    from matinee.store.writer import Turn

_Place = tuple[str, str, int, int]
"""Sheet, title, and of a viewing its action and time."""


def take_in(
    turn: Turn, person: int, source: str, digest: str, deeds: tuple[Deed, ...]
) -> tuple[Batch, bool]:
    """Write deeds as a batch; return it, and whether it is new."""
    turn.revision(person)
    known = turn.connection.execute(
        _BATCHES.where(
            import_batches.c.person == person,
            import_batches.c.digest == digest,
            import_batches.c.undone.is_(None),
        )
    ).first()
    if known is not None:
        return _batch(known), False
    made = turn.connection.execute(
        insert(import_batches)
        .values(person=person, source=source, digest=digest, entries=len(deeds), created=turn.now)
        .returning(import_batches.c.key)
    )
    key = int(made.scalar_one())
    book = Book(turn, ((_place(deed)[0], person, deed.title) for deed in deeds))
    replaced: dict[_Place, Opinion | None] = {}
    for deed in deeds:
        place = _place(deed)
        held = book.opinion(person, deed.title) if place[0] == OPINION else None
        if book.say(person, deed, key):
            replaced.setdefault(place, held)
    book.write()
    entries = [_entry(book, person, key, place, old) for place, old in replaced.items()]
    if entries:
        turn.connection.execute(insert(import_entries), entries)
    row = turn.connection.execute(_BATCHES.where(import_batches.c.key == key)).one()
    return _batch(row), True


def undo(turn: Turn, person: int, key: int) -> Written:
    """Take a batch back.

    Raises:
        QueryError: the person has no such batch.
    """
    turn.revision(person)
    c = import_batches.c
    batch = turn.connection.execute(_BATCHES.where(c.key == key, c.person == person)).first()
    if batch is None:
        raise QueryError("There is no such import", where=str(key), cure="See the list of imports")
    if batch.undone is not None:
        return Written(turn.revision(person), 0)
    entries = turn.connection.execute(
        select(import_entries)
        .where(import_entries.c.batch == key)
        .order_by(import_entries.c.revision)
    ).all()
    book = Book(turn, ((entry.sheet, person, entry.title) for entry in entries))
    changed = 0
    passed_on = []
    for entry in entries:
        if _undo_entry(book, person, key, entry):
            changed += 1
        elif entry.sheet == OPINION:
            passed_on.append({"whose": person, "what": entry.title} | _priors(entry))
    book.write()
    if passed_on:
        turn.connection.execute(_PASS_ON, passed_on)
    turn.connection.execute(update(import_batches).where(c.key == key).values(undone=turn.now))
    return Written(turn.revision(person), changed)


def of(connection: Connection, person: int) -> list[Batch]:
    """Return the batches of a person, the latest first."""
    query = _BATCHES.where(import_batches.c.person == person)
    return [_batch(row) for row in connection.execute(query.order_by(import_batches.c.key.desc()))]


def _undo_entry(book: Book, person: int, key: int, entry: Row[Any]) -> bool:
    """Take one entry back unless something was said since; return whether it was."""
    title = entry.title
    if entry.sheet == OPINION:
        held = book.opinion(person, title)
        if held is None or held.revision != entry.revision:
            return False
        book.restore(person, title, _prior(entry), key)
        return True
    if entry.sheet == WATCH:
        mark = book.watch(person, title, entry.action, entry.time)
        if mark is None or mark.revision != entry.revision:
            return False
        book.drop_watch(person, title, entry.action, entry.time)
        return True
    hide = book.hidden(person, title)
    if hide is None or hide.revision != entry.revision:
        return False
    book.unhide(person, title)
    return True


def _place(deed: Deed) -> _Place:
    if deed.action in OPINIONS:
        return OPINION, deed.title, 0, NO_TIME
    if deed.action is Action.HIDE:
        return HIDDEN, deed.title, 0, NO_TIME
    return WATCH, deed.title, int(deed.action), deed.time


def _entry(book: Book, person: int, key: int, place: _Place, old: Opinion | None) -> dict[str, Any]:
    sheet, title, action, time = place
    now: Any
    if sheet == OPINION:
        now = book.opinion(person, title)
    elif sheet == WATCH:
        now = book.watch(person, title, action, time)
    else:
        now = book.hidden(person, title)
    entry = {
        "batch": key,
        "sheet": sheet,
        "title": title,
        "action": action,
        "time": time,
        "person": person,
        "revision": now.revision,
    }
    values = (None,) * len(Opinion._fields) if old is None else old
    return entry | {
        f"prior_{name}": value for name, value in zip(Opinion._fields, values, strict=True)
    }


def _prior(entry: Row[Any]) -> Opinion | None:
    if entry.prior_revision is None:
        return None
    return Opinion(*(getattr(entry, f"prior_{name}") for name in Opinion._fields))


def _priors(entry: Row[Any]) -> dict[str, Any]:
    values = {f"to_{name}": getattr(entry, f"prior_{name}") for name in Opinion._fields}
    return values | {"was": entry.revision}


def _batch(row: Row[Any]) -> Batch:
    return Batch(
        key=row.key,
        person=row.name,
        source=row.source,
        digest=row.digest,
        entries=row.entries,
        created=row.created,
        undone=row.undone,
    )


_BATCHES = select(import_batches, people.c.name).join(people)
_PASS_ON = (
    update(import_entries)
    .where(
        and_(
            import_entries.c.person == bindparam("whose"),
            import_entries.c.title == bindparam("what"),
            import_entries.c.sheet == OPINION,
            import_entries.c.prior_revision == bindparam("was"),
        )
    )
    .values({f"prior_{name}": bindparam(f"to_{name}") for name in Opinion._fields})
)
