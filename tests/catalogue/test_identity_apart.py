"""Titles of one name and year without an id: told apart by facts, and found again by them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.catalogue.identity import is_id, is_private, local_id, pair, stem, tell_apart
from matinee.catalogue.title import Title

BASE = "local:emma-1996"
PALTROW = Title(id="", title="Emma", year=1996, directors=("Douglas McGrath",), overview="A match.")
BECKINSALE = Title(id="", title="Emma", year=1996, directors=("Diarmuid Lawrence",))
BARE = Title(id="", title="Emma", year=1996)

emmas = st.builds(
    lambda **facts: Title(id="", title="Emma", year=1996, **facts),
    kind=st.sampled_from(["film", "series"]),
    directors=st.sampled_from([(), ("Ada",), ("Ben",)]),
    runtime=st.sampled_from([None, 90, 120]),
    overview=st.sampled_from([None, "A match is made.", "Nobody knows why the harbour burnt."]),
    vote_count=st.sampled_from([None, 1, 2]),
)
several = st.lists(emmas, min_size=1, max_size=6, unique=True)


def test_one_alone_is_called_by_name_and_year() -> None:
    assert tell_apart(BASE, [PALTROW]) == (BASE,)
    (apart,) = tell_apart(BASE, [PALTROW], taken=True)
    assert stem(apart) == BASE != apart


@given(several, st.randoms(use_true_random=False))
def test_the_order_does_not_count(titles: list[Title], rng: object) -> None:
    named = dict(zip(titles, tell_apart(BASE, titles), strict=True))
    assert len(set(named.values())) == len(titles)
    assert all(is_id(name) and stem(name) == BASE for name in named.values())
    rng.shuffle(titles)  # type: ignore[attr-defined]
    assert dict(zip(titles, tell_apart(BASE, titles), strict=True)) == named


def test_who_else_is_there_does_not_count_among_several() -> None:
    three = [PALTROW, BECKINSALE, BARE]
    all_three = tell_apart(BASE, three)
    assert tell_apart(BASE, three[:2]) == all_three[:2]
    assert tell_apart(BASE, three[1:]) == all_three[1:]


def test_what_is_corrected_often_does_not_count() -> None:
    edited = replace(PALTROW, overview="A matchmaker misjudges every heart.", vote_count=7)
    one, _ = tell_apart(BASE, [PALTROW, BECKINSALE])
    assert tell_apart(BASE, [BECKINSALE, edited])[1] == one


@pytest.mark.parametrize("name", ["Emma", "2012", "Apollo 13", "Se7en", "deadbeef"])
@pytest.mark.parametrize("year", [None, 1996])
def test_a_suffix_is_taken_off_once(name: str, year: int | None) -> None:
    base = local_id(name, year)
    for apart in tell_apart(base, [PALTROW, BECKINSALE]):
        assert stem(apart) == base
    assert stem(f"{base}-2") == base


def named(titles: list[Title]) -> list[Title]:
    names = tell_apart(BASE, titles)
    return [replace(t, id=name, ids=(name,)) for t, name in zip(titles, names, strict=True)]


@given(several, st.data())
def test_titles_are_found_again_among_others(titles: list[Title], data: st.DataObject) -> None:
    before = named(titles)
    kept = data.draw(st.lists(st.sampled_from(before), min_size=1, unique=True))
    found = pair(before, kept)
    assert len(set(found.values())) == len(found)
    for new, old in found.items():
        if len(before) > 1:
            # None is taken for another that it differs from while its like is there.
            assert before[old] == kept[new]


def test_an_edited_title_is_found_by_what_stayed() -> None:
    before = named([PALTROW, BECKINSALE])
    edited = replace(PALTROW, overview="A match!", runtime=120)
    newcomer = replace(BARE, directors=("Autumn de Wilde",), overview="In a candy-coloured county.")
    assert pair(before, named([newcomer, edited])) == {1: 0}


def test_a_title_that_gained_an_id_is_found_again_unless_facts_contradict() -> None:
    before = named([PALTROW])
    gained = replace(PALTROW, id="imdb:tt0116191", ids=("imdb:tt0116191",))
    assert pair(before, [gained]) == {0: 0}
    assert pair(before, [replace(gained, overview=None, directors=())]) == {0: 0}
    assert pair(before, [replace(gained, overview=None, directors=("Somebody Else",))]) == {}
    assert pair([gained], [replace(gained, overview="Another text altogether.")]) == {0: 0}


def test_a_film_is_no_series() -> None:
    assert pair(named([PALTROW]), named([replace(PALTROW, kind="series")])) == {}


def test_private_ids() -> None:
    assert is_private("shop:7")
    assert not is_private("movielens:7")
