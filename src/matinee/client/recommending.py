"""What suits somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matinee.client.answers import Explanation, Predictions, Recommendations
from matinee.client.wire import Wire, commas, decoded, operation, segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ME = "me"
"""Name of whoever asks."""


class Recommending(Wire):
    """The part of a client that recommends; a person is a name, ``me`` for whoever asks."""

    @operation("GET", "/v1/people/{person}/recommendations")
    @operation("POST", "/v1/people/{person}/recommendations")
    def recommendations(
        self,
        person: str = ME,
        k: int | None = None,
        *,
        history: Iterable[object] | None = None,
        alone: bool = False,
        method: str | None = None,
        explain: bool | None = None,
        exploration: float | None = None,
        diversity: float | None = None,
        calibration: float | None = None,
        filter: Iterable[str] = (),
        min_votes: int | None = None,
        max_age: int | None = None,
        include_seen: bool | None = None,
        context: str | None = None,
        seed: int | None = None,
        fields: Iterable[str] | str | None = None,
        offset: int | None = None,
    ) -> Recommendations:
        """Return the titles that suit a person best.

        The other arguments are those of :class:`matinee.query.wanted.RecommendRequest`.

        Args:
            person: whom.
            k: how many.
            history: what else counts for this answer, as :func:`matinee.deeds.deeds_of` reads it;
                it is not kept.
            alone: whether that is all that counts: it is somebody's who has no account.
            method: model that ranks.
            explain: whether each title comes with its reasons.
            exploration: -1 to 1.
            diversity: 0 to 1.
            calibration: 0 to 1.
            filter: conditions every result satisfies.
            min_votes: the fewest votes of a title.
            max_age: years of the youngest who watches.
            include_seen: whether titles of the history may come again.
            context: the moment, ``now`` or ISO 8601.
            seed: of the chance that exploration brings in.
            fields: names of what is wanted of each title; the id always comes.
            offset: titles to leave out at the top.

        Raises:
            ClientError: see :mod:`matinee.client.errors`.
            QueryError: an entry of the history cannot be read.
        """
        path = f"/v1/people/{segment(person)}/recommendations"
        asked = {
            "k": k,
            "method": method,
            "explain": explain,
            "exploration": exploration,
            "diversity": diversity,
            "calibration": calibration,
            "filter": list(filter) or None,
            "min_votes": min_votes,
            "max_age": max_age,
            "include_seen": include_seen,
            "context": context,
            "seed": seed,
            "fields": commas(fields),
            "offset": offset,
        }
        if history is None and not alone:
            return self._get(Recommendations, path, **asked)
        more = {"history": _told(history or ()), "alone": alone}
        body = more | {name: value for name, value in asked.items() if value is not None}
        return decoded(self._ask("POST", path, body=body, again=True), Recommendations)

    @operation("GET", "/v1/people/{person}/explain/{title_id}")
    def explain(self, title_id: str, person: str = ME, *, method: str | None = None) -> Explanation:
        """Return why a title suits a person, or why it does not."""
        path = f"/v1/people/{segment(person)}/explain/{segment(title_id)}"
        return self._get(Explanation, path, method=method)

    @operation("GET", "/v1/people/{person}/predict")
    def predict(self, titles: Sequence[str], person: str = ME) -> Predictions:
        """Return the stars a person is predicted to give to titles, by id, in their order."""
        path = f"/v1/people/{segment(person)}/predict"
        return self._get(Predictions, path, title=list(titles))

    @operation("POST", "/v1/groups/recommendations")
    def group(
        self,
        members: Sequence[str | Iterable[object]],
        strategy: str | None = None,
        *,
        k: int | None = None,
        method: str | None = None,
        filter: Iterable[str] = (),
        min_votes: int | None = None,
        max_age: int | None = None,
        fields: Iterable[str] | str | None = None,
    ) -> Recommendations:
        """Return titles that several people watch together.

        Args:
            members: for each a name, or the history of somebody without an account.
            strategy: ``fairness``, ``least-misery`` or ``average``.
            k: how many.
            method: model that ranks.
            filter: conditions every result satisfies.
            min_votes: the fewest votes of a title.
            max_age: years of the youngest.
            fields: names of what is wanted of each title.
        """
        asked = {
            "members": [m if isinstance(m, str) else {"history": _told(m)} for m in members],
            "strategy": strategy,
            "k": k,
            "method": method,
            "filter": list(filter) or None,
            "min_votes": min_votes,
            "max_age": max_age,
            "fields": commas(fields),
        }
        body = {name: value for name, value in asked.items() if value is not None}
        answer = self._ask("POST", "/v1/groups/recommendations", body=body, again=True)
        return decoded(answer, Recommendations)

    @operation("GET", "/v1/trained/{user}/recommendations")
    def trained(self, user: str, k: int | None = None, **params: Any) -> Recommendations:
        """Return what suits somebody the library was trained on; for administrators.

        ``params`` are those of :meth:`recommendations`.
        """
        if "fields" in params:
            params["fields"] = commas(params["fields"])
        path = f"/v1/trained/{segment(user)}/recommendations"
        return self._get(Recommendations, path, k=k, **params)


def _told(history: Iterable[object]) -> list[dict[str, Any]]:
    # It brings numpy, which most who ask a server can do without.
    from matinee.deeds import deeds_of

    return [deed.to_dict() for deed in deeds_of(history)]
