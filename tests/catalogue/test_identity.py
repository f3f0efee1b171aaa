from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.catalogue.identity import is_id, local_id, order_ids, slug


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tmdb:603", True),
        ("local:the-matrix-1999", True),
        ("my-films:a:b", True),
        ("603", False),
        ("tmdb:", False),
        ("TMDB:603", False),
        ("tmdb:a b", False),
        ("tmdb:../etc", False),
        ("tmdb:" + "9" * 200, False),
    ],
)
def test_form_of_an_id(text: str, told: bool) -> None:
    assert is_id(text) is told


def test_own_namespaces_stand_after_public_ones_and_before_local() -> None:
    ids = ["local:a", "mine:1", "netflix:s1", "imdb:tt0000001", "tmdb:1"]
    assert order_ids(ids) == ("tmdb:1", "imdb:tt0000001", "netflix:s1", "mine:1", "local:a")


@given(st.text(max_size=300), st.none() | st.integers(1870, 2100))
def test_a_local_id_is_always_an_id(title: str, year: int | None) -> None:
    assert is_id(local_id(title, year))
    assert slug(title) == slug(slug(title))
