"""Every error Matinee raises on purpose, in one tree.

::

    MatineeError
    ├── InputError               what the caller gave cannot be used
    │   ├── QueryError           the query, k or a knob is out of its bounds
    │   ├── UnknownTitleError    no title has that id or name
    │   ├── UnknownPersonError   nobody has that name
    │   ├── ConflictError        it contradicts what is there already
    │   ├── JudgmentsError       a judgments file cannot be used
    │   ├── PictureError         a picture cannot be used
    │   │   └── PictureTooLargeError  it has too many bytes or pixels
    │   └── SourceError          a catalogue file cannot be read at all
    │       └── RejectedRowsError   rows were bad and strict reading was asked for
    ├── LibraryError             the folder a search runs on
    │   ├── LibraryNotFoundError     there is none at that path
    │   ├── LibraryCorruptError      a file is missing, short or changed
    │   ├── LibraryFormatError       written by another version of the format
    │   ├── EncoderMismatchError     built by another encoder than the one at hand
    │   ├── IndexUnavailableError    an index of it does not answer
    │   └── LibraryBusyError         another build holds the lock
    ├── StoreError               what people do cannot be read or written
    │   ├── StoreUnavailableError    the database does not answer, or not in time
    │   ├── StoreFullError           its disk is full
    │   ├── StoreCorruptError        its file is damaged
    │   └── StoreVersionError        written by a newer Matinee
    ├── AccessError              who asks may not do that
    │   ├── NotSignedInError     it is not known who asks
    │   └── ForbiddenError       it is known, and not allowed
    ├── ModelError               a model file is missing, damaged or not a model
    ├── MissingExtraError        an optional dependency is not installed
    └── SettingsError            a setting has a value that cannot be used

A message says what is wrong, where, and the cure. Nothing here knows HTTP: statuses are decided in
``matinee.service`` alone.
"""

from __future__ import annotations

from typing import Any


class MatineeError(Exception):
    """Base of all errors raised on purpose.

    Args:
        what: what is wrong, as a sentence without a full stop.
        where: the file, line, field or value concerned.
        cure: what the reader can do about it, as a sentence.
    """

    def __init__(self, what: str, *, where: str | None = None, cure: str | None = None) -> None:
        self.what = what
        self.where = where
        self.cure = cure
        super().__init__(what, where, cure)

    def __str__(self) -> str:
        text = self.what if self.where is None else f"{self.what} ({self.where})"
        text = text.rstrip(".") + "."
        return text if self.cure is None else f"{text} {self.cure.rstrip('.')}."

    def __reduce__(self) -> tuple[Any, ...]:
        # What Python would do, calling the class with ``args``, fails on keyword arguments, and a
        # process pool then reports nothing but that a process died.
        return _again, (type(self), self.args, self.__dict__)


def _again(
    kind: type[MatineeError], args: tuple[object, ...], values: dict[str, Any]
) -> MatineeError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(values)
    return error


class InputError(MatineeError):
    """What the caller gave cannot be used."""


class QueryError(InputError):
    """The query, ``k`` or a knob is out of its bounds."""


class UnknownTitleError(InputError):
    """No title of the library has that id or name."""


class UnknownPersonError(InputError):
    """Nobody has that name."""


class ConflictError(InputError):
    """What was asked contradicts what is there already, as a name that is taken."""


class JudgmentsError(InputError):
    """A file of judged queries cannot be used."""


class PictureError(InputError):
    """A picture cannot be used: it is none, or is damaged, or of a kind that is not read."""


class PictureTooLargeError(PictureError):
    """A picture has more bytes or pixels than are read."""


class SourceError(InputError):
    """A catalogue file cannot be read at all."""


class RejectedRowsError(SourceError):
    """Rows were bad and strict reading was asked for."""


class LibraryError(MatineeError):
    """The library folder cannot be used."""


class LibraryNotFoundError(LibraryError):
    """There is no library at that path."""


class LibraryCorruptError(LibraryError):
    """A file of the library is missing, short or changed."""


class LibraryFormatError(LibraryError):
    """The library was written in a format this version cannot read."""


class EncoderMismatchError(LibraryError):
    """The library's vectors were made by another encoder than the one at hand."""


class IndexUnavailableError(LibraryError):
    """An index of the library does not answer; what it would add is missing."""


class LibraryBusyError(LibraryError):
    """Another process is building this library."""


class StoreError(MatineeError):
    """What people do cannot be read or written."""


class StoreUnavailableError(StoreError):
    """The database does not answer, or not in time; trying again may help."""


class StoreFullError(StoreError):
    """The disk of the database is full; nothing was written."""


class StoreCorruptError(StoreError):
    """The file of the database is damaged."""


class StoreVersionError(StoreError):
    """The database was written by a newer Matinee."""


class AccessError(MatineeError):
    """Who asks may not do that."""


class NotSignedInError(AccessError):
    """It is not known who asks."""


class ForbiddenError(AccessError):
    """It is known who asks, and they may not."""


class ModelError(MatineeError):
    """A model file is missing, damaged or not a model."""


class MissingExtraError(MatineeError):
    """An optional dependency is not installed.

    Args:
        package: the module that could not be imported.
        extra: the extra of ``matinee`` that brings it.
    """

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"{package} is not installed",
            cure=f"Install it with: pip install 'matinee[{extra}]'",
        )
        self.package = package
        self.extra = extra


class SettingsError(MatineeError):
    """A setting has a value that cannot be used."""
