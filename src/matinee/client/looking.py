"""Finding titles by a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from matinee.client.pictures import PictureResults, Recognised
from matinee.client.wire import Wire, commas, decoded, operation
from matinee.errors import PictureError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

T = TypeVar("T")


class Looking(Wire):
    """The part of a client that shows pictures to the server."""

    @operation("POST", "/v1/search/picture")
    def search_by_picture(
        self,
        picture: str | os.PathLike[str] | bytes,
        q: str = "",
        k: int | None = None,
        *,
        route: str | None = None,
        share: float | None = None,
        caption: str | None = None,
        join: bool | None = None,
        filter: Iterable[str] = (),
        fields: Iterable[str] | str | None = None,
        knobs: Mapping[str, float | str] | None = None,
        **params: Any,
    ) -> PictureResults:
        """Return the titles that a picture, and words beside it, fit best.

        Args:
            picture: its file or its bytes. The server keeps neither.
            q: what else somebody feels like watching.
            k: how many.
            route: what it is searched by: ``embedding``, ``caption`` or ``both``.
            share: how much it counts beside the words, 0 to 1.
            caption: what it shows in words, instead of what the captioner would say.
            join: whether caption and words are searched for as one text.
            filter: conditions every result satisfies, such as ``year:1990..1999``.
            fields: names of what is wanted of each result; the id always comes.
            knobs: others by name, such as ``mmr_lambda``.
            params: the other arguments of :meth:`search`, such as ``method`` and ``explain``.

        Raises:
            PictureError: there is no such file; or, as all that follows, from the server: it is
                no picture, or too large.
            ModelUnavailableError: the model that reads pictures is not on the server.
            ClientError: see :mod:`matinee.client.errors`.
        """
        form = {
            "q": q,
            "k": k,
            "route": route,
            "share": share,
            "caption": caption,
            "join": join,
            "filter": list(filter),
            "fields": commas(fields),
            **params,
            **(knobs or {}),
        }
        return self._show(PictureResults, "/v1/search/picture", picture, form)

    @operation("POST", "/v1/pictures/recognise")
    def recognise(
        self, picture: str | os.PathLike[str] | bytes, k: int | None = None
    ) -> Recognised:
        """Return the titles whose poster a picture shows; the server needs no model for it.

        Raises:
            PictureError: as for :meth:`search_by_picture`.
            LibraryUnavailableError: the server's library knows no posters.
        """
        return self._show(Recognised, "/v1/pictures/recognise", picture, {"k": k})

    def _show(
        self,
        shape: type[T],
        path: str,
        picture: str | os.PathLike[str] | bytes,
        form: dict[str, Any],
    ) -> T:
        # Nothing is changed by looking at a picture, so it may be sent again.
        answer = self._ask("POST", path, form=form, file=_bytes(picture), again=True)
        return decoded(answer, shape)


def _bytes(picture: str | os.PathLike[str] | bytes) -> bytes:
    if isinstance(picture, bytes):
        return picture
    try:
        return Path(picture).read_bytes()
    except OSError as error:
        raise PictureError(
            f"The picture cannot be read: {error.strerror or error}",
            where=str(picture)[:200],
            cure="Give the path of a picture, or its bytes",
        ) from error
