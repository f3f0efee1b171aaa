"""What a training measures of its default model, and what an answer says of the slider."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from matinee.assembly import build_library, measuring, open_library, train_taste
from matinee.assembly.measuring import measure_default
from matinee.cli.main import app
from matinee.errors import InputError
from matinee.interaction import NO_TIME, Action, Interactions, ItemFeatures
from matinee.library import versions
from matinee.pipeline import measured
from matinee.pipeline.measured import cost_of_exploring
from matinee.pipeline.train_taste import TrainOptions
from matinee.taste import exploration
from matinee.taste.named import ranking_model
from matinee.testing import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matinee import Library

    Writers = tuple[Callable[..., Path], Callable[..., Path]]

PEOPLE = 60
"""As in conftest.py."""
OPTIONS = TrainOptions(models=("ease",), rating="", parameters={"ease": {"ridge": 200.0}})
CRIME = [(f"tmdb:{n + 1}", 5) for n in (0, 2, 4, 6)]
KINDS = {"position": float, "ndcg@10": float, "coverage@10": float, "mean_popularity": float}


def opened(root: Path) -> Library:
    return open_library(root, encoder=HashingEncoder())


@pytest.fixture
def root(two_kinds: Path, tmp_path: Path) -> Path:
    """A library that has not learnt anything yet."""
    build_library([two_kinds / "films.jsonl"], tmp_path / "library", encoder=HashingEncoder())
    return tmp_path / "library"


@pytest.fixture(scope="session")
def measured_library(two_kinds: Path, tmp_path_factory: pytest.TempPathFactory) -> Library:
    """A library that was measured; not to be changed."""
    folder = tmp_path_factory.mktemp("measured")
    build_library([two_kinds / "films.jsonl"], folder, encoder=HashingEncoder())
    train_taste([two_kinds / "ratings.csv"], folder, options=OPTIONS, measure=True)
    return opened(folder)


def metrics_of(library: Library) -> dict[str, Any]:
    assert library.taste is not None
    return dict(library.taste.metrics)


def invented(people: int, titles: int, each: int, *, timed: bool) -> Interactions:
    """People of even and of odd number, who like titles of even and of odd number."""
    rng = np.random.default_rng(4)
    rows = [
        (person, int(item))
        for person in range(people)
        for item in rng.permutation(np.arange(person % 2, titles, 2))[:each]
    ]
    users, items = np.array(rows).T
    return Interactions(
        users=users,
        items=items,
        actions=np.full(len(rows), Action.LIKE, np.int8),
        values=np.full(len(rows), np.nan, np.float32),
        times=np.arange(len(rows)) if timed else np.full(len(rows), NO_TIME),
        user_ids=[str(n) for n in range(people)],
        item_ids=[str(n) for n in range(titles)],
    )


def bare(titles: int) -> ItemFeatures:
    return ItemFeatures(
        years=np.full(titles, np.nan, np.float32),
        genres=np.zeros((titles, 0), np.bool_),
        genre_names=(),
    )


def ignore(stage: str, done: int, total: int) -> None:
    del stage, done, total


def test_the_card_holds_what_was_measured(measured_library: Library):
    metrics = metrics_of(measured_library)
    assert metrics["protocol"] == "user-temporal"
    assert metrics["people"] <= PEOPLE
    assert metrics["exploration_people"] == metrics["people"]
    for name in ("ndcg@10", "recall@20", "precision@10", "coverage@10"):
        assert 0 < metrics[name] <= 1
    steps = metrics["exploration"]
    assert [step["position"] for step in steps] == [-1, -0.5, 0, 0.5, 1]
    for step in steps:
        assert {name: type(value) for name, value in step.items()} == KINDS
    known = [step["mean_popularity"] for step in steps]
    assert known == sorted(known, reverse=True)
    assert known[0] > known[-1]
    measured_library.verify()
    assert measured_library.taste is not None
    assert {"measure ease", "ranking ease"} <= set(measured_library.taste.seconds)


def test_the_models_kept_are_those_of_a_training_that_measures_nothing(
    measured_library: Library, root: Path, two_kinds: Path
):
    train_taste([two_kinds / "ratings.csv"], root, options=OPTIONS)
    plain = opened(root)
    assert metrics_of(plain) == {}
    one, two = (each.root / "v0002" / "taste" / "ranking" for each in (measured_library, plain))
    paths = sorted(p.relative_to(one) for p in one.rglob("*.npy"))
    assert paths
    for path in paths:
        assert (one / path).read_bytes() == (two / path).read_bytes(), path


def test_the_same_seed_measures_the_same():
    did, features = invented(40, 60, 15, timed=False), bare(60)

    def metrics(seed: int) -> dict[str, Any]:
        model = ranking_model("item-knn")
        return measure_default(did, features, model, seed=seed, progress=ignore)

    assert metrics(3)["protocol"] == "random"
    assert metrics(3) == metrics(3)
    assert metrics(3) != metrics(4)
    assert json.loads(json.dumps(metrics(3))) == metrics(3)


def test_the_model_learns_once_and_from_nothing_that_is_held_out():
    did, features = invented(30, 60, 15, timed=True), bare(60)
    learnt: list[Interactions] = []
    inner = ranking_model("popularity")

    class Counted:
        name = "popularity"

        def fit(self, interactions: Interactions, *args: Any, **more: Any) -> Any:
            learnt.append(interactions)
            return inner.fit(interactions, *args, **more)

    measure_default(did, features, Counted(), seed=0, progress=ignore)
    assert len(learnt) == 1
    assert len(learnt[0]) == 30 * 12
    for person in range(30):
        times = did.times[did.users == person]
        assert learnt[0].times[learnt[0].users == person].max() == np.sort(times)[11]


def test_the_slider_at_rest_is_the_model(measured_library: Library):
    """Every title is known to somebody here, so that both rank the same titles."""
    did, features = invented(30, 40, 15, timed=True), bare(40)
    found = measure_default(did, features, ranking_model("ease"), seed=0, progress=ignore)
    rest = next(step for step in found["exploration"] if step["position"] == 0)
    assert rest["ndcg@10"] == pytest.approx(found["ndcg@10"], abs=1e-6)
    assert rest["coverage@10"] == pytest.approx(found["coverage@10"], abs=1e-6)


def test_of_many_people_some_are_drawn(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(measuring, "PEOPLE", 7)
    did, features = invented(30, 60, 15, timed=True), bare(60)
    found = measure_default(did, features, ranking_model("popularity"), seed=0, progress=ignore)
    assert found["people"] == 30
    assert found["exploration_people"] == 7


def test_what_cannot_be_measured_is_refused():
    few = invented(6, 20, 1, timed=True)
    with pytest.raises(InputError, match="without --measure"):
        measure_default(few, bare(20), ranking_model("popularity"), seed=0, progress=ignore)
    small = invented(6, 12, 6, timed=True)
    with pytest.raises(InputError, match="nobody has 10 titles left"):
        measure_default(small, bare(12), ranking_model("popularity"), seed=0, progress=ignore)


def test_a_refusal_leaves_the_library_as_it_was(root: Path, tmp_path: Path):
    file = tmp_path / "ratings.csv"
    file.write_text("user,tmdb_id,rating\na,1,5\nb,2,4\n")
    with pytest.raises(InputError, match="without --measure"):
        train_taste([file], root, options=OPTIONS, measure=True)
    assert versions.names(root) == ["v0001"]


class StoppedError(Exception):
    pass


def test_it_is_a_stage_that_is_not_done_again(
    root: Path, two_kinds: Path, measured_library: Library
):
    told: list[str] = []

    def stop(stage: str, done: int, total: int) -> None:
        told.append(stage)
        if stage.startswith("ranking"):
            raise StoppedError

    file = two_kinds / "ratings.csv"
    with pytest.raises(StoppedError):
        train_taste([file], root, options=OPTIONS, measure=True, progress=stop)
    assert told[0] == "measure ease"
    assert "measure ease: exploration" in told
    assert opened(root).version == "v0001"
    report, _ = train_taste([file], root, options=OPTIONS, measure=True)
    assert report.resumed == ("measure-ease",)
    assert "measure ease" not in report.card.seconds
    assert metrics_of(opened(root)) == metrics_of(measured_library)


def test_a_measurement_of_another_default_is_not_taken(root: Path, two_kinds: Path):
    def stop(stage: str, done: int, total: int) -> None:
        if stage.startswith("ranking"):
            raise StoppedError

    file = two_kinds / "ratings.csv"
    with pytest.raises(StoppedError):
        train_taste([file], root, options=OPTIONS, measure=True, progress=stop)
    options = replace(OPTIONS, models=("popularity",))
    report, _ = train_taste([file], root, options=options, measure=True)
    assert report.resumed == ()
    assert report.card.default == "popularity"
    assert report.card.metrics["people"] > 0


def test_an_answer_says_what_the_slider_costs(measured_library: Library):
    def notes(**wish: Any) -> list[str]:
        return [
            note
            for note in measured_library.recommend(history=CRIME, **wish).notes
            if "measured on this library" in note
        ]

    (said,) = notes(exploration=0.5)
    assert said == cost_of_exploring(metrics_of(measured_library), 0.5)
    assert said.startswith("At 0.5 lists find ")
    assert said in measured_library.recommend(history=CRIME, exploration=0.5).to_dict()["degraded"]
    assert notes(exploration=0.5, method="ease") == [said]
    assert "chance aside" in notes(exploration=0.8, seed=1)[0]
    # Of nothing moved, and of another model, there is nothing to say.
    assert notes() == []
    assert notes(exploration=0.5, method="popularity") == []
    nobody = measured_library.recommend(history=[], exploration=0.5)
    assert not any("measured" in note for note in nobody.notes)


def test_without_a_measurement_nothing_is_said(trained: Library):
    assert trained.recommend(history=CRIME, exploration=0.5).notes == ()


STEPS = {
    "exploration": [
        {"position": -1.0, "ndcg@10": 0.30},
        {"position": 0.0, "ndcg@10": 0.40},
        {"position": 0.5, "ndcg@10": 0.42},
        {"position": 1.0, "ndcg@10": 0.20},
    ]
}


@pytest.mark.parametrize(
    ("position", "words"),
    [
        (-1, "At -1 lists find 25% less of what people liked (NDCG@10 .300 against .400"),
        (-0.4, "find 10% less of what people liked (NDCG@10 .360 against"),
        (0.5, "find 5% more of what people liked (NDCG@10 .420 against"),
        (0.8, "find 28% less of what people liked (NDCG@10 .288 against"),
        (0.01, "find as much of what people liked (NDCG@10 .400 against"),
    ],
)
def test_between_the_steps_the_cost_is_a_line(position: float, words: str):
    said = cost_of_exploring(STEPS, position)
    assert said is not None
    assert words in said


def test_what_is_between_the_steps_is_not_called_measured():
    assert str(cost_of_exploring(STEPS, 0.5)).endswith("against .400, measured on this library)")
    told = str(cost_of_exploring(STEPS, 0.7))
    assert told.endswith(", between what was measured on this library at 0.5 and 1)")
    left = str(cost_of_exploring(STEPS, -0.2))
    assert left.endswith(", between what was measured on this library at -1 and 0)")


def test_there_is_nothing_to_say_of_a_model_that_finds_nothing():
    steps = [{"position": p, "ndcg@10": 0.0} for p in (-1.0, 0.0, 1.0)]
    assert cost_of_exploring({"exploration": steps}, 0.5) is None
    assert cost_of_exploring(STEPS, 0) is None


@given(st.floats(-1, 1), st.none() | st.integers(0, 9))
def test_every_position_has_a_sentence(position: float, seed: int | None):
    said = cost_of_exploring(STEPS, position, seed=seed)
    assert (said is None) == (position == 0)
    if said is not None:
        assert ("chance aside" in said) == (seed is not None and position > 0.5)


def test_chance_begins_where_the_slider_has_it():
    assert measured._CHANCE_FROM == exploration._CHANCE_FROM


def test_the_commands_tell_it(two_kinds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "200")
    root = tmp_path / "library"
    build_library([two_kinds / "films.jsonl"], root)
    where = ["--library", str(root)]

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, [*words, *where])
        assert done.exit_code == 0, done.output
        return done.output

    words = ["train", "taste", str(two_kinds / "ratings.csv"), "--model", "ease"]
    shown = run(*words, "--rating-model", "none", "--measure")
    assert "measured NDCG@10 ." in shown
    status = json.loads(run("status", "--json"))["taste"]["metrics"]
    line = next(line for line in run("status").splitlines() if line.startswith("measured"))
    assert f"NDCG@10 {measured.decimals(status['ndcg@10'])}, recall@20" in line
    assert line.endswith("people did (user-temporal)")
    wish = ["recommend", "--like", "tmdb:1", "--like", "tmdb:3", "--exploration", "1"]
    said = cost_of_exploring(status, 1)
    assert said is not None
    assert said in run(*wish)
    assert said in json.loads(run(*wish, "--json"))["degraded"]
    run(*words, "--rating-model", "none")
    assert json.loads(run("status", "--json"))["taste"]["metrics"] == {}
    assert "\nmeasured" not in run("status")
