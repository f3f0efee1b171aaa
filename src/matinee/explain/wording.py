"""What reasons say: a sentence for each kind of evidence, claiming what the facts bear out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Literal, TypeAlias

from matinee.interaction import Action

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matinee.interaction import Histories

Kind: TypeAlias = Literal[
    "collaborative",
    "story",
    "people",
    "genre",
    "era",
    "recent",
    "popular",
    "context",
    "together",
    "other",
]
"""What sort of evidence a reason is."""

LIKED_STARS, DISLIKED_STARS = 4.0, 2.5
"""Stars from which a rating is called a liking, and up to which a dislike."""

SAME_ERA = 10
"""Years between two titles of one time: people speak of decades."""

_PEOPLE_NAMED = 2
_GENRES_NAMED = 3


class Stance(Enum):
    """What a person made of a title."""

    LIKED = "liked"
    NEUTRAL = "neutral"
    DISLIKED = "disliked"


@dataclass(frozen=True, slots=True)
class Label:
    """How a title is shown.

    Attributes:
        id: its namespaced id.
        name: as people call it.
    """

    id: str
    name: str

    def to_dict(self) -> dict[str, str]:
        """Return it as plain values."""
        return {"id": self.id, "name": self.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What two titles have in common.

    Attributes:
        people: name and role (``director``, ``cast`` or another) of those who had that role in
            both, the most telling first.
        genres: names of common genres.
        years_apart: years between them; None where one is not known.
    """

    people: tuple[tuple[str, str], ...] = ()
    genres: tuple[str, ...] = ()
    years_apart: int | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, and whom and what it names."""

    sentence: str
    people: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()


def stance(history: Histories, entries: Sequence[int]) -> Stance:
    """Return what a person made of a title by their entries of it, the latest word counting."""
    for entry in reversed(entries):
        action, stars = Action(int(history.actions[entry])), float(history.values[entry])
        if action in (Action.DISLIKE, Action.HIDE, Action.ABANDON) or stars <= DISLIKED_STARS:
            return Stance.DISLIKED
        if action in (Action.LIKE, Action.REWATCH) or stars >= LIKED_STARS:
            return Stance.LIKED
    return Stance.NEUTRAL


def claim(kind: Kind, name: str, shared: Shared, *, lately: bool) -> Claim | None:
    """Return what evidence of a kind says of a title and the one called ``name``.

    None where the facts do not bear it out: nobody made both, no genre is common, the years lie
    apart, the choice was not lately.

    >>> claim("people", "Heat", Shared(people=(("Michael Mann", "director"),)), lately=False)
    Claim(sentence='Michael Mann directed it, like Heat', people=('Michael Mann',), genres=())
    >>> claim("people", "Heat", Shared(), lately=False)
    """
    if kind == "collaborative":
        return Claim(f"People who liked {name} also liked it")
    if kind == "story":
        return Claim(f"Its story is close to that of {name}")
    if kind == "people" and shared.people:
        role = shared.people[0][1]
        people = tuple(who for who, what in shared.people if what == role)[:_PEOPLE_NAMED]
        return Claim(_together(people, role, name), people=people)
    if kind == "genre" and shared.genres:
        genres = shared.genres[:_GENRES_NAMED]
        return Claim(f"It shares {listed(genres)} with {name}", genres=genres)
    if kind == "era" and shared.years_apart is not None and shared.years_apart <= SAME_ERA:
        return Claim(f"It is of the same time as {name}")
    if kind == "recent" and lately:
        return Claim(f"It follows well on {name}, which you chose lately")
    return None


def title_sentence(said: Claim | None, name: str, *, speaks_for: bool, stance: Stance) -> str:
    """Return the sentence of a title of the history: the claim, if sign and stance agree with it.

    What resembles a liked title speaks for it, what resembles a disliked one against. Where the
    numbers say the opposite the sentence says just that.

    >>> title_sentence(Claim("It is like Heat"), "Heat", speaks_for=False, stance=Stance.DISLIKED)
    'It is like Heat, and you did not like Heat.'
    >>> title_sentence(Claim("It is like Heat"), "Heat", speaks_for=False, stance=Stance.LIKED)
    'That you liked Heat speaks against it.'
    """
    if said is not None and speaks_for and stance is not Stance.DISLIKED:
        return f"{said.sentence}."
    if said is not None and not speaks_for and stance is Stance.DISLIKED:
        return f"{said.sentence}, and you did not like {name}."
    chose = {Stance.LIKED: "liked", Stance.NEUTRAL: "chose", Stance.DISLIKED: "did not like"}
    return f"That you {chose[stance]} {name} speaks {'for' if speaks_for else 'against'} it."


def base_sentence(kind: Kind, *, speaks_for: bool) -> str:
    """Return the sentence of what holds whatever the person did."""
    return _BASE[kind][0 if speaks_for else 1]


def gathered_sentence(count: int, *, speaks_for: bool, alone: bool) -> str:
    """Return the sentence of titles gathered; ``alone`` where no other title is named.

    >>> gathered_sentence(1, speaks_for=True, alone=False)
    'One of your other titles speaks for it a little.'
    """
    other = "" if alone else "other "
    side = "for" if speaks_for else "against"
    if count == 1:
        return f"One of your {other}titles speaks {side} it a little."
    return f"{count} of your {other}titles speak {side} it, each a little."


def listed(names: Sequence[str]) -> str:
    """Return names as people list them.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    *head, last = names
    return f"{', '.join(head)} and {last}" if head else last


def _together(people: Sequence[str], role: str, name: str) -> str:
    if role == "director":
        return f"{listed(people)} directed it, like {name}"
    if role == "cast":
        return f"{listed(people)} {'are' if len(people) > 1 else 'is'} in it, as in {name}"
    return f"{listed(people)} worked on it, as on {name}"


_BASE: Mapping[Kind, tuple[str, str]] = {
    "popular": ("Many people like it.", "Few people know it."),
    "recent": ("It is new.", "It is not new."),
    "genre": ("Its genres are liked by many.", "Its genres are liked by few."),
    "era": ("Its time is liked by many.", "Its time is liked by few."),
    "context": ("It suits the occasion.", "It does not suit the occasion."),
    "people": ("Those who made it are liked by many.", "Those who made it are liked by few."),
    "story": ("Its story is liked by many.", "Its story is liked by few."),
    "collaborative": (
        "It does well with people of all tastes.",
        "It does less well with people of all tastes.",
    ),
    "together": (
        "Several of your titles say the same for it, and any one of them could be missed.",
        "Some of your titles count only together, and are counted more than once above.",
    ),
    "other": ("It scores high whoever asks.", "It scores low whoever asks."),
}
