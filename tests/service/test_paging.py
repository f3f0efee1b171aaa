"""Long lists in pages."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import QueryError
from matinee.query.request import MAX_K
from matinee.service import paging

ME = "/v1/people/me"
PLACES = st.recursive(
    st.integers(-(1 << 60), 1 << 60) | st.text(st.characters(codec="utf-8"), max_size=50),
    lambda inner: st.lists(inner, max_size=3),
)


@given(PLACES)
def test_a_cursor_is_the_place_it_stands_for(place):
    cursor = paging.sealed(b"key", ("list", 1), place)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", cursor)
    assert paging.unsealed(b"key", ("list", 1), cursor) == place


@given(PLACES, st.data())
def test_a_cursor_that_was_changed_is_refused(place, data):
    cursor = paging.sealed(b"key", ("list", 1), place)
    at = data.draw(st.integers(0, len(cursor) - 1))
    letter = data.draw(st.sampled_from("AZaz09-_=. é\x00"))
    changed = cursor[:at] + letter + cursor[at + 1 :]
    if changed != cursor:
        with pytest.raises(QueryError):
            paging.unsealed(b"key", ("list", 1), changed)


def test_a_cursor_of_another_list_person_or_server_is_refused():
    cursor = paging.sealed(b"key", ("list", 1), 5)
    for key, scope in ((b"key", ("other", 1)), (b"key", ("list", 2)), (b"yek", ("list", 1))):
        with pytest.raises(QueryError):
            paging.unsealed(key, scope, cursor)


@given(st.text(max_size=60))
def test_what_is_no_cursor_is_refused(text):
    with pytest.raises(QueryError):
        paging.unsealed(b"key", "list", text)


def fill(client):
    entries = [{"id": f"local:{i}", "rating": 3.5} for i in range(40)]
    assert client.post(f"{ME}/ratings/bulk", json={"ratings": entries}).status_code == 200
    for i in range(40):
        client.put(f"{ME}/watchlist/local:{i}")
        client.post(f"{ME}/watches", json={"id": f"local:{i}", "time": 1_000 + i // 3})


@pytest.mark.parametrize("path", ["ratings", "changes", "watchlist", "watches"])
def test_the_pages_together_are_the_list(client, path):
    fill(client)
    whole = client.get(f"{ME}/{path}").json()["results"]
    assert len(whole) == 40
    found, url = [], f"{ME}/{path}?limit=7"
    while url:
        answer = client.get(url)
        found += answer.json()["results"]
        assert answer.json()["library"] == "v0001"
        following = answer.json()["next"]
        named = re.fullmatch(r'<(\?.*)>; rel="next"', answer.headers.get("link", ""))
        assert (named is None) == (following is None)
        # By the header, which is a link relative to this very address.
        url = named and f"{ME}/{path}{named.group(1)}"
    assert found == whole


def test_what_is_added_meanwhile_moves_no_item(client):
    fill(client)
    first = client.get(f"{ME}/watches?limit=10").json()
    client.post(f"{ME}/watches", json={"id": "tmdb:603", "time": 9_000})
    rest = client.get(f"{ME}/watches", params={"limit": 100, "cursor": first["next"]}).json()
    both = [one["id"] for one in first["results"] + rest["results"]]
    assert len(set(both)) == len(both) == 40


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "1e3", "x", "", "9" * 5000, "NaN"])
def test_a_limit_outside_its_bounds_is_refused(client, limit):
    refused = client.get(f"{ME}/ratings", params={"limit": limit})
    assert refused.status_code == 422
    assert "limit" in refused.json()["detail"]


@pytest.mark.parametrize("cursor", ["x", "\x00", "é", "=", "a" * 900, "a" * 2_000, "../.."])
def test_a_cursor_made_up_is_a_problem(client, cursor):
    refused = client.get(f"{ME}/ratings", params={"cursor": cursor})
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert "cursor" in refused.json()["detail"]


def test_a_cursor_of_one_list_does_not_fit_another(client):
    fill(client)
    cursor = client.get(f"{ME}/ratings?limit=1").json()["next"]
    assert client.get(f"{ME}/watches", params={"cursor": cursor}).status_code == 422


def test_an_offset_reaches_no_further_than_a_search():
    assert paging.reach(MAX_K - 10, 10) == MAX_K
    with pytest.raises(QueryError):
        paging.reach(MAX_K - 9, 10)


@given(st.integers(0, MAX_K - 1), st.integers(1, MAX_K))
def test_the_link_of_a_page_leads_to_one_that_can_be_had(offset, k):
    query = f"q=a%20b&k={k}&offset={offset}&filter=x&filter=y".encode()
    request = Request({"type": "http", "query_string": query})
    named = paging.link_on(request, offset, k)
    if offset + k >= MAX_K:
        assert named == {}
        return
    (target,) = re.fullmatch(r'<\?(.*)>; rel="next"', named["link"]).groups()
    asked = parse_qs(target)
    assert asked["q"] == ["a b"]
    assert asked["filter"] == ["x", "y"]
    assert [int(each) for each in asked["offset"]] == [offset + k]
    (following,) = map(int, asked["k"])
    assert 1 <= following <= k
    assert paging.reach(offset + k, following) <= MAX_K
