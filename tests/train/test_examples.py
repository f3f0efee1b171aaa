from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.catalogue.title import Title
from matinee.errors import InputError, JudgmentsError, MissingExtraError
from matinee.evaluate.judgments import JudgedQuery
from matinee.train.config import TrainConfig
from matinee.train.examples import CANDIDATES, Question, ask, examples, split
from matinee.train.reranker import train_reranker

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TITLES = [Title(id=f"tmdb:{n}", title=f"Film {n}", overview="A story.") for n in range(40)]


class Films:
    """Forty films; every search finds them in order."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, Sequence[str] | None]] = []

    def candidates(self, query: str, k: int, within: Sequence[str] | None) -> Sequence[Title]:
        self.asked.append((query, k, within))
        return [title for title in TITLES if within is None or title.id in within]

    def title(self, identifier: str) -> Title | None:
        wanted = identifier.replace("imdb:tt", "tmdb:")
        return next((title for title in TITLES if title.id == wanted), None)


def question(words: str, **grades: float) -> Question:
    named = {f"tmdb:{name[1:]}": grade for name, grade in grades.items()}
    return Question(words, named, [t for t in TITLES if t.id in named], TITLES)


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_judgments_are_looked_up_under_any_id() -> None:
    films = Films()
    judged = JudgedQuery("q", "moon", {"imdb:tt3": 1, "tmdb:3": 2, "tmdb:99": 3}, ("tmdb:3", "x:1"))
    (asked,) = ask(films, [judged])
    assert asked.grades == {"tmdb:3": 2, "tmdb:99": 3}
    assert [title.id for title in asked.judged] == ["tmdb:3"]
    assert films.asked == [("moon", CANDIDATES, ["tmdb:3"])]


def test_labels_are_shares_of_the_highest_grade() -> None:
    pairs = examples([question("moon", t1=4, t2=1, t3=0)], negatives=0, rng=rng())
    assert [pair.label for pair in pairs] == [1.0, 0.25, 0.0]
    assert pairs[0].document == "Film 1. A story."
    assert {pair.query for pair in pairs} == {"moon"}


def test_negatives_come_from_below_the_first_page_and_are_unjudged() -> None:
    pairs = examples([question("moon", t1=3, t20=1)], negatives=100, rng=rng())
    drawn = {pair.document for pair in pairs if pair.label == 0.0}
    assert drawn == {f"Film {n}. A story." for n in range(10, 40) if n != 20}
    assert len(examples([question("moon", t1=3)], negatives=5, rng=rng())) == 6


def test_nothing_right_is_nothing_to_learn() -> None:
    with pytest.raises(JudgmentsError, match="judged as right"):
        examples([question("moon", t1=0)], negatives=5, rng=rng())
    elsewhere = Question("moon", {"tmdb:99": 3}, [], TITLES)
    with pytest.raises(JudgmentsError, match="judged as right"):
        examples([elsewhere], negatives=5, rng=rng())


@given(
    st.lists(st.sampled_from(["Moon", "moon ", "heist", "HEIST", "a war", "zombies"]), min_size=1),
    st.floats(0.01, 0.99),
    st.integers(0, 100),
)
def test_the_same_words_never_come_on_both_sides(words: list[str], share: float, seed: int) -> None:
    questions = [question(word, t1=1) for word in words]
    different = {" ".join(word.casefold().split()) for word in words}
    if len(different) < 2:
        with pytest.raises(JudgmentsError, match="two different queries"):
            split(questions, share, np.random.default_rng(seed))
        return
    learnt, held = split(questions, share, np.random.default_rng(seed))
    assert learnt
    assert held
    assert len(learnt) + len(held) == len(questions)
    assert not {q.query.casefold().strip() for q in learnt} & {
        q.query.casefold().strip() for q in held
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"rate": 0.0},
        {"held_out": 1.0},
        {"held_out": 0.0},
        {"seed": -1},
        {"batch": 0},
    ],
)
def test_parameters_out_of_bounds(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        TrainConfig(**wrong)


def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"matinee\[torch\]"):
        train_reranker(Films(), [], base="x", out=tmp_path / "new")


def test_only_a_model_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="something else"):
        train_reranker(Films(), [], base="x", out=tmp_path)
