"""The text a title is found by: one document for the encoder, one per field for the word index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.catalogue.countries import country_name, demonyms, region
from matinee.catalogue.languages import language_name

if TYPE_CHECKING:
    from matinee.catalogue.title import Title

_BILLED = 5
"""Actors named in the encoder's document; further ones displace the story in its 256 tokens."""
_EVERYDAY = {
    ("Science Fiction",): "sci-fi scifi",
    ("Comedy", "Romance"): "romcom romantic",
    ("Animation",): "animated cartoon",
}
"""Genres a title must have, and the words that then mean it as well."""
_SUBJECTS = 10
"""Keywords named there, for the same reason; with them more is found in every judged set."""


def encoder_text(title: Title) -> str:
    """Return what the encoder reads: title, story, then the facts people ask for in words.

    Facts come last because the encoder cuts a long text at its end, and the story must stay.
    """
    language = title.languages[0] if title.languages else "en"
    # The texts are in English: naming that language would tell nothing and only stir the vector.
    spoken = language_name(language) if language != "en" else None
    facts = (
        filter(None, (spoken, *title.genres)),
        title.keywords[:_SUBJECTS],
        title.cast[:_BILLED],
        title.directors,
    )
    story = f"{title.title}: {title.overview}" if title.overview else title.title
    parts = [story, *map(", ".join, facts)]
    return ". ".join(part.rstrip(". ") for part in parts if part)


def everyday_genres(title: Title) -> tuple[str, ...]:
    """Return what people call a title's genres, where catalogues use another word.

    >>> from matinee.catalogue.title import Title
    >>> everyday_genres(Title(id="local:1", title="x", genres=("Romance", "Comedy")))
    ('romcom romantic',)
    """
    genres = set(title.genres)
    names = [words for needed, words in _EVERYDAY.items() if genres.issuperset(needed)]
    if "Animation" in genres and title.languages[:1] == ("ja",):
        names.append("anime")
    return tuple(names)


def when(year: int) -> str:
    """Return the ways people name the time of a film.

    >>> when(1994)
    '1994 1990s 90s'
    """
    decade = year // 10 * 10
    return f"{year} {decade}s {decade % 100:02d}s"


def lexical_fields(title: Title) -> dict[str, str]:
    """Return the text of each field of the word index; a field without text is left out."""
    origin = [language_name(code) or "" for code in title.languages]
    for code in title.countries:
        origin += [country_name(code) or "", *demonyms(code), region(code) or ""]
    fields = {
        "title": " ".join(filter(None, (title.title, title.original_title))),
        "overview": title.overview or "",
        "tagline": title.tagline or "",
        "genres": " ".join((*title.genres, title.kind, *everyday_genres(title))),
        "keywords": " ".join(title.keywords),
        "people": " ".join((*title.directors, *title.cast, *title.writers)),
        "when": when(title.year) if title.year is not None else "",
        # A word twice here would count twice; "Japanese" is both a language and a demonym.
        "origin": " ".join(dict.fromkeys(filter(None, origin))),
    }
    return {name: text for name, text in fields.items() if text}


def rerank_text(title: Title) -> str:
    """Return what a cross-encoder reads beside the query: name, year, genres, story.

    The story comes last: a text too long for the model is cut at its end, and the name must stay.

    >>> from matinee.catalogue.title import Title
    >>> film = Title(id="local:1", title="Heat", year=1995, genres=("Crime",), overview="A thief.")
    >>> rerank_text(film)
    'Heat (1995). Crime. A thief.'
    """
    name = title.title if title.year is None else f"{title.title} ({title.year})"
    parts = (name, ", ".join(title.genres), title.overview or "")
    return " ".join(f"{part.rstrip('. ')}." for part in parts if part)
