"""Which facts of each item an answer holds, and tags of answers."""

from __future__ import annotations

import pytest

from matinee.service import fields

ME = "/v1/people/me"


@pytest.fixture
def done(client):
    client.put(f"{ME}/ratings/tmdb:603", json={"rating": 4.5})
    client.put(f"{ME}/watchlist/tmdb:603")
    client.post(f"{ME}/watches", json={"id": "tmdb:603", "time": 5})
    return client


LISTS = ["ratings", "changes", "ratings/tmdb:603/changes", "watchlist", "watches"]


@pytest.mark.parametrize("path", LISTS)
def test_items_hold_the_fields_wanted_and_always_the_id(done, path):
    (item,) = done.get(f"{ME}/{path}?fields=title,year").json()["results"]
    assert item == {"id": "tmdb:603", "title": "The Matrix", "year": 1999}
    (spaced,) = done.get(f"{ME}/{path}?fields=%20year%20,").json()["results"]
    assert spaced == {"id": "tmdb:603", "year": 1999}
    (whole,) = done.get(f"{ME}/{path}").json()["results"]
    assert set(item) < set(whole)


@pytest.mark.parametrize("path", [*LISTS, "ratings/tmdb:603"])
@pytest.mark.parametrize("wrong", ["colour", "title,colour", "TITLE", "\x00", "a" * 2_000])
def test_an_unknown_field_is_refused_naming_those_there_are(done, path, wrong):
    refused = done.get(f"{ME}/{path}", params={"fields": wrong})
    assert refused.status_code == 422
    if len(wrong) < 100:
        assert "title, ids, kind" in refused.json()["cure"]


def test_a_single_rating_may_be_cut_down_too(done):
    read = done.get(f"{ME}/ratings/tmdb:603?fields=rating").json()
    assert read == {"id": "tmdb:603", "rating": 4.5, "library": "v0001", "degraded": []}


def test_the_document_names_the_fields(client):
    made = client.get("/openapi.json").json()["paths"]
    for path, names in (
        ("ratings", fields.DONE_FIELDS),
        ("watchlist", fields.LISTED_FIELDS),
        ("changes", fields.CHANGE_FIELDS),
    ):
        operation = made["/v1/people/{person}/" + path]["get"]
        (asked,) = [p for p in operation["parameters"] if p["name"] == "fields"]
        assert all(f"{name}|" in asked["schema"]["pattern"] for name in names[:-1])


@pytest.mark.parametrize("path", [*LISTS, "ratings/tmdb:603", "hidden", "imports"])
def test_a_list_that_did_not_change_is_not_sent_again(done, path):
    first = done.get(f"{ME}/{path}")
    tag = first.headers["etag"].removeprefix("W/")
    assert first.headers["cache-control"] == "private, no-cache"
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = done.get(f"{ME}/{path}", headers={"if-none-match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    assert done.get(f"{ME}/{path}", headers={"if-none-match": '"other"'}).status_code == 200


def test_a_change_has_another_tag(done):
    tag = done.get(f"{ME}/ratings").headers["etag"]
    done.put(f"{ME}/ratings/tmdb:603", json={"rating": 5})
    again = done.get(f"{ME}/ratings", headers={"if-none-match": tag})
    assert again.status_code == 200
    assert again.headers["etag"] != tag
