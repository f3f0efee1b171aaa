"""A person as a recommendation sees them: what they did, by rows of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import UnknownTitleError
from matinee.interaction import Action, Histories
from matinee.pipeline.similar import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from matinee.deeds import Deed
    from matinee.pipeline.engine import Engine
    from matinee.pipeline.taste import Taste
    from matinee.types import Rows

_SEEN = (Action.WATCH, Action.REWATCH)
_STRANGER = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What a person did, oldest first; where times are not known, in the order given.

    Attributes:
        rows: int64 [e], rows of the catalogue; -1 for a title that is no longer there.
        items: int64 [e], places in the item space of the models; -1 for one newer than those.
        actions: int8 [e], an :class:`~matinee.interaction.Action`.
        values: float32 [e], stars from 0.5 to 5; NaN where none were given.
        times: int64 [e], seconds since 1970 in UTC.
        user: position among the people trained on, -1 for anybody else.
        notes: what of the history could not be used, as sentences.
    """

    rows: Rows
    items: npt.NDArray[np.int64]
    actions: npt.NDArray[np.int8]
    values: npt.NDArray[np.float32]
    times: npt.NDArray[np.int64]
    user: int = _STRANGER
    notes: tuple[str, ...] = ()
    _history: Histories | None = field(default=None, init=False, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def history(self) -> Histories:
        """What the models can use: a batch of one, a title once, the last opinion counting.

        What is to be ignored is not in it.
        """
        found = self._history
        if found is None:
            found = self._usable()
            # Several parts of an answer ask for it, and so does the next request for the person.
            object.__setattr__(self, "_history", found)
        return found

    def _usable(self) -> Histories:
        usable = np.flatnonzero(self.items >= 0)
        # Of one title an opinion goes before that it is to be ignored, and both before the rest.
        counts = np.where(np.isin(self.actions[usable], (*_SEEN, Action.HIDE)), 0, 2)
        counts[self.actions[usable] == Action.IGNORE] = 1
        order = usable[np.lexsort((usable, counts, self.items[usable]))]
        last = np.ones(len(order), np.bool_)
        last[:-1] = self.items[order[1:]] != self.items[order[:-1]]
        kept = np.sort(order[last])
        kept = kept[self.actions[kept] != Action.IGNORE]
        return Histories(
            offsets=np.array([0, len(kept)]),
            items=self.items[kept],
            actions=self.actions[kept],
            values=self.values[kept],
            times=self.times[kept],
            users=np.array([self.user]),
        )

    def barred(self, size: int, *, include_seen: bool = False) -> npt.NDArray[np.bool_]:
        """Return which rows of the catalogue, bool [n], must not be recommended.

        Those are all of the history; with ``include_seen`` only those hidden, disliked or
        abandoned.
        """
        rows = self.rows
        if include_seen:
            against = (Action.HIDE, Action.DISLIKE, Action.ABANDON)
            rows = rows[np.isin(self.actions, against)]
        mask = np.zeros(size, np.bool_)
        mask[rows[rows >= 0]] = True
        return mask

    def and_then(self, later: Person) -> Person:
        """Return the person with more of a history, whom the models then know no longer."""
        if not len(later):
            return self
        return Person(
            rows=np.concatenate([self.rows, later.rows]),
            items=np.concatenate([self.items, later.items]),
            actions=np.concatenate([self.actions, later.actions]),
            values=np.concatenate([self.values, later.values]),
            times=np.concatenate([self.times, later.times]),
            notes=(*self.notes, *later.notes),
        )


def person_of(engine: Engine, deeds: Iterable[Deed], *, skip_unknown: bool = False) -> Person:
    """Return the person with a history.

    Args:
        engine: an open library.
        deeds: what they did; a title given by name is looked up.
        skip_unknown: leave out, and note, titles that the library does not have.

    Raises:
        UnknownTitleError: the library has no such title.
    """
    kept, rows, unknown = [], [], []
    for deed in deeds:
        row = engine.catalogue.find(deed.title)
        if row is None:
            try:
                row = resolve(engine, deed.title)
            except UnknownTitleError:
                if not skip_unknown:
                    raise
                unknown.append(deed.title)
                continue
        kept.append(deed)
        rows.append(row)
    times = np.array([deed.time for deed in kept], np.int64)
    order = np.argsort(times, kind="stable") if (times >= 0).all() else np.arange(len(kept))
    found = np.array(rows, np.int64)[order]
    stars = [np.nan if deed.stars is None else deed.stars for deed in kept]
    return Person(
        rows=found,
        items=_items(engine.taste, found),
        actions=np.array([deed.action for deed in kept], np.int8)[order],
        values=np.array(stars, np.float32)[order],
        times=times[order],
        notes=(_unknown_note(unknown),) if unknown else (),
    )


def known_person(engine: Engine, user: str) -> Person | None:
    """Return somebody the library was trained on, None where nobody has that name."""
    taste = engine.taste
    did = None if taste is None else taste.people.find(user)
    if taste is None or did is None:
        return None
    return Person(
        rows=taste.rows[did.items],
        items=did.items,
        actions=did.actions,
        values=did.values,
        times=did.times,
        user=int(did.users[0]),
    )


def _items(taste: Taste | None, rows: Rows) -> npt.NDArray[np.int64]:
    return np.full(len(rows), -1, np.int64) if taste is None else taste.items[rows]


def _unknown_note(unknown: list[str]) -> str:
    one = len(unknown) == 1
    return (
        f"{'A title' if one else f'{len(unknown)} titles'} of the history "
        f"{'is' if one else 'are'} not in this library: {', '.join(unknown[:5])}"
    )
