"""``matinee enrich``: what it says, what it writes, how it ends, and what it never shows."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from matinee.cli import enrich as command
from matinee.errors import InputError, SettingsError, SourceError
from matinee.ingest.enrich.outcome import Doubtful, Found, Missing, Provenance
from matinee.ingest.read import read_catalogue
from matinee.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from matinee.catalogue.title import Title

FILMS = (
    "imdb_id,title,year,plot,runtime\n"
    "tt0113277,Heat,1995,A thief.,\n"
    "tt0122690,Ronin,1998,,\n"
    ",Thief,1981,,122\n"
)
BASICS = (
    "tconst titleType primaryTitle originalTitle isAdult startYear endYear runtimeMinutes genres\n"
    "tt0113277 movie Heat Heat 0 1995 \\N 170 Crime\n"
    "tt0122690 movie Ronin Ronin 0 1966 \\N 122 Action\n"
    "tt0083190 movie Thief Thief 0 1981 \\N 122 Crime,Thriller\n"
).replace(" ", "\t")


@pytest.fixture
def films(tmp_path: Path) -> Path:
    (tmp_path / "films.csv").write_text(FILMS)
    (tmp_path / "title.basics.tsv").write_text(BASICS)
    return tmp_path


def app() -> typer.Typer:
    made = typer.Typer(pretty_exceptions_enable=False)
    made.command("enrich")(command.enrich)
    return made


def run(folder: Path, *arguments: str | Path) -> Any:
    given = [folder / "films.csv", "--out", folder / "out.jsonl", *arguments]
    done = CliRunner().invoke(app(), [str(each) for each in given])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done


def imdb(folder: Path, *arguments: str | Path) -> Any:
    return run(folder, "--source", "imdb", "--files", folder / "title.basics.tsv", *arguments)


def test_what_was_filled_is_told_and_can_be_built(films: Path) -> None:
    out = imdb(films).stdout
    assert "3 titles, 3 looked up, 2 found, 1 in doubt, 0 without; 0 requests" in out
    assert "Filled from imdb: genres 2, runtime 1" in out
    assert "Heat (1995): genres, runtime" in out
    assert "Not used for 'Ronin' (1998): 'Ronin' (1966), it is of 1966, not of 1998" in out
    assert "Information courtesy of IMDb" in out
    assert "non-commercial" in out
    read = read_catalogue([films / "out.jsonl"], strict=True)
    assert read.table["runtime"].to_pylist() == [170, None, 122]
    assert read.table["overview"].to_pylist() == ["A thief.", None, None]
    lines = (films / "out.provenance.jsonl").read_text().splitlines()
    told = [json.loads(line) for line in lines]
    assert [entry["id"] for entry in told] == ["imdb:tt0113277", "local:thief-1981"]
    assert told[0]["fields"]["runtime"]["licence"] == "IMDb non-commercial"
    assert len((films / "out.doubtful.jsonl").read_text().splitlines()) == 1


def test_as_json(films: Path) -> None:
    told = json.loads(imdb(films, "--json").stdout)
    assert told["filled"] == {"imdb": {"genres": 2, "runtime": 1}}
    assert (told["looked_up"], told["doubtful"], told["stopped"]) == (3, 1, None)
    assert told["files"][0] == str(films / "out.jsonl")


def test_in_a_process_of_its_own(films: Path) -> None:
    code = "from matinee.cli.enrich import *; typer.run(enrich)"
    done = subprocess.run(
        [
            *(sys.executable, "-c", code, str(films / "films.csv")),
            *("--source", "imdb", "--files", str(films), "--out", str(films / "out.jsonl")),
            *("--need", "runtime", "--overwrite", "genres"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "COLUMNS": "200"},
        check=True,
    )
    assert "Looking up: done" in done.stderr
    assert "2 found" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--source", "letterboxd"], "no source 'letterboxd'"),
        (["--source", "imdb"], "title.basics is not among"),
        (["--source", "wikipedia"], "no contact was given"),
        (["--source", "wikipedia", "--contact", "me"], "The contact is 'me'"),
        (["--source", "omdb", "--files", "x"], "--files is for imdb"),
        (["--source", "wikipedia", "--contact", "a@b.example", "--need", "cast"], "never knows"),
    ],
)
def test_what_cannot_be_done_is_told(films: Path, arguments: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        run(films, *arguments)
    assert not (films / "out.jsonl").exists()


def test_the_output_is_never_an_input(films: Path) -> None:
    (films / "films.jsonl").write_text('{"title": "A"}\n')
    with pytest.raises(InputError, match="one of the catalogues"):
        run(films, films, "--source", "imdb", "--out", films / "films.jsonl")
    assert (films / "films.jsonl").read_text() == '{"title": "A"}\n'


def test_a_key_must_be_set(films: Path) -> None:
    with pytest.raises(SettingsError, match="MATINEE_OMDB_KEY"):
        run(films, "--source", "omdb")


def test_sources_are_set_up_as_asked(films: Path) -> None:
    class WithKey:
        cache = films / "cache"
        omdb_key = "abc123"
        contact = "set@b.example"

    given: dict[str, Any] = {
        "files": [],
        "contact": "a@b.example",
        "days": 3,
        "trust_ids": False,
    }
    settings: Any = WithKey()
    for name in ("omdb", "wikipedia"):
        made = command.open_source(name, settings, **given)
        assert made.name == name
        asking = made._asking  # type: ignore[attr-defined]
        assert asking.days == 3
        assert asking.agent.endswith("; a@b.example)")
        assert isinstance(asking.rng, random.Random)
        assert asking.guard is None  # public addresses alone
        assert "abc123" not in repr(asking)
    made = command.open_source("wikipedia", settings, **(given | {"contact": None}))
    assert made._asking.agent.endswith("; set@b.example)")  # type: ignore[attr-defined]
    assert isinstance(Settings(), Settings)


class Stopping:
    name = "wikipedia"
    attribution = "From Wikipedia."
    fields = ("overview",)
    needs = ("overview",)
    requests = 2

    def find(self, titles: Sequence[Title]) -> Iterator[tuple[int, Any]]:
        where = Provenance("wikipedia", "https://w.example/Ronin", "2026-03-01", "CC BY-SA 4.0")
        assert [title.title for title in titles] == ["Ronin", "Thief"]
        yield 0, Found(titles[0], where)
        raise SourceError("The host asks to be left alone for 900 seconds")


def test_what_was_had_is_written_when_a_run_stops(
    films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "open_source", lambda *_, **__: Stopping())
    with pytest.raises(SourceError, match="900 seconds"):
        run(films, "--source", "wikipedia")
    assert len((films / "out.jsonl").read_text().splitlines()) == 3


class Talking(Stopping):
    def find(self, titles: Sequence[Title]) -> Iterator[tuple[int, Any]]:
        yield 0, Doubtful("3 titles fit", "https://w.example/1")
        yield 1, Missing("no answer: 4 times", failed=True)


def test_doubt_and_failure_are_told(films: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "open_source", lambda *_, **__: Talking())
    (films / "films.csv").write_text(FILMS + ",,1999,,\n")
    out = run(films, "--source", "wikipedia").stdout
    assert "1 row was set aside" in out
    assert "Not used for 'Ronin' (1998): https://w.example/1, 3 titles fit" in out
    assert "Without: 1, no answer: 4 times" in out
    assert "1 title may be had another day" in out
    assert "Filled" not in out
    assert "From Wikipedia." not in out
