"""Finds out who asks, before anything else looks at a request."""

from __future__ import annotations

import hashlib
import logging
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, urlencode

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response

from matinee.errors import MatineeError, NotSignedInError, StoreError
from matinee.service import forgery, forms, guests, problems
from matinee.service.caller import Caller
from matinee.service.exposure import is_loopback
from matinee.service.scene import scene
from matinee.service.sessions import COOKIE, cookies_of
from matinee.service.templating import page
from matinee.store.records import DEFAULT_PERSON, Person, Role
from matinee.store.records import Scope as Right

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp, Receive, Scope, Send

    from matinee.service.lookups import Lookups
    from matinee.service.sessions import Cookies
    from matinee.settings import Settings
    from matinee.store import Store
    from matinee.store.records import Token

_log = logging.getLogger("matinee.service")

UNASKED = ("/health", "/static", "/favicon.ico")
"""Paths that are the same for everybody, whoever asks and under whatever name."""
OPEN = ("/login", "/logout", "/look")
"""Paths for those who have not signed in; the last sets a cookie of the language and the like."""
MACHINES = (
    "/v1",
    "/api",
    "/user_recommend",
    "/title-or-prompt",
    "/movies",
    "/openapi.json",
    "/metrics",
)
"""Paths of programs: they are told what is wrong, and not sent to a page."""
_SECRET = re.compile(r"mtn_[A-Za-z0-9_-]{43}")
"""What a token looks like; the store is not asked about anything else."""
_ALL = frozenset(Right)
_PERSONAL = frozenset((Right.READ, Right.WRITE))
_INVALID = {"www-authenticate": 'Bearer error="invalid_token"'}
_STAND_IN = Person(key=0, name=DEFAULT_PERSON)
"""Who asks on a machine without accounts while its store does not answer. It may read and try to
write, but is no administrator: it is not known that there are still no accounts."""


class Doorman:
    """Puts who asks into ``scope["state"]["caller"]``, and sends away who may not come in.

    A bearer token goes before a cookie, and both before the one person of a machine without
    accounts. A token that is wrong, expired or revoked is refused, whatever is open to everybody.
    What the store says is believed for a second (:data:`matinee.service.lookups.SECONDS`).

    It reads ``app.state.settings`` and ``app.state.store``. Of somebody with a cookie the state
    also holds ``session``, the id, and ``csrf``, the proof their forms need. Who has not signed in
    may come to the paths of group nights, without a caller; the state then holds ``guest``, what
    the cookie of a guest says, and ``csrf``.

    Args:
        app: what comes after it.
        lookups: remembers what the store said.
    """

    def __init__(self, app: ASGIApp, lookups: Lookups) -> None:
        self._app = app
        self._lookups = lookups
        self._accounts = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have it answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {}).update(caller=None, session=None, csrf=None, guest=None)
        try:
            receive = await self._admit(scope, receive)
            seen = scene()
            seen.caller, seen.csrf = scope["state"]["caller"], scope["state"]["csrf"]
        except _SentAway as refused:
            await refused.answer(scope, receive, send)
            return
        except MatineeError as error:
            answer = _told(scope, problems.from_error(error, scope["path"]))
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _admit(self, scope: Scope, receive: Receive) -> Receive:
        app: FastAPI = scope["app"]
        settings: Settings = app.state.settings
        headers, path, state = Headers(scope=scope), scope["path"], scope["state"]
        preflight = scope["method"] == "OPTIONS" and "access-control-request-method" in headers
        if _under(path, UNASKED) or preflight:
            return receive
        token = _bearer(headers)
        if token is not None:
            state["caller"] = await self._by_token(scope, app, token)
            return receive
        unsafe = scope["method"] not in forgery.SAFE
        if unsafe and forgery.is_foreign(headers, settings):
            raise _SentAway(scope, 403, "Another site sent this request.", "Do it on our own page")
        kept = cookie_parser("; ".join(headers.getlist("cookie")))
        cookie = kept.get(COOKIE)
        if not await self._with_accounts(app, headers):
            if not forgery.is_own_host(headers, settings):
                raise _SentAway(scope, 421, *_not_by_that_name(headers))
            state["caller"] = await self._local(app, state)
            return receive
        if cookie is not None:
            state["caller"] = await self._by_cookie(app, cookie, state)
        if state["caller"] is None:
            if guests.invited(path):
                await self._by_guest_cookie(app, kept.get(guests.COOKIE), state)
            elif not _under(path, OPEN):
                raise _SentAway.to_sign_in(scope)
        known = state["caller"] is not None or state["guest"] is not None
        if known and unsafe and path != "/login":
            right, receive = await forgery.proven(headers, receive, state["csrf"])
            if not right:
                what = "This form is too old, or did not come from one of our pages."
                raise _SentAway(scope, 403, what, "Load the page again, then repeat it")
        return receive

    async def _with_accounts(self, app: FastAPI, headers: Headers) -> bool:
        """Tell whether people have to say who they are; once they have to, they always have to."""
        settings: Settings = app.state.settings
        if settings.accounts != "auto":
            return settings.accounts == "on"
        if not self._accounts:
            store: Store = app.state.store
            try:
                self._accounts = await self._lookups.get("accounts", store.accounts.any_accounts)
            except StoreError:
                # There may be accounts. Nobody but this machine may go on without.
                proxied = "x-forwarded-for" in headers or "forwarded" in headers
                local = is_loopback(settings.host) and forgery.is_loopback_host(headers)
                if proxied or not local:
                    raise
        return self._accounts

    async def _local(self, app: FastAPI, state: dict[str, Any]) -> Caller:
        store: Store = app.state.store
        try:
            found: Person = await self._lookups.get("local", store.accounts.ensure)
        except StoreError as error:
            _log.warning("The store does not answer: %s", error)
            state.setdefault("degraded", []).append("store")
            return Caller(_STAND_IN, _PERSONAL, "local", "local")
        return Caller(replace(found, role=Role.ADMIN), _ALL, "local", "local")

    async def _by_token(self, scope: Scope, app: FastAPI, secret: str) -> Caller:
        found: tuple[Person, Token] | None = None
        store: Store = app.state.store
        if _SECRET.fullmatch(secret):
            key = ("token", hashlib.sha256(secret.encode()).digest())
            found = await self._lookups.get(key, lambda: store.tokens.find(secret))
        if found is None:
            raise _SentAway.with_wrong_token(scope)
        person, token = found
        return _caller(person, token.scopes, "token", f"token:{token.key}")

    async def _by_cookie(self, app: FastAPI, value: str, state: dict[str, Any]) -> Caller | None:
        cookies = await self._cookies(app)
        session = cookies.unpack(value)
        if session is None:
            return None
        digest = hashlib.sha256(session.encode()).digest()
        store: Store = app.state.store
        found = await self._lookups.get(("session", digest), lambda: store.sessions.find(session))
        if found is None:
            return None
        state.update(session=session, csrf=cookies.csrf(session))
        return _caller(found, _ALL, "session", f"session:{digest.hex()[:16]}")

    async def _by_guest_cookie(
        self, app: FastAPI, value: str | None, state: dict[str, Any]
    ) -> None:
        """Note the guest of a group night, who is no caller."""
        if value is None:
            return
        doors = guests.Doors(await self._cookies(app))
        secret = doors.unpack(value)
        if secret is not None:
            state.update(guest=secret, csrf=doors.csrf(secret))

    async def _cookies(self, app: FastAPI) -> Cookies:
        cookies: Cookies | None = getattr(app.state, "cookies", None)
        if cookies is None:
            cookies = await self._lookups.get("cookies", lambda: cookies_of(app))
        return cookies


class _SentAway(Exception):  # noqa: N818 -- it is an answer, not a fault
    """A request that goes no further, with its answer."""

    def __init__(
        self, scope: Scope, status: int, what: str, cure: str, answer: Response | None = None
    ) -> None:
        problem = problems.from_status(status, scope["path"], what)
        self.answer = answer or _told(scope, replace(problem, cure=cure))

    @classmethod
    def with_wrong_token(cls, scope: Scope) -> _SentAway:
        problem = problems.from_status(
            401, scope["path"], "The token is wrong, has expired or was revoked."
        )
        problem = replace(problem, cure="Make another with: matinee user token NAME")
        return cls(scope, 401, "", "", problems.respond(problem, _INVALID))

    @classmethod
    def to_sign_in(cls, scope: Scope) -> _SentAway:
        """Return the answer to somebody who has not said who they are."""
        if not _is_page(scope):
            error = NotSignedInError(
                "It is not known who asks",
                cure="Send a token as Authorization: Bearer TOKEN (matinee user token NAME makes "
                "one), or sign in at /login",
            )
            problem = replace(problems.from_error(error, scope["path"]), status=401)
            return cls(
                scope, 401, "", "", problems.respond(problem, {"www-authenticate": "Bearer"})
            )
        address = "/login"
        if scope["method"] in ("GET", "HEAD") and scope["path"] != "/":
            wanted = quote(scope["path"])
            if scope["query_string"]:
                wanted += "?" + scope["query_string"].decode("ascii", "replace")
            address += f"?{urlencode({'next': wanted})}"
        return cls(
            scope, 303, "", "", RedirectResponse(address, 303, {"cache-control": "no-store"})
        )


def _caller(
    person: Person, rights: frozenset[Right], via: Literal["token", "session"], key: str
) -> Caller:
    """Return a caller with no more rights than their role allows."""
    allowed = _ALL if person.role is Role.ADMIN else _PERSONAL
    return Caller(person, rights & allowed, via, key)


def _bearer(headers: Headers) -> str | None:
    """Return the token a request carries, empty for one that cannot be read; None for none."""
    given = [value.partition(" ") for value in headers.getlist("authorization")]
    tokens = [token.strip() for scheme, _, token in given if scheme.casefold() == "bearer"]
    if not tokens:
        return None
    # Which of two is meant is not for us to guess.
    return tokens[0] if len(given) == 1 else ""


def _not_by_that_name(headers: Headers) -> tuple[str, str]:
    given = headers.get("host", "")
    return (
        f"Without accounts only this machine is served, and not under the name {given!r:.80}.",
        "Use http://127.0.0.1 with the port, name this address in MATINEE_PUBLIC_URL, or make an "
        "account with: matinee user create NAME --admin --password",
    )


def _under(path: str, roots: tuple[str, ...]) -> bool:
    return any(path == root or path.startswith(f"{root}/") for root in roots)


def _is_page(scope: Scope) -> bool:
    return not _under(scope["path"], MACHINES)


def _told(scope: Scope, problem: problems.Problem) -> Response:
    """Return a problem to a program, and a page to a person."""
    if _is_page(scope) and "text/html" in Headers(scope=scope).get("accept", ""):
        return page("error.html", problem.status, problem=problem, form=forms.SearchForm())
    return problems.respond(problem)
