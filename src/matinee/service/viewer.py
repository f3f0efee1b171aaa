"""Who looks at a page, and what they may see: what the pages take from a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from matinee.service import views
from matinee.service.ages import Seen, seen_by
from matinee.service.depends import Opened, Reader, Stored  # noqa: TC001 -- read by FastAPI
from matinee.service.routes.people_serving import People, recall
from matinee.service.scene import scene

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matinee.assembly import Library
    from matinee.catalogue.title import Title
    from matinee.service.caller import Caller
    from matinee.service.histories import Known
    from matinee.service.look import Look
    from matinee.service.marks import KeptMarks, Marks
    from matinee.store import Store


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody at a page.

    Attributes:
        library: as they may see it.
        whole: the library itself; what it says of titles above their age limit is not for them.
        store: where what they did is kept.
        caller: who it is, and what they may do.
        known: what they did, by rows of the library; without titles above their age limit.
        marks: the same by title, with the watchlist.
        look: what they chose about the pages.
    """

    library: Seen
    whole: Library
    store: Store
    caller: Caller
    known: Known
    marks: Marks
    look: Look

    @property
    def degraded(self) -> tuple[str, ...]:
        """What could not be read of them, as sentences."""
        return tuple(dict.fromkeys(filter(None, (self.known.degraded, self.marks.degraded))))

    def card(self, title: Title, why: tuple[views.Why, ...] = ()) -> views.Card:
        """Return the card of a title, with what they did with it."""
        return views.card(title, why, self.marks.of(title))

    def cards(self, titles: Iterable[Title]) -> list[views.Card]:
        """Return the cards of titles."""
        return [self.card(title) for title in titles]

    def out_of_sight(self, title: Title) -> bool:
        """Tell whether a title is not to be shown: hidden, or seen where that is left out."""
        mark = self.marks.of(title)
        return mark.hidden or (mark.seen and not self.look.show_seen)


def viewer(
    request: Request, library: Opened, caller: Reader, store: Stored, people: People
) -> Viewer:
    """Return who looks at a page."""
    return viewer_of(request, library, caller, store, people)


def viewer_of(
    request: Request, library: Library, caller: Caller, store: Store, people: People
) -> Viewer:
    """Return who looks at a page. May block."""
    known = recall(request, people, store, library, caller.person)
    kept: KeptMarks = request.app.state.marks
    marks = kept.get(store, library, caller.person, known)
    seen = seen_by(library, caller.max_age)
    return Viewer(seen, library, store, caller, known, marks, scene().look)


Viewing = Annotated[Viewer, Depends(viewer)]
