"""Misspelt people: who is guessed, by what evidence, and where nobody is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.catalogue.title import Title
from matinee.evaluate.generated import misspell, typos
from matinee.index.people import person_key
from matinee.query import slots as module
from matinee.query.slots import told
from matinee.query.tagger import Slot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matinee import Library
    from matinee.query.conditions import Condition
    from matinee.query.parse import Parser

VOTES = 20_000
"""Of a film seen by many: one makes its people known nearly enough, two do."""


def _of(director: str, *cast: str) -> list[Title]:
    return [
        Title(id=f"local:{director}-{i}", title=f"Untold {director[::-1]} {i}", genres=("Drama",),
              directors=(director,), cast=cast, vote_count=VOTES)
        for i in range(2)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def reader(titles: tuple[Title, ...], parser_of: Callable[[Sequence[Title]], Parser]) -> Parser:
    """A parser that also knows some people well, and one hardly."""
    more = [*_of("Wim Wonders", "Scarlett Johansson"), *_of("Tim Cartwell"), *_of("Tom Cartwell")]
    obscure = Title(id="local:x", title="Xyzzy", directors=("Obadiah Quimby",), vote_count=2)
    return parser_of([*titles, *more, obscure])


def _guesses(reader: Parser, text: str) -> list[Condition]:
    return [c for c in reader.parse(text).conditions if c.field == "person" and "?" in c.label]


@pytest.mark.parametrize(
    ("query", "key", "words"),
    [
        ("films by cristopher nolan", "person.directors:christopher nolan", "by cristopher nolan"),
        ("drama with scarlet johanson", "person.cast:scarlett johansson", "with scarlet johanson"),
        ("scarlet johanson", "person:scarlett johansson", "scarlet johanson"),
        ("scarlet johanson drama", "person:scarlett johansson", "scarlet johanson"),
        ("directed by francis ford copola", None, None),
        ("Cristopher Nolan's films", "person:christopher nolan", "Cristopher Nolan's"),
    ],
)
def test_a_misspelt_name_is_a_wish(
    reader: Parser, query: str, key: str | None, words: str | None
) -> None:
    found = _guesses(reader, query)
    assert [(c.key, c.words) for c in found] == ([(key, words)] if key else [])
    assert all(not c.hard and 0 < c.weight < 1 and c.label.endswith("?") for c in found)


def test_the_right_name_is_searched_for_beside_the_words(reader: Parser) -> None:
    understood = reader.parse("films by cristopher nolan")
    searched = module.with_names(understood.rest, understood.conditions)
    assert searched == "by cristopher nolan Christopher Nolan"
    assert module.with_names(understood.rest, ()) == understood.rest


def test_elsewhere_the_tagger_has_to_see_a_person(
    reader: Parser, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Tagging:
        def __init__(self, *slots: Slot) -> None:
            self.slots = slots

        def tag(self, _: str) -> tuple[Slot, ...]:
            return self.slots

    # Two texts, for what was read of one is kept.
    for text, label, key in (
        ("stone heist cristopher nolan", "Director", "person.directors"),
        ("Stone heist cristopher nolan", "Actor", "person"),
    ):
        start, end = text.index("cris"), len(text)
        tagging = Tagging(Slot("Plot", 0, 11, 0.9), Slot(label, start, end, 0.5))
        monkeypatch.setattr(module, "tagger", lambda tagging=tagging: tagging)
        [found] = _guesses(reader, text)
        assert found.key == f"{key}:christopher nolan"
        assert found.weight == pytest.approx(0.5 * (1 - 1 / 17), abs=1e-3)
    others = ((), (Slot("Plot", start, end, 0.9),), (Slot("Actor", 0, 11, 0.9),))
    for blanks, other in enumerate(others, 1):
        tagging = Tagging(*other)
        monkeypatch.setattr(module, "tagger", lambda tagging=tagging: tagging)
        assert _guesses(reader, text + " " * blanks) == []


@pytest.mark.parametrize(
    "query",
    [
        "christopher nolan",
        "films by obadia quimby",
        "films by cristopher",
        "films by crstphr nln",
        "the grand budapst hotel",
        "unknown words by nobody known",
        "by stone heist",
        "",
    ],
)
def test_where_nobody_is_guessed(
    reader: Parser, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(module, "tagger", lambda: asked.append(query))
    assert _guesses(reader, query) == []
    assert asked == []


def test_a_query_like_a_title_is_rather_that(
    titles: tuple[Title, ...], parser_of: Callable[[Sequence[Title]], Parser]
) -> None:
    malkovich = Title(
        id="local:m", title="Jon Malkovitsh", directors=("John Malkovich",), vote_count=VOTES
    )
    more = Title(id="local:n", title="Other", directors=("John Malkovich",), vote_count=VOTES)
    query = "jon malkovitch"
    assert _guesses(parser_of([*titles, malkovich, more]), query) == []
    plain = [
        Title(id=f"local:{i}", title=f"Film {i}", directors=("John Malkovich",), vote_count=VOTES)
        for i in range(2)
    ]
    assert [c.values for c in _guesses(parser_of([*titles, *plain]), query)] == [
        ("john malkovich",)
    ]


def test_a_guess_leaves_no_film_out(reader: Parser) -> None:
    for text in (
        "not by cristopher nolan",
        "only cristopher nolan films",
        "must be by cristopher nolan",
    ):
        [found] = _guesses(reader, text)
        assert not found.hard
        assert found.negated == text.startswith("not")
    assert "Christopher" not in reader.parse("not by cristopher nolan").rest


def test_whoever_is_as_like_is_an_alternative(reader: Parser) -> None:
    [found] = _guesses(reader, "films by tam cartwell")
    people = {found.values, *(other.values for other in found.alternatives)}
    assert people == {("tim cartwell",), ("tom cartwell",)}


def test_descriptions_are_left_alone(reader: Parser) -> None:
    assert _guesses(reader, "i remember a film by cristopher nolan about a heist") == []


@given(st.text("abcdefgh nlost'", max_size=60))
def test_any_words_may_be_asked(reader: Parser, text: str) -> None:
    for condition in _guesses(reader, f"with {text} cristopher nolan"):
        assert not condition.hard
        assert 0 < condition.weight <= 1


def test_well_known_people_of_a_library_are_found_misspelt_and_titles_are_no_people(
    demo: Library,
) -> None:
    draw = np.random.default_rng(101)
    titles = list(demo._engine.catalogue)
    people = [demo._engine.people.person(person_key(n)) for t in titles for n in t.cast]
    weights = {p.name: p.weight for p in people if p is not None and len(p.key.split()) == 2}
    known = sorted(weights, key=lambda name: (-weights[name], name))[:200]
    asked, found = 0, 0
    for name in (known[i] for i in draw.permutation(len(known))[:40].tolist()):
        typed = misspell(name, 1, draw)
        if len(typed.split()) == 2 and demo._engine.people.person(person_key(typed)) is None:
            labels = [c.label for c in _guessed(demo, f"comedy with {typed}")]
            assert labels in ([], [f"{name}?"]), typed
            asked += 1
            found += bool(labels)
    assert asked > 20
    assert found >= 0.8 * asked
    assert not [typo.query for typo in typos(titles, 200, 101) if _guessed(demo, typo.query)]


def _guessed(demo: Library, text: str) -> list[Condition]:
    return [c for c in demo.parse(text).conditions if c.field == "person" and "?" in c.label]


def test_slots_as_plain_values() -> None:
    assert told("by nolan", [Slot("Director", 3, 8, 0.61239)]) == [
        {"label": "Director", "words": "nolan", "start": 3, "end": 8, "weight": 0.6124}
    ]
