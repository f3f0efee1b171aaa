"""The log of what happened to titles that were shown."""

from __future__ import annotations

import threading

import pytest

from matinee.service import bodies

URL = "/v1/events"
ME = "/v1/people/me"


def event(**more):
    return {"kind": "click", "id": "tmdb:603", "key": "k1", "time": 2_000} | more


def counts(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()["new"], answer.json()["repeated"]


def test_an_event_is_recorded_once_by_its_key(client):
    assert counts(client.post(URL, json=event())) == (1, 0)
    assert counts(client.post(URL, json=event(kind="play"))) == (0, 1)
    (read,) = client.get(URL).json()["results"]
    assert read == {
        "sequence": read["sequence"], "kind": "click", "id": "tmdb:603", "key": "k1",
        "time": 2000, "request": None, "position": None, "experiment": None, "arm": None,
        "value": None, "person": "default",
    }  # fmt: skip


def test_the_same_key_twenty_times_at_once_is_one_event(client):
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(client.post(URL, json=event())))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts(answer) for answer in answers) == [(0, 1)] * 19 + [(1, 0)]
    assert len(client.get(URL).json()["results"]) == 1


def test_a_header_is_the_key_of_what_has_none(client):
    body, header = event(), {"Idempotency-Key": "h"}
    del body["key"]
    assert counts(client.post(URL, json=body, headers=header)) == (1, 0)
    assert counts(client.post(URL, json=body, headers=header)) == (0, 1)
    assert counts(client.post(URL, json=[body, body, event()], headers=header)) == (3, 0)
    keys = {one["key"] for one in client.get(URL).json()["results"]}
    assert keys == {"h", "h-0", "h-1", "k1"}
    refused = client.post(URL, json=body)
    assert refused.status_code == 422
    assert "key" in refused.json()["detail"]


def test_a_thousand_events_are_taken_and_no_more(client):
    many = [event(key=f"k{i}", position=i) for i in range(bodies.MAX_EVENTS)]
    assert counts(client.post(URL, json=many)) == (1000, 0)
    assert client.post(URL, json=[*many, event(key="x")]).status_code == 422
    assert client.post(URL, json=[]).status_code == 422
    first = client.get(URL, params={"limit": 999}).json()
    assert len(first["results"]) == 999
    rest = client.get(URL, params={"limit": 999, "cursor": first["next"]}).json()
    assert [one["key"] for one in rest["results"]] == ["k999"]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"id": "tmdb:1"}, 404),
        ({"id": "The Matrix"}, 404),
        ({"kind": "stare"}, 422),
        ({"key": ""}, 422),
        ({"key": "a b"}, 422),
        ({"key": "a\n"}, 422),
        ({"key": "a\u0000"}, 422),
        ({"key": "a" * 65}, 422),
        ({"time": -1}, 422),
        ({"time": 10**20}, 422),
        ({"position": -1}, 422),
        ({"position": 0.5}, 422),
        ({"experiment": "\u0000"}, 422),
        ({"value": 3}, 422),
        ({"kind": "play", "value": 1.5}, 422),
        ({"kind": "rating"}, 422),
        ({"kind": "rating", "value": 0.4}, 422),
        ({"kind": "rating", "value": 6}, 422),
        ({"person": "ann"}, 422),
    ],
)
def test_one_bad_event_stops_all(client, wrong, status):
    refused = client.post(URL, json=[event(key="good"), event(**wrong)])
    assert refused.status_code == status, refused.text
    assert refused.json()["cure"]
    assert client.get(URL).json()["results"] == []


def test_a_rating_is_also_what_the_person_thinks(client):
    rated = event(kind="rating", value=4.5)
    assert counts(client.post(URL, json=rated)) == (1, 0)
    read = client.get(f"{ME}/ratings/tmdb:603").json()
    assert (read["rating"], read["time"]) == (4.5, 2_000)


def test_a_late_rating_does_not_undo_what_was_said_since(client):
    client.put(f"{ME}/ratings/tmdb:603", json={"rating": 1, "time": 3_000})
    client.put(f"{ME}/ratings/tmdb:2", json={"rating": 1})
    client.put(f"{ME}/ratings/local:1", json={"rating": 1, "time": 1_000})
    late = [
        event(kind="rating", value=5, key=title, id=title)
        for title in ("tmdb:603", "tmdb:2", "local:1")
    ]
    assert counts(client.post(URL, json=late)) == (3, 0)
    rated = {one["id"]: one["rating"] for one in client.get(f"{ME}/ratings").json()["results"]}
    assert rated == {"tmdb:603": 1, "tmdb:2": 1, "local:1": 5}


def test_of_two_ratings_of_a_title_the_later_counts(client):
    both = [
        event(kind="rating", value=5, key="late", time=9),
        event(kind="rating", value=2, key="early", time=8),
    ]
    client.post(URL, json=both)
    assert client.get(f"{ME}/ratings/tmdb:603").json()["rating"] == 5


def test_a_viewing_or_a_click_says_nothing_of_what_the_person_thinks(client):
    client.post(URL, json=[event(key="a"), event(key="b", kind="play", value=0.9)])
    assert client.get(f"{ME}/ratings").json()["results"] == []


def test_events_are_read_by_kind_experiment_and_person(client):
    client.post(URL, json=[event(key="a"), event(key="b", kind="play", experiment="e1", arm="a")])
    for query, keys in (
        ("kind=play", ["b"]),
        ("experiment=e1", ["b"]),
        ("experiment=e2", []),
        ("person=default", ["a", "b"]),
    ):
        found = client.get(f"{URL}?{query}").json()["results"]
        assert [one["key"] for one in found] == keys
    assert client.get(f"{URL}?person=nobody").status_code == 404
    assert client.get(f"{URL}?kind=stare").status_code == 422
    assert client.get(f"{URL}?person=%00").status_code == 422
    assert client.get(f"{URL}?experiment=%00").status_code == 422
    assert client.get(f"{URL}?limit=0").status_code == 422
