"""``matinee user``: accounts and tokens at the command line."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from matinee.cli.main import app
from matinee.errors import ConflictError, InputError, MatineeError, QueryError, UnknownPersonError
from matinee.store import open_store
from matinee.store.records import Role, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matinee.store import Store

PASSWORD = "correct horse"  # noqa: S105 -- of nobody


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    found = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.setenv("MATINEE_DATABASE_URL", found)
    monkeypatch.setenv("COLUMNS", "200")
    return found


@pytest.fixture
def run(address: str) -> Any:
    """Run ``matinee user``; return what it prints, and raise what it raises."""

    def invoke(*words: str, typed: str | None = None) -> str:
        done = CliRunner().invoke(app, ["user", *words], input=typed)
        if isinstance(done.exception, MatineeError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.stdout

    return invoke


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    opened = open_store(address)
    yield opened
    opened.close()


def test_somebody_gets_an_account(run, store):
    assert "kim has an account (titles for up to 12 years, without a password)" in run(
        "create", "kim", "--max-age", "12"
    )
    made = json.loads(run("create", "root", "--admin", "--json"))
    assert {k: made[k] for k in ("name", "role", "max_age", "has_password")} == {
        "name": "root",
        "role": "admin",
        "max_age": None,
        "has_password": False,
    }
    assert "key" not in made
    listed = json.loads(run("list", "--json"))
    assert [each["name"] for each in listed] == ["kim", "root"]
    assert re.search(r"root +since \d{4}-\d\d-\d\d \(administrator", run("list"))
    kim = store.accounts.get("kim")
    assert kim is not None
    assert (kim.max_age, kim.role) == (12, Role.PERSON)


def test_a_list_of_nobody_says_so(run):
    assert run("list") == "Nobody has an account.\n"
    assert run("tokens") == "There are no tokens.\n"
    assert json.loads(run("list", "--json")) == json.loads(run("tokens", "--json")) == []


def test_a_password_is_read_and_not_shown(run, store):
    said = run("create", "ann", "--password-stdin", typed=f"{PASSWORD}\n")
    assert PASSWORD not in said
    assert store.accounts.check_password("ann", PASSWORD) is not None
    said = run("set", "ann", "--password", typed="another horse\nanother horse\n")
    assert "another horse" not in said
    assert store.accounts.check_password("ann", PASSWORD) is None
    assert store.accounts.check_password("ann", "another horse") is not None
    assert "without a password" in run("set", "ann", "--no-password")
    assert store.accounts.check_password("ann", "another horse") is None


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("create", "ann"), ConflictError),
        (("create", "An n"), QueryError),
        (("create", "../ann"), QueryError),
        (("create", "bob", "--password-stdin"), InputError),
        (("create", "bob", "--password", "--password-stdin"), InputError),
        (("token", "nobody"), UnknownPersonError),
        (("tokens", "nobody"), UnknownPersonError),
        (("token", "ann", "--scope", "admin"), InputError),
        (("revoke", "999"), InputError),
        (("set", "ann"), InputError),
        (("set", "nobody", "--admin"), UnknownPersonError),
        (("set", "ann", "--max-age", "6", "--no-max-age"), InputError),
        (("set", "ann", "--no-password", "--password-stdin"), InputError),
        (("delete", "ann"), InputError),
        (("delete", "nobody", "--yes"), UnknownPersonError),
    ],
)
def test_what_cannot_be_is_refused_with_a_cure(run, store, words, kind):
    store.accounts.create("ann").result()
    with pytest.raises(kind) as raised:
        run(*words, typed="short\n")
    assert raised.value.cure
    assert [person.name for person in store.accounts.all()] == ["ann"]
    assert store.tokens.all() == []


def test_a_token_is_shown_once(run, store):
    run("create", "ann")
    secret = run("token", "ann").strip()
    found = store.tokens.find(secret)
    assert found is not None
    assert found[0].name == "ann"
    assert found[1].scopes == {Scope.READ, Scope.WRITE}
    made = json.loads(
        run("token", "ann", "--scope", "read", "--label", "backup", "--days", "2", "--json")
    )
    assert made["scopes"] == ["read"]
    assert 2 * 86_400 - 5 <= made["expires"] - made["created"] <= 2 * 86_400 + 5
    for said in (run("tokens"), run("tokens", "ann"), run("tokens", "--json")):
        assert secret not in said
        assert made["token"] not in said
        assert made["start"] in said
    assert "backup" in run("tokens", "ann")


def test_a_token_is_revoked(run, store):
    run("create", "ann")
    made = json.loads(run("token", "ann", "--json"))
    key = str(made["key"])
    assert run("revoke", key) == f"Token {key} is revoked.\n"
    assert store.tokens.find(made["token"]) is None
    assert run("revoke", key) == f"Token {key} was revoked before.\n"
    assert json.loads(run("revoke", key, "--json")) == {"key": made["key"], "revoked": False}
    assert "revoked" in run("tokens")


def test_somebody_is_changed(run, store):
    run("create", "kim", "--max-age", "6")
    changed = json.loads(run("set", "kim", "--admin", "--no-max-age", "--json"))
    assert (changed["role"], changed["max_age"]) == ("admin", None)
    assert "titles for up to 1 year" in run("set", "kim", "--no-admin", "--max-age", "1")
    kim = store.accounts.get("kim")
    assert kim is not None
    assert (kim.role, kim.max_age) == (Role.PERSON, 1)


def test_somebody_is_deleted_with_their_tokens(run, store):
    run("create", "ann")
    secret = run("token", "ann").strip()
    assert run("delete", "ann", "--yes") == "ann is deleted.\n"
    assert store.accounts.get("ann") is None
    assert store.tokens.find(secret) is None
    run("create", "bob")
    assert json.loads(run("delete", "bob", "--yes", "--json")) == {"deleted": "bob"}
