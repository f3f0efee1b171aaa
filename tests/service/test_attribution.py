"""To whom thanks are due: found from a catalogue, and said where its facts are shown."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from matinee import demo
from matinee.assembly import build_library, open_library
from matinee.catalogue.attribution import ATTRIBUTIONS, attributions_of
from matinee.catalogue.schema import to_table
from matinee.catalogue.title import Title
from matinee.ingest.enrich import Provenance, imdb, omdb, wikipedia
from matinee.ingest.read import read_catalogue
from matinee.ingest.tmdbapi import shapes
from matinee.service import create_app, views
from matinee.settings import Settings
from matinee.testing import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TMDB = "This product uses the TMDB API but is not endorsed or certified by TMDB."
HTML = {"accept": "text/html"}


def thanked(*titles: Title, sources: tuple[str, ...] = ()) -> list[str]:
    return [each.source for each in attributions_of(to_table(titles), sources)]


def film(own: str = "tmdb:1", **more: Any) -> Title:
    return Title(id=own, ids=(own, f"local:{own[-1]}"), title="X", **more)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        (film("local:9"), []),
        (film("imdb:tt9", poster_path="/a.jpg", popularity=3.0), []),
        (film("tmdb:9", overview="Mine."), []),
        (film("tmdb:9", poster_path="https://pictures.example/a.jpg"), []),
        (film("tmdb:9", poster_path="https://pictures.example/tmdb.org/a.jpg"), []),
        (film("tmdb:9", poster_path="/a.jpg"), ["tmdb"]),
        (film("tmdb:9", poster_path="https://image.tmdb.org/t/p/w92/a.jpg"), ["tmdb"]),
        (film("tmdb-tv:9", popularity=0.5), ["tmdb"]),
        (film("movielens:9"), ["movielens"]),
    ],
)
def test_the_columns_tell_whose_facts_these_are(title: Title, expected: list[str]) -> None:
    assert thanked(title) == expected
    # Whatever else there is, and wherever it stands.
    others = [film(f"local:{n}", poster_path="/b.jpg", popularity=1.0) for n in range(5)]
    assert thanked(*others, title) == thanked(title, *others) == expected


def test_so_do_the_names_of_sources() -> None:
    assert thanked(film("local:1"), sources=("table", "netflix", "of-ones-own")) == []
    assert thanked(film("local:1"), sources=("imdb", "wikipedia")) == ["wikipedia", "imdb"]
    assert thanked(film("local:1"), sources=("tmdb-5000",)) == ["tmdb"]
    assert thanked(film("local:1"), sources=("movies-dataset",)) == ["tmdb", "movielens"]
    assert thanked(film("tmdb:1", popularity=1.0), sources=("tmdb",)) == ["tmdb"]
    assert thanked() == []


def test_the_demo_says_whose_facts_it_has() -> None:
    table = read_catalogue([demo.TITLES]).table
    assert [each.source for each in attributions_of(table, ("json",))] == ["tmdb", "movielens"]


def test_the_words_are_those_of_the_sources() -> None:
    assert ATTRIBUTIONS["tmdb"].text == shapes.ATTRIBUTION == TMDB
    for module in (omdb, wikipedia):
        name = module.__name__.rpartition(".")[2]
        assert module.LICENCE in ATTRIBUTIONS[name].text
    courtesy = "Information courtesy of IMDb (https://www.imdb.com). Used with permission"
    assert ATTRIBUTIONS["imdb"].text.startswith(courtesy)
    assert imdb.ATTRIBUTION.startswith(courtesy)
    assert all(each.source == name for name, each in ATTRIBUTIONS.items())
    assert all(each.url.startswith("https://") for each in ATTRIBUTIONS.values())


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service with two films: TMDb's, and one that MovieLens knows."""
    folder: Path = tmp_path_factory.mktemp("attribution")
    rows = [
        {"id": "tmdb:1", "title": "One", "overview": "A story.", "poster_path": "/one.jpg"},
        {"id": "movielens:2", "title": "Two", "overview": "Another story."},
    ]
    (folder / "films.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    build_library([folder / "films.jsonl"], folder / "library", encoder=HashingEncoder())
    library = open_library(folder / "library", encoder=HashingEncoder())
    app = create_app(library, settings=Settings(database_url=f"sqlite:///{folder / 'store.db'}"))
    with TestClient(app, base_url="http://localhost") as made:
        yield made


def test_the_about_page_and_the_api_say_it(client: TestClient) -> None:
    about = client.get("/about").text.partition('id="thanks"')[2].partition("</section>")[0]
    assert about.count(TMDB) == 1
    assert '<a href="https://www.themoviedb.org/" rel="noopener nofollow">TMDB</a>' in about
    assert "The MovieLens Datasets: History and Context" in about
    assert "Wikipedia" not in about
    for path in ("/v1/library", "/v1/status"):
        said = client.get(path).json()["attributions"]
        assert [each["source"] for each in said] == ["tmdb", "movielens"]
        assert said[0] == {"source": "tmdb", "text": TMDB, "url": "https://www.themoviedb.org/"}
    assert client.get("/v1/titles/tmdb:1").json()["provenance"] == {}


def test_the_foot_of_every_page_says_it(client: TestClient) -> None:
    for path in (
        "/",
        "/about",
        "/search?q=one",
        "/search?k=0",
        "/title/tmdb:1",
        "/docs",
        "/nowhere",
    ):
        foot = client.get(path, headers=HTML).text.partition("<footer")[2]
        assert foot.count(TMDB) == 1, path
        assert "Sources and thanks</a>: TMDB, MovieLens</p>" in foot, path
    # No page of another library, nor of none, says what is due to this one.
    assert views.thanks() == ()


def test_addresses_lead_to_pages_by_https_alone() -> None:
    def origin(source: str, url: str) -> views.Origin:
        (made,) = views.origins({"overview": Provenance(source, url, "2026-03-01", "<b>")})
        return made

    heat = "https://en.wikipedia.org/wiki/Heat_(1995_film)"
    assert origin("wikipedia", heat) == views.Origin("Plot", "Wikipedia", "<b>", heat)
    assert origin("ours", "https://films.example/1").url == "https://films.example/1"
    assert origin("imdb", "https://datasets.imdbws.com/x.gz").url == "https://www.imdb.com/"
    for bad in ("javascript:alert(1)", "http://films.example/1", "//films.example", "C:\\x", ""):
        assert origin("ours", bad) == views.Origin("Plot", "ours", "<b>", None)


def test_what_came_from_one_place_is_told_together() -> None:
    def of(source: str, url: str = "") -> Provenance:
        return Provenance(source, url, "2026-03-01", "terms")

    told = {
        "cast": of("omdb", "1"),
        "vote_count": of("omdb", "2"),
        "overview": of("x"),
        "year": of("x"),
    }
    lines = [(each.fields, each.source) for each in views.origins(told)]
    assert lines == [("Plot, year", "x"), ("Cast, vote count", "OMDb")]
    assert views.origins({}) == []


def test_pages_say_of_nobody_else_what_is_not_due(tmp_path: Path) -> None:
    (tmp_path / "films.jsonl").write_text('{"title": "One", "overview": "Mine."}\n')
    build_library([tmp_path / "films.jsonl"], tmp_path / "library", encoder=HashingEncoder())
    library = open_library(tmp_path / "library", encoder=HashingEncoder())
    url = f"sqlite:///{tmp_path / 'store.db'}"
    app = create_app(library, settings=Settings(database_url=url))
    with TestClient(app, base_url="http://localhost") as client:
        for path in ("/", "/about", "/search?q=one", "/nowhere"):
            page = client.get(path, headers=HTML).text
            assert "Sources and thanks" in page, path
            assert not re.search("TMDB|IMDb|MovieLens|Wikipedia", page), path
        assert client.get("/v1/library").json()["attributions"] == []
