"""Faults 19 and 21 to 23: who somebody is, what is theirs, and where secrets must not be."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from matinee.catalogue.title import Title
from matinee.cli.main import app as commands
from matinee.deeds import Deed
from matinee.errors import UnknownTitleError
from matinee.interaction import Action
from matinee.service import create_app
from matinee.service.sessions import COOKIE, cookies_of
from matinee.settings import Settings
from matinee.store import open_store
from matinee.store.records import Role, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI

    from matinee import Library
    from matinee.store import Store

PASSWORDS = ("correct horse battery", "another long password", "a wrong long password")
HERE = "http://films.example"


class Shelf:
    """A library of two titles that fails at one word."""

    version = "v0001"
    titles = (
        Title(id="tmdb:603", ids=("tmdb:603", "imdb:tt0133093"), title="The Matrix"),
        Title(id="tmdb:961", title="The General"),
    )

    def __len__(self) -> int:
        return len(self.titles)

    def title(self, title: str) -> Title:
        for film in self.titles:
            if title in (film.id, *film.ids):
                return film
        raise UnknownTitleError("The library has no such title", where=title[:80])

    def canonical_id(self, identifier: str) -> str | None:
        try:
            return self.title(identifier).id
        except UnknownTitleError:
            return None

    def answer(self, request: Any) -> Any:
        raise RuntimeError("this search fails")

    def parse(self, text: str) -> Any:
        raise RuntimeError("this parser fails")

    def warm(self) -> None:
        pass

    def status(self) -> dict[str, Any]:
        return {"library": self.version, "titles": len(self)}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    yield opened
    opened.close()


@pytest.fixture
def app(store: Store) -> FastAPI:
    library: Any = Shelf()
    return create_app(library, settings=Settings(rate_limit=0), store=store)


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


# 21: A's token on what is B's


def everything(store: Store) -> str:
    rows: dict[str, list[Any]] = {}
    for table, some in store.export_rows():
        # What things are signed with is made when it is first needed, by whomever.
        if table != "secrets":
            rows.setdefault(table, []).extend(some)
    return json.dumps(rows, sort_keys=True, default=str)


IN_PATH = {"title_id": "tmdb:603", "key": "1", "list": "watchlist", "batch": "1", "name": "x"}


def body_of(operation: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """Return how to send the body an operation wants, by its example in the document."""
    if "requestBody" not in operation:
        return {}
    for media, content in operation["requestBody"]["content"].items():
        if media == "application/json":
            schema = content["schema"]
            schema = known[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
            example = content.get("example") or schema.get("example")
            assert example is not None, operation
            return {"json": example}
        if media == "multipart/form-data":
            return {"files": {"file": ("ratings.csv", b"tmdbId,rating\n603,5\n", "text/csv")}}
    media = next(iter(operation["requestBody"]["content"]))
    return {"content": b"tmdbId,rating\n603,5\n", "headers": {"content-type": media}}


@pytest.mark.parametrize("scopes", [{Scope.READ, Scope.WRITE}, set(Scope)])
def test_on_no_route_is_what_is_anothers_seen_or_changed(
    app: FastAPI, store: Store, scopes: set[Scope]
) -> None:
    _, theirs = (store.accounts.create(name, max_age=None).result() for name in ("ann", "ben"))
    store.history.rate(theirs.key, [Deed("tmdb:603", Action.RATING, 4.5)]).result()
    store.history.rate(theirs.key, [Deed("tmdb:603", Action.WATCH)]).result()
    store.history.add_to_watchlist(theirs.key, "tmdb:603").result()
    store.history.hide(theirs.key, "tmdb:961").result()
    watched = [Deed("tmdb:603", Action.LIKE)]
    store.history.import_batch(theirs.key, "list.csv", "0" * 64, watched).result()
    _, of_ben = store.tokens.create("ben").result()
    _, secret = store.tokens.create("ann", scopes=scopes).result()
    document = app.openapi()
    known = document["components"]["schemas"]
    before, asked = everything(store), 0
    with TestClient(app, base_url=HERE, follow_redirects=False) as client:
        assert client.get("/v1/people/ben/ratings", headers=bearer(of_ben)).status_code == 200
        for path, item in document["paths"].items():
            if "{person}" not in path:
                continue
            address = path.replace("{person}", "ben")
            for name in re.findall(r"\{(\w+)\}", address):
                assert name in IN_PATH, f"say what {name} of {path} is to be"
                address = address.replace(f"{{{name}}}", IN_PATH[name])
            for verb, operation in item.items():
                sent = body_of(operation, known)
                headers = bearer(secret) | sent.pop("headers", {})
                query = {
                    parameter["name"]: "tmdb:603"
                    for parameter in operation.get("parameters", ())
                    if parameter["in"] == "query" and parameter.get("required")
                }
                answer = client.request(verb, address, params=query, headers=headers, **sent)
                assert answer.status_code == 404, f"{verb} {path}: {answer.text}"
                assert "4.5" not in answer.text
                asked += 1
    assert asked > 20
    assert everything(store) == before


# 22: where no secret is


def test_no_secret_is_in_the_database_the_log_or_an_error(
    app: FastAPI,
    store: Store,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    right, other, wrong = PASSWORDS
    secrets = set(PASSWORDS)
    said: list[str] = []
    monkeypatch.setenv("MATINEE_DATABASE_URL", f"sqlite:///{tmp_path / 'store.db'}")

    def command(*words: str, typed: str | None = None) -> Any:
        return CliRunner().invoke(commands, ["user", *words], input=typed)

    def heard(answer: Any) -> None:
        said.append(answer.text)

    made = command("create", "root", "--admin", "--password-stdin", typed=right)
    said.append(made.output)
    token = command("token", "root", "--scope", "admin", "--json")
    secrets.add(json.loads(token.stdout)["token"])
    said.append(token.stderr)
    said.append(command("token", "nobody").output)

    with TestClient(app, base_url=HERE, follow_redirects=False) as client:
        admin = bearer(json.loads(token.stdout)["token"])
        for body in (
            {"name": "ann", "password": other},
            {"name": "ann", "password": other, "x": 1},
            {"password": right},
        ):
            heard(client.post("/v1/people", json=body, headers=admin))
        own = client.post("/v1/people/me/tokens", json={"days": 1}, headers=admin)
        secrets.add(own.json()["token"])
        heard(client.get("/v1/people/me/tokens", headers=admin))
        # Failures of every kind, with secrets in hand.
        for path in (
            "/v1/search?q=a",
            "/v1/parse?q=a",
            "/v1/titles/x",
            "/v1/nowhere",
            "/search?q=a",
        ):
            for secret in [*secrets, f"mtn_{'x' * 43}"]:
                heard(client.get(path, headers=bearer(secret)))
        secrets.add(f"mtn_{'x' * 43}")
        change = {"password": other, "old_password": wrong}
        heard(client.patch("/v1/people/me", json=change, headers=bearer(wrong)))
        for password in (wrong, right):
            answer = client.post("/login", data={"name": "root", "password": password})
            said.append(answer.text)
        cookie = client.cookies[COOKIE]
        session = cookies_of(app).unpack(cookie)
        assert session is not None
        secrets |= {cookie, session}
        for path in ("/v1/me", "/login", "/v1/nowhere", "/v1/search?q=a"):
            heard(client.get(path))
        heard(client.post("/v1/people", json={"name": "x"}))
        heard(client.post("/logout"))
    assert len(secrets) >= 8

    files = sorted(tmp_path.glob("store.db*"))
    assert files[0].stat().st_size > 10_000
    kept = b"".join(file.read_bytes() for file in files)
    assert b"root" in kept
    logged = "\n".join(
        f"{record.getMessage()} {record.__dict__!r} {record.exc_text}" for record in caplog.records
    )
    assert "this search fails" in logged + caplog.text
    for secret in secrets:
        assert secret.encode() not in kept
        assert secret not in logged
        assert secret not in caplog.text
        assert secret not in "\n".join(said)


def test_no_secret_is_in_what_a_value_says_of_itself(app: FastAPI, store: Store) -> None:
    ann = store.accounts.create("ann", password=PASSWORDS[0]).result()
    token, secret = store.tokens.create("ann").result()
    settings = Settings(secret="x" * 40, database_url="postgresql://u:hunter22@h/d")
    shown = repr((ann, token, settings, store, cookies_of(app)))
    for hidden in (secret, PASSWORDS[0], "x" * 40, "hunter22", repr(cookies_of(app).key)):
        assert hidden not in shown


# 23: made-up tokens


def encoded(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwt(algorithm: str, key: bytes = b"", **claims: Any) -> str:
    """Return a JSON web token as other services would take it."""
    signed = f"{encoded({'alg': algorithm, 'typ': 'JWT'})}.{encoded({'sub': 'root', **claims})}"
    signature = hmac.new(key, signed.encode(), hashlib.sha256).digest() if key else b""
    return f"{signed}.{encoded(signature)}"


@pytest.mark.parametrize(
    "token",
    [
        jwt("none", role="admin"),
        jwt("None", role="admin"),
        jwt("HS256", b"secret", role="admin", exp=9_999_999_999),
        jwt("HS256", b"", role="admin"),
        jwt("HS256", b"your-secret-key", user_id=1, exp=1),
        jwt("RS256", b"x", kid="../../../dev/null"),
    ],
)
def test_a_json_web_token_is_no_token(app: FastAPI, store: Store, token: str) -> None:
    store.accounts.create("root", role=Role.ADMIN).result()
    with TestClient(app, base_url=HERE, follow_redirects=False) as client:
        for path in ("/v1/me", "/v1/people", "/", "/movies/recommendations?user_id=1"):
            answer = client.get(path, headers=bearer(token))
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
            assert token not in answer.text


# 19: paths that lead out


NAMES = [
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "%252e%252e%252fetc%252fpasswd",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "//etc/passwd",
    "..\\..\\etc\\passwd",
    "..%5c..%5cetc%5cpasswd",
    "file:%2f%2f%2fetc%2fpasswd",
    "tmdb:603%00",
    "%00",
    "matinee.css%00.svg",
    "tmdb:..%2f..%2fetc%2fpasswd",
    "tmdb:603%0d%0aset-cookie:%20a=b",
    "%ff%fe",
    "..;/etc/passwd",
]
PLACES = [
    "/v1/titles/{}",
    "/v1/titles/{}/similar",
    "/title/{}",
    "/poster/{}.svg",
    "/static/{}",
    "/static/x/{}",
    "/static/{}/matinee.css/..",
    "/v1/library/versions/{}x",
    "/v1/people/{}/ratings",
    "/v1/people/me/explain/{}",
    "/{}",
]


def ask(app: FastAPI, raw: str) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
    """Ask for an address to the letter: clients tidy up what has dots in it."""
    sent: list[Any] = []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": unquote(raw),
        "raw_path": raw.encode("latin-1"),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 7860),
        "state": {},
    }

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], body, sent[0]["headers"]


@pytest.mark.parametrize("place", PLACES)
def test_no_path_leads_out(demo: Library, store: Store, place: str) -> None:
    app = create_app(demo, settings=Settings(), store=store)
    for name in NAMES:
        status, body, headers = ask(app, place.format(name))
        # A name of a version is checked by its form before it is looked for.
        assert status in ((404, 422) if "versions" in place else (404,)), (place, name, body)
        assert b"root:" not in body
        assert b"set-cookie" not in {key for key, _ in headers}


def test_what_is_there_is_found(demo: Library, store: Store) -> None:
    """The other way round, so that the above is not for want of routes."""
    app = create_app(demo, settings=Settings(), store=store)
    assert ask(app, "/v1/titles/tmdb%3a603")[0] == 200
    assert ask(app, "/static/x/matinee.css")[0] == 200
    assert ask(app, "/v1/people/me/ratings")[0] == 200
    assert ask(app, "/v1/titles/tmdb:603/similar")[0] == 200
    assert ask(app, "/poster/tmdb:603.svg")[0] == 200
