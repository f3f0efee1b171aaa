"""Whose poster it is, by what it calls itself."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.catalogue.title import Title
from matinee.ingest.posters.owners import Owners

MATRIX = ("tmdb:603", "imdb:tt0133093", "movielens:2571", "shop:m_1")
TITLES = [
    Title(id=MATRIX[0], ids=MATRIX, title="The Matrix", poster_path="/p3TqW1ID7hHsN549mOT5.jpg"),
    Title(id="tmdb-tv:1399", ids=("tmdb-tv:1399",), title="A series"),
    Title(id="tmdb:1399", ids=("tmdb:1399",), title="A film of that number"),
    Title(id="local:amélie-2001", title="Amélie"),
    Title(id="netflix:s007", title="A", poster_path="https://a.test/x/Poster-A.png?w=3"),
    Title(id="imdb:tt10872600", title="B", poster_path="/p3TqW1ID7hHsN549mOT5.jpg"),
]


def found(name: str, namespace: str = "tmdb") -> list[int]:
    return [position for position, _ in Owners(TITLES, namespace).of_name(name)]


@pytest.mark.parametrize(
    ("name", "positions"),
    [
        ("603", [0]),
        ("000603", [0]),
        ("tmdb-603", [0]),
        ("tmdb_603", [0]),
        ("TMDB 603", [0]),
        ("tmdb:603", [0]),
        ("tmdb.603", [0]),
        ("tt0133093", [0]),
        ("TT0133093", [0]),
        ("tt133093", [0]),
        ("imdb-tt0133093", [0]),
        ("imdb-0133093", [0]),
        ("imdb-133093", [0]),
        ("tt10872600", [5]),
        ("ml-2571", [0]),
        ("ML_2571", [0]),
        ("movielens-2571", [0]),
        ("2571", []),
        ("shop-m_1", [0]),
        ("shop_m-1", [0]),
        ("1399", [2]),
        ("tmdb-1399", [2]),
        ("tmdb-tv-1399", [1]),
        ("tmdb_tv_1399", [1]),
        ("netflix-s007", [4]),
        ("netflix-s7", []),
        ("local-amélie-2001", [3]),
        (unicodedata.normalize("NFD", "local-amélie-2001"), [3]),
        ("p3TqW1ID7hHsN549mOT5", [0, 5]),
        ("P3TqW1ID7hHsN549mOT5", []),
        ("Poster-A", [4]),
        ("", []),
        ("603.5", []),
        ("-603", []),
        ("The Matrix", []),
        ("tmdb-", []),
        ("x" * 300, []),
    ],
)
def test_of_a_name(name: str, positions: list[int]) -> None:
    assert found(name) == positions


@pytest.mark.parametrize(
    ("name", "namespace", "positions"),
    [
        ("2571", "movielens", [0]),
        ("603", "movielens", []),
        ("tmdb-603", "movielens", [0]),
        ("tt0133093", "movielens", [0]),
        ("133093", "imdb", [0]),
        ("1399", "tmdb-tv", [1]),
        ("amélie-2001", "local", [3]),
        ("m-1", "shop", [0]),
    ],
)
def test_what_a_bare_number_is(name: str, namespace: str, positions: list[int]) -> None:
    assert found(name, namespace) == positions


def test_of_a_cell() -> None:
    owners = Owners(TITLES)
    for value, namespace in [(603, None), (603.0, "tmdb"), ("603.0", None), (" 603 ", None)]:
        assert owners.of_id(value, namespace) == [(0, 0)]
    assert owners.of_id(133093, "imdb") == owners.of_id("tt0133093", "tmdb") == [(0, 1)]
    assert owners.of_id(2571, "movielens") == owners.of_id("movielens:2571", "imdb") == [(0, 2)]
    for nothing in (float("nan"), float("inf"), "", None, True, b"603"):
        assert owners.of_id(nothing) == []


def test_the_path_ranks_after_the_ids() -> None:
    assert Owners(TITLES).of_name("p3TqW1ID7hHsN549mOT5") == [(0, 4), (5, 1)]


@given(st.text(max_size=40), st.sampled_from(["tmdb", "imdb", "movielens"]))
def test_any_name_at_all(name: str, namespace: str) -> None:
    assert all(0 <= position < len(TITLES) for position in found(name, namespace))


@given(st.integers(0, 10**9), st.sampled_from(["tmdb", "tmdb-tv", "movielens", "netflix"]))
def test_every_id_is_found_by_its_own_name(number: int, namespace: str) -> None:
    titles = [*TITLES, Title(id=f"{namespace}:{number}", title="A")]
    owners = Owners(titles)
    for name in (f"{namespace}:{number}", f"{namespace}-{number}", f"{namespace}_{number:012}"):
        assert len(titles) - 1 in [position for position, _ in owners.of_name(name)]
