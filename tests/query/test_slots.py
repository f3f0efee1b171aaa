from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.query.conditions import Condition, Understood
from matinee.query.slots import with_slots
from matinee.query.tagger import Slot
from matinee.testing.lexicon import MemoryLexicon

if TYPE_CHECKING:
    from matinee.catalogue.title import Title


@pytest.fixture(scope="module")
def lexicon(titles: tuple[Title, ...]) -> MemoryLexicon:
    return MemoryLexicon(titles)


def _slot(label: str, text: str, words: str, weight: float = 0.8) -> Slot:
    start = text.index(words)
    return Slot(label, start, start + len(words), weight)


def _keys(text: str, slots: list[Slot], lexicon: MemoryLexicon) -> list[str]:
    return [c.key for c in with_slots(Understood(text, (), text), slots, lexicon).conditions]


def test_people_and_years_become_soft_conditions(lexicon: MemoryLexicon) -> None:
    text = "tom hanks 1994 movie of the 1980s, oliver stone maybe"
    slots = [
        _slot("Actor", text, "tom hanks"),
        _slot("Year", text, "1994"),
        _slot("Year", text, "1980s"),
        _slot("Director", text, "oliver stone"),
    ]
    found = with_slots(Understood(text, (), text), slots, lexicon).conditions
    assert [c.key for c in found] == [
        "person.cast:tom hanks",
        "year:1994..1994",
        "year:1980..1989",
        "person.directors:oliver stone",
    ]
    assert all(not c.hard and 0 < c.weight < 0.8 for c in found)
    assert [c.words for c in found] == [text[s.start : s.end] for s in slots]


def test_a_role_the_catalogue_does_not_know_is_left_open(lexicon: MemoryLexicon) -> None:
    text = "directed by tom hanks"
    assert _keys(text, [_slot("Director", text, "tom hanks")], lexicon) == ["person:tom hanks"]


@pytest.mark.parametrize(
    ("label", "words"),
    [("Actor", "nobody known"), ("Year", "long ago"), ("Plot", "tom hanks"), ("Opinion", "1994")],
)
def test_what_names_nothing_is_no_condition(lexicon: MemoryLexicon, label: str, words: str) -> None:
    assert _keys(words, [_slot(label, words, words)], lexicon) == []


def test_the_rules_go_first(lexicon: MemoryLexicon) -> None:
    text = "movies of 1994 with tom hanks, 1994"
    rules = Condition(field="year", low=1994, high=1994, words="1994", spans=((10, 14),))
    slots = [_slot("Year", text, "1994"), Slot("Year", 31, 35, 0.9)]
    understood = with_slots(Understood(text, (rules,), text), slots, lexicon)
    assert understood.conditions == (rules,)


@given(
    st.text(max_size=60),
    st.lists(
        st.tuples(
            st.sampled_from(["Actor", "Director", "Year", "Plot"]),
            st.integers(0, 50),
            st.integers(1, 10),
            st.floats(0.35, 1),
        ),
        max_size=5,
    ),
)
def test_nothing_is_lost_and_nothing_is_hard(
    text: str, places: list[tuple[str, int, int, float]]
) -> None:
    rules = Condition(field="genre", values=("Drama",), spans=((0, 5),))
    slots = [Slot(label, start, start + size, weight) for label, start, size, weight in places]
    before = Understood(text, (rules,), text)
    after = with_slots(before, slots, MemoryLexicon(()))
    assert after.conditions[0] == rules
    assert all(not condition.hard for condition in after.conditions[1:])
    assert (after.text, after.rest, after.description) == (text, text, False)
