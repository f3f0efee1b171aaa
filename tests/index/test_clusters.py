"""Regions of a map and their names."""

from __future__ import annotations

import numpy as np

from matinee.catalogue.schema import to_table
from matinee.catalogue.table import TitleTable
from matinee.catalogue.title import Title
from matinee.index.clusters import centres, clusters, nearest

CORNERS = ((0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9))
KINDS = (("Horror", "ghost"), ("Romance", "wedding"), ("Western", "sheriff"), ("War", "soldier"))


def town(each: int = 260) -> tuple[np.ndarray, TitleTable]:
    """Return four crowds of titles in the corners, each of its own genre and keyword."""
    rng = np.random.default_rng(0)
    places, titles = [], []
    for (x, y), (genre, word) in zip(CORNERS, KINDS, strict=True):
        for n in range(each):
            places.append((x, y) + rng.normal(size=2) * 0.02)
            titles.append(
                Title(
                    id=f"t:{len(titles)}",
                    title="x",
                    year=1950 + n % 70,
                    genres=(genre, "Drama"),
                    keywords=(word, "woman director"),
                    languages=("en",),
                )
            )
    return np.array(places, np.float32), TitleTable(to_table(titles))


def test_regions_have_the_words_that_tell_them_from_the_rest() -> None:
    found = clusters(*town())
    wide = [one for one in found if one.level == 0]
    assert {one.label for one in wide} == {f"{genre} · {word}" for genre, word in KINDS}
    assert [one.size for one in wide] == [260] * 4
    for one in wide:
        assert min(np.hypot(one.x - x, one.y - y) for x, y in CORNERS) < 0.02


def test_no_name_is_given_twice_and_every_title_is_counted_once_a_level() -> None:
    places, titles = town()
    found = clusters(places, titles)
    assert len({one.label.casefold() for one in found}) == len(found)
    for level in (0, 1):
        assert sum(one.size for one in found if one.level == level) == len(places)
    # What is said of all tells nothing.
    assert not any("Drama" in one.label or "woman" in one.label for one in found)
    assert not any("English" in one.label for one in found)


def test_few_titles_and_titles_without_facts() -> None:
    assert clusters(np.empty((0, 2), np.float32), TitleTable(to_table([]))) == ()
    for count in (1, 2, 7):
        bare = TitleTable(to_table(Title(id=f"t:{n}", title="x") for n in range(count)))
        found = clusters(np.full((count, 2), 0.5, np.float32), bare)
        assert [one.size for one in found] == [count, count]
        assert len({one.label for one in found}) == 2


def test_middles_are_those_of_k_means() -> None:
    places, _ = town()
    middles = centres(places, 4)
    which = nearest(places, middles)
    assert sorted(np.bincount(which).tolist()) == [260] * 4
    assert middles.tolist() == centres(places[::-1], 4).tolist()
