"""Rows that go through a spill become the titles that merging them all in memory would give."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from contextlib import nullcontext
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.catalogue.identity import local_id, tell_apart
from matinee.catalogue.schema import from_row, to_table
from matinee.catalogue.title import Title
from matinee.ingest import stream as stream_module
from matinee.ingest.merge import Row, clashes, combine
from matinee.ingest.spill import Spill
from matinee.ingest.stream import Stream

if TYPE_CHECKING:
    from matinee.types import Reject


def plainly(rows: list[Row], namespace: str) -> tuple[list[Title], list[Reject], int]:
    """Return titles, rejects and the number of contested claims, by the shortest way there is."""
    rejected = dict(clashes(rows))
    kept = [r for r in rows if r.number not in rejected]
    kept = named(kept, namespace)
    groups: list[list[Row]] = []
    for row in kept:
        linked = [g for g in groups if any(set(row.title.ids) & set(r.title.ids) for r in g)]
        groups = [g for g in groups if g not in linked]
        groups.append(sorted([*chain(*linked), row], key=lambda r: r.number))
    parts = [part for group in groups for part in apart(group)]
    parts.sort(key=lambda part: part[0].number)
    titles = [combine([r.title for r in part]) for part in parts]
    claims = defaultdict(list)
    for i, title in enumerate(titles):
        for known in title.ids:
            claims[known].append(i)
    owner = {
        known: min(held, key=lambda i: (-(titles[i].vote_count or 0), titles[i].ids))
        for known, held in claims.items()
    }
    found, homeless = [], []
    for i, title in enumerate(titles):
        ids = tuple(n for n in title.ids if owner[n] == i)
        if ids:
            found.append(replace(title, id=ids[0], ids=ids))
        else:
            homeless += [(r.path, r.line) for r in parts[i]]
    told = [(r.path, r.line) for r in rejected.values()] + homeless
    return found, told, sum(len(held) - 1 for held in claims.values())


def named(rows: list[Row], namespace: str) -> list[Row]:
    """Give ids to rows that have none."""

    def bare(title: Title) -> Title:
        return replace(title, id="", ids=(), sources=())

    used = {i for r in rows for i in r.title.ids}
    known = [(bare(r.title), r.title.id) for r in rows if r.title.id.startswith(f"{namespace}:")]
    known.reverse()
    made: dict[str, list[Title]] = defaultdict(list)
    for row in rows:
        facts = bare(row.title)
        if not row.title.ids and all(facts != one for one, _ in known):
            base = local_id(row.title.title, row.title.year, namespace=namespace)
            if facts not in made[base]:
                made[base].append(facts)
    for base, titles in made.items():
        if titles:
            known += zip(titles, tell_apart(base, titles, taken=base in used), strict=True)
    given_ids = []
    for row in rows:
        if not row.title.ids:
            own = next(n for facts, n in known if facts == bare(row.title))
            row = replace(row, title=replace(row.title, id=own, ids=(own,)))
        given_ids.append(row)
    return given_ids


def apart(group: list[Row]) -> list[list[Row]]:
    """Part rows that cannot be one title: by kind, and by their number at TMDb."""

    def number(row: Row) -> str | None:
        return next((n for n in row.title.ids if n.startswith(("tmdb:", "tmdb-tv:"))), None)

    if len({r.title.kind for r in group}) == 1 and len({number(r) for r in group} - {None}) <= 1:
        return [group]
    parts: dict[object, list[Row]] = defaultdict(list)
    for row in group:
        if number(row):
            parts[row.title.kind, number(row)].append(row)
    firm = {key: {i for r in part for i in r.title.ids} for key, part in parts.items()}
    loose: list[list[Row]] = []
    for row in [r for r in group if not number(r)]:
        homes = set()
        for known in row.title.ids:
            claim = [k for k, ids in firm.items() if k[0] == row.title.kind and known in ids]  # type: ignore[index]
            homes |= set(claim) if len(claim) == 1 else set()
        if len(homes) == 1:
            parts[homes.pop()].append(row)
            continue
        linked = [
            g
            for g in loose
            if any(
                r.title.kind == row.title.kind and set(r.title.ids) & set(row.title.ids) for r in g
            )
        ]
        loose = [g for g in loose if g not in linked] + [[*chain(*linked), row]]
    return [sorted(p, key=lambda r: r.number) for p in [*parts.values(), *loose]]


IDS = ["tmdb:1", "tmdb:2", "tmdb-tv:1", "imdb:tt1", "imdb:tt2", "movielens:1", "netflix:s1"]
IDS += ["local:1", "local:2", "local:low-tide-1999", "local:low-tide-2", "mine:1"]
TITLES = st.builds(
    lambda ids, **facts: Title(id=ids[0] if ids else "", ids=tuple(ids), **facts),
    ids=st.lists(st.sampled_from(IDS), max_size=3, unique=True).map(
        lambda ids: sorted(ids, key=IDS.index)
    ),
    title=st.sampled_from(["Low Tide", "Low Tide 2", "Quiet Hills", "Low, Tide!"]),
    kind=st.sampled_from(["film", "film", "film", "series"]),
    year=st.sampled_from([None, 1999, 2005]),
    overview=st.sampled_from([None, "Fog.", "Rain."]),
    cast=st.sampled_from([(), ("Ada Moss",), ("Ada Moss", "Downey, Jr.")]),
    vote_count=st.sampled_from([None, 3, 9]),
    vote_average=st.sampled_from([None, 6.5]),
    sources=st.sampled_from([("a",), ("b",)]),
)
CATALOGUES = st.lists(TITLES, max_size=14)


@settings(max_examples=100, deadline=None)
@given(CATALOGUES, st.integers(1, 6), st.integers(1, 6), st.booleans())
def test_streamed_is_as_merged_at_once(
    titles: list[Title], batch: int, together: int, on_disk: bool
) -> None:
    rows = [Row(t, f"f{i // 5}", i + 1, i) for i, t in enumerate(titles)]
    expected, told, contested = plainly(rows, "local")
    with (
        tempfile.TemporaryDirectory() if on_disk else nullcontext() as folder,
        patch.object(stream_module, "BATCH", batch),
        patch.object(stream_module, "TOGETHER", together),
        Stream("local", Path(folder) if folder else None) as stream,
    ):
        for row in rows:
            stream.add(row.title, row.path, row.line)
        rejects, warnings = stream.merge()
        found = [from_row(r) for b in stream.batches() for r in b.to_pylist()]
    assert found == expected
    assert [(r.path, r.line) for r in rejects] == told
    assert len(warnings) == contested


@settings(max_examples=30, deadline=None)
@given(CATALOGUES, st.integers(1, 6), st.integers(1, 6))
def test_the_size_of_a_batch_changes_nothing(titles: list[Title], one: int, other: int) -> None:
    said = []
    for size in (one, other, 100):
        with (
            patch.object(stream_module, "BATCH", size),
            patch.object(stream_module, "TOGETHER", size),
            Stream("local") as stream,
        ):
            for i, title in enumerate(titles):
                stream.add(title, "f", i + 1)
            told = stream.merge()
            table = pa.Table.from_batches(stream.batches(), schema=to_table([]).schema)
            said.append((told, table.to_pylist()))
    assert said[0] == said[1] == said[2]


def test_two_ids_of_one_hash_are_still_two() -> None:
    rows = [Title(id=f"imdb:tt{i}", ids=(f"imdb:tt{i}",), title=f"Film {i}") for i in range(40)]
    with patch.object(stream_module, "hash", lambda _: 7, create=True), Stream("local") as stream:
        for i, title in enumerate(rows):
            stream.add(title, "f", i)
        assert stream.merge() == ([], [])
        assert [from_row(r) for b in stream.batches() for r in b.to_pylist()] == rows


def test_a_spill_gives_back_any_rows(tmp_path: Path) -> None:
    titles = [Title(id=f"imdb:tt{i}", ids=(f"imdb:tt{i}",), title=f"Film {i}") for i in range(50)]
    table = to_table(titles)
    for path in (None, tmp_path / "rows"):
        with Spill(table.schema, path) as spill:
            for batch in table.to_batches(max_chunksize=7):
                spill.add(batch)
            assert len(spill) == 50
            rows = np.array([0, 6, 7, 20, 49])
            assert spill.take(rows).equals(table.take(rows))
            assert [start for start, _ in spill.batches()] == list(range(0, 50, 7))
