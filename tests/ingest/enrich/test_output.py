"""Runs from catalogue to catalogue: what is counted, what is written, and what reads it again."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.catalogue.schema import from_row
from matinee.catalogue.title import Title
from matinee.errors import InputError, SourceError
from matinee.ingest.enrich import Doubtful, Found, Missing, Provenance, enrich, sidecars, write
from matinee.ingest.enrich.output import check_output, read_provenance
from matinee.ingest.read import read_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from matinee.ingest.enrich import Enricher

WHERE = Provenance("fake", "https://films.example/1", "2026-03-01", "CC BY-SA 4.0")
FULL = Title(
    id="tmdb:949",
    ids=("tmdb:949", "imdb:tt0113277"),
    title="Heat",
    original_title="Hitze",
    year=1995,
    release_date=dt.date(1995, 12, 15),
    overview="A thief, and a detective.",
    tagline="A Los Angeles crime saga.",
    genres=("Crime", "Science Fiction"),
    keywords=("heist", "bank, robbed"),
    cast=("Al Pacino", "Robert Downey, Jr."),
    directors=("Michael Mann",),
    writers=("Michael Mann",),
    countries=("US", "SU"),
    languages=("en", "fr"),
    runtime=170,
    certification="PG-13",
    vote_average=8.25,
    vote_count=700_000,
    popularity=12.5,
    poster_path="/abc.jpg",
    sources=("tmdb",),
)


class Fake:
    """A source that knows what it was told."""

    name = "fake"
    attribution = "From nowhere."
    fields = ("overview", "genres", "runtime")
    needs = ("overview",)
    requests = 3

    def __init__(self, *outcomes: Found | Doubtful | Missing | Exception) -> None:
        self.outcomes = outcomes
        self.asked: list[str] = []

    def find(self, titles: Sequence[Title]) -> Iterator[tuple[int, Any]]:
        self.asked += [title.title for title in titles]
        for k, outcome in enumerate(self.outcomes[: len(titles)]):
            if isinstance(outcome, Exception):
                raise outcome
            yield k, outcome


def film(title: str, **more: Any) -> Title:
    own = f"local:{title.lower()}"
    return Title(id=own, ids=(own,), title=title, year=1995, sources=("table",), **more)


def told(**more: Any) -> Found:
    return Found(Title(id="", title="Heat", year=1995, **more), WHERE)


def test_only_titles_that_lack_something_are_looked_up() -> None:
    films = [film("A", overview="Mine."), film("B"), film("C", overview="Mine.", runtime=3)]
    source = Fake(told(overview="Theirs.", runtime=90))
    made = enrich(films, source)
    assert source.asked == ["B"]
    assert (made.looked_up, made.found, made.requests) == (1, 1, 3)
    assert made.filled == {"overview": 1, "runtime": 1}
    assert made.titles[::2] == films[::2]
    assert made.titles[1].overview == "Theirs."
    assert made.provenance == {"local:b": {"overview": WHERE, "runtime": WHERE}}
    source = Fake(told(runtime=90), told(runtime=91))
    made = enrich(films, source, needs=["runtime"])
    assert source.asked == ["A", "B"]
    assert [title.runtime for title in made.titles] == [90, 91, 3]


def test_overwriting_is_asked_for_and_told() -> None:
    films = [film("A", overview="Mine.", runtime=3)]
    assert enrich(films, Fake(told(overview="Theirs."))).titles == films
    made = enrich(films, Fake(told(overview="Theirs.", runtime=9)), overwrite=["overview"])
    assert (made.titles[0].overview, made.titles[0].runtime) == ("Theirs.", 3)
    assert made.provenance["local:a"].keys() == {"overview"}


def test_all_is_counted() -> None:
    films = [film(name) for name in "ABCDE"]
    doubtful = Doubtful("it has another name", "https://films.example/2", "Z", 1995)
    gone = Missing("not there")
    source = Fake(told(overview="x"), doubtful, gone, gone, Missing("no answer", failed=True))
    seen: list[tuple[int, int]] = []
    made = enrich(films, source, progress=lambda done, total: seen.append((done, total)))
    assert made.doubtful == [(films[1], doubtful)]
    assert made.missing == {"not there": 2, "no answer": 1}
    assert made.failed == 1
    assert seen == [(n, 5) for n in range(1, 6)]
    account = made.to_dict()
    assert account["filled"] == {"fake": {"overview": 1}}
    assert account["examples"] == [
        {"id": "local:a", "title": "A", "year": 1995, "fields": ["overview"]}
    ]
    json.dumps(account)


def test_a_run_that_stops_gives_back_what_it_had() -> None:
    films = [film("A"), film("B")]
    made = enrich(films, Fake(told(overview="x"), SourceError("enough")))
    assert isinstance(made.stopped, SourceError)
    assert [title.overview for title in made.titles] == ["x", None]
    assert made.looked_up == 1


def test_fields_a_source_never_knows() -> None:
    with pytest.raises(InputError, match="fake never knows cast"):
        enrich([], Fake(), needs=["cast"])
    with pytest.raises(InputError, match="no field 'plot'"):
        enrich([], Fake(), overwrite=["plot"])


def test_what_is_written_is_read_as_it_was(tmp_path: Path) -> None:
    bare = Title(id="local:none", ids=("local:none",), title="None", kind="series")
    films = [FULL, bare, replace(film("x"), title="Ünï & Co")]
    out = tmp_path / "films.jsonl"
    write(out, enrich(films, Fake(), needs=()))
    read = read_catalogue([out], strict=True)
    found = [from_row(row) for row in read.table.to_pylist()]
    assert [replace(t, sources=()) for t in found] == [replace(t, sources=()) for t in films]


@settings(max_examples=30, deadline=None)
@given(
    overview=st.one_of(st.none(), st.text(min_size=1, max_size=50)),
    cast=st.lists(st.text(min_size=1, max_size=20), max_size=4),
)
def test_writing_what_was_read_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, overview: str | None, cast: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("round")
    row = {"title": "X", "year": 2000, "overview": overview, "cast": cast}
    (folder / "a.jsonl").write_text(json.dumps(row) + "\n")
    first = read_catalogue([folder / "a.jsonl"]).table
    write(folder / "b.jsonl", enrich([from_row(r) for r in first.to_pylist()], Fake(), needs=()))
    assert read_catalogue([folder / "b.jsonl"]).table.equals(first)


def test_provenance_lies_beside_and_is_carried_on(tmp_path: Path) -> None:
    out, proofs, doubts = (tmp_path / "a.jsonl", *sidecars(tmp_path / "a.jsonl"))
    doubtful = Doubtful("it has another name", "https://films.example/2", "Z", 1996)
    made = enrich([film("A"), film("B")], Fake(told(overview="x"), doubtful))
    assert write(out, made) == [out, proofs, doubts]
    assert json.loads(proofs.read_text()) == {
        "id": "local:a",
        "fields": {"overview": WHERE.to_dict()},
    }
    told_doubt = json.loads(doubts.read_text())
    assert told_doubt["theirs"] == {"name": "Z", "year": 1996}
    assert told_doubt["reason"] == "it has another name"
    # A folder with all three is one catalogue of two titles.
    read = read_catalogue([tmp_path])
    assert read.table["title"].to_pylist() == ["A", "B"]
    assert read.report.rejected == 0
    # A second source adds to it, and takes over what it overwrites.
    other = replace(WHERE, source="other")
    films = [from_row(row) for row in read_catalogue([out]).table.to_pylist()]
    again = enrich(
        films,
        Fake(Found(Title(id="", title="A", runtime=90), other)),
        needs=["runtime"],
        provenance=read_provenance([tmp_path]),
    )
    assert again.provenance["local:a"] == {"overview": WHERE, "runtime": other}
    assert read_provenance([out]) == read_provenance([tmp_path])


def test_provenance_that_is_damaged(tmp_path: Path) -> None:
    out = tmp_path / "a.jsonl"
    write(out, enrich([film("A")], Fake(told(overview="x"))))
    for broken in ("{", "[]", '{"id": 1}', '{"id": "a", "fields": {"x": {"source": 1}}}'):
        sidecars(out)[0].write_text(broken + "\n")
        with pytest.raises(SourceError, match="provenance is damaged"):
            read_provenance([out])


def test_outputs_that_will_not_do(tmp_path: Path) -> None:
    films = tmp_path / "films.jsonl"
    films.write_text('{"title": "A"}\n')
    with pytest.raises(InputError, match="one of the catalogues"):
        check_output(films, [films])
    with pytest.raises(InputError, match="one of the catalogues"):
        check_output(films, [tmp_path])
    with pytest.raises(InputError, match="JSON lines"):
        check_output(tmp_path / "films.csv", [films])
    with pytest.raises(InputError, match="no such folder"):
        check_output(tmp_path / "nowhere/x.jsonl", [films])
    check_output(tmp_path / "new.jsonl", [films])


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    out = tmp_path / "a.jsonl"
    out.mkdir()  # cannot be replaced by a file
    with pytest.raises(SourceError, match="cannot be written"):
        write(out, enrich([film("A")], Fake(), needs=()))
    assert not list(tmp_path.glob(".*"))


def test_the_fake_is_an_enricher() -> None:
    from matinee.ingest.enrich import Enricher as Seam
    from matinee.ingest.enrich import ImdbFiles, Omdb, Wikipedia

    fake: Enricher = Fake()
    assert isinstance(fake, Seam)
    for kind in (ImdbFiles, Omdb, Wikipedia):
        assert {"name", "attribution", "fields", "needs", "requests", "find"} <= set(dir(kind))
