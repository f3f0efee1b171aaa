"""What a library knows of its posters, and the models that read pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.query.picture import DEFAULT_ROUTE, DEFAULT_SHARE

if TYPE_CHECKING:
    from collections.abc import Callable

    from matinee.index.pictures import PictureIndex
    from matinee.pictures import SignatureIndex
    from matinee.protocols import Captioner, PictureEncoder


@dataclass(frozen=True, slots=True)
class Pictures:
    """The parts that answer a picture.

    Attributes:
        signatures: recognises posters; None where the library was built without any.
        index: vectors of posters, and of texts in their space; None where no model made any.
        encoder: returns the encoder that made them, loaded at the first call. It raises a
            ModelError that names ``matinee models pull`` where that is not on this machine, also
            where the library has no vectors: then it is the default one.
        captioner: returns the captioner, loaded at the first call.
        route: of a search that names none.
        share: of a picture in a search that names none.
        poster_share: how much posters count in what titles are alike, 0 to 1.
    """

    signatures: SignatureIndex | None
    index: PictureIndex | None
    encoder: Callable[[], PictureEncoder]
    captioner: Callable[[], Captioner]
    route: str = DEFAULT_ROUTE
    share: float = DEFAULT_SHARE
    poster_share: float = 0.0
