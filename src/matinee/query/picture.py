"""What a picture in a search is to do, checked when it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from matinee.errors import QueryError
from matinee.types import Route

if TYPE_CHECKING:
    from matinee.types import Picture

ROUTES: tuple[str, ...] = get_args(Route)
DEFAULT_ROUTE: Route = "embedding"
DEFAULT_SHARE = 0.5
"""Picture and words count alike until somebody measures better with models of their own."""
MAX_CAPTION = 1_000
"""Characters; BLIP writes some sixty."""


@dataclass(frozen=True, slots=True)
class PictureQuery:
    """A picture to search by.

    Attributes:
        picture: the picture.
        route: ``embedding`` (its vector against those of posters and texts), ``caption`` (it is
            described in words, and these are searched for) or ``both``, fused; None means that of
            the settings.
        share: how much the picture counts where there are words too, 0 to 1; None means that of
            the settings. What the words demand or wish counts whatever the share.
        caption: what the picture shows, in words, instead of what the captioner would say. The
            route ``embedding`` does not search for it.
        join: put caption and words together and search for them as one text, instead of fusing
            what each of them finds; the route must make a caption. The share then weighs the
            picture's vector against that text, where the route has both.

    Raises:
        QueryError: naming the value and its bounds.
    """

    picture: Picture
    route: str | None = None
    share: float | None = None
    caption: str | None = None
    join: bool = False

    def __post_init__(self) -> None:
        if self.route is not None and self.route not in ROUTES:
            raise QueryError(
                f"There is no route {self.route!r:.60}", cure=f"Use one of: {', '.join(ROUTES)}"
            )
        if self.join and self.route is not None:
            check_join(self.route)
        if self.share is not None:
            check_share(self.share)
        if self.caption is None:
            return
        if not isinstance(self.caption, str):
            raise QueryError(f"The caption is a {type(self.caption).__name__}", cure="Give a text")
        if not 0 < len(self.caption.strip()) <= MAX_CAPTION:
            raise QueryError(
                f"The caption has {len(self.caption.strip()):,} characters",
                cure=f"Give 1 to {MAX_CAPTION:,}, or none to have the picture described",
            )


def picture_query(
    picture: Picture | None,
    *,
    route: str | None = None,
    share: float | None = None,
    caption: str | None = None,
    join: bool = False,
) -> PictureQuery | None:
    """Return what a picture is to do in a search, None where there is no picture.

    Raises:
        QueryError: an argument is out of its bounds, or says something of no picture.
    """
    if picture is not None:
        return PictureQuery(picture, route=route, share=share, caption=caption, join=join)
    given = {"route": route, "share": share, "caption": caption, "join": join or None}
    for name, value in given.items():
        if value is not None:
            raise QueryError(
                f"{name} is said of a picture, and there is none", cure="Give a picture as well"
            )
    return None


def check_join(route: str) -> None:
    """Check that a route makes a caption that can be joined with words.

    Raises:
        QueryError: it does not.
    """
    if route == "embedding":
        raise QueryError(
            "The route embedding makes no caption to join with the words",
            cure="Use the route caption or both",
        )


def check_share(share: object) -> float:
    """Return a share, of pictures beside words or of posters beside all else, as a number.

    Raises:
        QueryError: it is not a number from 0 to 1.
    """
    # bool is an int to Python; callers without a type checker may pass anything at all.
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise QueryError(f"The share is {share!r:.40}", cure="Give a number from 0 to 1")
    return float(share)
