"""OMDb as a fake host on the loopback interface answers for it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from matinee.catalogue.title import Title
from matinee.errors import InputError, SourceError
from matinee.ingest.enrich import Doubtful, Found, Missing, Omdb, enrich

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY = "abc123"
HEAT = {
    "Title": "Heat",
    "Year": "1995",
    "Rated": "R",
    "Released": "15 Dec 1995",
    "Runtime": "170 min",
    "Genre": "Action, Crime, Sci-Fi",
    "Director": "Michael Mann",
    "Writer": "Michael Mann (screenplay by), Robert Downey, Jr.",
    "Actors": "Al Pacino, Robert De Niro",
    "Plot": "A thief &amp; a detective.",
    "Language": "English, Spanish",
    "Country": "United States",
    "Awards": "15 nominations",
    "Poster": "https://m.media-amazon.com/images/M/x.jpg",
    "imdbRating": "8.3",
    "imdbVotes": "745,123",
    "imdbID": "tt0113277",
    "Type": "movie",
    "Response": "True",
}
NONE = {"Response": "False", "Error": "Movie not found!"}


def film(title: str = "Heat", year: int | None = 1995, *ids: str, **more: Any) -> Title:
    known = ids or ("local:x",)
    return Title(id=known[0], ids=known, title=title, year=year, **more)


@pytest.fixture
def omdb(host: Any, asking: Callable[..., Any], tmp_path: Path) -> Callable[..., Omdb]:
    def make(**more: Any) -> Omdb:
        return Omdb(tmp_path / "cache", KEY, asking(), host=host.url + "/", **more)

    return make


def one(source: Omdb, title: Title) -> Found | Doubtful | Missing:
    ((position, outcome),) = source.find([title])
    assert position == 0
    return outcome


def test_by_id(host: Any, omdb: Callable[..., Omdb], as_json: Any) -> None:
    host.default = as_json(HEAT)
    got = one(omdb(), film("Heat", 1995, "tmdb:949", "imdb:tt0113277"))
    assert isinstance(got, Found)
    assert host.asked[0][1] == {"i": "tt0113277", "plot": "full", "r": "json", "apikey": KEY}
    told = got.title
    assert told.overview == "A thief & a detective."
    assert told.release_date == dt.date(1995, 12, 15)
    assert told.genres == ("Action", "Crime", "Science Fiction")
    assert told.writers == ("Michael Mann", "Robert Downey, Jr.")
    assert (told.languages, told.countries) == (("en", "es"), ("US",))
    assert (told.runtime, told.certification) == (170, "R")
    assert (told.vote_average, told.vote_count) == (8.3, 745_123)
    assert told.poster_path is None
    where = got.provenance
    assert (where.source, where.licence) == ("omdb", "CC BY-NC 4.0")
    assert where.retrieved == dt.date.today().isoformat()
    assert "i=tt0113277" in where.url
    assert KEY not in where.url


def test_by_name_and_year(host: Any, omdb: Callable[..., Omdb], as_json: Any) -> None:
    host.default = as_json({**HEAT, "Year": "2011–2019", "Type": "series", "Title": "A & B? Ü"})
    got = one(omdb(), film("A & B? Ü", 2011, kind="series"))
    assert isinstance(got, Found)
    query = host.asked[0][1]
    assert (query["t"], query["y"], query["type"]) == ("A & B? Ü", "2011", "series")
    assert got.title.year == 2011


def test_without_id_and_year_nobody_is_asked(host: Any, omdb: Callable[..., Omdb]) -> None:
    got = one(omdb(), film("Heat", None))
    assert isinstance(got, Missing)
    assert not got.failed
    assert not host.asked


@pytest.mark.parametrize(
    ("title", "found", "reason"),
    [
        (film("Heat", 1986), HEAT, "it is of 1995, not of 1986"),
        (film("Heat", 1995), {**HEAT, "Title": "Heat Wave"}, "it has another name"),
        (film("Heat", 1995), {**HEAT, "Year": "N/A", "Released": "N/A"}, "has no year"),
        (film("Heat", 1995), {**HEAT, "Type": "game"}, "OMDb calls it a game"),
        (film("Heat", 1995), {**HEAT, "Type": "series"}, "it is a series, not a film"),
        (film("Heat", 1995, "imdb:tt0000001"), HEAT, "it has the id 'tt0113277'"),
        (film("Hitze", 1995, "imdb:tt0113277"), HEAT, "it has another name"),
    ],
)
def test_what_is_in_doubt_is_not_used(
    host: Any, omdb: Callable[..., Omdb], as_json: Any, title: Title, found: Any, reason: str
) -> None:
    host.default = as_json(found)
    got = one(omdb(), title)
    assert isinstance(got, Doubtful)
    assert reason in got.reason
    assert KEY not in got.url


def test_an_id_may_be_trusted(host: Any, omdb: Callable[..., Omdb], as_json: Any) -> None:
    host.default = as_json(HEAT)
    assert isinstance(one(omdb(trust_ids=True), film("Hitze", 1995, "imdb:tt0113277")), Found)


@pytest.mark.parametrize("error", ["Movie not found!", "Incorrect IMDb ID.", "Error getting data."])
def test_an_absence_is_kept(host: Any, omdb: Callable[..., Omdb], as_json: Any, error: str) -> None:
    host.default = as_json({"Response": "False", "Error": error})
    for _ in range(2):
        assert one(omdb(), film()) == Missing(error)
    assert len(host.asked) == 1


@pytest.mark.parametrize("status", [401, 200])
def test_a_spent_key_stops_the_run_and_keeps_what_was_had(
    host: Any, omdb: Callable[..., Omdb], as_json: Any, status: int
) -> None:
    spent = as_json({"Response": "False", "Error": "Request limit reached!"}, status)
    host.scripts["/"] = [as_json(HEAT), spent, as_json(NONE)]
    films = [film(), film("Ronin", 1998), film("Thief", 1981)]
    made = enrich(films, omdb())
    assert isinstance(made.stopped, SourceError)
    assert "spent" in str(made.stopped)
    assert KEY not in str(made.stopped)
    assert (made.looked_up, made.found, made.requests) == (1, 1, 3)
    assert made.titles[0].overview
    # Tomorrow the first is not asked for again.
    made = enrich(films, omdb())
    assert made.stopped is None
    assert [query.get("t") for _, query, _ in host.asked] == ["Heat", "Ronin", "Ronin", "Thief"]
    assert made.missing == {"Movie not found!": 2}


def test_a_wrong_key_is_told_without_it(host: Any, omdb: Callable[..., Omdb], as_json: Any) -> None:
    host.default = as_json({"Response": "False", "Error": "Invalid API key!"}, 401)
    with pytest.raises(SourceError, match="OMDb refuses the key") as caught:
        one(omdb(), film())
    assert "MATINEE_OMDB_KEY" in str(caught.value)
    assert KEY not in str(caught.value)
    assert len(host.asked) == 1


def test_html_and_strange_answers_are_no_answers(
    host: Any, omdb: Callable[..., Omdb], as_json: Any, reply: Any
) -> None:
    page = reply(200, b"<!doctype html><title>Attention Required</title>")
    host.scripts["/"] = [page, as_json({"Response": "False", "Error": "x"}), as_json([1]), page]
    got = one(omdb(), film())
    assert isinstance(got, Missing)
    assert got.failed
    assert "4 times" in got.reason
    host.scripts["/"] = [as_json(HEAT)]
    assert isinstance(one(omdb(), film()), Found)


@pytest.mark.parametrize("key", ["", "a b", "a&i=tt1", "ключ"])
def test_what_is_no_key(tmp_path: Path, asking: Any, key: str) -> None:
    with pytest.raises(InputError, match="no key"):
        Omdb(tmp_path, key, asking())
