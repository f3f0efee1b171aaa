from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.catalogue.words import fold
from matinee.query.frame import Frame
from matinee.query.phrases import PhraseTable
from matinee.query.tokens import Query


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Sci-Fi, please!", ["sci", "fi", "please"]),
        ("don't '80s Ocean’s", ["dont", "80s", "oceans"]),
        ("1,000 votes 7.5", ["1000", "votes", "7.5"]),
        ("Amélie ÉTÉ", ["amelie", "ete"]),
        ("올드보이 фильмы", ["올드보이", "фильмы"]),
        ("மலையாள", ["மலையாள"]),
        ("...", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert Query(text).words == words


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("french, drama", [False, True]),
        ("J. J. Abrams", [False, False, False]),
        ("Dr. No", [False, False]),
        ("a drama. From 1994", [False, False, True, False]),
        ("rom-com", [False, False]),
        ("heat - newer", [False, True]),
        ("1990–1995", [False, False]),
        ("horror/comedy", [False, True]),
    ],
)
def test_punctuation_that_ends_a_phrase(text: str, broken: list[bool]) -> None:
    assert Query(text).breaks == broken


@pytest.mark.parametrize(
    ("text", "quoted", "loose"),
    [
        ('like "Heat" but', "Heat", False),
        ("like “Pan’s Labyrinth”", "Pan’s Labyrinth", False),
        ("like 'Ocean's Twelve' again", "Ocean's Twelve", True),
        ("like «Amélie»", "Amélie", False),
    ],
)
def test_quoted_parts(text: str, quoted: str, loose: bool) -> None:
    (found,) = Query(text).quoted.values()
    assert (found.text, found.loose) == (quoted, loose)
    assert found.start == 1


def test_apostrophes_are_no_quotes() -> None:
    assert not Query("the dogs' and cats' home isn't").quoted


@given(st.text(max_size=200))
def test_words_are_where_they_are_said_to_be(text: str) -> None:
    query = Query(text)
    end = 0
    for i, word in enumerate(query.words):
        assert end <= query.starts[i] < query.ends[i] <= len(text)
        end = query.ends[i]
        bare = [char for char in fold(query.raw(i, i + 1)) if char not in "'’ʼ,"]
        assert word == "".join(bare)
        assert i < query.stops[i] <= len(query)


def test_a_phrase_does_not_cross_a_break() -> None:
    table = PhraseTable({"war film": "film", "war": "subject"})
    assert list(table.scan(Query("war film"))) == [(0, 2, "film")]
    assert list(table.scan(Query("war, film"))) == [(0, 1, "subject")]
    assert table.ending(Query("a war film"), 3) == (1, "film")
    assert table.ending(Query("a war film"), 1) is None


def test_an_adjective_leads_to_a_noun_of_its_phrase_that_means_films() -> None:
    query = Query("french slow burn comedy about a german cook")
    frame = Frame(query, [(3, 4)])
    assert frame.lead(query, 1)
    assert not frame.lead(query, 6)
    assert not frame.lead(query, len(query))
