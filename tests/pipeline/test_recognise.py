"""Which film is this poster? And films whose posters are alike."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from matinee.assembly.library import Library
from matinee.errors import LibraryError, PictureError, QueryError
from matinee.index.pictures import PictureIndex
from matinee.pictures.signature_index import PosterMatch
from matinee.pipeline.recognise import recognise
from matinee.testing.fakes import ColourEncoder
from matinee.types import Picture

if TYPE_CHECKING:
    from matinee.pipeline.results import Results
    from matinee.types import Rows


def picture(shade: float, name: str = "") -> Picture:
    """A picture of one colour between red and blue."""
    pixels = np.full((32, 24, 3), (255 * shade, 0, 255 * (1 - shade)), np.uint8)
    return Picture(name or f"{shade}", "PNG", 24, 32, pixels)


@dataclass
class Posters:
    """Recognises a picture by its name alone: a stand-in for the signatures."""

    known: dict[str, tuple[PosterMatch, ...]]
    rows: Rows

    def lookup(self, picture: Picture, k: int = 5) -> tuple[PosterMatch, ...]:
        return self.known.get(picture.digest, ())[:k]


def changed(library: Library, **changes: Any) -> Library:
    pictures = replace(library.engine.pictures, **changes)
    return Library(library.root, replace(library.engine, pictures=pictures))


MATCHES = (PosterMatch(2, 0.97), PosterMatch(3, 0.61), PosterMatch(2, 0.6), PosterMatch(0, 0.5))


@pytest.fixture(scope="module")
def knowing(small: Library) -> Library:
    """The small library, with posters of four of its six titles."""
    return changed(small, signatures=Posters({"poster.jpg": MATCHES}, np.array([0, 2, 2, 3, 4])))


def test_a_poster_is_recognised_best_first_and_each_title_once(knowing: Library) -> None:
    found = knowing.recognise(picture(0.5, "poster.jpg"))
    rows = [knowing.engine.catalogue.find(match.title.id) for match in found.matches]
    assert rows == [2, 3, 0]
    assert [match.similarity for match in found.matches] == [0.97, 0.61, 0.5]
    title, similarity = found.matches[0]
    assert (title, similarity) == (knowing.engine.catalogue.title(2), 0.97)
    assert not found.degraded
    assert found.took_ms > 0
    assert len(knowing.recognise(picture(0.5, "poster.jpg"), 1)) == 1


def test_only_what_is_allowed_is_told(knowing: Library) -> None:
    allowed = np.array([False, True, False, True, True, True])
    found = recognise(knowing.engine, picture(0.5, "poster.jpg"), 1, allowed)
    assert [match.similarity for match in found.matches] == [0.61]


def test_no_match_is_no_match_and_says_how_many_posters_are_known(knowing: Library) -> None:
    found = knowing.recognise(picture(0.5, "holiday.jpg"))
    assert not found.matches
    assert found.degraded == ("Posters of 67% of all titles here are known",)
    every = changed(knowing, signatures=Posters({}, np.arange(6)))
    assert not every.recognise(picture(0.5)).degraded


def test_matches_as_plain_values(knowing: Library) -> None:
    found = knowing.recognise(picture(0.5, "poster.jpg"), 1)
    values = json.loads(json.dumps(found.to_dict()))
    title = found.matches[0].title
    assert values.pop("took_ms") >= 0
    assert values == {
        "matches": [{"id": title.id, "title": title.title, "year": title.year, "similarity": 0.97}],
        "library": knowing.version,
        "degraded": [],
    }


def test_what_cannot_be_recognised_is_an_error_with_a_cure(
    small: Library, knowing: Library
) -> None:
    with pytest.raises(LibraryError, match="--posters"):
        changed(small, signatures=None).recognise(picture(0.5))
    for k in (0, 1001, True):
        with pytest.raises(QueryError):
            knowing.recognise(picture(0.5), k)
    with pytest.raises(PictureError):
        knowing.recognise(b"no picture at all")


# --- posters in what is alike ---------------------------------------------------------------


def with_posters(library: Library, shades: dict[int, float]) -> Library:
    """The library with posters of some rows, from blue to red."""
    encoder = ColourEncoder()
    vectors = encoder.encode_pictures([picture(shade) for shade in shades.values()])
    rows = np.array(list(shades), np.int64)
    order = np.argsort(rows)
    index = PictureIndex.build(encoder.spec, vectors[order], rows[order])
    return changed(library, index=index)


@pytest.fixture(scope="module", params=["small", "trained"])
def plain(request: pytest.FixtureRequest) -> Library:
    """A library without taste, and one with it."""
    library: Library = request.getfixturevalue(request.param)
    return library


def exact(found: Results) -> list[tuple[str, float, dict[str, float]]]:
    return [(result.title.id, result.score, dict(result.parts)) for result in found]


def test_without_a_share_posters_change_nothing_to_the_bit(plain: Library) -> None:
    pictured = with_posters(plain, {row: row / 6 for row in range(6)})
    for title in plain.engine.catalogue.titles(range(5)):
        before = exact(changed(plain, index=None).similar(title.id, 40))
        assert exact(pictured.similar(title.id, 40)) == before
        assert exact(pictured.similar(title.id, 40, poster_share=0)) == before
        assert "poster" not in before[0][2]


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_posters_have_their_share_and_who_has_none_is_judged_by_the_rest(
    plain: Library, share: float
) -> None:
    shades = {0: 0.0, 1: 0.9, 2: 0.1, 3: 0.5}
    pictured = with_posters(plain, shades)
    catalogue = pictured.engine.catalogue
    title = catalogue.title(0).id
    found = {catalogue.find(r.title.id): r for r in pictured.similar(title, 6, poster_share=share)}
    # The same with a share so small that it is but the completed lists of the rest.
    bare = {catalogue.find(r.title.id): r for r in pictured.similar(title, 40, poster_share=1e-9)}
    index = pictured.engine.pictures.index
    assert index is not None
    others = np.arange(len(catalogue)) != 0
    near = index.posters(index.poster_vectors(np.array([0]))[1][0], 6, allowed=others)
    likeness = dict(zip(near.rows.tolist(), near.scores / near.scores.max(), strict=True))
    assert set(likeness) == {1, 2, 3}
    for row, result in found.items():
        assert row is not None
        prior = 1 + result.parts["prior"] / (result.score - result.parts["prior"])
        if row not in shades:
            assert result.score == pytest.approx(bare[row].score, abs=1e-5)
            assert result.parts["poster"] == 0
        else:
            wanted = (1 - share) * bare[row].score
            wanted += share * likeness[row] * prior / (1 + 0.2)
            assert result.score == pytest.approx(wanted, abs=1e-4)
        assert sum(result.parts.values()) == pytest.approx(result.score, abs=1e-5)
        assert 0 <= result.score <= 1


def test_the_likest_poster_wins_when_posters_are_all(small: Library) -> None:
    pictured = with_posters(small, {0: 0.0, 1: 0.9, 2: 0.4, 3: 0.1, 4: 0.8, 5: 0.7})
    title = pictured.engine.catalogue.title(0).id
    found = pictured.similar(title, 5, poster_share=1)
    assert pictured.engine.catalogue.find(found[0].title.id) == 3
    assert found[0].parts["like"] == 0


def test_the_share_of_the_engine_is_the_default(small: Library) -> None:
    pictured = changed(with_posters(small, {0: 0.0, 1: 0.9, 3: 0.1}), poster_share=0.3)
    title = pictured.engine.catalogue.title(0).id
    assert exact(pictured.similar(title, 5)) == exact(pictured.similar(title, 5, poster_share=0.3))
    assert "poster" in pictured.similar(title, 5)[0].parts
    assert "poster" not in pictured.similar(title, 5, poster_share=0)[0].parts


def test_where_posters_cannot_count_the_answer_says_so(small: Library) -> None:
    before = exact(small.similar("Moon", 5))
    for library, why in (
        (changed(small, index=None), "no vectors of posters"),
        (with_posters(small, {0: 0.1, 4: 0.2}), "that of the film is not known"),
    ):
        found = library.similar("Moon", 5, poster_share=0.3)
        assert exact(found) == before
        assert found.lacking == ("pictures",)
        assert why in found.degraded[0]


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan"), True, "1"])
def test_a_wrong_share_is_refused(small: Library, share: Any) -> None:
    with pytest.raises(QueryError, match="share is"):
        small.similar("Moon", poster_share=share)
