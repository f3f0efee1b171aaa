"""Rows of group nights, put together."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from matinee.store.accounts import PEOPLE, person_of
from matinee.store.records import Night, NightMember
from matinee.store.schema import night_members, night_picks, night_vetoes, people

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import BindParameter, Connection, Row


def whole(connection: Connection, rows: Iterable[Row[Any]]) -> list[Night]:
    """Return nights with their members, and what those picked and vetoed."""
    there: dict[int, list[Row[Any]]] = {row.key: [] for row in rows}
    if not there:
        return []
    for row in connection.execute(_MEMBERS, {"keys": list(there)}):
        there[row.night].append(row)
    everybody = [row for members in there.values() for row in members]
    accounts = {row.person for row in everybody if row.person is not None}
    who = {
        row.key: person_of(row) for row in connection.execute(_ACCOUNTS, {"keys": sorted(accounts)})
    }
    keys = [row.key for row in everybody]
    picks, vetoes = (_titles(connection, query, keys) for query in (_PICKS, VETOES))

    def member(row: Row[Any]) -> NightMember:
        return NightMember(
            key=row.key,
            name=row.name,
            person=None if row.person is None else who[row.person],
            digest=row.digest,
            picks=tuple(picks[row.key]),
            vetoes=frozenset(vetoes[row.key]),
        )

    # Each statement sees its own moment: a night may end, or a person go, between two of them.
    for members in there.values():
        members[:] = [row for row in members if row.person is None or row.person in who]
    return [
        Night(
            key=row.key,
            host=row.person,
            seed=row.seed,
            name=row.name,
            strategy=row.strategy,
            max_age=row.max_age,
            minutes=row.minutes,
            created=row.created,
            expires=row.expires,
            members=tuple(map(member, there[row.key])),
        )
        for row in rows
        if there[row.key]
    ]


def _titles(connection: Connection, query: Any, members: list[int]) -> defaultdict[int, list[str]]:
    found: defaultdict[int, list[str]] = defaultdict(list)
    for row in connection.execute(query, {"keys": members}):
        found[row.member].append(row.title)
    return found


_KEYS: BindParameter[list[int]] = bindparam("keys", expanding=True)
_MEMBERS = (
    select(night_members).where(night_members.c.night.in_(_KEYS)).order_by(night_members.c.key)
)
_ACCOUNTS = PEOPLE.where(people.c.key.in_(_KEYS))
_PICKS = select(night_picks).where(night_picks.c.member.in_(_KEYS)).order_by(night_picks.c.title)
VETOES = select(night_vetoes).where(night_vetoes.c.member.in_(_KEYS))
