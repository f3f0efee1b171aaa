"""A file brought up to the day: what changed, went, came and stayed."""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib
import json
import random
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matinee.errors import ConflictError, InputError, SourceError
from matinee.ingest.tmdbapi import Wanted, backfill, download, refresh
from matinee.ingest.tmdbapi.details_kept import Kept
from matinee.ingest.tmdbapi.refresh_changes import read_changes
from matinee.ingest.tmdbapi.state import State, drop_state, read_state, state_path, write_state
from matinee.testing.fake_tmdb import FakeTmdb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from matinee.ingest.tmdbapi import Refreshed
    from matinee.types import Kind

DAY = dt.timedelta(1)
TODAY = dt.datetime.now(dt.UTC).date()
"""A file is of the day on which it is downloaded."""
FIRST, LAST = dt.date(1960, 1, 1), dt.date(2015, 12, 31)
OUTSIDE = dt.date(1950, 5, 5)
INSIDE = dt.date(1970, 7, 7)


def day(after: int) -> dt.date:
    return TODAY + after * DAY


def fresh(on: Any, fake: FakeTmdb, path: Path, kind: Kind = "film", adult: bool = False) -> None:
    """Download and backfill."""
    wanted = Wanted(first=FIRST, last=LAST, kind=kind, adult=adult)

    async def run(tmdb: Any) -> None:
        await download(tmdb, wanted, path)
        await backfill(tmdb, path)

    on(fake, run)
    state = read_state(path)
    assert state is not None
    write_state(path, replace(state, day=TODAY))  # should it be past midnight by now


def serve() -> FakeTmdb:
    return FakeTmdb(films=60, series=25, seed=1, today=TODAY)


@pytest.fixture(scope="module")
def downloaded(tmp_path_factory: pytest.TempPathFactory, on: Any) -> Path:
    path = tmp_path_factory.mktemp("downloaded") / "films.jsonl"
    with serve() as fake:
        fresh(on, fake, path)
    return path


@pytest.fixture
def fake() -> Iterator[FakeTmdb]:
    with serve() as server:
        yield server


@pytest.fixture
def films(downloaded: Path, tmp_path: Path) -> Path:
    """A file as download and backfill write it."""
    path = tmp_path / "films.jsonl"
    path.write_bytes(downloaded.read_bytes())
    state_path(path).write_bytes(state_path(downloaded).read_bytes())
    return path


@pytest.fixture
def bring(on: Any) -> Callable[..., Refreshed]:
    def run(fake: FakeTmdb, path: Path, *, asked: Any = None, die_at: int | None = None,
            after: int = 10, **options: Any) -> Any:  # fmt: skip
        given = {"today": day(after)} | options
        return on(fake, lambda tmdb: refresh(tmdb, path, **given), asked=asked, die_at=die_at)

    return run


def objects(path: Path) -> dict[int, dict[str, Any]]:
    rows = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert [row["id"] for row in rows] == sorted({row["id"] for row in rows})
    return {row["id"]: row for row in rows}


def quiet(fake: FakeTmdb, path: Path) -> list[int]:
    """Numbers in the file of films without oddities that did not change on the file's day."""
    known = [fake.films[n] for n in objects(path) if n > 1_000 and n in fake.films]
    return [film.id for film in known if TODAY not in film.changed]


def titles_of(asked: Counter[str]) -> set[int]:
    return {int(n) for path in asked if (n := path.rpartition("/")[2]).isdecimal()}


# What comes of it


def test_what_changed_is_fetched_again(fake: FakeTmdb, films: Path, bring: Any, on: Any) -> None:
    before = objects(films)
    already = {n for n, film in fake.films.items() if TODAY in film.changed and not film.adult}
    some = quiet(fake, films)
    fake.change(some[0], day=day(1), overview="A new one.", _people=("Robert Downey, Jr.",))
    fake.change(some[1], day=day(10))
    fake.remove(some[2], day=day(3))
    fake.change(some[3], day=day(4), release_date=OUTSIDE.isoformat())
    fake.change(some[4], day=day(4), adult=True)
    fake.change(some[5], day=day(11), overview="Not yet.")
    new = fake.add(INSIDE, day=day(2), title="A new film")
    elsewhere = fake.add(OUTSIDE, day=day(2))
    adult = fake.add(INSIDE, day=day(2), adult=True)
    asked: Counter[str] = Counter()
    done = bring(fake, films, asked=asked)
    after = objects(films)
    assert set(after) == (set(before) | {new}) - set(some[2:5])
    assert after[some[0]]["overview"] == "A new one."
    assert [p["name"] for p in after[some[0]]["credits"]["cast"]] == ["Robert Downey, Jr."]
    assert after[some[1]] == before[some[1]] | fake.details(some[1])
    assert after[some[5]] == before[some[5]]
    assert after[new]["media_type"] == "movie"
    assert titles_of(asked) == already | set(some[:5]) | {new, elsewhere}
    assert adult not in titles_of(asked)
    assert max(asked.values()) == 1
    changed = len(already & set(before)) + 2
    assert (done.changed, done.removed, done.moved, done.added) == (changed, 1, 2, 1)
    assert done.unchanged == len(before) - changed - 3
    assert (done.rows, done.since, done.day) == (len(after), TODAY, day(10))
    assert (done.kept, done.kept_since, done.warnings) == (0, None, ())
    assert {each.name for each in films.parent.iterdir()} == {films.name, state_path(films).name}


def test_night_after_night(fake: FakeTmdb, films: Path, bring: Any, on: Any) -> None:
    """Each refresh begins where the one before it ended, and misses nothing of that day."""
    rng = random.Random(5)
    for night in range(1, 5):
        late = rng.choice(quiet(fake, films))
        fake.change(late, day=day(night), overview=f"Before the refresh of night {night}.")
        done = bring(fake, films, after=night)
        assert (done.since, done.day) == (day(night - 1), day(night))
        fake.change(late, day=day(night), overview=f"After the refresh of night {night}.")
    bring(fake, films, after=5)
    again = films.with_name("again.jsonl")
    fresh(on, fake, again)
    assert films.read_bytes() == again.read_bytes()


def test_nothing_changed(fake: FakeTmdb, films: Path, bring: Any) -> None:
    bring(fake, films, after=1)
    before = films.read_bytes()
    asked: Counter[str] = Counter()
    done = bring(fake, films, after=2, asked=asked)
    assert films.read_bytes() == before
    assert asked == {"/3/movie/changes": 1}
    assert (done.changed, done.rows) == (0, done.unchanged)


def apply(fake: FakeTmdb, rng: random.Random, kind: Kind, count: int, days: int) -> None:
    """Let TMDb live on for some days."""
    of: Any = "movie" if kind == "film" else "tv"
    date = "release_date" if kind == "film" else "first_air_date"
    titles = fake.films if kind == "film" else fake.series
    for _ in range(count):
        when = day(rng.randint(1, days))
        # Those with oddities are filed under dates that they do not show.
        number = rng.choice([n for n in titles if n > 1_000])
        moved = rng.choice((OUTSIDE, INSIDE, FIRST, LAST, FIRST - DAY, LAST + DAY))
        match rng.randrange(6):
            case 0:
                fake.change(number, kind=of, day=when)
            case 1:
                fake.change(number, kind=of, day=when, overview=f"On {when}.")
            case 2:
                fake.change(number, kind=of, day=when, **{date: moved.isoformat()})
            case 3:
                fake.change(number, kind=of, day=when, adult=rng.random() < 0.5)
            case 4:
                fake.remove(number, kind=of, day=when)
            case 5:
                fake.add(moved, kind=of, day=when, adult=rng.random() < 0.2)


def check_equal(on: Any, folder: Path, kind: Kind, adult: bool, seed: int, kills: int) -> None:
    rng = random.Random(seed)
    path, again = folder / f"{seed}.jsonl", folder / f"{seed}-again.jsonl"
    counts = {"films" if kind == "film" else "series": 40}
    with FakeTmdb(**{"films": 0} | counts, seed=seed, today=TODAY) as fake:  # type: ignore[arg-type]
        fresh(on, fake, path, kind, adult)
        days = rng.randint(1, 60)
        apply(fake, rng, kind, rng.randint(0, 60), days)
        for _ in range(kills):
            with contextlib.suppress(RuntimeError):
                on(fake, lambda t: refresh(t, path, today=day(days)), die_at=rng.randrange(25))
        on(fake, lambda tmdb: refresh(tmdb, path, today=day(days)))
        fresh(on, fake, again, kind, adult)
    assert path.read_bytes() == again.read_bytes()


@pytest.mark.parametrize(
    ("kind", "adult", "seed"), [("film", False, 1), ("film", True, 2), ("series", False, 3)]
)
def test_it_equals_a_new_download_and_backfill(
    tmp_path: Path, on: Any, kind: Kind, adult: bool, seed: int
) -> None:
    check_equal(on, tmp_path, kind, adult, seed, kills=2)


@pytest.mark.extra
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(["film", "series"]), st.booleans(), st.integers(0, 2**32), st.integers(0, 3))
def test_whatever_happens_it_equals_a_new_one(
    tmp_path: Path, on: Any, kind: Kind, adult: bool, seed: int, kills: int
) -> None:
    check_equal(on, tmp_path, kind, adult, seed, kills)


def test_a_file_without_details_gets_those_of_what_changed(
    fake: FakeTmdb, tmp_path: Path, on: Any, bring: Any
) -> None:
    path = tmp_path / "films.jsonl"
    on(fake, lambda tmdb: download(tmdb, Wanted(first=FIRST, last=LAST), path))
    write_state(path, State(kind="film", day=TODAY, first=FIRST, last=LAST))
    number = quiet(fake, path)[0]
    fake.change(number, day=day(1))
    bring(fake, path)
    rows = objects(path)
    assert "credits" in rows[number]
    assert "credits" not in rows[quiet(fake, path)[1]]
    on(fake, lambda tmdb: backfill(tmdb, path))
    again = tmp_path / "again.jsonl"
    fresh(on, fake, again)
    assert path.read_bytes() == again.read_bytes()


def test_a_title_that_loses_its_date_stays(fake: FakeTmdb, films: Path, bring: Any) -> None:
    number = quiet(fake, films)[0]
    fake.change(number, day=day(1), release_date="")
    new = fake.add(INSIDE, day=day(1), release_date=None)
    assert bring(fake, films).moved == 0
    assert objects(films)[number]["release_date"] == ""
    assert new not in objects(films)


def test_to_another_file(fake: FakeTmdb, films: Path, bring: Any) -> None:
    fake.change(quiet(fake, films)[0], day=day(1))
    before, state = films.read_bytes(), read_state(films)
    out = films.with_name("new.jsonl")
    assert bring(fake, films, out=out).path == out
    assert films.read_bytes() == before
    assert read_state(films) == state
    assert out.read_bytes() != before
    assert read_state(out) == State(kind="film", day=day(10), first=FIRST, last=LAST)


# Since when


def test_a_day_that_is_said(fake: FakeTmdb, films: Path, bring: Any) -> None:
    number = next(n for n in quiet(fake, films) if not fake.films[n].changed)
    fake.change(number, day=day(-20))
    write_state(films, State(kind="film", day=day(5), first=FIRST, last=LAST))
    asked: Counter[str] = Counter()
    done = bring(fake, films, since=day(-21), asked=asked)
    assert done.since == day(-21)
    assert number in titles_of(asked)
    assert asked["/3/movie/changes"] >= 3


def test_a_file_of_which_nothing_is_known(fake: FakeTmdb, films: Path, bring: Any) -> None:
    drop_state(films)
    with pytest.raises(InputError, match=r"not known of which day.*--since"):
        bring(fake, films)
    numbers = quiet(fake, films)
    fake.change(numbers[0], day=day(1), release_date=OUTSIDE.isoformat())
    fake.remove(numbers[1], day=day(1))
    fake.add(INSIDE, day=day(1))
    done = bring(fake, films, since=TODAY)
    assert (done.moved, done.removed, done.added) == (0, 1, 0)
    assert done.warnings == (
        "Of which days the file is is not known, so that no titles were added",
    )
    assert objects(films)[numbers[0]]["release_date"] == OUTSIDE.isoformat()
    assert read_state(films) == State(kind="film", day=day(10))
    assert bring(fake, films, after=11).since == day(10)


@pytest.mark.parametrize(
    ("since", "says"),
    [
        (11, "of a day to come"),
        (10 - 367, r"too old.*367 days ago; 366 are the most.*matinee tmdb download, then"),
    ],
)
def test_a_day_that_cannot_be(
    fake: FakeTmdb, films: Path, bring: Any, since: int, says: str
) -> None:
    asked: Counter[str] = Counter()
    with pytest.raises(InputError, match=says):
        bring(fake, films, since=day(since), asked=asked)
    assert not asked


def test_long_ago(fake: FakeTmdb, films: Path, bring: Any) -> None:
    done = bring(fake, films, since=day(10 - 91))
    assert "a new download is better" in done.warnings[0]
    assert bring(fake, films, since=day(10 - 90)).warnings == ()


def test_more_changes_than_the_file_has_titles(
    fake: FakeTmdb, tmp_path: Path, on: Any, bring: Any
) -> None:
    path = tmp_path / "films.jsonl"
    wanted = Wanted(first=dt.date(2000, 1, 1), last=dt.date(2000, 12, 31))
    on(fake, lambda tmdb: download(tmdb, wanted, path))
    for number in [n for n in fake.films if n > 1_000][:60]:
        fake.change(number, day=day(1))
    assert "asks for fewer" in bring(fake, path).warnings[0]


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "book"},
        {"day": "soon"},
        {"day": None},
        {"adult": "no"},
        {"first": None},
        {"format": 2},
        {"matinee": "tmdb download"},
    ],
)
def test_a_damaged_state(fake: FakeTmdb, films: Path, bring: Any, change: dict[str, Any]) -> None:
    place = state_path(films)
    place.write_text(json.dumps(json.loads(place.read_text()) | change))
    before = films.read_bytes()
    with pytest.raises(SourceError, match=r"damaged, or of another version.*Delete it.*--since"):
        bring(fake, films)
    assert films.read_bytes() == before


@pytest.mark.parametrize("text", ["", "{}", "[]", "\x00", "[" * 100_000])
def test_a_state_that_is_none(films: Path, text: str) -> None:
    state_path(films).write_text(text)
    with pytest.raises(SourceError, match="damaged"):
        read_state(films)


# The list of changes


@pytest.mark.parametrize("pages", [500, 2, 1])
def test_all_changes_of_long(on: Any, pages: int) -> None:
    """More days than can be asked for at once, and more changes than are shown at once."""
    with FakeTmdb(films=160, seed=1, today=TODAY) as fake:
        check_changes(fake, on, pages)


def check_changes(fake: FakeTmdb, on: Any, pages: int) -> None:
    rng = random.Random(2)
    numbers = [n for n in fake.films if n > 1_000]
    for _ in range(3):
        for number in numbers:
            fake.change(number, day=day(rng.randint(1, 45)))
    for number in numbers[:130]:
        fake.change(number, day=day(20))
    gone = numbers[-1]
    fake.remove(gone, day=day(45))
    told: list[tuple[str, int, int]] = []
    found, crowded = on(
        fake,
        lambda tmdb: read_changes(
            tmdb, "film", day(1), day(45), pages=pages, progress=lambda *step: told.append(step)
        ),
    )
    expected = {
        n
        for n, film in fake.films.items()
        if any(day(1) <= when <= day(45) for when in film.changed)
    }
    assert told[0][1:] == (0, 44)
    assert told[-1][1:] == (44, 44)
    if pages > 1:
        assert set(found) == expected | {gone}
        assert found == {n: n != gone and fake.films[n].adult for n in found}
        assert crowded == []
    else:
        assert set(found) <= expected | {gone}
        assert set(crowded) <= {day(19), day(20)}
        assert crowded


def test_one_day(fake: FakeTmdb, on: Any) -> None:
    number = max(fake.films)
    fake.change(number, day=day(3))
    run = lambda tmdb: read_changes(tmdb, "film", day(3), day(3), progress=lambda *_: None)  # noqa: E731
    assert set(on(fake, run)[0]) == {number}


# Stopped, and gone on with


@pytest.fixture
def lived(fake: FakeTmdb, films: Path) -> FakeTmdb:
    """A TMDb on which days have passed since the file was written."""
    apply(fake, random.Random(7), "film", 40, 10)
    return fake


@pytest.fixture
def whole(lived: FakeTmdb, films: Path, bring: Any) -> bytes:
    out = films.with_name("whole.jsonl")
    bring(lived, films, out=out)
    data = out.read_bytes()
    out.unlink()
    state_path(out).unlink()
    return data


@pytest.mark.parametrize("die_at", [0, 1, 2, 9, 20])
def test_killed_and_gone_on_with(
    lived: FakeTmdb, films: Path, bring: Any, whole: bytes, die_at: int
) -> None:
    before = films.read_bytes()
    asked: Counter[str] = Counter()
    with pytest.raises(RuntimeError, match="killed"):
        bring(lived, films, asked=asked, die_at=die_at)
    assert films.read_bytes() == before
    again: Counter[str] = Counter()
    done = bring(lived, films, asked=again)
    assert films.read_bytes() == whole
    titles = Counter({path: n for path, n in (asked + again).items() if path[-1].isdecimal()})
    assert max(titles.values()) <= 2
    assert titles.total() - len(titles) <= 12
    assert done.kept == sum(n for path, n in asked.items() if path[-1].isdecimal()) - (
        titles.total() - len(titles)
    )
    state = read_state(films)
    assert state is not None
    assert state.day == day(10)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("where", ["write_state", "remove"])
def test_killed_once_the_file_is_there(
    lived: FakeTmdb, films: Path, bring: Any, where: str, known: bool
) -> None:
    whole = films.with_name("whole.jsonl")
    whole.write_bytes(films.read_bytes())
    if known:
        state_path(whole).write_bytes(state_path(films).read_bytes())
    else:
        drop_state(films)
    bring(lived, whole, since=TODAY)

    def killed(*_: Any) -> None:
        raise RuntimeError("killed")

    with pytest.MonkeyPatch.context() as patch:
        if where == "remove":
            patch.setattr(Kept, "remove", killed)
        else:
            # The package has a function under the name of the module.
            module = importlib.import_module("matinee.ingest.tmdbapi.refresh")
            patch.setattr(module, "write_state", killed)
        with pytest.raises(RuntimeError, match="killed"):
            bring(lived, films, since=TODAY)
    assert films.read_bytes() == whole.read_bytes()
    asked: Counter[str] = Counter()
    bring(lived, films, since=TODAY, asked=asked)
    assert films.read_bytes() == whole.read_bytes()
    assert not titles_of(asked)
    assert not films.with_name("films.jsonl.part").exists()


def test_gone_on_with_on_another_day(lived: FakeTmdb, films: Path, bring: Any, on: Any) -> None:
    """It is of the day it began, so that the next one looks at all since then."""
    with pytest.raises(RuntimeError, match="killed"):
        bring(lived, films, die_at=20)
    for number in quiet(lived, films)[:20]:
        lived.change(number, day=day(11), overview="Late.")
    done = bring(lived, films, after=12)
    assert (done.day, done.kept_since) == (day(10), day(10).isoformat())
    assert done.kept > 0
    bring(lived, films, after=12)
    again = films.with_name("again.jsonl")
    fresh(on, lived, again)
    assert films.read_bytes() == again.read_bytes()


def test_gone_on_with_as_something_else(lived: FakeTmdb, films: Path, bring: Any) -> None:
    with pytest.raises(RuntimeError, match="killed"):
        bring(lived, films, die_at=20)
    write_state(films, State(kind="film", day=TODAY, first=FIRST, last=LAST - DAY))
    with pytest.raises(ConflictError, match=r"last is .*--restart"):
        bring(lived, films)
    assert bring(lived, films, restart=True).kept == 0


# Files that cannot be


def test_films_and_series_in_one_file(fake: FakeTmdb, films: Path, bring: Any) -> None:
    number = max(fake.series)
    with films.open("a") as file:
        file.write(json.dumps({"media_type": "tv", **fake.entry(number, kind="tv")}) + "\n")
    with pytest.raises(InputError, match=rf"films and series.*series {number}.*--kind"):
        bring(fake, films)


def test_a_title_that_is_in_the_file_twice(fake: FakeTmdb, films: Path, bring: Any) -> None:
    films.write_bytes(films.read_bytes() * 2)
    with pytest.raises(InputError, match="has a title twice"):
        bring(fake, films)


def test_an_empty_file(fake: FakeTmdb, tmp_path: Path, bring: Any) -> None:
    path = tmp_path / "none.jsonl"
    path.touch()
    with pytest.raises(InputError, match=r"no titles.*Download it"):
        bring(fake, path, since=TODAY)
    write_state(path, State(kind="film", day=TODAY, first=INSIDE, last=INSIDE))
    new = fake.add(INSIDE, day=day(1))
    assert bring(fake, path).added == 1
    assert set(objects(path)) == {new}


def test_a_file_whose_last_line_has_no_end(fake: FakeTmdb, films: Path, bring: Any) -> None:
    bring(fake, films)
    whole = films.read_bytes()
    films.write_bytes(whole.rstrip(b"\n"))
    bring(fake, films)
    assert films.read_bytes() == whole


def test_a_wrong_address(fake: FakeTmdb, films: Path, on: Any) -> None:
    before = films.read_bytes()
    fake.url = fake.url.replace("/3", "/4")
    with pytest.raises(SourceError, match="not the address of TMDb"):
        on(fake, lambda tmdb: refresh(tmdb, films, today=day(1)))
    assert films.read_bytes() == before
