"""What people did, to take elsewhere."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from matinee.deeds import Deed
from matinee.interaction import Action
from matinee.service.routes import exports

ME = "/v1/people/me"


@pytest.fixture
def done(client):
    client.put(f"{ME}/ratings/tmdb:603", json={"rating": 4.5, "time": 1_714_594_500})
    client.put(f"{ME}/ratings/tmdb:2", json={"action": "like"})
    client.put(f"{ME}/ratings/local:1", json={"rating": 3})
    client.post(f"{ME}/watches", json={"id": "tmdb:603", "time": 1_714_594_500})
    client.post(f"{ME}/watches", json={"id": "tmdb:603", "time": 1_724_594_500, "again": True})
    client.post(f"{ME}/watches", json={"id": "imdb:tt4"})
    for title in ("tmdb:603", "tmdb-tv:3", "imdb:tt4", "local:1"):
        client.put(f"{ME}/watchlist/{title}")
    client.put(f"{ME}/hidden/tmdb:2")
    client.post("/v1/events", json={"kind": "click", "id": "tmdb:603", "key": "k"})
    return client


def test_all_of_it_is_exported_as_json(done):
    answer = done.get(f"{ME}/export.json")
    assert answer.headers["content-disposition"] == 'attachment; filename="matinee-default.json"'
    said = answer.json()
    assert (said["person"], said["library"], said["degraded"]) == ("default", "v0001", [])
    assert [(one["id"], one["rating"]) for one in said["ratings"]] == [
        ("local:1", 3), ("tmdb:2", None), ("tmdb:603", 4.5),
    ]  # fmt: skip
    assert said["ratings"][2]["title"] == "The Matrix"
    sizes = {name: len(value) for name, value in said.items() if isinstance(value, list)}
    assert sizes == {
        "degraded": 0, "ratings": 3, "watches": 3, "watchlist": 4, "hidden": 1, "changes": 3,
        "imports": 0, "events": 1,
    }  # fmt: skip


def test_of_somebody_who_did_nothing_the_export_is_empty(client):
    said = client.get(f"{ME}/export.json").json()
    assert said["ratings"] == said["events"] == []
    assert client.get(f"{ME}/export.csv").text.splitlines() == [",".join(exports.COLUMNS)]


def test_more_than_one_piece_is_exported_whole(client, monkeypatch):
    monkeypatch.setattr(exports, "_PIECE", 3)
    entries = [{"id": f"local:{i}", "rating": 3.5} for i in range(40)]
    client.post(f"{ME}/ratings/bulk", json={"ratings": entries})
    said = client.get(f"{ME}/export.json").json()
    assert len({one["id"] for one in said["ratings"]}) == len(said["changes"]) == 40
    assert len(client.get(f"{ME}/export.csv").text.splitlines()) == 41


def table(client):
    text = client.get(f"{ME}/export.csv").text
    return list(csv.DictReader(io.StringIO(text)))


def test_the_table_is_one_letterboxd_reads(done):
    rows = table(done)
    assert rows[:2] == [
        {"Title": "The Matrix", "Year": "1999", "Directors": "Lana Wachowski, Lilly Wachowski",
         "imdbID": "tt0133093", "tmdbID": "603", "Rating": "4.5", "WatchedDate": "2024-08-25",
         "Rewatch": "true"},
        {"Title": "The Matrix", "Year": "1999", "Directors": "Lana Wachowski, Lilly Wachowski",
         "imdbID": "tt0133093", "tmdbID": "603", "Rating": "4.5", "WatchedDate": "2024-05-01",
         "Rewatch": "false"},
    ]  # fmt: skip
    assert [(r["Title"], r["imdbID"], r["Rating"], r["WatchedDate"]) for r in rows[2:]] == [
        ("ദൃശ്യം", "tt4", "", ""),
        ("Film 1", "", "3", ""),
    ]


def test_a_text_that_would_be_a_formula_is_made_plain(client, library, monkeypatch):
    evil = replace(library.title("tmdb:603"), title="=HYPERLINK(1)", directors=("@x", "+y"))
    monkeypatch.setattr(library, "title", lambda _: evil)
    client.post(f"{ME}/watches", json={"id": "tmdb:603"})
    (row,) = table(client)
    assert row["Title"] == "'=HYPERLINK(1)"
    assert row["Directors"] == "'@x, +y"


def test_a_title_that_is_gone_is_exported_by_its_id(client):
    store = client.app.state.store
    deeds = [Deed("tmdb:999", Action.RATING, 4.0), Deed("tmdb:999", Action.WATCH, None, 1 << 39)]
    store.history.rate(store.accounts.ensure().key, deeds).result()
    (row,) = table(client)
    assert (row["Title"], row["tmdbID"], row["Rating"]) == ("", "999", "4")
    # No calendar has a day some 17,000 years from now.
    assert row["WatchedDate"] == ""
    assert client.get(f"{ME}/export.json").json()["ratings"][0]["title"] is None


def test_the_watchlist_is_a_feed(done):
    answer = done.get(f"{ME}/watchlist.rss")
    assert answer.headers["content-type"] == "application/rss+xml"
    channel = ElementTree.fromstring(answer.content).find("channel")  # noqa: S314 -- our own
    items = {item.findtext("guid"): item for item in channel.findall("item")}
    assert set(items) == {"tmdb:603", "tmdb-tv:3", "imdb:tt4", "local:1"}
    assert items["tmdb:603"].findtext("title") == "The Matrix (1999)"
    assert items["tmdb-tv:3"].findtext("title") == "<b>Heist</b> & Co"
    assert items["tmdb:603"].findtext("link") == "http://localhost/title/tmdb:603"
    assert items["tmdb:603"].findtext("pubDate").endswith("GMT")


def test_characters_that_xml_cannot_hold_are_left_out(client, library, monkeypatch):
    odd = replace(library.title("tmdb:603"), title="A\x00B\x0bC\ufffe", overview="\x1f")
    client.put(f"{ME}/watchlist/tmdb:603")
    monkeypatch.setattr(library, "title", lambda _: odd)
    body = client.get(f"{ME}/watchlist.rss").content
    assert b"<title>ABC (1999)</title>" in body
    ElementTree.fromstring(body)  # noqa: S314 -- our own


def test_the_films_of_the_watchlist_are_a_list_for_radarr(done):
    said = done.get(f"{ME}/watchlist.radarr.json").json()
    by_title = {item["title"]: item for item in said}
    # A series, and a film that nobody else has an id for, are not for Radarr.
    assert set(by_title) == {"The Matrix", "ദൃശ്യം"}
    assert by_title["The Matrix"] == {
        "title": "The Matrix", "year": 1999, "imdb_id": "tt0133093", "id": 603, "tmdb_id": 603,
    }  # fmt: skip
    assert by_title["ദൃശ്യം"] == {"title": "ദൃശ്യം", "year": 2013, "imdb_id": "tt4"}


def test_the_lists_have_etags(done):
    for name in ("watchlist.rss", "watchlist.radarr.json"):
        tag = done.get(f"{ME}/{name}").headers["etag"]
        again = done.get(f"{ME}/{name}", headers={"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")
