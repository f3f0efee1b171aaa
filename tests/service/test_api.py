"""The contract of the JSON API."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from matinee import errors
from matinee.query.filters import parse_filter
from matinee.query.request import SearchRequest
from matinee.service import create_app, problems
from matinee.settings import Settings

JSON_PATHS = [
    "/v1/search?q=heist",
    "/v1/parse?q=asks+language",
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
    # The time an answer took is its own.
    assert answer.json() | {"took_ms": 0} == library.search("heist", 3).to_dict() | {"took_ms": 0}


def test_an_id_may_be_percent_encoded_and_be_any_of_the_title(client):
    for path in ("tmdb:603", "tmdb%3A603", "imdb:tt0133093"):
        assert client.get(f"/v1/titles/{path}").json()["title"] == "The Matrix"
    similar = client.get("/v1/titles/tmdb%3A603/similar?k=2").json()["results"]
    assert [r["id"] for r in similar] == ["tmdb:2", "tmdb-tv:3"]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("", "query"),
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
        ("q=a&methd=ce", "methd"),
        ("q=a&lang_policy=maybe", "lang_policy"),
        ("q=a&sort=backwards", "sort"),
        ("q=a&min_votes=-1", "min_votes"),
        ("q=a&min_votes=99999999999", "min_votes"),
        ("q=a&understand=perhaps", "understand"),
        ("q=a&fusion=cold", "fusion"),
        ("q=a&mmr_lambda=1.1", "mmr_lambda"),
        ("q=a&w_recency=-0.1", "w_recency"),
        ("q=a&ce_k=0", "ce_k"),
        ("q=a&ce_budget_ms=0", "ce_budget_ms"),
        ("q=a&filter=year", "'year'"),
        ("q=a&filter=colour:red", "colour"),
        ("q=a&filter=year:2000..1990", "year"),
        ("q=a&filter=language:gibberish", "gibberish"),
        ("q=a&filter=" + "x" * 1_001, "filter"),
        ("q=a" + "&without=x" * 65, "without"),
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
    refused = client.post("/v1/status")
    check_problem(refused, 405)
    assert "GET" in refused.headers["allow"]


def test_every_problem_has_a_cure_and_says_when_to_come_back():
    for status in problems.MEANINGS:
        assert problems.from_status(int(status), "/").cure
    unknown = problems.from_error(errors.NotSignedInError("-"), "/")
    assert "Bearer" in problems.respond(unknown).headers["www-authenticate"]
    for error in (errors.StoreUnavailableError("-"), errors.LibraryBusyError("-")):
        assert problems.respond(problems.from_error(error, "/")).headers["retry-after"]
    for kind, _ in problems.STATUSES:
        assert problems.from_error(kind("-"), "/").cure


def test_where_the_store_lies_is_nobodys_business():
    error = errors.StoreUnavailableError("The store does not answer", where="db.example/films")
    assert "example" not in problems.from_error(error, "/").detail


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
    with TestClient(app, base_url="http://localhost") as client:
        assert client.get("/health/live").status_code == 200
        for path in ("/health/ready", "/v1/search?q=a", "/v1/status"):
            check_problem(client.get(path), 503)
        page = client.get("/search?q=a", headers={"Accept": "text/html"})
        assert page.status_code == 503
        assert "cannot be used" in page.text
        assert client.get("/about").status_code == 200


def test_before_it_is_opened_the_library_is_not_ready():
    check_problem(TestClient(create_app(), base_url="http://localhost").get("/health/ready"), 503)


def test_the_first_class_of_the_table_decides():
    def status(error):
        return problems.from_error(error, "/").status

    assert status(errors.QueryError("-")) == 422
    assert status(errors.JudgmentsError("-")) == 422
    assert status(errors.UnknownTitleError("-")) == 404
    assert status(errors.LibraryCorruptError("-")) == 503
    assert status(errors.ModelError("-")) == 503
    assert status(errors.UnknownPersonError("-")) == 404
    assert status(errors.ConflictError("-")) == 409
    assert status(errors.NotSignedInError("-")) == 401
    assert status(errors.ForbiddenError("-")) == 403
    assert status(errors.StoreUnavailableError("-")) == 503
    assert status(errors.StoreFullError("-")) == 507
    assert status(errors.StoreVersionError("-")) == 503
    assert status(errors.MissingExtraError("x", "y")) == 503
    assert status(errors.PictureError("-")) == 422
    assert status(errors.PictureTooLargeError("-")) == 413
    assert status(errors.SettingsError("-")) == 500


def test_an_address_and_a_body_ask_for_the_same(client, library):
    asked = {
        "q": "asks language year",
        "k": 3,
        "method": "mmr",
        "filter": ["year:1990..1999", "-genre:Horror"],
        "without": ["language:ml"],
        "hard": ["genre:Thriller"],
        "soft": ["year:2021.."],
        "understand": True,
        "lang_policy": "auto-soft",
        "min_votes": 10,
        "sort": "newest",
        "top_up": True,
        "facets": True,
        "explain": True,
        "rrf_k": 10,
        "fusion": "rrf",
        "mmr_lambda": 0.5,
        "ce_budget_ms": 250,
    }
    by_address = client.get("/v1/search", params=asked)
    by_body = client.post("/v1/search", json=asked)
    assert by_address.status_code == 200, by_address.text
    assert by_body.json() | {"took_ms": 0} == by_address.json() | {"took_ms": 0}
    # The same to the cache of answers, so it was searched for once.
    assert by_body.headers["x-matinee-cache"] == "hit"
    [first] = library.requests
    assert [condition.key for condition in first.filters] == ["year:1990..1999", "-genre:Horror"]
    assert (first.soft, first.sort, first.knobs.rrf_k) == ({"year:2021.."}, "newest", 10)
    assert first.top_up
    assert first.explain
    assert (first.knobs.fusion, first.knobs.ce_budget_ms) == ("rrf", 250)


def test_what_is_not_given_is_as_the_library_has_it(client, library):
    client.post("/v1/search", json={"q": "heist"})
    nothing = frozenset()
    empty = dict.fromkeys(("exclude", "without", "hard", "soft"), nothing)
    assert library.requests == [SearchRequest("heist", **empty)]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"q": "a", "k": "5"}, "k"),
        ({"q": "a", "k": True}, "k"),
        ({"q": "a", "k": 0}, "k"),
        ({"q": 5}, "q"),
        ({"q": None}, "q"),
        ({"q": "a", "filter": "year:1990"}, "filter"),
        ({"q": "a", "filter": [1]}, "filter"),
        ({"q": "a", "filter": ["x"]}, "filter"),
        ({"q": "a", "image": "x"}, "image"),
        ({"q": "a", "understand": "yes"}, "understand"),
        ({"q": "a", "w_dense": "1"}, "w_dense"),
        ({}, "query"),
        ([], "request"),
        ("a", "request"),
        (None, "request"),
    ],
)
def test_a_bad_body_is_a_problem_that_names_the_field(client, body, named):
    said = check_problem(client.post("/v1/search", json=body), 422)
    assert named in said["detail"].lower()
    assert said["cure"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"q": "\\ud800"}',
        b'{"q": "a", "\\ud800": 1}',
        b'{"q": "a", "w_dense": NaN}',
        b'{"q": "a", "k": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
    ],
)
def test_garbage_in_a_body_never_fails_the_server(client, raw):
    answer = client.post("/v1/search", content=raw, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    check_problem(answer, answer.status_code)


def test_a_body_without_end_is_refused(client):
    def endless():
        for _ in range(Settings().max_body // 10_000 + 1):
            yield b" " * 10_000

    for body in (b" " * (Settings().max_body + 1), endless()):
        sent = client.post("/v1/search", content=body, headers={"content-type": "application/json"})
        check_problem(sent, 413)


def test_filters_alone_are_a_search(client, library):
    assert client.get("/v1/search?filter=kind:film").status_code == 200
    assert library.requests[0].filters == (parse_filter("kind:film"),)


def test_a_query_is_parsed_without_a_search(client, library):
    answer = client.get("/v1/parse", params={"q": "asks language like"}).json()
    assert [c["key"] for c in answer["conditions"]] == ["language:ml", "like:imdb:tt4"]
    assert answer["slots"] == [
        {"label": "Plot", "words": "asks", "start": 0, "end": 4, "weight": 0.75}
    ]
    assert library.requests == []
    for bad in ("", "%20", "a" * 10_001):
        check_problem(client.get(f"/v1/parse?q={bad}"), 422)
    check_problem(client.get("/v1/parse"), 422)


def test_a_missing_model_is_a_problem_with_its_cure(client):
    body = check_problem(client.get("/v1/search?q=a&method=ce"), 503)
    assert (body["title"], body["cure"]) == ("Model", "Pull it")
    assert "secret" not in body["detail"]


def test_where_the_library_lies_is_nobodys_business(client):
    for page in ("/v1/status", "/about"):
        assert "/home/somebody" not in client.get(page).text


# Pages, fields and the document


SIMILAR = "/v1/titles/tmdb:603/similar"


def following(answer):
    """Return the query of the next page that an answer names, None where it names none."""
    named = re.fullmatch(r'<(\?.*)>; rel="next"', answer.headers.get("link", "<?>"))
    return named and named.group(1)


@pytest.mark.parametrize("path", ["/v1/search", SIMILAR])
@pytest.mark.parametrize("k", [7, 9, 11, 44, 45, 46])
def test_the_pages_of_results_together_are_the_list(client, path, k):
    more = "&q=a" if path == "/v1/search" else ""
    whole = client.get(f"{path}?k=100{more}").json()["results"]
    found, pages = [], 0
    query = f"?k={k}&fields=id{more}"
    while query:
        answer = client.get(path + query)
        assert answer.status_code == 200
        found += answer.json()["results"]
        pages += 1
        query = following(answer)
    assert found == [{"id": one["id"]} for one in whole]
    # A page that is full may be the last one; then the next is empty.
    assert pages == len(whole) // k + 1


def test_the_next_page_is_named_in_what_is_kept_too(client, library):
    fresh, kept = (client.get("/v1/search?q=a&k=3&filter=kind:film&offset=2") for _ in range(2))
    assert (fresh.headers["x-matinee-cache"], kept.headers["x-matinee-cache"]) == ("miss", "hit")
    assert following(fresh) == following(kept) == "?q=a&k=3&filter=kind%3Afilm&offset=5"
    assert fresh.json() | {"took_ms": 0} == kept.json() | {"took_ms": 0}
    assert len(library.requests) == 1
    assert library.requests[0].k == 5
    # A body has no address of its own that could be followed.
    posted = client.post(
        "/v1/search", json={"q": "a", "k": 3, "offset": 2, "filter": ["kind:film"]}
    )
    assert posted.headers["x-matinee-cache"] == "hit"
    assert "link" not in posted.headers


def test_pages_of_an_experiment_are_named_too(client):
    varied = {"name": "x", "surface": "search", "design": "ab", "b": {"w_title": 0.0}}
    assert client.post("/v1/experiments", json=varied).status_code == 201
    first = client.get("/v1/search?q=a&k=3&fields=title")
    assert first.headers["x-matinee-cache"] == "miss"
    assert following(first) == "?q=a&k=3&fields=title&offset=3"
    second = client.get(f"/v1/search{following(first)}").json()["results"]
    assert [set(one) for one in second] == [{"id", "title"}] * 3
    assert not {one["id"] for one in second} & {one["id"] for one in first.json()["results"]}
    assert following(client.get("/v1/search?q=a&k=100")) is None


def test_another_page_or_other_fields_are_another_answer(client):
    seen = set()
    for more in ("", "&offset=1", "&fields=id", "&fields=id&offset=1", "&fields=year"):
        answer = client.get(f"/v1/search?q=a&k=2{more}")
        assert answer.headers["x-matinee-cache"] == "miss"
        seen.add(str(answer.json()["results"]))
    assert len(seen) == 5


@pytest.mark.parametrize("path", ["/v1/search?q=a&", f"{SIMILAR}?"])
@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("offset=-1", "offset"),
        ("offset=1000", "offset"),
        ("offset=x", "offset"),
        ("offset=991&k=10", "offset and k"),
        ("offset=1&k=1000", "offset and k"),
        ("fields=colour", "colour"),
        ("fields=title,", None),
        ("fields=score,parts,why", None),
        ("fields=id;year", "id;year"),
        ("fields=" + "a" * 2_000, "fields"),
        ("offset=990&k=10", None),
    ],
)
def test_pages_and_fields_have_bounds(client, path, query, named):
    answer = client.get(path + query)
    if named is None:
        assert answer.status_code == 200
    else:
        assert named in check_problem(answer, 422)["detail"]


def test_fields_are_those_that_were_asked_for(client):
    everything = client.get("/v1/search?q=a&k=2&explain=1").json()["results"]
    for name in everything[0]:
        for path in ("/v1/search?q=a&explain=1&", f"{SIMILAR}?"):
            for item in client.get(f"{path}k=2&fields={name}").json()["results"]:
                assert set(item) <= {"id", name}
                assert "id" in item
    some = client.get("/v1/search?q=a&k=2&explain=1&fields=why,year,score").json()["results"]
    kept = ("id", "year", "score", "why")
    assert some == [{name: one[name] for name in kept} for one in everything]
    assert client.get("/v1/titles/tmdb:603?fields=year").json() == {"id": "tmdb:603", "year": 1999}
    by_body = client.post("/v1/search", json={"q": "a", "k": 1, "fields": "title"}).json()
    assert by_body["results"] == [{"id": "tmdb:603", "title": "The Matrix"}]


def test_a_whole_number_may_be_a_float_in_json_but_no_text_and_no_fraction(client, library):
    assert client.post("/v1/search", json={"q": "a", "k": 3.0}).status_code == 200
    assert library.requests[0].k == 3
    for wrong in (3.5, "3", True, None, 1e300, [3]):
        check_problem(client.post("/v1/search", json={"q": "a", "k": wrong}), 422)


def test_the_document_is_kept_by_who_has_it(client):
    first = client.get("/openapi.json")
    assert first.headers["content-type"] == "application/json"
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.json() == client.app.openapi()
    tag = first.headers["etag"]
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = client.get("/openapi.json", headers={"if-none-match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"].removeprefix("W/") == tag.removeprefix("W/")
    other = client.get("/openapi.json", headers={"if-none-match": '"other"'})
    assert (other.status_code, other.content) == (200, first.content)
    head = client.head("/openapi.json")
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)
    check_problem(client.post("/openapi.json"), 405)


def test_a_405_names_each_method_once_and_all_of_the_address(client):
    refused = client.options("/v1/people/me/ratings/bulk")
    check_problem(refused, 405)
    assert refused.headers.get_list("allow") == ["POST"]
