"""Experiments on models of taste: from a folder of ratings to a comparison, and its leaks."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from typer.testing import CliRunner

from matinee.cli.main import app
from matinee.errors import InputError
from matinee.evaluate.dataset import read_dataset
from matinee.evaluate.protocols import ranking_split, rating_split
from matinee.evaluate.taste_experiment import TasteExperiment, measure, rating_parameters
from matinee.evaluate.taste_run import run_ranking, run_rating
from matinee.taste.named import ranking_model, rating_model

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE, TITLES, KINDS = 60, 80, 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """People of four kinds, each of whom likes the titles of their kind."""
    rng = np.random.default_rng(5)
    rows = []
    for person in range(PEOPLE):
        for title in rng.permutation(TITLES)[:64].tolist():
            alike = title % KINDS == person % KINDS
            stars = rng.choice([4.0, 4.5, 5.0]) if alike else rng.choice([1.0, 2.0, 3.0])
            rows.append((person + 1, title + 1, stars, int(rng.integers(1_000_000))))
    path = tmp_path_factory.mktemp("data") / "kinds"
    path.mkdir()
    lines = ["userId,movieId,rating,timestamp", *(",".join(map(str, row)) for row in rows)]
    (path / "ratings.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    names = ["Drama", "Comedy", "War", "Horror"]
    films = [f"{t + 1},Film {t + 1} (19{t + 10}),{names[t % KINDS]}" for t in range(TITLES)]
    (path / "movies.csv").write_text(
        "\n".join(["movieId,title,genres", *films]) + "\n", encoding="utf-8"
    )
    return path


def test_a_model_that_sees_likeness_beats_popularity_and_the_test_says_so(folder: Path) -> None:
    experiment = TasteExperiment(
        task="ranking", protocol="random", models=("popularity", "ease"), seeds=(1, 2)
    )
    found = experiment.run(folder)
    assert found.mean("ease")["ndcg@10"] > found.mean("popularity")["ndcg@10"] + 0.1
    contrast = found.contrast("ease", "ndcg@10")
    assert contrast is not None
    assert contrast.p_holm < 0.01
    assert contrast.difference.low > 0
    assert found.contrast("popularity", "ndcg@10") is None
    told = found.to_dict()
    assert told["seeds"] == [1, 2]
    assert {(run["model"], run["seed"]) for run in told["runs"]} == {
        ("popularity", 1),
        ("popularity", 2),
        ("ease", 1),
        ("ease", 2),
    }
    json.dumps(told, allow_nan=False)


def test_shuffled_targets_destroy_the_score_of_a_ranking(folder: Path) -> None:
    data = read_dataset(folder)
    split = ranking_split("random", data.interactions, seed=3)
    honest = run_ranking(split, data.features, ranking_model("ease"))
    rng = np.random.default_rng(0)
    targets = split.test.targets
    shuffled = replace(
        split,
        test=replace(split.test, targets=replace(targets, items=rng.permutation(targets.items))),
    )
    destroyed = run_ranking(shuffled, data.features, ranking_model("ease"))
    assert destroyed.metrics["ndcg@10"] < 0.6 * honest.metrics["ndcg@10"]


def test_shuffled_stars_destroy_the_prediction(folder: Path) -> None:
    data = read_dataset(folder)
    split = rating_split("random", data.interactions, seed=3)
    honest = run_rating(data.interactions, split, data.features, rating_model("item-knn"))
    values = data.interactions.values.copy()
    rng = np.random.default_rng(0)
    values[split.test_rows] = rng.permutation(values[split.test_rows])
    shuffled = replace(data.interactions, values=values)
    destroyed = run_rating(shuffled, split, data.features, rating_model("item-knn"))
    spread = float(values[split.test_rows].std())
    assert honest.metrics["rmse"] < 0.8 * spread
    assert destroyed.metrics["rmse"] > 1.1 * spread


def test_the_test_ratings_are_never_seen(folder: Path) -> None:
    data = read_dataset(folder)
    split = rating_split("random", data.interactions, seed=3)
    values = data.interactions.values.copy()
    values[split.test_rows] = 0.5
    other = replace(data.interactions, values=values)
    for name in ("bias", "item-knn", "user-knn"):
        first = run_rating(data.interactions, split, data.features, rating_model(name))
        second = run_rating(other, split, data.features, rating_model(name))
        # The predictions are the same, so the errors differ by what was asked alone.
        error = first.metrics["rmse"] ** 2
        assert error != pytest.approx(second.metrics["rmse"] ** 2)
        again = run_rating(data.interactions, split, data.features, rating_model(name))
        assert again.metrics == first.metrics


def test_new_people_are_measured_by_how_much_is_known_of_them(folder: Path) -> None:
    found = measure("ranking", folder, "cold-users", "ease", 0)
    assert set(found.by_history) <= {1, 2, 3, 5, 10}
    assert found.by_history
    assert found.to_dict()["by_history"]


def test_one_run_is_one_flat_object(folder: Path) -> None:
    ran = CliRunner().invoke(
        app,
        f"evaluate ratings --data {folder} --protocol random --seed 42 --model bias --json",
    )
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert (told["dataset"], told["protocol"], told["seed"], told["model"]) == (
        "kinds",
        "random",
        42,
        "bias",
    )
    assert {"rmse", "mae", "precision@10"} <= set(told["metrics"])
    assert told["seconds"] >= 0
    assert told["peak_mb"] > 10


def test_several_models_are_shown_and_written_as_a_page(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    ran = CliRunner().invoke(
        app,
        f"evaluate ranking --data {folder} --protocol cold-users --model ease --model popularity "
        f"--report {page}",
    )
    assert ran.exit_code == 0, ran.output
    assert "ndcg@10 of popularity" in ran.stdout
    assert "titles known" in ran.stdout
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    for shown in ("ndcg@100", "Every metric of every model", "New people", "How this was found"):
        assert shown in text


@pytest.mark.parametrize(
    ("task", "protocol", "models", "seeds"),
    [
        ("ranking", "causal", ("ease",), (0,)),
        ("ratings", "strong", ("bias",), (0,)),
        ("ranking", "strong", ("bias",), (0,)),
        ("ranking", "strong", (), (0,)),
        ("ranking", "strong", ("ease", "ease"), (0,)),
        ("ratings", "random", ("bias",), (-1,)),
    ],
)
def test_what_is_not_known_is_refused_before_anything_is_read(
    task: str, protocol: str, models: tuple[str, ...], seeds: tuple[int, ...]
) -> None:
    with pytest.raises(InputError):
        TasteExperiment(task=task, protocol=protocol, models=models, seeds=seeds)  # type: ignore[arg-type]


def test_a_split_decides_what_a_rating_model_may_look_at(folder: Path) -> None:
    did = read_dataset(folder).interactions

    def told(model: str, protocol: str) -> dict[str, object]:
        return rating_parameters(model, rating_split(protocol, did, seed=0))

    assert told("fm", "causal")["past"] is True
    assert told("stack", "causal")["causal"] is True
    assert told("fm", "random")["past"] is False
    assert told("stack", "random-no-time")["use_time"] is False
    assert told("stack", "global-temporal")["inner"] == "late"
    assert told("bias", "causal") == {}
