"""Liveness is of the process, readiness of what it needs; both say what they mean."""

from __future__ import annotations

import dataclasses

import pytest
from starlette.testclient import TestClient

from matinee.errors import StoreUnavailableError
from matinee.service import create_app
from matinee.service.holder import Holder
from matinee.store import open_store


@pytest.fixture
def down(settings, monkeypatch):
    """A store whose database can be taken away and given back."""
    store, state = open_store(settings.database_url), {"down": True}
    ready = store.ready

    def fails() -> None:
        if state["down"]:
            raise StoreUnavailableError("The database does not answer", where="/secret/place")
        ready()

    monkeypatch.setattr(store, "ready", fails)
    state["store"] = store
    yield state
    store.close()


def test_a_store_that_does_not_answer_is_no_reason_to_die(library, settings, down) -> None:
    app = create_app(library, settings=settings, store=down["store"])
    with TestClient(app, base_url="http://localhost") as client:
        assert client.get("/health/live").json() == {"status": "live"}
        answer = client.get("/health/ready")
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json()["parts"] == {"library": "ok", "store": "The database does not answer"}
        assert answer.json()["detail"] == "store: The database does not answer."
        down["down"] = False
        assert client.get("/health/ready").json() == {
            "status": "ready",
            "library": "v0001",
            "titles": len(library),
            "parts": {"library": "ok", "store": "ok"},
            "degraded": [],
        }


def test_a_server_that_is_being_stopped_is_not_ready(library, settings) -> None:
    app = create_app(library, settings=settings)
    with TestClient(app, base_url="http://localhost") as client:
        assert client.get("/health/ready").status_code == 200
        app.state.stopping = True
        assert client.get("/health/ready").json()["parts"]["server"] == "It is being stopped"
        assert client.get("/health/live").status_code == 200


def test_who_brings_the_store_closes_it(library, settings) -> None:
    store = open_store(settings.database_url)
    with TestClient(create_app(library, settings=settings, store=store)):
        pass
    store.ready()
    store.close()


def test_a_library_in_memory_is_never_swapped(library, settings) -> None:
    holder = Holder(library, path=None, settings=settings)
    holder.open()
    holder.watch()
    assert not holder.reload().swapped
    assert holder.root is None
    assert holder.get() is library
    holder.close()


@pytest.mark.parametrize(
    ("public_url", "secure"), [(None, False), ("http://f.example", False), ("https://f", True)]
)
def test_https_is_insisted_on_where_people_come_by_it(
    library, settings, public_url, secure
) -> None:
    settings = dataclasses.replace(settings, public_url=public_url)
    with TestClient(create_app(library, settings=settings), base_url="http://localhost") as client:
        headers = client.get("/health/live").headers
        assert ("strict-transport-security" in headers) == secure
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        # Where a route says nothing else of what is somebody's own.
        refused = client.get("/v1/people/nobody/ratings")
        assert (refused.status_code, refused.headers["cache-control"]) == (404, "no-store")
