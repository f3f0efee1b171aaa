"""A download from a TMDb that refuses, fails, stalls and moves; downloads and backfills killed."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import random
import subprocess
import sys
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from matinee.errors import SettingsError, SourceError
from matinee.ingest.tmdbapi import Access, Downloaded, Limits, Manners, Wanted, download
from matinee.ingest.tmdbapi.client import Tmdb
from matinee.ingest.tmdbapi.state import state_path
from matinee.testing.fake_tmdb import KEY, TODAY, FakeTmdb, Faults

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.types import Kind

FIRST = dt.date(1800, 1, 1)
FAST = Manners(rate=10_000, first_wait=0.001)
"""No pause of ours, where what TMDb does is looked at."""
CONCURRENCY = Manners().concurrency


class Clock:
    """Time that passes when somebody waits, for the client and the server alike.

    Those who wait at once wait side by side.
    """

    def __init__(self) -> None:
        self.time = 1_000.0
        self.longest = 0.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        until = self.time + seconds
        self.longest = max(self.longest, seconds)
        await asyncio.sleep(0)
        self.time = max(self.time, until)


def fetch(
    tmdb: FakeTmdb,
    path: Path,
    manners: Manners = FAST,
    *,
    clock: Clock | None = None,
    kind: Kind = "film",
    limits: Limits | None = None,
    deadline: float | None = None,
) -> Downloaded:
    """Download all there is of a kind, adult titles too."""
    timing: dict[str, Any] = {} if clock is None else {"now": clock.now, "sleep": clock.sleep}
    wanted = Wanted(first=FIRST, last=TODAY, kind=kind, adult=True)

    async def run() -> Downloaded:
        access = Access(tmdb.key, tmdb.url)
        async with Tmdb(access, manners, rng=random.Random(1), **timing) as client:
            return await download(client, wanted, path, limits=limits, deadline=deadline)

    return asyncio.run(run())


def rows_of(path: Path) -> dict[int, dict[str, Any]]:
    lines = path.read_text(encoding="utf-8").split("\n")
    rows = [json.loads(line) for line in lines if line]
    found = {row["id"]: row for row in rows}
    assert len(found) == len(rows), "a title is in the file twice"
    return found


def assert_the_truth(path: Path, tmdb: FakeTmdb, kind: Kind = "film") -> None:
    """Check the file row for row against what the server has."""
    told = "movie" if kind == "film" else "tv"
    date = "release_date" if kind == "film" else "first_air_date"
    found = rows_of(path)
    assert set(found) == tmdb.between(FIRST, TODAY, adult=True, kind=told)
    for number, row in found.items():
        expected = tmdb.entry(number, kind=told)
        assert row == {date: "", **expected, "media_type": told}


def assert_served_once(tmdb: FakeTmdb) -> None:
    assert set(tmdb.counts.served.values()) == {1}
    assert tmdb.asked == tmdb.counts.served.total() + tmdb.refused


def part_of(path: Path) -> Path:
    return path.with_name(path.name + ".part")


# --- fault 14: 429 with Retry-After ---------------------------------------------------------------


@pytest.mark.parametrize("every", [3, 10, 31])
def test_a_refusal_is_waited_for_and_nothing_is_fetched_twice(tmp_path: Path, every: int) -> None:
    clock = Clock()
    faults = Faults(too_many_every=every, retry_after="3")
    with FakeTmdb(films=1_500, faults=faults, now=clock.now) as tmdb:
        done = fetch(tmdb, tmp_path / "films.jsonl", clock=clock)
        assert tmdb.refused >= tmdb.asked // every > 0
        assert done.refusals == tmdb.refused
        assert_served_once(tmdb)
        assert_the_truth(tmp_path / "films.jsonl", tmdb)
        # Only what was under way when the refusal came may come before its rest is over.
        assert tmdb.counts.early <= tmdb.refused * (CONCURRENCY - 1)
        moments = tmdb.counts.moments
        rests = sum(later - earlier >= 2.9 for earlier, later in pairwise(moments))
        assert rests >= tmdb.refused / CONCURRENCY


def test_one_request_at_a_time_never_comes_early(tmp_path: Path) -> None:
    clock = Clock()
    faults = Faults(too_many_every=7, retry_after="3")
    with FakeTmdb(films=600, faults=faults, now=clock.now) as tmdb:
        manners = Manners(concurrency=1, rate=10_000)
        fetch(tmdb, tmp_path / "films.jsonl", manners, clock=clock)
        assert tmdb.refused > 3
        assert tmdb.counts.early == 0
        assert_served_once(tmdb)


def test_above_the_limit_of_tmdb_it_comes_down_to_it(tmp_path: Path) -> None:
    clock = Clock()
    faults = Faults(most_a_second=20, retry_after="1")
    with FakeTmdb(films=2_000, faults=faults, now=clock.now) as tmdb:
        manners = Manners(rate=35, burst=5)
        fetch(tmdb, tmp_path / "films.jsonl", manners, clock=clock)
        assert tmdb.refused > 0
        assert tmdb.asked < 2 * tmdb.counts.served.total(), "most of what it asks is refused"
        assert_served_once(tmdb)
        assert_the_truth(tmp_path / "films.jsonl", tmdb)


@pytest.mark.parametrize("said", [None, "0", "soon", "", "-5", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_refusal_that_does_not_say_when_is_waited_for_all_the_same(
    tmp_path: Path, said: str | None
) -> None:
    clock = Clock()
    faults = Faults(too_many_every=6, retry_after=said)
    with FakeTmdb(films=600, faults=faults, now=clock.now) as tmdb:
        fetch(tmdb, tmp_path / "films.jsonl", Manners(rate=10_000), clock=clock)
        assert_served_once(tmdb)
        assert_the_truth(tmp_path / "films.jsonl", tmdb)
        assert clock.longest > 0.01, "somebody waited"


def test_a_long_rest_ends_the_run_and_keeps_what_was_fetched(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "films.jsonl"
    limits = Limits(target=200)
    faults = Faults(too_many_every=1, after=60, retry_after="3600")
    with FakeTmdb(films=1_500, faults=faults, now=clock.now) as tmdb:
        with pytest.raises(SourceError, match="3,600 seconds") as failed:
            fetch(tmdb, path, clock=clock, limits=limits)
        assert "again" in str(failed.value) or "after" in str(failed.value)
        assert tmdb.asked <= 60 + CONCURRENCY, "it goes on asking"
        assert not path.exists()
        port = urlsplit(tmdb.url).port or 0
    with FakeTmdb(films=1_500, port=port) as tmdb:
        done = fetch(tmdb, path, limits=limits)
        assert done.kept_windows > 0
        assert_the_truth(path, tmdb)


def test_refused_for_ever_it_gives_up(tmp_path: Path) -> None:
    clock = Clock()
    with FakeTmdb(films=100, faults=Faults(too_many_every=1), now=clock.now) as tmdb:
        with pytest.raises(SourceError, match="failed"):
            fetch(tmdb, tmp_path / "films.jsonl", clock=clock)
        assert tmdb.asked <= Manners().refusals * 2


# --- fault 15: 5xx, no JSON, cut, slow, silent ----------------------------------------------------


@pytest.mark.parametrize(
    "faults",
    [
        Faults(failing=0.2, seed=1),
        Faults(garbled=0.2, seed=2),
        Faults(cut=0.2, seed=3),
        Faults(failing=1.0, times=1),
        Faults(failing=0.1, garbled=0.1, cut=0.1, too_many_every=9, retry_after="1", seed=4),
    ],
    ids=["failing", "garbled", "cut", "first", "all"],
)
def test_what_fails_is_tried_again(tmp_path: Path, faults: Faults) -> None:
    clock = Clock()
    with FakeTmdb(films=1_500, faults=faults, now=clock.now) as tmdb:
        fetch(tmdb, tmp_path / "films.jsonl", clock=clock)
        struck = tmdb.counts.troubles.total()
        assert struck > 10
        assert tmdb.asked == tmdb.counts.served.total() + struck
        assert set(tmdb.counts.served.values()) == {1}
        assert_the_truth(tmp_path / "films.jsonl", tmdb)


def test_series_come_through_the_same(tmp_path: Path) -> None:
    faults = Faults(failing=0.1, garbled=0.1, cut=0.1, seed=6)
    with FakeTmdb(films=10, series=700, faults=faults) as tmdb:
        fetch(tmdb, tmp_path / "series.jsonl", kind="series")
        assert_the_truth(tmp_path / "series.jsonl", tmdb, "series")


@pytest.mark.parametrize("faults", [Faults(silent=0.1, seed=1), Faults(slow=0.1, seed=2)])
def test_what_stalls_is_given_up_and_tried_again(tmp_path: Path, faults: Faults) -> None:
    manners = Manners(rate=10_000, first_wait=0.001, wait_seconds=1.0, request_seconds=1.0)
    with FakeTmdb(films=900, faults=faults) as tmdb:
        fetch(tmdb, tmp_path / "films.jsonl", manners)
        assert tmdb.counts.troubles.total() > 1
        assert_the_truth(tmp_path / "films.jsonl", tmdb)


@pytest.mark.parametrize(
    "trouble", [{"silent": 1.0}, {"slow": 1.0, "byte_seconds": 0.2}], ids=["silent", "slow"]
)
def test_the_deadline_of_the_whole_is_kept_and_so_is_what_was_fetched(
    tmp_path: Path, trouble: dict[str, float]
) -> None:
    path, limits = tmp_path / "films.jsonl", Limits(target=200)
    with FakeTmdb(films=1_500, faults=Faults(after=60, **trouble)) as tmdb:  # type: ignore[arg-type]
        # Each wait by itself would take far longer than the test may.
        with pytest.raises(SourceError, match="not done after 2 seconds"):
            fetch(tmdb, path, Manners(rate=10_000), limits=limits, deadline=2.0)
        assert not path.exists()
        assert part_of(path).stat().st_size > 10_000
        port = urlsplit(tmdb.url).port or 0
    with FakeTmdb(films=1_500) as whole:
        uninterrupted = fetch(whole, tmp_path / "whole.jsonl", limits=limits)
    with FakeTmdb(films=1_500, port=port) as tmdb:
        done = fetch(tmdb, path, limits=limits)
        assert done.kept_windows > 0
        assert done.requests < uninterrupted.requests
        assert_the_truth(path, tmdb)
    assert path.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert not part_of(path).exists()


@pytest.mark.parametrize(
    "trouble", [{"failing": 1.0}, {"garbled": 1.0}, {"cut": 1.0}], ids=["failing", "garbled", "cut"]
)
def test_what_always_fails_ends_the_run_without_the_key(
    tmp_path: Path, trouble: dict[str, float], caplog: pytest.LogCaptureFixture
) -> None:
    path, limits, clock = tmp_path / "films.jsonl", Limits(target=200), Clock()
    caplog.set_level("DEBUG")
    faults = Faults(after=60, **trouble)  # type: ignore[arg-type]
    with FakeTmdb(films=1_500, faults=faults, now=clock.now) as tmdb:
        with pytest.raises(SourceError) as failed:
            fetch(tmdb, path, clock=clock, limits=limits)
        assert failed.value.cure
        assert tmdb.asked <= 60 + CONCURRENCY * FAST.tries
        assert part_of(path).stat().st_size > 10_000
    shown = f"{failed.value!r} {failed.value} {failed.value.__cause__!r} {caplog.text}"
    assert KEY not in shown
    assert KEY.encode() not in part_of(path).read_bytes()


def test_a_key_that_is_refused_is_asked_with_no_more(tmp_path: Path) -> None:
    async def run(url: str) -> None:
        async with Tmdb(Access("f" * 32, url), FAST) as client:
            await download(client, Wanted(first=FIRST, last=TODAY), tmp_path / "films.jsonl")

    with FakeTmdb(films=100) as tmdb:
        with pytest.raises(SettingsError) as failed:
            asyncio.run(run(tmdb.url))
        assert tmdb.asked == 1
        assert "f" * 32 not in str(failed.value)


@pytest.mark.parametrize(
    "faults",
    [
        Faults(insert_every=7),
        Faults(drop_every=7),
        Faults(lift_every=7),
        Faults(insert_every=40, drop_every=41, failing=0.1),
    ],
    ids=["come", "go", "rise", "both"],
)
def test_titles_that_stay_are_had_though_the_list_moves(tmp_path: Path, faults: Faults) -> None:
    with FakeTmdb(films=1_500, faults=faults) as tmdb:
        before = tmdb.between(FIRST, adult=True)
        done = fetch(tmdb, tmp_path / "films.jsonl")
        stayed = before & tmdb.between(FIRST, adult=True)
        assert not stayed - set(rows_of(tmp_path / "films.jsonl"))
        assert not done.warnings
        assert tmdb.inserted or tmdb.dropped or faults.lift_every


@pytest.mark.extra
@pytest.mark.parametrize("cap_total", [False, True])
def test_a_day_with_more_than_can_be_paged_through_is_had_whole(
    tmp_path: Path, cap_total: bool
) -> None:
    crowded = {dt.date(1999, 1, 1): 12_000}
    with FakeTmdb(films=200, crowded=crowded, cap_total=cap_total) as tmdb:
        done = fetch(tmdb, tmp_path / "films.jsonl")
        assert not done.warnings
        assert_the_truth(tmp_path / "films.jsonl", tmdb)


# --- fault 5: kill -9 -----------------------------------------------------------------------------

_SCRIPT = """
import asyncio, datetime as dt, sys
from pathlib import Path
from matinee.ingest.tmdbapi import Access, Limits, Manners, Wanted, download
from matinee.ingest.tmdbapi.client import Tmdb

async def run():
    url, key, path, target = sys.argv[1:]
    wanted = Wanted(first=dt.date(1800, 1, 1), last=dt.date(2026, 1, 31), adult=True)
    async with Tmdb(Access(key, url), Manners(rate=10_000)) as client:
        await download(client, wanted, Path(path), limits=Limits(target=int(target)))

asyncio.run(run())
"""


def start(tmdb: FakeTmdb, path: Path, target: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _SCRIPT, tmdb.url, tmdb.key, path, str(target)]
    return subprocess.Popen(command)


def kill_after(tmdb: FakeTmdb, path: Path, requests: int, target: int) -> bool:
    """Start a download, kill it once the server got so many requests; tell whether it still ran."""
    end = tmdb.asked + requests
    process = start(tmdb, path, target)
    while tmdb.asked < end and process.poll() is None:
        time.sleep(0.001)
    process.kill()
    return process.wait() == -9


def check_kills(folder: Path, films: int, points: int, target: int, seed: int) -> None:
    """Kill a download at random points and go on; compare with one that was not killed."""
    rng, killed = random.Random(seed), 0
    whole, path = folder / "whole.jsonl", folder / "killed.jsonl"
    with FakeTmdb(films=films, seed=1) as tmdb:
        assert start(tmdb, whole, target).wait() == 0
        assert_served_once(tmdb)
        needed = tmdb.asked
        assert_the_truth(whole, tmdb)
        for _ in range(points):
            path.unlink(missing_ok=True)
            tmdb.counts.served.clear()
            killed += kill_after(tmdb, path, rng.randint(1, needed - 1), target)
            before = tmdb.counts.served.copy()
            assert not path.exists() or path.read_bytes() == whole.read_bytes()
            if not path.exists():
                assert start(tmdb, path, target).wait() == 0
            assert path.read_bytes() == whole.read_bytes()
            assert max(tmdb.counts.served.values()) <= 2, "fetched more than once more than needed"
            again = tmdb.counts.served.total() - needed
            assert again <= before.total()
            left = {each.name for each in folder.iterdir() if not each.name.startswith(".")}
            assert left == {"whole.jsonl", "killed.jsonl"}
    assert killed >= points - 1


def test_killed_at_three_moments_it_goes_on(tmp_path: Path) -> None:
    check_kills(tmp_path, films=1_200, points=3, target=200, seed=2)


@pytest.mark.extra
def test_killed_again_and_again_it_arrives(tmp_path: Path) -> None:
    rng, path, target = random.Random(3), tmp_path / "films.jsonl", 100
    with FakeTmdb(films=1_500, seed=1) as tmdb:
        for _ in range(5):
            if not path.exists():
                kill_after(tmdb, path, rng.randint(10, 40), target)
        if not path.exists():
            assert start(tmdb, path, target).wait() == 0
        assert_the_truth(path, tmdb)


@pytest.mark.extra
def test_kill_9_at_twenty_moments_of_25_000_films(tmp_path: Path) -> None:
    check_kills(tmp_path, films=25_000, points=20, target=Limits().target, seed=5)


_SCRIPTS = {
    "backfill": """
import asyncio, sys
from pathlib import Path
from matinee.ingest.tmdbapi import Access, Manners, backfill
from matinee.ingest.tmdbapi.client import Tmdb

async def run():
    url, key, path = sys.argv[1:]
    async with Tmdb(Access(key, url), Manners(rate=10_000)) as client:
        await backfill(client, Path(path), batch=20)

asyncio.run(run())
""",
    "refresh": """
import asyncio, sys
import datetime as dt
from pathlib import Path
from matinee.ingest.tmdbapi import Access, Manners, refresh
from matinee.ingest.tmdbapi.client import Tmdb

async def run():
    url, key, path = sys.argv[1:]
    since, today = dt.date(2025, 12, 1), dt.date(2026, 1, 31)
    async with Tmdb(Access(key, url), Manners(rate=10_000)) as client:
        await refresh(client, Path(path), since=since, today=today, batch=20)

asyncio.run(run())
""",
}
"""Of a file of the films of all days, adult ones too. The server's titles change in December and
January."""


def start_script(what: str, tmdb: FakeTmdb, path: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", _SCRIPTS[what], tmdb.url, tmdb.key, path])


@pytest.mark.extra
@pytest.mark.parametrize("what", ["backfill", "refresh"])
def test_killed_at_six_moments_what_fetches_details_goes_on(tmp_path: Path, what: str) -> None:
    """Row for row the same file, no title more than twice, and few of them twice."""
    rng, path, whole = random.Random(6), tmp_path / "films.jsonl", tmp_path / "whole.jsonl"
    with FakeTmdb(films=600 if what == "backfill" else 1_500, seed=1) as tmdb:
        fetch(tmdb, path)
        listed = path.read_bytes()
        whole.write_bytes(listed)
        state_path(whole).write_bytes(state_path(path).read_bytes())
        tmdb.counts.served.clear()
        assert start_script(what, tmdb, whole).wait() == 0
        assert whole.read_bytes() != listed
        needed = tmdb.counts.served.copy()
        titles = {at for at in needed if "append_to_response" in at}
        assert len(titles) > 300
        killed = 0
        for _ in range(6):
            path.write_bytes(listed)
            tmdb.counts.served.clear()
            end = tmdb.asked + rng.randint(1, needed.total() - 1)
            process = start_script(what, tmdb, path)
            while tmdb.asked < end and process.poll() is None:
                time.sleep(0.001)
            process.kill()
            killed += process.wait() == -9
            assert path.read_bytes() in (listed, whole.read_bytes())
            assert start_script(what, tmdb, path).wait() == 0
            assert path.read_bytes() == whole.read_bytes()
            assert not part_of(path).exists()
            served = {at: tmdb.counts.served[at] for at in titles}
            assert min(served.values()) == 1
            assert max(served.values()) <= 2
            assert sum(served.values()) - len(titles) <= CONCURRENCY, "only what was under way"
            assert set(tmdb.counts.served) == set(needed)
    assert killed >= 5
