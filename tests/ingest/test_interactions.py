"""Interactions from files of every form: what each field becomes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.errors import InputError, SourceError
from matinee.ingest.interactions import load_interactions, read_interactions
from matinee.interaction import NO_TIME, Action, Interactions

if TYPE_CHECKING:
    from pathlib import Path

MOVIELENS = "userId,movieId,rating,timestamp\n7,31,2.5,100\n7,1,5,99\n8,31,0.5,98\n"


def told(found: Interactions) -> list[tuple[Any, ...]]:
    """Return the rows as (user, item, kind, stars, time), None for no stars."""
    return [
        (
            found.user_ids[user],
            found.item_ids[item],
            Action(action).name,
            None if np.isnan(stars) else float(stars),
            int(time),
        )
        for user, item, action, stars, time in zip(
            found.users, found.items, found.actions, found.values, found.times, strict=True
        )
    ]


RATED = [
    ("7", "movielens:31", "RATING", 2.5, 100),
    ("7", "movielens:1", "RATING", 5.0, 99),
    ("8", "movielens:31", "RATING", 0.5, 98),
]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("text", "name"),
    [
        (MOVIELENS, "file"),
        (MOVIELENS.replace("\n", "\r\n"), "file"),
        ("\ufeff" + MOVIELENS, "file"),
        (MOVIELENS.replace("7,31", '"7","31"'), "file"),
        ("7::31::2.5::100\n7::1::5::99\n8::31::0.5::98\n", "file"),
        (
            "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
            "7\t31\t2.5\t100\n7\t1\t5\t99\n8\t31\t0.5\t98\n",
            "ml-tiny.inter",
        ),
    ],
)
def test_the_forms_of_movielens_and_recbole(put, text: str, name: str, packed: bool) -> None:
    loaded = load_interactions(put(text, name, packed=packed))
    assert told(loaded.interactions) == RATED
    assert (loaded.scale, loaded.rejects, loaded.replaced) == ("stars", [], 0)
    first = 1 if "::" in text else 2
    assert loaded.lines.tolist() == [first, first + 1, first + 2]


@pytest.mark.parametrize(
    "columns",
    [
        {"userId": pa.int16(), "movieId": pa.int16(), "rating": pa.float32()},
        {"userId": pa.float64(), "movieId": pa.float64(), "rating": pa.float64()},
        {"userId": pa.string(), "movieId": pa.large_string(), "rating": pa.string()},
        {"userId": pa.dictionary(pa.int32(), pa.string()), "movieId": pa.int64()},
    ],
)
def test_parquet_of_any_types(tmp_path: Path, columns: dict[str, pa.DataType]) -> None:
    values = {"userId": ["7", "7", "8"], "movieId": ["31", "1", "31"], "rating": ["2.5", "5", ".5"]}
    kinds = {"rating": pa.float64()} | columns
    table = pa.table({k: pa.array(v).cast(kinds[k]) for k, v in values.items()})
    pq.write_table(table, tmp_path / "file")
    found, rejects = read_interactions(tmp_path / "file")
    assert [row[:4] for row in told(found)] == [row[:4] for row in RATED]
    assert (rejects, found.timed) == ([], False)


def test_a_damaged_parquet_file(put) -> None:
    with pytest.raises(SourceError, match="damaged"):
        read_interactions(put(b"PAR1 and nothing else"))


def test_a_table_with_names_of_its_own(put_csv) -> None:
    rows = [("Who", "Film", "Mark", "When"), ("ada", "603", "8", "2021-03-31T20:15:00+02:00")]
    path = put_csv(rows, delimiter=";")
    mapping = {"user": "Who", "item": "Film", "rating": "Mark", "time": "When"}
    found, _ = read_interactions(path, mapping=mapping, scale="ten", namespace="tmdb")
    assert told(found) == [("ada", "tmdb:603", "RATING", 4.0, 1617214500)]


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("tmdb_id", "603", "tmdb:603"),
        ("tmdbId", "603.0", "tmdb:603"),
        ("imdb_id", "tt0133093", "imdb:tt0133093"),
        ("imdbId", "133093", "imdb:tt0133093"),
        ("item", "movielens:2571", "movielens:2571"),
    ],
)
def test_the_column_tells_the_namespace(put_csv, column: str, value: str, expected: str) -> None:
    found, _ = read_interactions(put_csv([("user", column, "stars"), ("a", value, "4")]))
    assert found.item_ids == [expected]


def test_ids_of_nobody_need_a_namespace(put_csv) -> None:
    path = put_csv([("user", "item", "rating"), ("a", "x7", "4")])
    with pytest.raises(InputError, match="namespace="):
        read_interactions(path)
    assert read_interactions(path, namespace="mine")[0].item_ids == ["mine:x7"]


def test_json_lines_need_not_have_the_same_fields(put) -> None:
    lines: list[object] = [
        {"user": 1, "tmdb_id": 603, "kind": "Watch", "watched_at": "2021-03-31", "ids": {"a": 1}},
        {"user": 1, "tmdb_id": 603, "kind": "rating", "rating": 4.5},
        {"user": "b", "tmdb_id": 11, "kind": "HIDE", "rating": None},
    ]
    found, rejects = read_interactions(put("\n\n".join(map(json.dumps, lines))))
    assert told(found) == [
        ("1", "tmdb:603", "WATCH", None, 1617148800),
        ("1", "tmdb:603", "RATING", 4.5, NO_TIME),
        ("b", "tmdb:11", "HIDE", None, NO_TIME),
    ]
    assert rejects == []


def test_json_that_is_no_object_is_set_aside(put) -> None:
    good = '{"user": "a", "tmdb_id": 1, "rating": 4}'
    found, rejects = read_interactions(
        put(f'{good}\nnot JSON\n[1]\n{{"user": ["a", "b"], "tmdb_id": 1, "rating": 2}}\n')
    )
    assert len(found) == 1
    assert [(r.line, r.column) for r in rejects] == [(2, ""), (3, ""), (4, "user")]


def test_one_json_document_is_refused(put) -> None:
    with pytest.raises(SourceError, match="JSON lines"):
        read_interactions(put('[{"user": 1, "tmdb_id": 603, "rating": 3}]'))


def test_a_file_of_when_somebody_watched(put_csv) -> None:
    path = put_csv([("user", "tmdb_id", "watched_at"), ("a", "603", "1"), ("a", "603", "2")])
    loaded = load_interactions(path)
    assert [row[2:] for row in told(loaded.interactions)] == [
        ("WATCH", None, 1),
        ("WATCH", None, 2),
    ]
    assert loaded.scale is None


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        (("tmdb_id", "rating"), "user"),
        (("user", "rating"), "item"),
        (("user", "tmdb_id", "timestamp"), "neither ratings nor a kind"),
    ],
)
def test_what_a_file_must_tell(put_csv, header: tuple[str, ...], missing: str) -> None:
    with pytest.raises(InputError, match=missing):
        read_interactions(put_csv([header, ["1"] * len(header)]))


def test_a_mapping_that_leads_nowhere(put_csv) -> None:
    path = put_csv([("user", "tmdb_id", "rating"), ("a", "1", "4")])
    with pytest.raises(InputError, match="no field 'colour'"):
        read_interactions(path, mapping={"colour": "rating"})
    with pytest.raises(InputError, match="no column 'Mark'"):
        read_interactions(path, mapping={"rating": "Mark"})


def test_the_last_word_on_a_title_holds_and_watches_stay(put_csv) -> None:
    rows = [
        ("user", "tmdb_id", "kind", "rating", "time"),
        ("a", "1", "rating", "2", "9"),
        ("a", "1", "rating", "3", "5"),  # said before, though written later
        ("a", "2", "rating", "4", "7"),
        ("a", "2", "rating", "5", "7"),  # at the same time: the last in the file
        ("a", "1", "watch", "", "5"),
        ("a", "1", "watch", "", "5"),
        ("b", "3", "like", "", "5"),
        ("b", "3", "like", "", "6"),
    ]
    loaded = load_interactions(put_csv(rows))
    assert [row[1:] for row in told(loaded.interactions)] == [
        ("tmdb:1", "RATING", 2.0, 9),
        ("tmdb:2", "RATING", 5.0, 7),
        ("tmdb:1", "WATCH", None, 5),
        ("tmdb:1", "WATCH", None, 5),
        ("tmdb:3", "LIKE", None, 6),
    ]
    assert loaded.replaced == 3
    assert loaded.lines.tolist() == [2, 5, 6, 7, 9]


def test_folders(put) -> None:
    folder = put(MOVIELENS, "d/ratings").parent
    put("movieId,title,genres\n1,Toy Story (1995),Children\n", "d/movies")
    put("userId,movieId,tag,timestamp\n7,1,fun,5\n", "d/tags")
    put("userId,gender\n7,F\n", "d/users")
    put("Read me.\n", "d/README")
    assert told(read_interactions(folder)[0]) == RATED
    put(MOVIELENS, "d/more")
    with pytest.raises(InputError, match="several files"):
        read_interactions(folder)
    with pytest.raises(InputError, match="no file of interactions"):
        read_interactions(put("a,b\n1,2\n", "e/file").parent)
    with pytest.raises(InputError, match="no such file"):
        read_interactions(folder / "absent")


cells = st.sampled_from(["1", "2", "x", "", " ", "4", "0.5", "9", "a b", "-1", "nan"])


@given(st.lists(st.tuples(cells, cells, cells, cells), max_size=12))
@settings(max_examples=60, deadline=None)
def test_arrow_and_python_read_a_table_alike(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("alike")
    first = ("userId", "movieId", "rating", "timestamp")
    good = ("u", "5", "3", "8")
    lines = [",".join(row) for row in (first, good, *rows)]
    (folder / "plain").write_text("\n".join(lines) + "\n")
    # One quote anywhere leaves the whole file to Python.
    (folder / "quoted").write_text("\n".join([lines[0], '"u",5,3,8', *lines[2:]]) + "\n")
    fast, slow = (load_interactions(folder / name) for name in ("plain", "quoted"))
    assert told(fast.interactions) == told(slow.interactions)
    assert fast.lines.tolist() == slow.lines.tolist()
    assert [(r.line, r.column, r.value, r.reason) for r in fast.rejects] == [
        (r.line, r.column, r.value, r.reason) for r in slow.rejects
    ]
    assert len(fast.lines) + len(fast.rejects) + fast.replaced == 1 + sum(any(row) for row in rows)
