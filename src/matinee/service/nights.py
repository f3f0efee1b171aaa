"""Group nights: who is there, what they may see, and the films for all of them."""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from anyio import to_thread

from matinee.deeds import Deed
from matinee.errors import StoreError
from matinee.interaction import Action
from matinee.pipeline.group import recommend_group
from matinee.pipeline.person import person_of
from matinee.query.conditions import Condition
from matinee.query.wanted import MAX_AGE, RecommendRequest
from matinee.service.ages import seen_by, suitable_rows, suited_person
from matinee.service.answers import edition
from matinee.service.guests import Doors
from matinee.service.problems import Refused
from matinee.service.routes.people_params import lowest
from matinee.service.sessions import cookies_of
from matinee.service.starting import grid_for
from matinee.store.nights import digest_of

if TYPE_CHECKING:
    from collections.abc import Hashable

    from fastapi import FastAPI, Request

    from matinee.assembly import Library
    from matinee.catalogue.title import Title
    from matinee.pipeline.person import Person
    from matinee.pipeline.recommended import Recommendations
    from matinee.service.ages import Seen
    from matinee.service.caller import Caller
    from matinee.service.histories import KnownPeople
    from matinee.store import Store
    from matinee.store.records import Night, NightMember
    from matinee.taste.groups import Strategy

_log = logging.getLogger("matinee.service")

SWEEP_SECONDS = 3_600
"""A night that is over opens to nobody; that its rows stay another hour harms nobody."""
FILMS = 10
"""Of the list: what a group can read through together."""
KNOWN = 24
"""Films a guest picks from; eight rows of three on a phone."""
_LISTS = 128
"""Lists that a process keeps; some 20 kB each."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A night, and who looks at it.

    Attributes:
        night: the night.
        code: that opened it.
        library: the whole of it.
        caller: who asks; None for a guest without an account.
        me: the member they are, None before they joined.
    """

    night: Night
    code: str
    library: Library
    caller: Caller | None
    me: NightMember | None

    @property
    def is_host(self) -> bool:
        """Whether it is theirs."""
        return self.caller is not None and self.caller.person.key == self.night.host

    @property
    def host(self) -> NightMember | None:
        """Who made it."""
        return next((m for m in self.night.members if self.is_of_host(m)), None)

    def is_of_host(self, member: NightMember) -> bool:
        """Tell whether a member is the host."""
        return member.person is not None and member.person.key == self.night.host

    @property
    def max_age(self) -> int | None:
        """The lowest age limit of all who are there, of the night, and of who looks."""
        theirs = (member.person.max_age for member in self.night.members if member.person)
        own = None if self.caller is None else self.caller.max_age
        found = lowest(self.night.max_age, own, *theirs)
        return None if found is None else min(found, MAX_AGE)

    @property
    def seen(self) -> Seen:
        """The library as all who are there may see it."""
        return seen_by(self.library, self.max_age)


def learnt(library: Library) -> bool:
    """Tell whether a library has learnt whom which films suit."""
    return library.engine.taste is not None


def doors_of(app: FastAPI) -> Doors:
    """Return what makes the codes of an app. May block.

    Raises:
        StoreError: its key is in the store, which does not answer.
    """
    return Doors(cookies_of(app))


def begun(app: FastAPI, store: Store, caller: Caller, called: str, **wishes: Any) -> str:
    """Make a night and return its code.

    Raises:
        QueryError: a wish cannot be met.
        StoreError: it cannot be kept.
    """
    seed = secrets.token_hex(16)
    code = doors_of(app).code(seed)
    store.nights.create(caller.person.key, seed=seed, code=code, called=called, **wishes).result()
    return code


def visit_of(request: Request, library: Library, store: Store, code: str) -> Visit:
    """Return the night a code opens and who comes. May block.

    Raises:
        Refused: it opens none, or that has ended; which of them is not told.
        StoreError: the store does not answer.
    """
    night = store.nights.find(code)
    if night is None:
        raise gone()
    caller: Caller | None = request.state.caller
    guest: str | None = None if caller is not None else getattr(request.state, "guest", None)
    me: NightMember | None = None
    if caller is not None:
        key = caller.person.key
        me = next((m for m in night.members if m.person and m.person.key == key), None)
    elif guest is not None:
        digest = digest_of(guest)
        me = next(
            (m for m in night.members if m.digest and hmac.compare_digest(m.digest, digest)), None
        )
    return Visit(night, code, library, caller, me)


def gone() -> Refused:
    """Return the answer to a code that opens nothing."""
    return Refused(
        404, "There is no such night, or it has ended.", "Ask who invited you for the link"
    )


class Lists:
    """The films of nights, kept for as long as nothing of the night changes.

    Everybody at a night asks again every few seconds. One list is made at a time: those who ask
    meanwhile nearly always want the same.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Recommendations] = OrderedDict()
        self._making = threading.Lock()

    def get(
        self, visit: Visit, store: Store, people: KnownPeople
    ) -> tuple[Recommendations, tuple[str, ...]]:
        """Return the films for a night, and what could not be read of whom, as sentences.

        Raises:
            LibraryError: the library has learnt nothing of taste.
            StoreError: the store is damaged.
        """
        library, night = visit.library, visit.night
        members: dict[str, Person] = {}
        readings: list[Hashable] = []
        degraded = []
        for member in night.members:
            person, reading, note = _person(library, store, people, member)
            if note:
                degraded.append(f"{member.name}: {note}")
            members[member.name] = _told_little(library, person, visit.max_age)
            readings.append((member.name, reading))
        key = (edition(library), night.key, _wish(visit), night.strategy, *readings)
        with self._making:
            found = None if degraded else self._kept.get(key)
            if found is None:
                strategy = cast("Strategy", night.strategy)
                found = recommend_group(library.engine, _wish(visit), members, strategy)
                if not degraded:
                    self._kept[key] = found
            else:
                self._kept.move_to_end(key)
            while len(self._kept) > _LISTS:
                self._kept.popitem(last=False)
        return found, tuple(degraded)


def lists_of(app: FastAPI) -> Lists:
    """Return the lists that this process keeps."""
    found: Lists | None = getattr(app.state, "night_lists", None)
    if found is None:
        found = app.state.night_lists = Lists()
    return found


def known_titles(visit: Visit) -> list[Title]:
    """Return well-known and well-liked films that differ from each other, for a guest to pick from.

    They are those of which the models know something, and suit all who are there.
    """
    engine = visit.library.engine
    known = engine.columns.having("kind", ("film",))
    if engine.taste is not None:
        known = known & engine.taste.items >= 0
    if visit.max_age is not None:
        known = known & suitable_rows(visit.library, visit.max_age)
    grid = grid_for(engine, person_of(engine, ()), ~known, max_age=visit.max_age, size=KNOWN)
    return [engine.catalogue.title(row) for row in grid.rows.tolist()]


async def sweeping(app: FastAPI) -> None:
    """Delete nights whose time is over, again and again, until cancelled."""
    while True:
        await to_thread.run_sync(_sweep, app.state.store)
        await asyncio.sleep(SWEEP_SECONDS)


def _sweep(store: Store) -> None:
    try:
        # Nearly always there is none, and a look is cheaper than a write.
        if store.nights.any_over():
            store.nights.purge().result()
    except StoreError as error:
        _log.warning("Nights that are over could not be deleted: %s", error)


def _wish(visit: Visit) -> RecommendRequest:
    night = visit.night
    filters = [Condition(field="kind", values=("film",))]
    if night.minutes is not None:
        filters.append(Condition(field="runtime", high=night.minutes))
    if night.vetoes:
        filters.append(Condition(field="title", values=tuple(sorted(night.vetoes)), negated=True))
    return RecommendRequest(k=FILMS, filters=tuple(filters), max_age=visit.max_age)


def _person(
    library: Library, store: Store, people: KnownPeople, member: NightMember
) -> tuple[Person, Hashable, str]:
    """Return what a member did, what tells it from later, and why it could not be read."""
    if member.person is None:
        loved = [Deed(title, Action.LIKE) for title in member.picks]
        return person_of(library.engine, loved, skip_unknown=True), member.picks, ""
    known = people.get(store, library, member.person)
    return known.person, known.reading, known.degraded


def _told_little(library: Library, person: Person, max_age: int | None) -> Person:
    """Return a person as the others may know them.

    Without what is above the lowest age limit, for a reason would name it, and without the notes,
    which name titles of the history.
    """
    return replace(suited_person(library, person, max_age), notes=())
