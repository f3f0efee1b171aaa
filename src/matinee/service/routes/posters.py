"""Posters: the picture of a title where the server has one, else the drawn one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from matinee.service import art, assets, posters
from matinee.service.ages import InSight  # noqa: TC001 -- read by FastAPI
from matinee.service.art_picture import MEDIA_TYPE
from matinee.service.depends import Reader, find

if TYPE_CHECKING:
    from matinee.catalogue.title import Title
    from matinee.service.caller import Caller

router = APIRouter(include_in_schema=False)

_DRAWN = "image/svg+xml"


@router.get("/poster/{title_id}.svg")
def drawn(
    request: Request, library: InSight, caller: Reader, title_id: str, v: str = ""
) -> Response:
    """Return the drawn poster of a title, whether there is a picture or not."""
    film = find(library, title_id)
    body = _drawing(film)
    return _private(caller, assets.cached(request, body, _DRAWN, fresh=v == posters.stamp(film)))


@router.get("/poster/{title_id}")
def poster(
    request: Request, library: InSight, caller: Reader, title_id: str, v: str = ""
) -> Response:
    """Return the picture of a title, or the drawn poster while there is none."""
    film = find(library, title_id)
    pictures = art.shown()
    found = None if pictures is None else pictures.picture(film)
    if found is not None:
        body, stamp = found
        answer = assets.cached(request, body, MEDIA_TYPE, fresh=v == stamp)
    else:
        answer = assets.cached(request, _drawing(film), _DRAWN, fresh=False)
        if pictures is not None and v == posters.stamp(film):
            # Until the page is opened again, whose address is then that of the picture.
            seconds = pictures.seconds_without(film)
            answer.headers["cache-control"] = f"public, max-age={seconds}"
    return _private(caller, answer)


def _drawing(film: Title) -> bytes:
    return posters.compose(film).svg.encode()


def _private(caller: Caller, answer: Response) -> Response:
    if caller.via != "local":
        # What one person may see is not for a cache to show another, who may be a child.
        kept = answer.headers["cache-control"].replace("public", "private")
        answer.headers.update({"cache-control": kept, "vary": "Cookie, Authorization"})
    return answer
