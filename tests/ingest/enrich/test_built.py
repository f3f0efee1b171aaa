"""Provenance from the source that was asked to whoever reads a title: built, opened, answered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from matinee.assembly import build_library, open_library
from matinee.catalogue.schema import from_row
from matinee.catalogue.table import TitleTable
from matinee.client import MatineeClient
from matinee.errors import LibraryCorruptError, SourceError, UnknownTitleError
from matinee.ingest.enrich import Omdb, Provenance, Wikipedia, enrich, sidecars, write
from matinee.ingest.enrich.output import read_provenance
from matinee.ingest.read import read_catalogue
from matinee.library import versions
from matinee.pipeline.build import BuildOptions
from matinee.pipeline.provenance import NAME, SCHEMA, KnownProvenance, take_along
from matinee.pipeline.train_taste import link
from matinee.service import create_app
from matinee.settings import Settings
from matinee.testing import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from matinee import Library

HEAT = "https://en.wikipedia.org/wiki/Heat_%281995_film%29"
WIKI = Provenance("wikipedia", HEAT, "2026-03-01", "CC BY-SA 4.0")
OMDB = Provenance("omdb", "https://www.omdbapi.com/?i=tt0113277", "2026-03-01", "CC BY-NC 4.0")
ROW = {"id": "tmdb:949", "ids": ["tmdb:949", "imdb:tt0113277"], "title": "Heat", "year": 1995}


def put(path: Path, rows: Sequence[dict[str, Any]], told: dict[str, dict[str, Provenance]]) -> Path:
    """Write titles and, where there is any, their provenance."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    lines = (
        {"id": own, "fields": {name: each.to_dict() for name, each in fields.items()}}
        for own, fields in told.items()
    )
    if told:
        sidecars(path)[0].write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def built(root: Path, *paths: Path) -> Library:
    build_library(paths, root, encoder=HashingEncoder())
    return open_library(root, encoder=HashingEncoder())


@pytest.fixture
def enriched(host: Any, asking: Callable[..., Any], as_json: Any, tmp_path: Path) -> Path:
    """A catalogue whose plot is Wikipedia's and whose runtime is OMDb's, by their fakes."""
    films = put(tmp_path / "films.jsonl", [ROW, {"id": "tmdb:1", "title": "None"}], {})
    host.scripts["/api/rest_v1/page/summary/Heat"] = [
        as_json(
            {
                "type": "standard",
                "title": "Heat",
                "description": "1995 film by Michael Mann",
                "extract": "A thief & a detective.",
                "content_urls": {"desktop": {"page": HEAT}},
            }
        )
    ]
    host.default = as_json(
        {
            "Response": "True",
            "Title": "Heat",
            "Year": "1995",
            "imdbID": "tt0113277",
            "Type": "movie",
            "Plot": "Never used: there is one.",
            "Runtime": "170 min",
        }
    )
    wikipedia = Wikipedia(tmp_path / "cache", asking(), host=host.url)
    omdb = Omdb(tmp_path / "cache", "abc123", asking(), host=host.url + "/")
    for source, need, name in ((wikipedia, "overview", "1"), (omdb, "runtime", "2")):
        titles = [from_row(row) for row in read_catalogue([films]).table.to_pylist()]
        told = read_provenance([films])
        films = tmp_path / f"films-{name}.jsonl"
        write(films, enrich(titles, source, needs=[need], provenance=told))
    return films


@pytest.fixture
def client(enriched: Path, tmp_path: Path) -> Iterator[TestClient]:
    library = built(tmp_path / "library", enriched)
    app = create_app(library, settings=Settings(database_url=f"sqlite:///{tmp_path / 'store.db'}"))
    with TestClient(app, base_url="http://localhost") as made:
        yield made


def test_from_the_source_to_the_reader(client: TestClient) -> None:
    found = client.get("/v1/titles/imdb:tt0113277").json()
    assert found["overview"] == "A thief & a detective."
    assert found["provenance"].keys() == {"overview", "runtime"}
    plot = found["provenance"]["overview"]
    assert (plot["source"], plot["url"], plot["licence"]) == ("wikipedia", HEAT, "CC BY-SA 4.0")
    assert found["provenance"]["runtime"]["source"] == "omdb"
    assert client.get("/v1/titles/tmdb:1").json()["provenance"] == {}
    some = client.get("/v1/titles/tmdb:949?fields=year,provenance").json()
    assert some == {"id": "tmdb:949", "year": 1995, "provenance": found["provenance"]}
    assert client.get("/v1/titles/tmdb:949?fields=year").json() == {"id": "tmdb:949", "year": 1995}
    page = client.get("/title/tmdb:949").text
    link = f'<a href="{HEAT}" rel="noopener nofollow">Wikipedia</a>'
    assert f"Plot: {link}, CC BY-SA 4.0<br>" in page
    link = '<a href="https://www.omdbapi.com/" rel="noopener nofollow">OMDb</a>'
    assert f"Runtime: {link}, CC BY-NC 4.0</dd>" in page
    assert page.index("A thief &amp; a detective.") < page.index("Plot: ")
    assert "CC BY" not in client.get("/title/tmdb:1").text.partition("</article>")[0]
    thanked = client.get("/v1/library").json()["attributions"]
    assert [each["source"] for each in thanked] == ["wikipedia", "omdb"]
    assert client.get("/v1/status").json()["attributions"] == thanked
    about = client.get("/about").text
    assert "Texts from Wikipedia" in about
    assert "TMDB API" not in about


def test_the_client_knows_it(client: TestClient) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        got = client.get(str(request.url))
        return httpx2.Response(got.status_code, content=got.content)

    transport = httpx2.MockTransport(answer)
    with MatineeClient("http://localhost", transport=transport) as asking:
        plot = asking.title("tmdb:949").provenance["overview"]
        assert (plot.source, plot.url) == ("wikipedia", HEAT)
        assert [each.source for each in asking.status().attributions] == ["wikipedia", "omdb"]


def test_a_value_of_another_file_is_not_claimed(tmp_path: Path) -> None:
    own = put(tmp_path / "own.jsonl", [{**ROW, "overview": "Mine."}], {})
    theirs = put(
        tmp_path / "theirs.jsonl",
        [{"id": "imdb:tt0113277", "title": "Heat", "overview": "Theirs.", "runtime": 170}],
        {"imdb:tt0113277": {"overview": WIKI, "runtime": OMDB}},
    )
    first = built(tmp_path / "own-first", own, theirs)
    assert first.title("tmdb:949").overview == "Mine."
    for name in ("tmdb:949", "imdb:tt0113277", "Heat"):
        assert first.provenance(name) == {"runtime": OMDB}
    second = built(tmp_path / "theirs-first", theirs, own)
    assert second.provenance("tmdb:949") == {"overview": WIKI, "runtime": OMDB}
    with pytest.raises(UnknownTitleError):
        second.provenance("tmdb:1")


def test_mean_and_count_of_votes_are_one_value(tmp_path: Path) -> None:
    votes = {"vote_average": OMDB, "vote_count": OMDB}
    own = put(tmp_path / "a.jsonl", [{**ROW, "vote_average": 8.3, "vote_count": 9}], {})
    theirs = [{**ROW, "vote_average": 8.3, "vote_count": 70}]
    other = put(tmp_path / "b.jsonl", theirs, {"tmdb:949": votes})
    assert built(tmp_path / "1", own, other).provenance("tmdb:949") == {}
    assert built(tmp_path / "2", other, own).provenance("tmdb:949") == votes


def test_what_is_not_there_came_from_nowhere(tmp_path: Path) -> None:
    """Somebody took the plot and a title out of the file, and left what lies beside it alone."""
    told = {"tmdb:949": {"overview": WIKI, "runtime": OMDB}, "tmdb:2": {"overview": WIKI}}
    films = put(tmp_path / "films.jsonl", [{**ROW, "runtime": 170}], told)
    assert built(tmp_path / "library", films).provenance("tmdb:949") == {"runtime": OMDB}


def test_ids_that_a_build_gives_back_lead_nobody_astray(tmp_path: Path) -> None:
    """Of two films of one name, the second one was there first and keeps its id."""

    def heat(number: int) -> dict[str, Any]:
        return {"title": "Heat", "year": 1995, "overview": f"Of {number}.", "runtime": 90 + number}

    built(tmp_path / "library", put(tmp_path / "before.jsonl", [heat(2)], {}))
    films = put(tmp_path / "films.jsonl", [heat(1), heat(2)], {})
    first, second = read_catalogue([films]).table["id"].to_pylist()
    told = {first: {"overview": WIKI}, second: {"runtime": OMDB}}
    library = built(tmp_path / "library", put(films, [heat(1), heat(2)], told))
    assert library.title("local:heat-1995").overview == "Of 2."
    told_of = {film.overview: library.provenance(film.id) for film in library.engine.catalogue}
    assert told_of == {"Of 1.": {"overview": WIKI}, "Of 2.": {"runtime": OMDB}}


def test_a_library_without(tmp_path: Path) -> None:
    films = put(tmp_path / "films.jsonl", [ROW], {})
    library = built(tmp_path / "library", films)
    assert NAME not in library.manifest.files
    assert library.provenance("Heat") == {}
    assert library.attributions == ()
    # Nor is there a file where nothing of what is told is true.
    put(films, [ROW], {"tmdb:949": {"overview": WIKI}})
    assert NAME not in built(tmp_path / "library", films).manifest.files


def test_a_version_that_learns_taste_keeps_it(tmp_path: Path) -> None:
    films = put(
        tmp_path / "films.jsonl", [{**ROW, "runtime": 170}], {"tmdb:949": {"runtime": OMDB}}
    )
    made = built(tmp_path / "library", films).manifest
    link(tmp_path / "library/v0001", tmp_path / "next", made)
    assert KnownProvenance(tmp_path / "next" / NAME, 1).of(0) == {"runtime": OMDB}


def test_two_builds_are_identical(tmp_path: Path) -> None:
    rows = [{"id": f"tmdb:{n}", "title": f"Film {n}", "overview": f"It is {n}."} for n in range(9)]
    told = {f"tmdb:{n}": {"overview": WIKI} for n in reversed(range(9))}
    put(tmp_path / "films.jsonl", rows, told)
    one, other = (built(tmp_path / name, tmp_path / "films.jsonl") for name in "ab")
    assert one.manifest.files[NAME] == other.manifest.files[NAME]
    table = pq.read_table(tmp_path / "a/v0001" / NAME)
    assert table["row"].to_pylist() == list(range(9))


@pytest.mark.parametrize(
    "broken",
    [
        "{",
        '{"id": "tmdb:949", "fields": {"overview": {"source": "x"}}}',
        json.dumps({"id": "tmdb:949", "fields": {"overview": {**WIKI.to_dict(), "url": 5}}}),
        json.dumps({"id": "tmdb:949", "fields": {"ids": WIKI.to_dict()}}),
    ],
)
def test_a_damaged_sidecar_is_told_before_anything_is_encoded(tmp_path: Path, broken: str) -> None:
    films = put(tmp_path / "films.jsonl", [ROW], {})
    sidecars(films)[0].write_text(broken + "\n")
    encoder = HashingEncoder()
    with pytest.raises(SourceError, match="provenance is damaged") as raised:
        build_library([films], tmp_path / "library", encoder=encoder)
    assert "films.provenance.jsonl, line 1" in str(raised.value)
    assert encoder.encoded == []
    assert not versions.exists(tmp_path / "library")


def test_a_damaged_file_of_the_library(tmp_path: Path) -> None:
    films = put(
        tmp_path / "films.jsonl", [{**ROW, "runtime": 170}], {"tmdb:949": {"runtime": OMDB}}
    )
    built(tmp_path / "library", films)
    path = tmp_path / "library/v0001" / NAME
    whole = path.read_bytes()
    path.write_bytes(b"x" * len(whole))
    library = open_library(tmp_path / "library", encoder=HashingEncoder())
    with pytest.raises(LibraryCorruptError, match="provenance cannot be read"):
        library.warm()
    with pytest.raises(LibraryCorruptError, match="SHA-256"):
        library.verify()
    path.write_bytes(whole[:-1])
    with pytest.raises(LibraryCorruptError, match="bytes instead of"):
        open_library(tmp_path / "library", encoder=HashingEncoder())
    path.unlink()
    with pytest.raises(LibraryCorruptError, match="missing"):
        open_library(tmp_path / "library", encoder=HashingEncoder())


@pytest.mark.parametrize("rows", [[], [0, 7], [1, 0], [-1]])
def test_rows_that_are_not_those_of_the_catalogue(tmp_path: Path, rows: list[int]) -> None:
    texts = {name: pa.array(["x"] * len(rows)) for name in SCHEMA.names[1:]}
    table = pa.table({"row": pa.array(rows, pa.int32()), **texts}, schema=SCHEMA)
    pq.write_table(table, tmp_path / NAME)
    with pytest.raises(LibraryCorruptError, match="not those of 7 titles"):
        KnownProvenance(tmp_path / NAME, 7)
    pq.write_table(pa.table({"row": pa.array([0], pa.int32())}), tmp_path / NAME)
    with pytest.raises(LibraryCorruptError, match="the columns are"):
        KnownProvenance(tmp_path / NAME, 7)


VALUES = {
    "overview": (None, "A.", "B."),
    "runtime": (None, 90, 91),
    "genres": (None, ["Crime"], ["Crime", "Drama"]),
    "vote_count": (None, 5, 6),
}
ENTRY = st.fixed_dictionaries(
    {name: st.tuples(st.sampled_from(values), st.booleans()) for name, values in VALUES.items()}
)
FILES = st.lists(
    st.dictionaries(st.integers(1, 3), ENTRY, min_size=1, max_size=3), min_size=1, max_size=3
)


@settings(max_examples=40, deadline=None)
@given(files=FILES)
def test_provenance_is_that_of_the_first_file_with_the_value_that_won(
    tmp_path_factory: pytest.TempPathFactory, files: list[dict[int, dict[str, tuple[Any, bool]]]]
) -> None:
    folder = tmp_path_factory.mktemp("merged")
    paths, expected = [], {}
    for place, films in enumerate(files):
        rows, told = [], {}
        for number, entry in films.items():
            # Each film by another of its ids in turn; one row of each file links them.
            ids = [f"tmdb:{number}", f"imdb:tt000000{number}"]
            own = ids[place % 2]
            values = {name: value for name, (value, _) in entry.items() if value is not None}
            if "vote_count" in values:
                values["vote_average"] = 7.5
            rows.append({"id": own, "ids": ids, "title": f"Film {number}", **values})
            where = Provenance(f"source {place}", f"https://x/{place}/{number}", "-", "-")
            told[own] = {name: where for name, (_, is_told) in entry.items() if is_told}
            for name in told[own]:
                won = next((f[number][name][0] for f in files if has(f, number, name)), None)
                if won is not None and won == values.get(name):
                    expected.setdefault((number, name), where)
        paths.append(put(folder / f"{place}.jsonl", rows, told))
    catalogue = read_catalogue(paths)
    titles = TitleTable(catalogue.table)
    take_along(folder, catalogue, BuildOptions())
    found = {}
    if (folder / NAME).exists():
        known = KnownProvenance(folder / NAME, len(titles))
        for number in (1, 2, 3):
            row = titles.find(f"imdb:tt000000{number}")
            told = {} if row is None else known.of(row)
            found |= {(number, name): where for name, where in told.items()}
    assert found == expected


def has(film_file: dict[int, dict[str, tuple[Any, bool]]], number: int, name: str) -> bool:
    return number in film_file and film_file[number][name][0] is not None
