from __future__ import annotations

import contextlib
import csv
import json
import string
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.errors import SourceError
from matinee.ingest import read_catalogue, write_catalogue
from matinee.ingest.text import absent, clean, title_text

# Lone surrogates cannot be written as UTF-8; a file of control characters is no text.
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).filter(
    lambda t: sum(ord(c) < 32 for c in t) <= 1
)
NAMES = st.text(alphabet=string.ascii_letters + " .'-é", min_size=1, max_size=20)
ROWS = st.lists(
    st.tuples(
        WORDS.filter(title_text),
        st.none() | st.integers(1870, 2030),
        st.lists(NAMES.map(clean).filter(lambda n: not absent(n)), max_size=4, unique=True),
    ),
    min_size=1,
    max_size=8,
)


@given(st.text())
def test_cleaning_what_is_clean_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(ROWS, st.sampled_from([",", ";", "\t"]))
@settings(max_examples=60, deadline=None)
def test_a_table_reads_back_and_its_parquet_reads_the_same(
    rows: list[tuple[str, int | None, list[str]]], mark: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, delimiter=mark, quoting=csv.QUOTE_ALL)
            writer.writerow(["id", "title", "year", "cast"])
            for i, (title, year, cast) in enumerate(rows):
                writer.writerow([i + 1, title, year or "", "|".join(cast)])
        catalogue = read_catalogue([path])
        found = catalogue.table.to_pylist()
        usable = [r for r in rows if title_text(r[0])]
        assert [r["title"] for r in found] == [title_text(r[0]) for r in usable]
        assert [r["year"] for r in found] == [r[1] for r in usable]
        assert [r["cast"] for r in found] == [r[2] for r in usable]
        write_catalogue(Path(folder) / "out", catalogue)
        again = read_catalogue([Path(folder) / "out" / "catalogue.parquet"])
        assert again.table.equals(catalogue.table)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "id", "results", "cast", "crew", "job", "iso_3166_1"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
FIELDS = ["title", "name", "id", "release_date", "poster_path", "vote_average", "genre_ids"]
FIELDS += ["genres", "credits", "keywords", "runtime", "episode_run_time", "year", "type"]
FIELDS += ["release_dates", "original_language", "production_countries", "created_by", "ids"]
FIELDS += ["imdb_id", "vote_count", "popularity", "results", "external_ids", "overview", "rating"]


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=12), max_size=4))
@settings(max_examples=150, deadline=None)
def test_no_object_breaks_the_reading(objects: list[dict[str, object]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lines"
        first = [{"title": "Low Tide"}]
        path.write_text("\n".join(json.dumps(o) for o in first + objects), encoding="utf-8")
        catalogue = read_catalogue([path])
        report = catalogue.report
        assert report.rows == report.titles + report.merged + report.rejected
        write_catalogue(Path(folder) / "out", catalogue)
        again = read_catalogue([Path(folder) / "out" / "catalogue.parquet"])
        assert again.table.equals(catalogue.table)


@given(st.binary(max_size=300), st.sampled_from([b"", b"title,year\n", b"[{", b'{"title": 1}\n']))
@settings(max_examples=150, deadline=None)
def test_no_bytes_break_the_reading(raw: bytes, start: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bytes"
        path.write_bytes(start + raw)
        with contextlib.suppress(SourceError):
            read_catalogue([path])


@pytest.mark.parametrize(
    ("misread", "right"),
    [
        ("J'ai toujours rÃªvÃ© d'Ãªtre un gangster", "J'ai toujours rêvé d'être un gangster"),
        ("La guerre est dÃ©clarÃ©e", "La guerre est déclarée"),
        ("Ocean\u00e2\u20ac\u2122s Eleven", "Ocean\u2019s Eleven"),
        ("Ã\u0089tat", "État"),
        ("ÃƒÂ©tÃƒÂ©", "été"),
        ("Dvořák Å\u00a1", "Dvořák š"),
        ("SÃO PAULO", "SÃO PAULO"),
        ("Ã la carte", "Ã la carte"),
        ("Amélie", "Amélie"),
        ("10€ – 20€", "10€ – 20€"),
    ],
)
def test_letters_read_in_the_wrong_encoding_are_read_again(misread: str, right: str) -> None:
    assert clean(misread) == right
    assert clean(right) == right


@given(st.text(alphabet=st.characters(max_codepoint=0x2FF, categories=["L", "N", "Zs"])))
def test_text_read_in_the_wrong_encoding_comes_back(text: str) -> None:
    right = clean(text)
    octets = right.encode()
    misread = "".join(
        bytes([octet]).decode("cp1252", errors="ignore") or chr(octet) for octet in octets
    )
    assert clean(clean(misread)) == clean(misread)
