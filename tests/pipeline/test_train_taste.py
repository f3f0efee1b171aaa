"""Training: what it writes, what it keeps, what it refuses, and that it goes on after a kill."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from matinee.assembly import build_library, open_library, train_taste
from matinee.errors import InputError, LibraryCorruptError, LibraryNotFoundError
from matinee.interaction import NO_TIME, Action, Interactions
from matinee.library import versions
from matinee.pipeline import ratings
from matinee.pipeline.train_taste import TrainOptions
from matinee.testing import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matinee import Library

    Writers = tuple[Callable[..., Path], Callable[..., Path]]

COUNT, UNRATED, PEOPLE = 40, 3, 60
"""As in conftest.py."""
OPTIONS = TrainOptions(models=("ease",), rating="bias", parameters={"ease": {"ridge": 200.0}})
CRIME = [(f"tmdb:{n + 1}", 5) for n in (0, 2, 4, 6)]


def opened(root: Path) -> Library:
    return open_library(root, encoder=HashingEncoder())


@pytest.fixture
def root(two_kinds: Path, tmp_path: Path) -> Path:
    """A library that has not learnt anything yet."""
    build_library([two_kinds / "films.jsonl"], tmp_path / "library", encoder=HashingEncoder())
    return tmp_path / "library"


def recommended(library: Library) -> list[str]:
    return [result.title.id for result in library.recommend(history=CRIME, k=10)]


def test_a_new_version_holds_all_that_was_learnt(root: Path, two_kinds: Path):
    before = opened(root)
    report, rejects = train_taste([two_kinds / "ratings.csv"], root, options=OPTIONS)
    assert rejects == []
    library = opened(root)
    assert (before.version, library.version) == ("v0001", "v0002")
    library.verify()
    card = library.taste
    assert card is not None
    assert card == report.card
    assert card.people == PEOPLE
    assert card.titles <= COUNT - UNRATED
    assert card.interactions == 14 * PEOPLE
    assert card.rankings == ("ease", "popularity")
    assert card.rating == "bias"
    assert card.seconds.keys() == {"ranking ease", "ranking popularity", "rating bias", "context"}
    assert library.status()["taste"]["default"] == "ease"
    assert [t.title.id for t in library.search("heist", 3)] == [
        t.title.id for t in before.search("heist", 3)
    ]
    one, two = root / "v0001" / "catalogue.parquet", root / "v0002" / "catalogue.parquet"
    assert one.stat().st_ino == two.stat().st_ino, "unchanged files are linked"
    assert {path.name for path in root.iterdir()} == {"CURRENT", ".lock", "v0001", "v0002"}
    assert before.taste is None


def test_the_interactions_are_kept_as_they_were(trained: Library):
    folder = trained.root / trained.version / "taste"
    read = ratings.read(folder, [f"tmdb:{n + 1}" for n in range(COUNT)])
    assert len(read) == 14 * PEOPLE
    assert sorted(read.user_ids) == list(read.user_ids)
    assert set(read.user_ids) == {f"p{n}" for n in range(PEOPLE)}
    people = ratings.People(folder)
    found = people.find("p4")
    assert found is not None
    mine = read.take(read.users == list(read.user_ids).index("p4"))
    assert found.items.tolist() == mine.items.tolist()
    assert found.values.tolist() == mine.values.tolist()
    assert people.find("p") is people.find("zz") is people.find("") is None


def test_training_twice_gives_the_same_models(root: Path, two_kinds: Path):
    for _ in range(2):
        train_taste([two_kinds / "ratings.csv"], root, options=OPTIONS)
    first, second = root / "v0002" / "taste", root / "v0003" / "taste"
    for path in sorted(p for p in first.rglob("*.npy")):
        assert path.read_bytes() == (second / path.relative_to(first)).read_bytes(), path


def test_titles_that_the_catalogue_lacks_are_counted_and_named(
    root: Path, tmp_path: Path, writers: Writers
):
    file = writers[1](tmp_path / "ratings.csv", unknown=True)
    report, _ = train_taste([file], root, options=OPTIONS)
    assert report.card.unmatched == 3
    assert report.unknown == 2
    assert report.examples == ("tmdb:999", "tmdb:998")


def test_files_are_joined_by_the_names_of_people(root: Path, two_kinds: Path, tmp_path: Path):
    more = tmp_path / "more.csv"
    more.write_text("user,tmdb_id,rating\np0,40,5\nnew,40,4\n")
    report, _ = train_taste([two_kinds / "ratings.csv", more], root, options=OPTIONS)
    assert report.card.people == PEOPLE + 1
    assert report.card.interactions == 14 * PEOPLE + 2


def test_ratings_of_other_titles_alone_are_refused(root: Path, tmp_path: Path):
    file = tmp_path / "ratings.csv"
    file.write_text("user,tmdb_id,rating\na,900,5\nb,901,4\n")
    with pytest.raises(InputError, match="tmdb:900, tmdb:901"):
        train_taste([file], root, options=OPTIONS)
    assert versions.names(root) == ["v0001"]


@pytest.mark.parametrize(
    "wish",
    [
        {"models": ()},
        {"models": ("nonesuch",)},
        {"rating": "nonesuch"},
        {"seed": -1},
        {"max_gb": 0.0},
        {"max_gb": float("nan")},
    ],
)
def test_options_out_of_bounds_are_refused(wish: dict[str, object]):
    with pytest.raises(InputError):
        replace(OPTIONS, **wish)  # type: ignore[arg-type]


def test_more_memory_than_allowed_is_refused_before_it_is_taken(root: Path, two_kinds: Path):
    with pytest.raises(InputError, match="GiB of memory"):
        train_taste([two_kinds / "ratings.csv"], root, options=replace(OPTIONS, max_gb=1e-9))


def test_without_a_library_there_is_nothing_to_train(two_kinds: Path, tmp_path: Path):
    with pytest.raises(LibraryNotFoundError, match="matinee build"):
        train_taste([two_kinds / "ratings.csv"], tmp_path / "none", options=OPTIONS)


def test_likes_without_stars_train_no_model_of_stars(root: Path, tmp_path: Path):
    file = tmp_path / "likes.csv"
    file.write_text("user,tmdb_id,rating\n" + "".join(f"u{n % 9},{n + 1},1\n" for n in range(30)))
    options = replace(OPTIONS, rating=None)
    report, _ = train_taste([file], root, options=options, scale="thumbs")
    assert report.card.rating is None
    assert "none are predicted" in report.card.notes[0]
    answer = opened(root).recommend(history=CRIME, k=3)
    assert answer[0].stars is None
    timeless = opened(root).recommend(history=CRIME, k=3, context=0)
    assert any("has a time" in note for note in timeless.notes)
    assert report.card.notes[0] in answer.notes


class StoppedError(Exception):
    pass


def test_what_was_finished_is_not_done_again(root: Path, two_kinds: Path):
    def stop(stage: str, done: int, total: int) -> None:
        if stage.startswith("ranking popularity"):
            raise StoppedError

    file = two_kinds / "ratings.csv"
    with pytest.raises(StoppedError):
        train_taste([file], root, options=OPTIONS, progress=stop)
    assert opened(root).version == "v0001"
    report, _ = train_taste([file], root, options=OPTIONS)
    assert report.resumed == ("ranking-ease",)
    assert set(report.card.seconds) == {"ranking popularity", "rating bias", "context"}
    opened(root).verify()


def test_a_training_with_other_parameters_begins_anew(root: Path, two_kinds: Path):
    def stop(stage: str, done: int, total: int) -> None:
        if stage.startswith("ranking popularity"):
            raise StoppedError

    file = two_kinds / "ratings.csv"
    with pytest.raises(StoppedError):
        train_taste([file], root, options=OPTIONS, progress=stop)
    report, _ = train_taste([file], root, options=replace(OPTIONS, seed=1))
    assert report.resumed == ()


_SLOW = """
import sys, time
from pathlib import Path
from matinee.assembly import train_taste
from matinee.pipeline.train_taste import TrainOptions
def wait(stage, done, total):
    if stage == "ranking popularity" and done == 0:
        print("ready", flush=True)
        time.sleep(60)
options = TrainOptions(models=("ease",), rating="bias", parameters={"ease": {"ridge": 200.0}})
train_taste([Path(sys.argv[1])], sys.argv[2], options=options, progress=wait)
"""


def test_a_killed_training_goes_on(root: Path, two_kinds: Path, trained: Library):
    file = two_kinds / "ratings.csv"
    with subprocess.Popen(
        [sys.executable, "-c", _SLOW, str(file), str(root)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGKILL)
    assert opened(root).version == "v0001"
    report, _ = train_taste([file], root, options=OPTIONS)
    assert report.resumed == ("ranking-ease",)
    library = opened(root)
    library.verify()
    assert recommended(library) == recommended(trained)


def test_a_rebuild_keeps_what_was_learnt(
    root: Path, two_kinds: Path, tmp_path: Path, writers: Writers
):
    train_taste([two_kinds / "ratings.csv"], root, options=OPTIONS)
    before = opened(root)
    assert before.taste is not None
    order = [n for n in reversed(range(COUNT)) if n not in (10, 39)]
    films = writers[0](tmp_path / "films.jsonl", order)
    with films.open("a", encoding="utf-8") as stream:
        stream.write('{"tmdb_id": 77, "title": "Newcomer", "overview": "heist"}\n')
    report = build_library([films], root, encoder=HashingEncoder())
    # Film 39 was rated by nobody.
    assert report.lost == 1
    after = opened(root)
    after.verify()
    assert after.taste == before.taste
    assert recommended(after)[:5] == [t for t in recommended(before) if t != "tmdb:11"][:5]
    assert "tmdb:77" not in [r.title.id for r in after.recommend(history=CRIME, k=50)]
    assert "tmdb:11" not in [r.title.id for r in after.recommend("p4", k=50)]
    with pytest.raises(InputError, match="newer than the training"):
        after.predict(["tmdb:77"], history=CRIME)
    # Gone for one version, back in the next: nothing of it was forgotten.
    again = build_library([two_kinds / "films.jsonl"], root, encoder=HashingEncoder())
    assert again.lost == 0
    assert recommended(opened(root)) == recommended(before)


def test_building_anew_without_taste_reports_none(root: Path, two_kinds: Path):
    again = build_library([two_kinds / "films.jsonl"], root, encoder=HashingEncoder())
    assert again.lost is None


@pytest.mark.parametrize(
    "name", ["taste.json", "items.npy", "totals.npy", "ranking/ease/model.json"]
)
def test_damage_is_found(root: Path, two_kinds: Path, name: str):
    train_taste([two_kinds / "ratings.csv"], root, options=OPTIONS)
    path = root / "v0002" / "taste" / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(LibraryCorruptError, match=name.rpartition("/")[2]):
        opened(root)


def test_one_word_of_a_person_on_a_title_is_kept(trained: Library):
    did = Interactions(
        users=np.array([0, 0, 0, 1]),
        items=np.array([0, 0, 1, 0]),
        actions=np.array([Action.RATING, Action.WATCH, Action.LIKE, Action.WATCH], np.int8),
        values=np.array([2, np.nan, np.nan, np.nan], np.float32),
        times=np.array([5, 9, NO_TIME, NO_TIME]),
        user_ids=["zoe", "adam"],
        item_ids=["tmdb:1", "tmdb:2"],
    )
    found = ratings.match(did, trained._engine.catalogue)
    assert found.repeated == 1
    kept = found.interactions
    assert list(kept.user_ids) == ["adam", "zoe"]
    assert kept.users.tolist() == [0, 1, 1]
    assert kept.actions.tolist() == [Action.WATCH, Action.LIKE, Action.RATING]
    assert [kept.item_ids[i] for i in kept.items] == ["tmdb:1", "tmdb:2", "tmdb:1"]


def test_files_that_a_disk_cannot_link_are_copied(
    root: Path, two_kinds: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(source: object, target: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    train_taste([two_kinds / "ratings.csv"], root, options=OPTIONS)
    shutil.rmtree(root / "v0001")
    opened(root).verify()


def test_a_title_that_nobody_rated_is_ranked_by_what_it_is(root: Path, two_kinds: Path):
    options = replace(OPTIONS, models=("ease", "content"))
    train_taste([two_kinds / "ratings.csv"], root, options=options)
    library = opened(root)
    answer = library.recommend(history=[("tmdb:39", 5)], k=5)
    assert answer.method == "content"
    assert "resemble" in answer.notes[0]
    assert {int(result.title.year or 0) % 2 for result in answer} == {0}, "crime, as film 38 is"
    assert library.recommend(history=CRIME, k=5).method == "ease"
    unrated = {f"tmdb:{n + 1}" for n in range(COUNT - UNRATED, COUNT)}
    found = library.recommend(history=CRIME, k=COUNT, method="content")
    assert unrated & {result.title.id for result in found}
