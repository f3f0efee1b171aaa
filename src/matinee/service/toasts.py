"""What was just done, told once, with a way back: a cookie carries it to the next page."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from starlette.responses import Response

COOKIE = "matinee_toast"
_SECONDS = 60
"""The next page is asked for at once; what was never shown is old news."""
_MOST = 3_800
"""Characters of the value: browsers keep cookies of 4,096 with their name and attributes."""


class Toast(msgspec.Struct, frozen=True):
    """A short message.

    Attributes:
        text: what was done, or why it was not.
        title: id of the title.
        was: its state before, see :meth:`matinee.service.acting.State.to_text`; empty where there
            is nothing to undo.
        failed: whether it was not done.
        again: whether trying again may help.
    """

    text: str
    title: str = ""
    was: str = ""
    failed: bool = False
    again: bool = False

    def set(self, response: Response) -> None:
        """Have a browser keep it for the next page.

        An undo that does not fit, of a title watched more than a hundred times, is left out.
        """
        value = _packed(self)
        if len(value) > _MOST:
            value = _packed(Toast(self.text[: _MOST // 8], self.title))
        response.set_cookie(
            COOKIE, value, max_age=_SECONDS, path="/", httponly=True, samesite="lax"
        )


def read_toast(value: str) -> Toast | None:
    """Return what a cookie says; None where it says nothing that can be read.

    >>> read_toast("x") is None
    True
    """
    try:
        return _TOAST.decode(base64.urlsafe_b64decode(value)) if value else None
    except (msgspec.DecodeError, ValueError):
        return None


def clear(response: Response) -> None:
    """Have a browser forget it: it was shown."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")


def _packed(toast: Toast) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(toast)).decode()


_TOAST = msgspec.json.Decoder(Toast)
