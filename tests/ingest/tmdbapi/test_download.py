"""A whole list: cut, read, kept, gone on with, put together."""

from __future__ import annotations

import asyncio
import datetime as dt
import errno
import json
import os
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matinee.errors import ConflictError, SettingsError, SourceError
from matinee.ingest.read import read_catalogue
from matinee.ingest.tmdbapi import Access, Downloaded, Limits, Manners, Wanted, download
from matinee.ingest.tmdbapi.checkpoint import Checkpoint, Done
from matinee.ingest.tmdbapi.client import Tmdb
from matinee.ingest.tmdbapi.state import State, read_state, state_path, write_state
from matinee.ingest.tmdbapi.windows import Window
from matinee.testing.fake_tmdb import FakeTmdb, Faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAST = Manners(rate=10_000, burst=100, first_wait=0.001, wait_seconds=5, request_seconds=5)
ALL = Wanted(first=dt.date(1900, 1, 1), last=dt.date(2026, 12, 31))
NEW_YEAR = dt.date(2000, 1, 1)
DAY = Wanted(first=NEW_YEAR, last=NEW_YEAR)
SMALL = Limits(target=100)


class KilledError(Exception):
    """Ends a run at some request, for a reason that nothing on the way knows of."""


class Counting(httpx2.AsyncHTTPTransport):
    """Counts requests by address without the key, and dies at one of them."""

    def __init__(self, asked: Counter[str], die_at: int | None = None) -> None:
        super().__init__(verify=False, trust_env=False)
        self.asked = asked
        self.left = die_at

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise KilledError
        answer = await super().handle_async_request(request)
        self.asked[str(request.url.copy_remove_param("api_key"))] += 1
        return answer


def fetch(
    fake: FakeTmdb,
    path: Path,
    wanted: Wanted = ALL,
    *,
    asked: Counter[str] | None = None,
    die_at: int | None = None,
    manners: Manners = FAST,
    **options: Any,
) -> Downloaded:
    async def run() -> Downloaded:
        transport = Counting(Counter() if asked is None else asked, die_at)
        access = Access(fake.key, fake.url)
        async with Tmdb(access, manners, transport=transport) as tmdb:
            return await download(tmdb, wanted, path, **{"limits": SMALL} | options)

    return asyncio.run(run())


def ids(path: Path) -> list[int]:
    return [json.loads(line)["id"] for line in path.read_bytes().splitlines()]


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeTmdb]:
    with FakeTmdb(films=700, series=150, seed=1) as server:
        yield server


@pytest.fixture(scope="module")
def whole(fake: FakeTmdb, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What an undisturbed download of all films gives."""
    path = tmp_path_factory.mktemp("whole") / "films.jsonl"
    fetch(fake, path)
    return path.read_bytes()


# What comes of it


@pytest.mark.parametrize("adult", [False, True])
@pytest.mark.parametrize("kind", ["film", "series"])
def test_each_title_once_and_in_order(
    fake: FakeTmdb, tmp_path: Path, adult: bool, kind: Any
) -> None:
    path = tmp_path / "titles.jsonl"
    wanted = Wanted(first=ALL.first, last=ALL.last, kind=kind, adult=adult)
    done = fetch(fake, path, wanted)
    of = "movie" if kind == "film" else "tv"
    assert ids(path) == sorted(fake.between(ALL.first, ALL.last, adult=adult, kind=of))
    assert done.titles == len(ids(path)) > 100
    assert (done.twice, done.warnings, done.kept_since) == (0, (), None)
    for line in path.read_bytes().splitlines():
        row = json.loads(line)
        assert row.pop("media_type") == of
        shown = fake.entry(row["id"], kind=of)
        assert row == {"first_air_date" if of == "tv" else "release_date": "", **shown}
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        ".titles.jsonl.state.json",
        "titles.jsonl",
    ]


def test_some_days_alone(fake: FakeTmdb, tmp_path: Path) -> None:
    wanted = Wanted(first=dt.date(1990, 1, 2), last=dt.date(2004, 12, 31))
    fetch(fake, tmp_path / "films.jsonl", wanted)
    assert ids(tmp_path / "films.jsonl") == sorted(fake.between(wanted.first, wanted.last))


def test_a_library_is_built_of_it(fake: FakeTmdb, tmp_path: Path, whole: bytes) -> None:
    (tmp_path / "films.jsonl").write_bytes(whole)
    wanted = Wanted(first=ALL.first, last=ALL.last, kind="series")
    fetch(fake, tmp_path / "series.jsonl", wanted)
    read = read_catalogue([tmp_path])
    films, series = ids(tmp_path / "films.jsonl"), ids(tmp_path / "series.jsonl")
    found = read.table.to_pylist()
    assert read.report.rejected == 0
    assert {row["id"] for row in found} <= (
        {f"tmdb:{n}" for n in films} | {f"tmdb-tv:{n}" for n in series}
    )
    assert Counter(row["kind"] for row in found).keys() == {"film", "series"}
    assert len(found) + read.report.merged == len(films) + len(series)
    assert read.report.merged < 5


def test_nothing_there(fake: FakeTmdb, tmp_path: Path) -> None:
    wanted = Wanted(first=dt.date(1800, 1, 1), last=dt.date(1810, 1, 1))
    done = fetch(fake, tmp_path / "none.jsonl", wanted)
    assert (tmp_path / "none.jsonl").read_bytes() == b""
    assert done.titles == 0
    assert "no such titles" in done.warnings[0]


def test_half_a_character_stays_readable(tmp_path: Path, make_shelf: Any, open_tmdb: Any,
                                         in_no_time: Any) -> None:  # fmt: skip
    shelf = make_shelf(3)
    shelf.rows[1]["title"] = "Half \ud83c of it"
    shelf.rows[1]["poster_path"] = "/x.jpg"
    path = tmp_path / "films.jsonl"
    in_no_time(on_shelf(open_tmdb(shelf), path))
    assert json.loads(path.read_bytes().splitlines()[1])["title"] == "Half \ud83c of it"
    assert read_catalogue([path]).report.rows == 3


# Past the limit of a list


@pytest.mark.extra
def test_a_day_with_more_than_can_be_paged_through(tmp_path: Path) -> None:
    """The real limit, and a day with more titles without votes than it."""
    with FakeTmdb(films=200, seed=2, crowded={NEW_YEAR: 22_000}, cap_total=True) as fake:
        asked: Counter[str] = Counter()
        done = fetch(fake, tmp_path / "films.jsonl", limits=Limits(), asked=asked)
        assert ids(tmp_path / "films.jsonl") == sorted(fake.between(ALL.first, ALL.last))
    assert done.titles > 20_000
    assert done.warnings == ()
    assert max(asked.values()) == 1


def on_shelf(tmdb: Tmdb, path: Path, **options: Any) -> Any:
    async def run() -> Downloaded:
        async with tmdb:
            return await download(tmdb, DAY, path, **options)

    return run()


class _Zero:
    """A shelf whose titles have no votes: there are none in windows that ask for some."""

    def __init__(self, shelf: Any) -> None:
        self.shelf = shelf

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if "vote_count.gte" in request.url.params:
            told = {"page": 1, "results": [], "total_results": 0, "total_pages": 0}
            return httpx2.Response(200, json=told)
        return await self.shelf(request)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("count", "shown", "had", "says"),
    [
        (10_000, None, 10_000, None),
        (10_000, 10_000, 10_000, None),
        (15_000, None, 15_000, None),
        (15_000, 10_000, 15_000, None),
        (20_000, None, 20_000, None),
        (23_000, None, 20_000, "has 3,000 more"),
        (23_000, 10_000, 20_000, "may have more"),
    ],
)
def test_what_cannot_be_cut_is_read_from_both_ends(
    count: int, shown: int | None, had: int, says: str | None,
    tmp_path: Path, make_shelf: Any, open_tmdb: Any, in_no_time: Any,
) -> None:  # fmt: skip
    shelf = make_shelf(count, shown=shown)
    path = tmp_path / "films.jsonl"
    done = in_no_time(on_shelf(open_tmdb(_Zero(shelf), FAST), path))
    expected = [n for n in range(1, count + 1) if n <= 10_000 or n > count - 10_000]
    assert ids(path) == expected
    assert done.titles == had
    if says is None:
        assert done.warnings == ()
    else:
        (warning,) = done.warnings
        assert says in warning
        assert warning.startswith("2000-01-01 with 0 votes: 20,000 titles")


def test_rows_that_move_while_they_are_read(tmp_path: Path) -> None:
    """Titles that come and change meanwhile: each that was there at the start is had, once."""
    for seed in range(3):
        faults = Faults(insert_every=4, lift_every=3, seed=seed)
        with FakeTmdb(films=600, seed=seed, faults=faults) as fake:
            before = fake.between(ALL.first, ALL.last)
            path = tmp_path / f"{seed}.jsonl"
            fetch(fake, path, limits=Limits())
            found = ids(path)
            assert found == sorted(set(found))
            assert before <= set(found)
            assert fake.inserted


@pytest.mark.parametrize("seed", range(3))
def test_titles_that_go_while_they_are_read(tmp_path: Path, seed: int) -> None:
    """What comes after one that goes moves up by one; none of those that stay is lost."""
    with FakeTmdb(films=900, seed=seed, faults=Faults(drop_every=3, seed=seed)) as fake:
        path = tmp_path / "films.jsonl"
        done = fetch(fake, path, limits=Limits())
        assert fake.between(ALL.first, ALL.last) <= set(ids(path))
        assert len(fake.dropped) > 10
        assert done.warnings == ()


def test_a_row_that_slips_from_page_to_page_is_caught_from_the_other_end(
    tmp_path: Path, make_shelf: Any, open_tmdb: Any, in_no_time: Any
) -> None:
    """A title goes while the list is read: the first of the next page moves up, unseen."""
    shelf = make_shelf(100)

    async def answer(request: httpx2.Request) -> httpx2.Response:
        if len(shelf.asked) == 2:
            del shelf.rows[5]
        return await shelf(request)  # type: ignore[no-any-return]

    path = tmp_path / "films.jsonl"
    done = in_no_time(on_shelf(open_tmdb(answer), path))
    assert ids(path) == list(range(1, 101))  # the one that went was seen before
    assert done.warnings == ()


def test_a_row_that_slips_while_as_many_come_as_go(
    tmp_path: Path, make_shelf: Any, open_tmdb: Any, in_no_time: Any
) -> None:
    """The number of rows is right; that the pages told different totals gives it away."""
    shelf = make_shelf(100)

    async def answer(request: httpx2.Request) -> httpx2.Response:
        asked = len(shelf.asked)
        if asked == 1:
            del shelf.rows[5]
        elif asked == 3:
            shelf.rows.append({"id": 101, "title": "Film 00101", "vote_average": 0.0})
        return await shelf(request)  # type: ignore[no-any-return]

    path = tmp_path / "films.jsonl"
    done = in_no_time(on_shelf(open_tmdb(answer, Manners(concurrency=1)), path))
    assert ids(path) == list(range(1, 102))
    assert done.warnings == ()


def test_a_title_that_is_in_two_windows_is_kept_once_as_it_was_last(tmp_path: Path) -> None:
    part, out = tmp_path / "x.part", tmp_path / "x"
    windows = [Window(NEW_YEAR, NEW_YEAR, n, n) for n in range(3)]
    with Checkpoint(part, DAY, "u") as kept:
        for n, window in enumerate(windows):
            rows = {7: b'{"id":7,"n":%d}' % n, 10 - n: b'{"id":%d}' % (10 - n)}
            kept.add(window, rows, Done(2))
        assert kept.write(out) == 4
    assert out.read_bytes().split(b"\n") == [
        b'{"id":7,"n":2}', b'{"id":8}', b'{"id":9}', b'{"id":10}', b""
    ]  # fmt: skip


# Stopped, and gone on with


@pytest.mark.parametrize("die_at", [0, 1, 2, 7, 20, 33])
def test_killed_and_gone_on_with(fake: FakeTmdb, whole: bytes, tmp_path: Path, die_at: int) -> None:
    asked: Counter[str] = Counter()
    path = tmp_path / "films.jsonl"
    with pytest.raises(KilledError):
        fetch(fake, path, asked=asked, die_at=die_at)
    assert not path.exists()
    done = fetch(fake, path, asked=asked)
    assert path.read_bytes() == whole
    assert max(asked.values()) <= 2
    today = dt.datetime.now(dt.UTC).date().isoformat()
    assert done.kept_since == (today if die_at else None)
    assert {file.name for file in tmp_path.iterdir()} == {"films.jsonl", state_path(path).name}


def test_killed_again_and_again(fake: FakeTmdb, whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "films.jsonl"
    rng = random.Random(3)
    kills = 0
    while True:
        try:
            done = fetch(fake, path, die_at=rng.randrange(25))
        except KilledError:
            kills += 1
        else:
            break
    assert kills > 2
    assert done.kept_windows > 0
    assert path.read_bytes() == whole


def test_what_was_kept_is_not_asked_for(fake: FakeTmdb, whole: bytes, tmp_path: Path) -> None:
    """As when it is killed between writing the file and deleting what was kept."""
    path = tmp_path / "films.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Checkpoint, "remove", lambda _: _raise(KilledError()))
        with pytest.raises(KilledError):
            fetch(fake, path)
    done = fetch(fake, path)
    assert done.requests == 0
    assert done.kept_windows == done.windows > 5
    assert path.read_bytes() == whole


@pytest.fixture(scope="module")
def checkpoint(fake: FakeTmdb, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What is kept when all windows are read."""
    path = tmp_path_factory.mktemp("kept") / "films.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Checkpoint, "write", lambda *_: _raise(KilledError()))
        with pytest.raises(KilledError):
            fetch(fake, path)
    return path.with_name("films.jsonl.part").read_bytes()


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.floats(0, 1))
def test_a_checkpoint_cut_anywhere(
    fake: FakeTmdb, whole: bytes, checkpoint: bytes, tmp_path: Path, share: float
) -> None:
    """Whatever of the end is lost, the rest is used and the same file comes of it."""
    path = tmp_path / "films.jsonl"
    head = checkpoint.index(b"\n") + 1
    cut = head + int(share * (len(checkpoint) - head))
    path.with_name("films.jsonl.part").write_bytes(checkpoint[:cut])
    done = fetch(fake, path)
    assert path.read_bytes() == whole
    assert done.warnings == ()
    assert done.kept_windows == checkpoint[:cut].count(b'\n{"at_least":') - (
        checkpoint[:cut].rfind(b'\n{"at_least":') > checkpoint[:cut].rfind(b"\n") - 1
    )


@pytest.mark.parametrize("damage", [b"\x00", b"}", b"\n", b"\xff"])
def test_a_damaged_checkpoint(
    fake: FakeTmdb, whole: bytes, checkpoint: bytes, tmp_path: Path, damage: bytes
) -> None:
    """What is before the damage is used, what is after it fetched again, and one is told."""
    path = tmp_path / "films.jsonl"
    middle = checkpoint.index(b'"id":', len(checkpoint) // 2)
    hurt = checkpoint[:middle] + damage + checkpoint[middle + 1 :]
    path.with_name("films.jsonl.part").write_bytes(hurt)
    done = fetch(fake, path)
    assert path.read_bytes() == whole
    assert 0 < done.kept_windows < done.windows
    assert "was damaged at line" in done.warnings[0]


@pytest.mark.parametrize(
    "other",
    [
        Wanted(first=ALL.first, last=dt.date(2025, 12, 31)),
        Wanted(first=ALL.first, last=ALL.last, adult=True),
        Wanted(first=ALL.first, last=ALL.last, kind="series"),
    ],
)
def test_what_was_kept_of_another_download(fake: FakeTmdb, tmp_path: Path, other: Wanted) -> None:
    path = tmp_path / "films.jsonl"
    with pytest.raises(KilledError):
        fetch(fake, path, die_at=20)
    before = path.with_name("films.jsonl.part").read_bytes()
    with pytest.raises(ConflictError, match="--restart"):
        fetch(fake, path, other)
    assert path.with_name("films.jsonl.part").read_bytes() == before
    done = fetch(fake, path, other, restart=True)
    assert (done.kept_windows, done.kept_since) == (0, None)


@pytest.mark.parametrize("content", [b"", b"title,year\nDust,1999\n", b'{"matinee": 1}\n', b"[]\n"])
def test_a_file_that_is_no_checkpoint_is_left_alone(
    fake: FakeTmdb, tmp_path: Path, content: bytes
) -> None:
    part = tmp_path / "films.jsonl.part"
    part.write_bytes(content)
    with pytest.raises(ConflictError, match="no unfinished download"):
        fetch(fake, tmp_path / "films.jsonl")
    assert part.read_bytes() == content


def test_two_at_once(fake: FakeTmdb, whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "films.jsonl"
    with (
        Checkpoint(tmp_path / "films.jsonl.part", ALL, fake.url),
        pytest.raises(ConflictError, match="Another process"),
    ):
        fetch(fake, path)
    fetch(fake, path)
    assert path.read_bytes() == whole


def test_an_older_file_stays_until_the_new_one_is_whole(fake: FakeTmdb, tmp_path: Path) -> None:
    path = tmp_path / "films.jsonl"
    path.write_text("older")
    with pytest.raises(KilledError):
        fetch(fake, path, die_at=30)
    assert path.read_text() == "older"
    fetch(fake, path)
    assert len(ids(path)) > 100


def test_a_full_disk(
    fake: FakeTmdb, whole: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "films.jsonl"
    synced = 0
    real = os.fsync

    def fsync(handle: int) -> None:
        nonlocal synced
        synced += 1
        if synced == 6:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(SourceError, match=r"No space left.*Free some room"):
        fetch(fake, path)
    assert fetch(fake, path).kept_windows > 0
    assert path.read_bytes() == whole


@pytest.mark.parametrize("where", ["a-folder", "a-file/films.jsonl"])
def test_where_no_file_can_be(fake: FakeTmdb, tmp_path: Path, where: str) -> None:
    (tmp_path / "a-folder").mkdir()
    (tmp_path / "a-file").touch()
    asked: Counter[str] = Counter()
    with pytest.raises(SourceError, match="--out"):
        fetch(fake, tmp_path / where, asked=asked)
    assert not asked


# What is known of it


def test_what_the_file_is_of_is_written_beside_it(fake: FakeTmdb, tmp_path: Path) -> None:
    path = tmp_path / "films.jsonl"
    wanted = Wanted(first=dt.date(1990, 1, 1), last=dt.date(1999, 12, 31), adult=True)
    before = dt.datetime.now(dt.UTC).date()
    fetch(fake, path, wanted)
    state = read_state(path)
    assert state is not None
    assert before <= state.day <= dt.datetime.now(dt.UTC).date()
    expected = State(
        kind="film", day=state.day, first=wanted.first, last=wanted.last, adult=True
    )  # fmt: skip
    assert state == expected


def test_a_download_that_goes_on_is_of_the_day_it_began(fake: FakeTmdb, tmp_path: Path) -> None:
    path = tmp_path / "films.jsonl"
    with pytest.raises(KilledError):
        fetch(fake, path, die_at=20)
    part = path.with_name("films.jsonl.part")
    head, _, rest = part.read_bytes().partition(b"\n")
    told = json.loads(head) | {"begun": "2026-01-05"}
    part.write_bytes(json.dumps(told).encode() + b"\n" + rest)
    assert fetch(fake, path).kept_since == "2026-01-05"
    state = read_state(path)
    assert state is not None
    assert state.day == dt.date(2026, 1, 5)


def test_what_is_known_of_another_file_goes_before_the_new_one_comes(
    fake: FakeTmdb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "films.jsonl"
    write_state(path, State(kind="series", day=NEW_YEAR))
    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "write", lambda *_: _raise(KilledError()))
        with pytest.raises(KilledError):
            fetch(fake, path)
    assert read_state(path) is None
    fetch(fake, path)
    assert read_state(path) is not None


# A server that misbehaves


def test_faults_of_all_kinds(whole: bytes, tmp_path: Path) -> None:
    faults = Faults(
        failing=0.1, garbled=0.1, cut=0.1, too_many_every=17, retry_after="0", times=2, seed=4
    )
    with FakeTmdb(films=700, series=150, seed=1, faults=faults) as bad:
        done = fetch(bad, tmp_path / "films.jsonl")
        assert (tmp_path / "films.jsonl").read_bytes() == whole
        assert done.refusals == bad.refused > 0
        assert max(bad.counts.served.values()) == 1


@pytest.mark.parametrize("fault", ["failing", "garbled", "cut"])
def test_a_server_that_is_down_for_a_while(whole: bytes, tmp_path: Path, fault: str) -> None:
    """What was fetched before is not fetched again."""
    path = tmp_path / "films.jsonl"
    with FakeTmdb(films=700, seed=1) as fake:
        url, asked = fake.url, Counter[str]()
        with pytest.raises(KilledError):
            fetch(fake, path, asked=asked, die_at=30)
        kept = path.with_name("films.jsonl.part").read_bytes()
        port = int(url.split(":")[2].split("/")[0])
    with FakeTmdb(films=700, seed=1, port=port, faults=Faults(**{fault: 1.0})) as down:
        with pytest.raises(SourceError, match=r"6 requests for the same failed.* are kept in "):
            fetch(down, path)
        assert path.with_name("films.jsonl.part").read_bytes().startswith(kept)
    with FakeTmdb(films=700, seed=1, port=port) as fake:
        fetch(fake, path, asked=asked)
        assert path.read_bytes() == whole
        assert max(asked.values()) <= 2


def test_a_key_that_is_refused(fake: FakeTmdb, tmp_path: Path) -> None:
    async def run() -> None:
        async with Tmdb(Access("e" * 32, fake.url), FAST) as tmdb:
            await download(tmdb, ALL, tmp_path / "films.jsonl")

    with pytest.raises(SettingsError, match="does not accept the key"):
        asyncio.run(run())
    assert not list(tmp_path.iterdir())


def test_the_key_is_in_no_file(fake: FakeTmdb, tmp_path: Path) -> None:
    with pytest.raises(KilledError):
        fetch(fake, tmp_path / "films.jsonl", die_at=30)
    files = list(tmp_path.iterdir())
    assert any(file.stat().st_size for file in files)
    assert not any(fake.key.encode() in file.read_bytes() for file in files)


# How long it takes


MONTHS = Wanted(first=NEW_YEAR, last=NEW_YEAR + dt.timedelta(63))


def each_day(make_shelf: Any, count: int) -> tuple[Any, list[float]]:
    """Return a TMDb with so many titles a day that answers after 150 ms, and when it was asked."""
    moments: list[float] = []
    shelves: dict[tuple[dt.date, dt.date], Any] = {}

    async def answer(request: httpx2.Request) -> httpx2.Response:
        ends = [dt.date.fromisoformat(v) for k, v in request.url.params.items() if "date." in k]
        first, last = min(ends), max(ends)
        if (first, last) not in shelves:
            shelf = shelves[first, last] = make_shelf(count * ((last - first).days + 1))
            for row in shelf.rows:
                row["id"] += count * (first - NEW_YEAR).days
            shelf.latency, shelf.moments = 0.15, moments
        return await shelves[first, last](request)  # type: ignore[no-any-return]

    return answer, moments


def test_as_fast_as_is_allowed(
    tmp_path: Path, make_shelf: Any, open_tmdb: Any, in_no_time: Any
) -> None:
    """Within a tenth of the rate, also where windows are cut."""
    answer, moments = each_day(make_shelf, 140)

    async def run() -> Downloaded:
        async with open_tmdb(answer) as tmdb:
            limits = Limits(target=1_500)
            return await download(tmdb, MONTHS, tmp_path / "films.jsonl", limits=limits)

    done = in_no_time(run())
    assert ids(tmp_path / "films.jsonl") == list(range(1, 64 * 140 + 1))
    assert done.requests == len(moments) > 450
    assert done.requests / (moments[-1] - moments[0]) > 0.9 * 35
    for start in moments:
        assert sum(start <= moment < start + 1 for moment in moments) <= 40


def test_a_deadline(tmp_path: Path, make_shelf: Any, open_tmdb: Any, in_no_time: Any) -> None:
    answer, moments = each_day(make_shelf, 140)
    path = tmp_path / "films.jsonl"

    async def run(deadline: float | None) -> Downloaded:
        moments.append(asyncio.get_running_loop().time())
        async with open_tmdb(answer) as tmdb:
            return await download(tmdb, MONTHS, path, deadline=deadline)

    with pytest.raises(SourceError, match=r"not done after 8 seconds.* are kept in .*to go on"):
        in_no_time(run(8.0))
    assert moments[-1] < moments[0] + 8.1
    assert not path.exists()
    assert in_no_time(run(None)).kept_windows > 0
    assert ids(path) == list(range(1, 64 * 140 + 1))


def test_a_deadline_before_the_first_window(
    tmp_path: Path, make_shelf: Any, open_tmdb: Any, in_no_time: Any
) -> None:
    answer, _ = each_day(make_shelf, 1)

    async def run() -> Downloaded:
        async with open_tmdb(answer) as tmdb:
            return await download(tmdb, MONTHS, tmp_path / "films.jsonl", deadline=0.1)

    with pytest.raises(SourceError, match="no window was read whole"):
        in_no_time(run())
    assert not list(tmp_path.iterdir())


def test_progress(fake: FakeTmdb, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    done = fetch(fake, tmp_path / "f.jsonl", progress=lambda *step: told.append(step))
    counts = [count for _, count, _ in told]
    assert counts == sorted(counts)
    assert told[-1][1:] == (done.titles, done.titles)
    assert all(count < total for _, count, total in told[:-1])
    assert {total for _, _, total in told[2:-1]} <= {done.titles, done.titles + 1}


def _raise(error: BaseException) -> Any:
    raise error
