"""An open library is shared by many threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import matinee

if TYPE_CHECKING:
    from matinee import Library

QUERIES = [
    "lonely space survival drama",
    "ദൃശ്യം",
    "a heist in Paris with robberies",
    "the matirx",
    "anime coming-of-age with music and friendship",
    "Emma 2020",
]


def answers(library: Library, query: str) -> list[tuple[str, float]]:
    return [(result.title.id, result.score) for result in library.search(query, 20)]


def test_answers_are_the_same_alone_and_in_a_crowd(demo: Library) -> None:
    alone = {query: answers(demo, query) for query in QUERIES}
    # Opened anew, so that nothing is cached yet when the threads begin.
    fresh = matinee.open(demo.root)
    with ThreadPoolExecutor(8) as pool:
        crowd = list(pool.map(lambda query: answers(fresh, query), QUERIES * 10))
    assert crowd == [alone[query] for query in QUERIES * 10]
