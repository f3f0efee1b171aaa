"""Search by picture, end to end on a small library: every route, with words and without."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.assembly import build_library, open_library
from matinee.assembly.library import Library
from matinee.errors import (
    IndexUnavailableError,
    LibraryError,
    MissingExtraError,
    ModelError,
    QueryError,
)
from matinee.index.pictures import PictureIndex
from matinee.pictures.signature_index import PosterMatch
from matinee.pipeline.pictures import Pictures
from matinee.query.filters import parse_filter
from matinee.query.knobs import Knobs
from matinee.query.picture import PictureQuery
from matinee.query.request import SearchRequest
from matinee.testing import HashingEncoder, WordReranker
from matinee.testing.fakes import ColourEncoder, FixedCaptioner
from matinee.types import Picture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matinee.types import Rows

RED, GREEN, BLUE, WHITE = (220, 30, 20), (20, 200, 40), (10, 40, 210), (250, 250, 240)
FILMS = [
    ("Ember", 1990, "A fire burns in a red theatre.", "Drama", (225, 25, 15)),
    ("Rust", 1994, "An old car waits in a yard.", "Drama", (200, 60, 40)),
    ("Fern", 1998, "A forest hides two lovers.", "Romance", (30, 190, 50)),
    ("Moss", 2002, "A detective follows a thief through a forest.", "Crime", (60, 150, 60)),
    ("Tide", 2006, "A man with a red balloon walks by the sea.", "Drama", (20, 60, 200)),
    ("Ice", 2010, "A detective freezes on the sea.", "Crime", (60, 90, 220)),
    ("Snow", 2014, "Silence on a mountain.", "Drama", (245, 250, 245)),
    ("Night", 2018, "A thief in the dark.", "Crime", (10, 10, 10)),
    ("Balloon", 2019, "A red balloon follows a boy.", "Family", None),
    ("Blank", 2020, "A detective without a poster.", "Crime", None),
]
FAMOUS = 7


def picture(colour: tuple[int, int, int], name: str = "") -> Picture:
    """A picture of one colour, darker towards its foot."""
    shade = np.linspace(1.0, 0.6, 32)[:, None, None]
    pixels = (np.full((32, 24, 3), colour) * shade).astype(np.uint8)
    return Picture(name or f"{colour}", "PNG", 24, 32, pixels)


@dataclass
class Posters:
    """Recognises a picture by its name alone: a stand-in for the signatures."""

    known: dict[str, tuple[PosterMatch, ...]]
    rows: Rows

    def __len__(self) -> int:
        return len(self.rows)

    def lookup(self, picture: Picture, k: int = 5) -> tuple[PosterMatch, ...]:
        return self.known.get(picture.digest, ())[:k]


def raising(error: Exception) -> Callable[[], Any]:
    def get() -> Any:
        raise error

    return get


NO_CLIP = ModelError("clip is not on this machine", cure="Fetch it with: matinee models pull clip")
NO_BLIP = MissingExtraError("transformers", "caption")


@pytest.fixture(scope="module")
def captioner() -> FixedCaptioner:
    return FixedCaptioner("a man with a red balloon")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, captioner: FixedCaptioner) -> Library:
    folder = tmp_path_factory.mktemp("pictures")
    with (folder / "films.jsonl").open("w", encoding="utf-8") as stream:
        for n, (title, year, plot, genre, _) in enumerate(FILMS):
            votes = {"vote_average": 9.0, "vote_count": 90_000} if n == FAMOUS else {}
            film = {"tmdb_id": n + 1, "title": title, "year": year, "overview": plot} | votes
            stream.write(json.dumps(film | {"genres": [genre]}) + "\n")
    build_library([folder / "films.jsonl"], folder / "library", encoder=HashingEncoder())
    opened = open_library(folder / "library", encoder=HashingEncoder(), reranker=WordReranker())
    encoder = ColourEncoder()
    rows, vectors = [], []
    for n, film in enumerate(FILMS):
        if film[4] is not None:
            rows.append(opened.engine.catalogue.find(f"tmdb:{n + 1}"))
            vectors.append(encoder.encode_pictures([picture(film[4])])[0])
    order = np.argsort(rows)
    titles = opened.engine.catalogue.titles(range(len(FILMS)))
    index = PictureIndex.build(
        encoder.spec,
        np.stack(vectors)[order],
        np.array(rows, np.int64)[order],
        encoder.encode_texts([title.overview or "" for title in titles]),
    )
    moss = opened.engine.catalogue.find("tmdb:4")
    known = {"moss.jpg": (PosterMatch(moss, 0.5), PosterMatch(rows[2], 0.3))}
    pictures = Pictures(
        Posters(known, index.rows),  # type: ignore[arg-type]
        index,
        lambda: encoder,
        lambda: captioner,
    )
    return Library(opened.root, replace(opened.engine, pictures=pictures))


def changed(library: Library, **changes: Any) -> Library:
    pictures = replace(library.engine.pictures, **changes)
    return Library(library.root, replace(library.engine, pictures=pictures))


def names(found: Any) -> list[str]:
    return [result.title.title for result in found]


def test_a_picture_alone_finds_what_looks_like_it(library: Library) -> None:
    found = library.search(image=picture(RED))
    assert found[0].title.title == "Ember"
    near = sorted(found, key=lambda result: -result.parts["picture"])
    assert names(near)[:2] == ["Ember", "Rust"]
    assert found[0].parts.keys() == {"picture", "picture text", "poster", "prior"}
    seen = found.picture
    assert seen is not None
    assert (seen.route, seen.model, seen.caption, seen.captioner) == (
        "embedding", "colours", None, None,
    )  # fmt: skip
    assert (seen.share, seen.joined, seen.recognised) == (0.5, False, None)
    assert not found.degraded
    assert not found.lacking


def test_texts_count_where_the_model_reads_them(library: Library) -> None:
    found = library.search(image=picture(RED), k=10)
    by_text = {r.title.title: r.parts["picture text"] for r in found}
    assert by_text["Ember"] > 0
    assert by_text["Tide"] > 0
    assert by_text["Rust"] == 0
    # Balloon has no poster, and its text says that it is red.
    balloon = next(r for r in found if r.title.title == "Balloon")
    assert balloon.parts["picture"] == 0
    assert balloon.parts["picture text"] > 0


def test_a_model_without_texts_has_a_list_less(library: Library) -> None:
    encoder = ColourEncoder(reads_text=False)
    known = library.engine.pictures.index
    rows, vectors = known.poster_vectors(known.rows)
    index = PictureIndex.build(encoder.spec, vectors, rows)
    found = changed(library, encoder=lambda: encoder, index=index).search(image=picture(BLUE), k=2)
    assert names(found) == ["Tide", "Ice"]
    assert found[0].parts.keys() == {"picture", "poster", "prior"}


@pytest.mark.parametrize("route", ["embedding", "caption", "both"])
@pytest.mark.parametrize("fusion", ["convex", "rrf"])
def test_a_recognised_poster_is_first_in_every_route(
    library: Library, route: str, fusion: str
) -> None:
    # Of another colour than its poster, and nobody voted for it.
    found = library.search(
        image=picture(WHITE, "moss.jpg"), k=10, route=route, knobs=Knobs(fusion=fusion)
    )
    assert found[0].title.title == "Moss"
    assert found.picture is not None
    recognised = found.picture.recognised
    assert recognised is not None
    assert (recognised.id, recognised.title, recognised.year) == ("tmdb:4", "Moss", 2002)
    assert recognised.similarity == 0.5


def test_a_recognised_poster_is_told_though_a_filter_leaves_its_film_out(library: Library) -> None:
    image = picture(GREEN, "moss.jpg")
    found = library.search(image=image, filters=[parse_filter("-genre:Crime")])
    assert found.picture is not None
    assert found.picture.recognised is not None
    assert "Moss" not in names(found)
    # The next of those it may be stands in the list instead.
    assert found[0].title.title == "Fern"
    assert found[0].parts["poster"] > 0


def test_a_caption_is_searched_for_and_shown(library: Library, captioner: FixedCaptioner) -> None:
    captioner.seen.clear()
    found = library.search(image=picture(WHITE), route="caption", k=5)
    assert captioner.seen == [f"{WHITE}"]
    assert set(names(found)[:2]) == {"Tide", "Balloon"}
    assert found[0].parts.keys() == {"caption", "caption words", "poster", "prior"}
    assert found.picture is not None
    assert (found.picture.caption, found.picture.captioner) == (
        "a man with a red balloon", "fixed",
    )  # fmt: skip
    assert found.picture.model is None
    typed = library.search("a man with a red balloon", k=2)
    assert set(names(typed)) == set(names(found)[:2])


def test_a_given_caption_needs_no_captioner(library: Library) -> None:
    blind = changed(library, captioner=raising(NO_BLIP))
    image = picture(WHITE)
    found = blind.search(image=image, route="caption", caption=" a thief in the dark ", k=2)
    assert names(found)[0] == "Night"
    assert found.picture is not None
    assert (found.picture.caption, found.picture.captioner) == ("a thief in the dark", None)


def test_both_routes_are_fused(library: Library) -> None:
    found = library.search(image=picture(BLUE), route="both", k=10)
    # By its poster, its text and the caption.
    assert found[0].title.title == "Tide"
    assert found[0].parts.keys() == {
        "picture", "picture text", "caption", "caption words", "poster", "prior",
    }  # fmt: skip
    # What the lists would not reach is completed: a caption's meaning for the film of a poster.
    assert all(result.parts["caption"] >= 0 for result in found)


def test_words_and_picture_share(library: Library) -> None:
    image = picture(RED)
    found = library.search("detective on the sea", image=image, k=10)
    assert {"dense", "lexical", "title", "picture", "picture text"} <= found[0].parts.keys()

    def place(share: float, name: str) -> int:
        found = library.search("detective on the sea", image=image, share=share)
        return names(found).index(name)

    assert place(0.1, "Ice") == 0
    assert place(0.9, "Ember") == 0
    assert place(0.9, "Ice") > place(0.1, "Ice")


@pytest.mark.parametrize("text", ["detective on the sea", "Crime after 2000", "Ice", "like Moss"])
def test_without_a_share_the_picture_is_silent_but_told(library: Library, text: str) -> None:
    plain = library.search(text, k=10, explain=True)
    found = library.search(text, image=picture(GREEN, "moss.jpg"), share=0, k=10, explain=True)
    assert found.picture is not None
    assert found.picture.recognised is not None
    assert found.results == plain.results
    assert replace(found, picture=None, took_ms=0) == replace(plain, took_ms=0)


def test_with_the_whole_share_words_only_demand_and_wish(library: Library) -> None:
    image = picture(GREEN)
    alone = library.search(image=image, k=10)
    whole = library.search("a detective on the sea", image=image, share=1, k=10)
    assert [(r.title.id, r.score) for r in whole] == [(r.title.id, r.score) for r in alone]
    after = library.search("detective after 2000", image=image, share=1, k=10)
    assert {r.title.year > 2000 for r in after} == {True}
    assert "dense" not in after[0].parts


def test_conditions_alone_leave_the_choice_to_the_picture(library: Library) -> None:
    found = library.search("after 2000", image=picture(GREEN), k=10)
    assert names(found)[0] == "Moss"
    assert not {"known", "dense", "lexical"} & found[0].parts.keys()
    assert min(result.title.year or 0 for result in found) > 2000
    filtered = library.search(image=picture(GREEN), k=10, filters=[parse_filter("year:2001..")])
    assert names(filtered) == names(found)


def test_filters_without_a_picture_are_still_the_best_known(library: Library) -> None:
    found = library.search(filters=[parse_filter("genre:Crime")])
    assert found[0].title.title == "Night"
    assert found[0].parts["known"] > 0
    assert found.picture is None
    assert "picture" not in found.to_dict()


def test_a_name_typed_beside_a_picture_counts(library: Library) -> None:
    found = library.search("Snow", image=picture(RED), k=10)
    assert found[0].title.title == "Snow"
    assert found[0].parts["title"] > 0


def test_caption_and_words_are_joined(library: Library) -> None:
    found = library.search("by the sea", image=picture(WHITE), route="caption", join=True, k=10)
    assert found[0].title.title == "Tide"
    assert found.picture is not None
    assert found.picture.joined
    assert found[0].parts.keys() == {"dense", "lexical", "title", "poster", "wishes", "prior"}
    reasons = library.search(
        "by the sea", image=picture(WHITE), route="caption", join=True, explain=True
    )[0].why
    words = {word for reason in reasons or () for word in reason.detail.get("words", ())}
    assert {"balloon", "sea"} <= words
    # Conditions are read from the words that were typed alone.
    bare = library.search("after 2000", image=picture(WHITE), route="caption", join=True, k=10)
    assert {"Tide", "Balloon"} == set(names(bare)[:2])
    assert bare.understood is not None
    assert [condition.key for condition in bare.understood.conditions] == ["year:2001.."]


def test_a_joined_text_is_weighed_against_the_vector(library: Library) -> None:
    def found(share: float) -> list[str]:
        return names(
            library.search(
                "a boy", image=picture(GREEN), route="both", join=True, share=share, k=10
            )
        )

    assert found(0.05)[0] == "Balloon"
    assert found(0.95)[0] == "Fern"
    with_all = library.search("a boy", image=picture(GREEN), route="both", join=True, share=1)
    assert with_all.picture is not None
    assert not with_all.picture.joined
    none = library.search("a boy", image=picture(GREEN), route="both", join=True, share=0)
    assert none.picture is not None
    assert none.picture.joined
    assert none[0].title.title == "Balloon"


def test_joining_without_words_is_the_caption_alone(library: Library) -> None:
    joined = library.search(image=picture(WHITE), route="caption", join=True, k=5)
    plain = library.search(image=picture(WHITE), route="caption", k=5)
    assert names(joined) == names(plain)
    assert joined.picture is not None
    assert not joined.picture.joined


@pytest.mark.parametrize("method", ["retrieval", "lexical"])
def test_methods_of_words_alone_are_refused(library: Library, method: str) -> None:
    with pytest.raises(QueryError, match="Use hybrid, blend, mmr or ce"):
        library.search("sea", image=picture(RED), method=method)


def test_the_cross_encoder_reads_the_caption_where_there_are_no_words(library: Library) -> None:
    read: list[str] = []

    class Noting(WordReranker):
        def score(self, query: str, *rest: Any, **more: Any) -> Any:
            read.append(query)
            return super().score(query, *rest, **more)

    noting = Library(library.root, replace(library.engine, reranker=Noting))
    caption = "a man with a red balloon"
    assert names(noting.search(image=picture(WHITE), route="caption", method="ce"))[0] == "Tide"
    noting.search("sea", image=picture(WHITE), method="ce")
    noting.search("sea", image=picture(WHITE), method="ce", route="both", join=True)
    noting.search(image=picture(WHITE), method="ce", caption="a boat")
    assert read == [caption, "sea", f"{caption} sea", "a boat"]
    with pytest.raises(QueryError, match="Add words, or use the route caption or both"):
        noting.search(image=picture(WHITE), method="ce")


@pytest.mark.parametrize("method", ["hybrid", "blend", "mmr", "ce"])
@pytest.mark.parametrize("sort", ["relevance", "newest"])
def test_methods_and_orders_work_with_a_picture(library: Library, method: str, sort: str) -> None:
    found = library.search(
        "sea", image=picture(BLUE), method=method, sort=sort, route="both", k=6,
        facets=True, explain=True,
    )  # fmt: skip
    assert len(found) == 6
    assert found.facets is not None
    assert sum(found.facets["genre"].values()) == 10
    for result in found:
        assert result.why is not None
        assert sum(reason.value for reason in result.why) == pytest.approx(result.score, abs=1e-5)
    if sort == "newest":
        years = [result.title.year or 0 for result in found]
        assert years == sorted(years, reverse=True)


def test_topping_up_looks_at_the_picture_once(library: Library, captioner: FixedCaptioner) -> None:
    captioner.seen.clear()
    found = library.search("after 2018", image=picture(RED), route="both", k=8, top_up=True)
    assert len(found) == 8
    assert len(captioner.seen) == 1
    assert any("satisfy less" in note for note in found.degraded)
    assert found.picture is not None


def test_an_explanation_says_what_the_picture_gave(library: Library) -> None:
    image = picture(RED, "moss.jpg")
    found = library.search(image=image, route="both", explain=True, k=10)
    said = {
        result.title.title: {
            reason.part: reason.detail["said"]
            for reason in result.why or ()
            if "said" in reason.detail
        }
        for result in found
    }
    assert said["Moss"]["poster"] == "The picture is its poster, or hardly differs from it"
    assert said["Ember"]["picture"] == "Its poster looks like the picture"
    assert said["Ember"]["picture text"] == "What is written of it fits the picture"
    caption = "what the picture shows: a man with a red balloon"
    assert said["Tide"]["caption"] == f"It is about {caption}"
    assert said["Tide"]["caption words"] == f"It has words of {caption}"
    assert all(said[name].keys() <= {"caption", "picture text", "caption words"} for name in
               ("Balloon", "Blank"))  # fmt: skip
    tide = next(result for result in found if result.title.title == "Tide")
    reason = next(r for r in tide.why or () if r.part == "caption words")
    assert "balloon" in reason.detail["words"]


def test_an_answer_as_json_tells_of_the_picture(library: Library) -> None:
    found = library.search("sea", image=picture(RED, "moss.jpg"), route="both", k=2)
    values = msgspec.json.decode(found.to_json())
    assert values == json.loads(json.dumps(found.to_dict()))
    assert values["picture"] == {
        "route": "both",
        "model": "colours",
        "caption": "a man with a red balloon",
        "captioner": "fixed",
        "share": 0.5,
        "joined": False,
        "recognised": {"id": "tmdb:4", "title": "Moss", "year": 2002, "similarity": 0.5},
    }
    assert list(values)[-1] == "took_ms"


def test_without_a_model_one_clear_error_says_the_cure(library: Library) -> None:
    without = changed(library, encoder=raising(NO_CLIP))
    with pytest.raises(ModelError, match="matinee models pull clip"):
        without.search(image=picture(RED))
    # The model is asked for before the library's vectors: it is the first thing to get.
    with pytest.raises(ModelError, match="matinee models pull clip"):
        changed(without, index=None).search(image=picture(RED))
    with pytest.raises(LibraryError, match="matinee build SOURCES --posters"):
        changed(library, index=None).search(image=picture(RED))
    # A caption needs neither.
    found = changed(without, index=None).search(image=picture(RED), route="caption", k=2)
    assert not found.degraded
    with pytest.raises(MissingExtraError, match=r"matinee\[caption\]"):
        changed(library, captioner=raising(NO_BLIP)).search(image=picture(RED), route="caption")


def test_one_half_of_both_answers_where_the_other_is_missing(library: Library) -> None:
    no_vectors = changed(library, encoder=raising(NO_CLIP))
    found = no_vectors.search(image=picture(RED), route="both", k=5)
    assert found.lacking == ("pictures",)
    assert "matinee models pull clip" in found.degraded[0]
    assert found.picture is not None
    assert (found.picture.model, found.picture.captioner) == (None, "fixed")
    assert names(found) == names(library.search(image=picture(RED), route="caption", k=5))
    no_captions = changed(library, captioner=raising(NO_BLIP))
    found = no_captions.search(image=picture(RED), route="both", k=5)
    assert found.lacking == ("captions",)
    assert "matinee[caption]" in found.degraded[0]
    assert found.picture is not None
    assert (found.picture.model, found.picture.caption) == ("colours", None)
    assert names(found) == names(library.search(image=picture(RED), k=5))
    with pytest.raises(ModelError, match="matinee models pull clip"):
        changed(no_vectors, captioner=raising(NO_BLIP)).search(image=picture(RED), route="both")
    with pytest.raises(MissingExtraError):
        no_captions.search(image=picture(RED), route="both", method="ce")


def test_an_index_that_fails_leaves_the_caption(library: Library) -> None:
    class Broken:
        spec = library.engine.pictures.index.spec
        rows = library.engine.pictures.index.rows

        def posters(self, *_: Any, **__: Any) -> Any:
            raise IndexUnavailableError("The index of vectors does not answer")

        texts = posters

    broken = changed(library, index=Broken())
    with pytest.raises(IndexUnavailableError):
        broken.search(image=picture(RED))
    found = broken.search(image=picture(RED), route="both")
    assert found.lacking == ("pictures",)
    assert "does not answer" in found.degraded[0]
    assert names(found)[0] in {"Tide", "Balloon"}


def test_a_caption_is_found_by_its_words_where_meaning_fails(library: Library) -> None:
    class Broken:
        spec = library.engine.encoder.spec

        def encode_query(self, text: str) -> Any:
            raise ModelError("The model failed")

    broken = Library(library.root, replace(library.engine, encoder=Broken()))  # type: ignore[arg-type]
    found = broken.search(image=picture(WHITE), route="caption")
    assert found.lacking == ("meaning",)
    assert set(names(found)[:2]) == {"Tide", "Balloon"}
    assert found[0].parts.keys() == {"caption words", "poster", "prior"}


def test_the_route_and_share_of_the_engine_are_the_default(library: Library) -> None:
    other = changed(library, route="both", share=0.25)
    found = other.search("sea", image=picture(RED))
    assert found.picture is not None
    assert (found.picture.route, found.picture.share) == ("both", 0.25)
    with pytest.raises(QueryError, match="makes no caption"):
        library.search("sea", image=picture(RED), join=True)
    assert other.search("sea", image=picture(RED), join=True).picture.joined  # type: ignore[union-attr]


def test_what_is_said_of_no_picture_is_refused(library: Library) -> None:
    for said in ({"route": "both"}, {"share": 0.5}, {"caption": "x"}, {"join": True}):
        with pytest.raises(QueryError, match="there is none"):
            library.search("sea", **said)  # type: ignore[arg-type]
    with pytest.raises(QueryError, match="empty"):
        library.search()


def test_a_request_with_a_picture_can_be_kept_by_its_value() -> None:
    one = SearchRequest("", picture=PictureQuery(picture(RED, "a")))
    assert one == SearchRequest("", picture=PictureQuery(picture(GREEN, "a")))
    assert one != SearchRequest("", picture=PictureQuery(picture(RED, "b")))
    assert len({one, SearchRequest("", picture=PictureQuery(picture(RED, "a")))}) == 1


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"route": "dream"}, "no route 'dream'"),
        ({"share": 1.5}, "share is 1.5"),
        ({"share": float("nan")}, "share is nan"),
        ({"share": True}, "share is True"),
        ({"caption": " "}, "0 characters"),
        ({"caption": "x" * 1001}, "1,001 characters"),
        ({"caption": 3}, "caption is a int"),
        ({"join": True, "route": "embedding"}, "makes no caption"),
    ],
)
def test_a_wrong_picture_query_is_refused(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(QueryError, match=named):
        PictureQuery(picture(RED), **wrong)


COLOURS = st.tuples(*[st.integers(0, 255)] * 3)
TEXTS = st.sampled_from(
    ["", "sea", "a detective", "Crime after 2000", "like Moss", "Ice", "not a thief", "not crime"]
)
ROUTES = st.sampled_from(["embedding", "caption", "both"])
SHARES = st.sampled_from([0.0, 0.3, 0.5, 1.0])
METHODS = st.sampled_from(["hybrid", "blend", "mmr"])
FUSIONS = st.sampled_from(["convex", "rrf"])


@settings(max_examples=60, deadline=None)
@given(COLOURS, TEXTS, ROUTES, SHARES, METHODS, FUSIONS, st.booleans(), st.booleans())
def test_scores_lie_in_0_and_1_and_parts_sum_to_them(
    library: Library,
    colour: tuple[int, int, int],
    text: str,
    route: str,
    share: float,
    method: str,
    fusion: str,
    join: bool,
    known: bool,
) -> None:
    found = library.search(
        text,
        k=10,
        method=method,
        image=picture(colour, "moss.jpg" if known else ""),
        route=route,
        share=share,
        join=join and route != "embedding",
        knobs=Knobs(fusion=fusion),
        explain=True,
    )
    scores = [result.score for result in found]
    assert scores == sorted(scores, reverse=True)
    for result in found:
        assert 0 <= result.score <= 1
        assert all(part >= 0 for part in result.parts.values())
        assert sum(result.parts.values()) == pytest.approx(result.score, abs=1e-5)
        assert sum(reason.value for reason in result.why or ()) == pytest.approx(
            result.score, abs=1e-5
        )


@settings(max_examples=40, deadline=None)
@given(
    COLOURS,
    TEXTS,
    ROUTES,
    st.sampled_from(["genre:Crime", "-genre:Drama", "year:2000..2015", "year:2030.."]),
)
def test_what_is_found_with_a_filter_is_found_without_it(
    library: Library, colour: tuple[int, int, int], text: str, route: str, condition: str
) -> None:
    wanted = parse_filter(condition)
    image = picture(colour, "moss.jpg")
    every = library.search(text, k=100, image=image, route=route)
    some = library.search(text, k=100, image=image, route=route, filters=[wanted])
    assert {r.title.id for r in some} <= {r.title.id for r in every}
    fitting = {r.title.id for r in library.search(k=100, filters=[wanted])}
    assert {r.title.id for r in some} <= fitting


@settings(max_examples=30, deadline=None)
@given(COLOURS, TEXTS, ROUTES, st.integers(1, 9))
def test_fewer_are_the_beginning_of_more(
    library: Library, colour: tuple[int, int, int], text: str, route: str, k: int
) -> None:
    image = picture(colour)
    many = library.search(text, k=10, image=image, route=route)
    assert library.search(text, k=k, image=image, route=route).results == many.results[:k]


def test_lists_cut_short_are_completed(library: Library) -> None:
    """A film that one list holds has what it has in the others as well."""
    deep = library.search("sea", image=picture(BLUE), route="both", k=1)
    knobs = Knobs(dense_k=1, sparse_k=1)
    cut = library.search("sea", image=picture(BLUE), route="both", k=1, knobs=knobs)
    assert cut[0].title.id == deep[0].title.id
    for name, part in deep[0].parts.items():
        assert cut[0].parts[name] == pytest.approx(part, abs=1e-5)


def test_a_picture_from_a_file_from_bytes_and_from_pillow(library: Library, tmp_path: Path) -> None:
    from PIL import Image

    image = Image.fromarray(picture(RED).pixels)
    image.save(tmp_path / "still.png")
    path = tmp_path / "still.png"
    answers = [
        [(r.title.id, r.score) for r in library.search(image=given)]
        for given in (path, str(path), path.read_bytes(), image)
    ]
    assert answers[0] == answers[1] == answers[2] == answers[3]
    assert answers[0][0][0] == "tmdb:1"
