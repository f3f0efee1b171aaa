"""Asking TMDb: how fast, how patiently, and without showing the key."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import random
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from matinee.errors import InputError, MatineeError, SettingsError, SourceError
from matinee.ingest.tmdbapi import Access, Manners
from matinee.ingest.tmdbapi.client import Tmdb
from matinee.testing.fake_tmdb import FakeTmdb

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Answer = Callable[[httpx2.Request], Awaitable[httpx2.Response]]

KEY = "0123456789abcdef0123456789abcdef"
TOKEN = "eyJhbGciOiJub25lIn0.ZmFrZQ.bm90LWEtc2VjcmV0"  # noqa: S105


def told(status: int, body: Any = None, **headers: str) -> httpx2.Response:
    return httpx2.Response(
        status,
        content=json.dumps(body or {}).encode(),
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def scripted(*answers: httpx2.Response | Exception) -> tuple[Answer, list[float]]:
    """Return a server that answers so in turn, the last ever after, and when it was asked."""
    moments: list[float] = []

    async def answer(request: httpx2.Request) -> httpx2.Response:
        found = answers[min(len(moments), len(answers) - 1)]
        moments.append(asyncio.get_running_loop().time())
        if isinstance(found, Exception):
            raise found
        # A fresh one, for a body is read once.
        return httpx2.Response(found.status_code, headers=found.headers, content=found.content)

    return answer, moments


async def one(tmdb: Tmdb) -> dict[str, Any] | None:
    async with tmdb:
        return await tmdb.get("/movie/1")


# The key


@pytest.mark.parametrize("key", [KEY, TOKEN])
def test_the_key_is_shown_to_tmdb_alone(
    key: str, open_tmdb: Any, in_no_time: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither logs nor errors have it, whatever TMDb says and however it fails."""
    caplog.set_level(logging.DEBUG)
    seen: list[httpx2.Request] = []
    answers = itertools.cycle(
        [
            told(200, {"id": 1}),
            told(401, {"status_message": f"Invalid API key: {key} is none."}),
            told(422, {"status_message": f"{key}?"}),
            told(302, location=f"https://elsewhere.example/?api_key={key}"),
            httpx2.ConnectError(f"cannot connect with {key}"),
            httpx2.ConnectError(f"cannot connect with {key}"),
        ]
    )

    async def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        found = next(answers)
        if isinstance(found, Exception):
            raise found
        return found

    async def run() -> list[str]:
        errors = []
        async with open_tmdb(answer, Manners(tries=2), key) as tmdb:
            assert await tmdb.get("/movie/1", {"page": 1}) == {"id": 1}
            for kind in (SettingsError, SourceError, SourceError, SourceError):
                with pytest.raises(kind) as error:
                    await tmdb.get("/movie/1")
                errors.append(f"{error.value} {error.value!r} {error.value.__cause__!r}")
            errors.append(f"{tmdb.access!r} {vars(tmdb)}")
        return errors

    errors = in_no_time(run())
    assert len(seen) == 6
    assert any("/movie/1" in record.getMessage() for record in caplog.records)
    for text in [*errors, *(record.getMessage() for record in caplog.records)]:
        assert key not in text
    for request in seen:
        in_query = request.url.params.get("api_key") == key
        in_header = request.headers.get("authorization") == f"Bearer {key}"
        assert (in_query, in_header) == ((key == KEY), (key == TOKEN))


@pytest.mark.parametrize("key", ["", " ", None, "with space", "line\nbreak", "é" * 32])
def test_what_is_no_key(key: Any) -> None:
    with pytest.raises(SettingsError) as error:
        Access(key)
    assert "themoviedb.org/settings/api" in str(error.value)
    assert not key or key.isspace() or key not in str(error.value)


def test_a_key_is_taken_without_the_space_it_was_pasted_with() -> None:
    assert Access(f" {KEY}\n").key == KEY


@pytest.mark.parametrize(
    "url",
    [
        "http://api.themoviedb.org/3",
        "http://10.0.0.1/3",
        "http://localhost.example.org/3",
        "ftp://api.themoviedb.org/3",
        "https://someone@api.themoviedb.org/3",
        "https://api.themoviedb.org/3/",
        "https://api.themoviedb.org/3?x=1",
        "https:///3",
        "https://[::1/3",
        "",
    ],
)
def test_addresses_a_key_is_not_sent_to(url: str) -> None:
    with pytest.raises(SettingsError, match="MATINEE_TMDB_URL"):
        Access(KEY, url)


@pytest.mark.parametrize("host", ["127.0.0.1:80", "[::1]:80", "localhost"])
def test_no_tls_is_needed_to_this_machine(host: str) -> None:
    assert Access(KEY, f"http://{host}/3").url.endswith("/3")


# Over a real connection


def test_check() -> None:
    async def run(key: str, url: str) -> str:
        async with Tmdb(Access(key, url)) as tmdb:
            checked = await tmdb.check()
            assert checked.first_seconds > 0
            assert checked.seconds > 0
            return checked.key

    with FakeTmdb(films=1) as fake:
        assert asyncio.run(run(fake.key, fake.url)) == "v3 key"
        assert asyncio.run(run(fake.token, fake.url)) == "v4 token"
        for wrong in ("f" * 32, "a.b.c"):
            with pytest.raises(SettingsError, match="does not accept the key"):
                asyncio.run(run(wrong, fake.url))
        with pytest.raises(SourceError, match="not the address"):
            asyncio.run(run(fake.key, fake.url + "/4"))


def test_connections_are_used_again() -> None:
    async def run() -> None:
        async with Tmdb(Access(fake.key, fake.url), Manners(rate=10_000, concurrency=3)) as tmdb:
            await asyncio.gather(*(tmdb.get("/configuration") for _ in range(60)))

    with FakeTmdb(films=1) as fake:
        asyncio.run(run())
        assert fake.asked == 60
        assert fake.counts.connections <= 3


# What may be tried again


GARBLED = [
    httpx2.Response(200, content=b'{"id": 1'),
    httpx2.Response(200, content=b""),
    httpx2.Response(200, content=b"\xff\xfe"),
    httpx2.Response(200, content=b'{"id": NaN}'),
    httpx2.Response(200, content=b"[1]"),
    httpx2.Response(200, content=b"[" * 100_000),
    httpx2.Response(200, content=b'{"id": ' + b"1" * 10_000 + b"}"),
    httpx2.Response(200, content=b'{"success": false}'),
    httpx2.Response(200, content=b'{"id": "' + b"x" * 5_000 + b'"}'),
    *(told(status) for status in (408, 425, 500, 502, 503, 504)),
    *(
        kind("it broke")
        for kind in (
            httpx2.ConnectError,
            httpx2.ConnectTimeout,
            httpx2.ReadError,
            httpx2.ReadTimeout,
            httpx2.RemoteProtocolError,
        )
    ),
]


@pytest.mark.parametrize("fault", GARBLED, ids=lambda f: repr(f)[:40])
def test_faults_that_pass(fault: Any, open_tmdb: Any, in_no_time: Any) -> None:
    answer, moments = scripted(fault, fault, told(200, {"id": 1}))
    tmdb = open_tmdb(answer, Manners(limit=4_000))
    assert in_no_time(one(tmdb)) == {"id": 1}
    assert len(moments) == tmdb.requests == 3


@pytest.mark.parametrize("fault", GARBLED, ids=lambda f: repr(f)[:40])
def test_faults_that_do_not(fault: Any, open_tmdb: Any, in_no_time: Any) -> None:
    answer, moments = scripted(fault)
    with pytest.raises(SourceError, match=r"4 requests for the same failed \(/movie/1"):
        in_no_time(one(open_tmdb(answer, Manners(limit=4_000, tries=4))))
    assert len(moments) == 4


def test_what_is_not_packed_as_it_says(open_tmdb: Any, in_no_time: Any) -> None:
    async def answer(request: httpx2.Request) -> httpx2.Response:
        async def body() -> AsyncIterator[bytes]:
            yield b"this is no gzip"

        return httpx2.Response(200, headers={"content-encoding": "gzip"}, content=body())

    with pytest.raises(SourceError, match="2 requests"):
        in_no_time(one(open_tmdb(answer, Manners(tries=2))))


@pytest.mark.parametrize("status", [301, 302, 307, 400, 403, 405, 422])
def test_refusals_are_final(status: int, open_tmdb: Any, in_no_time: Any) -> None:
    message = {"status_message": "Invalid page: Pages start\n at 1\x1b[2J."}
    answer, moments = scripted(told(status, message, location="http://127.0.0.1/x"))
    with pytest.raises(SourceError) as error:
        in_no_time(one(open_tmdb(answer)))
    assert f"/movie/1: {status} Invalid page: Pages start at 1[2J" in str(error.value)
    assert len(moments) == 1


def test_what_is_not_there(open_tmdb: Any, in_no_time: Any) -> None:
    answer, moments = scripted(told(404))
    assert in_no_time(one(open_tmdb(answer))) is None
    assert len(moments) == 1


def test_waits_double_and_are_left_to_chance() -> None:
    manners = Manners(first_wait=0.5, longest_wait=6)
    rng = random.Random(0)
    for tried, bound in ((1, 0.5), (2, 1), (3, 2), (4, 4), (5, 6), (50, 6)):
        waits = [manners.wait(tried, rng) for _ in range(400)]
        assert 0 <= min(waits) < 0.1 * bound
        assert 0.9 * bound < max(waits) <= bound


# Time


def test_bytes_that_drip_do_not_prolong_a_request(open_tmdb: Any, in_no_time: Any) -> None:
    async def answer(request: httpx2.Request) -> httpx2.Response:
        async def body() -> AsyncIterator[bytes]:
            for byte in b'{"id": 1}' + b" " * 10_000:
                await asyncio.sleep(1)
                yield bytes([byte])

        return httpx2.Response(200, content=body())

    async def run() -> float:
        start = asyncio.get_running_loop().time()
        with pytest.raises(SourceError, match="no whole answer within 30 s"):
            await one(open_tmdb(answer, Manners(tries=3)))
        return asyncio.get_running_loop().time() - start

    assert 90 <= in_no_time(run()) <= 90 + 0.5 + 1 + 2 + 1


def test_who_never_answers_is_asked_again(open_tmdb: Any, in_no_time: Any) -> None:
    asked = 0

    async def answer(request: httpx2.Request) -> httpx2.Response:
        nonlocal asked
        asked += 1
        if asked < 3:
            await asyncio.sleep(1e6)
        return told(200, {"id": 1})

    assert in_no_time(one(open_tmdb(answer))) == {"id": 1}
    assert asked == 3


# Not being a nuisance


def test_retry_after_holds_everybody(open_tmdb: Any, in_no_time: Any) -> None:
    """After the first 429 nothing is sent until TMDb wants it; then there is no storm."""
    moments: list[float] = []
    paths: list[str] = []
    refused: list[str] = []

    async def answer(request: httpx2.Request) -> httpx2.Response:
        moments.append(asyncio.get_running_loop().time())
        if len(moments) == 40:
            refused.append(request.url.path)
            return told(429, retry_after="7")
        paths.append(request.url.path)
        return told(200, {"id": 1})

    async def run() -> Tmdb:
        async with open_tmdb(answer, Manners(rate=35, burst=5)) as tmdb:
            await asyncio.gather(*(tmdb.get(f"/movie/{n}") for n in range(200)))
        return tmdb

    tmdb = in_no_time(run())
    start = moments[39]
    assert not [m for m in moments if start < m < start + 7 - 1e-6]
    assert len([m for m in moments if start + 7 - 1e-6 <= m < start + 8]) <= 35 + 5
    assert moments[40] < start + 7.5
    assert (tmdb.requests, tmdb.refusals) == (201, 1)
    assert sorted(paths) == sorted(f"/3/movie/{n}" for n in range(200))
    assert refused[0] in paths


def test_503_may_ask_for_a_wait_too(open_tmdb: Any, in_no_time: Any) -> None:
    answer, moments = scripted(told(503, retry_after="60"), told(200, {"id": 1}))
    assert in_no_time(one(open_tmdb(answer))) == {"id": 1}
    assert moments[1] - moments[0] >= 60 - 1e-6


def test_a_refusal_is_no_fault_of_the_request(open_tmdb: Any, in_no_time: Any) -> None:
    answer, moments = scripted(*[told(429, retry_after="1")] * 10, told(200, {"id": 1}))
    assert in_no_time(one(open_tmdb(answer, Manners(tries=1)))) == {"id": 1}
    assert len(moments) == 11


@pytest.mark.parametrize("headers", [{}, {"retry_after": "0"}, {"retry_after": "soon"}])
def test_refused_for_ever(headers: dict[str, str], open_tmdb: Any, in_no_time: Any) -> None:
    """Without a wait that is asked for, one of our own is made, longer and longer."""
    answer, moments = scripted(told(429, **headers))
    with pytest.raises(SourceError, match=r"20 requests for the same failed.*--rate"):
        in_no_time(one(open_tmdb(answer)))
    assert len(moments) == 20
    assert moments[-1] - moments[0] > 60  # 120 s on average, from the eighth on


def test_left_alone_for_too_long(open_tmdb: Any, in_no_time: Any) -> None:
    answer, moments = scripted(told(429, retry_after="3600"))
    with pytest.raises(SourceError, match=r"3,600 seconds.*again after that"):
        in_no_time(one(open_tmdb(answer)))
    assert len(moments) == 1


def test_no_more_at_once_than_agreed(open_tmdb: Any, in_no_time: Any) -> None:
    busy = most = 0

    async def answer(request: httpx2.Request) -> httpx2.Response:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(10)
        busy -= 1
        return told(200, {"id": 1})

    async def run() -> None:
        async with open_tmdb(answer, Manners(concurrency=4)) as tmdb:
            await asyncio.gather(*(tmdb.get(f"/movie/{n}") for n in range(40)))

    in_no_time(run())
    assert most == 4


@pytest.mark.parametrize("bad", [{"concurrency": 0}, {"concurrency": 21}, {"rate": 0}])
def test_manners_that_are_none(bad: dict[str, int]) -> None:
    with pytest.raises(InputError, match=next(iter(bad))):
        Manners(**bad)
    assert issubclass(InputError, MatineeError)
