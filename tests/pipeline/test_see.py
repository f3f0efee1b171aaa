"""What a picture's lists weigh beside those of words, and beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.pictures.signature_index import PosterMatch
from matinee.pipeline.picture_lists import W_POSTER, PictureList, weighed
from matinee.pipeline.results import PictureSeen
from matinee.pipeline.see import Seen
from matinee.rank.fusion import WeightedList, convex_combination, reciprocal_rank_fusion
from matinee.rank.prior import PriorConfig
from matinee.types import Ranked

if TYPE_CHECKING:
    from matinee.types import Rows

TOLD = PictureSeen("both", "colours", None, None, 0.5, False, None)


def ranked(**scores: float) -> Ranked:
    """A list of rows named by letters: a is 0."""
    given = sorted(scores.items(), key=lambda item: -item[1])
    rows = np.array([ord(letter) - ord("a") for letter, _ in given], np.int64)
    return Ranked(rows, np.array([score for _, score in given], np.float32))


def seen(weight: float, words: float, *matches: PosterMatch) -> Seen:
    return Seen(TOLD, weight, words, matches, None, "")


def closed(found: Ranked, weight: float) -> PictureList:
    """A list that knows of no other rows."""
    return PictureList(found, weight, lambda _: ranked())


WORDS = {
    "dense": WeightedList(ranked(a=0.9, b=0.5), 1.0),
    "lexical": WeightedList(ranked(b=7.0), 3.0),
    "title": WeightedList(ranked(c=1.0), 2.0, graded=True),
}
PICTURED = {"picture": closed(ranked(d=0.2), 1.0), "caption": closed(ranked(a=0.4), 4.0)}


@given(st.floats(0.01, 0.99))
def test_either_side_weighs_its_share_and_keeps_its_proportions(share: float) -> None:
    found = weighed(WORDS, PICTURED, seen(share, 1 - share, PosterMatch(4, 0.9)), 8, None)
    weights = {name: entry.weight for name, entry in found.items()}
    assert weights["dense"] + weights["lexical"] == pytest.approx(1 - share)
    assert weights["picture"] + weights["caption"] == pytest.approx(share)
    assert weights["lexical"] == pytest.approx(3 * weights["dense"])
    assert weights["caption"] == pytest.approx(4 * weights["picture"])
    assert weights["title"] == pytest.approx((1 - share) / 2)
    assert weights["poster"] == pytest.approx(W_POSTER * share)
    assert [name for name, entry in found.items() if entry.graded] == ["title", "poster"]


def test_a_list_that_found_nothing_takes_nothing_from_the_others() -> None:
    words = WORDS | {"lexical": WeightedList(ranked(), 3.0)}
    pictured = PICTURED | {"caption": closed(ranked(), 4.0)}
    found = weighed(words, pictured, seen(0.5, 0.5), 8, None)
    assert found["dense"].weight == pytest.approx(0.5)
    assert found["picture"].weight == pytest.approx(0.5)


def test_a_name_alone_weighs_the_share_of_the_words() -> None:
    found = weighed({"title": WORDS["title"]}, PICTURED, seen(0.25, 0.75), 8, None)
    assert found["title"].weight == pytest.approx(0.75)


def test_lists_without_any_weight_are_no_division_by_zero() -> None:
    found = weighed({}, {"caption": closed(ranked(a=1.0), 0.0)}, seen(1.0, 0.0), 8, None)
    assert found["caption"].weight == 0


def test_a_recognised_poster_of_several_titles_counts_once_for_each() -> None:
    matches = (PosterMatch(5, 0.9), PosterMatch(2, 0.8), PosterMatch(5, 0.7), PosterMatch(3, 0.6))
    allowed = np.ones(8, np.bool_)
    allowed[2] = False
    found = weighed({}, PICTURED, seen(1.0, 0.0, *matches), 8, allowed)["poster"].ranked
    assert found.rows.tolist() == [5, 3]
    assert found.scores.tolist() == pytest.approx([0.9, 0.6])


@given(st.floats(0.41, 1.0), st.sampled_from(["convex", "rrf"]))
def test_a_recognised_film_is_first_though_another_is_best_in_all_else(
    similarity: float, fusion: str
) -> None:
    pictured = {name: closed(ranked(a=1.0), 1.0) for name in ("picture", "picture text", "caption")}
    lists = weighed({}, pictured, seen(1.0, 0.0, PosterMatch(1, similarity)), 8, None)
    fused = (
        convex_combination(lists) if fusion == "convex" else reciprocal_rank_fusion(lists, rrf_k=60)
    )
    other, film = fused.scores.tolist()
    # The other has the best prior there can be, the film none.
    assert film / (1 + PriorConfig().strength) > other


def test_a_list_is_completed_by_those_of_the_others_that_fit() -> None:
    asked: list[list[int]] = []

    def more(rows: Rows) -> Ranked:
        asked.append(rows.tolist())
        return ranked(c=0.3)

    mine = PictureList(ranked(a=0.9, b=0.2), 1.0, more)
    full = mine.completed(np.array([1, 1, 1, 1, 0], np.bool_))
    assert asked == [[2, 3]]
    assert full.rows.tolist() == [0, 2, 1]
    assert full.scores.tolist() == pytest.approx([0.9, 0.3, 0.2])


def test_a_picture_counts_unless_its_share_is_nothing() -> None:
    assert seen(0.1, 0.9).counts
    assert not seen(0.0, 1.0).counts
    joined = PictureSeen("both", "colours", "a sea", "fixed", 0.0, True, None)
    assert Seen(joined, 0.0, 1.0, (), None, "").counts
