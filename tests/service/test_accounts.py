"""Signing in, people and tokens over HTTP, and who may do what."""

from __future__ import annotations

import re
import shutil
import time
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from matinee.errors import SettingsError
from matinee.service import create_app, throttle
from matinee.service.exposure import check_exposure
from matinee.service.routes.accounts import local_path
from matinee.service.sessions import COOKIE
from matinee.settings import Settings
from matinee.store import checks, open_store
from matinee.store.passwords import LONGEST, SHORTEST
from matinee.store.records import Role, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from matinee.store import Store

PASSWORD = "correct horse"  # noqa: S105 -- of nobody
HERE = "http://films.example"
ANY = "0.0.0.0"  # noqa: S104 -- nothing listens


@pytest.fixture(scope="module")
def household(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of three people, made once: to hash a password takes time on purpose."""
    file = tmp_path_factory.mktemp("household") / "store.db"
    opened = open_store(f"sqlite:///{file}")
    opened.accounts.create("ann", password=PASSWORD).result()
    opened.accounts.create("ben", max_age=12, password=PASSWORD).result()
    opened.accounts.create("root", role=Role.ADMIN, password=PASSWORD).result()
    opened.close()
    return file


@pytest.fixture
def store(household: Path, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{shutil.copy(household, tmp_path)}")
    yield opened
    opened.close()


@pytest.fixture
def browse(library, store) -> Iterator[Callable[..., TestClient]]:
    """Make browsers of one app."""
    app = create_app(library, settings=Settings(), store=store)
    made: list[TestClient] = []

    def browser(base_url: str = HERE, **headers: str) -> TestClient:
        client = TestClient(app, base_url=base_url, follow_redirects=False, headers=headers)
        client.__enter__()
        made.append(client)
        return client

    yield browser
    for client in made:
        client.__exit__(None, None, None)


def sign_in(client: TestClient, name: str, password: str = PASSWORD, **fields: str) -> Any:
    return client.post("/login", data={"name": name, "password": password, **fields})


def proof_in(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def token_of(store: Store, name: str, *scopes: Scope) -> dict[str, str]:
    made = store.tokens.create(name, scopes=scopes or (Scope.READ, Scope.WRITE)).result()
    return {"authorization": f"Bearer {made[1]}"}


# Signing in


def test_signing_in_leads_to_the_page_that_was_asked_for(browse):
    client = browse()
    led = client.get("/search?q=heist").headers["location"]
    page = client.get(led)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert 'name="next" value="/search?q=heist"' in page.text
    assert "<script" not in page.text.split("<main")[1]
    answer = sign_in(client, " Ann ", next="/search?q=heist")
    assert (answer.status_code, answer.headers["location"]) == (303, "/search?q=heist")
    assert client.get("/search?q=heist").status_code == 200
    assert client.get("/v1/me").json() == {
        "name": "ann",
        "role": "person",
        "max_age": None,
        "scopes": ["read", "write"],
        "via": "session",
    }


def test_the_cookie_is_for_this_server_alone(browse, store):
    for base_url, secure in ((HERE, False), ("https://films.example", True)):
        answer = sign_in(browse(base_url), "ann")
        parts = set(answer.headers["set-cookie"].lower().split("; ")[1:])
        days = Settings().session_days
        assert parts - {"secure"} == {
            "httponly",
            "samesite=lax",
            "path=/",
            f"max-age={days * 86400}",
        }
        assert ("secure" in parts) is secure
        assert store.counts()["sessions"] >= 1


def test_a_public_address_by_https_makes_the_cookie_secure(library, store):
    app = create_app(library, settings=Settings(public_url="https://films.example"), store=store)
    with TestClient(app, base_url=HERE, follow_redirects=False) as client:
        assert "Secure" in sign_in(client, "ann").headers["set-cookie"]


def test_a_wrong_password_and_a_wrong_name_get_the_same_answer(browse):
    pages = {
        re.sub(r'value="[^"]*"', "", sign_in(browse(), name, password).text)
        for name, password in (
            ("ann", "wrong password"),
            ("nobody", PASSWORD),
            ("ann", ""),
            ("../ann", PASSWORD),
            ("ann\0", PASSWORD),
            ("x" * 5_000, PASSWORD),
            ("ann", PASSWORD + "x" * 5_000),
        )
    }
    assert len(pages) == 1
    answer = sign_in(browse(), "zoe", "wrong password")
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "wrong password" not in answer.text


def test_the_name_typed_is_shown_and_escaped(browse):
    page = sign_in(browse(), '"><script>', "wrong password").text
    assert "&#34;&gt;&lt;script&gt;" in page
    assert '"><script>' not in page


def test_guessing_is_slow(browse):
    client = browse()
    for _ in range(throttle.BY_NAME):
        assert sign_in(client, "ann", "wrong password").status_code == 401
    # The right one does not help now, else an answer would still tell which it is.
    answer = sign_in(client, "ann")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= throttle.WINDOW
    assert sign_in(client, "ben").status_code == 303


def test_attempts_are_counted_by_name_and_by_address():
    now = [0.0]
    guard = throttle.Throttle(clock=lambda: now[0])
    assert not any(guard.begin("ann", "a") for _ in range(throttle.BY_NAME))
    assert guard.begin("ann", "a") == throttle.WINDOW
    assert guard.begin("ann", "b") == 0
    now[0] = 59.5
    assert guard.begin("ann", "a") == 1
    now[0] = 60.0
    assert guard.begin("ann", "a") == 0
    names = [guard.begin(f"name {number}", "c") for number in range(throttle.BY_ADDRESS + 1)]
    assert [bool(wait) for wait in names] == [False] * throttle.BY_ADDRESS + [True]
    for _ in range(throttle.BY_ADDRESS + 5):
        assert guard.begin("ben", "d") == 0
        guard.succeeded("ben", "d")


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/a\r\nset-cookie: a=b",
        "search",
        "",
        "/" + "a" * 5_000,
    ],
)
def test_nobody_is_led_to_another_site(browse, wanted: str):
    assert local_path(wanted) == "/"
    assert sign_in(browse(), "ann", next=wanted).headers["location"] == "/"
    assert browse().get("/login", params={"next": wanted}).text.count('name="next" value="/"') == 1


def test_signing_out_ends_the_session_in_the_store(browse, store):
    client = browse()
    sign_in(client, "ann")
    kept = client.cookies[COOKIE]
    page = client.get("/login").text
    assert "You are signed in" in page
    assert client.post("/logout").status_code == 403
    assert client.get("/v1/me").status_code == 200
    answer = client.post("/logout", data={"csrf": proof_in(page)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert COOKIE not in client.cookies
    assert store.counts()["sessions"] == 0
    # What this process remembers of the session lasts a second.
    time.sleep(1.05)
    assert browse(cookie=f"{COOKIE}={kept}").get("/v1/me").status_code == 401


def test_another_site_signs_nobody_in(browse):
    client = browse(origin="http://evil.example")
    assert sign_in(client, "ann").status_code == 403
    assert COOKIE not in client.cookies


def test_without_accounts_there_is_nothing_to_sign_in_to(library, tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'empty.db'}")
    app = create_app(library, settings=Settings(), store=store)
    with TestClient(app, base_url="http://localhost", follow_redirects=False) as client:
        assert client.get("/login").headers["location"] == "/"
        assert sign_in(client, "ann").headers["location"] == "/"
        assert client.get("/v1/me").json()["via"] == "local"
    store.close()


def test_other_processes_know_the_cookie(library, store):
    """Each worker has an app of its own; they share the secret in the store, or the one given."""
    for settings in (Settings(), Settings(secret="a secret of thirty-two letters and more")):  # noqa: S106
        first, second = (create_app(library, settings=settings, store=store) for _ in range(2))
        with TestClient(first, base_url=HERE, follow_redirects=False) as client:
            sign_in(client, "ann")
            cookies = dict(client.cookies)
        with TestClient(second, base_url=HERE, cookies=cookies) as client:
            assert client.get("/v1/me").json()["name"] == "ann"


# People


def test_an_administrator_makes_changes_and_deletes_people(browse, store):
    client = browse(**token_of(store, "root", Scope.ADMIN))
    made = client.post("/v1/people", json={"name": "kim", "max_age": 6})
    assert (made.status_code, made.headers["location"]) == (201, "/v1/people/kim")
    assert made.json()["max_age"] == 6
    assert "key" not in made.json()
    assert client.post("/v1/people", json={"name": "kim"}).status_code == 409
    names = [each["name"] for each in client.get("/v1/people").json()["people"]]
    assert names == ["ann", "ben", "kim", "root"]
    changed = client.patch("/v1/people/kim", json={"role": "admin", "max_age": None})
    assert (changed.json()["role"], changed.json()["max_age"]) == ("admin", None)
    assert client.patch("/v1/people/kim", json={}).json() == changed.json()
    assert client.delete("/v1/people/kim").status_code == 204
    assert client.delete("/v1/people/kim").status_code == 404
    assert client.patch("/v1/people/kim", json={"max_age": 3}).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "../x"},
        {"name": "x" * 65},
        {"name": 5},
        {"name": "kim", "role": "god"},
        {"name": "kim", "max_age": "6"},
        {"name": "kim", "max_age": 6.5},
        {"name": "kim", "max_age": True},
        {"name": "kim", "max_age": -1},
        {"name": "kim", "max_age": 22},
        {"name": "kim", "max_age": 1e300},
        {"name": "kim", "password": "short"},
        {"name": "kim", "password": "x" * 257},
        {"name": "kim", "password": "NUL in \0 it"},
        {"name": "kim", "role": None},
        {"name": "me"},
        {"name": ".kim"},
        {"name": "kim", "admin": True},
        [],
        None,
    ],
)
def test_a_bad_person_is_refused(browse, store, body: Any):
    client = browse(**token_of(store, "root", Scope.ADMIN))
    answer = client.post("/v1/people", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert store.accounts.get("kim") is None


def test_nobody_else_does(browse, store):
    for headers in (
        token_of(store, "ann", Scope.READ, Scope.WRITE, Scope.ADMIN),
        token_of(store, "root", Scope.READ, Scope.WRITE),
    ):
        client = browse(**headers)
        assert client.get("/v1/people").status_code == 403
        assert client.post("/v1/people", json={"name": "kim"}).status_code == 403
        assert client.patch("/v1/people/ben", json={"max_age": None}).status_code == 404
        assert client.delete("/v1/people/ben").status_code == 404
    ben = store.accounts.get("ben")
    assert ben is not None
    assert ben.max_age == 12


@pytest.mark.parametrize("changes", [{"max_age": None}, {"max_age": 18}, {"role": "admin"}])
def test_a_child_cannot_lift_its_own_limit(browse, store, changes: dict[str, Any]):
    client = browse(**token_of(store, "ben"))
    assert client.patch("/v1/people/me", json=changes).status_code == 403
    ben = store.accounts.get("ben")
    assert ben is not None
    assert (ben.max_age, ben.role) == (12, Role.PERSON)


def test_a_password_is_changed_by_who_knows_it(browse, store):
    client = browse(**token_of(store, "ann"))
    for old in ({}, {"old_password": "wrong password"}, {"old_password": None}):
        answer = client.patch("/v1/people/me", json={"password": "another one", **old})
        assert answer.status_code == 403
        assert "another one" not in answer.text
    assert store.accounts.check_password("ann", PASSWORD) is not None
    right = {"password": "another one", "old_password": PASSWORD}
    assert client.patch("/v1/people/me", json=right).status_code == 200
    assert store.accounts.check_password("ann", "another one") is not None
    root = browse(**token_of(store, "root", Scope.ADMIN))
    assert root.patch("/v1/people/ann", json={"password": None}).json()["has_password"] is False


def test_anybody_may_have_their_own_data_deleted(browse, store):
    assert browse(**token_of(store, "ann")).delete("/v1/people/me").status_code == 204
    assert store.accounts.get("ann") is None
    assert store.accounts.get("ben") is not None


def test_a_token_that_reads_writes_nothing(browse, store):
    client = browse(**token_of(store, "ann", Scope.READ))
    assert client.get("/v1/me").json()["scopes"] == ["read"]
    assert client.delete("/v1/people/me").status_code == 403
    assert client.post("/v1/people/me/tokens", json={}).status_code == 403
    assert store.accounts.get("ann") is not None


# Tokens


def test_tokens_are_made_listed_and_revoked_at_a_browser(browse, store):
    client = browse()
    sign_in(client, "ann")
    client.headers["x-csrf-token"] = proof_in(client.get("/login").text)
    body = {"label": "backup", "scopes": ["read"], "days": 1}
    made = client.post("/v1/people/me/tokens", json=body)
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    token = made.json()["token"]
    assert made.json()["expires"] - made.json()["created"] in range(86_398, 86_403)
    program = browse(authorization=f"Bearer {token}")
    assert program.get("/v1/me").json()["scopes"] == ["read"]
    listed = client.get("/v1/people/ann/tokens")
    assert token not in listed.text
    (entry,) = listed.json()["tokens"]
    assert (entry["label"], entry["start"]) == ("backup", token[: len(entry["start"])])
    assert client.delete(f"/v1/people/me/tokens/{entry['key']}").status_code == 204
    time.sleep(1.05)
    assert program.get("/v1/me").status_code == 401


def test_a_token_makes_no_tokens(browse, store):
    client = browse(**token_of(store, "ann"))
    assert client.post("/v1/people/me/tokens", json={}).status_code == 403
    root = browse(**token_of(store, "root", Scope.ADMIN))
    assert root.post("/v1/people/ann/tokens", json={}).status_code == 201
    assert root.post("/v1/people/ann/tokens", json={"scopes": ["admin"]}).status_code == 403


def test_the_token_of_another_is_not_there(browse, store):
    theirs, _ = store.tokens.create("ben").result()
    client = browse(**token_of(store, "ann"))
    for path in (
        f"/v1/people/ben/tokens/{theirs.key}",
        f"/v1/people/me/tokens/{theirs.key}",
        "/v1/people/me/tokens/999999",
    ):
        assert client.delete(path).status_code == 404
    assert client.get("/v1/people/ben/tokens").status_code == 404
    assert all(token.revoked is None for token in store.tokens.all("ben"))


@pytest.mark.parametrize(
    "body",
    [
        {"scopes": []},
        {"scopes": ["god"]},
        {"scopes": "read"},
        {"days": 0},
        {"days": "5"},
        {"label": "x" * 300},
        {"secret": "mine"},
    ],
)
def test_a_bad_token_is_refused(browse, store, body: dict[str, Any]):
    client = browse(**token_of(store, "root", Scope.ADMIN))
    assert client.post("/v1/people/me/tokens", json=body).status_code == 422


# Exposure


def test_an_address_others_reach_needs_accounts(store, tmp_path):
    empty = open_store(f"sqlite:///{tmp_path / 'empty.db'}")
    for accounts in ("auto", "on", "off"):
        for host in ("127.0.0.1", "localhost", "::1"):
            check_exposure(host, Settings(accounts=accounts), empty)
        for host in (ANY, "::", "", "192.168.1.5"):
            with pytest.raises(SettingsError, match="matinee user create NAME --admin"):
                check_exposure(host, Settings(accounts=accounts), empty)
    for accounts in ("auto", "on"):
        check_exposure(ANY, Settings(accounts=accounts), store)
    with pytest.raises(SettingsError, match="accounts are off"):
        check_exposure(ANY, Settings(accounts="off"), store)
    with pytest.raises(SettingsError, match="nobody could sign in"):
        check_exposure(ANY, Settings(accounts="on"), empty)
    empty.close()


def test_a_whole_age_may_be_written_as_a_float(browse, store):
    root = browse(**token_of(store, "root", Scope.ADMIN))
    assert root.patch("/v1/people/ben", json={"max_age": 11.0}).json()["max_age"] == 11
    assert store.accounts.get("ben").max_age == 11


def test_a_role_is_left_as_it_is_or_named_but_never_taken_away(browse, store):
    root = browse(**token_of(store, "root", Scope.ADMIN))
    refused = root.patch("/v1/people/ben", json={"role": None, "max_age": 3})
    assert refused.status_code == 422
    assert "role" in refused.json()["detail"]
    assert root.patch("/v1/people/root", json={"max_age": 18}).json()["role"] == "admin"
    assert root.patch("/v1/people/ben", json={"role": "person"}).json()["role"] == "person"
    assert store.accounts.get("ben").max_age == 12


def test_the_document_has_the_bounds_of_names_and_passwords(browse, store):
    root = browse(**token_of(store, "root", Scope.ADMIN))
    known = root.get("/openapi.json").json()["components"]["schemas"]
    name = known["NewPerson"]["properties"]["name"]
    for good in ("ann", "a", "0.-_", "a" * 64):
        assert re.search(name["pattern"], good)
        assert checks.is_name(good)
    for wrong in ("", "Ann", "-a", ".a", "ä", "a b"):
        assert not re.search(name["pattern"], wrong)
        assert not checks.is_name(wrong)
    assert (name["minLength"], name["maxLength"], name["not"]) == (1, 64, {"const": "me"})
    password = known["NewPerson"]["properties"]["password"]["anyOf"][0]
    assert (password["minLength"], password["maxLength"]) == (SHORTEST, LONGEST)
    role = known["PersonChanges"]["properties"]["role"]
    assert role["enum"] == ["person", "admin"]
    assert not {"default", "anyOf"} & set(role)
