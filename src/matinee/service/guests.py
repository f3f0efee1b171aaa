"""Guests of a group night: the code that lets them in, their cookie, the proof of their forms.

Whoever has the code of a night may come in, so it is a secret of a hundred bits. The store keeps
its hash, and a random seed of which, with a key of the service, the code can be made again to show
it to the host; a copy of the store without that key opens no night.

The cookie of a guest holds a random secret, signed, and goes to the paths of one night alone. It
is good for nothing elsewhere: a guest is no caller.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from itsdangerous import BadSignature, TimestampSigner

from matinee.store.nights import SECONDS

if TYPE_CHECKING:
    from fastapi import Request, Response

    from matinee.service.sessions import Cookies

COOKIE = "matinee_guest"
ROOT = "/tonight/"
"""Below this are the paths of nights, where guests without an account may come."""
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: without the letters that are taken for digits or make words."""
_GROUPS, _LETTERS = 4, 5
"""Four groups of five letters of five bits: a hundred bits, still to be read out on the phone."""
_BITS = 5


@dataclass(frozen=True, slots=True)
class Doors:
    """Makes codes, and makes and reads the cookies of guests.

    Attributes:
        cookies: those of sessions, whose key other keys are derived from.
    """

    cookies: Cookies

    def code(self, seed: str) -> str:
        """Return the code of a night."""
        made = hmac.new(self._derived(b"night code"), seed.encode(), hashlib.sha256).digest()
        bits = int.from_bytes(made)
        letters = [_ALPHABET[bits >> _BITS * place & 31] for place in range(_GROUPS * _LETTERS)]
        groups = (letters[at : at + _LETTERS] for at in range(0, len(letters), _LETTERS))
        return "-".join(map("".join, groups))

    def pack(self, secret: str) -> str:
        """Return the value of the cookie of a guest."""
        return self._signer().sign(secret).decode()

    def unpack(self, value: str) -> str | None:
        """Return the secret a cookie holds, None if it is not ours or too old."""
        try:
            return self._signer().unsign(value.encode(), max_age=SECONDS).decode()
        except (BadSignature, UnicodeError):
            return None

    def csrf(self, secret: str) -> str:
        """Return the proof that belongs to a guest, 64 hexadecimal digits."""
        return hmac.new(self._derived(b"guest csrf"), secret.encode(), hashlib.sha256).hexdigest()

    def set(self, request: Request, response: Response, secret: str, code: str) -> None:
        """Have a browser keep the cookie of a guest for one night."""
        response.set_cookie(
            COOKIE,
            self.pack(secret),
            max_age=SECONDS,
            path=ROOT + code,
            secure=self.cookies.secure or request.url.scheme == "https",
            httponly=True,
            samesite="lax",
        )

    def _signer(self) -> TimestampSigner:
        key = self._derived(b"guest cookie")
        return TimestampSigner(key, salt=COOKIE, digest_method=hashlib.sha256)

    def _derived(self, purpose: bytes) -> bytes:
        """Return a key for one purpose; none of the purposes is one of sessions."""
        return hmac.new(self.cookies.key, purpose, hashlib.sha256).digest()


def invited(path: str) -> bool:
    """Tell whether a path is one of a night, which decides for itself whom it lets in.

    >>> invited("/tonight/abc"), invited("/tonight"), invited("/tonight/"), invited("/tonightly/x")
    (True, False, False, False)
    """
    return path.startswith(ROOT) and len(path) > len(ROOT)
