"""What a client raises: the server's problems, as the errors they were on the server.

::

    MatineeError
    └── ClientError                    what went wrong, with status, cure and request id
        ├── NoAnswerError              the server cannot be reached, or not in time
        ├── StrangeAnswerError         what answered is no Matinee, or much newer
        ├── TooManyRequestsError       429, and waiting did not help
        ├── ServerFaultError           500: a fault of the server
        ├── RefusedInputError          422; also an InputError
        ├── RefusedQueryError          422; also a QueryError
        ├── RefusedPictureError        422; also a PictureError
        │   └── PictureRefusedForSizeError  413; also a PictureTooLargeError
        ├── TitleNotFoundError         404; also an UnknownTitleError
        ├── PersonNotFoundError        404; also an UnknownPersonError
        ├── RefusedConflictError       409; also a ConflictError
        ├── RefusedSignInError         401; also a NotSignedInError
        ├── RefusedAccessError         403; also a ForbiddenError
        ├── LibraryUnavailableError    503; also a LibraryError
        ├── ModelUnavailableError      503; also a ModelError
        ├── StoreDownError             503; also a StoreUnavailableError
        └── StoreOutOfSpaceError       507; also a StoreFullError

So ``except UnknownTitleError`` serves a program that uses a library and one that asks a server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import DecodeError, Struct, json

from matinee.errors import (
    ConflictError,
    ForbiddenError,
    InputError,
    LibraryError,
    MatineeError,
    ModelError,
    NotSignedInError,
    PictureError,
    PictureTooLargeError,
    QueryError,
    StoreFullError,
    StoreUnavailableError,
    UnknownPersonError,
    UnknownTitleError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


class ClientError(MatineeError):
    """What went wrong.

    Args:
        what: what is wrong.
        status: of the answer; 0 where there was none.
        kind: of the problem, as in its type, such as ``unknown-title``; empty where there is none.
        cure: what can be done about it.
        request_id: by which whoever runs the server finds it in the logs.
    """

    def __init__(
        self,
        what: str,
        *,
        status: int = 0,
        kind: str = "",
        cure: str | None = None,
        request_id: str = "",
    ) -> None:
        super().__init__(what, cure=cure)
        self.status = status
        self.kind = kind
        self.request_id = request_id

    @property
    def detail(self) -> str:
        """What is wrong, in the server's words."""
        return self.what


class NoAnswerError(ClientError):
    """The server cannot be reached, or did not answer in time."""


class StrangeAnswerError(ClientError):
    """What answered is no Matinee, or one of another kind than this client is for."""


class TooManyRequestsError(ClientError):
    """More requests than the server allows, and waiting did not help."""


class ServerFaultError(ClientError):
    """A fault of the server."""


class RefusedInputError(ClientError, InputError):
    """What was sent cannot be used."""


class RefusedQueryError(ClientError, QueryError):
    """A parameter is out of its bounds."""


class RefusedPictureError(ClientError, PictureError):
    """A picture cannot be used: it is none, or damaged."""


class PictureRefusedForSizeError(RefusedPictureError, PictureTooLargeError):
    """A picture has more bytes or pixels than the server reads."""


class TitleNotFoundError(ClientError, UnknownTitleError):
    """The library has no such title."""


class PersonNotFoundError(ClientError, UnknownPersonError):
    """Nobody has that name, or they are none of the caller's business."""


class RefusedConflictError(ClientError, ConflictError):
    """It contradicts what is there already."""


class RefusedSignInError(ClientError, NotSignedInError):
    """The token is missing, revoked or expired."""


class RefusedAccessError(ClientError, ForbiddenError):
    """The token may not be used for that."""


class LibraryUnavailableError(ClientError, LibraryError):
    """The library is not open, or lacks what is needed."""


class ModelUnavailableError(ClientError, ModelError):
    """A model that is needed is missing."""


class StoreDownError(ClientError, StoreUnavailableError):
    """The database does not answer."""


class StoreOutOfSpaceError(ClientError, StoreFullError):
    """The disk of the database is full; nothing was written."""


_BY_KIND: Mapping[str, type[ClientError]] = {
    "query": RefusedQueryError,
    "picture": RefusedPictureError,
    "picture-too-large": PictureRefusedForSizeError,
    "unknown-title": TitleNotFoundError,
    "unknown-person": PersonNotFoundError,
    "conflict": RefusedConflictError,
    "not-signed-in": RefusedSignInError,
    "forbidden": RefusedAccessError,
    "library": LibraryUnavailableError,
    "library-not-found": LibraryUnavailableError,
    "library-corrupt": LibraryUnavailableError,
    "library-format": LibraryUnavailableError,
    "model": ModelUnavailableError,
    "store-unavailable": StoreDownError,
    "store-full": StoreOutOfSpaceError,
}
_BY_STATUS: Mapping[int, type[ClientError]] = {
    401: RefusedSignInError,
    403: RefusedAccessError,
    409: RefusedConflictError,
    422: RefusedInputError,
    429: TooManyRequestsError,
    500: ServerFaultError,
    507: StoreOutOfSpaceError,
}


class _Problem(Struct, frozen=True):
    """A problem of RFC 9457, as far as it is told."""

    type: str = ""
    title: str = ""
    detail: str = ""
    cure: str | None = None


def error_from(status: int, body: bytes, request_id: str = "") -> ClientError:
    """Return the error that an answer of some status, 400 or above, means.

    >>> body = b'{"type": "/docs#problem-unknown-title", "detail": "No such title."}'
    >>> isinstance(error_from(404, body), UnknownTitleError)
    True
    """
    try:
        problem = json.decode(body, type=_Problem)
    except DecodeError:
        problem = _Problem()
    kind = problem.type.partition("#problem-")[2]
    found = _BY_KIND.get(kind) or _BY_STATUS.get(status) or ClientError
    what = problem.detail or problem.title or f"The server answered with status {status}"
    return found(
        what.rstrip("."), status=status, kind=kind, cure=problem.cure, request_id=request_id
    )
