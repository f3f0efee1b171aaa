"""The lexicon tests use answers as one over a library does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from matinee.index.people import PeopleIndex
from matinee.index.titles import TitleIndex, TitleNames
from matinee.testing.lexicon import MemoryLexicon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.catalogue.title import Title


@pytest.mark.parametrize("name", ["heat", "The Matrix", "matrix", "paris texas", "nothing"])
def test_titles_of_a_name(titles: Sequence[Title], name: str) -> None:
    index = TitleIndex.build(TitleNames([t.title], t.year, t.vote_count or 0) for t in titles)
    expected = [titles[row].id for row in index.exact(name).tolist()]
    assert [title.id for title in MemoryLexicon(titles).named(name)] == expected


@pytest.mark.parametrize("word", ["anderson", "del toro", "bong", "coen", "nobody"])
def test_people_of_a_last_name(titles: Sequence[Title], word: str) -> None:
    index = PeopleIndex.build(titles)
    found = MemoryLexicon(titles).surname(word)
    assert {p.key for p in found} == {p.key for p in index.surname(word)}
    for person in found:
        other = index.person(person.key)
        assert other is not None
        assert person.weight == pytest.approx(other.weight, rel=1e-5)
        assert (person.name, person.titles) == (other.name, other.titles)
        assert set(person.roles) == set(other.roles)


@pytest.mark.parametrize("name", ["cristopher nolan", "jonathn nolan", "bong jon ho", "cher"])
@pytest.mark.parametrize("least", [0.0, 8.0])
def test_misspelt_people(titles: Sequence[Title], name: str, least: float) -> None:
    expected = PeopleIndex.build(titles).resembling(name, least=least)
    found = MemoryLexicon(titles).resembling_people(name, least)
    assert [(p.key, fit) for p, fit in found] == [
        (p.key, pytest.approx(fit)) for p, fit in expected
    ]


def test_a_misspelt_title(titles: Sequence[Title]) -> None:
    first = MemoryLexicon(titles).resembling("intersteller")[0]
    assert first.name == "Interstellar"
    assert 0.75 < first.score < 1
