"""What an open library knows of taste: recommendations, predictions, reasons, titles alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from matinee.deeds import deeds_of, seconds
from matinee.errors import QueryError
from matinee.pipeline.group import recommend_group
from matinee.pipeline.person import Person, known_person, person_of
from matinee.pipeline.recommend import predict, recommend, taste_of, why
from matinee.pipeline.similar import resolve, similar
from matinee.query.wanted import RecommendRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matinee.deeds import Deed
    from matinee.explain.explanation import Explanation
    from matinee.pipeline.engine import Engine
    from matinee.pipeline.recommended import Recommendations, Stars
    from matinee.pipeline.results import Results
    from matinee.pipeline.taste import Card
    from matinee.query.conditions import Condition
    from matinee.taste.groups import Strategy

    History = Iterable[object]


class People(Protocol):
    """Those whose names a library takes, beside the people it was trained on."""

    def exists(self, name: str) -> bool:
        """Tell whether there is somebody of that name."""
        ...

    def deeds(self, name: str) -> tuple[Deed, ...]:
        """Return what a person did, oldest first; nothing of somebody who is not there."""
        ...

    def names(self) -> list[str]:
        """Return the names of all people, sorted."""
        ...


class Recommending:
    """The part of a library that recommends.

    A person is given as ``user``, the name of somebody of the store or of somebody the library was
    trained on, as ``history``, or as both: then the history is what they did since. A history is a
    list of ``(title, stars)`` pairs, of titles alone (liked), or of dicts with ``title``,
    ``rating`` or ``action``, and ``time``; titles are ids or names. Who is in the store goes before
    somebody of the training who has the same name, unless ``trained`` says that these alone are
    meant.

    Args:
        engine: an open library.
        people: of the store.
    """

    def __init__(self, engine: Engine, people: People | None = None) -> None:
        self._engine = engine
        self._people = people

    @property
    def engine(self) -> Engine:
        """The parts of the version that answers."""
        return self._engine

    @property
    def people(self) -> People | None:
        """The people of the store, None where there is none."""
        return self._people

    @property
    def taste(self) -> Card | None:
        """What there is to know of the training, None before any."""
        return None if self._engine.taste is None else self._engine.taste.card

    def recommend(
        self,
        user: str | None = None,
        *,
        history: History | None = None,
        k: int = 10,
        explain: bool = False,
        exploration: float = 0.0,
        method: str | None = None,
        diversity: float = 0.0,
        calibration: float = 0.0,
        filters: Iterable[Condition] = (),
        min_votes: int = 0,
        max_age: int | None = None,
        include_seen: bool = False,
        context: object = None,
        seed: int | None = None,
    ) -> Recommendations:
        """Return the ``k`` titles that suit a person best, none of those in their history.

        The other arguments are those of :class:`matinee.query.wanted.RecommendRequest`; the moment
        of ``context`` may also be a ``datetime`` or ISO 8601 text. Nobody in particular, or
        somebody of whom nothing is known, gets what most people like.

        Raises:
            QueryError: an argument is out of its bounds, there is no such model or person.
            UnknownTitleError: a title of the history is not in the library.
            LibraryError: the library has learnt nothing of taste.
        """
        request = RecommendRequest(
            k=k,
            method=method,
            explain=explain,
            exploration=exploration,
            diversity=diversity,
            calibration=calibration,
            filters=tuple(filters),
            min_votes=min_votes,
            max_age=max_age,
            include_seen=include_seen,
            context=None if context is None else seconds(context),
            seed=seed,
        )
        return self.suggest(request, user, history=history)

    def suggest(
        self,
        request: RecommendRequest,
        user: str | None = None,
        *,
        history: History | None = None,
        trained: bool = False,
    ) -> Recommendations:
        """Return the answer to a request; see :meth:`recommend`.

        With ``trained``, ``user`` is looked for only among the people of the training.
        """
        return recommend(self._engine, request, self._person(user, history, trained=trained))

    def recommend_group(
        self,
        members: Sequence[object],
        strategy: Strategy = "fairness",
        *,
        k: int = 10,
        method: str | None = None,
        filters: Iterable[Condition] = (),
        min_votes: int = 0,
        max_age: int | None = None,
    ) -> Recommendations:
        """Return ``k`` titles that several people watch together, with what each makes of them.

        Args:
            members: for each a name, as ``user`` is, or a history.
            strategy: ``fairness``, ``least-misery`` or ``average``; see
                :class:`matinee.taste.groups.GroupNight`.
            k: how many.
            method: model that ranks.
            filters: conditions every result satisfies.
            min_votes: the fewest votes a title may have.
            max_age: years of the youngest who watches.

        Raises:
            QueryError: an argument is out of its bounds, there is no such model or person.
            UnknownTitleError: a title of a history is not in the library.
            InputError: there is no such strategy.
            LibraryError: the library has learnt nothing of taste.
        """
        request = RecommendRequest(
            k=k, method=method, filters=tuple(filters), min_votes=min_votes, max_age=max_age
        )
        people = {}
        for place, member in enumerate(members, 1):
            user = member if isinstance(member, str) else None
            history = None if user is not None else member
            person = self._person(user, history)  # type: ignore[arg-type]
            people[user if user and user not in people else f"person {place}"] = person
        return recommend_group(self._engine, request, people, strategy)

    def predict(
        self,
        titles: Sequence[str],
        user: str | None = None,
        *,
        history: History | None = None,
        trained: bool = False,
    ) -> list[Stars]:
        """Predict the stars a person gives to titles, ids or names, in their order.

        Raises:
            QueryError: there is no such person, or a title is newer than the training.
            UnknownTitleError: a title is not in the library.
            LibraryError: no model that predicts stars was trained.
        """
        rows = np.array([resolve(self._engine, title) for title in titles], np.int64)
        return predict(self._engine, rows, self._person(user, history, trained=trained))

    def explain(
        self,
        title: str,
        user: str | None = None,
        *,
        history: History | None = None,
        method: str | None = None,
        trained: bool = False,
    ) -> Explanation:
        """Say why a title suits a person, or why it does not.

        Raises:
            QueryError: there is no such model or person, or the title is newer than the training.
            UnknownTitleError: a title is not in the library.
            LibraryError: the library has learnt nothing of taste.
        """
        row = resolve(self._engine, title)
        request = RecommendRequest(method=method)
        return why(self._engine, request, self._person(user, history, trained=trained), row)

    def similar(self, title: str, k: int = 10, *, poster_share: float | None = None) -> Results:
        """Return the ``k`` films most like a film, given by id or by name.

        Args:
            title: an id or a name.
            k: how many, 1 to 1,000.
            poster_share: how much likeness of posters counts, 0 to 1; None means what the settings
                say. A film without a poster is judged by all else alone.

        Raises:
            QueryError: ``k`` or ``poster_share`` is out of bounds.
            UnknownTitleError: no title has that id or name.
        """
        return similar(self._engine, title, k, poster_share=poster_share)

    def find_similar_movies(self, movie_id: str, n_similar: int = 10) -> list[dict[str, Any]]:
        """Return the films most like a film as plain values: ``movie``, ``similarity``.

        Raises:
            QueryError: ``n_similar`` is out of bounds.
            UnknownTitleError: no title has that id or name.
        """
        return [
            {"movie": result.title.title, "id": result.title.id, "similarity": result.score}
            for result in self.similar(movie_id, n_similar)
        ]

    def explain_recommendation(self, user_id: str, movie_id: str) -> dict[str, Any]:
        """Return why a film suits a person as plain values.

        Returns:
            ``score``, ``explanation`` (a sentence) and ``similar_to_your_favorites``, a list of
            ``movie`` and ``similarity``.

        Raises:
            QueryError: there is no such person.
            UnknownTitleError: no title has that id or name.
            LibraryError: the library has learnt nothing of taste.
        """
        found = self.explain(movie_id, user_id)
        return {
            "score": found.score,
            "explanation": found.sentence,
            "similar_to_your_favorites": [
                {"movie": label.name, "similarity": similarity}
                for label, similarity in found.similar_to_your_favourites
            ],
        }

    def _person(
        self, user: str | None, history: History | None, *, trained: bool = False
    ) -> Person:
        """Return a person: somebody of the store before somebody of the training."""
        said = person_of(self._engine, deeds_of(history if history is not None else ()))
        if user is None:
            return said
        if not isinstance(user, str):
            raise QueryError(f"user is {user!r:.40}", cure="Give the name of a person")
        if not trained and self._people is not None and self._people.exists(user):
            deeds = self._people.deeds(user)
            return person_of(self._engine, deeds, skip_unknown=True).and_then(said)
        taste_of(self._engine)
        known = known_person(self._engine, user)
        if known is None:
            raise QueryError(
                "There is nobody of that name",
                where=f"{user:.60}",
                cure="Give a history, or begin a profile with: matinee rate TITLE STARS "
                f"--profile {user:.60}",
            )
        return known.and_then(said)
