"""``matinee evaluate mine``: a backtest on what a library learnt, and the choice it leads to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

import matinee
from matinee import demo
from matinee.assembly import train_taste
from matinee.cli.main import app
from matinee.errors import InputError, QueryError
from matinee.pipeline.train_taste import TrainOptions

if TYPE_CHECKING:
    from pathlib import Path

LIKED = ["Alien", "Aliens", "The Matrix", "Star Wars", "Blade Runner", "The Terminator"]
LIKED += ["Jaws", "Heat", "Fargo", "Toy Story", "Jurassic Park", "Pulp Fiction"]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that ranks by popularity although its ratings tell more."""
    root = tmp_path_factory.mktemp("mine") / "library"
    matinee.build([demo.TITLES], root)
    options = TrainOptions(models=("popularity",), rating="")
    train_taste(
        [demo.RATINGS],
        root,
        options=options,
        mapping=demo.RATINGS_MAPPING,
        scale=demo.RATINGS_SCALE,
    )
    return root


def ask(root: Path, *more: str) -> dict[str, object]:
    words = ["evaluate", "mine", "--library", str(root), "--model", "item-knn", "--json", *more]
    ran = CliRunner().invoke(app, words)
    assert ran.exit_code == 0, (ran.output, ran.exception)
    told: dict[str, object] = json.loads(ran.stdout)
    return told


def test_a_better_model_is_proposed_and_on_request_adopted(root: Path) -> None:
    told = ask(root, "--everyone")
    assert (told["default"], told["choice"], told["applied"]) == ("popularity", "item-knn", None)
    assert told["asked"] == "everyone"
    before = matinee.open(root)
    assert before.taste is not None
    told = ask(root, "--everyone", "--apply")
    after = matinee.open(root)
    assert after.taste is not None
    assert told["applied"] == after.version != before.version
    assert (before.taste.default, after.taste.default) == ("popularity", "item-knn")
    # It learnt from the same again.
    assert after.taste.interactions == before.taste.interactions
    assert after.taste.people == before.taste.people
    liked = [(title, 5) for title in LIKED]
    assert after.recommend(history=liked).method == "item-knn"


def test_ones_own_profile_is_asked_once_it_says_enough(root: Path) -> None:
    for place, title in enumerate(LIKED):
        rated = CliRunner().invoke(
            app, f'rate "{title}" 5 --library {root} --at 2024-01-{place + 1:02}'
        )
        assert rated.exit_code == 0, rated.output
    told = ask(root)
    assert (told["asked"], told["protocol"]) == ("default", "one-history")
    assert told["choice"] == told["default"], "five moments prove nothing"


def test_a_profile_that_was_named_is_not_replaced_by_everybody(root: Path) -> None:
    words = f"evaluate mine --library {root}"
    assert CliRunner().invoke(app, f"rate Alien 5 --profile ana --library {root}").exit_code == 0
    few = CliRunner().invoke(app, f"{words} --profile ana")
    assert isinstance(few.exception, InputError)
    nobody = CliRunner().invoke(app, f"{words} --profile nobody")
    assert isinstance(nobody.exception, QueryError)
    both = CliRunner().invoke(app, f"{words} --profile ana --everyone")
    assert isinstance(both.exception, QueryError)
