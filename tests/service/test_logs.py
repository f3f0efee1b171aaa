"""What is written down, and above all what is not."""

from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from matinee.service import create_app, logs
from matinee.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "mtn_" + "aB3-_xyz" * 5 + "abc"


@pytest.fixture
def written() -> Iterator[Any]:
    """A function that configures the logs and returns what they are written to."""
    names = ("", "matinee", "uvicorn", "uvicorn.error", "uvicorn.asgi", "uvicorn.access")
    loggers = [logging.getLogger(name) for name in names]
    before = [(x.level, x.handlers[:], x.propagate, x.disabled) for x in loggers]

    def configure(**settings: Any) -> io.StringIO:
        stream = io.StringIO()
        logs.configure_logs(Settings(**settings), stream)
        return stream

    yield configure
    for logger, (level, handlers, propagate, disabled) in zip(loggers, before, strict=True):
        logger.level, logger.handlers = level, handlers
        logger.propagate, logger.disabled = propagate, disabled
        logger.manager._clear_cache()  # type: ignore[attr-defined]


def serving(library: Any, settings: Settings) -> TestClient:
    app = create_app(library, settings=settings)
    return TestClient(app, base_url="http://localhost", raise_server_exceptions=False)


def last(stream: io.StringIO) -> dict[str, Any]:
    return json.loads(stream.getvalue().splitlines()[-1])  # type: ignore[no-any-return]


def test_one_line_a_request(written: Any, library: Any, settings: Settings) -> None:
    with serving(library, settings) as client:
        stream = written(log_format="json")
        answer = client.get("/v1/titles/tmdb:603", headers={"x-request-id": "abc-1"})
    assert answer.status_code == 200
    line = last(stream)
    assert stream.getvalue().count("\n") == 1
    assert line["request_id"] == "abc-1"
    assert (line["method"], line["route"], line["status"]) == ("GET", "/v1/titles/{title_id}", 200)
    assert (line["caller"], line["library"]) == ("default", "v0001")
    assert line["ms"] > 0
    assert line["worker"]
    assert line["time"].endswith("Z")


def test_what_people_search_for_is_theirs(written: Any, library: Any, settings: Settings) -> None:
    asked = {"q": "films about my divorce", "token": TOKEN}
    with serving(library, settings) as client:
        for form in ("json", "text"):
            stream = written(log_format=form)
            headers = {"authorization": f"Bearer {TOKEN}", "cookie": "matinee_session=abc123"}
            client.get("/v1/search", params=asked, headers=headers)
            client.get("/v1/search", params=asked)
            client.post("/v1/search", json={"q": asked["q"]})
            client.get("/search", params=asked)
            client.get(f"/nowhere/{TOKEN}", params=asked)
            said = stream.getvalue()
            assert said.count("\n") == 5
            for secret in ("divorce", TOKEN, TOKEN[4:], "abc123"):
                assert secret not in said
        stream = written(log_format="json", log_level="debug")
        client.get("/v1/search", params=asked)
        lines = [json.loads(line) for line in stream.getvalue().splitlines()]
        line = next(line for line in lines if line["logger"] == "matinee.requests")
        assert line["query"] == "films about my divorce"
        assert TOKEN not in stream.getvalue()


def test_an_error_has_its_trace_and_its_request(
    written: Any, library: Any, settings: Settings
) -> None:
    with serving(library, settings) as client:
        stream = written(log_format="json")
        answer = client.get("/v1/search?q=explode", headers={"x-request-id": "abc-2"})
        assert answer.status_code == 500
        lines = [json.loads(line) for line in stream.getvalue().splitlines()]
        (error,) = [line for line in lines if line["level"] == "error"]
        assert "RuntimeError: secret of the server" in error["error"]
        assert "abc-2" in error["message"]
        (request,) = [line for line in lines if line["logger"] == "matinee.requests"]
        assert (request["status"], request["request_id"]) == (500, "abc-2")
        text = written()
        client.get("/v1/search?q=explode")
        assert "Traceback (most recent call last)" in text.getvalue()


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        (f"token {TOKEN} is wrong", TOKEN[4:12]),
        ("cannot reach postgresql://me:hunter2@db.example/x", "hunter2"),
        ("cannot reach postgresql://me:hun:t/er2@db.example/x", "hun"),
        ("redis://:hunter2@cache", "hunter2"),
        ("Authorization: Bearer hunter2", "hunter2"),
        ("headers: {'authorization': 'Basic aHVudGVyMg=='}", "aHVu"),
        ("[(b'authorization', b'hunter2')]", "hunter2"),
        ("Cookie: theme=dark; session=hunter2", "hunter2"),
        ("set-cookie: session=hunter2", "hunter2"),
        ("curl -H 'bearer hunter2'", "hunter2"),
    ],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_secrets_in_messages_and_traces_are_struck_out(
    written: Any, said: str, secret: str, form: str
) -> None:
    stream = written(log_format=form)
    logging.getLogger("matinee.service").error("amiss: %s", said)
    try:
        raise ValueError(said)
    except ValueError:
        logging.getLogger("somebody.else").exception("failed")
    assert secret not in stream.getvalue()
    assert "amiss" in stream.getvalue()
    assert "ValueError" in stream.getvalue()


def test_a_name_cannot_begin_a_line_of_its_own(written: Any) -> None:
    stream = written()
    name = "x\n2026-01-01T00:00:00.000Z INFO    matinee.requests forged\r\x1b[31m\u2028y"
    logging.getLogger("matinee.service").warning("No such title: %s", name)
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()


@given(st.text(st.characters(), max_size=60))
def test_anything_can_be_logged(name: str) -> None:
    record = logging.LogRecord("matinee", logging.INFO, "", 1, "%s", (name,), None)
    record.fields = {"caller": name}
    assert len(logs.Lines().format(record).splitlines()) == 1
    line = logs.JsonLines().format(record)
    assert line.isascii()
    assert "\n" not in line
    assert json.loads(line)["level"] == "info"


def test_levels(written: Any) -> None:
    stream = written(log_level="warning")
    logging.getLogger("matinee.requests").info("hidden")
    logging.getLogger("matinee.service").warning("shown")
    assert "hidden" not in stream.getvalue()
    assert "shown" in stream.getvalue()
    stream = written(log_level="debug")
    logging.getLogger("httpx").info("GET https://example.org/?q=hidden")
    logging.getLogger("matinee.service").debug("shown")
    assert "hidden" not in stream.getvalue()
    assert "shown" in stream.getvalue()


def test_uvicorn_speaks_as_we_do_and_only_once(written: Any) -> None:
    import uvicorn

    # As its own configuration leaves them.
    uvicorn.Config(create_app, log_level="info").configure_logging()
    written()
    stream = written(log_format="json")
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    logging.getLogger("uvicorn.access").info('"GET /v1/search?q=divorce HTTP/1.1" 200')
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["logger"] == "uvicorn.error"
