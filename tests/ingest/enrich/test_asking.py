"""Hosts asked in series: robots, pace, waits, redirects, what is kept, and what is never shown."""

from __future__ import annotations

import datetime as dt
import json
import logging
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from matinee.errors import InputError, SourceError
from matinee.ingest.asking.agent import agent
from matinee.ingest.asking.tries import RefusedError, UnansweredError
from matinee.ingest.enrich.answers import Answer, Answers
from matinee.ingest.enrich.asking import Asker
from matinee.ingest.outside import Guard
from matinee.ingest.posters.manners import Manners

if TYPE_CHECKING:
    from collections.abc import Callable
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

MANNERS = Manners(connections=1, rate=10.0, burst=1, tries=3, failures=7, redirects=2, limit=1000)
KEY = "never0shown0key"


def json_only(answer: Answer) -> None:
    if answer.status == 200:
        try:
            json.loads(answer.body)
        except ValueError:
            raise ValueError("what came is no JSON") from None


@pytest.fixture
def today() -> list[dt.date]:
    return [dt.date(2026, 3, 1)]


@pytest.fixture
def asker(
    host: Any, asking: Callable[..., Any], tmp_path: Path, today: list[dt.date]
) -> Callable[..., Asker]:
    def make(manners: Manners = MANNERS, keys: Any = None, **more: Any) -> Asker:
        answers = Answers(tmp_path / "kept", today=lambda: today[0])
        api = host.url + "/api/v1/"
        return Asker(answers, asking(**more), manners=manners, api=api, keys=keys)

    return make


def test_an_answer_is_kept_and_asked_for_once(
    host: Any, asker: Callable[..., Asker], as_json: Any
) -> None:
    host.default = as_json({"a": 1})
    for _ in range(2):
        with asker() as made:
            got = made.ask(host.url + "/api/v1/x?i=1", json_only)
            assert (got.status, got.asked) == (200, "2026-03-01")
            assert json.loads(got.body) == {"a": 1}
    assert host.paths == ["/api/v1/x"]
    assert host.robots_asked == 1
    assert host.asked[0][2]["user-agent"] == agent("tests@films.example")
    assert "cookie" not in host.asked[0][2]


def test_requests_keep_a_distance(
    host: Any, asker: Callable[..., Asker], as_json: Any, clock: Any
) -> None:
    host.default = as_json({})
    with asker() as made:
        for n in range(5):
            made.ask(f"{host.url}/api/v1/{n}", json_only)
        assert made.requests == 6
    assert clock.now == pytest.approx(0.5)


def test_a_host_may_want_a_longer_distance(
    host: Any, asker: Callable[..., Asker], as_json: Any, clock: Any
) -> None:
    host.default = as_json({})
    host.robots = "User-agent: *\nCrawl-delay: 3\n"
    with asker() as made:
        for n in range(3):
            made.ask(f"{host.url}/api/v1/{n}", json_only)
    assert clock.now == pytest.approx(6)


def test_a_host_that_wants_too_long_a_distance_is_not_asked(
    host: Any, asker: Callable[..., Asker]
) -> None:
    host.robots = "User-agent: *\nCrawl-delay: 86400\n"
    with asker() as made, pytest.raises(SourceError, match="86,400 seconds between two requests"):
        made.ask(host.url + "/api/v1/x", json_only)
    assert not host.asked


def test_an_absence_is_kept_too(host: Any, asker: Callable[..., Asker]) -> None:
    with asker() as made:
        for _ in range(2):
            assert made.ask(host.url + "/api/v1/none", json_only).status == 404
    assert len(host.asked) == 1


def test_what_is_old_is_asked_anew_by_its_tag(
    host: Any, asker: Callable[..., Asker], as_json: Any, reply: Any, today: list[dt.date]
) -> None:
    url = host.url + "/api/v1/x"
    tagged = as_json({"v": 1}, ETag='"one"', Last_Modified="Sun, 01 Mar 2026 10:00:00 GMT")
    host.scripts["/api/v1/x"] = [tagged, reply(304), reply(304), as_json({"v": 2})]
    with asker(days=10) as made:
        made.ask(url, json_only)
        today[0] += dt.timedelta(9)
        made.ask(url, json_only)
        assert len(host.asked) == 1
        today[0] += dt.timedelta(1)
        got = made.ask(url, json_only)
        assert (json.loads(got.body), got.asked) == ({"v": 1}, "2026-03-11")
        headers = host.asked[1][2]
        assert headers["if-none-match"] == '"one"'
        assert headers["if-modified-since"] == "Sun, 01 Mar 2026 10:00:00 GMT"
        made.ask(url, json_only)  # as good as new
        assert len(host.asked) == 2
        today[0] += dt.timedelta(10)
        made.ask(url, json_only)
        today[0] += dt.timedelta(10)
        assert json.loads(made.ask(url, json_only).body) == {"v": 2}


def test_robots_are_heeded(host: Any, asker: Callable[..., Asker], as_json: Any) -> None:
    host.default = as_json({})
    host.robots = "User-agent: *\nDisallow: /private/\nDisallow: /api/\n"
    with asker() as made:
        made.ask(host.url + "/api/v1/x", json_only)  # documented for programs
        made.ask(host.url + "/public", json_only)
        for path in ("/private/x", "/api/v2/x"):
            with pytest.raises(SourceError, match=r"robots\.txt forbids"):
                made.ask(host.url + path, json_only)
    assert host.paths == ["/api/v1/x", "/public"]


def test_who_is_named_is_bound(host: Any, asker: Callable[..., Asker]) -> None:
    host.robots = "User-agent: Matinee\nDisallow: /\n"
    with asker() as made, pytest.raises(SourceError, match="forbids"):
        made.ask(host.url + "/api/v1/x", json_only)
    assert not host.asked


def test_without_its_rules_a_host_is_not_asked(
    host: Any, asker: Callable[..., Asker], reply: Any
) -> None:
    host.scripts["/robots.txt"] = [reply(500)]
    with asker() as made, pytest.raises(SourceError, match="what robots may do"):
        made.ask(host.url + "/api/v1/x", json_only)
    assert set(host.paths) == {"/robots.txt"}


def test_who_may_not_read_the_rules_is_free(
    host: Any, asker: Callable[..., Asker], reply: Any, as_json: Any
) -> None:
    host.scripts["/robots.txt"] = [reply(403)]
    host.default = as_json({})
    with asker() as made:
        assert made.ask(host.url + "/api/v1/x", json_only).status == 200


def test_retry_after_holds(
    host: Any, asker: Callable[..., Asker], reply: Any, as_json: Any, clock: Any
) -> None:
    limited = reply(429, b"slow down", {"Retry-After": "17"})
    host.scripts["/api/v1/x"] = [limited, reply(503), as_json({})]
    with asker() as made:
        assert made.ask(host.url + "/api/v1/x", json_only).status == 200
    assert clock.now >= 17
    assert any(seconds == pytest.approx(17) for seconds in clock.slept)
    assert len(host.asked) == 3


def test_a_long_rest_ends_the_run(host: Any, asker: Callable[..., Asker], reply: Any) -> None:
    host.default = reply(429, b"", {"Retry-After": "86400"})
    with asker() as made, pytest.raises(SourceError, match="left alone for 86,400 seconds"):
        made.ask(host.url + "/api/v1/x", json_only)
    assert len(host.asked) == 1


def test_what_is_no_answer_is_tried_again_and_not_kept(
    host: Any, asker: Callable[..., Asker], reply: Any, as_json: Any
) -> None:
    page = reply(200, b"<html>Sign in to the network</html>", {"Content-Type": "text/html"})
    url = host.url + "/api/v1/x"
    host.scripts["/api/v1/x"] = [page, page, page, as_json({"a": 1})]
    with asker() as made:
        with pytest.raises(UnansweredError, match="no JSON, 3 times"):
            made.ask(url, json_only)
        assert made.ask(url, json_only).status == 200


def test_a_host_that_fails_is_left_alone(
    host: Any, asker: Callable[..., Asker], reply: Any
) -> None:
    host.default = reply(522)
    with asker() as made:
        for n in range(2):
            with pytest.raises(UnansweredError, match="answers 522, 3 times"):
                made.ask(f"{host.url}/api/v1/{n}", json_only)
        with pytest.raises(SourceError, match="7 requests failed one after another"):
            made.ask(f"{host.url}/api/v1/2", json_only)
    assert len(host.asked) == 7


def test_redirects_stay_on_the_host(
    host: Any, asker: Callable[..., Asker], reply: Any, as_json: Any
) -> None:
    host.scripts["/api/v1/old"] = [reply(302, b"", {"Location": "new"})]
    host.scripts["/api/v1/new"] = [as_json({"a": 1})]
    host.scripts["/api/v1/out"] = [reply(302, b"", {"Location": "http://127.0.0.2/x"})]
    host.scripts["/api/v1/round"] = [reply(301, b"", {"Location": "round"})]
    host.scripts["/api/v1/hidden"] = [reply(302, b"", {"Location": "/private/x"})]
    host.robots = "User-agent: *\nDisallow: /private/\n"
    with asker() as made:
        got = made.ask(host.url + "/api/v1/old", json_only)
        assert got.final == host.url + "/api/v1/new"
        with pytest.raises(UnansweredError, match="not followed"):
            made.ask(host.url + "/api/v1/out", json_only)
        with pytest.raises(SourceError, match="forbids"):
            made.ask(host.url + "/api/v1/hidden", json_only)
        with pytest.raises(UnansweredError, match="again and again"):
            made.ask(host.url + "/api/v1/round", json_only)
    assert "/private/x" not in host.paths


def test_a_long_answer_is_not_taken(host: Any, asker: Callable[..., Asker], as_json: Any) -> None:
    host.default = as_json({"a": "x" * 5000})
    with asker() as made, pytest.raises(UnansweredError, match="more than 1,000 bytes"):
        made.ask(host.url + "/api/v1/x", json_only)


def test_an_answer_that_drips_ends(host: Any, asker: Callable[..., Asker]) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
        for _ in range(900):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.02)

    host.default = drip
    patient = Manners(connections=1, rate=10.0, burst=1, tries=1, total_seconds=0.3)
    began = time.monotonic()
    with asker(patient) as made, pytest.raises(UnansweredError, match="no answer"):
        made.ask(host.url + "/api/v1/x", json_only)
    assert time.monotonic() - began < 15  # all of it would take 18 s


def test_a_refusal_is_told(host: Any, asker: Callable[..., Asker], reply: Any) -> None:
    host.default = reply(403, b"who are you?")
    with asker() as made, pytest.raises(RefusedError) as caught:
        made.ask(host.url + "/api/v1/x", json_only)
    assert (caught.value.status, caught.value.body) == (403, b"who are you?")


def test_nothing_inside_is_asked(host: Any, asker: Callable[..., Asker]) -> None:
    with asker(guard=Guard(plain=True)) as made, pytest.raises(InputError, match="private network"):
        made.ask(host.url + "/api/v1/x", json_only)
    assert not host.asked


def test_a_key_is_sent_and_nowhere_shown(
    host: Any,
    asker: Callable[..., Asker],
    as_json: Any,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    host.scripts["/api/v1/"] = [as_json({"a": 1})]
    with asker(keys={"apikey": KEY}) as made:
        got = made.ask(host.url + "/api/v1/?i=tt1&t=a+b%26c", json_only)
        with pytest.raises(UnansweredError) as caught:
            made.ask(host.url + "/api/v1/?i=tt2", lambda _: (_ for _ in ()).throw(ValueError("no")))
    assert host.asked[0][1] == {"i": "tt1", "t": "a b&c", "apikey": KEY}
    assert "apikey" not in host.robots_query
    assert "HTTP Request" in caplog.text  # the library does log addresses
    assert KEY not in caplog.text
    assert KEY not in repr(got)
    assert KEY not in str(caught.value)
    for file in tmp_path.rglob("*"):
        assert file.is_dir() or KEY.encode() not in file.read_bytes()
    # The filter is gone with the asker.
    assert not logging.getLogger("httpx2").filters


def test_a_damaged_answer_is_asked_anew(
    host: Any, asker: Callable[..., Asker], as_json: Any, tmp_path: Path
) -> None:
    host.default = as_json({"a": 1})
    with asker() as made:
        made.ask(host.url + "/api/v1/x", json_only)
    for file in (tmp_path / "kept").rglob("*"):
        if file.is_file():
            file.write_bytes(file.read_bytes()[:-3])
    with asker() as made:
        assert made.ask(host.url + "/api/v1/x", json_only).status == 200
    assert len(host.asked) == 2
    assert host.robots_asked <= 2


def test_a_disk_that_cannot_be_written_is_told(
    host: Any, asker: Callable[..., Asker], tmp_path: Path
) -> None:
    (tmp_path / "kept").write_text("a file where a folder belongs")
    with asker() as made, pytest.raises(SourceError, match="cannot be kept or read"):
        made.ask(host.url + "/api/v1/x", json_only)


@pytest.mark.parametrize(
    "contact", ["", "me", "a@b c", "x\r\nY: 1@b", "@", "é@b", "a@" + "b" * 300]
)
def test_what_is_no_contact(contact: str) -> None:
    with pytest.raises(InputError, match="contact"):
        agent(contact)


KILLED = """
import ipaddress, random, sys
from pathlib import Path
from matinee.ingest.asking.agent import agent
from matinee.ingest.enrich.answers import Answers
from matinee.ingest.enrich.asking import Asker, Asking
from matinee.ingest.outside import Guard
from matinee.ingest.posters.manners import Manners
url, folder = sys.argv[1:]
here = ipaddress.ip_address("127.0.0.1")
guard = Guard(plain=True, allowed=lambda address: address == here)
asking = Asking(agent=agent(), rng=random.Random(1), guard=guard)
manners = Manners(connections=1, rate=1e6, burst=1)
with Asker(Answers(Path(folder)), asking, manners=manners, api=url) as asker:
    for n in range(200):
        asker.ask(f"{url}/api/v1/{n}", lambda _: None)
        print(n, flush=True)
"""


@pytest.mark.parametrize("after", [0, 7, 61])
def test_killed_and_run_again_asks_nobody_twice(
    host: Any, as_json: Any, gate: Any, tmp_path: Path, after: int
) -> None:
    host.default = closed = gate(as_json({"a": 1}), f"/{after + 20}")
    command = [sys.executable, "-c", KILLED, host.url, str(tmp_path / "kept")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        for line in run.stdout:
            if int(line) == after:
                run.send_signal(signal.SIGKILL)
                break
    assert run.returncode == -signal.SIGKILL
    closed.open()
    assert after < len(host.asked) <= after + 21
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, timeout=120)
    counts = [host.paths.count(f"/api/v1/{n}") for n in range(200)]
    # All but the one that was under way when it was killed were asked once.
    assert sum(counts) <= 201
    assert min(counts) == 1
