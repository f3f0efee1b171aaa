"""A log of finished work: what makes a build resumable and a rebuild cheap.

A record is ``key (16 bytes) | content (n bytes) | CRC-32 of both (4 bytes)``. Records are only ever
appended, so a build killed at any moment leaves at worst one torn record at the end, which the
checksum finds and the next run drops. The key is a hash of what was worked on and of who worked on
it, so a result is found again by what it is a result of, whatever row it stood in.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

KEY_BYTES = 16
_CRC_BYTES = 4


def content_keys(maker: str, contents: Iterable[bytes]) -> list[bytes]:
    """Return the 16-byte key of each content.

    Args:
        maker: what decides what is made of a content, such as the fingerprint of a model.
        contents: what it is made of.
    """
    base = hashlib.blake2b(maker.encode(), digest_size=KEY_BYTES)
    keys = []
    for content in contents:
        digest = base.copy()
        digest.update(content)
        keys.append(digest.digest())
    return keys


class RecordLog:
    """An append-only file of contents of one length, by key.

    Args:
        path: the file; it need not exist.
        length: bytes of a content.
    """

    def __init__(self, path: Path, length: int) -> None:
        self.path = path
        self._size = KEY_BYTES + length + _CRC_BYTES

    def read(self) -> dict[bytes, bytes]:
        """Return all whole records; the file is left as it is."""
        return self._scan()[0]

    def recover(self) -> dict[bytes, bytes]:
        """Return all whole records, and cut off what follows the last of them.

        For the writer alone: what is appended after a torn record would be lost. A log that is
        only read from may hold contents of another length, and must not be cut to what is
        understood of it.
        """
        found, good = self._scan()
        if self.path.exists() and self.path.stat().st_size != good:
            with self.path.open("r+b") as stream:
                stream.truncate(good)
        return found

    def append(self, keys: Iterable[bytes], contents: Iterable[bytes]) -> None:
        """Append contents under their keys.

        Raises:
            ValueError: a content has another length, which no reader would understand.
        """
        records = bytearray()
        for key, content in zip(keys, contents, strict=True):
            body = key + content
            if len(body) + _CRC_BYTES != self._size:
                raise ValueError(f"the record has {len(body)} bytes")
            records += body + zlib.crc32(body).to_bytes(_CRC_BYTES, "little")
        with self.path.open("ab") as stream:
            stream.write(records)

    def _scan(self) -> tuple[dict[bytes, bytes], int]:
        found: dict[bytes, bytes] = {}
        good = 0
        data = self.path.read_bytes() if self.path.exists() else b""
        for start in range(0, len(data) - self._size + 1, self._size):
            body = data[start : start + self._size - _CRC_BYTES]
            crc = data[start + self._size - _CRC_BYTES : start + self._size]
            if zlib.crc32(body) != int.from_bytes(crc, "little"):
                break
            found[body[:KEY_BYTES]] = body[KEY_BYTES:]
            good = start + self._size
        return found, good
