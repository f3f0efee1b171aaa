"""What people were shown in an experiment and what they did with it, answer by answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from matinee.store.records import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from matinee.store import Store
    from matinee.store.records import Event, Experiment

SHOWN = "shown/"
"""What keys of impressions that the server wrote down begin with. Keys of clients hold no slash, so
that nobody can make up what they were shown."""
_PART = 5_000
"""Events read at a time: some 2 MB."""


@dataclass(slots=True)
class Answer:
    """One answer somebody was shown. It is filled while the log is read.

    Attributes:
        person: key of the person.
        arm: of an A/B experiment, the ranker; meaningless where rankers are mixed.
        teams: by title, the ranker that gave it, empty for nobody's.
        clicked: titles that were clicked.
        played: titles that were played.
        stars: by title, the last rating.
    """

    person: int
    arm: str
    teams: dict[str, str] = field(default_factory=dict)
    clicked: set[str] = field(default_factory=set)
    played: set[str] = field(default_factory=set)
    stars: dict[str, float] = field(default_factory=dict)

    @property
    def impressions(self) -> int:
        """Titles that were shown and recorded."""
        return len(self.teams)

    @property
    def chosen(self) -> set[str]:
        """Titles that were clicked or played; each counts once, however often."""
        return self.clicked | self.played

    def credit(self) -> tuple[int, int]:
        """Return how many of the chosen titles each ranker gave."""
        given = [self.teams[title] for title in self.chosen]
        return given.count("a"), given.count("b")


def answers(shown: Iterable[Event], done: Iterable[Event]) -> list[Answer]:
    """Return the answers that were shown, with what was done.

    A deed belongs to the answer whose request id it carries, if that showed the title to that
    person; one without a request id, as a rating from elsewhere, to the last answer before it that
    did. The arm is the one the server wrote down, whatever the client says.

    Args:
        shown: impressions of one experiment, in the order of their sequence.
        done: clicks, plays and ratings; those on other answers are left out.
    """
    by_request: dict[tuple[int, str], Answer] = {}
    last: dict[tuple[int, str], list[tuple[int, Answer]]] = {}
    for event in shown:
        # What nobody is known to have seen cannot be counted by person.
        if event.kind is not Kind.IMPRESSION or event.person is None:
            continue
        place = (event.person, event.request)
        answer = by_request.setdefault(place, Answer(event.person, event.arm))
        answer.teams.setdefault(event.title, event.arm)
        last.setdefault((event.person, event.title), []).append((event.time, answer))
    for event in done:
        if event.person is None:
            continue
        found = by_request.get((event.person, event.request))
        if not event.request:
            before = last.get((event.person, event.title), ())
            found = next((each for at, each in reversed(before) if at <= event.time), None)
        if found is None or event.title not in found.teams:
            continue
        if event.kind is Kind.CLICK:
            found.clicked.add(event.title)
        elif event.kind is Kind.PLAY:
            found.played.add(event.title)
        elif event.kind is Kind.RATING and event.value is not None:
            found.stars[event.title] = event.value
    return list(by_request.values())


def logged(store: Store, experiment: Experiment) -> tuple[Iterator[Event], Iterator[Event]]:
    """Return an experiment's impressions, and what was done since the first of them.

    Both are read from the log in parts, as they are asked for. What was done on an answer shown
    before the experiment was stopped counts whenever it was done.
    """
    first = store.events.read(experiment=experiment.name, kind=Kind.IMPRESSION, limit=1)
    if not first:
        return iter(()), iter(())
    start = first[0].sequence - 1
    written = _read(store, start, Kind.IMPRESSION, experiment.name)
    shown = (event for event in written if event.key.startswith(SHOWN))
    kinds = (Kind.CLICK, Kind.PLAY, Kind.RATING)
    return shown, chain.from_iterable(_read(store, start, kind, None) for kind in kinds)


def _read(store: Store, after: int, kind: Kind, experiment: str | None) -> Iterator[Event]:
    while part := store.events.read(after=after, limit=_PART, kind=kind, experiment=experiment):
        yield from part
        after = part[-1].sequence
