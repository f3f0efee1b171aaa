"""Addresses a library is shared by: what they mean, and how they are shown without a password."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from matinee.errors import InputError, LibraryError, MissingExtraError
from matinee.library.sharing.effort import Effort, Patience, first_line
from matinee.library.sharing.storage import Storage

if TYPE_CHECKING:
    from matinee.library.sharing.place import Place

EXTRA = "share"
"""What ``pip install 'matinee[share]'`` brings: fsspec and s3fs."""
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


@dataclass(frozen=True, slots=True)
class Address:
    """An address that was read.

    Attributes:
        url: as it was given, made absolute where it is a path; may hold a password.
        scheme: ``s3``, ``hf``, ``file``, ...
        shown: without password and query.
        secrets: texts that must not be shown.
    """

    url: str
    scheme: str
    shown: str
    secrets: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Address({self.shown!r})"

    @classmethod
    def of(cls, text: str) -> Address:
        """Read an address.

        >>> Address.of("sftp://ann:hush@host/films?sig=1").shown
        'sftp://ann@host/films'

        Raises:
            InputError: it is none.
        """
        found = _SCHEME.match(text)
        if found is None:
            if not text.strip() or "\0" in text:
                raise InputError("There is no address", where=repr(text[:100]), cure=_KINDS)
            path = Path(text).expanduser().absolute()
            # Not ``as_uri``: fsspec takes what follows the slashes as it is, spaces and all.
            return cls(f"file://{path.as_posix()}", "file", str(path))
        scheme = found[1].lower()
        try:
            parts = urlsplit(text)
        except ValueError as error:
            raise InputError(f"The address cannot be read: {error}", cure=_KINDS) from None
        user, at, host = parts.netloc.rpartition("@")
        name, _, password = user.partition(":")
        shown = f"{scheme}://{name}{at}{host}{parts.path}"
        raw = [password, unquote(password), parts.query, parts.fragment]
        if "::" in text:
            raise InputError(
                "A chain of addresses is not taken", where=shown.partition("::")[0], cure=_KINDS
            )
        return cls(text, scheme, shown, tuple(sorted({s for s in raw if s}, key=len, reverse=True)))

    def hide(self, text: str) -> str:
        """Return a text without what must not be shown."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


_KINDS = "Give a path, or an address such as s3://BUCKET/FOLDER or hf://datasets/OWNER/NAME"


def open_place(text: str, patience: Patience, *, endpoint: str | None = None) -> Place:
    """Return the place of an address. Where credentials lie is the storage's own affair.

    Args:
        text: the address.
        patience: how it is asked.
        endpoint: address of the hub; None means that of ``HF_ENDPOINT``, else huggingface.co.

    Raises:
        InputError: it is no address that can be used.
        MissingExtraError: what reaches it is not installed.
        LibraryError: it cannot be opened.
    """
    address = Address.of(text)
    effort = Effort(patience, address.hide)
    if address.scheme == "hf":
        from matinee.library.sharing.hub import HubPlace

        return HubPlace.open(address.shown, effort, endpoint=endpoint)
    try:
        import fsspec
    except ImportError:
        raise MissingExtraError("fsspec", EXTRA) from None
    try:
        fsspec.get_filesystem_class(address.scheme)
    except ImportError as error:
        missing = MissingExtraError(f"What reaches {address.scheme}://", EXTRA)
        if address.scheme not in ("s3", "s3a"):  # fsspec knows what others need
            missing.cure = str(error)
        raise missing from None
    except ValueError:
        raise InputError(
            f"Nothing is known that reaches {address.scheme}://", where=address.shown, cure=_KINDS
        ) from None
    try:
        fs, root = fsspec.core.url_to_fs(address.url)
    except Exception as error:  # noqa: BLE001 -- SFTP connects here, with errors of its own
        raise LibraryError(
            f"The place cannot be opened: {address.hide(first_line(error))}",
            where=address.shown,
            cure="Check the address and the credentials of this machine",
        ) from None
    if not root.strip("/"):
        raise InputError("The address names no folder", where=address.shown, cure=_KINDS)
    return Storage(fs, root, address.shown, effort)
