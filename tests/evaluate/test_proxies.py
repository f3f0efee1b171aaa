from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from matinee.catalogue.title import Title
from matinee.evaluate.proxies import NAMES, Proxy, proxies, summary

titles = st.builds(
    Title,
    id=st.text("abc", min_size=1),
    title=st.just("x"),
    year=st.one_of(st.none(), st.integers(1900, 2020)),
    genres=st.lists(st.sampled_from(["War", "Drama", "Crime"]), unique=True).map(tuple),
    languages=st.lists(st.sampled_from(["en", "fr"]), unique=True).map(tuple),
)
some = st.lists(titles, max_size=6)


@given(some, some)
def test_every_film_is_compared_or_counted(found: list[Title], relevant: list[Title]) -> None:
    for name, proxy in proxies(found, relevant).items():
        assert 0 <= proxy.unknown <= len(found)
        assert (proxy.value is None) == (proxy.unknown == len(found))
        if proxy.value is not None:
            assert proxy.value >= 0
            assert name == "year_gap" or proxy.value <= 1


@given(st.lists(titles, min_size=1, max_size=6))
def test_the_right_films_are_as_near_as_can_be(relevant: list[Title]) -> None:
    near = proxies(relevant, relevant)
    assert near["genre_jaccard"].value in {None, 1.0}
    assert near["year_gap"].value in {None, 0.0}
    assert near["language_match"].value in {None, 1.0}


def test_the_nearest_right_film_counts() -> None:
    film = Title(id="f", title="F", year=1990, genres=("War",), languages=("fr",))
    near = Title(id="n", title="N", year=1992, genres=("War", "Drama"), languages=("fr", "en"))
    far = Title(id="x", title="X", year=1950, genres=("Crime",), languages=("en",))
    assert proxies([film], [far, near]) == {
        "genre_jaccard": Proxy(0.5, 0),
        "year_gap": Proxy(2.0, 0),
        "language_match": Proxy(1.0, 0),
    }


def test_a_summary_counts_what_was_left_out() -> None:
    film = Title(id="f", title="F", year=1990)
    answers = [proxies([film, film], [film]), proxies([film], [])]
    found = summary(answers)
    assert found["year_gap"] == {"mean": 0.0, "queries": 1, "left_out": 1}
    assert found["genre_jaccard"] == {"mean": None, "queries": 0, "left_out": 3}
    assert tuple(found) == NAMES
    assert summary([]) == {}
