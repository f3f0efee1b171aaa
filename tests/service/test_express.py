"""The short way of the busiest routes: it has to answer what the framework's way answers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from fastapi import FastAPI, Query, Request
from fastapi.dependencies.utils import request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams
from starlette.testclient import TestClient

from matinee.service import create_app
from matinee.service.express import Express, Lane, read_query
from matinee.service.params import SearchParams
from matinee.service.routes.people_params import RecommendParams
from matinee.settings import Settings
from matinee.store import open_store
from matinee.store.records import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matinee import Library

ME = "/v1/people/me"
RATE = f"{ME}/ratings"
RECOMMEND = f"{ME}/recommendations"
JSON = {"content-type": "application/json"}
_OWN = frozenset(("x-request-id", "content-length"))
"""Headers that differ between any two answers; the length depends on the time an answer took."""


@contextmanager
def serving(library: Library, tmp_path: Path, *, express: bool, **settings: Any) -> Iterator[Any]:
    """Yield a client of the whole service, with the short way or without it."""
    url = f"sqlite:///{tmp_path / f'{express}.db'}"
    # Without a bound on the rate: the headers about it depend on the clock.
    app = create_app(library, settings=Settings(database_url=url, rate_limit=0, **settings))
    before = len(app.user_middleware)
    if not express:
        app.user_middleware = [each for each in app.user_middleware if each.cls is not Express]
        assert len(app.user_middleware) == before - 1
    with TestClient(app, base_url="http://localhost", follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="module")
def both(demo: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Ask the same by the short way and by the framework's, and return what both answer."""
    folder = tmp_path_factory.mktemp("express")
    with (
        serving(demo, folder, express=True) as short,
        serving(demo, folder, express=False) as long,
    ):

        def ask(method: str, path: str, **more: Any) -> Any:
            one, other = (each.request(method, path, **more) for each in (short, long))
            assert one.status_code == other.status_code, (one.text, other.text)
            assert told(one) == told(other)
            assert body_of(one) == body_of(other)
            return one

        ask.short, ask.long = short, long
        yield ask


def told(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in _OWN}


def body_of(answer: Any) -> Any:
    if not answer.content:
        return None
    body = answer.json()
    return body | {"took_ms": 0} if "took_ms" in body else body


GOOD = [
    "?q=heist",
    "?q=heist&k=3&offset=2&fields=id,title",
    "?q=heist&k=5.0",
    "?q=heist&k=%205%20",
    "?q=heist&k=3&k=4",
    "?q=one&q=heist",
    "?q=heist&explain=true&explain=no&facets=1",
    "?filter=year:1990..1999&filter=-genre:Horror&k=4",
    "?q=heist&without=genre:Crime&hard=genre:Comedy&soft=language:fr",
    "?q=heist&w_dense=1e0&w_title=.5&fusion=rrf",
    "?q=caf%C3%A9+noir&sort=newest&top_up=on&understand=off",
    "?q=%00",
    "?q=heist&",
    "?q=heist&&k=2",
]
BAD = [
    "",
    "?",
    "?q=",
    "?q=heist&k",
    "?q=heist&k=",
    "?q=heist&k=0",
    "?q=heist&k=five",
    "?q=heist&k=5.5",
    "?q=heist&k=5&k=five",
    "?q=heist&k=true",
    "?q=heist&offset=-1",
    "?q=heist&offset=1000",
    "?q=heist&offset=999&k=10",
    "?q=heist&understand=perhaps",
    "?q=heist&w_dense=nan",
    "?q=heist&w_dense=x&k=y&unknown=z",
    "?q=heist&unknown=1&unknown=2",
    "?q=heist&Q=heist",
    "?q=heist&filter=",
    "?q=heist&filter=colour:red",
    "?q=heist&filter[]=year:1990",
    "?q=heist&fields=colour",
    "?q=heist&fields=" + "a" * 1_001,
    "?q=heist" + "&soft=x" * 65,
    "?q=heist&filter=" + "x" * 1_001,
    "?q=" + "a" * 10_001,
    "?k=9&%FF=1",
]


@pytest.mark.parametrize("query", GOOD)
def test_good_searches_are_answered_alike(both, query):
    assert both("GET", f"/v1/search{query}").status_code == 200


@pytest.mark.parametrize("query", BAD)
def test_bad_searches_are_refused_alike(both, query):
    assert both("GET", f"/v1/search{query}").status_code == 422


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 200),
        ("?k=3&offset=3&fields=title,score", 200),
        ("?k=3&filter=year:1990..&filter=-genre:Horror&explain=1&include_seen=0", 200),
        ("?method=popularity&k=2&min_votes=10&max_age=12&seed=3", 200),
        ("?context=2026-01-01T10:00:00Z&k=2", 200),
        ("?k=4&k=2", 200),
        ("?k=0", 422),
        ("?k=x&offset=y", 422),
        ("?max_age=", 422),
        ("?max_age=-1", 422),
        ("?max_age=null", 422),
        ("?seed=1.5", 422),
        ("?method=magic", 422),
        ("?context=yesterday", 422),
        ("?diversity=2", 422),
        ("?offset=3&diversity=.5", 422),
        ("?history=[]", 422),
        ("?alone=true", 422),
        ("?fields=colour", 422),
        ("?filter=colour:red", 422),
    ],
)
def test_recommendations_are_answered_alike(both, query, status):
    both("PUT", f"{RATE}/tmdb:949", json={"rating": 5, "time": 1_714_594_500})
    assert both("GET", RECOMMEND + query).status_code == status


@pytest.mark.parametrize(
    ("title", "sent", "status"),
    [
        ("tmdb:603", {"json": {"rating": 4.5, "time": 5}}, 200),
        ("tmdb%3A603", {"json": {"action": "like", "time": 6}}, 200),
        ("imdb:tt0133093", {"json": {"rating": 3, "time": 7}}, 200),
        ("tmdb:603?why=not", {"json": {"rating": 4, "time": 8}}, 200),
        ("tmdb:603", {"json": {"rating": 9}}, 422),
        ("tmdb:603", {"json": {"rating": "4"}}, 422),
        ("tmdb:603", {"json": {}}, 422),
        ("tmdb:603", {"json": {"rating": 4, "action": "like"}}, 422),
        ("tmdb:603", {"json": {"rating": 4, "more": 1}}, 422),
        ("tmdb:603", {"json": [4]}, 422),
        ("tmdb:603", {"content": b"{", "headers": JSON}, 422),
        ("tmdb:603", {"content": b"", "headers": JSON}, 422),
        ("tmdb:603", {"content": b"[" * 100_000, "headers": JSON}, 422),
        ("tmdb:603", {"content": b'{"rating": 4}', "headers": {"content-type": "text/plain"}}, 415),
        ("tmdb:603", {"content": b'{"rating": 4}'}, 415),
        ("tmdb:603", {}, 415),
        ("tmdb:0", {"json": {"rating": 4}}, 404),
        ("The%20Matrix", {"json": {"rating": 4}}, 404),
        ("bulk", {"json": {"rating": 4}}, 404),
        ("tmdb%2F603", {"json": {"rating": 4}}, 404),
        ("tmdb:603%2Fchanges", {"json": {"rating": 4}}, 405),
        ("tmdb:603/", {"json": {"rating": 4}}, 404),
        ("", {"json": {"rating": 4}}, 404),
        ("tmdb:603%0A", {"json": {"rating": 4}}, 404),
        ("%00", {"json": {"rating": 4}}, 404),
        ("tmdb:%FF", {"json": {"rating": 4}}, 404),
    ],
)
def test_ratings_are_written_and_refused_alike(both, title, sent, status):
    assert both("PUT", f"{RATE}/{title}", **sent).status_code == status
    both("GET", RATE + "?fields=rating,action,time")


@pytest.mark.parametrize("name", ["nobody", "me%2Fx", "%00", "ME", "a" * 300, "%20", ".."])
def test_people_are_found_or_not_alike(both, name):
    assert both("GET", f"/v1/people/{name}/recommendations").status_code == 404
    rated = both("PUT", f"/v1/people/{name}/ratings/tmdb:603", json={"rating": 4})
    assert rated.status_code in (404, 405)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "BREW"])
@pytest.mark.parametrize("path", ["/v1/search", RECOMMEND, f"{RATE}/tmdb:2", f"{RATE}/bulk"])
def test_other_methods_are_answered_alike(both, method, path):
    answer = both(method, path)
    if answer.status_code == 405:
        assert answer.headers["allow"]


@pytest.mark.parametrize("path", ["/v1/search?q=heist", f"{RECOMMEND}?k=2", "/v1/search"])
def test_head_is_get_without_a_body(both, path):
    head, get = both("HEAD", path), both("GET", path)
    assert head.content == b""
    assert head.status_code == get.status_code
    assert head.headers["content-type"] == get.headers["content-type"]


@pytest.mark.parametrize("path", ["/v1/search/", "/v1//search", "/V1/search"])
def test_other_addresses_are_no_short_way(both, path):
    assert both("GET", f"{path}?q=heist").status_code == 404


def test_a_page_is_told_to_people_alike(both):
    html = {"accept": "text/html"}
    assert both("GET", "/v1/search?q=&k=x", headers=html).json()["status"] == 422


def test_accounts_are_asked_for_alike(demo, tmp_path):
    with (
        serving(demo, tmp_path, express=True, accounts="on") as short,
        serving(demo, tmp_path, express=False, accounts="on") as long,
    ):
        for client, name in ((short, "True"), (long, "False")):
            store = open_store(f"sqlite:///{tmp_path / f'{name}.db'}")
            store.accounts.create("ann").result()
            _, client.secret = store.tokens.create("ann", scopes=frozenset({Scope.READ})).result()
            store.close()
        for method, path, known, status in (
            ("GET", "/v1/search?q=heist", False, 401),
            ("GET", "/v1/search?k=x", False, 401),
            ("GET", "/v1/search?q=heist", True, 200),
            ("GET", RECOMMEND, False, 401),
            ("GET", RECOMMEND, True, 200),
            ("GET", "/v1/people/bob/recommendations", True, 404),
            ("PUT", f"{RATE}/tmdb:603", False, 401),
            ("PUT", f"{RATE}/tmdb:603", True, 403),
        ):
            answers = []
            for client in (short, long):
                headers = {"authorization": f"Bearer {client.secret}"} if known else {}
                more = {"json": {"rating": 4}} if method == "PUT" else {}
                answers.append(client.request(method, path, headers=headers, **more))
            one, other = answers
            assert (one.status_code, told(one)) == (other.status_code, told(other)), path
            assert body_of(one) == body_of(other)
            assert one.status_code == status, (path, one.text)


def test_metrics_name_both_ways_alike(both):
    lines = []
    for client in (both.short, both.long):
        text = client.get("/metrics").text
        lines.append({line.partition("} ")[0] for line in text.splitlines() if "route=" in line})
    named = {line for line in lines[0] if 'route="/v1/search"' in line}
    assert named
    assert lines[0] == lines[1]


def test_the_short_way_is_taken(library, tmp_path, monkeypatch):
    # Else all that is compared here would be one way with itself.
    def refuse(*_):
        raise AssertionError("the framework's way")

    url = f"sqlite:///{tmp_path / 'store.db'}"
    app = create_app(library, settings=Settings(database_url=url))
    with TestClient(app, base_url="http://localhost") as client:
        client.get("/health/live")
        monkeypatch.setattr(APIRoute, "handle", refuse)
        assert client.get("/v1/search?q=heist").status_code == 200
        assert client.put(f"{RATE}/tmdb:603", json={"rating": 4}).status_code == 200
        assert client.get("/v1/search").status_code == 422
        assert client.get("/v1/status").status_code == 500


def test_a_fault_is_the_guards_to_answer(library, tmp_path):
    with serving(library, tmp_path, express=True) as client:
        answer = client.get("/v1/search?q=explode")
    assert (answer.status_code, answer.json()["status"]) == (500, 500)
    assert "secret" not in answer.text


def test_a_lane_takes_its_method_and_its_address_alone():
    lane = Lane.to("GET", "/a/{b}/c", lambda _: None)
    assert lane.pattern.match("/a/x y/c").groupdict() == {"b": "x y"}
    for other in ("/a//c", "/a/x/y/c", "/a/x/c/", "/a/x", "a/x/c"):
        assert lane.pattern.match(other) is None


# Reading the parameters


def by_framework(model: type[Any]) -> Any:
    """Return how the framework reads a query: the values, or the problems as texts."""
    app = FastAPI()

    async def root(params: Any) -> None:
        """Take the parameters."""

    root.__annotations__["params"] = Annotated[model, Query()]
    app.get("/")(root)
    (route,) = [each for each in app.routes if isinstance(each, APIRoute)]

    def solve(request: Request) -> Any:
        values, errors = request_params_to_args(route.dependant.query_params, request.query_params)
        return errors or values["params"]

    return solve


def request_of(query: str) -> Request:
    raw = query.encode("ascii", "replace")
    return Request({"type": "http", "method": "GET", "path": "/", "query_string": raw})


NAMES = sorted({*SearchParams.model_fields, *RecommendParams.model_fields, "x", "K", ""})
VALUES = st.sampled_from(
    [
        "",
        "1",
        "0",
        "-1",
        "5.0",
        "1.5",
        "true",
        "no",
        "nan",
        "heist",
        "year:1990",
        "hybrid",
        "9" * 30,
    ]
) | st.text(max_size=6)
PAIRS = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=8)


@pytest.mark.parametrize("model", [SearchParams, RecommendParams])
def test_any_query_is_read_as_the_framework_reads_it(model):
    solve = by_framework(model)

    @given(PAIRS)
    def check(pairs):
        request = request_of(str(QueryParams(pairs)))
        expected = solve(request)
        try:
            read = read_query(request, model)
        except RequestValidationError as error:
            kept = ("type", "loc", "msg")
            said = [{name: each[name] for name in kept} for each in error.errors()]
            assert said == [{name: each[name] for name in kept} for each in expected]
        else:
            # As text, for a number that is none equals nothing.
            assert repr(read) == repr(expected)
            assert read.model_fields_set == expected.model_fields_set

    check()
