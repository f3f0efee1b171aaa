"""How somebody wants the pages to be: kept in a cookie of their browser, and nowhere else."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

COOKIE = "matinee_look"
_SECONDS = 365 * 86_400
_MAX_VALUE = 200
"""Characters of a cookie that are read; ours are far shorter."""


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody chose about the pages.

    Attributes:
        language: code of the language; empty for that of the browser.
        keys: whether single letters do something: w, s, x and u.
        show_seen: whether what they have seen may be shown again.
        exploration: -1 to 1, of the rows of the home page; see
            :class:`matinee.query.wanted.RecommendRequest`.
    """

    language: str = ""
    keys: bool = True
    show_seen: bool = False
    exploration: float = 0.0

    def to_cookie(self) -> str:
        """Return it as the value of the cookie; what is as it is anyway is left out.

        >>> Look(language="de", exploration=0.5).to_cookie()
        'lang=de&explore=0.5'
        """
        said = {
            "lang": self.language,
            "keys": "" if self.keys else "off",
            "seen": "show" if self.show_seen else "",
            "explore": f"{self.exploration:g}" if self.exploration else "",
        }
        return urlencode({name: value for name, value in said.items() if value})

    def set(self, response: Response) -> None:
        """Have a browser keep it."""
        response.set_cookie(
            COOKIE, self.to_cookie(), max_age=_SECONDS, path="/", httponly=True, samesite="lax"
        )


def look_of(value: str) -> Look:
    """Return what a cookie says; what it does not say, or says wrongly, is as for everybody.

    >>> look_of("lang=de&keys=off&explore=7")
    Look(language='de', keys=False, show_seen=False, exploration=0.0)
    """
    said = dict(parse_qsl(value[:_MAX_VALUE]))
    return read_look(said, Look())


def read_look(said: Mapping[str, str], before: Look) -> Look:
    """Return a look with what a form or a cookie says of it.

    Args:
        said: ``lang``, ``keys`` (on, off), ``seen`` (show, hide), ``explore`` (-1 to 1); each may
            be missing.
        before: the look where nothing, or nothing sensible, is said.
    """
    language = said.get("lang", before.language)
    return Look(
        language=language if len(language) <= len("zh-Hant") and language.isascii() else "",
        keys={"on": True, "off": False}.get(said.get("keys", ""), before.keys),
        show_seen={"show": True, "hide": False}.get(said.get("seen", ""), before.show_seen),
        exploration=_position(said.get("explore", ""), before.exploration),
    )


def _position(text: str, before: float) -> float:
    try:
        value = float(text)
    except ValueError:
        return before
    return value if math.isfinite(value) and -1 <= value <= 1 else before
