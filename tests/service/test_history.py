"""What people think of titles, and what they watched, over HTTP, into a real store."""

from __future__ import annotations

import threading

import pytest
from starlette.testclient import TestClient

from matinee.deeds import Deed
from matinee.interaction import Action
from matinee.service import bodies, create_app
from matinee.settings import Settings
from matinee.store import open_store
from matinee.store.records import Role, Scope

ME = "/v1/people/me"
MATRIX = f"{ME}/ratings/tmdb:603"
JSON = {"content-type": "application/json"}


def problem(answer, status):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["cure"]
    return answer.json()


def test_a_rating_is_kept_under_the_id_of_the_library(client):
    rated = client.put(f"{ME}/ratings/imdb:tt0133093", json={"rating": 4.5, "time": 1_000})
    assert rated.json() == {
        "id": "tmdb:603", "action": "rating", "rating": 4.5, "time": 1000, "revision": 1,
        "library": "v0001", "degraded": [],
    }  # fmt: skip
    read = client.get(MATRIX).json()
    assert (read["title"], read["rating"], read["time"]) == ("The Matrix", 4.5, 1000)
    assert client.get(f"{ME}/ratings").json()["results"][0]["recorded"] > 1_000


def test_the_same_again_changes_nothing_and_answers_the_same(client):
    first, again = (client.put(MATRIX, json={"rating": 3}) for _ in range(2))
    assert first.content == again.content
    assert len(client.get(f"{MATRIX}/changes").json()["results"]) == 1
    other = client.put(MATRIX, json={"rating": 3.5}).json()
    assert other["revision"] > again.json()["revision"]


def test_the_same_rating_from_many_threads_is_one_change(client):
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(client.put(MATRIX, json={"rating": 2})))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.content for answer in answers} == {answers[0].content}
    assert len(client.get(f"{ME}/changes").json()["results"]) == 1


@pytest.mark.parametrize("action", ["like", "dislike", "abandon"])
def test_an_opinion_without_stars(client, action):
    assert client.put(MATRIX, json={"action": action}).json()["rating"] is None
    assert client.get(MATRIX).json()["action"] == action


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "stars or an action"),
        ({"rating": 3, "action": "like"}, "stars or an action"),
        ({"rating": 0}, "body.rating"),
        ({"rating": 5.1}, "body.rating"),
        ({"rating": "5"}, "body.rating"),
        ({"rating": True}, "body.rating"),
        ({"rating": None}, "body.rating"),
        ({"action": "watch"}, "body.action"),
        ({"rating": 3, "time": -1}, "body.time"),
        ({"rating": 3, "time": 1 << 40}, "body.time"),
        ({"rating": 3, "time": 10**30}, "body.time"),
        ({"rating": 3, "time": "now"}, "body.time"),
        ({"rating": 3, "stars": 3}, "stars"),
        ([], "object"),
    ],
)
def test_a_bad_rating_is_refused_and_changes_nothing(client, body, named):
    assert named in problem(client.put(MATRIX, json=body), 422)["detail"]
    assert client.get(f"{ME}/ratings").json()["results"] == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff",
        b'{"rating": NaN}',
        b'{"rating": 1e999}',
        b'{"rating": 3, "\\ud800": 1}',
        b'{"action": "\\u0000"}',
        b'{"rating": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"rating": ' * 50_000,
    ],
)
def test_what_is_no_json_is_refused(client, raw):
    problem(client.put(MATRIX, content=raw, headers=JSON), 422)


def test_of_a_key_that_is_there_twice_the_last_counts(client):
    rated = client.put(MATRIX, content=b'{"rating": 1, "rating": 2}', headers=JSON)
    assert rated.json()["rating"] == 2


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "json"])
def test_a_body_of_another_type_is_refused(client, kind):
    headers = {} if kind is None else {"content-type": kind}
    problem(client.put(MATRIX, content=b'{"rating": 3}', headers=headers), 415)


def test_a_charset_is_no_other_type(client):
    headers = {"content-type": "application/json; charset=utf-8"}
    assert client.put(MATRIX, content=b'{"rating": 3}', headers=headers).status_code == 200


@pytest.mark.parametrize("title", ["tmdb:1", "The%20Matrix", "tmdb:%00", "%F0%9F%8E%AC", "a" * 300])
def test_what_is_no_title_cannot_be_rated_or_listed(client, title):
    problem(client.put(f"{ME}/ratings/{title}", json={"rating": 3}), 404)
    problem(client.put(f"{ME}/watchlist/{title}"), 404)
    problem(client.put(f"{ME}/hidden/{title}"), 404)
    problem(client.get(f"{ME}/ratings/{title}"), 404)


@pytest.mark.parametrize("title", ["tmdb:%00", "tmdb:%07", "The%20Matrix", "a" * 300])
def test_what_is_no_id_cannot_be_taken_back(client, title):
    for path in ("ratings", "watches", "watchlist", "hidden"):
        problem(client.delete(f"{ME}/{path}/{title}"), 404)
    problem(client.get(f"{ME}/ratings/{title}/changes"), 404)


def test_a_rating_is_taken_back_under_any_id_and_stays_in_the_history(client):
    client.put(MATRIX, json={"rating": 4})
    for _ in range(2):
        gone = client.delete(f"{ME}/ratings/imdb:tt0133093")
        assert (gone.status_code, gone.content) == (204, b"")
    problem(client.get(MATRIX), 404)
    changes = client.get(f"{MATRIX}/changes").json()["results"]
    assert [change["action"] for change in changes] == ["rating", "remove"]


def test_what_was_done_with_a_title_that_is_gone_can_be_seen_and_removed(client, library):
    store = client.app.state.store
    key = store.accounts.ensure().key
    store.history.rate(key, [Deed("tmdb:999", Action.RATING, 4.0)]).result()
    (item,) = client.get(f"{ME}/ratings").json()["results"]
    assert (item["id"], item["missing"], item["rating"]) == ("tmdb:999", True, 4.0)
    assert "title" not in item
    assert client.get(f"{ME}/ratings/tmdb:999").json()["missing"]
    assert client.delete(f"{ME}/ratings/tmdb:999").status_code == 204
    assert client.get(f"{ME}/ratings").json()["results"] == []


def test_many_ratings_are_written_in_one_piece(client):
    entries = [{"id": f"local:{i}", "rating": 3.5} for i in range(40)]
    entries += [{"id": "tmdb:603", "action": "like"}, {"id": "imdb:tt0133093", "rating": 1}]
    said = client.post(f"{ME}/ratings/bulk", json={"ratings": entries}).json()
    assert (said["rated"], said["changed"], said["unknown"]) == (41, 41, [])
    assert client.get(MATRIX).json()["rating"] == 1
    assert client.post(f"{ME}/ratings/bulk", json={"ratings": entries}).json()["changed"] == 0


def test_an_unknown_title_among_many_stops_all_unless_it_may_be_left_out(client):
    entries = [{"id": "tmdb:603", "rating": 4}, {"id": "tmdb:1", "rating": 4}]
    refused = problem(client.post(f"{ME}/ratings/bulk", json={"ratings": entries}), 404)
    assert "tmdb:1" in refused["detail"]
    assert client.get(f"{ME}/ratings").json()["results"] == []
    said = client.post(f"{ME}/ratings/bulk", json={"ratings": entries, "skip_unknown": True})
    assert said.json()["unknown"] == ["tmdb:1"]
    assert client.get(MATRIX).json()["rating"] == 4


def test_one_bad_entry_among_many_stops_all(client):
    good = {"id": "tmdb:603", "rating": 4}
    for bad in ({"id": "tmdb:2"}, {"id": "tmdb:2", "rating": 9}, {"rating": 3}, {"id": "x"}, 5):
        problem(client.post(f"{ME}/ratings/bulk", json={"ratings": [good, bad]}), 422)
    too_many = [good] * (bodies.MAX_BULK + 1)
    problem(client.post(f"{ME}/ratings/bulk", json={"ratings": too_many}), 422)
    assert client.get(f"{ME}/ratings").json()["results"] == []


def test_a_watch_is_one_by_its_title_and_time(client):
    body = {"id": "tmdb:603", "time": 1_714_594_500.75}
    first, again = (client.post(f"{ME}/watches", json=body) for _ in range(2))
    assert first.content == again.content
    client.post(f"{ME}/watches", json={"id": "tmdb:603", "time": 1_800_000_000, "again": True})
    client.post(f"{ME}/watches", json={"id": "tmdb:2"})
    seen = client.get(f"{ME}/watches").json()["results"]
    assert [(w["id"], w["action"], w["time"]) for w in seen] == [
        ("tmdb:603", "rewatch", 1_800_000_000),
        ("tmdb:603", "watch", 1_714_594_500),
        ("tmdb:2", "watch", None),
    ]
    assert client.delete(f"{ME}/watches/imdb:tt0133093").status_code == 204
    assert [w["id"] for w in client.get(f"{ME}/watches").json()["results"]] == ["tmdb:2"]
    problem(client.post(f"{ME}/watches", json={"id": "tmdb:1"}), 404)


@pytest.mark.parametrize("name", ["watchlist", "hidden"])
def test_a_list_holds_a_title_once(client, name):
    first, again = (client.put(f"{ME}/{name}/imdb:tt0133093") for _ in range(2))
    assert first.content == again.content
    client.put(f"{ME}/{name}/tmdb:2")
    (one, other) = client.get(f"{ME}/{name}").json()["results"]
    assert {one["id"], other["id"]} == {"tmdb:603", "tmdb:2"}
    assert one["added"] > 1_700_000_000
    for _ in range(2):
        assert client.delete(f"{ME}/{name}/tmdb:603").status_code == 204
    assert [t["id"] for t in client.get(f"{ME}/{name}").json()["results"]] == ["tmdb:2"]


def test_an_import_is_listed_and_undone_once(client):
    store = client.app.state.store
    key = store.accounts.ensure().key
    client.put(MATRIX, json={"rating": 2})
    deeds = [Deed("tmdb:603", Action.RATING, 5.0), Deed("tmdb:2", Action.RATING, 3.0)]
    batch, _ = store.history.import_batch(key, "ratings.csv", "ab" * 32, deeds).result()
    (listed,) = client.get(f"{ME}/imports").json()["results"]
    assert (listed["key"], listed["source"], listed["entries"]) == (batch.key, "ratings.csv", 2)
    assert listed["undone"] is None
    first, again = (client.delete(f"{ME}/imports/{batch.key}") for _ in range(2))
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert client.get(MATRIX).json()["rating"] == 2
    assert client.get(f"{ME}/imports").json()["results"][0]["undone"]
    problem(client.delete(f"{ME}/imports/99"), 404)
    problem(client.delete(f"{ME}/imports/{1 << 70}"), 422)


@pytest.fixture
def people(library, tmp_path):
    """Ann, an administrator; Bob; Kit, who is twelve; Eve, who may read alone."""
    store = open_store(f"sqlite:///{tmp_path / 'people.db'}")
    store.accounts.create("ann", role=Role.ADMIN).result()
    for name, age in (("bob", None), ("kit", 12), ("eve", None)):
        store.accounts.create(name, max_age=age).result()
    scopes = {"ann": {Scope.ADMIN}, "eve": {Scope.READ}}
    tokens = {
        name: store.tokens.create(
            name, scopes=frozenset(scopes.get(name, {Scope.READ, Scope.WRITE}))
        ).result()[1]
        for name in ("ann", "bob", "kit", "eve")
    }
    app = create_app(library, settings=Settings(accounts="on"), store=store)

    def ask(name, method, path, **more):
        headers = {"authorization": f"Bearer {tokens[name]}"} if name else {}
        return client.request(method, path, headers=headers, **more)

    with TestClient(app, base_url="http://localhost", follow_redirects=False) as client:
        yield ask
    store.close()


def test_nobody_reads_or_changes_what_is_not_theirs(people):
    assert people("bob", "PUT", MATRIX, json={"rating": 4}).status_code == 200
    theirs = "/v1/people/bob"
    for method, path, body in (
        ("GET", "/ratings", None),
        ("PUT", "/ratings/tmdb:603", {"rating": 1}),
        ("DELETE", "/ratings/tmdb:603", None),
        ("POST", "/ratings/bulk", {"ratings": [{"id": "tmdb:603", "rating": 1}]}),
        ("POST", "/watches", {"id": "tmdb:2"}),
        ("PUT", "/watchlist/tmdb:2", None),
        ("GET", "/changes", None),
        ("GET", "/export.json", None),
        ("GET", "/export.csv", None),
        ("GET", "/watchlist.rss", None),
        ("DELETE", "/imports/1", None),
    ):
        problem(people("kit", method, theirs + path, json=body), 404)
        problem(people("kit", method, "/v1/people/nobody" + path, json=body), 404)
        refused = people(None, method, theirs + path, json=body)
        problem(refused, 401)
        assert "Bearer" in refused.headers["www-authenticate"]
    (item,) = people("ann", "GET", f"{theirs}/ratings").json()["results"]
    assert item["rating"] == 4
    assert people("bob", "GET", "/v1/people/bob/ratings").json()["results"] == [item]


def test_who_may_only_read_changes_nothing(people):
    for method, path, body in (
        ("PUT", MATRIX, {"rating": 1}),
        ("DELETE", MATRIX, None),
        ("PUT", f"{ME}/hidden/tmdb:2", None),
        ("POST", "/v1/events", {"kind": "click", "id": "tmdb:2", "key": "k"}),
    ):
        problem(people("eve", method, path, json=body), 403)
    assert people("eve", "GET", f"{ME}/ratings").json()["results"] == []


def test_an_age_limit_hides_titles_from_lists_and_from_writing(people):
    assert people("ann", "PUT", "/v1/people/kit/ratings/tmdb:603", json={"rating": 4}).is_success
    problem(people("kit", "PUT", MATRIX, json={"rating": 1}), 404)
    problem(people("kit", "POST", f"{ME}/watches", json={"id": "tmdb:603"}), 404)
    problem(people("kit", "PUT", f"{ME}/watchlist/tmdb:603"), 404)
    (item,) = people("kit", "GET", f"{ME}/ratings").json()["results"]
    assert item["missing"]
    assert "title" not in item
    assert "The Matrix" not in people("kit", "GET", f"{ME}/export.json").text


def test_ones_own_name_needs_no_look_into_the_database(people, monkeypatch):
    def fail(*_):
        raise AssertionError("the database was read")

    assert people("bob", "GET", f"{ME}/ratings").status_code == 200
    monkeypatch.setattr("matinee.service.whose.subject", fail)
    for name in ("me", "bob"):
        path = f"/v1/people/{name}/ratings/tmdb:603"
        assert people("bob", "PUT", path, json={"rating": 4}).status_code == 200
