"""What is tried again, how often, after how long; what is not; and strange answers."""

from __future__ import annotations

import pickle

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.client import ClientError, MatineeClient, Retries
from matinee.client import errors as refusals
from matinee.client.errors import error_from
from matinee.errors import (
    LibraryError,
    MatineeError,
    ModelError,
    NotSignedInError,
    StoreUnavailableError,
)

FOUND = b'{"results":[],"query":"x","method":"hybrid","library":"v0001","novelty":7}'


class Server:
    """Answers in turn what it was told; the last answer again and again."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx2.Request] = []
        self.waits: list[float] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, **options) -> MatineeClient:
        return MatineeClient(
            "http://server",
            transport=httpx2.MockTransport(self),
            sleep=self.waits.append,
            **options,
        )


def busy(status: int = 503, after: str | None = "1") -> httpx2.Response:
    headers = {} if after is None else {"retry-after": after}
    body = b'{"type": "/docs#problem-store-unavailable", "detail": "It is busy."}'
    return httpx2.Response(status, content=body, headers=headers)


def ok(body: bytes = FOUND) -> httpx2.Response:
    return httpx2.Response(200, content=body, headers={"x-request-id": "abc"})


def test_busy_servers_are_asked_again_when_they_say():
    server = Server(busy(after="2"), busy(429, after="3"), ok())
    with server.client() as client:
        found = client.search("x")
    assert found.request_id == "abc"
    assert len(server.requests) == 3
    assert 2 <= server.waits[0] <= 2.5
    assert 3 <= server.waits[1] <= 3.75


@given(st.integers(1, 6), st.floats(0.01, 5), st.floats(0, 1))
def test_waits_grow_and_are_bounded(tries, first, jitter):
    retries = Retries(tries=tries, first_wait=first, jitter=jitter)
    waits = []
    for tried in range(1, tries + 1):
        wait = retries.wait(tried, None)
        if wait is None:
            break
        waits.append(wait)
        assert first * 2 ** (tried - 1) <= wait <= retries.longest_wait * (1 + jitter)
    assert len(waits) < tries
    assert retries.wait(tries, "1") is None


def test_a_long_wait_is_not_waited_for():
    server = Server(busy(429, after="3600"))
    with server.client() as client, pytest.raises(ClientError) as raised:
        client.search("x")
    assert raised.value.status == 429
    assert server.waits == []


def test_it_gives_up_in_the_end():
    server = Server(busy())
    with server.client(retries=Retries(tries=4)) as client, pytest.raises(StoreUnavailableError):
        client.search("x")
    assert len(server.requests) == 4
    assert len(server.waits) == 3


def test_lost_connections_are_tried_again():
    server = Server(httpx2.ConnectError("refused"), httpx2.ReadTimeout("late"), ok())
    with server.client() as client:
        assert client.search("x").method == "hybrid"
    server = Server(httpx2.ConnectError("refused"))
    with server.client() as client, pytest.raises(refusals.NoAnswerError, match="refused"):
        client.search("x")
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("ask", "times"),
    [
        (lambda c: c.rate("tmdb:603", 4), 3),
        (lambda c: c.unrate("tmdb:603"), 3),
        (lambda c: c.rate_many([("tmdb:603", 4)]), 3),
        (lambda c: c.record_events([{"kind": "click", "id": "tmdb:603"}]), 3),
        (lambda c: c.recommendations(history=["tmdb:603"]), 3),
        (lambda c: c.group(["me"]), 3),
        (lambda c: c.create_person("bo"), 1),
        (lambda c: c.create_token(), 1),
        (lambda c: c.change_person("bo", max_age=3), 1),
        (lambda c: c.delete_person("bo"), 1),
        (lambda c: c.reload(), 1),
    ],
)
def test_only_what_does_no_harm_twice_is_tried_again(ask, times):
    for failure in (busy(), httpx2.ReadError("lost")):
        server = Server(failure)
        with server.client() as client, pytest.raises(ClientError):
            ask(client)
        assert len(server.requests) == times
        bodies = {request.content for request in server.requests}
        # An event that is sent again has the key it had before.
        assert len(bodies) == 1


def test_refusals_are_not_tried_again():
    for status in (400, 401, 403, 404, 409, 413, 422, 500, 507):
        server = Server(busy(status))
        with server.client() as client, pytest.raises(ClientError):
            client.search("x")
        assert len(server.requests) == 1


def test_what_is_sent():
    server = Server(ok())
    with server.client(token="mtn_secret") as client:  # noqa: S106
        client.search("x", understand=False, filter=["year:1990..", "-genre:War"], k=3)
        client.similar("local:a b?", fields=["title", "year"])
    first, second = server.requests
    assert first.headers["authorization"] == "Bearer mtn_secret"
    assert first.headers["user-agent"].startswith("matinee-client/")
    assert sorted(first.url.params.multi_items()) == [
        ("filter", "-genre:War"),
        ("filter", "year:1990.."),
        ("k", "3"),
        ("q", "x"),
        ("understand", "false"),
    ]
    assert second.url.raw_path == b"/v1/titles/local:a%20b%3F/similar?fields=title%2Cyear"
    with server.client() as client:
        client.search("x")
    assert "authorization" not in server.requests[-1].headers


def test_unknown_fields_do_no_harm_and_strange_answers_are_told():
    with Server(ok()).client() as client:
        assert client.search("x").query == "x"
    for body in (b"<html>", b"[]", b'{"results": 5}', b""):
        server = Server(ok(body))
        with server.client() as client, pytest.raises(refusals.StrangeAnswerError) as raised:
            client.search("x")
        assert raised.value.request_id == "abc"
        with server.client() as client, pytest.raises(refusals.StrangeAnswerError):
            list(client.ratings())


def stream(*jobs: bytes) -> httpx2.Response:
    lines = b"".join(b"event: x\ndata: " + job + b"\n\n: still there\n\n" for job in jobs)
    return httpx2.Response(200, content=lines)


def test_a_job_is_followed_to_its_end_over_lost_connections():
    first, last = b'{"key":7,"done":1}', b'{"key":7,"done":2,"ended":5}'
    server = Server(stream(first), httpx2.ReadError("lost"), stream(), stream(first, last))
    with server.client(retries=Retries(tries=4)) as client:
        assert [job.done for job in client.follow_job(7)] == [1, 1, 2]
    assert len(server.waits) == 3


def test_a_job_that_cannot_be_followed():
    server = Server(stream())
    with server.client() as client, pytest.raises(refusals.NoAnswerError, match="before the job"):
        list(client.follow_job(7))
    assert len(server.requests) == 3
    server = Server(httpx2.ConnectError("refused"))
    with server.client() as client, pytest.raises(refusals.NoAnswerError, match="refused"):
        list(client.follow_job(7))
    assert len(server.requests) == 3
    server = Server(busy(404))
    with server.client() as client, pytest.raises(ClientError):
        list(client.follow_job(7))
    assert len(server.requests) == 1
    with Server(stream(b"{")).client() as client, pytest.raises(refusals.StrangeAnswerError):
        list(client.follow_job(7))


@pytest.mark.parametrize(
    ("status", "kind", "known"),
    [
        (401, "not-signed-in", NotSignedInError),
        (401, "", NotSignedInError),
        (503, "library", LibraryError),
        (503, "model", ModelError),
        (503, "store-unavailable", StoreUnavailableError),
        (500, "", refusals.ServerFaultError),
        (429, "", refusals.TooManyRequestsError),
        (418, "teapot", ClientError),
    ],
)
def test_problems_are_errors(status, kind, known):
    body = f'{{"type": "/docs#problem-{kind}", "detail": "So it is.", "cure": "Mend it"}}'
    error = error_from(status, body.encode(), "abc")
    assert isinstance(error, known)
    assert isinstance(error, ClientError)
    assert (error.status, error.kind, error.request_id) == (status, kind, "abc")
    assert str(error) == "So it is. Mend it."
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (str(again), again.status, again.request_id) == (str(error), status, "abc")


@given(st.binary(), st.integers(400, 599))
def test_no_answer_is_too_strange_to_be_an_error(body, status):
    error = error_from(status, body)
    assert isinstance(error, MatineeError)
    assert error.status == status
    assert str(error)


def test_the_tree_at_the_top_of_the_errors_is_the_one_there_is():
    drawn = {
        line.split("──", 1)[1].split()[0]
        for line in (refusals.__doc__ or "").splitlines()
        if "──" in line
    }
    there = {
        name
        for name, value in vars(refusals).items()
        if isinstance(value, type) and issubclass(value, ClientError)
    }
    assert drawn == there
