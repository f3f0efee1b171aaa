"""A log of finished vectors: a :class:`~matinee.encode.record_log.RecordLog` of float16."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matinee.encode.record_log import KEY_BYTES, RecordLog, content_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import numpy.typing as npt

    from matinee.types import EncoderSpec

__all__ = ["KEY_BYTES", "VectorLog", "document_keys"]


def document_keys(spec: EncoderSpec, texts: Iterable[str]) -> list[bytes]:
    """Return the 16-byte key of each text under an encoder."""
    maker = f"{spec.fingerprint}\0{spec.document_prefix}\0"
    return content_keys(maker, (text.encode("utf-8", "replace") for text in texts))


class VectorLog:
    """An append-only file of vectors by key.

    Args:
        path: the file; it need not exist.
        dimension: length of a vector.
    """

    def __init__(self, path: Path, dimension: int) -> None:
        self.path = path
        self._log = RecordLog(path, 2 * dimension)

    def read(self) -> dict[bytes, npt.NDArray[np.float16]]:
        """Return all whole records; the file is left as it is."""
        return _vectors(self._log.read())

    def recover(self) -> dict[bytes, npt.NDArray[np.float16]]:
        """Return all whole records, and cut off what follows the last of them; for the writer."""
        return _vectors(self._log.recover())

    def append(self, keys: Iterable[bytes], vectors: npt.NDArray[np.float16]) -> None:
        """Append vectors, float16 [n, d], under their keys."""
        half = np.ascontiguousarray(vectors, np.float16)
        self._log.append(keys, (vector.tobytes() for vector in half))


def _vectors(records: Mapping[bytes, bytes]) -> dict[bytes, npt.NDArray[np.float16]]:
    return {key: np.frombuffer(content, np.float16) for key, content in records.items()}
