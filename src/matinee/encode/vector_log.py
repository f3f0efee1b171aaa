"""A log of finished vectors: what makes a build resumable and a rebuild cheap.

A record is ``key (16 bytes) | vector (2 d bytes, float16) | CRC-32 of both (4 bytes)``. Records are
only ever appended, so a build killed at any moment leaves at worst one torn record at the end,
which the checksum finds and the next run drops. The key is a hash of the encoder's fingerprint and
the text, so a vector is found again by what it is a vector of, whatever row it stood in.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import numpy.typing as npt

    from matinee.types import EncoderSpec

KEY_BYTES = 16
_CRC_BYTES = 4


def document_keys(spec: EncoderSpec, texts: Iterable[str]) -> list[bytes]:
    """Return the 16-byte key of each text under an encoder."""
    base = hashlib.blake2b(digest_size=KEY_BYTES)
    base.update(f"{spec.fingerprint}\0{spec.document_prefix}\0".encode())
    keys = []
    for text in texts:
        digest = base.copy()
        digest.update(text.encode("utf-8", "replace"))
        keys.append(digest.digest())
    return keys


class VectorLog:
    """An append-only file of vectors by key.

    Args:
        path: the file; it need not exist.
        dimension: length of a vector.
    """

    def __init__(self, path: Path, dimension: int) -> None:
        self.path = path
        self.dimension = dimension
        self._size = KEY_BYTES + 2 * dimension + _CRC_BYTES

    def read(self) -> dict[bytes, npt.NDArray[np.float16]]:
        """Return all whole records; the file is left as it is."""
        return self._scan()[0]

    def recover(self) -> dict[bytes, npt.NDArray[np.float16]]:
        """Return all whole records, and cut off what follows the last of them.

        For the writer alone: what is appended after a torn record would be lost. A log that is
        only read from may be another encoder's, and must not be cut to what this one understands.
        """
        found, good = self._scan()
        if self.path.exists() and self.path.stat().st_size != good:
            with self.path.open("r+b") as stream:
                stream.truncate(good)
        return found

    def _scan(self) -> tuple[dict[bytes, npt.NDArray[np.float16]], int]:
        found: dict[bytes, npt.NDArray[np.float16]] = {}
        good = 0
        data = self.path.read_bytes() if self.path.exists() else b""
        for start in range(0, len(data) - self._size + 1, self._size):
            body = data[start : start + self._size - _CRC_BYTES]
            crc = data[start + self._size - _CRC_BYTES : start + self._size]
            if zlib.crc32(body) != int.from_bytes(crc, "little"):
                break
            found[body[:KEY_BYTES]] = np.frombuffer(body, np.float16, offset=KEY_BYTES)
            good = start + self._size
        return found, good

    def append(self, keys: Iterable[bytes], vectors: npt.NDArray[np.float16]) -> None:
        """Append vectors, float16 [n, d], under their keys."""
        records = bytearray()
        for key, vector in zip(keys, np.ascontiguousarray(vectors, np.float16), strict=True):
            body = key + vector.tobytes()
            records += body + zlib.crc32(body).to_bytes(_CRC_BYTES, "little")
        with self.path.open("ab") as stream:
            stream.write(records)
