"""``matinee rate``, ``ratings``, ``recommend``, ``explain``, ``predict`` and ``train taste``."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from matinee.cli import taste, train
from matinee.cli.main import app
from matinee.errors import InputError, MatineeError, QueryError, UnknownTitleError
from matinee.pipeline.train_taste import TrainOptions
from matinee.query.wanted import WANTED, RecommendRequest

if TYPE_CHECKING:
    from pathlib import Path

    from matinee import Library


@pytest.fixture
def run(demo: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command on the demo library, with a store of the test's own."""
    monkeypatch.setenv("MATINEE_DATABASE_URL", str(tmp_path / "store.db"))
    monkeypatch.setenv("COLUMNS", "200")

    def invoke(*words: str, library: bool = True) -> str:
        where = ["--library", str(demo.root)] if library else []
        done = CliRunner().invoke(app, [*words, *where])
        if isinstance(done.exception, MatineeError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    return invoke


def ids(output: str) -> list[str]:
    return [result["id"] for result in json.loads(output)["results"]]


def test_what_is_rated_counts_at_once(run: Any):
    assert "what most people like" in run("recommend")
    assert "Star Wars (1977), tmdb:11: 5 stars" in run("rate", "star wars", "5")
    run("rate", "Heat", "--like")
    run("rate", "The Godfather", "--hide")
    run("rate", "Toy Story", "--watched")
    run("rate", "Titanic", "--abandoned")
    output = json.loads(run("recommend", "-k", "100", "--json"))
    found = [result["id"] for result in output["results"]]
    assert output["history"] == 5
    assert output["degraded"] == []
    assert not {"tmdb:11", "tmdb:949", "tmdb:238", "tmdb:862", "tmdb:597"} & set(found)
    run("rate", "Heat", "--remove")
    assert json.loads(run("recommend", "-k", "1", "--json"))["history"] == 4


def test_ratings_lists_what_was_said(run: Any):
    run("rate", "Heat", "4.5", "--profile", "anna", "--at", "2024-05-01")
    run("rate", "Moon", "--dislike", "--profile", "anna")
    shown = run("ratings", "--profile", "anna")
    assert "4.5 stars" in shown
    assert "2024-05-01" in shown
    assert shown.index("Moon") < shown.index("Heat"), "the latest first"
    values = json.loads(run("ratings", "--profile", "anna", "--json"))
    assert [entry["name"] for entry in values["entries"]] == ["Heat", "Moon"]
    assert values["entries"][0]["rating"] == 4.5
    empty = run("ratings")
    assert "no entries" in empty
    assert "anna" in empty


def test_only_looking_makes_no_file(run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("MATINEE_DATABASE_URL")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    run("recommend", "-k", "1")
    assert "no entries" in run("ratings")
    assert not list(tmp_path.rglob("*"))
    run("rate", "Heat", "4")
    assert (tmp_path / "matinee" / "store.db").is_file()


def test_a_profile_of_before_is_taken_over(run: Any, tmp_path: Path):
    file = tmp_path / "default.jsonl"
    lines = [
        {"title": "tmdb:949", "action": "rating", "rating": 4.5, "time": 1700000000},
        {"title": "tmdb:11", "action": "like", "time": 1700000100},
        {"title": "tmdb:862", "action": "hide"},
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert "Added 3 entries" in run("rate", "--import", str(file))
    entries = json.loads(run("ratings", "--json"))["entries"]
    told = [{key: entry[key] for key in entry if key != "name"} for entry in entries]
    assert sorted(told, key=str) == sorted(lines, key=str)


def test_a_file_is_taken_over(run: Any, tmp_path: Path):
    file = tmp_path / "mine.csv"
    file.write_text("user,tmdb_id,rating\nme,949,4\nme,11,5\nme,999999999,3\n")
    shown = run("rate", "--import", str(file))
    assert "Added 2 entries" in shown
    assert "tmdb:999999999" in shown
    assert len(json.loads(run("ratings", "--json"))["entries"]) == 2
    again = json.loads(run("rate", "--import", str(file), "--json"))
    assert again["added"] == 2
    assert len(json.loads(run("ratings", "--json"))["entries"]) == 2, "twice is once"
    file.write_text("user,tmdb_id,rating\nme,949,4\nyou,11,5\n")
    with pytest.raises(InputError, match="2 people"):
        run("rate", "--import", str(file))


@pytest.mark.parametrize(
    "words",
    [
        ["Heat"],
        ["Heat", "4", "--like"],
        ["Heat", "--like", "--hide"],
        ["--like"],
        ["Heat", "--import", "x.csv"],
        ["Heat", "6"],
        ["Heat", "4", "--at", "someday"],
        ["Heat", "4", "--profile", "../me"],
    ],
)
def test_what_cannot_be_rated_is_refused(run: Any, words: list[str], tmp_path: Path):
    with pytest.raises(QueryError):
        run("rate", *words)
    assert json.loads(run("ratings", "--json"))["entries"] == []


def test_an_unknown_title_is_refused(run: Any):
    with pytest.raises(UnknownTitleError):
        run("rate", "xyzzy plugh", "4")


def test_recommending_by_titles_by_people_and_by_wishes(run: Any):
    liked = ids(run("recommend", "--like", "Star Wars", "--json"))
    assert "tmdb:1891" in liked
    assert "tmdb:11" not in liked
    someone = json.loads(run("recommend", "--user", "5", "--json"))
    assert someone["history"] > 10
    nineties = json.loads(run("recommend", "--user", "5", "--filter", "year:1990..1999", "--json"))
    assert all(1990 <= result["year"] <= 1999 for result in nineties["results"])
    told = run("recommend", "--like", "Star Wars", "--explain", "-k", "2")
    assert "Star Wars" in told
    assert "%" in told
    for option in ("--exploration", "--diversity", "--calibration"):
        assert len(ids(run("recommend", "--user", "5", option, "0.7", "--json"))) == 10
    assert (
        json.loads(run("recommend", "--user", "5", "--method", "popularity", "--json"))["method"]
        == "popularity"
    )


@pytest.mark.parametrize(
    "words",
    [
        ["--profile", "nobody"],
        ["--user", "nobody"],
        ["--user", "5", "--profile", "x"],
        ["-k", "0"],
        ["--exploration", "7"],
        ["--filter", "nonsense"],
        ["--method", "nonesuch"],
    ],
)
def test_wishes_that_cannot_be_met(run: Any, words: list[str]):
    with pytest.raises(QueryError):
        run("recommend", *words)


def test_explaining_and_predicting(run: Any):
    told = run("explain", "The Empire Strikes Back", "--like", "Star Wars")
    assert "Star Wars" in told
    assert "Number 1 of" in told
    values = json.loads(run("explain", "Heat", "--user", "5", "--json"))
    assert values["title"]["name"] == "Heat"
    assert values["reasons"]
    stars = json.loads(run("predict", "Heat", "Shrek", "--user", "5", "--json"))["predictions"]
    assert [each["title"] for each in stars] == ["Heat", "Shrek"]
    assert all(0.5 <= each["stars"] <= 5 for each in stars)
    assert "Shrek" in run("predict", "Shrek", "--user", "5")


def test_similar_lists_a_series_once(run: Any):
    found = json.loads(run("similar", "The Matrix", "--json"))["results"]
    names = [each["title"] for each in found]
    assert not {"The Terminator", "Terminator 2: Judgment Day"} <= set(names)
    also = [other["title"] for each in found for other in each.get("also", ())]
    assert {"The Terminator", "Terminator 2: Judgment Day"} & set(also)
    assert "(also " in run("similar", "The Matrix")


def test_every_wish_is_an_option_and_told_alike():
    options = set(inspect.signature(taste.recommend).parameters)
    wishes = set(inspect.signature(RecommendRequest).parameters)
    assert wishes <= options
    assert set(WANTED) == {w.replace("filters", "filter") for w in wishes} - {"k"}


def test_training_by_command(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    films = tmp_path / "films.csv"
    films.write_text("tmdb_id,title\n" + "".join(f"{n},Film {n}\n" for n in range(1, 9)))
    root = str(tmp_path / "library")
    run("build", str(films), "--library", root, library=False)
    ratings = tmp_path / "ratings.csv"
    rows = [f"u{u},{1 + (u + n) % 8},{5 - n % 3}" for u in range(12) for n in range(4)]
    ratings.write_text("Who,tmdb_id,rating\n" + "\n".join([*rows, "u1,99,4", "u1,2,six"]) + "\n")
    words = ["train", "taste", str(ratings), "--library", root, "--model", "item-knn"]
    words += ["--rating-model", "bias", "--map", "user=Who"]
    shown = run(*words, library=False)
    assert "12 people" in shown
    assert "tmdb:99" in shown
    assert "1 rows were set aside" in shown
    output = run(*words, "--json", library=False)
    values = json.loads(output[output.index("{") :])
    assert values["library"] == "v0003"
    assert values["rankings"] == ["item-knn", "popularity"]
    assert values["rejected"] == 1
    assert values["unmatched"] == 1
    none = [*words, "--rating-model", "none"]
    assert "predicts stars by none" in run(*none, library=False)
    with pytest.raises(InputError):
        run(*words, "--scale", "seven", library=False)
    with pytest.raises(InputError):
        run(*words, "--model", "nonesuch", library=False)
    with pytest.raises(InputError, match="FIELD=COLUMN"):
        run(*words, "--map", "user", library=False)


def test_the_defaults_of_training_are_those_of_its_options():
    parameters = inspect.signature(train.taste).parameters
    assert TrainOptions().models == (train._MODEL,)
    assert parameters["max_gb"].default == TrainOptions().max_gb
    assert parameters["seed"].default == TrainOptions().seed
