"""Opening files: by their first bytes, as a stream, with limits, and with errors one can act on."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, AnyStr, BinaryIO, TextIO, cast

from matinee.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from _typeshed import WriteableBuffer

MAX_UNPACKED = 4 * 2**30
"""Bytes a .gz may grow to; the largest public catalogue (IMDb) has 1 GB."""
MAX_RATIO = 200
"""Times a file may grow as it is unpacked. Tables and JSON grow to three to twenty times their
size; what grows more says the same thing over and over, and each time would be a row in memory."""
RATIO_FROM = 2**17
"""Bytes unpacked before that is asked: less does no harm."""
SAMPLE_BYTES = 256 * 1024
"""Read to recognise a format; holds the longest header and the first objects of any known one."""
STRAY = 16
BINARY_SHARE = 0.01
"""A text may hold a stray NUL; with more, and more than one byte in a hundred, it is no text."""
MAX_LINE = 8 * 2**20
"""Characters; a packed file can hold one line of gigabytes, and a line is held in memory."""
_CHUNK = 1 << 20
_SIP = 1 << 10

_MAGIC = {
    b"PK\x03\x04": ("a zip archive", "Unpack it and give the folder"),
    b"PK\x05\x06": ("an empty zip archive", "Give the file that belongs in it"),
    b"BZh": ("a bzip2 archive", "Unpack it with: bunzip2 FILE"),
    b"\xfd7zXZ\x00": ("an xz archive", "Unpack it with: unxz FILE"),
    b"\x28\xb5\x2f\xfd": ("a zstd archive", "Unpack it with: unzstd FILE"),
    b"7z\xbc\xaf\x27\x1c": ("a 7-Zip archive", "Unpack it and give the folder"),
    b"SQLite format 3\x00": ("an SQLite database", "Export its table of titles as CSV"),
    b"\xd0\xcf\x11\xe0": ("an old Excel file", "Save it as CSV UTF-8"),
    b"%PDF": ("a PDF", "Give the table it was made from"),
}
_UTF16 = ((b"\xff\xfe", "utf-16le"), (b"\xfe\xff", "utf-16be"))
_CONTROLS = bytes(b for b in range(32) if b not in b"\t\n\r\f\x1b")


class _Unpacked(io.RawIOBase):
    """A gzip stream that stops at the limit and says which file was cut short."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._packed = _Sips(path)
        self._stream = gzip.GzipFile(fileobj=self._packed)
        self._unpacked = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        try:
            got = self._stream.readinto(cast("bytearray", buffer))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise SourceError(
                "the gzip file is cut short or damaged",
                where=str(self._path),
                cure="Download or copy it again",
            ) from error
        self._unpacked += got
        if self._unpacked > MAX_UNPACKED:
            raise SourceError(
                f"the gzip file unpacks to more than {MAX_UNPACKED // 2**30} GiB",
                where=str(self._path),
                cure="Unpack and split it",
            )
        if self._unpacked > RATIO_FROM + MAX_RATIO * self._packed.tell():
            raise SourceError(
                f"the gzip file grows to more than {MAX_RATIO} times its size as it is unpacked",
                where=str(self._path),
                cure="Give a file whose rows differ, or unpack it and look at what is in it",
            )
        return got

    def close(self) -> None:
        self._stream.close()
        self._packed.close()
        super().close()


class _Sips(io.FileIO):
    """A file read in small pieces, so that its position tells how much was unpacked."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "rb")

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(_SIP if size is None or size < 0 else min(size, _SIP)) or b""


def is_gzip(path: Path) -> bool:
    """Tell whether the file begins as gzip does."""
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading, unpacking gzip."""
    if is_gzip(path):
        with io.BufferedReader(_Unpacked(path), _CHUNK) as stream:
            yield cast("BinaryIO", stream)
    else:
        with path.open("rb", buffering=_CHUNK) as stream:
            yield stream


@contextmanager
def open_text(path: Path, encoding: str = "utf-8-sig") -> Iterator[TextIO]:
    """Open a text for reading, line ends untouched; a wrong encoding is told with its place."""
    try:
        with open_bytes(path) as stream, io.TextIOWrapper(stream, encoding, newline="") as text:
            yield text
    except UnicodeDecodeError as error:
        raise _not_utf8(path) from error


def lines_of(path: Path, stream: IO[AnyStr]) -> Iterator[AnyStr]:
    """Yield the lines of a stream, none longer than the limit."""
    while line := stream.readline(MAX_LINE):
        if len(line) >= MAX_LINE:
            raise SourceError(
                f"a line is longer than {MAX_LINE // 2**20} MB",
                where=str(path),
                cure="Write one title a line",
            )
        yield line


def _not_utf8(path: Path) -> SourceError:
    """Return the error for a file that is not UTF-8, with the offset and line of the first fault.

    A stream decodes in blocks and knows the place within one only, so the file is read again.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset, line = 0, 1
    with open_bytes(path) as stream:
        while True:
            block = stream.read(_CHUNK)
            waiting = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as fault:
                offset += fault.start - waiting
                line += block[: max(fault.start - waiting, 0)].count(b"\n")
                break
            if not block:
                break
            offset += len(block)
            line += block.count(b"\n")
    return SourceError(
        "the file is not UTF-8",
        where=f"{path}, byte {offset}, line {line}",
        cure="If it is Latin-1, convert it with: iconv -f latin1 -t utf-8 FILE > NEW",
    )


def read_start(path: Path) -> bytes:
    """Return the first bytes of a file, unpacked."""
    try:
        with open_bytes(path) as stream:
            return stream.read(SAMPLE_BYTES)
    except OSError as error:
        raise SourceError(
            "the file cannot be read",
            where=f"{path}: {error.strerror or error}",
            cure="Check its permissions",
        ) from error


def fault_of(path: Path, start: bytes) -> SourceError | None:
    """Return why a file that begins so can hold no titles, None if it may."""
    if not start.strip():
        return SourceError(
            "the file is empty", where=str(path), cure="Give a file with a list of titles"
        )
    for magic, (what, cure) in _MAGIC.items():
        if start.startswith(magic):
            return SourceError(f"the file is {what}", where=str(path), cure=cure)
    for mark, encoding in _UTF16:
        if start.startswith(mark):
            return SourceError(
                "the file is UTF-16",
                where=str(path),
                cure=f"Convert it with: iconv -f {encoding} -t utf-8 FILE > NEW",
            )
    controls = len(start) - len(start.translate(None, _CONTROLS))
    if controls > max(STRAY, BINARY_SHARE * len(start)):
        return SourceError(
            "the file is binary and in no known format",
            where=f"{path}, begins with {start[:8].hex(' ')}",
            cure=f"Give {KNOWN}",
        )
    return None


KNOWN = (
    "a CSV, TSV or semicolon table with a header, JSON lines, a JSON array, Parquet, "
    "or a folder of MovieLens, The Movies Dataset or TMDB 5000"
)
"""The formats an error names."""
