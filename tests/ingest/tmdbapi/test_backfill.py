"""Details: fetched for the rows that lack them, kept, gone on with, built from."""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib
import json
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from matinee.errors import ConflictError, InputError, SettingsError, SourceError
from matinee.ingest.read import read_catalogue
from matinee.ingest.tmdbapi import NEEDS, Access, Manners, Wanted, backfill, download
from matinee.ingest.tmdbapi.checkpoint import Checkpoint
from matinee.ingest.tmdbapi.client import Tmdb
from matinee.ingest.tmdbapi.details import read_details
from matinee.ingest.tmdbapi.details_kept import Kept
from matinee.ingest.tmdbapi.state import read_state, state_path
from matinee.ingest.tmdbapi.windows import Window
from matinee.testing.fake_tmdb import ODD, FakeTmdb, Faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from matinee.ingest.tmdbapi import Backfilled

FIRST, LAST = dt.date(1900, 1, 1), dt.date(2026, 12, 31)
FILMS = 45
OF_FILM = ("credits", "runtime", "keywords", "release_dates", "external_ids")
OF_SERIES = ("credits", "episode_run_time", "keywords", "content_ratings", "external_ids")


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeTmdb]:
    with FakeTmdb(films=FILMS, series=40, seed=1) as server:
        yield server


@pytest.fixture(scope="module")
def fill(on: Any) -> Callable[..., Backfilled]:
    def run(fake: FakeTmdb, path: Path, *, asked: Any = None, die_at: int | None = None,
            **options: Any) -> Any:  # fmt: skip
        return on(fake, lambda tmdb: backfill(tmdb, path, **options), asked=asked, die_at=die_at)

    return run


@pytest.fixture(scope="module")
def downloaded(fake: FakeTmdb, tmp_path_factory: pytest.TempPathFactory, on: Any) -> Path:
    path = tmp_path_factory.mktemp("downloaded") / "films.jsonl"
    on(fake, lambda tmdb: download(tmdb, Wanted(first=FIRST, last=LAST), path))
    return path


@pytest.fixture(scope="module")
def whole(fake: FakeTmdb, downloaded: Path, fill: Any) -> bytes:
    """What an undisturbed backfill gives."""
    out = downloaded.with_name("whole.jsonl")
    fill(fake, downloaded, out=out)
    return out.read_bytes()


@pytest.fixture
def films(downloaded: Path, tmp_path: Path) -> Path:
    """A file as a download writes it."""
    path = tmp_path / "films.jsonl"
    path.write_bytes(downloaded.read_bytes())
    state_path(path).write_bytes(state_path(downloaded).read_bytes())
    return path


def objects(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


# What comes of it


def test_each_row_has_all_that_tmdb_knows(fake: FakeTmdb, films: Path, fill: Any) -> None:
    before = objects(films)
    asked: Counter[str] = Counter()
    done = fill(fake, films, asked=asked)
    after = objects(films)
    assert [row["id"] for row in after] == [row["id"] for row in before]
    for row in after:
        details = fake.details(row["id"])
        assert row == {"release_date": "", **details, "media_type": "movie"}
    assert asked == {f"/3/movie/{row['id']}": 1 for row in before} | {"/3/configuration": 1}
    assert (done.rows, done.filled, done.gone, done.kept) == (len(before), len(before), (), 0)
    assert (done.kept_since, done.warnings, done.path) == (None, (), films)
    assert {each.name for each in films.parent.iterdir()} == {films.name, state_path(films).name}


def test_series_too(fake: FakeTmdb, tmp_path: Path, on: Any, fill: Any) -> None:
    path = tmp_path / "series.jsonl"
    wanted = Wanted(first=FIRST, last=LAST, kind="series")
    on(fake, lambda tmdb: download(tmdb, wanted, path))
    fill(fake, path)
    for row in objects(path):
        details = fake.details(row["id"], kind="tv")
        assert row == {"first_air_date": "", **details, "media_type": "tv"}
        assert set(OF_SERIES) < set(row)
    read = read_catalogue([path]).table.to_pylist()
    assert {row["kind"] for row in read} == {"series"}
    assert sum(bool(row["cast"]) for row in read) > len(read) / 2


def test_films_and_series_in_one_file(fake: FakeTmdb, tmp_path: Path, fill: Any) -> None:
    path = tmp_path / "both.jsonl"
    film, series = max(fake.films), max(fake.series)
    rows = [{"media_type": "tv", **fake.entry(series, kind="tv")}, fake.entry(film)]
    write(path, rows)
    fill(fake, path)
    assert [set(row) >= {"credits"} for row in objects(path)] == [True, True]
    assert objects(path)[0]["content_ratings"]["results"] is not None


def test_what_was_asked_for_is_never_asked_for_again(
    fake: FakeTmdb, films: Path, fill: Any
) -> None:
    """Also where TMDb has nobody in the cast, no keywords, and no runtime."""
    fill(fake, films)
    before = films.read_bytes()
    empty = next(row for row in objects(films) if row["id"] == ODD["no_people"])
    assert empty["credits"] == {"cast": [], "crew": []}
    unknown = next(row for row in objects(films) if row["id"] == ODD["null_runtime"])
    assert unknown["runtime"] is None
    asked: Counter[str] = Counter()
    done = fill(fake, films, asked=asked)
    assert not asked
    assert (done.filled, done.requests) == (0, 0)
    assert films.read_bytes() == before


def test_only_rows_that_lack_something(fake: FakeTmdb, films: Path, fill: Any) -> None:
    fill(fake, films)
    rows = objects(films)
    for place, key in enumerate(OF_FILM, 3):
        del rows[place][key]
    write(films, rows)
    asked: Counter[str] = Counter()
    assert fill(fake, films, asked=asked).filled == 5
    numbers = {int(path.rpartition("/")[2]) for path in asked if "movie" in path}
    assert numbers == {row["id"] for row in rows[3:8]}
    assert all(set(OF_FILM) <= set(row) for row in objects(films))


@pytest.mark.parametrize(("need", "key"), list(zip(NEEDS, OF_FILM, strict=True)))
def test_only_what_is_needed(fake: FakeTmdb, films: Path, fill: Any, need: str, key: str) -> None:
    rows = [row | {key: None} for row in objects(films)]
    first = rows[0]["id"]
    del rows[0][key]
    write(films, rows)
    asked: Counter[str] = Counter()
    assert fill(fake, films, needs=[need], asked=asked).filled == 1
    assert set(asked) == {"/3/configuration", f"/3/movie/{first}"}


def test_rows_that_are_left_alone_stay_byte_for_byte(
    fake: FakeTmdb, tmp_path: Path, fill: Any
) -> None:
    number = max(fake.films)
    whole = {**fake.details(number), "mine": "1 \u00e9"}
    bare = {"id": number - 1, **fake.entry(number)} | {"id": number, "mine": [1]}
    path = tmp_path / "films.jsonl"
    line = json.dumps(whole, indent=None, separators=(" , ", " : "))
    path.write_text(line + "\r\n\n" + json.dumps(bare))
    fill(fake, path)
    lines = path.read_text().split("\n")
    assert lines[0] == line
    filled = json.loads(lines[1])
    assert filled["mine"] == [1]
    assert filled["credits"] == fake.details(number)["credits"]
    assert "genre_ids" not in filled
    assert lines[2:] == [""]


def test_a_film_that_is_in_the_file_twice_is_asked_for_once(
    fake: FakeTmdb, tmp_path: Path, fill: Any
) -> None:
    path = tmp_path / "films.jsonl"
    write(path, [fake.entry(max(fake.films))] * 2)
    asked: Counter[str] = Counter()
    done = fill(fake, path, asked=asked)
    assert done.filled == done.rows == 2
    assert asked.total() == 2
    assert objects(path)[0] == objects(path)[1]


def test_a_film_that_tmdb_has_no_more_keeps_its_row(tmp_path: Path, on: Any, fill: Any) -> None:
    path = tmp_path / "films.jsonl"
    with FakeTmdb(films=40, seed=2) as fake:
        on(fake, lambda tmdb: download(tmdb, Wanted(first=FIRST, last=LAST), path))
        before = {row["id"]: row for row in objects(path)}
        gone = sorted(before)[-3:-1]
        for number in gone:
            fake.remove(number)
        done = fill(fake, path)
    assert done.gone == tuple(gone)
    assert done.filled == len(before) - 2
    assert done.warnings == (
        f"TMDb has 2 of the titles no more, their rows stay: {gone[0]}, {gone[1]}",
    )
    after = {row["id"]: row for row in objects(path)}
    assert list(after) == sorted(before)
    assert [after[number] for number in gone] == [before[number] for number in gone]


def test_a_library_is_built_of_it(fake: FakeTmdb, films: Path, fill: Any) -> None:
    fill(fake, films)
    read = read_catalogue([films.parent])
    assert (read.report.rejected, read.report.warnings) == (0, ())
    assert [each.path for each in read.report.files] == [str(films)]
    found = {row["id"]: row for row in read.table.to_pylist()}
    filled = Counter(
        name
        for row in found.values()
        for name in ("cast", "directors", "writers", "keywords", "runtime", "certification")
        if row[name]
    )
    assert min(filled.values()) > len(found) / 4
    assert len(filled) == 6
    numbers = [number for number in fake.between(FIRST, LAST) if number > 1_000]
    assert len(numbers) > 20
    for number in numbers:
        row, details = found[f"tmdb:{number}"], fake.details(number)
        assert list(row["cast"]) == [each["name"] for each in details["credits"]["cast"]]
        assert list(row["keywords"]) == [k["name"] for k in details["keywords"]["keywords"]]
        assert details["external_ids"]["imdb_id"] in [i.partition(":")[2] for i in row["ids"]]
        assert row["runtime"] == (details["runtime"] or None)


def test_a_name_with_a_comma_stays_one_name(tmp_path: Path, on: Any, fill: Any) -> None:
    path = tmp_path / "films.jsonl"
    people = ("Robert Downey, Jr.", "Cuba Gooding, Jr.", "Lindqvist, Tamsin")
    with FakeTmdb(films=40, seed=2) as fake:
        number = max(fake.between(FIRST, LAST))
        fake.change(number, _people=people)
        on(fake, lambda tmdb: download(tmdb, Wanted(first=FIRST, last=LAST), path))
        fill(fake, path)
    found = {row["id"]: row for row in read_catalogue([path]).table.to_pylist()}
    row = found[f"tmdb:{number}"]
    assert row["cast"] == list(people)
    assert row["directors"] == ["Lindqvist, Tamsin"]
    assert row["writers"] == ["Cuba Gooding, Jr."]
    assert found[f"tmdb:{ODD['comma']}"]["cast"][0] == "Ambrose Halloway, Jr."


def test_to_another_file(fake: FakeTmdb, films: Path, fill: Any, whole: bytes) -> None:
    before = films.read_bytes()
    out = films.with_name("filled.jsonl")
    assert fill(fake, films, out=out).path == out
    assert films.read_bytes() == before
    assert out.read_bytes() == whole
    assert read_state(out) == read_state(films) is not None


def test_what_is_known_of_a_file_is_not_left_to_another(
    fake: FakeTmdb, films: Path, tmp_path: Path, fill: Any
) -> None:
    other = tmp_path / "mine.jsonl"
    write(other, [fake.entry(max(fake.films))])
    fill(fake, other, out=films)
    assert read_state(films) is None


def test_progress(fake: FakeTmdb, films: Path, fill: Any) -> None:
    told: list[tuple[str, int, int]] = []
    done = fill(fake, films, progress=lambda *step: told.append(step))
    assert told == [("Fetching details", n, done.rows) for n in range(done.rows + 1)]


# Stopped, and gone on with


@pytest.mark.parametrize("die_at", [0, 1, 7, 20, 40])
def test_killed_and_gone_on_with(
    fake: FakeTmdb, films: Path, fill: Any, whole: bytes, die_at: int
) -> None:
    before = films.read_bytes()
    asked: Counter[str] = Counter()
    with pytest.raises(RuntimeError, match="killed"):
        fill(fake, films, asked=asked, die_at=die_at)
    assert films.read_bytes() == before
    again: Counter[str] = Counter()
    done = fill(fake, films, asked=again)
    assert films.read_bytes() == whole
    del asked["/3/configuration"], again["/3/configuration"]
    assert max((asked + again).values()) <= 2
    twice = (asked + again).total() - done.rows
    assert 0 <= twice <= Manners().concurrency, "no more than were under way are fetched again"
    assert done.kept == asked.total() - twice
    assert (done.kept_since is None) == (done.kept == 0)
    assert {each.name for each in films.parent.iterdir()} == {films.name, state_path(films).name}


def test_killed_again_and_again(fake: FakeTmdb, films: Path, fill: Any, whole: bytes) -> None:
    rng, kills = random.Random(3), 0
    while films.read_bytes() != whole:
        try:
            fill(fake, films, die_at=rng.randrange(25))
        except RuntimeError:
            kills += 1
    assert kills > 2


def test_killed_before_what_was_kept_is_deleted(
    fake: FakeTmdb, films: Path, fill: Any, whole: bytes
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Kept, "remove", _killed)
        with pytest.raises(RuntimeError, match="killed"):
            fill(fake, films)
    assert films.read_bytes() == whole
    assert fill(fake, films).requests == 0
    assert films.read_bytes() == whole
    assert not films.with_name("films.jsonl.part").exists()


def _killed(_: Any) -> None:
    raise RuntimeError("killed")


@pytest.fixture
def part(fake: FakeTmdb, films: Path, fill: Any) -> Path:
    """What is kept once all is fetched."""
    with pytest.MonkeyPatch.context() as patch:
        # The package has a function under the name of the module.
        module = importlib.import_module("matinee.ingest.tmdbapi.backfill")
        patch.setattr(module, "write_whole", lambda *_: _killed(_))
        with pytest.raises(RuntimeError, match="killed"):
            fill(fake, films)
    return films.with_name("films.jsonl.part")


@pytest.mark.parametrize("share", [0.0, 0.31, 0.5, 0.77, 0.9999])
def test_cut_anywhere(
    fake: FakeTmdb, films: Path, fill: Any, whole: bytes, part: Path, share: float
) -> None:
    """A line half written is fetched again, and no more than that."""
    kept = part.read_bytes()
    head = kept.index(b"\n") + 1
    cut = kept[: head + int(share * (len(kept) - head))]
    part.write_bytes(cut)
    done = fill(fake, films)
    assert films.read_bytes() == whole
    assert done.kept == cut.count(b"\n") - 1
    assert done.warnings == ()


@pytest.mark.parametrize("damage", [b"\x00", b"}", b"\n", b"\xff"])
def test_damaged(
    fake: FakeTmdb, films: Path, fill: Any, whole: bytes, part: Path, damage: bytes
) -> None:
    kept = part.read_bytes()
    middle = kept.index(b'"kind"', len(kept) // 2)
    part.write_bytes(kept[:middle] + damage + kept[middle + 1 :])
    done = fill(fake, films)
    assert films.read_bytes() == whole
    assert 0 < done.kept < done.rows
    assert "was damaged at line" in done.warnings[0]


@pytest.mark.parametrize(
    "line",
    [
        {"id": 7, "kind": "film"},
        {"id": 7, "kind": "film", "left": "soon"},
        {"id": 7, "kind": "film", "row": []},
        {"id": -7, "kind": "film", "row": {}},
        {"id": 7, "kind": "book", "row": {}},
    ],
)
def test_a_line_that_is_no_title(tmp_path: Path, line: dict[str, Any]) -> None:
    path = tmp_path / "x.part"
    with Kept(path, {"matinee": "tmdb backfill"}) as kept:
        kept.add(("film", 5), {"a": 1})
    with path.open("a") as file:
        file.write(json.dumps(line) + "\n")
    with Kept(path, {"matinee": "tmdb backfill"}) as kept:
        assert len(kept) == 1
        assert kept.get(("film", 5)) == {"a": 1}
        assert kept.get(("series", 5)) is None
        kept.add(("series", 5), "gone")
        assert kept.get(("film", 5)) == {"a": 1}
        assert kept.get(("series", 5)) == "gone"


def test_each_batch_is_flushed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []
    with Kept(tmp_path / "x.part", {"matinee": "tmdb backfill"}, batch=4) as kept:
        monkeypatch.setattr("os.fsync", lambda _: flushed.append(len(kept) + 1))
        for number in range(1, 11):
            kept.add(("film", number), {})
        assert flushed == [4, 8]


def test_two_at_once(fake: FakeTmdb, films: Path, fill: Any) -> None:
    with (
        Kept(films.with_name("films.jsonl.part"), {"matinee": "tmdb backfill"}),
        pytest.raises(ConflictError, match="Another process"),
    ):
        fill(fake, films)


def test_what_another_command_has_begun_is_left_alone(
    fake: FakeTmdb, films: Path, fill: Any
) -> None:
    part = films.with_name("films.jsonl.part")
    with Checkpoint(part, Wanted(first=FIRST, last=LAST), fake.url) as begun:
        begun.split(Window(FIRST, LAST), 7)
    before = part.read_bytes()
    with pytest.raises(ConflictError, match="of tmdb download, not of tmdb backfill"):
        fill(fake, films)
    assert part.read_bytes() == before
    fill(fake, films, restart=True)
    assert not part.exists()


def test_from_another_address(fake: FakeTmdb, films: Path, fill: Any, part: Path) -> None:
    with FakeTmdb(films=FILMS, seed=1) as other, pytest.raises(ConflictError, match="--restart"):
        fill(other, films)
    assert part.exists()


# What goes wrong


def test_faults_of_all_kinds(films: Path, fill: Any, whole: bytes) -> None:
    faults = Faults(
        failing=0.1, garbled=0.1, cut=0.1, too_many_every=17, retry_after="0", times=2, seed=4
    )
    with FakeTmdb(films=FILMS, series=40, seed=1, faults=faults) as bad:
        done = fill(bad, films)
        assert films.read_bytes() == whole
        assert done.refusals == bad.refused > 0
        assert max(bad.counts.served.values()) == 1


def test_a_server_that_goes_down(fake: FakeTmdb, films: Path, fill: Any) -> None:
    with (
        FakeTmdb(films=FILMS, seed=1, faults=Faults(failing=1.0, after=30)) as down,
        pytest.raises(SourceError, match=r"6 requests for the same failed.* titles are kept in "),
    ):
        fill(down, films)
    assert films.with_name("films.jsonl.part").read_bytes().count(b"\n") > 10


def test_a_deadline(tmp_path: Path, open_tmdb: Any, in_no_time: Any, fake: FakeTmdb) -> None:
    path = tmp_path / "films.jsonl"
    write(path, [fake.entry(number) for number in sorted(fake.films)])

    async def answer(request: httpx2.Request) -> httpx2.Response:
        await asyncio.sleep(1)
        number = request.url.path.rpartition("/")[2]
        told = fake.details(int(number)) if number.isdecimal() else {}
        return httpx2.Response(200, content=json.dumps(told).encode())

    async def run(deadline: float | None) -> Backfilled:
        async with open_tmdb(answer) as tmdb:
            return await backfill(tmdb, path, deadline=deadline)

    with pytest.raises(
        SourceError, match=r"not done after 3.4 seconds.*\d\d titles are kept in .*again"
    ):
        in_no_time(run(3.4))
    done = in_no_time(run(None))
    assert 0 < done.kept < done.filled == FILMS


def test_as_fast_as_is_allowed(
    tmp_path: Path, open_tmdb: Any, in_no_time: Any, fake: FakeTmdb
) -> None:
    """Within a tenth of the rate."""
    path = tmp_path / "films.jsonl"
    number = max(fake.films)
    row, details = fake.entry(number), fake.details(number)
    write(path, [row | {"id": n} for n in range(1, 501)])
    moments: list[float] = []

    async def answer(request: httpx2.Request) -> httpx2.Response:
        moments.append(asyncio.get_running_loop().time())
        await asyncio.sleep(0.15)
        asked = request.url.path.rpartition("/")[2]
        told = details | {"id": int(asked) if asked.isdecimal() else 0}
        return httpx2.Response(200, content=json.dumps(told).encode())

    async def run() -> Backfilled:
        async with open_tmdb(answer) as tmdb:
            return await backfill(tmdb, path)

    done = in_no_time(run())
    assert done.requests == len(moments) == 501
    assert done.requests / (moments[-1] - moments[0]) > 0.9 * 35


def test_a_key_that_is_refused(fake: FakeTmdb, films: Path) -> None:
    async def run() -> None:
        async with Tmdb(Access("e" * 32, fake.url)) as tmdb:
            await backfill(tmdb, films)

    with pytest.raises(SettingsError, match="does not accept the key"):
        asyncio.run(run())
    assert not films.with_name("films.jsonl.part").exists()


def test_an_address_where_nothing_is_takes_no_title_for_gone(fake: FakeTmdb, films: Path) -> None:
    before = films.read_bytes()

    async def run() -> None:
        async with Tmdb(Access(fake.key, fake.url.replace("/3", "/4"))) as tmdb:
            await backfill(tmdb, films)

    with pytest.raises(SourceError, match="not the address of TMDb"):
        asyncio.run(run())
    assert films.read_bytes() == before


def test_the_key_is_in_no_file(fake: FakeTmdb, films: Path, fill: Any) -> None:
    with pytest.raises(RuntimeError, match="killed"):
        fill(fake, films, die_at=25)
    files = [each for each in films.parent.iterdir() if each.is_file()]
    assert len(files) > 2
    assert not any(fake.key.encode() in each.read_bytes() for each in files)


@pytest.mark.parametrize(
    "line",
    [
        "title,year",
        "[]",
        "{}",
        '{"id": 1, "title": "Heat", "year": 1995}',
        '{"id": "tt1", "title": "Heat", "release_date": "", "poster_path": "", "vote_average": 0}',
        '{"id": true, "title": "Heat", "release_date": "", "poster_path": "", "vote_average": 0}',
        '{"id": 0, "title": "Heat", "release_date": "", "poster_path": "", "vote_average": 0}',
        '{"id": 1, "title": "Heat", "release_date": "", "poster_path": "", "vote_average": NaN}',
        "[" * 100_000,
        "\xff",
    ],
)
def test_a_line_that_is_none_of_tmdb(fake: FakeTmdb, tmp_path: Path, fill: Any, line: str) -> None:
    path = tmp_path / "films.jsonl"
    data = json.dumps(fake.entry(max(fake.films))).encode() + b"\n" + line.encode("latin-1")
    path.write_bytes(data)
    asked: Counter[str] = Counter()
    with pytest.raises(SourceError, match=r"no title as TMDb.*line 2.*matinee tmdb download"):
        fill(fake, path, asked=asked)
    assert not asked
    assert path.read_bytes() == data


def test_no_file(fake: FakeTmdb, tmp_path: Path, fill: Any) -> None:
    with pytest.raises(SourceError, match=r"cannot be read.*No such file"):
        fill(fake, tmp_path / "films.jsonl")
    assert not list(tmp_path.iterdir())


def test_into_a_folder(fake: FakeTmdb, films: Path, fill: Any) -> None:
    with pytest.raises(SourceError, match=r"is a folder.*--out"):
        fill(fake, films, out=films.parent)


def test_something_needed_that_there_is_not(fake: FakeTmdb, films: Path, fill: Any) -> None:
    with pytest.raises(InputError, match=r"no 'trailer' to fetch .*certification or ids"):
        fill(fake, films, needs=["credits", "trailer"])


def test_an_empty_file(fake: FakeTmdb, tmp_path: Path, fill: Any) -> None:
    path = tmp_path / "none.jsonl"
    path.touch()
    done = fill(fake, path)
    assert (done.rows, done.requests, path.read_bytes()) == (0, 0, b"")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": 8}, "title 8 where"),
        ({"credits": None}, "lacks credits"),
        ({"keywords": []}, "lacks keywords"),
    ],
)
def test_an_answer_that_is_not_what_was_asked_for(
    fake: FakeTmdb, change: dict[str, Any], says: str
) -> None:
    number = max(fake.films)
    with pytest.raises(ValueError, match=says):
        read_details(fake.details(number) | change, kind="film", number=number)


def test_a_series_without_a_runtime_is_remembered(fake: FakeTmdb) -> None:
    number = max(fake.series)
    details = fake.details(number, kind="tv")
    del details["episode_run_time"]
    assert read_details(details, kind="series", number=number)["episode_run_time"] is None


def test_no_folder_is_made_for_a_file_that_is_not_there(
    fake: FakeTmdb, tmp_path: Path, fill: Any
) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        fill(fake, tmp_path / "flims" / "films.jsonl")
    assert not list(tmp_path.iterdir())
