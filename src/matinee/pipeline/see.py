"""What is known of a picture before anything is searched: whose poster it is, vector, caption.

One model turns it into a vector, another describes it in words, as the route wants; whatever the
route, it is also looked up among the posters of the library, which needs no model.

The words of a request are never compared with posters, though a model that reads text could: how
near texts and pictures lie in its space differs from how near pictures lie, nothing of it was
measured here, and a share between picture and words would no longer say what it weighs.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.errors import (
    LibraryError,
    MatineeError,
    MissingExtraError,
    ModelError,
    QueryError,
)
from matinee.pipeline.results import PictureSeen, SeenTitle
from matinee.query.picture import check_join

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matinee.pictures.signature_index import PosterMatch
    from matinee.pipeline.engine import Engine
    from matinee.query.picture import PictureQuery
    from matinee.query.request import SearchRequest
    from matinee.types import Picture, Vector

_log = logging.getLogger("matinee.pipeline")

_MATCHES = 5
"""Posters of the library a picture may be; several titles of a series share one."""
WITHOUT: Mapping[str, str] = {
    "pictures": "The picture was searched for by its caption alone",
    "captions": "The picture was searched for by its vector alone",
}
"""What is left of the route ``both`` where one half is out of order."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a picture before anything is searched.

    Attributes:
        told: what the answer says of it.
        weight: what its lists weigh together, 0 to 1.
        words_weight: what the lists of the words weigh together, 0 to 1; 0 without words.
        matches: titles whose poster it may be, best first.
        vector: of the picture, None where no model was asked.
        caption: what is to be searched for as the picture's own, empty where that is nothing.
        notes: what is out of order, as sentences.
        lacking: the same for programs: "pictures", "captions".
    """

    told: PictureSeen
    weight: float
    words_weight: float
    matches: tuple[PosterMatch, ...]
    vector: Vector | None
    caption: str
    notes: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether the picture changes what is found, and is not only told of."""
        return self.weight > 0 or self.told.joined


def see(engine: Engine, request: SearchRequest, asked: PictureQuery) -> Seen:
    """Look at the picture of a request.

    Args:
        engine: an open library.
        request: the request.
        asked: its picture, and what that is to do.

    Raises:
        QueryError: the route makes no caption, and words are to be joined with one, or the
            cross-encoder has nothing else to read.
        ModelError: the model of the route is not at hand, or failed.
        MissingExtraError: what runs the captioner is not installed.
        LibraryError: the library has no vectors to compare the picture's with, or those of
            another model.

    Of the route ``both`` one half may fail, and the answer says so.
    """
    pictures = engine.pictures
    route, with_words = asked.route or pictures.route, bool(request.text.strip())
    # Films to resemble say what is wanted as words do, and share the weight with the picture.
    besides = with_words or any(condition.field == "like" for condition in request.filters)
    share = pictures.share if asked.share is None else float(asked.share)
    if asked.join:
        check_join(route)
    if request.method == "ce" and not with_words and route == "embedding" and not asked.caption:
        raise QueryError(
            "The cross-encoder reads words, and the picture comes without any",
            cure="Add words, or use the route caption or both, or another method",
        )
    vector, model, captioner = None, None, None
    caption = asked.caption and asked.caption.strip()
    failed: dict[str, MatineeError] = {}
    if route != "caption":
        try:
            vector, model = _encoded(engine, asked.picture)
        except (ModelError, LibraryError) as error:
            if route == "embedding":
                raise
            failed["pictures"] = error
    if route != "embedding" and caption is None:
        try:
            maker = pictures.captioner()
            caption, captioner = maker.caption(asked.picture), maker.name
        except (ModelError, MissingExtraError) as error:
            if "pictures" in failed:
                raise failed["pictures"] from error
            if route == "caption" or (request.method == "ce" and not with_words):
                raise
            failed["captions"] = error
    for half, failure in failed.items():
        _log.warning("A search by picture lacks %s: %s", half, failure)
    matches = pictures.signatures.lookup(asked.picture, _MATCHES) if pictures.signatures else ()
    joined = with_words and asked.join and caption is not None and (vector is None or share < 1)
    # Where all is one text and there is no vector, a share has nothing to weigh.
    weights = (1.0, 1.0) if joined and vector is None else (share, 1.0 - share)
    return Seen(
        told=PictureSeen(
            route=route,
            model=model,
            caption=caption,
            captioner=captioner,
            share=share,
            joined=joined,
            recognised=_recognised(engine, matches),
        ),
        weight=weights[0] if besides else 1.0,
        words_weight=weights[1] if besides else 0.0,
        matches=matches,
        vector=vector,
        caption="" if joined or caption is None or route == "embedding" else caption,
        notes=tuple(without(half, failure) for half, failure in failed.items()),
        lacking=tuple(failed),
    )


def without(half: str, failure: MatineeError) -> str:
    """Return the note that a half of the picture is missing, why, and the cure.

    Where it failed is not told: that may be a path of the server.
    """
    cure = f". {failure.cure}" if failure.cure else ""
    return f"{WITHOUT[half]}: {failure.what}{cure}"


def _encoded(engine: Engine, picture: Picture) -> tuple[Vector, str]:
    """Return the picture's vector, and the name of the model; the model is looked for first."""
    encoder, index = engine.pictures.encoder(), engine.pictures.index
    if index is None:
        raise no_poster_vectors(engine)
    return encoder.encode_pictures([picture])[0], encoder.spec.name


def no_poster_vectors(engine: Engine) -> LibraryError:
    """Return the error that tells that a library has none."""
    return LibraryError(
        "This library has no vectors of posters",
        where=engine.manifest.version,
        cure="Build it with posters: matinee build SOURCES --posters FOLDER",
    )


def _recognised(engine: Engine, matches: tuple[PosterMatch, ...]) -> SeenTitle | None:
    if not matches:
        return None
    title = engine.catalogue.title(matches[0].row)
    return SeenTitle(title.id, title.title, title.year, matches[0].similarity)
