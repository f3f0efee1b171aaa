from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from matinee.catalogue.schema import from_row
from matinee.catalogue.title import Title
from matinee.ingest.merge import Row, combine
from matinee.ingest.stream import Stream

if TYPE_CHECKING:
    from matinee.types import Reject


@dataclass
class Merged:
    titles: tuple[Title, ...]
    rejects: list[Reject]
    warnings: list[str]


def merge(rows: list[Row]) -> Merged:
    with Stream("local") as stream:
        for one in rows:
            stream.add(one.title, one.path, one.line)
        rejects, warnings = stream.merge()
        found = tuple(from_row(r) for batch in stream.batches() for r in batch.to_pylist())
        assert len(stream) == len(found)
        return Merged(found, rejects, warnings)


def row(*ids: str, title: str = "Low Tide", **facts: object) -> Row:
    return Row(Title(id=ids[0] if ids else "", ids=ids, title=title, **facts), "f", 1)  # type: ignore[arg-type]


def id_sets(rows: list[Row]) -> set[frozenset[str]]:
    return {frozenset(t.ids) for t in merge(rows).titles}


def test_shared_ids_merge_through_a_chain() -> None:
    rows = [
        row("tmdb:1", "imdb:tt1", year=1999, sources=("a",)),
        row("movielens:5", "netflix:s1", overview="Fog."),
        row("imdb:tt1", "movielens:5", year=2000, sources=("b",)),
    ]
    (title,) = merge(rows).titles
    assert title.ids == ("tmdb:1", "imdb:tt1", "movielens:5", "netflix:s1")
    assert (title.year, title.overview, title.sources) == (1999, "Fog.", ("a", "b"))


def test_a_shared_name_merges_nothing() -> None:
    assert len(merge([row("tmdb:1", year=1999), row("imdb:tt2", year=1999)]).titles) == 2


def test_two_numbers_of_tmdb_stay_apart_and_the_better_known_keeps_the_id() -> None:
    rows = [row("tmdb:1", "imdb:tt1", vote_count=3), row("tmdb:2", "imdb:tt1", vote_count=9)]
    merged = merge(rows)
    assert [t.ids for t in merged.titles] == [("tmdb:1",), ("tmdb:2", "imdb:tt1")]
    assert "tmdb:1" in merged.warnings[0]
    assert "tmdb:2" in merged.warnings[0]


def test_a_film_and_a_series_stay_apart() -> None:
    merged = merge([row("imdb:tt1"), row("imdb:tt1", kind="series")])
    assert [t.kind for t in merged.titles] == ["film"]
    assert "another kind" in merged.rejects[0].reason


def test_a_row_goes_to_the_part_it_shares_an_uncontested_id_with() -> None:
    rows = [
        row("tmdb:1", "imdb:tt1", "movielens:1"),
        row("tmdb:2", "imdb:tt1"),
        row("movielens:1", overview="Fog."),
    ]
    assert [t.overview for t in merge(rows).titles] == ["Fog.", None]


def test_one_private_id_for_two_titles_sets_the_later_aside() -> None:
    rows = [row("local:1", year=1999), row("local:1", title="Quiet Hills", year=2005)]
    merged = merge(rows)
    assert len(merged.titles) == 1
    assert "--namespace" in merged.rejects[0].cure


def test_rows_without_ids() -> None:
    rows = [row(year=1999), row(year=1999), row(year=1999, overview="Another.")]
    found = [t.id for t in merge(rows).titles]
    assert len(set(found)) == 2
    assert all(known.startswith("local:low-tide-1999-") for known in found)
    # Which comes first makes no difference, and one alone is called by title and year.
    assert [t.id for t in merge(rows[::-1]).titles] == found[::-1]
    assert [t.id for t in merge(rows[:2]).titles] == ["local:low-tide-1999"]


def test_votes_come_from_one_row() -> None:
    mean_only = Title(id="tmdb:1", ids=("tmdb:1",), title="A", vote_average=9.0)
    both = Title(id="tmdb:1", ids=("tmdb:1",), title="A", vote_average=6.0, vote_count=50)
    combined = combine([mean_only, both])
    assert (combined.vote_average, combined.vote_count) == (6.0, 50)


IDS = [f"tmdb:{i}" for i in range(4)] + [f"imdb:tt{i}" for i in range(4)] + ["movielens:1"]
ROWS = st.lists(
    st.builds(
        lambda ids, votes: row(*sorted(ids, reverse=True), vote_count=votes),
        st.sets(st.sampled_from(IDS), min_size=1, max_size=3),
        st.integers(0, 3),
    ),
    max_size=8,
)


@given(ROWS)
def test_every_row_ends_somewhere_and_no_id_in_two_titles(rows: list[Row]) -> None:
    merged = merge(rows)
    ids = [i for t in merged.titles for i in t.ids]
    assert len(ids) == len(set(ids))
    assert set(ids) == {i for r in rows for i in r.title.ids}
    again = merge([Row(t, "f", 1) for t in merged.titles])
    assert again.titles == merged.titles
    assert again.warnings == []


@given(st.lists(st.sets(st.sampled_from(IDS[3:]), min_size=1, max_size=3), max_size=8), st.data())
def test_the_order_of_rows_does_not_change_who_is_one(
    sets: list[set[str]], data: st.DataObject
) -> None:
    rows = [row(*sorted(s)) for s in sets]
    assert id_sets(rows) == id_sets(data.draw(st.permutations(rows)))
