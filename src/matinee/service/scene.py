"""Who looks at a page and how: what every template may ask, whatever route answers."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

from starlette.requests import cookie_parser

from matinee.phrase import said, speaking
from matinee.service import toasts
from matinee.service.look import COOKIE, Look, look_of
from matinee.service.translations import LANGUAGES, negotiated, speaker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Scope

    from matinee.service.caller import Caller


class Scene:
    """One request as templates see it; headers are read when something is asked of them.

    It holds neither the library nor the request, for a context outlives its request where a timer
    was set in it.

    Args:
        headers: of the request, as ASGI gives them.
        path: that was asked for.

    Attributes:
        path: that was asked for.
        caller: who asks, None where that is not known; set by the doorman.
        csrf: the proof their forms need, None where they need none; set by the doorman.
    """

    __slots__ = ("_headers", "_language", "_look", "caller", "csrf", "path")

    def __init__(self, headers: Iterable[tuple[bytes, bytes]] = (), path: str = "/") -> None:
        self._headers = headers
        self._look: Look | None = None
        self._language = ""
        self.path = path
        self.caller: Caller | None = None
        self.csrf: str | None = None

    @property
    def look(self) -> Look:
        """What they chose about the pages."""
        if self._look is None:
            self._look = look_of(self._cookie(COOKIE))
        return self._look

    @property
    def language(self) -> str:
        """The language of the page: the one chosen, else the one the browser wants most."""
        if not self._language:
            chosen = self.look.language
            accepted = self._header(b"accept-language", ",")
            self._language = chosen if chosen in LANGUAGES else negotiated(accepted)
        return self._language

    @property
    def toast(self) -> toasts.Toast | None:
        """What is to be said once of what they just did, None for nothing."""
        return toasts.read_toast(self._cookie(toasts.COOKIE))

    def _cookie(self, name: str) -> str:
        return cookie_parser(self._header(b"cookie", "; ")).get(name, "")

    def _header(self, name: bytes, between: str) -> str:
        return between.join(value.decode("latin-1") for key, value in self._headers if key == name)


_SCENE: ContextVar[Scene | None] = ContextVar("scene", default=None)
_NOBODY = Scene()


def begin(scope: Scope) -> Scene:
    """Begin a request."""
    made = Scene(scope["headers"], scope["path"])
    _SCENE.set(made)
    return made


def scene() -> Scene:
    """Return the request that is answered; outside one it is nobody's, in English."""
    return _SCENE.get() or _NOBODY


def gettext(text: str) -> str:
    """Return a text in the language of the page."""
    return speaker(scene().language).gettext(text)


def ngettext(one: str, many: str, number: int) -> str:
    """Return a text of a number of things in the language of the page."""
    return speaker(scene().language).ngettext(one, many, number)


def number(value: float, places: int = 0) -> str:
    """Return a number as the language of the page writes it, with so many decimal places."""
    return speaker(scene().language).number(value, places)


def told(text: str) -> str:
    """Return a text of the program, perhaps one made of figures, in the language of the page."""
    with speaking(speaker(scene().language)):
        return said(text)
