"""PostgreSQL killed under load: the service says so at once, and goes on by itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from matinee.testing.postgres import postgres_server

if TYPE_CHECKING:
    from collections.abc import Callable

WITHIN = 10
"""Seconds for an answer while the database is gone: its timeout of 5, and as much for a machine
that is busy."""
BACK = 30
"""Seconds for writes to go on once the database answers."""


@pytest.mark.extra
@pytest.mark.parametrize("workers", [1, 2])
def test_killed_under_load(
    serve: Callable[..., Any],
    raters: Any,
    titles: list[str],
    skip_or_fail: Callable[[str], None],
    workers: int,
) -> None:
    try:
        server = postgres_server()
        database = server.__enter__()
    except FileNotFoundError as error:
        skip_or_fail(str(error))
        return
    try:
        service = serve(database.url, workers=workers)
        service.start()
        pid = service.process.pid
        with raters(service, titles, 4) as load:
            load.wait_for(50)
            database.kill()
            load.wait_for(4, status=503)
            began = time.monotonic()
            refused = service.rate(titles[0], 1.0)
            assert refused.status == 503, refused.raw
            assert int(refused.headers["Retry-After"]) >= 1
            assert "application/problem+json" in refused.headers["Content-Type"]
            assert service.get("/v1/people/me/ratings").status == 503
            ready = service.get("/health/ready")
            assert ready.status == 503
            assert ready.json["parts"]["store"] != "ok"
            # Three answers that had to wait for the database, each within its timeout.
            assert time.monotonic() - began < 3 * WITHIN
            assert service.get("/health/live").status == 200
            found = service.get("/v1/search?q=space&k=3")
            assert found.status == 200
            assert len(found.json["results"]) == 3
            database.start()
            deadline = time.monotonic() + BACK
            while service.get("/health/ready").status != 200:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            load.wait_for(50)
        assert set(load.answers) <= {200, 503}, load.said
        # The same process as before.
        assert service.process.pid == pid
        assert service.process.poll() is None
        found = service.ratings()
        for title, stars in load.acknowledged.items():
            assert found[title] in (stars, load.attempted[title]), title
        told = {status: load.answers[status] for status in sorted(load.answers)}
        print(f"PostgreSQL killed, {workers} workers: answers {told}, no acknowledged rating lost")
        assert service.stop() == 0
    finally:
        server.__exit__(None, None, None)
