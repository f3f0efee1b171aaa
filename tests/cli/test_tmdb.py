"""``matinee tmdb``: check, download, backfill and refresh as one runs them, on a TMDb of ours."""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

import matinee
from matinee.cli import main
from matinee.cli.main import app
from matinee.errors import ConflictError, InputError, MatineeError, SettingsError, SourceError
from matinee.ingest.tmdbapi import ATTRIBUTION
from matinee.ingest.tmdbapi.state import read_state, state_path
from matinee.testing.fake_tmdb import KEY, TOKEN, FakeTmdb, Faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TODAY = dt.datetime.now(dt.UTC).date()
DAYS = ["--from", "1970", "--to", "2010-06"]
FAST = ["--rate", "10000"]


@pytest.fixture
def fake() -> Iterator[FakeTmdb]:
    with FakeTmdb(films=60, series=40, seed=1, today=TODAY) as server:
        yield server


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, fake: FakeTmdb, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("MATINEE_TMDB_KEY", KEY)
    monkeypatch.setenv("MATINEE_TMDB_URL", fake.url)
    monkeypatch.delenv("TMDB_API_KEY", raising=False)
    return tmp_path


def run(*words: str | Path) -> str:
    """Run ``matinee tmdb``; return what it prints, and raise what it raises."""
    done = CliRunner().invoke(app, ["tmdb", *map(str, words)])
    if isinstance(done.exception, MatineeError):
        raise done.exception
    assert done.exit_code == 0, done.output
    assert KEY not in done.output
    return done.stdout


def told(*words: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*words, "--json"))
    assert found.pop("attribution") == ATTRIBUTION
    return found


def rows(path: Path) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in map(json.loads, path.read_bytes().splitlines())}


@pytest.fixture
def films(folder: Path) -> Path:
    run("download", *DAYS, "--out", "films.jsonl", *FAST)
    return folder / "films.jsonl"


# check


@pytest.mark.parametrize(("key", "kind"), [(KEY, "v3 key"), (TOKEN, "v4 token")])
def test_check(fake: FakeTmdb, monkeypatch: pytest.MonkeyPatch, key: str, kind: str) -> None:
    monkeypatch.setenv("MATINEE_TMDB_KEY", key)
    out = run("check")
    assert f"TMDb accepts the key, a {kind}." in out
    assert out.splitlines()[-1] == ATTRIBUTION
    assert key not in out
    found = told("check")
    assert set(found) == {"url", "key", "first_seconds", "seconds"}
    assert (found["url"], found["key"]) == (fake.url, kind)


def test_the_variable_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MATINEE_TMDB_KEY")
    monkeypatch.setenv("TMDB_API_KEY", TOKEN)
    assert told("check")["key"] == "v4 token"


def test_a_key_that_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATINEE_TMDB_KEY", "e" * 32)
    with pytest.raises(SettingsError, match="does not accept the key") as failed:
        run("check")
    assert "e" * 32 not in str(failed.value)


@pytest.mark.parametrize(
    "words", [["check"], ["download", *DAYS], ["backfill", "films.jsonl"], ["refresh", "x"]]
)
def test_without_a_key(
    fake: FakeTmdb,
    folder: Path,
    words: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The exit status and the cure."""
    monkeypatch.delenv("MATINEE_TMDB_KEY")
    monkeypatch.setattr(sys, "argv", ["matinee", "tmdb", *words])
    with pytest.raises(SystemExit) as ended:
        main.run()
    assert ended.value.code == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "error: There is no key of TMDb" in shown.err
    assert "Set MATINEE_TMDB_KEY" in shown.err
    assert fake.asked == 0
    assert not list(folder.iterdir())


# download


def test_download(fake: FakeTmdb, folder: Path) -> None:
    out = run("download", *DAYS, *FAST)
    path = folder / "tmdb-film-1970-01-01-2010-06-30.jsonl"
    numbers = fake.between(dt.date(1970, 1, 1), dt.date(2010, 6, 30))
    assert set(rows(path)) == numbers
    assert f"Wrote {len(numbers)} films to {path.name}" in out
    assert out.splitlines()[-1] == ATTRIBUTION
    state = read_state(path)
    assert state is not None
    assert state.day in (TODAY, TODAY + dt.timedelta(1))


def test_download_for_programs(fake: FakeTmdb, folder: Path) -> None:
    found = told("download", *DAYS, "--kind", "series", "--adult", "--out", "s.jsonl", *FAST)
    days = dt.date(1970, 1, 1), dt.date(2010, 6, 30)
    numbers = fake.between(*days, adult=True, kind="tv")
    assert set(rows(folder / "s.jsonl")) == numbers
    assert found["titles"] == len(numbers)
    assert (found["path"], found["warnings"], found["kept_since"]) == ("s.jsonl", [], None)
    assert set(found) == {
        "path", "titles", "twice", "windows", "kept_windows", "kept_since", "requests", "refusals",
        "warnings",
    }  # fmt: skip


@pytest.mark.parametrize("day", ["soon", "1999-13", "1999-02-30", "99", "1999-1-1"])
def test_a_day_that_is_none(fake: FakeTmdb, day: str) -> None:
    with pytest.raises(InputError, match=r"--from takes a day, a month or a year"):
        run("download", "--from", day, "--to", "2000")
    with pytest.raises(InputError, match=r"--since takes a day, a month or a year"):
        run("refresh", "films.jsonl", "--since", day)
    assert fake.asked == 0


# backfill


def test_backfill(fake: FakeTmdb, films: Path) -> None:
    count = len(rows(films))
    out = run("backfill", films, *FAST).splitlines()
    assert out == [
        f"Wrote {count} titles to {films}",
        f"  {count} were given details, 0 lacked none",
        f"  {count + 1} requests",
        ATTRIBUTION,
    ]
    for number, row in rows(films).items():
        assert row["credits"] == fake.details(number)["credits"]
    asked = fake.asked
    out = run("backfill", films, *FAST).splitlines()
    assert out[1] == f"  0 were given details, {count} lacked none"
    assert fake.asked == asked


def test_backfill_for_programs(fake: FakeTmdb, films: Path, folder: Path) -> None:
    gone = max(rows(films))
    fake.remove(gone)
    found = told("backfill", films, "--out", "filled.jsonl", "--batch", "7", *FAST)
    count = len(rows(films))
    assert found == {
        "path": "filled.jsonl",
        "rows": count,
        "filled": count - 1,
        "gone": [gone],
        "kept": 0,
        "kept_since": None,
        "requests": count + 1,
        "refusals": 0,
        "warnings": [f"TMDb has 1 of the titles no more, their rows stay: {gone}"],
    }
    assert "credits" not in rows(films)[gone]
    assert set(rows(folder / "filled.jsonl")) == set(rows(films))


def test_what_is_needed(fake: FakeTmdb, films: Path) -> None:
    before = rows(films)
    changed = [row | {"runtime": 90} for row in before.values()]
    films.write_text("".join(json.dumps(row) + "\n" for row in changed))
    assert told("backfill", films, "--need", "runtime")["requests"] == 0
    both = told("backfill", films, "--need", "runtime", "--need", "credits", *FAST)
    assert both["filled"] == len(before)
    with pytest.raises(InputError, match="no 'trailer' to fetch"):
        run("backfill", films, "--need", "trailer")


@pytest.mark.extra
def test_a_library_of_it(films: Path, folder: Path) -> None:
    """A folder of files with what is known of them beside them."""
    run("backfill", films, *FAST)
    library = folder / "library"
    done = CliRunner().invoke(app, ["build", str(folder), "--library", str(library), "--json"])
    assert done.exit_code == 0, done.output
    found = CliRunner().invoke(
        app, ["search", "a heist", "--k", "3", "--library", str(library), "--json"]
    )
    results = json.loads(found.stdout)["results"]
    assert len(results) == 3
    number = int(results[0]["id"].partition(":")[2])
    cast = [each["name"] for each in rows(films)[number]["credits"]["cast"]]
    assert list(matinee.open(library).title(results[0]["id"]).cast) == cast


# refresh


def test_refresh(fake: FakeTmdb, films: Path) -> None:
    run("backfill", films, *FAST)
    numbers = [n for n in rows(films) if n > 1_000]
    fake.change(numbers[0], overview="A new one.")
    fake.remove(numbers[1])
    new = fake.add(dt.date(1999, 1, 1))
    before = rows(films)
    out = run("refresh", films, "--since", str(TODAY), *FAST).splitlines()
    after = rows(films)
    assert after[numbers[0]]["overview"] == "A new one."
    assert set(after) == (set(before) | {new}) - {numbers[1]}
    assert out[0].startswith(f"Wrote {len(after)} titles of ")
    assert out[1].startswith(f"  since {TODAY}: ")
    assert " 1 added, 1 removed, 0 moved out of its days, " in out[1]
    assert out[-1] == ATTRIBUTION


def test_refresh_for_programs(fake: FakeTmdb, films: Path, folder: Path) -> None:
    run("backfill", films, *FAST)
    found = told("refresh", films, "--out", "new.jsonl", *FAST)
    assert set(found) == {
        "path", "rows", "since", "day", "changed", "removed", "moved", "added", "unchanged", "kept",
        "kept_since", "requests", "refusals", "warnings",
    }  # fmt: skip
    assert found["rows"] == len(rows(folder / "new.jsonl")) == len(rows(films))
    assert found["changed"] + found["unchanged"] == found["rows"]
    assert dt.date.fromisoformat(found["day"]) >= TODAY


def test_refresh_without_a_day(films: Path) -> None:
    state_path(films).unlink()
    with pytest.raises(InputError, match=r"not known of which day.*--since"):
        run("refresh", films)


# The key, and what ends a run


def test_the_key_is_shown_nowhere(
    films: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    run("backfill", films, "--batch", "1", *FAST)
    run("refresh", films, *FAST)
    run("check")
    assert caplog.records
    assert KEY not in caplog.text
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) == 2
    assert not any(KEY.encode() in path.read_bytes() for path in files)


def test_stopped_and_gone_on_with(
    fake: FakeTmdb,
    films: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    fake.close()
    port = int(fake.url.split(":")[2].split("/")[0])
    faults = Faults(too_many_every=1, retry_after="3600", after=20)
    with (
        FakeTmdb(films=60, seed=1, today=TODAY, port=port, faults=faults),
        pytest.raises(SourceError, match=r"alone for 3,600 s.*are kept in.*Run the same"),
    ):
        run("backfill", films, *FAST)
    part = folder / "films.jsonl.part"
    assert KEY.encode() not in part.read_bytes()
    assert KEY not in caplog.text
    with FakeTmdb(films=60, seed=1, today=TODAY) as other:
        monkeypatch.setenv("MATINEE_TMDB_URL", other.url)
        with pytest.raises(ConflictError, match="--restart"):
            run("backfill", films, *FAST)
    monkeypatch.setenv("MATINEE_TMDB_URL", fake.url)
    with FakeTmdb(films=60, seed=1, today=TODAY, port=port):
        out = run("backfill", films, *FAST)
    assert f"titles were kept since {TODAY}"[:-2] in out
    assert not part.exists()


def test_bad_options_end_with_2(films: Path) -> None:
    for words in (["--batch", "0"], ["--concurrency", "21"], ["--rate", "0"], ["--deadline", "0"]):
        for command in ("backfill", "refresh"):
            assert CliRunner().invoke(app, ["tmdb", command, str(films), *words]).exit_code == 2
