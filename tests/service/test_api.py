"""The contract of the JSON API."""

from __future__ import annotations

import json

import pytest
from starlette.testclient import TestClient

from matinee import errors
from matinee.service import create_app, problems
from matinee.settings import Settings

JSON_PATHS = [
    "/v1/search?q=heist",
    "/v1/titles/tmdb:603",
    "/v1/titles/tmdb:603/similar",
    "/v1/status",
    "/health/live",
    "/health/ready",
]
PAGES = ["/", "/search", "/search?q=heist", "/title/tmdb:603", "/about", "/docs"]


def check_problem(answer, status):
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert {"type", "title", "status", "detail", "instance"} <= set(body)
    assert body["status"] == status
    return body


@pytest.mark.parametrize("path", JSON_PATHS)
def test_json_routes_answer(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"


def test_a_search_is_the_answer_of_the_library(client, library):
    answer = client.get("/v1/search", params={"q": "heist", "k": 3})
    assert answer.json() == library.search("heist", 3).to_dict()


def test_an_id_may_be_percent_encoded_and_be_any_of_the_title(client):
    for path in ("tmdb:603", "tmdb%3A603", "imdb:tt0133093"):
        assert client.get(f"/v1/titles/{path}").json()["title"] == "The Matrix"
    similar = client.get("/v1/titles/tmdb%3A603/similar?k=2").json()["results"]
    assert [r["id"] for r in similar] == ["tmdb:2", "tmdb-tv:3"]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("", "q"),
        ("q=", "query"),
        ("q=%20%20", "query"),
        ("q=a&k=0", "k"),
        ("q=a&k=-3", "k"),
        ("q=a&k=1000000000", "k"),
        ("q=a&k=abc", "k"),
        ("q=a&k=", "k"),
        ("q=a&k=" + "9" * 5000, "k"),
        ("q=a&method=magic", "method"),
        ("q=a&w_dense=nan", "w_dense"),
        ("q=a&w_title=inf", "w_title"),
        ("q=a&w_title=-1", "w_title"),
        ("q=a&w_dense=0&w_sparse=0&w_title=0", "weights"),
        ("q=a&rrf_k=0", "rrf_k"),
        ("q=a&dense_k=1.5", "dense_k"),
        ("q=a&sparse_k=99999", "sparse_k"),
        ("q=" + "a" * 10_001, "query"),
    ],
)
def test_bad_input_is_a_problem_that_names_the_parameter(client, query, named):
    body = check_problem(client.get(f"/v1/search?{query}"), 422)
    assert named in body["detail"].lower()
    assert body["cure"]


@pytest.mark.parametrize("garbage", ["%ED%A0%80", "%FF", "%00", "%F0%9F%8E%AC", "%", "%u0041"])
def test_garbage_never_fails_the_server(client, garbage):
    for path in ("/v1/search?q=", "/search?q=", "/v1/titles/", "/title/", "/poster/", "/"):
        assert client.get(path + garbage).status_code < 500


@pytest.mark.parametrize(
    "path", ["tmdb:1", "The%20Matrix", "nonsense", "tmdb:..%5C..", "a" * 300, "tmdb:603/x"]
)
def test_an_unknown_id_is_404(client, path):
    check_problem(client.get(f"/v1/titles/{path}"), 404)


def test_an_unknown_route_and_a_wrong_method_are_problems(client):
    check_problem(client.get("/v1/nothing"), 404)
    refused = client.post("/v1/search")
    check_problem(refused, 405)
    assert "GET" in refused.headers["allow"]


def test_a_fault_tells_nothing_of_the_server(client):
    answer = client.get("/v1/search?q=explode")
    check_problem(answer, 500)
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"]
    assert answer.headers["content-security-policy"]


def test_head_is_get_without_a_body(client):
    answer = client.head("/v1/search?q=heist")
    assert answer.status_code == 200
    assert answer.content == b""


@pytest.mark.parametrize("path", [*JSON_PATHS, *PAGES, "/poster/tmdb:603.svg", "/nothing", "/docs"])
def test_every_answer_carries_its_headers(client, path):
    headers = client.get(path).headers
    assert headers["x-matinee-library"] == "v0001"
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


def test_a_sane_request_id_is_taken_over(client):
    def given(value):
        return client.get("/health/live", headers={"X-Request-ID": value}).headers["x-request-id"]

    assert given("abc-123") == "abc-123"
    assert given("a b") != "a b"
    assert given("a" * 65) != "a" * 65
    assert given("") != given("")


def test_long_answers_are_compressed_and_short_ones_are_not(client):
    assert client.get("/v1/search?q=a&k=20").headers["content-encoding"] == "gzip"
    assert "content-encoding" not in client.get("/health/live").headers


def test_a_library_that_cannot_be_opened_leaves_the_process_alive(tmp_path):
    app = create_app(path=tmp_path / "none", settings=Settings(cache=tmp_path))
    with TestClient(app) as client:
        assert client.get("/health/live").status_code == 200
        for path in ("/health/ready", "/v1/search?q=a", "/v1/status"):
            check_problem(client.get(path), 503)
        page = client.get("/search?q=a", headers={"Accept": "text/html"})
        assert page.status_code == 503
        assert "cannot be used" in page.text
        assert client.get("/about").status_code == 200


def test_before_it_is_opened_the_library_is_not_ready():
    check_problem(TestClient(create_app()).get("/health/ready"), 503)


def test_the_first_class_of_the_table_decides():
    def status(error):
        return problems.from_error(error, "/").status

    assert status(errors.QueryError("-")) == 422
    assert status(errors.JudgmentsError("-")) == 422
    assert status(errors.UnknownTitleError("-")) == 404
    assert status(errors.LibraryCorruptError("-")) == 503
    assert status(errors.ModelError("-")) == 500


def test_the_document_names_problems_and_examples(client):
    made = client.get("/openapi.json").json()
    assert set(made["paths"]) == {
        "/v1/search", "/v1/titles/{title_id}", "/v1/titles/{title_id}/similar", "/v1/status",
        "/health/live", "/health/ready",
    }  # fmt: skip
    search = made["paths"]["/v1/search"]["get"]
    assert "application/problem+json" in search["responses"]["422"]["content"]
    assert "HTTPValidationError" not in json.dumps(made)
    assert made["components"]["schemas"]["Results"]["example"]["results"]


def test_answers_have_the_documented_fields(client):
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    answer = client.get("/v1/search?q=a").json()
    assert set(answer) == set(schemas["Results"]["properties"])
    assert set(answer["results"][0]) == set(schemas["Result"]["properties"])
    assert set(client.get("/v1/titles/tmdb:603").json()) == set(schemas["Title"]["properties"])


def test_where_the_library_lies_is_nobodys_business(client):
    for page in ("/v1/status", "/about"):
        assert "/home/somebody" not in client.get(page).text
