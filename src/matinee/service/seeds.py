"""Films that results are to resemble, as somebody typed them: names or ids, looked up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from matinee.catalogue.words import plain_words
from matinee.errors import QueryError, UnknownTitleError
from matinee.query.conditions import Condition
from matinee.service.ages import named
from matinee.service.scene import gettext

if TYPE_CHECKING:
    from matinee.catalogue.title import Title
    from matinee.service.ages import Seen
    from matinee.service.forms import SearchForm

MAX_FILMS = 10
"""Films to resemble; each name is looked up, and the middle of more is near to nothing."""
_COMMAS = 3
"""Commas a name may hold, as that of "The Good, the Bad and the Ugly" does."""


def with_films(library: Seen, form: SearchForm) -> SearchForm:
    """Return a form with its films looked up: by their ids among its filters, with their names.

    Raises:
        UnknownTitleError: one of them is not in the library, naming what comes near.
        QueryError: there are too many.
    """
    if not form.films.strip() and not form.likes:
        return form
    given = [value for condition in form.likes for value in condition.values]
    films = [named(library, film) for film in given]
    films += read_films(library, form.films)
    likes = {film.id: _like(film) for film in films}
    if len(likes) > MAX_FILMS:
        raise QueryError(
            f"There are {len(likes)} films to resemble", cure=f"Give {MAX_FILMS} at most"
        )
    others = tuple(condition for condition in form.filters if condition.field != "like")
    return replace(form, films="", filters=(*others, *likes.values()))


def read_films(library: Seen, text: str) -> list[Title]:
    """Return the films of a text, with commas or line ends between them; names may hold commas.

    Raises:
        UnknownTitleError: one of them is not in the library, naming what comes near.
        QueryError: there are too many.
    """
    found = []
    for line in text.splitlines():
        parts = [part for part in map(str.strip, line.split(",")) if part]
        if len(parts) > MAX_FILMS * (_COMMAS + 1):
            raise QueryError("That are too many films", cure=f"Give {MAX_FILMS} at most")
        while parts:
            film, used = _first(library, parts)
            found.append(film)
            parts = parts[used:]
    return found


def _first(library: Seen, parts: list[str]) -> tuple[Title, int]:
    """Return the film that parts between commas begin with, and how many of them its name takes."""
    for used in range(min(len(parts), _COMMAS + 1), 1, -1):
        name = ", ".join(parts[:used])
        try:
            film = named(library, name)
        except UnknownTitleError:
            continue
        # Two films one after the other are not to be taken for the misspelt name of a third.
        if plain_words(name) in (plain_words(film.title), plain_words(film.original_title or "")):
            return film, used
    return named(library, parts[0]), 1


def _like(film: Title) -> Condition:
    label = gettext("like %(title)s") % {"title": film.title}
    return Condition(field="like", values=(film.id,), hard=False, label=label)
