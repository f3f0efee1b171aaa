"""The map as JSON and as a page: what suits the reader, listed as it is drawn."""

from __future__ import annotations

import gzip
import re
import shutil
from html import unescape
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from matinee.assembly import open_library
from matinee.errors import LibraryCorruptError
from matinee.pipeline.title_map import CLUSTERS, FOLDER, POSITIONS, open_map
from matinee.service import create_app, openapi, title_map
from matinee.service.ages import suitable
from matinee.service.title_map import MapInSight
from matinee.settings import Settings
from matinee.store import open_store
from matinee.store.records import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matinee import Library
    from matinee.store import Store

HERE = "http://127.0.0.1:7860"
HTML = {"Accept": "text/html"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    yield opened
    opened.close()


@pytest.fixture
def client(demo: Library, store: Store) -> Iterator[TestClient]:
    app = create_app(demo, settings=Settings(rate_limit=0), store=store)
    with TestClient(app, base_url=HERE) as made:
        yield made


@pytest.fixture
def child(client: TestClient, store: Store) -> dict[str, str]:
    store.accounts.create("kim", max_age=8).result()
    _, secret = store.tokens.create("kim", scopes=frozenset({Scope.READ})).result()
    return {"authorization": f"Bearer {secret}"}


def older(library: Library, folder: Path) -> Library:
    """Return a copy of a library as it was built before there were maps."""
    shutil.copytree(library.root, folder)
    live = folder / library.version
    shutil.rmtree(live / FOLDER)
    manifest = live / "manifest.json"
    text = re.sub(r'"map/[^"]+": \{[^}]*\},?\s*', "", manifest.read_text())
    manifest.write_text(text)
    return open_library(folder)


def test_every_title_is_there_once_and_as_documented(client: TestClient, demo: Library) -> None:
    told = client.get("/v1/map").json()
    columns = ("id", "title", "year", "genre", "weight", "x", "y", "region")
    assert {len(told[name]) for name in columns} == {len(demo)}
    assert told["titles"] == len(demo) == len(set(told["id"]))
    shape = openapi.document(client.app)["components"]["schemas"]["MapAnswer"]
    assert set(told) == set(shape["properties"])
    for place in (0, 7, len(demo) - 1):
        film = demo.title(told["id"][place])
        assert told["title"][place] == film.title
        assert told["year"][place] == (film.year or 0)
        genre = told["genre"][place]
        assert (told["genres"][genre] if genre >= 0 else None) == next(iter(film.genres), None)
    # The best known come first, since they are those who stay where there are too many.
    assert told["weight"] == sorted(told["weight"], reverse=True)
    assert min(told["x"] + told["y"]) >= 0
    assert max(told["x"] + told["y"]) <= 65_535


def test_regions_hold_every_title_once_a_level(client: TestClient) -> None:
    told = client.get("/v1/map").json()
    for level in (0, 1):
        sizes = [one["size"] for one in told["regions"] if one["level"] == level]
        assert sum(sizes) == told["titles"]
    fine = {one["number"]: one["size"] for one in told["regions"] if one["level"] == 1}
    counted = np.unique(told["region"], return_counts=True)
    assert dict(zip(*(one.tolist() for one in counted), strict=True)) == fine


def test_it_is_compressed_and_not_sent_again_to_whoever_has_it(client: TestClient) -> None:
    first = client.get("/v1/map", headers={"accept-encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    assert int(first.headers["content-length"]) < 50 * len(first.json()["id"])
    tag = first.headers["etag"]
    again = client.get("/v1/map", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    plain = client.get("/v1/map", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.json() == first.json()
    assert plain.headers["cache-control"] == "private, no-cache"


def test_what_does_not_suit_an_age_is_not_on_the_map(
    client: TestClient, child: dict[str, str], demo: Library
) -> None:
    theirs = client.get("/v1/map", headers=child).json()
    assert set(theirs["id"]) == {one.id for one in demo.engine.catalogue if suitable(demo, one, 8)}
    assert 0 < len(theirs["id"]) < len(demo)
    assert sum(one["size"] for one in theirs["regions"] if one["level"] == 0) == theirs["titles"]
    assert listed(client, child) == sorted(theirs["id"])


def listed(client: TestClient, headers: dict[str, str]) -> list[str]:
    """Return the ids of all titles found by following the links of the page alone."""
    found: list[str] = []
    start = client.get("/map", headers=headers | HTML).text
    todo = list(dict.fromkeys(re.findall(r'href="(/map\?region=\d+)#list"', start)))
    for address in todo:
        turned: str | None = address
        while turned:
            text = client.get(unescape(turned), headers=headers | HTML).text
            found += map(unescape, re.findall(r'data-id="([^"]+)"', text))
            following = re.search(r'rel="next" href="([^"#]+)', text)
            turned = following[1] if following else None
    return sorted(found)


def test_the_list_holds_what_the_canvas_does(client: TestClient) -> None:
    assert listed(client, {}) == sorted(client.get("/v1/map").json()["id"])


def test_a_region_lists_its_parts_and_the_way_back(client: TestClient) -> None:
    told = client.get("/v1/map").json()["regions"]
    wide = next(one for one in told if one["level"] == 0)
    text = unescape(client.get(f"/map?region={wide['number']}", headers=HTML).text)
    assert f'<h2 id="list-title">{wide["label"]}</h2>' in text
    parts = {int(n) for n in re.findall(r'data-region="(\d+)"', text)}
    assert {one["level"] for one in told if one["number"] in parts} == {1}
    part = unescape(client.get(f"/map?region={min(parts)}", headers=HTML).text)
    assert f'<a href="/map?region={wide["number"]}#list"' in part
    assert not re.search(r"<style|style=|<script(?![^>]*\ssrc=)|\son\w+=", text)


@pytest.mark.parametrize("query", ["region=99999", "region=0&page=999", "page=2"])
def test_what_is_not_there_is_not_found(client: TestClient, query: str) -> None:
    assert client.get(f"/map?{query}", headers=HTML).status_code == 404


@pytest.mark.parametrize("query", ["region=-1", "page=0", "region=x"])
def test_what_is_no_number_is_refused(client: TestClient, query: str) -> None:
    assert client.get(f"/map?{query}", headers=HTML).status_code == 422


def test_of_too_many_the_best_known_are_drawn(
    demo: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(title_map, "MOST", 100)
    found = open_map(demo.root / demo.version, len(demo))
    assert found is not None
    told = MapInSight(demo, found, None).to_dict()
    assert (len(told["id"]), told["titles"]) == (100, len(demo))
    votes = np.nan_to_num(demo.engine.columns.numbers("vote_count"))
    least = min(demo.title(one).vote_count or 0 for one in told["id"])
    assert least == np.sort(votes)[-100]


def test_a_library_without_a_map_says_how_to_get_one(
    demo: Library, store: Store, tmp_path: Path
) -> None:
    library = older(demo, tmp_path / "older")
    with TestClient(create_app(library, settings=Settings(), store=store), base_url=HERE) as client:
        text = unescape(client.get("/map", headers=HTML).text)
        assert "built without a map" in text
        assert "matinee build" in text
        assert "<canvas" not in text
        answer: Any = client.get("/v1/map")
        assert answer.status_code == 503
        assert "Build it again" in answer.json()["cure"]


def test_a_damaged_map_is_told(demo: Library, tmp_path: Path) -> None:
    shutil.copytree(demo.root / demo.version / FOLDER, tmp_path / FOLDER)
    assert open_map(tmp_path, len(demo)) is not None
    with pytest.raises(LibraryCorruptError, match="for 3 titles"):
        open_map(tmp_path, 3)
    (tmp_path / FOLDER / CLUSTERS).write_text('[{"label": 1}]')
    with pytest.raises(LibraryCorruptError, match="regions"):
        open_map(tmp_path, len(demo))
    (tmp_path / FOLDER / POSITIONS).write_bytes(b"\x93NUMPY")
    with pytest.raises(LibraryCorruptError, match="array"):
        open_map(tmp_path, len(demo))


def test_compressed_bytes_hold_no_time(demo: Library) -> None:
    found = open_map(demo.root / demo.version, len(demo))
    assert found is not None
    one, other = MapInSight(demo, found, None), MapInSight(demo, found, None)
    assert one.compressed == other.compressed
    assert gzip.decompress(one.compressed) == one.body
