"""Finished work on pictures: found again by what it was made of and by what made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.encode.record_log import RecordLog, content_keys
from matinee.index.pictures import POSTERS, TEXTS
from matinee.pictures.signature import SIGNATURE_BYTES, SIGNATURE_VERSION
from matinee.pipeline.pictures_card import SIGNATURES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matinee.pipeline.pictures_files import LivePictures, Made
    from matinee.types import PictureEncoderSpec


class Shelf:
    """Finished work of one kind, by key: what is at hand, and what is made and logged at once.

    Args:
        log: what an earlier run made is in it, and what this one makes.
        maker: what the keys say made it, such as the fingerprint of a model.
        kept: what the live version has.
    """

    def __init__(self, log: RecordLog, maker: str, kept: Mapping[bytes, bytes]) -> None:
        self._log = log
        self._maker = maker
        self._known = dict(kept) | log.recover()

    def __contains__(self, key: bytes) -> bool:
        return key in self._known

    def keys(self, contents: Sequence[bytes]) -> list[bytes]:
        """Return the keys of what is to be made of contents."""
        return content_keys(self._maker, contents)

    def add(self, keys: Sequence[bytes], made: Sequence[bytes]) -> None:
        """Put work there, so that neither this run nor the next has to do it."""
        self._log.append(keys, made)
        self._known.update(zip(keys, made, strict=True))

    def there(self, wanted: Mapping[int, bytes]) -> Made:
        """Return what is at hand of the keys wanted for rows, by row."""
        return [(r, key, self._known[key]) for r, key in sorted(wanted.items()) if key in self]


class Work:
    """The finished work of a build: signatures and, where a model makes any, vectors.

    Args:
        folder: of the logs.
        spec: of what makes the vectors; None where nothing does.
        before: the pictures of the live version.
    """

    def __init__(
        self, folder: Path, spec: PictureEncoderSpec | None, before: LivePictures | None
    ) -> None:
        def shelf(kind: str, length: int, maker: str) -> Shelf:
            kept = {} if before is None else before.by_key(kind)
            log = RecordLog(folder / f"pictures-{kind}.log", length)
            return Shelf(log, f"{maker}\0{kind}\0", kept)

        self.spec = spec
        self.signatures = shelf(SIGNATURES, SIGNATURE_BYTES, SIGNATURE_VERSION)
        self.posters = self.texts = None
        if spec is not None:
            self.posters = shelf(POSTERS, 2 * spec.dimension, spec.fingerprint)
            self.texts = shelf(TEXTS, 2 * spec.dimension, spec.fingerprint)
