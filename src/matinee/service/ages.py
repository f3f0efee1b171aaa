"""Age limits: a library as somebody of an age may see it.

A title suits an age when its certificate asks for no more than that. One whose certificate is
missing or says nothing known suits nobody with a limit, and to them neither is in the library.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, TypeAlias

from fastapi import Depends

from matinee.assembly import Library
from matinee.catalogue.certification import certificate_age
from matinee.catalogue.identity import is_id
from matinee.errors import UnknownTitleError
from matinee.pipeline.recognise import recognise
from matinee.query.conditions import Condition
from matinee.query.request import MAX_K, SearchRequest, check_k
from matinee.service.depends import Opened, Reader  # noqa: TC001 -- read when the app is made

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    import numpy.typing as npt

    from matinee.catalogue.title import Title
    from matinee.pipeline.person import Person
    from matinee.pipeline.recognise import Recognised
    from matinee.pipeline.results import Results
    from matinee.query.conditions import Understood
    from matinee.query.tagger import Slot
    from matinee.types import Picture

_NAMING = frozenset(("like", "title"))
"""Fields of conditions whose values are ids of titles."""
_WIDER = 8
"""How many times more titles alike are asked for where too few of them suit; some one in ten of a
catalogue suits a small child."""


def suitable(library: Library, title: Title | str, max_age: int | None) -> bool:
    """Tell whether a title, or the one with that id, suits an age; an unknown one suits nobody.

    Args:
        library: where an id is looked up.
        title: the title or its id.
        max_age: in years; None for no limit.
    """
    if isinstance(title, str):
        try:
            title = library.title(title)
        except UnknownTitleError:
            return False
    if max_age is None:
        return True
    age = certificate_age(title.certification)
    return age is not None and age <= max_age


def suitable_rows(library: Library, max_age: int) -> npt.NDArray[np.bool_]:
    """Return which rows of the catalogue, bool [n], suit an age."""
    return library.engine.columns.between("age", None, max_age)


def suited_person(library: Library, person: Person, max_age: int | None) -> Person:
    """Return a person without what they did with titles that do not suit an age.

    Those would be named where it is said why something is recommended.
    """
    if max_age is None:
        return person
    kept = (person.rows >= 0) & suitable_rows(library, max_age)[person.rows]
    return replace(
        person,
        rows=person.rows[kept],
        items=person.items[kept],
        actions=person.actions[kept],
        values=person.values[kept],
        times=person.times[kept],
    )


def bounded(request: SearchRequest, max_age: int | None) -> SearchRequest:
    """Return a search whose results all suit an age.

    >>> bounded(SearchRequest("dogs"), 6).filters[0].key
    'age:..6'
    """
    if max_age is None:
        return request
    limit = Condition(field="age", high=max_age, label=f"for {max_age} years")
    return replace(request, filters=(*request.filters, limit))


@dataclass(frozen=True, slots=True)
class Suited:
    """A library as somebody of an age may see it; it answers as :class:`Library` does.

    Attributes:
        library: the whole of it.
        max_age: in years.
    """

    library: Library
    max_age: int

    @property
    def version(self) -> str:
        """Name of the version that answers."""
        return self.library.version

    def __len__(self) -> int:
        return int(suitable_rows(self.library, self.max_age).sum())

    def title(self, title: str) -> Title:
        """Return the title with that id, if it suits.

        Raises:
            UnknownTitleError: there is none, or it does not suit; which of them is not told.
        """
        if is_id(title) and suitable(self.library, title, self.max_age):
            return self.library.title(title)
        raise _unknown(title)

    def search(self, text: str, k: int = 10) -> Results:
        """Return the ``k`` suitable titles that fit a description best."""
        return self.answer(SearchRequest(text, k=k))

    def answer(self, request: SearchRequest) -> Results:
        """Return the answer to a request, of suitable titles."""
        unfit: set[str] = set()
        if request.understand:
            # A wish to resemble a title that is not there for them would tell that there is one.
            read = self.library.parse(request.text).conditions
            unfit = {condition.key for condition in read if not self._may_name(condition)}
        request = replace(request, filters=tuple(map(self._known, request.filters)))
        request = bounded(request, self.max_age)
        found = self.library.answer(replace(request, without={*request.without, *unfit}))
        pictured = found.picture
        if pictured is None or pictured.recognised is None or self._suits(pictured.recognised.id):
            return found
        # Whose poster a picture is, is told whatever was asked for; here it is nobody's.
        return replace(found, picture=replace(pictured, recognised=None))

    def recognise(self, picture: Picture, k: int = 5) -> Recognised:
        """Return the suitable titles whose poster a picture shows.

        Raises:
            QueryError: ``k`` is out of bounds.
        """
        allowed = suitable_rows(self.library, self.max_age)
        return recognise(self.library.engine, picture, k, allowed)

    def parse(self, text: str) -> Understood:
        """Return what a query is taken to ask, without conditions that name unsuitable titles."""
        read = self.library.parse(text)
        return replace(read, conditions=tuple(filter(self._may_name, read.conditions)))

    def slots(self, text: str) -> tuple[Slot, ...]:
        """Return what the slot tagger sees in a query, whatever titles are at hand."""
        return self.library.slots(text)

    def similar(self, title: str, k: int = 10) -> Results:
        """Return the ``k`` suitable titles most like a title with that id.

        Raises:
            QueryError: ``k`` is out of bounds.
            UnknownTitleError: there is no such title, or it does not suit.
        """
        check_k(k)
        film, wanted = self.title(title), k
        while True:
            found = self.library.similar(film.id, wanted)
            kept = [
                replace(result, also=tuple(self._fit(result.also)))
                for result in found
                if self._suits(result.title)
            ]
            if len(kept) >= k or len(found) < wanted or wanted == MAX_K:
                return replace(found, results=tuple(kept[:k]))
            wanted = min(MAX_K, wanted * _WIDER)

    def _known(self, condition: Condition) -> Condition:
        """Return a filter; one that names films to resemble with their ids.

        Raises:
            UnknownTitleError: there is no such title, or it does not suit; what is near is not
                told, for that may not suit either.
        """
        if condition.field != "like":
            return condition
        return replace(condition, values=tuple(named(self, film).id for film in condition.values))

    def _suits(self, title: Title | str) -> bool:
        return suitable(self.library, title, self.max_age)

    def _fit(self, titles: Iterable[Title]) -> Iterable[Title]:
        return filter(self._suits, titles)

    def _may_name(self, condition: Condition) -> bool:
        """Tell whether a condition names suitable titles alone, or none."""
        named = [
            value
            for reading in (condition, *condition.alternatives)
            if reading.field in _NAMING
            for value in reading.values
        ]
        return all(map(self._suits, named))


def _unknown(title: str) -> UnknownTitleError:
    return UnknownTitleError(
        "The library has no such title",
        where=title[:80],
        cure="Give an id such as tmdb:603, or look for the title with a search",
    )


Seen: TypeAlias = Library | Suited
"""A library as who asks may see it."""


def named(library: Seen, film: str) -> Title:
    """Return the title with that id or name, as who asks may see it.

    Raises:
        UnknownTitleError: there is no such title, or it does not suit. What comes near is told
            only to those who may see all, for that may not suit either.
    """
    if not isinstance(library, Suited):
        return library.title(film)
    with suppress(UnknownTitleError):
        title = library.library.title(film)
        if suitable(library.library, title, library.max_age):
            return title
    raise _unknown(film)


def seen_by(library: Library, max_age: int | None) -> Seen:
    """Return a library as somebody with an age limit, or without any, may see it."""
    return library if max_age is None else Suited(library, max_age)


async def seen(library: Opened, caller: Reader) -> Seen:
    """Return the library as who asks may see it."""
    return seen_by(library, caller.max_age)


InSight = Annotated[Seen, Depends(seen)]
