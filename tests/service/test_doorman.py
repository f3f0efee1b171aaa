"""Who asks: tokens, cookies, the person of a machine without accounts, and who is sent away."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI, Request
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers
from starlette.testclient import TestClient

from matinee.errors import StoreUnavailableError
from matinee.service import forgery, lookups
from matinee.service.doorman import Doorman
from matinee.service.lookups import Lookups
from matinee.service.sessions import COOKIE, cookies_of
from matinee.settings import Settings
from matinee.store import open_store
from matinee.store.records import Role, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matinee.store import Store

HERE = "http://127.0.0.1:7860"
PASSWORD = "a long password"  # noqa: S105 -- of nobody
ANY = "0.0.0.0"  # noqa: S104 -- nothing listens
JWT_OF_NOBODY = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsInJvbGUiOiJhZG1pbiJ9."


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    yield opened
    opened.close()


def app_of(store: Any, clock: Clock, **settings: Any) -> FastAPI:
    """Return an app that tells who it takes the caller for."""
    app = FastAPI()
    app.state.store, app.state.settings = store, Settings(**settings)

    async def who(request: Request) -> dict[str, Any]:
        caller = request.state.caller
        told = {
            "degraded": request.scope["state"].get("degraded", []),
            "body": (await request.body()).decode(),
        }
        if caller is None:
            return told | {"name": None}
        return told | {
            "name": caller.person.name,
            "key": caller.person.key,
            "scopes": sorted(caller.scopes),
            "admin": caller.is_admin,
            "via": caller.via,
            "limit": caller.key,
        }

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    app.add_api_route("/{path:path}", who, methods=methods)
    app.add_middleware(Doorman, lookups=Lookups(clock))
    return app


def client_of(store: Any, clock: Clock, base_url: str = HERE, **settings: Any) -> TestClient:
    app = app_of(store, clock, **settings)
    return TestClient(app, base_url=base_url, follow_redirects=False)


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


class Down:
    """A store that does not answer."""

    def __getattr__(self, name: str) -> Any:
        return self

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        raise StoreUnavailableError("The database does not answer")


class Flaky:
    """The accounts of a store that can be cut off."""

    def __init__(self, store: Store) -> None:
        self.store, self.down = store, False

    @property
    def accounts(self) -> Any:
        if self.down:
            raise StoreUnavailableError("The database does not answer")
        return self.store.accounts


# Without accounts


def test_without_accounts_everybody_is_the_person_of_the_machine(store: Store, clock: Clock):
    found = client_of(store, clock).get("/v1/x").json()
    person = store.accounts.get("default")
    assert person is not None
    assert found == {
        "degraded": [],
        "body": "",
        "name": "default",
        "key": person.key,
        "scopes": ["admin", "read", "write"],
        "admin": True,
        "via": "local",
        "limit": "local",
    }


def test_reading_goes_on_while_the_store_does_not_answer(clock: Clock):
    found = client_of(Down(), clock, accounts="off").get("/v1/x").json()
    assert found["degraded"] == ["store"]
    assert (found["name"], found["key"], found["admin"]) == ("default", 0, False)
    assert found["scopes"] == ["read", "write"]


def test_where_it_is_not_known_whether_there_are_accounts_only_this_machine_reads(clock: Clock):
    assert client_of(Down(), clock).get("/v1/x").json()["degraded"] == ["store"]
    assert client_of(Down(), clock, host=ANY).get("/v1/x").status_code == 503
    proxied = {"x-forwarded-for": "203.0.113.9"}
    assert client_of(Down(), clock).get("/v1/x", headers=proxied).status_code == 503
    public = client_of(Down(), clock, public_url="http://films.example")
    assert public.get("/v1/x", headers={"host": "films.example"}).status_code == 503


def test_who_had_to_sign_in_has_to_while_the_store_does_not_answer(store: Store, clock: Clock):
    flaky = Flaky(store)
    store.accounts.create("ann").result()
    with client_of(flaky, clock) as client:
        assert client.get("/v1/x").status_code == 401
        flaky.down = True
        clock.now += 60
        assert client.get("/v1/x").status_code == 401


def test_the_first_account_ends_the_open_house_within_a_second(store: Store, clock: Clock):
    with client_of(store, clock) as client:
        assert client.get("/v1/x").status_code == 200
        store.accounts.create("ann", password=PASSWORD).result()
        clock.now += lookups.SECONDS
        assert client.get("/v1/x").status_code == 401


def test_accounts_may_be_off_though_there_are_some(store: Store, clock: Clock):
    store.accounts.create("ann").result()
    assert client_of(store, clock, accounts="off").get("/v1/x").json()["via"] == "local"


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:7860", "films.localhost", "127.0.0.1", "127.9.9.9:1", "[::1]:7"],
)
def test_names_of_this_machine_are_served(store: Store, clock: Clock, host: str):
    assert client_of(store, clock).get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evillocalhost",
        "192.168.1.5:7860",
        ANY,
        "[fe80::1]",
        "",
    ],
)
def test_a_name_made_to_mean_this_machine_is_refused(store: Store, clock: Clock, host: str):
    client = client_of(store, clock)
    answer = client.get("/v1/x", headers={"host": host})
    assert answer.status_code == 421
    assert "MATINEE_PUBLIC_URL" in answer.json()["cure"]
    assert client.get("/health/live", headers={"host": host}).status_code == 200


def test_the_name_of_the_settings_is_served(store: Store, clock: Clock):
    client = client_of(store, clock, public_url="https://films.example", host="films.lan")
    for host in ("films.example", "films.lan:7860"):
        assert client.get("/", headers={"host": host}).status_code == 200


# Other sites


FOREIGN: list[dict[str, str]] = [
    {"origin": "http://evil.example"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:3000"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": HERE, "sec-fetch-site": "cross-site"},
    {"origin": "http://evil.example", "sec-fetch-site": "same-origin"},
]
OWN: list[dict[str, str]] = [
    {},
    {"origin": HERE},
    {"origin": HERE, "sec-fetch-site": "same-origin"},
    {"sec-fetch-site": "none"},
    {"origin": "https://friend.example", "sec-fetch-site": "cross-site"},
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_another_site_changes_nothing(
    store: Store, clock: Clock, headers: dict[str, str], method: str
):
    client = client_of(store, clock)
    answer = client.request(method, "/v1/x", headers=headers)
    assert answer.status_code == 403
    assert client.get("/v1/x", headers=headers).status_code == 200


@pytest.mark.parametrize("headers", OWN)
def test_our_own_pages_and_programs_may(store: Store, clock: Clock, headers: dict[str, str]):
    client = client_of(store, clock, cors_origins=("https://friend.example",))
    assert client.post("/v1/x", headers=headers).status_code == 200


def test_a_token_is_proof_enough(store: Store, clock: Clock):
    store.accounts.create("ann").result()
    _, secret = store.tokens.create("ann").result()
    for headers in FOREIGN:
        answer = client_of(store, clock, base_url="http://films.example").post(
            "/v1/x", headers=headers | bearer(secret)
        )
        assert answer.json()["name"] == "ann"


# Tokens


def test_a_token_says_who_and_what(store: Store, clock: Clock):
    store.accounts.create("ann").result()
    store.accounts.create("root", role=Role.ADMIN).result()
    client = client_of(store, clock)
    made, secret = store.tokens.create("ann", scopes={Scope.READ, Scope.ADMIN}).result()
    found = client.get("/v1/x", headers=bearer(secret)).json()
    assert (found["name"], found["via"], found["limit"]) == ("ann", "token", f"token:{made.key}")
    assert (found["scopes"], found["admin"]) == (["read"], False)
    _, secret = store.tokens.create("root", scopes={Scope.ADMIN}).result()
    assert client.get("/v1/x", headers=bearer(secret)).json()["admin"]
    _, secret = store.tokens.create("root", scopes={Scope.READ}).result()
    assert not client.get("/v1/x", headers=bearer(secret)).json()["admin"]


@pytest.mark.parametrize("accounts", ["on", "off", "auto"])
@pytest.mark.parametrize(
    "header",
    [
        "Bearer mtn_" + "A" * 43,
        "bearer x",
        "Bearer",
        "Bearer ",
        f"Bearer {JWT_OF_NOBODY}",
        "Bearer " + "a" * 100_000,
        "Bearer m\xe9chant",
    ],
)
@pytest.mark.parametrize("path", ["/v1/x", "/", "/login"])
def test_a_wrong_token_is_nobody_at_all(
    store: Store, clock: Clock, accounts: str, header: str, path: str
):
    client = client_of(store, clock, accounts=accounts)
    answer = client.get(path, headers=[(b"authorization", header.encode("latin-1"))])
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert answer.headers["content-type"] == "application/problem+json"


def test_of_two_tokens_none_counts(store: Store, clock: Clock):
    store.accounts.create("ann").result()
    _, secret = store.tokens.create("ann").result()
    given = [("authorization", f"Bearer {secret}")] * 2
    assert client_of(store, clock).get("/v1/x", headers=given).status_code == 401


def test_a_revoked_token_is_refused_within_a_second(store: Store, clock: Clock):
    store.accounts.create("ann").result()
    made, secret = store.tokens.create("ann").result()
    with client_of(store, clock) as client:
        assert client.get("/v1/x", headers=bearer(secret)).status_code == 200
        store.tokens.revoke(made.key).result()
        clock.now += lookups.SECONDS
        assert client.get("/v1/x", headers=bearer(secret)).status_code == 401


def test_an_expired_token_is_refused(store: Store, clock: Clock):
    store.accounts.create("ann").result()
    _, secret = store.tokens.create("ann", expires=1_000_000_000).result()
    assert client_of(store, clock).get("/v1/x", headers=bearer(secret)).status_code == 401


def test_a_token_while_the_store_does_not_answer_is_a_matter_of_waiting(clock: Clock):
    answer = client_of(Down(), clock).get("/v1/x", headers=bearer("mtn_" + "A" * 43))
    assert answer.status_code == 503


# Cookies


@pytest.fixture
def signed_in(store: Store, clock: Clock) -> TestClient:
    """A browser of ann's."""
    ann = store.accounts.create("ann", password=PASSWORD).result()
    client = client_of(store, clock)
    session = store.sessions.create(ann.key, seconds=60).result()
    app: Any = client.app
    client.cookies.set(COOKIE, cookies_of(app).pack(session))
    client.session = session  # type: ignore[attr-defined]
    return client


def proof_of(client: Any) -> str:
    return cookies_of(client.app).csrf(client.session)


def test_a_cookie_says_who(signed_in: TestClient):
    found = signed_in.get("/v1/x").json()
    assert (found["name"], found["via"]) == ("ann", "session")
    assert found["scopes"] == ["read", "write"]
    assert found["limit"].startswith("session:")


def test_a_cookie_nobody_signed_is_nobody(signed_in: TestClient, store: Store):
    value = signed_in.cookies[COOKIE]
    # The last letter of a base64 text may carry bits that mean nothing: the first one is changed.
    signed, signature = value.rsplit(".", 1)
    forged = f"{signed}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    for wrong in (forged, signed_in.session, "", "é"):  # type: ignore[attr-defined]
        answer = signed_in.get(
            "/v1/x", headers=[(b"cookie", f"{COOKIE}={wrong}".encode("latin-1"))]
        )
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_session_that_ended_is_nobody(signed_in: TestClient, store: Store, clock: Clock):
    store.sessions.end(signed_in.session).result()  # type: ignore[attr-defined]
    assert signed_in.get("/v1/x").status_code == 401


def test_a_cookie_alone_changes_nothing(signed_in: TestClient):
    for sent in (
        {"json": {}},
        {"data": {"a": "b"}},
        {"data": {"csrf": "0" * 64}},
        {"files": {"file": b"abc"}},
        {"headers": {"x-csrf-token": "0" * 64}},
        {"headers": {"x-csrf-token": ""}},
    ):
        assert signed_in.post("/v1/x", **sent).status_code == 403  # type: ignore[arg-type]


def test_the_proof_may_stand_in_a_header_or_in_a_form(signed_in: TestClient):
    proof = proof_of(signed_in)
    sent = signed_in.post("/v1/x", json={"a": 1}, headers={"x-csrf-token": proof})
    assert sent.json()["body"] == '{"a":1}'
    sent = signed_in.post("/v1/x", data={"csrf": proof, "a": "b"})
    assert sent.json()["body"] == f"csrf={proof}&a=b"
    sent = signed_in.post("/v1/x", data={"csrf": proof}, files={"file": b"abc"})
    assert sent.status_code == 200
    assert proof in sent.json()["body"]
    assert "abc" in sent.json()["body"]
    other = {"x-csrf-token": proof, "origin": "http://evil.example"}
    assert signed_in.post("/v1/x", headers=other).status_code == 403


def test_the_proof_of_one_session_is_none_of_another(
    signed_in: TestClient, store: Store, clock: Clock
):
    proof = proof_of(signed_in)
    ann = store.accounts.get("ann")
    assert ann is not None
    other = store.sessions.create(ann.key, seconds=60).result()
    app: Any = signed_in.app
    signed_in.cookies.set(COOKIE, cookies_of(app).pack(other))
    assert signed_in.post("/v1/x", headers={"x-csrf-token": proof}).status_code == 403


@given(before=st.binary(max_size=40), after=st.binary(max_size=200), size=st.integers(1, 97))
def test_what_was_read_in_search_of_the_proof_is_read_again(before: bytes, after: bytes, size: int):
    proof = "0123456789abcdef" * 4
    body = before + b"&csrf=" + proof.encode() + b"&" + after
    parts = [body[i : i + size] for i in range(0, len(body), size)]
    waiting = [
        {"type": "http.request", "body": part, "more_body": number < len(parts)}
        for number, part in enumerate(parts, 1)
    ]

    async def receive() -> Any:
        return waiting.pop(0)

    async def read() -> tuple[bool, bytes]:
        headers = Headers({"content-type": "application/x-www-form-urlencoded"})
        right, again = await forgery.proven(headers, receive, proof)
        got = b""
        while True:
            message = await again()
            got += message["body"]
            if not message["more_body"]:
                return right, got

    right, got = asyncio.run(read())
    assert got == body
    assert right


# Accounts


def test_a_program_is_told_and_a_person_is_led_to_the_form(store: Store, clock: Clock):
    client = client_of(store, clock, accounts="on")
    for path in (
        "/v1/search",
        "/api/x",
        "/movies/1",
        "/metrics",
        "/openapi.json",
        "/user_recommend/1",
    ):
        answer = client.get(path)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["status"] == 401
    answer = client.get("/search?q=a%20b&k=3")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=%2Fsearch%3Fq%3Da%2520b%26k%3D3"
    assert client.get("/").headers["location"] == "/login"
    assert client.post("/rate").headers["location"] == "/login"
    for path in ("/health/ready", "/static/x/matinee.css", "/favicon.ico", "/login"):
        assert client.get(path).json()["name"] is None
    for path in ("/v1", "/health-x", "/loginx", "/staticx"):
        assert client.get(path).status_code in (303, 401)


# Look-ups


def test_many_who_ask_at_once_ask_the_store_once(clock: Clock):
    asked: list[int] = []
    go = threading.Event()

    def look() -> str:
        asked.append(1)
        go.wait(10)
        return "found"

    async def ask() -> list[Any]:
        known = Lookups(clock)
        waiting = [asyncio.create_task(known.get("key", look)) for _ in range(50)]
        await asyncio.sleep(0)
        # One that gives up takes nothing from the others.
        waiting.pop(0).cancel()
        await asyncio.sleep(0)
        go.set()
        return await asyncio.gather(*waiting)

    assert asyncio.run(ask()) == ["found"] * 49
    assert asked == [1]


def test_an_answer_is_believed_for_a_second(clock: Clock):
    asked: list[int] = []

    async def ask() -> None:
        known = Lookups(clock)
        for _ in range(3):
            await known.get("key", lambda: asked.append(1))
        assert len(asked) == 1
        clock.now += lookups.SECONDS
        await known.get("key", lambda: asked.append(1))
        assert len(asked) == 2

    asyncio.run(ask())


def test_what_failed_is_told_at_once_and_tried_again_behind_the_back(clock: Clock):
    answers: list[Any] = [StoreUnavailableError("down"), StoreUnavailableError("down"), "up"]

    def look() -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def ask() -> None:
        known = Lookups(clock)
        for _ in range(2):
            with pytest.raises(StoreUnavailableError):
                await known.get("key", look)
        assert len(answers) == 2
        for left in (1, 0):
            clock.now += lookups.SECONDS
            with pytest.raises(StoreUnavailableError):
                await known.get("key", look)
            while known._asked:
                await asyncio.sleep(0.001)
            assert len(answers) == left
        assert await known.get("key", look) == "up"

    asyncio.run(ask())


def test_the_answers_kept_are_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lookups, "_SIZE", 3)

    async def ask() -> None:
        known = Lookups(clock)
        for number in range(10):
            await known.get(number, lambda: None)
        assert list(known._known) == [7, 8, 9]

    asyncio.run(ask())


def test_settings_are_read_when_a_request_comes(store: Store, clock: Clock):
    app = app_of(store, clock)
    client = TestClient(app, base_url=HERE)
    assert client.get("/v1/x").status_code == 200
    app.state.settings = replace(app.state.settings, accounts="on")
    assert client.get("/v1/x").status_code == 401
