from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.catalogue.schema import SCHEMA, to_table
from matinee.catalogue.title import Title
from matinee.ingest import LeftOut, read_catalogue
from matinee.ingest.validation import Validation, Validator, reasons, rules, validate
from matinee.ingest.validation.rule import Seen
from matinee.types import Reject

FILM = Title(
    id="tmdb:1",
    ids=("tmdb:1", "imdb:tt0000001"),
    title="Low Tide",
    year=1999,
    release_date=dt.date(1999, 3, 1),
    overview="Fog over “Åse’s” house.",
    genres=("Drama",),
    cast=("Ann Oy", "Ben Ek, Jr."),
    countries=("NO",),
    languages=("no",),
    runtime=91,
    vote_average=7.5,
    vote_count=12,
    popularity=0.5,
    poster_path="/abc.jpg",
    sources=("json",),
)
RULES = tuple(rule.name for rule in rules())


def broken(*films: Title) -> dict[str, int]:
    found = Validator(this_year=2026).add(to_table(films)).report()
    return {f.rule: f.count for f in found.findings if f.count}


def only(found: Validation, rule: str) -> Any:
    return next(f for f in found.findings if f.rule == rule)


def test_a_good_title_breaks_no_rule() -> None:
    found = Validator(this_year=2026).add(to_table([FILM])).report()
    assert (found.rows, found.ok, found.broken) == (1, True, ())
    assert tuple(f.rule for f in found.findings) == RULES
    assert len(set(RULES)) == len(RULES)
    assert all(f.cure and f.demand for f in found.findings)


def test_every_rule_is_in_the_data_model() -> None:
    page = (Path(__file__).parents[2] / "docs/datamodel.md").read_text(encoding="utf-8")
    section = page.partition("## Rules\n")[2].partition("\n## ")[0]
    assert set(RULES) - set(re.findall(r"`([a-z-]+)`", section)) == set()


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("not-blank", {"tagline": ""}),
        ("not-blank", {"cast": ("",)}),
        ("first-id", {"ids": ("imdb:tt0000001", "tmdb:1")}),
        ("form-of-ids", {"id": "The Matrix", "ids": ("The Matrix",)}),
        ("form-of-ids", {"ids": ("tmdb:1", "tmdb:../etc")}),
        ("kind", {"kind": "play"}),
        ("year", {"year": 1869, "release_date": None}),
        ("runtime", {"runtime": 0}),
        ("runtime", {"runtime": 1501}),
        ("vote-average", {"vote_average": 10.5}),
        ("vote-average", {"vote_average": float("nan")}),
        ("vote-count", {"vote_count": -1}),
        ("popularity", {"popularity": -0.5}),
        ("languages", {"languages": ("no", "English")}),
        ("countries", {"countries": ("Norway",)}),
        ("composed", {"title": "Ame\u0301lie"}),
        ("composed", {"cast": ("Ann Oy", "A\u030ase")}),
        ("tidy", {"overview": "two\nlines"}),
        ("tidy", {"overview": "two  blanks"}),
        ("tidy", {"title": " Low Tide"}),
        ("tidy", {"title": "Low Tide\u00a0"}),
        ("tidy", {"title": "Low\u202eTide"}),
        ("tidy", {"cast": ("Ann Oy ", "Ben Ek")}),
        ("tidy", {"genres": ("Dra\x00ma",)}),
        ("no-entry-twice", {"genres": ("Drama", "War", "Drama")}),
        ("sources", {"sources": ()}),
        ("years-agree", {"year": 2000}),
        ("misread-letters", {"title": "KaijūtÅ no"}),
        ("misread-letters", {"overview": "So “Fred” said: â€"}),
        ("misread-letters", {"cast": ("Ren\ufffde",)}),
        ("markup", {"overview": "a <br/> b"}),
        ("markup", {"overview": "Tom &amp; Ann"}),
        ("lone-suffix", {"cast": ("Robert Downey", "Jr.")}),
        ("lone-suffix", {"directors": ("Sr",)}),
        ("poster-path", {"poster_path": "https://image.tmdb.org/t/p/w500<NA>"}),
        ("poster-path", {"poster_path": "https://image.tmdb.org/t/p/w500nan"}),
        ("poster-path", {"poster_path": "https://image.tmdb.org/t/p/w500"}),
        ("poster-path", {"poster_path": "/null"}),
        ("poster-path", {"poster_path": "none yet"}),
        ("future-year", {"year": 2027, "release_date": None}),
        ("brief-film", {"runtime": 2}),
        ("no-overview", {"overview": None}),
        ("no-genres", {"genres": ()}),
        ("no-year", {"year": None}),
        ("no-votes", {"vote_count": None}),
    ],
)
def test_each_rule_finds_what_breaks_it(rule: str, change: dict[str, Any]) -> None:
    other = replace(FILM, id="tmdb:2", ids=("tmdb:2",), title="Quiet Hills")
    found = Validator(this_year=2026).add(to_table([other, replace(FILM, **change)])).report()
    assert {f.rule: f.count for f in found.broken} == {rule: 1}
    (example,) = only(found, rule).examples
    assert example.id == change.get("id", "tmdb:1")
    assert example.column in (*change, "ids", "year")
    assert found.ok is (only(found, rule).severity == "warning")


@pytest.mark.parametrize(
    "change",
    [
        {"title": "SÃO PAULO"},
        {"title": "L'ÂGE D'OR"},
        {"title": "À la “Å”"},
        {"title": "A < B > C <3 AT&T"},
        {"title": "دن\u200cیا"},
        {"directors": ("Agnès Varda", "JR")},
        {"runtime": 2, "genres": ("Short", "Drama")},
        {"runtime": 2, "keywords": ("short film",)},
        {"runtime": 2, "kind": "series"},
        {"poster_path": "https://example.org/poster?id=7"},
        {"poster_path": "posters/low tide.jpg".replace(" ", "_")},
        {"poster_path": "https://m.example.org/images/M/MV5Bnone.jpg"},
        {"release_date": dt.date(1970, 1, 1), "year": 1970},
    ],
)
def test_what_is_meant_so_breaks_no_rule(change: dict[str, Any]) -> None:
    assert broken(replace(FILM, **change)) == {}


def test_rows_are_compared_with_all_rows_before_them() -> None:
    films = [
        replace(FILM, id=f"local:{i}", ids=(f"local:{i}",), title=f"Film {i}") for i in range(9)
    ]
    validator = Validator(this_year=2026)
    for film in films:
        validator.add(to_table([film]).to_batches()[0])
    again = replace(films[3], title="Another")
    same = replace(films[4], id="local:x", ids=("local:x",), title="FILM 4")
    undated = replace(same, id="local:y", ids=("local:y",), year=None, release_date=None)
    found = validator.add(to_table([again, same, undated])).report()
    assert {f.rule: f.count for f in found.broken} == {"ids-apart": 1, "same-name": 1, "no-year": 1}
    assert found.rows == 12
    (example,) = only(found, "ids-apart").examples
    assert (example.title, example.column, example.value) == ("Another", "ids", "local:3")
    assert only(found, "same-name").examples[0].id == "local:x"
    assert found.broken[0].rule == "ids-apart"


def test_a_fallback_day_is_told_in_bulk_alone() -> None:
    def of(count: int) -> dict[str, int]:
        day = dt.date(1970, 1, 1)
        own = [f"tmdb:{i}" for i in range(count)]
        return broken(
            *(replace(FILM, id=i, ids=(i,), title=i, year=1970, release_date=day) for i in own)
        )

    assert of(4) == {}
    assert of(5) == {"fallback-day": 5}


def test_nulls_are_found_where_none_may_be() -> None:
    rows = to_table([FILM, replace(FILM, id="tmdb:2", ids=("tmdb:2",), title="B")]).to_pylist()
    rows[0] |= {"title": None, "genres": None}
    rows[1]["cast"] = ["Ann Oy", None]
    loose = pa.schema(
        [
            pa.field(f.name, pa.list_(pa.string()) if pa.types.is_list(f.type) else f.type)
            for f in SCHEMA
        ]
    )
    found = validate(pa.Table.from_pylist(rows, loose))
    assert only(found, "not-null").count == 2
    assert {e.column for e in only(found, "not-null").examples} == {"title", "cast"}
    assert not found.ok


def test_another_schema_is_told_and_the_rest_is_still_checked() -> None:
    table = to_table([replace(FILM, title="Low  Tide")])
    other = table.set_column(5, "year", table["year"].cast(pa.int64())).drop_columns(["tagline"])
    found = validate(other.append_column("mood", pa.array(["calm"])))
    assert [e.value for e in only(found, "schema").examples] == [
        "year: int64 instead of int16",
        "has no column tagline",
        "the column mood is not known",
    ]
    assert only(found, "tidy").count == 1
    unusable = table.set_column(5, "year", pa.array(["MCMXCIX"]))
    found = validate(unusable)
    assert only(found, "schema").count == 1
    assert "string instead of int16" in only(found, "schema").examples[0].value
    assert only(found, "tidy").count == 0


def test_a_year_too_far_ahead_is_more_than_in_the_future() -> None:
    assert broken(replace(FILM, year=2036, release_date=None)) == {"future-year": 1}
    assert broken(replace(FILM, year=2037, release_date=None)) == {"future-year": 1, "year": 1}


def test_a_report_shows_five_rows_and_counts_all() -> None:
    films = [
        replace(
            FILM, id=f"tmdb:{i}", ids=(f"tmdb:{i}",), title=f"Film {i}", tagline="x" * 300 + " "
        )
        for i in range(9)
    ]
    found = validate(to_table(films))
    finding = only(found, "tidy")
    assert (finding.count, len(finding.examples)) == (9, 5)
    assert len(finding.examples[0].value) == 200
    told = found.to_dict()
    assert (told["rows"], told["ok"], len(told["rules"])) == (9, False, len(RULES))
    assert told["rules"][RULES.index("tidy")]["examples"][1]["id"] == "tmdb:1"


def test_an_empty_catalogue_breaks_no_rule() -> None:
    assert validate(SCHEMA.empty_table()).rows == 0
    assert Validator().report().ok


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(-5, 40), max_size=12), max_size=12))
def test_keys_met_before_are_known_again(parts: list[list[int]]) -> None:
    seen, met = Seen(), set()
    for part in parts:
        found = seen.again(np.array(part, np.int64))
        for key, known in zip(part, found.tolist(), strict=True):
            assert known is (key in met)
            met.add(key)


TEXTS = st.text(max_size=12) | st.sampled_from(["Jr.", "Ã©", "&amp;", "<br>", " x", "Drama"])


@given(
    st.lists(
        st.tuples(TEXTS, st.none() | TEXTS, st.lists(TEXTS, max_size=3), st.none() | TEXTS),
        max_size=4,
    )
)
@settings(max_examples=25, deadline=None)
def test_parts_give_what_the_whole_gives(rows: list[tuple[Any, ...]]) -> None:
    films = [
        replace(
            FILM,
            id=f"tmdb:{i}",
            ids=(f"tmdb:{i}",),
            title=title,
            overview=overview,
            cast=tuple(cast),
            poster_path=poster,
        )
        for i, (title, overview, cast, poster) in enumerate(rows)
    ]
    try:
        table = to_table(films)
    except UnicodeEncodeError:  # a lone surrogate
        return
    whole = validate(table)
    validator = Validator()
    for i in range(table.num_rows):
        validator.add(table.slice(i, 1))
    assert validator.report() == whole


def test_what_is_read_breaks_no_rule_of_contract(put_csv) -> None:
    rows = [["title", "year", "cast", "plot", "country", "language", "genre", "poster", "rating"]]
    rows += [
        ["  A\t&amp; B ", "1999", "X, Y, X", "x\ny", "USA", "Nynorsk, xx", "Sci-Fi", "x.jpg", "0"]
    ]
    rows += [["Ame\u0301lie", "1492", "", "\u202ex", "Nowhere", "", "Noir;Noir", "null", "11"]]
    found = validate(read_catalogue([put_csv(rows)]).table)
    assert found.ok, found.broken


def test_reasons_are_gathered_whatever_their_numbers() -> None:
    def width(line: int, cells: int) -> Reject:
        reason = f"has {cells} columns where the header has 2"
        return Reject("x.csv", line, "", "a,b,c", reason, "Look")

    left = LeftOut("x.csv", 9, "year", "abc", "is not a number; the value was left out", "Write")
    clash = [
        Reject("x.csv", n, "id", "local:1", f"is already the id of a:{n} 'A {n}' (1999)", "Read")
        for n in (3, 4)
    ]
    found = reasons([left, width(1, 3), width(2, 5), left, left, left, *clash])
    assert [(r.what, r.column, r.count) for r in found] == [
        ("row", "", 2),
        ("row", "id", 2),
        ("value", "year", 4),
    ]
    assert (found[0].example.line, found[0].cure) == (1, "Look")


@pytest.mark.extra
def test_the_public_catalogue_keeps_the_contract(data: Path) -> None:
    found = validate(read_catalogue([data / "catalogue/titles_29876.parquet"]).table)
    assert found.ok, found.broken
    assert only(found, "same-name").count > 0
    assert only(found, "no-votes").count > 0
