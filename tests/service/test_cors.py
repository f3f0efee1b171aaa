"""Pages of other sites: none may ask unless it is named, and none with cookies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from matinee.errors import SettingsError
from matinee.service import cors, create_app

if TYPE_CHECKING:
    from matinee.settings import Settings

FRIEND, STRANGER = "https://films.example", "https://evil.example"


def serving(library: Any, settings: Settings) -> TestClient:
    return TestClient(create_app(library, settings=settings), base_url="http://localhost")


def preflight(client: TestClient, origin: str) -> Any:
    asked = {
        "origin": origin,
        "access-control-request-method": "PUT",
        "access-control-request-headers": "authorization",
    }
    return client.options("/v1/search", headers=asked)


def test_off_by_default(library: Any, settings: Settings) -> None:
    with serving(library, settings) as client:
        for answer in (
            client.get("/v1/search?q=x", headers={"origin": FRIEND}),
            preflight(client, FRIEND),
        ):
            assert not any(name.startswith("access-control") for name in answer.headers)


@pytest.mark.parametrize("accounts", ["auto", "on"])
def test_only_who_is_named_and_without_cookies(
    library: Any, settings: Settings, accounts: Any
) -> None:
    settings = replace(settings, cors_origins=(FRIEND,), accounts=accounts)
    with serving(library, settings) as client:
        allowed = preflight(client, FRIEND)
        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == FRIEND
        assert "PUT" in allowed.headers["access-control-allow-methods"]
        assert "authorization" in allowed.headers["access-control-allow-headers"].lower()
        assert "access-control-allow-credentials" not in allowed.headers
        refused = preflight(client, STRANGER)
        assert refused.status_code == 400
        assert "access-control-allow-origin" not in refused.headers
        answer = client.get("/v1/search?q=x", headers={"origin": FRIEND})
        assert answer.headers["access-control-allow-origin"] == FRIEND
        assert "access-control-allow-credentials" not in answer.headers
        assert "retry-after" in answer.headers["access-control-expose-headers"].lower()
        answer = client.get("/v1/search?q=x", headers={"origin": STRANGER})
        assert "access-control-allow-origin" not in answer.headers


def test_not_everybody() -> None:
    with pytest.raises(SettingsError, match="MATINEE_CORS_ORIGINS"):
        cors.allow(FastAPI(), ["*"])
