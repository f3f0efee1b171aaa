from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.evaluate.conversations import conversations
from matinee.evaluate.judgments import JudgedQuery

if TYPE_CHECKING:
    from pathlib import Path


def test_the_query_is_what_the_seeker_said_before(small_data: Path) -> None:
    found = conversations(small_data)
    said = 'Something "cyber" please Not like Amelie'
    # "Matrix (2000)" is a year off, and of two films of that name the one with more votes is meant.
    assert found.queries == (JudgedQuery("a/3", said, {"tmdb:603": 1.0}),)


def test_what_is_left_out_is_counted(small_data: Path) -> None:
    assert conversations(small_data).left_out == {
        "turns before the seeker said anything": 1,
        "films in sentences that recommend nothing": 1,
        "recommended films that the catalogue does not know": 2,  # Solaris, Stalker
        "turns of which no film could be mapped": 1,
        "dialogues that did not end in acceptance": 1,
    }
