"""Finding titles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matinee.client.answers import Parsed, SearchResults, Title
from matinee.client.wire import Wire, commas, decoded, operation, segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LONG = 2_000
"""Characters of a query from which it is sent as a body: addresses are cut off by some proxies."""
_MANY = 50
"""Titles to leave out from which the same holds."""


class Searching(Wire):
    """The part of a client that searches."""

    @operation("GET", "/v1/search")
    @operation("POST", "/v1/search")
    def search(
        self,
        q: str = "",
        k: int | None = None,
        *,
        method: str | None = None,
        filter: Iterable[str] = (),
        exclude: Iterable[str] = (),
        without: Iterable[str] = (),
        hard: Iterable[str] = (),
        soft: Iterable[str] = (),
        understand: bool | None = None,
        lang_policy: str | None = None,
        min_votes: int | None = None,
        sort: str | None = None,
        top_up: bool | None = None,
        facets: bool | None = None,
        explain: bool | None = None,
        fields: Iterable[str] | str | None = None,
        offset: int | None = None,
        knobs: Mapping[str, float | str] | None = None,
    ) -> SearchResults:
        """Return the titles that fit a description best.

        Every argument is that of ``GET /v1/search``; what is None is the server's choice.

        Args:
            q: what somebody feels like watching.
            k: how many.
            method: how it is searched.
            filter: conditions every result satisfies, such as ``year:1990..1999``.
            exclude: ids of titles that are not to be among the results.
            without: keys of conditions of the query that are not to count.
            hard: keys of those that every result must satisfy.
            soft: keys of those that are but wishes.
            understand: whether conditions are read from the query.
            lang_policy: what languages in the query are.
            min_votes: the fewest votes of a title.
            sort: order of the results.
            top_up: whether to add others where too few satisfy the conditions.
            facets: whether to count the candidates.
            explain: whether to tell what scores are made of.
            fields: names of what is wanted of each result; the id always comes.
            offset: results to leave out at the top.
            knobs: others by name, such as ``mmr_lambda``.

        Raises:
            ClientError: see :mod:`matinee.client.errors`.
        """
        excluded = list(exclude)
        asked = {
            "q": q,
            "k": k,
            "method": method,
            "filter": list(filter) or None,
            "exclude": excluded or None,
            "without": list(without) or None,
            "hard": list(hard) or None,
            "soft": list(soft) or None,
            "understand": understand,
            "lang_policy": lang_policy,
            "min_votes": min_votes,
            "sort": sort,
            "top_up": top_up,
            "facets": facets,
            "explain": explain,
            "fields": commas(fields),
            "offset": offset,
            **(knobs or {}),
        }
        if len(q) <= _LONG and len(excluded) <= _MANY:
            return self._get(SearchResults, "/v1/search", **asked)
        body = {name: value for name, value in asked.items() if value is not None}
        return decoded(self._ask("POST", "/v1/search", body=body, again=True), SearchResults)

    @operation("GET", "/v1/parse")
    def parse(self, q: str) -> Parsed:
        """Return what a query is taken to ask."""
        return self._get(Parsed, "/v1/parse", q=q)

    @operation("GET", "/v1/titles/{title_id}")
    def title(self, title_id: str, *, fields: Iterable[str] | str | None = None) -> Title:
        """Return a title by any of its ids.

        Raises:
            TitleNotFoundError: the library has no such title.
        """
        return self._get(Title, f"/v1/titles/{segment(title_id)}", fields=commas(fields))

    @operation("GET", "/v1/titles/{title_id}/similar")
    def similar(self, title_id: str, k: int | None = None, **params: Any) -> SearchResults:
        """Return the titles most like one; ``params`` are ``fields`` and ``offset``."""
        if "fields" in params:
            params["fields"] = commas(params["fields"])
        return self._get(SearchResults, f"/v1/titles/{segment(title_id)}/similar", k=k, **params)
