"""Signing in at a browser: the signed cookie, and the proof that a form came from our own page.

The cookie holds the random id of a session, signed so that a made-up one costs no look at the
store, which keeps only the hash of the id. The proof is an HMAC of the id: another site can make a
browser send the cookie, but cannot read the page that holds the proof.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from itsdangerous import BadSignature, TimestampSigner
from markupsafe import Markup

if TYPE_CHECKING:
    from fastapi import FastAPI, Request, Response

    from matinee.settings import Settings

COOKIE = "matinee_session"
CSRF_FIELD = "csrf"
CSRF_HEADER = "x-csrf-token"
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Cookies:
    """Makes and reads the cookies of sessions.

    Attributes:
        key: secret of the service, the same for all its processes.
        seconds: how long a cookie counts.
        secure: whether browsers reach the service by https, whatever the request looks like here.
    """

    # No repr: those end up in tracebacks and logs.
    key: bytes = field(repr=False)
    seconds: int
    secure: bool

    def pack(self, session: str) -> str:
        """Return the value of the cookie of a session."""
        return self._signer().sign(session).decode()

    def unpack(self, value: str) -> str | None:
        """Return the id of the session a cookie holds, None if it is not ours or too old."""
        try:
            return self._signer().unsign(value.encode(), max_age=self.seconds).decode()
        except (BadSignature, UnicodeError):
            return None

    def csrf(self, session: str) -> str:
        """Return the proof that belongs to a session, 64 hexadecimal digits."""
        return hmac.new(self._derived(b"csrf"), session.encode(), hashlib.sha256).hexdigest()

    def set(self, request: Request, response: Response, session: str) -> None:
        """Have a browser keep the cookie of a session."""
        response.set_cookie(
            COOKIE,
            self.pack(session),
            max_age=self.seconds,
            path="/",
            secure=self.secure or request.url.scheme == "https",
            httponly=True,
            samesite="lax",
        )

    def _signer(self) -> TimestampSigner:
        return TimestampSigner(self._derived(b"cookie"), salt=COOKIE, digest_method=hashlib.sha256)

    def _derived(self, purpose: bytes) -> bytes:
        """Return a key for one purpose, so that what is signed for one proves nothing elsewhere."""
        return hmac.new(self.key, purpose, hashlib.sha256).digest()


def cookies_of(app: FastAPI) -> Cookies:
    """Return what makes the cookies of an app. Asks the store the first time: may block.

    Raises:
        StoreError: the secret is in the store, which does not answer.
    """
    cookies: Cookies | None = getattr(app.state, "cookies", None)
    if cookies is None:
        settings: Settings = app.state.settings
        if settings.secret:
            key = settings.secret.encode()
        else:
            key = app.state.store.secrets.get_or_make("sessions")
        secure = (settings.public_url or "").startswith("https:")
        cookies = Cookies(key, settings.session_days * _DAY, secure)
        app.state.cookies = cookies
    return cookies


def csrf_field(request: Request) -> Markup:
    """Return the hidden field every form of a page needs that changes something.

    It is empty where nobody signed in with a cookie: then there is nothing to prove.
    """
    return csrf_proof(getattr(request.state, "csrf", None))


def csrf_proof(proof: str | None) -> Markup:
    """Return the hidden field that holds a proof, nothing for none."""
    if not proof:
        return Markup("")
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, proof)
