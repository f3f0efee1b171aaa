"""A picture sent as a form: read in memory, bounded on the way, and never put on a disk.

The framework's own reader spools whatever is above a megabyte to a temporary file. A picture that
somebody sends has no business there, and with a bound of some megabytes it has none to have: the
part is collected as it comes, and from the byte on that is one too many nothing of it is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from matinee.errors import PictureError, PictureTooLargeError, QueryError
from matinee.service.problems import Refused

if TYPE_CHECKING:
    from fastapi import Request
    from python_multipart.multipart import MultipartCallbacks

PICTURE = "picture"
"""Name of the part that is the picture."""
MAX_FIELDS = 300
"""Parts besides the picture: four lists of 64 and some thirty plain parameters."""
MAX_FIELD = 160_000
"""Bytes of one of them: an address with a query of 10,000 characters, as long as any may be."""
MAX_NAME = 64
"""Bytes of the name of a field; the longest there is has twelve."""
_MULTIPART = b"multipart/form-data"
_CURE = "Send the picture as the part picture of multipart/form-data; see /docs for the other parts"


@dataclass(frozen=True, slots=True)
class Upload:
    """What a form held.

    Attributes:
        sent: the bytes of the picture as they came; empty where there is a fault.
        fields: name and value of everything else, in order.
        fault: what is wrong with the picture as a part of the form; None for nothing.
    """

    sent: bytes
    fields: tuple[tuple[str, str], ...]
    fault: PictureError | None = None

    @property
    def picture(self) -> bytes:
        """The bytes of the picture.

        Raises:
            PictureError: there is none, or more than one, or it has too many bytes.
        """
        if self.fault is not None:
            raise self.fault
        return self.sent

    def value(self, name: str) -> str:
        """Return the first value of a field, empty where it is not there."""
        return next((value for known, value in self.fields if known == name), "")


async def read_upload(request: Request, most: int) -> Upload:
    """Return the form of a request.

    Args:
        request: its body is read to the end.
        most: bytes of the picture at most.

    Raises:
        Refused: 415, it is no multipart form; 400, the sender is gone.
        QueryError: the form cannot be read, or has too many or too long fields.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != _MULTIPART:
        raise Refused(415, "The body is not multipart/form-data.", _CURE)
    form = _Form(most)
    try:
        parser = MultipartParser(options.get(b"boundary", b""), form.callbacks())
        async for chunk in request.stream():
            parser.write(chunk)
        parser.finalize()
    except (FormParserError, ValueError) as error:
        raise QueryError(f"The form cannot be read: {error}"[:200], cure=_CURE) from None
    except ClientDisconnect:
        # Nobody is there to read the answer, and nothing was broken.
        raise Refused(400) from None
    return form.upload()


class _Form:
    """Collects the parts of a form."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._fault: PictureError | None = None
        self._pictures = 0
        self._picture = bytearray()
        self._fields: list[tuple[str, str]] = []
        self._header = bytearray()
        self._content = bytearray()
        self._disposition = b""
        self._name = ""
        self._ended = False

    def callbacks(self) -> MultipartCallbacks:
        """Return what the parser is to call."""
        return {
            "on_part_begin": self._on_part_begin,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": self._on_part_data,
            "on_part_end": self._on_part_end,
            "on_end": self._on_end,
        }

    def upload(self) -> Upload:
        """Return what was collected.

        Raises:
            QueryError: the form broke off.
        """
        if not self._ended:
            raise QueryError("The form breaks off before its end", cure=_CURE)
        if not self._picture and self._fault is None:
            self._fault = PictureError("No picture was sent", cure=_CURE)
        return Upload(bytes(self._picture), tuple(self._fields), self._fault)

    def _on_part_begin(self) -> None:
        self._disposition = b""
        self._content.clear()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        # One kind of header is of interest; how long each may be the parser bounds.
        if self._header.lower() == b"content-disposition":
            self._disposition += data[start:end]

    def _on_header_end(self) -> None:
        self._header.clear()

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"")
        if not 0 < len(name) <= MAX_NAME:
            raise QueryError("A part of the form has no name, or a very long one", cure=_CURE)
        self._name = _text(name, "the name of a part")
        if self._name == PICTURE:
            self._pictures += 1
            if self._pictures > 1:
                self._spoil(PictureError("There is more than one picture", cure="Send one"))
        elif b"filename" in options:
            raise QueryError(f"The part {self._name!r} is a file", cure=_CURE)

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._name == PICTURE:
            if len(self._picture) + end - start > self._most:
                self._spoil(_too_large(self._most))
            if self._fault is None:
                self._picture += memoryview(data)[start:end]
        elif len(self._content) + end - start > MAX_FIELD:
            raise QueryError(f"{self._name} has more than {MAX_FIELD:,} bytes", cure=_CURE)
        else:
            self._content += data[start:end]

    def _on_part_end(self) -> None:
        if self._name == PICTURE:
            return
        if len(self._fields) == MAX_FIELDS:
            raise QueryError(f"The form has more than {MAX_FIELDS:,} fields", cure=_CURE)
        self._fields.append((self._name, _text(self._content, self._name)))

    def _on_end(self) -> None:
        self._ended = True

    def _spoil(self, fault: PictureError) -> None:
        """Let go of the picture; what comes after it is still read."""
        self._fault = self._fault or fault
        self._picture = bytearray()


def _too_large(most: int) -> PictureTooLargeError:
    """Return the error that a picture has too many bytes."""
    return PictureTooLargeError(
        f"The picture has more than {most:,} bytes",
        cure="Make it smaller: 1,000 pixels a side are more than enough",
    )


def _text(data: bytes | bytearray, what: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise QueryError(f"This is not UTF-8: {what}", cure="Send texts in UTF-8") from None
