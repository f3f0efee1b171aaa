from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from matinee.catalogue.document import lexical_fields
from matinee.catalogue.schema import to_table
from matinee.catalogue.table import TitleTable
from matinee.catalogue.title import Title
from matinee.index.bm25 import BM25Index
from matinee.index.people import PeopleIndex
from matinee.index.titles import TitleIndex, TitleNames
from matinee.index.vocabulary import Vocabulary
from matinee.pipeline.lexicon import CatalogueLexicon, known_words
from matinee.query.lexicon import Lexicon, NamedTitle, Person

if TYPE_CHECKING:
    from matinee import Library

FILMS = [
    Title(
        id="tmdb:1",
        title="Emma",
        year=1996,
        overview="A matchmaker misjudges every heart.",
        genres=("Comedy",),
        languages=("en",),
        countries=("GB", "US"),
        directors=("Douglas McGrath",),
        vote_count=100,
    ),
    Title(
        id="tmdb:2",
        title="Emma.",
        year=2020,
        overview="Emma is a matchmaker in a candy-coloured county.",
        genres=("Comedy", "Drama"),
        languages=("en",),
        countries=("GB",),
        directors=("Autumn de Wilde",),
        vote_count=900,
    ),
    Title(id="tmdb:3", title="Amélie", original_title="Le Fabuleux Destin d'Amélie Poulain"),
]


def lexicon_of(titles: list[Title]) -> Lexicon:
    return CatalogueLexicon(
        TitleTable(to_table(titles)),
        PeopleIndex.build(titles),
        TitleIndex.build(
            TitleNames(list(filter(None, (t.title, t.original_title))), t.year, t.vote_count or 0)
            for t in titles
        ),
        Vocabulary.build(titles),
    )


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return lexicon_of(FILMS)


def test_what_is_present(lexicon: Lexicon) -> None:
    assert lexicon.languages == {"en"}
    assert lexicon.countries == {"GB", "US"}
    assert lexicon.genres == {"Comedy", "Drama"}


def test_people(lexicon: Lexicon) -> None:
    person = lexicon.person("autumn de wilde")
    assert isinstance(person, Person)
    assert (person.name, person.roles, person.titles) == ("Autumn de Wilde", ("directors",), 1)
    assert lexicon.surname("wilde") == lexicon.surname("de wilde") == (person,)
    assert lexicon.person("oscar wilde") is None
    assert lexicon.surname("autumn") == ()


def test_people_of_a_misspelt_name(lexicon: Lexicon) -> None:
    [(person, fit)] = lexicon.resembling_people("Autum de Wilde")
    assert person == lexicon.person("autumn de wilde")
    assert fit == pytest.approx(1 - 1 / 15)
    assert lexicon.resembling_people("autum de wilde", person.weight + 1) == ()


def test_titles_of_a_name(lexicon: Lexicon) -> None:
    assert lexicon.named("EMMA") == (
        NamedTitle("tmdb:2", "Emma.", 2020, 900, 1.0),
        NamedTitle("tmdb:1", "Emma", 1996, 100, 1.0),
    )
    assert lexicon.named("le fabuleux destin d'amelie poulain") == (
        NamedTitle("tmdb:3", "Amélie", None, 0, 1.0),
    )
    assert lexicon.named("emmma") == ()


def test_titles_of_a_misspelt_name(lexicon: Lexicon) -> None:
    found = lexicon.resembling("emmma")
    assert [title.id for title in found] == ["tmdb:2", "tmdb:1"]
    assert all(0 < title.score < 1 for title in found)
    assert lexicon.resembling("zzzz") == ()


def test_words(lexicon: Lexicon) -> None:
    assert lexicon.is_word("matchmaker")
    assert not lexicon.is_word("emma")
    assert not lexicon.is_word("wilde")


@pytest.mark.parametrize(
    ("word", "expected"),
    [("matchmaker", True), ("matchmakers", True), ("emma", True), ("the", True), ("heart", False)],
)
def test_a_word_is_known_by_two_titles(word: str, expected: bool) -> None:
    known = known_words(BM25Index.build(map(lexical_fields, FILMS)))
    assert known(word) is expected


def test_a_library_is_opened_with_its_lexicon(small: Library) -> None:
    assert [title.year for title in small._engine.lexicon.named("emma")] == [1996, 2020]
    assert small._engine.lexicon.is_word("matchmaker")
    assert not small._engine.lexicon.is_word("emma")
    assert small._engine.people.rows("nobody").tolist() == []


def test_an_empty_catalogue() -> None:
    lexicon = lexicon_of([])
    assert not lexicon.languages
    assert not lexicon.genres
    assert lexicon.named("emma") == lexicon.resembling("emma") == lexicon.surname("wilde") == ()


@pytest.mark.extra
def test_names_apart_from_words_in_a_real_catalogue(large_lexicon: Lexicon) -> None:
    words = "thief heist stone king young thriller christmas grey pepper".split()
    assert [word for word in words if not large_lexicon.is_word(word)] == []
    names = "spielberg hitchcock nolan scorsese tarantino kidman dicaprio bergman".split()
    assert [name for name in names if large_lexicon.is_word(name)] == []
    assert large_lexicon.surname("nolan")[0].key == "christopher nolan"
    assert large_lexicon.named("heat")[0].year == 1995


@pytest.fixture(scope="module")
def large_lexicon(data: object) -> Lexicon:
    from pathlib import Path

    from matinee.ingest import read_catalogue

    path = Path(str(data)) / "catalogue/titles_29876.parquet"
    return lexicon_of(list(TitleTable(read_catalogue([path]).table)))
