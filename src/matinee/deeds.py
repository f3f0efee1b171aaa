"""One thing a person did with one title, as callers and profile files write it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matinee.errors import QueryError
from matinee.interaction import LEAST_STARS, MOST_STARS, NO_TIME, Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ACTIONS: tuple[str, ...] = tuple(action.name.lower() for action in Action)
"""Names of the actions, in the order of their numbers."""
MAX_HISTORY = 100_000
"""Entries of one history; ten times what the most diligent people of MovieLens have rated."""
_LATEST = 1 << 40
"""Seconds beyond which a time is a mistake: some 35,000 years."""
_KEYS = frozenset(("title", "rating", "action", "time"))


@dataclass(frozen=True, slots=True)
class Deed:
    """What a person did with a title.

    Attributes:
        title: an id or a name.
        action: what was done.
        stars: from 0.5 to 5 for a rating, else None.
        time: seconds since 1970 in UTC, :data:`matinee.interaction.NO_TIME` where unknown.

    Raises:
        QueryError: the stars are outside the scale, missing, or given for no rating.
    """

    title: str
    action: Action
    stars: float | None = None
    time: int = NO_TIME

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise QueryError(
                "A title of the history is empty or no text",
                cure="Give an id such as tmdb:603, or a name",
            )
        if (self.action == Action.RATING) != (self.stars is not None):
            raise QueryError(
                "A rating has stars, and nothing else has", where=f"{self.title:.60}", cure=_SHAPES
            )
        if self.stars is not None and not LEAST_STARS <= self.stars <= MOST_STARS:
            raise QueryError(
                f"A rating of {self.stars:g} stars is outside the scale",
                where=f"{self.title:.60}",
                cure=f"Give {LEAST_STARS:g} to {MOST_STARS:g} stars",
            )

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values, as :func:`deed_of` reads them."""
        values: dict[str, Any] = {"title": self.title, "action": self.action.name.lower()}
        if self.stars is not None:
            values["rating"] = self.stars
        if self.time != NO_TIME:
            values["time"] = self.time
        return values


def deeds_of(history: Iterable[object]) -> tuple[Deed, ...]:
    """Return a history as a caller may write it, entry by entry; see :func:`deed_of`.

    Raises:
        QueryError: it is no list, too long, or an entry cannot be used.
    """
    if isinstance(history, str | bytes | dict):
        raise QueryError("The history is no list", cure=_SHAPES)
    try:
        entries = list(history)
    except TypeError:
        raise QueryError("The history is no list", cure=_SHAPES) from None
    if len(entries) > MAX_HISTORY:
        raise QueryError(
            f"The history has {len(entries):,} entries, the most is {MAX_HISTORY:,}",
            cure="Give the latest",
        )
    return tuple(map(deed_of, entries))


def deed_of(entry: object) -> Deed:
    """Return one entry of a history.

    Args:
        entry: ``(title, stars)``; ``(title, None)`` for one watched; a dict with ``title``,
            ``rating`` or ``action``, and perhaps ``time``; or a title alone, which is one liked.

    Raises:
        QueryError: it has another shape, or a value that cannot be used.

    >>> deed_of(("Heat", 4.5)).stars, deed_of("Heat").action.name
    (4.5, 'LIKE')
    >>> deed_of({"title": "tmdb:949", "action": "watch", "time": "1996-01-02"}).time
    820540800
    """
    match entry:
        case Deed():
            return entry
        case str():
            return Deed(entry, Action.LIKE)
        case [title, None]:
            return Deed(_text(title), Action.WATCH)
        case [title, stars]:
            return Deed(_text(title), Action.RATING, _stars(stars))
        case dict():
            return _from_dict(entry)
    raise QueryError("An entry of the history cannot be read", where=f"{entry!r:.60}", cure=_SHAPES)


def _from_dict(entry: Mapping[str, Any]) -> Deed:
    unknown = set(entry) - _KEYS
    if "title" not in entry or unknown:
        raise QueryError(
            f"An entry of the history has unknown fields {sorted(map(str, unknown))}"
            if unknown
            else "An entry of the history has no title",
            where=f"{entry!r:.60}",
            cure=_SHAPES,
        )
    rating = entry.get("rating")
    stars = None if rating is None else _stars(rating)
    action = action_of(entry.get("action") or ("watch" if stars is None else "rating"))
    return Deed(_text(entry["title"]), action, stars, seconds(entry.get("time")))


def action_of(name: object) -> Action:
    """Return an action by its name.

    Raises:
        QueryError: there is none of that name.
    """
    if isinstance(name, Action):
        return name
    if not isinstance(name, str) or name.lower() not in ACTIONS:
        raise QueryError(
            f"There is no action {name!r:.40}", cure=f"Use one of: {', '.join(ACTIONS)}"
        )
    return Action[name.upper()]


def seconds(time: object) -> int:
    """Return a moment as seconds since 1970 in UTC.

    Args:
        time: such seconds, a ``datetime`` (one without a zone is in UTC), ISO 8601 text, or None
            where it is not known.

    Raises:
        QueryError: it is none of these, or lies before 1970.
    """
    if time is None or (type(time) is int and time == NO_TIME):
        return NO_TIME
    moment: dt.datetime | None = None
    if isinstance(time, dt.datetime):
        moment = time
    elif isinstance(time, str):
        try:
            moment = dt.datetime.fromisoformat(time)
        except ValueError:
            moment = None
    elif isinstance(time, int | float) and not isinstance(time, bool) and 0 <= time < _LATEST:
        return int(time)
    if moment is not None:
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        if (found := int(zoned.timestamp())) >= 0:
            return found
    raise QueryError(
        f"The time {time!r:.40} cannot be read",
        cure="Give seconds since 1970, or a moment such as 2024-05-01T20:15",
    )


def _stars(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    try:
        # Numbers of numpy and of decimals are numbers as well.
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise QueryError(
            f"A rating is {value!r:.40}", cure=f"Give {LEAST_STARS:g} to {MOST_STARS:g} stars"
        ) from None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


_SHAPES = (
    'Write an entry as ("Heat", 4.5), or as {"title": "Heat", "action": "watch", "time": 820540800}'
)
