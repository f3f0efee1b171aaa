"""What people watched, want to watch and do not want to see, what happened to titles shown."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import msgspec

from matinee.client.answers import Done, Event, EventsTaken, Export, Listed, Watch
from matinee.client.recommending import ME
from matinee.client.wire import Wire, commas, decoded, operation, segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Names = Iterable[str] | str | None


class Listing(Wire):
    """The part of a client that keeps lists; a person is a name, ``me`` for whoever asks."""

    @operation("POST", "/v1/people/{person}/watches")
    def watch(
        self, title_id: str, *, time: int | None = None, again: bool = False, person: str = ME
    ) -> Done:
        """Say that somebody watched a title; the same title at the same time is one watch."""
        body: dict[str, Any] = {"id": title_id, "again": again}
        if time is not None:
            body["time"] = time
        return decoded(self._ask("POST", _of(person, "watches"), body=body, again=True), Done)

    @operation("DELETE", "/v1/people/{person}/watches/{title_id}")
    def unwatch(self, title_id: str, *, person: str = ME) -> None:
        """Take back every watch of a title."""
        self._ask("DELETE", _of(person, "watches", title_id))

    @operation("GET", "/v1/people/{person}/watches")
    def watches(self, person: str = ME, *, fields: Names = None) -> Iterator[Watch]:
        """Yield what somebody watched, the latest first."""
        return self._pages(Watch, _of(person, "watches"), fields=commas(fields))

    @operation("GET", "/v1/people/{person}/watchlist")
    def watchlist(self, person: str = ME, *, fields: Names = None) -> Iterator[Listed]:
        """Yield what somebody wants to watch, the latest addition first."""
        return self._pages(Listed, _of(person, "watchlist"), fields=commas(fields))

    @operation("PUT", "/v1/people/{person}/watchlist/{title_id}")
    def add_to_watchlist(self, title_id: str, *, person: str = ME) -> Done:
        """Put a title on the watchlist."""
        return decoded(self._ask("PUT", _of(person, "watchlist", title_id)), Done)

    @operation("DELETE", "/v1/people/{person}/watchlist/{title_id}")
    def remove_from_watchlist(self, title_id: str, *, person: str = ME) -> None:
        """Take a title off the watchlist."""
        self._ask("DELETE", _of(person, "watchlist", title_id))

    @operation("GET", "/v1/people/{person}/hidden")
    def hidden(self, person: str = ME, *, fields: Names = None) -> Iterator[Listed]:
        """Yield what is never recommended to somebody, the latest addition first."""
        return self._pages(Listed, _of(person, "hidden"), fields=commas(fields))

    @operation("PUT", "/v1/people/{person}/hidden/{title_id}")
    def hide(self, title_id: str, *, person: str = ME) -> Done:
        """Never recommend a title to somebody again."""
        return decoded(self._ask("PUT", _of(person, "hidden", title_id)), Done)

    @operation("DELETE", "/v1/people/{person}/hidden/{title_id}")
    def unhide(self, title_id: str, *, person: str = ME) -> None:
        """Let a title be recommended again."""
        self._ask("DELETE", _of(person, "hidden", title_id))

    @operation("POST", "/v1/events")
    def record_events(self, events: Iterable[Mapping[str, Any]]) -> EventsTaken:
        """Record what happened to titles that were shown.

        Args:
            events: of ``kind`` and ``id``, and what else ``POST /v1/events`` takes; one without a
                ``key`` is given one, so that trying again cannot record it twice. At most 1,000.
        """
        told = [{"key": uuid.uuid4().hex, **event} for event in events]
        return decoded(self._ask("POST", "/v1/events", body=told, again=True), EventsTaken)

    @operation("GET", "/v1/events")
    def events(
        self,
        *,
        kind: str | None = None,
        experiment: str | None = None,
        person: str | None = None,
    ) -> Iterator[Event]:
        """Yield everybody's events in the order they were recorded; for administrators."""
        return self._pages(Event, "/v1/events", kind=kind, experiment=experiment, person=person)

    @operation("GET", "/v1/people/{person}/export.json")
    def export(self, person: str = ME) -> Export:
        """Return all that is kept of what somebody did."""
        return self._get(Export, _of(person, "export.json"))

    @operation("GET", "/v1/people/{person}/export.csv")
    def export_csv(self, person: str = ME) -> str:
        """Return watches and ratings as a file that Letterboxd can import."""
        return self._text(_of(person, "export.csv"))

    @operation("GET", "/v1/people/{person}/watchlist.rss")
    def watchlist_rss(self, person: str = ME) -> str:
        """Return the watchlist as a feed."""
        return self._text(_of(person, "watchlist.rss"))

    @operation("GET", "/v1/people/{person}/watchlist.radarr.json")
    def watchlist_radarr(self, person: str = ME) -> list[dict[str, Any]]:
        """Return the films of the watchlist as a list that Radarr imports."""
        answer = self._ask("GET", _of(person, "watchlist.radarr.json"))
        return msgspec.json.decode(answer.content, type=list[dict[str, Any]])

    def _text(self, path: str) -> str:
        return self._ask("GET", path, headers={"accept": "*/*"}).content.decode()


def _of(person: str, what: str, which: str | None = None) -> str:
    path = f"/v1/people/{segment(person)}/{what}"
    return path if which is None else f"{path}/{segment(which)}"
