"""Posters of a folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from matinee.catalogue.title import Title
from matinee.errors import SourceError
from matinee.ingest.posters import FolderPosters
from matinee.ingest.posters.source import PosterSource
from matinee.types import Reject

if TYPE_CHECKING:
    from pathlib import Path

TITLES = [
    Title(id="tmdb:11", title="A", poster_path="/abcdefgh.jpg"),
    Title(id="tmdb:603", ids=("tmdb:603", "imdb:tt0133093", "movielens:2571"), title="B"),
    Title(id="local:c", title="C"),
]


def write(folder: Path, *names: str) -> Path:
    """Write files that hold their own names."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


def read(folder: Path, **options: object) -> dict[int, str]:
    got = FolderPosters(folder, **options).posters(TITLES)  # type: ignore[arg-type]
    return {position: each.decode() for position, each in got if isinstance(each, bytes)}


def test_by_any_id_and_in_any_folder(tmp_path: Path) -> None:
    write(tmp_path, "11.JPG", "a/b/ml-2571.WebP", "local_c.png", "99.jpg", "notes.txt", "x.svg")
    write(tmp_path, ".603.jpg", ".hidden/603.jpg", "._11.jpg")
    made = FolderPosters(tmp_path)
    assert isinstance(made, PosterSource)
    assert made.name == str(tmp_path)
    got = list(made.posters(TITLES))
    assert got == [(0, b"11.JPG"), (1, b"a/b/ml-2571.WebP"), (2, b"local_c.png")]
    told = made.tally.to_dict()
    assert (told["found"], told["unused"], told["other"], told["repeated"]) == (3, 1, 2, 0)
    assert list(made.posters(TITLES)) == got
    assert made.tally.found == 3


def test_by_the_path_of_the_catalogue(tmp_path: Path) -> None:
    assert read(write(tmp_path, "w500/abcdefgh.webp")) == {0: "w500/abcdefgh.webp"}


def test_of_several_the_first_by_id_and_then_by_path(tmp_path: Path) -> None:
    write(tmp_path, "a/ml-2571.jpg", "b/tt0133093.jpg", "z/603.png", "z/603.jpg", "y/603.webp")
    made = FolderPosters(tmp_path)
    expected = ["y/603.webp", "z/603.jpg", "z/603.png", "b/tt0133093.jpg", "a/ml-2571.jpg"]
    for left in range(len(expected), 0, -1):
        ((position, got),) = made.posters(TITLES)
        assert (position, got) == (1, expected[-left].encode())
        assert made.tally.repeated == left - 1
        (tmp_path / expected[-left]).unlink()
        if left == 1:
            with pytest.raises(SourceError, match="no pictures"):
                list(made.posters(TITLES))


def test_what_bare_numbers_are(tmp_path: Path) -> None:
    write(tmp_path, "2571.jpg")
    assert read(tmp_path) == {}
    assert read(tmp_path, namespace="movielens") == {1: "2571.jpg"}


def test_links_that_lead_out_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "outside", "11.jpg", "secret")
    folder = write(tmp_path / "posters", "in/picture.jpg")
    (folder / "more").symlink_to(tmp_path / "outside")
    (folder / "11.jpg").symlink_to(tmp_path / "outside" / "secret")
    (folder / "603.jpg").symlink_to("in/picture.jpg")
    (folder / "local-c.jpg").symlink_to("local-c.jpg")
    got = dict(FolderPosters(folder).posters(TITLES))
    assert got[1] == b"in/picture.jpg"
    assert isinstance(got[0], Reject)
    assert "leads out" in got[0].reason
    assert got[0].path == str(folder / "11.jpg")
    assert isinstance(got[2], Reject)
    assert "cannot be read" in got[2].reason
    assert len(got) == 3


def test_a_folder_that_is_itself_a_link(tmp_path: Path) -> None:
    write(tmp_path / "real", "11.jpg")
    (tmp_path / "link").symlink_to("real")
    assert read(tmp_path / "link") == {0: "11.jpg"}


def test_what_cannot_be_read_is_a_reject_unless_there_is_another(tmp_path: Path) -> None:
    write(tmp_path, "11.jpg", "a/603.jpg", "b/tt0133093.jpg")
    for name in ("11.jpg", "a/603.jpg"):
        (tmp_path / name).unlink()
        (tmp_path / name).symlink_to("nowhere")
    made = FolderPosters(tmp_path)
    got = dict(made.posters(TITLES))
    assert got[1] == b"b/tt0133093.jpg"
    assert isinstance(got[0], Reject)
    assert "No such file" in got[0].reason
    assert (made.tally.found, made.tally.rejected) == (1, 1)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_without_permission(tmp_path: Path) -> None:
    write(tmp_path, "11.jpg")
    (tmp_path / "11.jpg").chmod(0)
    ((_, got),) = FolderPosters(tmp_path).posters(TITLES)
    assert isinstance(got, Reject)


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "11.jpg")
    ((_, got),) = FolderPosters(tmp_path).posters(TITLES)
    assert isinstance(got, Reject)
    assert "no ordinary file" in got.reason


def test_no_more_is_read_than_the_limit(tmp_path: Path) -> None:
    (tmp_path / "11.jpg").write_bytes(bytes(1000))
    (tmp_path / "603.jpg").write_bytes(bytes(1001))
    got = dict(FolderPosters(tmp_path, limit=1000).posters(TITLES))
    assert got[0] == bytes(1000)
    assert isinstance(got[1], Reject)
    assert "more than 1,000 bytes" in got[1].reason
    with (tmp_path / "11.jpg").open("wb") as stream:
        stream.truncate(1 << 40)
    got = dict(FolderPosters(tmp_path, limit=1000).posters(TITLES))
    assert isinstance(got[0], Reject)


def test_a_folder_of_something_else(tmp_path: Path) -> None:
    write(tmp_path, "readme.txt")
    with pytest.raises(SourceError, match="no pictures"):
        list(FolderPosters(tmp_path).posters(TITLES))
    with pytest.raises(SourceError, match="cannot be listed"):
        list(FolderPosters(tmp_path / "nowhere").posters(TITLES))


def test_each_file_is_read_when_its_turn_comes(tmp_path: Path) -> None:
    write(tmp_path, "11.jpg", "603.jpg")
    posters = FolderPosters(tmp_path).posters(TITLES)
    assert next(posters) == (0, b"11.jpg")
    (tmp_path / "603.jpg").write_text("later")
    assert next(posters) == (1, b"later")
