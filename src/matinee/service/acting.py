"""What a person does with a title on the pages, and what brings the earlier state back.

An act is a step from one state of a title to another, and undoing it is the step back: both are
written by :func:`move`, which knows nothing of acts. A title may be kept under any of its ids; an
act gathers what it changes under the present one, and undoing it restores the others.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import msgspec

from matinee.deeds import Deed
from matinee.errors import QueryError
from matinee.interaction import LEAST_STARS, MOST_STARS, NO_TIME, Action
from matinee.store.book import HIDDEN, OPINION, OPINIONS, WATCH

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from concurrent.futures import Future

    from matinee.store.history import HistoryTable

Act: TypeAlias = Literal[
    "rate", "unrate", "want", "unwant", "seen", "unseen", "hide", "unhide", "like", "less"
]
"""What can be done; "less" is the opinion that one dislikes it."""
ACTS: tuple[Act, ...] = get_args(Act)
RESTORE = "restore"
"""The act that undoes one: it brings a whole earlier state."""
MAX_STATE = 65_536
"""Characters of a state that are read: as much as a thousand viewings of one title take."""
_Row: TypeAlias = tuple[str, int, float | None, int]


class _Kept(msgspec.Struct, forbid_unknown_fields=True):
    deeds: list[_Row]
    listed: list[str]


_KEPT = msgspec.json.Decoder(_Kept)


@dataclass(frozen=True, slots=True)
class State:
    """All that somebody did with one title.

    Attributes:
        deeds: opinions, viewings and that it is hidden, by whichever id they are kept.
        listed: ids of it that are on the watchlist.
    """

    deeds: frozenset[Deed] = frozenset()
    listed: frozenset[str] = frozenset()

    def of(self, sheet: str) -> frozenset[Deed]:
        """Return the deeds of one sheet of the store: OPINION, WATCH or HIDDEN."""
        return frozenset(deed for deed in self.deeds if _sheet(deed) == sheet)

    def but(self, sheet: str, *deeds: Deed) -> State:
        """Return the state with these deeds of a sheet instead of those there are."""
        return replace(self, deeds=(self.deeds - self.of(sheet)) | set(deeds))

    def to_text(self) -> str:
        """Return it as text that :func:`read_state` reads.

        >>> State(frozenset({Deed("tmdb:603", Action.RATING, 4.5)})).to_text()
        '{"deeds":[["tmdb:603",0,4.5,-1]],"listed":[]}'
        """
        rows = [(deed.title, int(deed.action), deed.stars, deed.time) for deed in self.deeds]
        kept = _Kept(sorted(rows, key=lambda row: (row[0], row[1], row[3])), sorted(self.listed))
        return msgspec.json.encode(kept).decode()


def read_state(text: str, ids: Collection[str]) -> State:
    """Return a state that has been to a browser and back.

    Args:
        text: as :meth:`State.to_text` wrote it.
        ids: of the title; it may speak of no other.

    Raises:
        QueryError: it is not such a state.
    """
    if len(text) > MAX_STATE:
        raise _unreadable(f"it has {len(text):,} characters")
    try:
        kept = _KEPT.decode(text)
        deeds = [Deed(name, Action(action), stars, at) for name, action, stars, at in kept.deeds]
    except (msgspec.DecodeError, UnicodeError, ValueError, QueryError) as error:
        raise _unreadable(str(error)[:80]) from None
    state = State(frozenset(deeds), frozenset(kept.listed))
    if not {deed.title for deed in deeds} | state.listed <= set(ids):
        raise _unreadable("it is about another title")
    for sheet in (OPINION, HIDDEN):
        named = [deed.title for deed in state.of(sheet)]
        if len(named) > len(set(named)):
            raise _unreadable("it says two things at once")
    return state


def state_of(history: HistoryTable, person: int, ids: Collection[str]) -> State:
    """Return what somebody did with a title, under whichever id it is kept. May block.

    Raises:
        UnknownPersonError: they are not there.
        StoreUnavailableError: the store does not answer.
    """
    # All of what they did in one statement: of one moment, and with the times of hidden titles.
    deeds = frozenset(deed for deed in history.read(person).deeds if deed.title in ids)
    listed = {entry.title for entry in history.watchlist(person)}
    return State(deeds, frozenset(listed.intersection(ids)))


def read_act(act: str, stars: str = "") -> tuple[Act, float | None]:
    """Return an act as a form says it, and the stars of a rating.

    >>> read_act("rate", "4.5"), read_act("seen")
    (('rate', 4.5), ('seen', None))

    Raises:
        QueryError: there is no such act, or the stars are not on the scale.
    """
    if act not in ACTS:
        raise QueryError(
            "There is no such act", where=repr(act[:40]), cure=f"Use one of {', '.join(ACTS)}"
        )
    if act != "rate":
        return act, None
    try:
        given = float(stars)
    except ValueError:
        given = 0.0
    if not (LEAST_STARS <= given <= MOST_STARS and (2 * given).is_integer()):
        raise QueryError(
            "These are not stars that can be given",
            where=repr(stars[:40]),
            cure=f"Give {LEAST_STARS:g} to {MOST_STARS:g} stars in steps of a half",
        )
    return act, given


def after(now: State, act: Act, title: str, stars: float | None = None) -> State:
    """Return the state of a title after an act. What is so already stays as it is, with its time.

    Who thinks something of a title, or has seen it, need not be reminded to watch it: it leaves
    the watchlist. To have seen nothing of it is to have no opinion either.

    Args:
        now: the state before.
        act: what is done.
        title: the present id of the title.
        stars: of a rating.
    """
    match act:
        case "rate":
            return _opinion(now, Deed(title, Action.RATING, stars))
        case "like":
            return _opinion(now, Deed(title, Action.LIKE))
        case "less":
            return _opinion(now, Deed(title, Action.DISLIKE))
        case "unrate":
            return now.but(OPINION)
        case "want":
            return replace(now, listed=now.listed or frozenset((title,)))
        case "unwant":
            return replace(now, listed=frozenset())
        case "seen":
            watched = now if now.of(WATCH) else now.but(WATCH, Deed(title, Action.WATCH))
            return replace(watched, listed=frozenset())
        case "unseen":
            return now.but(WATCH).but(OPINION)
        case "hide":
            return now if now.of(HIDDEN) else now.but(HIDDEN, Deed(title, Action.HIDE))
        case "unhide":
            return now.but(HIDDEN)


async def move(history: HistoryTable, person: int, now: State, then: State) -> None:
    """Bring a title from one state to another, exactly.

    The store has no write that spans opinions and the watchlist. So what is new is written first,
    and what is no longer so is removed once that is on disk: where the store fails half-way there
    is too much, and nothing is lost.

    Args:
        history: where it is written.
        person: whose key.
        now: how it is.
        then: how it is to be. When something was written down is not restored; when it was done
            is.

    Raises:
        StoreError: the store does not answer or cannot write.
    """
    new: list[Future[Any]] = []
    said = [step for deed in then.deeds - now.deeds for step in _steps(now, deed)]
    if said:
        new.append(history.rate(person, said))
    new += [history.add_to_watchlist(person, title) for title in sorted(then.listed - now.listed)]
    await _landed(new)
    gone: list[Future[Any]] = []
    for title, sheet in sorted({(deed.title, _sheet(deed)) for deed in now.deeds - then.deeds}):
        left = [deed for deed in then.of(sheet) if deed.title == title]
        if sheet == OPINION and left:
            continue  # The later opinion has replaced the earlier.
        gone.append(history.forget(person, title, what=(sheet,)))
        if left:
            # Only all viewings of a title can be forgotten. Asked for together, both stand in one
            # transaction as a rule, and the second is queued in any case.
            gone.append(history.rate(person, left))
    gone += [
        history.remove_from_watchlist(person, title) for title in sorted(now.listed - then.listed)
    ]
    await _landed(gone)


def _opinion(now: State, deed: Deed) -> State:
    same = [held for held in now.of(OPINION) if replace(held, time=NO_TIME) == deed]
    return replace(now.but(OPINION, *(same or [deed])), listed=frozenset())


def _steps(now: State, deed: Deed) -> list[Deed]:
    """Return the deeds to be said in a row so that one of them counts."""
    timed = any(replace(held, time=NO_TIME) == deed for held in now.of(OPINION))
    if not timed:
        return [deed]
    # The store takes an opinion as before, without a time, for nothing new; another in between
    # makes it one. Both are one write.
    other = Action.DISLIKE if deed.action is Action.LIKE else Action.LIKE
    return [Deed(deed.title, other), deed]


def _sheet(deed: Deed) -> str:
    if deed.action in OPINIONS:
        return OPINION
    return HIDDEN if deed.action is Action.HIDE else WATCH


async def _landed(futures: Iterable[Future[Any]]) -> None:
    """Wait for all writes, then say what failed, if anything did."""
    results = await asyncio.gather(*map(asyncio.wrap_future, futures), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


def _unreadable(why: str) -> QueryError:
    return QueryError(
        "The earlier state of the title cannot be read, so nothing was undone",
        where=why,
        cure="Set the title as you want it on its page",
    )
