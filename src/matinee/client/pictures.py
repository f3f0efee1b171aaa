"""What the server answers to a picture, as values."""

from __future__ import annotations

from msgspec import Struct

from matinee.client.answers import Answer, SearchResults


class PosterMatch(Struct, frozen=True, kw_only=True):
    """A title whose poster a picture shows; ``similarity`` is in [0, 1]."""

    id: str
    title: str = ""
    year: int | None = None
    similarity: float = 0.0


class PictureSeen(Struct, frozen=True, kw_only=True):
    """What became of the picture of a search.

    Attributes:
        route: what it was searched by: ``embedding``, ``caption`` or ``both``.
        model: of the vectors that were compared, None where none were.
        caption: what it shows in words, None where these were not searched for.
        captioner: the model that said so, None where the caption was given.
        share: how much it counted beside the words, 0 to 1.
        joined: whether caption and words were searched for as one text.
        recognised: the title whose poster it is, None where it is none.
    """

    route: str = ""
    model: str | None = None
    caption: str | None = None
    captioner: str | None = None
    share: float = 0.0
    joined: bool = False
    recognised: PosterMatch | None = None


class PictureResults(SearchResults, frozen=True, kw_only=True):
    """Titles that fit a picture, and words beside it, the best first."""

    picture: PictureSeen | None = None


class Recognised(Answer, frozen=True, kw_only=True):
    """The titles whose poster a picture shows, the best first; empty where it is none."""

    matches: tuple[PosterMatch, ...] = ()
    took_ms: float = 0.0
