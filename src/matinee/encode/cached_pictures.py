"""What was made of the latest pictures, kept: people page, sort and change their words."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matinee.protocols import Captioner, PictureEncoder
    from matinee.types import Matrix, Picture, PictureEncoderSpec, Vector

T = TypeVar("T")

_PICTURES = 1_024
"""A vector of CLIP takes 2 kB, a caption less."""


class Latest(Generic[T]):
    """The values of the keys asked for last; may be used from many threads at once.

    Not ``lru_cache``: its key would be the picture, and a megabyte of pixels with it.

    Args:
        size: values kept.
    """

    def __init__(self, size: int = _PICTURES) -> None:
        self._size = size
        self._kept: OrderedDict[str, T] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str, make: Callable[[], T]) -> T:
        """Return the value of a key, made now if it is not kept; what fails is not kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        # Made outside of the lock: a caption takes seconds, and nobody else has to wait for it.
        value = make()
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return value


class CachedPictureEncoder:
    """Keeps the vectors of the latest single pictures; implements ``PictureEncoder``.

    Args:
        encoder: makes the vectors.
        size: pictures kept.
    """

    def __init__(self, encoder: PictureEncoder, size: int = _PICTURES) -> None:
        self._encoder = encoder
        self._latest: Latest[Vector] = Latest(size)

    @property
    def spec(self) -> PictureEncoderSpec:
        """What a library must remember of the encoder."""
        return self._encoder.spec

    def encode_pictures(self, pictures: Sequence[Picture]) -> Matrix:
        """Return the vectors of pictures, float32 [n, d]; those of several are not kept."""
        if len(pictures) != 1:
            return self._encoder.encode_pictures(pictures)
        return self._latest.get(pictures[0].digest, lambda: self._one(pictures[0]))[None]

    def encode_texts(self, texts: Sequence[str]) -> Matrix:
        """Return the vectors of texts, float32 [n, d]; these are not kept.

        Raises:
            ModelError: the model reads no text.
        """
        return self._encoder.encode_texts(texts)

    def _one(self, picture: Picture) -> Vector:
        vector: Vector = self._encoder.encode_pictures([picture])[0]
        vector.flags.writeable = False
        return vector


class CachedCaptioner:
    """Keeps what was said of the latest pictures; implements ``Captioner``.

    Args:
        captioner: says it.
        size: pictures kept.
    """

    def __init__(self, captioner: Captioner, size: int = _PICTURES) -> None:
        self._captioner = captioner
        self._latest: Latest[str] = Latest(size)

    @property
    def name(self) -> str:
        """The public name of the model."""
        return self._captioner.name

    def caption(self, picture: Picture) -> str:
        """Return one sentence.

        Raises:
            ModelError: the model failed, or had nothing to say.
        """
        return self._latest.get(picture.digest, lambda: self._captioner.caption(picture))
