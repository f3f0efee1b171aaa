"""A library of eight titles and three people, so small that every figure is counted by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from matinee.catalogue.columns import Columns
from matinee.catalogue.schema import to_table
from matinee.catalogue.table import TitleTable
from matinee.catalogue.title import Title
from matinee.errors import LibraryCorruptError
from matinee.insights import Chart, Insights, study
from matinee.interaction import Action, Interactions
from matinee.pipeline import ratings
from matinee.pipeline.taste import Card

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matinee import Library

    Make = Callable[..., Any]

TITLES = (
    Title(
        id="a:1",
        title="One",
        year=1931,
        runtime=89,
        genres=("Drama", "War"),
        languages=("fr", "en"),
        countries=("FR", "DE"),
        vote_count=900,
        poster_path="/1.jpg",
        overview="A story.",
    ),
    Title(id="a:2", title="Two", year=1938, runtime=90, genres=("Drama",), vote_count=50),
    Title(id="a:3", title="Three", year=1995, runtime=104, languages=("en",), vote_count=40),
    Title(
        id="a:4",
        title="Four",
        year=1999,
        runtime=300,
        genres=("Comedy",),
        languages=("en",),
        countries=("FR",),
        vote_count=10,
        poster_path="/4.jpg",
    ),
    Title(id="a:5", title="Five", year=2001, vote_count=0),
    Title(id="a:6", title="Six", year=2002, genres=("Drama",), languages=("xxx",)),
    Title(id="a:7", title="Seven", year=2003, poster_path="/7.jpg"),
    Title(id="a:8", title="Eight"),
)
# Person, row of the title, stars.
RATED = ((0, 0, 5.0), (0, 1, 4.0), (0, 2, 4.0), (1, 0, 0.5), (2, 0, 4.0), (2, 3, 3.5))
METRICS = {
    "protocol": "user-temporal",
    "people": 3,
    "ndcg@10": 0.25,
    "coverage@10": 0.5,
    "exploration": [
        {"position": -1.0, "ndcg@10": 0.3, "coverage@10": 0.1},
        {"position": 1.0, "ndcg@10": 0.2, "coverage@10": 0.6},
    ],
}


def interactions(rated: tuple[tuple[int, int, float], ...] = RATED) -> Interactions:
    users, items, stars = zip(*rated, strict=True)
    return Interactions(
        users=np.array(users),
        items=np.array(items),
        actions=np.full(len(users), Action.RATING, np.int8),
        values=np.array(stars, np.float32),
        times=np.zeros(len(users), np.int64),
        user_ids=["ann", "bob", "cem"],
        item_ids=[title.id for title in TITLES],
    )


def card(**metrics: Any) -> Card:
    return Card(
        default="ease",
        rankings=("ease",),
        rating=None,
        people=3,
        titles=4,
        interactions=6,
        metrics=metrics,
    )


@pytest.fixture
def library(tmp_path: Path) -> Callable[..., Any]:
    """Return a library of titles; with a card it has learnt from the ratings."""

    def make(
        titles: tuple[Title, ...] = TITLES,
        *,
        learnt: Card | None = None,
        read: tuple[int, ...] | None = None,
        did: Interactions | None = None,
        gone: tuple[int, ...] = (),
    ) -> Any:
        table = TitleTable(to_table(titles))
        taste = None
        if learnt is not None:
            folder = tmp_path / "v0001" / "taste"
            folder.mkdir(parents=True)
            ratings.write(folder, did or interactions())
            rows = np.arange(len(titles))
            rows[list(gone)] = -1
            taste = SimpleNamespace(card=learnt, rows=rows)
        signatures = None if read is None else SimpleNamespace(rows=np.array(read, np.int64))
        engine = SimpleNamespace(
            catalogue=table,
            columns=Columns(table),
            pictures=SimpleNamespace(signatures=signatures),
            taste=taste,
        )
        return SimpleNamespace(root=tmp_path, version="v0001", engine=engine)

    return make


def rows(found: Insights, key: str) -> dict[str, float | tuple[float | None, ...] | None]:
    """Return the values of a chart by row; those of one series bare."""
    chart = found.chart(key)
    assert chart is not None, found.notes
    pairs = zip(chart.rows, chart.values, strict=True)
    return {name: values[0] if len(values) == 1 else values for name, values in pairs}


def lead(found: Insights, key: str) -> str:
    chart = found.chart(key)
    assert chart is not None, found.notes
    return chart.lead


def test_years_by_decade(library: Make) -> None:
    found = study(library())
    counts = [2, 0, 0, 0, 0, 0, 2, 3]
    assert rows(found, "years") == dict(
        zip([f"{year}s" for year in range(1930, 2010, 10)], counts, strict=True)
    )
    assert lead(found, "years") == (
        "The oldest title is from 1931, the newest from 2003; half of them are from 1999 or later."
    )
    assert found.chart("years").note == "The year of 1 title is not known."  # type: ignore[union-attr]


def test_years_one_by_one_where_they_span_few(library: Make) -> None:
    found = study(library(TITLES[2:]))
    counts = [1, 0, 0, 0, 1, 0, 1, 1, 1]
    years = map(str, range(1995, 2004))
    assert rows(found, "years") == dict(zip(years, counts, strict=True))


def test_one_year(library: Make) -> None:
    assert lead(study(library(TITLES[:1])), "years") == "All titles are from 1931."


def test_runtime(library: Make) -> None:
    found = study(library())
    counted = {name: count for name, count in rows(found, "runtime").items() if count}
    assert counted == {"75–89": 1, "90–104": 2, "240+": 1}
    assert lead(found, "runtime") == (
        "Half of the titles take 104 minutes or more; the longest takes 300."
    )


def test_languages_are_the_first_of_each_title(library: Make) -> None:
    found = study(library())
    assert rows(found, "languages") == {"English": 2, "French": 1, "xxx": 1}
    assert lead(found, "languages") == "3 languages: English 50%, French 25%, xxx 25%."
    assert found.chart("languages").note == "The language of 4 titles is not known."  # type: ignore[union-attr]


def test_genres_and_countries_are_all_of_a_title(library: Make) -> None:
    found = study(library())
    assert rows(found, "genres") == {"Drama": 3, "Comedy": 1, "War": 1}
    assert lead(found, "genres") == "3 genres: Drama 75%, Comedy 25%, War 25%."
    assert rows(found, "countries") == {"France": 2, "Germany": 1}


def test_votes(library: Make) -> None:
    found = study(library())
    # Five titles with 900, 50, 40, 10 and 0 votes: a fifth is one of them, half is three.
    assert rows(found, "votes") == {"top 20%": 90.0, "top 50%": 99.0}
    assert lead(found, "votes") == "20% of the titles have 90% of all votes."
    assert rows(found, "votes_spread") == {"0": 1, "1–9": 0, "10–99": 3, "100–999": 1}
    assert lead(found, "votes_spread") == (
        "Half of the titles have 40 votes or more; the most voted has 900."
    )


def test_missing(library: Make) -> None:
    found = study(library())
    chart = found.chart("missing")
    assert chart is not None
    assert chart.columns == ("1930s", "1990s", "2000s", "unknown")
    by_row = rows(found, "missing")
    assert by_row["story"] == (50.0, 100.0, 100.0, 100.0)
    assert by_row["language"] == (50.0, 0.0, pytest.approx(200 / 3), 100.0)
    assert by_row["votes"] == (0.0, 0.0, pytest.approx(200 / 3), 100.0)
    assert by_row["tagline"] == (100.0, 100.0, 100.0, 100.0)
    assert chart.lead == (
        "Never known: keywords, tagline, cast, directors, writers, release date, age rating and "
        "popularity; of the rest most often missing: story (88%), countries (75%) and "
        "poster (62%)."
    )


def test_posters_named_and_read(library: Make) -> None:
    named = study(library())
    assert rows(named, "posters") == {
        "1930s": 50.0,
        "1990s": 50.0,
        "2000s": pytest.approx(100 / 3),
        "unknown": 0.0,
    }
    read = study(library(read=(0, 1, 7)))
    chart = read.chart("posters")
    assert chart is not None
    assert chart.columns == ("named in the catalogue", "read into the library")
    assert rows(read, "posters")["1930s"] == (50.0, 100.0)
    assert rows(read, "posters")["unknown"] == (0.0, 100.0)
    assert chart.lead == "38% of the titles name a poster; that of 38% is in the library."


def test_the_gallery_has_those_with_posters_the_best_known_first(library: Make) -> None:
    assert study(library()).gallery == ("a:1", "a:4", "a:7")
    assert study(library(read=(1, 7))).gallery == ("a:1", "a:2", "a:4", "a:7", "a:8")


def test_the_gallery_is_of_different_decades_and_genres(library: Make) -> None:
    famous = [
        Title(
            id=f"b:{i}",
            title="x",
            year=2010 + i % 10,
            genres=("Action",),
            vote_count=9000 - i,
            poster_path="/x",
        )
        for i in range(40)
    ]
    others = [
        Title(
            id=f"c:{i}",
            title="x",
            year=1950 + 10 * (i % 4),
            genres=(f"G{i}",),
            vote_count=i,
            poster_path="/x",
        )
        for i in range(12)
    ]
    shown = study(library((*famous, *others))).gallery
    assert len(shown) == len(set(shown)) == 24
    assert shown[0] == "b:0"
    assert {f"c:{i}" for i in range(12)} <= set(shown)


def test_people(library: Make) -> None:
    found = study(library(learnt=card()))
    assert rows(found, "ratings_per_person") == {"1": 1, "2–4": 2}
    assert lead(found, "ratings_per_person") == (
        "3 people, 6 ratings; half of the people have 2 or more, one has 3."
    )
    assert rows(found, "ratings_per_title") == {"0": 4, "1": 3, "2–4": 1}
    assert lead(found, "ratings_per_title") == (
        "50% of the titles have ratings; half of these have 1 or more, one has 3."
    )
    given = {name: count for name, count in rows(found, "stars").items() if count}
    assert given == {"0.5": 1, "3.5": 1, "4": 3, "5": 1}
    assert lead(found, "stars") == (
        "The mean is 3.50 stars; most often given: 4, by 50% of the ratings."
    )


def test_titles_that_are_gone_do_not_count(library: Make) -> None:
    found = study(library(learnt=card(), gone=(0,)))
    assert rows(found, "ratings_per_person") == {"1": 1, "2–4": 1}
    assert rows(found, "ratings_per_title") == {"0": 5, "1": 3}


def test_who_only_watched_gave_no_stars(library: Make) -> None:
    did = interactions()
    did = replace(
        did,
        actions=np.full(len(did), Action.WATCH, np.int8),
        values=np.full(len(did), np.nan, np.float32),
    )
    found = study(library(learnt=card(), did=did))
    assert found.chart("stars") is None
    assert "Nobody gave any stars." in found.notes
    assert lead(found, "ratings_per_person").startswith("3 people, 6 entries;")


def test_quality_is_what_was_measured(library: Make) -> None:
    found = study(library(learnt=card(**METRICS)))
    assert rows(found, "quality") == {"NDCG@10": 0.25, "coverage@10": 0.5}
    assert lead(found, "quality").startswith("NDCG@10 of ease is 0.250, measured on what 3 people")
    assert rows(found, "exploration") == {"-1": (0.3, 0.1), "1": (0.2, 0.6)}
    assert found.notes == ()


def test_what_is_not_known_is_left_out_and_said(library: Make) -> None:
    found = study(library((Title(id="a:1", title="Bare"),)))
    assert [chart.key for chart in found.charts] == ["missing"]
    assert found.notes == (
        "The year of no title is known.",
        "The running time of no title is known.",
        "The languages of no title are known.",
        "The genres of no title are known.",
        "The countries of no title are known.",
        "No votes are known for any title.",
        "No title names a poster, and the library was built without any.",
        "Nobody's ratings are known to this library. Give it some with: matinee train taste",
    )
    assert found.gallery == ()


def test_ratings_that_cannot_be_read(library: Make) -> None:
    made = library(learnt=card())
    (made.root / "v0001" / "taste" / "interactions.parquet").write_bytes(b"no")
    with pytest.raises(LibraryCorruptError, match="Train again"):
        study(made)


def test_to_dict_is_plain(library: Make) -> None:
    found = study(library(learnt=card(**METRICS)))
    values = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert set(values) == {"library", "titles", "charts", "gallery", "notes"}
    assert values["library"] == "v0001"
    assert values["titles"] == 8
    keys = [chart["key"] for chart in values["charts"]]
    assert len(set(keys)) == len(keys) == 14
    assert set(values["charts"][0]) == set(Chart.__dataclass_fields__)


def test_the_demo_library(demo: Library) -> None:
    found = study(demo)
    assert found.titles == len(demo) == 1177
    assert len(found.charts) == 12
    shown = [demo.title(identifier) for identifier in found.gallery]
    assert len(shown) == 24
    assert all(title.poster_path for title in shown)
    assert len({title.year // 10 for title in shown if title.year}) >= 8
    assert len({title.genres[0] for title in shown}) >= 8
    for key in ("years", "runtime", "languages"):
        chart = found.chart(key)
        assert chart is not None
        assert 0 < sum(chart.figures()) <= found.titles
