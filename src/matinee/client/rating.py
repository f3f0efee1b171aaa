"""What people think of titles, and how that came about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matinee.client.answers import Change, Done, Import, Rated, RatedMany, Rating
from matinee.client.recommending import ME
from matinee.client.wire import Wire, commas, decoded, operation, segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class RatingTitles(Wire):
    """The part of a client that rates; a person is a name, ``me`` for whoever asks."""

    @operation("PUT", "/v1/people/{person}/ratings/{title_id}")
    def rate(
        self,
        title_id: str,
        stars: float | None = None,
        *,
        action: str | None = None,
        time: int | None = None,
        person: str = ME,
    ) -> Rated:
        """Say what somebody thinks of a title; the next recommendation heeds it.

        Args:
            title_id: any id of the title.
            stars: 0.5 to 5.
            action: instead of stars: ``like``, ``dislike`` or ``abandon``.
            time: when, in seconds since 1970.
            person: who.
        """
        body = {"rating": stars, "action": action, "time": time}
        path = _of(person, "ratings", title_id)
        return decoded(self._ask("PUT", path, body=_given(body)), Rated)

    @operation("DELETE", "/v1/people/{person}/ratings/{title_id}")
    def unrate(self, title_id: str, *, person: str = ME) -> None:
        """Take back what somebody thinks of a title."""
        self._ask("DELETE", _of(person, "ratings", title_id))

    @operation("GET", "/v1/people/{person}/ratings/{title_id}")
    def rating(self, title_id: str, *, person: str = ME) -> Rating:
        """Return what somebody thinks of a title.

        Raises:
            TitleNotFoundError: they said nothing of it.
        """
        return self._get(Rating, _of(person, "ratings", title_id))

    @operation("GET", "/v1/people/{person}/ratings")
    def ratings(
        self, person: str = ME, *, fields: Iterable[str] | str | None = None
    ) -> Iterator[Rating]:
        """Yield all that somebody thinks of titles, in the order of ids, page by page."""
        return self._pages(Rating, _of(person, "ratings"), fields=commas(fields))

    @operation("POST", "/v1/people/{person}/ratings/bulk")
    def rate_many(
        self, entries: Iterable[object], *, skip_unknown: bool = False, person: str = ME
    ) -> RatedMany:
        """Say what somebody thinks of many titles: all of it is written, or nothing.

        Args:
            entries: each as :func:`matinee.deeds.deed_of` reads it, titles by id; at most 10,000.
            skip_unknown: whether to leave out titles the library does not have.
            person: who.
        """
        from matinee.deeds import deed_of
        from matinee.interaction import NO_TIME

        told: list[dict[str, Any]] = []
        for entry in entries:
            deed = deed_of(entry)
            said = {
                "id": deed.title,
                "rating": deed.stars,
                "action": None if deed.stars is not None else deed.action.name.lower(),
                "time": None if deed.time == NO_TIME else deed.time,
            }
            told.append(_given(said))
        body = {"ratings": told, "skip_unknown": skip_unknown}
        path = _of(person, "ratings/bulk")
        # The same again changes nothing.
        return decoded(self._ask("POST", path, body=body, again=True), RatedMany)

    @operation("GET", "/v1/people/{person}/changes")
    @operation("GET", "/v1/people/{person}/ratings/{title_id}/changes")
    def changes(self, title_id: str | None = None, *, person: str = ME) -> Iterator[Change]:
        """Yield how somebody's opinions, or that of one title, came about, oldest first."""
        whole = title_id is None
        path = _of(person, "changes") if whole else _of(person, "ratings", title_id) + "/changes"
        return self._pages(Change, path)

    @operation("GET", "/v1/people/{person}/imports")
    def imports(self, person: str = ME) -> Iterator[Import]:
        """Yield what was brought in from files, the latest first."""
        return self._pages(Import, _of(person, "imports"))

    @operation("DELETE", "/v1/people/{person}/imports/{key}")
    def undo_import(self, key: int, *, person: str = ME) -> Done:
        """Take back what an import brought, but nothing that was said since."""
        return decoded(self._ask("DELETE", _of(person, "imports", str(key))), Done)


def _of(person: str, what: str, which: str | None = None) -> str:
    path = f"/v1/people/{segment(person)}/{what}"
    return path if which is None else f"{path}/{segment(which)}"


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
