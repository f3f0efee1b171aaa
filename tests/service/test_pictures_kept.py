"""Copies of pictures: small, without what the file said besides, and gone after an hour."""

from __future__ import annotations

import errno
import io
import os
import stat
import time

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image
from starlette.testclient import TestClient

from matinee.errors import StoreFullError, StoreUnavailableError
from matinee.pictures import PictureLimits, decode
from matinee.service import create_app
from matinee.service.kept_pictures import SIDE, KeptPictures, is_name, small_copy
from matinee.settings import Settings
from matinee.types import Picture


def picture(width: int = 60, height: int = 80, seed: int = 0) -> Picture:
    pixels = np.random.default_rng(seed).integers(0, 255, (height, width, 3), np.uint8)
    return Picture("0" * 64, "PNG", width, height, pixels)


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(tmp_path, clock) -> KeptPictures:
    return KeptPictures(tmp_path / "cache" / "pictures", clock=clock)


def test_a_copy_is_kept_under_a_name_nobody_guesses(kept):
    names = {kept.keep(picture()) for _ in range(20)}
    assert len(names) == 20
    assert all(is_name(name) for name in names)
    for name in names:
        again = decode(kept.get(name))
        assert (again.format, again.width, again.height) == ("JPEG", 60, 80)


def test_nobody_else_on_the_machine_can_read_it(kept):
    kept.folder.mkdir(parents=True, mode=0o777)
    name = kept.keep(picture())
    assert stat.S_IMODE(kept.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((kept.folder / f"{name}.jpg").stat().st_mode) == 0o600


def test_nothing_is_made_before_it_is_needed(kept):
    assert kept.get("0" * 32) is None
    assert not kept.folder.exists()


def test_after_its_time_it_is_gone_and_then_swept(kept, clock):
    name = kept.keep(picture())
    clock.now += kept.seconds - 1
    assert kept.get(name) is not None
    clock.now += 2
    assert kept.get(name) is None
    kept.keep(picture())
    assert len(list(kept.folder.iterdir())) == 1


def test_it_is_swept_though_nobody_asks(kept, clock):
    kept.sweep()
    old = kept.keep(picture())
    clock.now += kept.seconds / 2
    young = kept.keep(picture())
    clock.now += kept.seconds / 2 + 1
    kept.sweep()
    assert [path.stem for path in kept.folder.iterdir()] == [young]
    assert kept.get(old) is None


def test_a_service_sweeps_when_it_starts(tmp_path):
    here = Settings(database_url=f"sqlite:///{tmp_path / 'store.db'}", cache=tmp_path)
    kept = KeptPictures(tmp_path / "pictures")
    name = kept.keep(picture())
    path = kept.folder / f"{name}.jpg"
    os.utime(path, (0, 0))
    with TestClient(create_app(settings=here), base_url="http://localhost"):
        deadline = time.monotonic() + 20
        while path.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_the_oldest_go_first_where_there_are_too_many(tmp_path, clock):
    kept = KeptPictures(tmp_path, most=3, clock=clock)
    names = []
    for _ in range(5):
        names.append(kept.keep(picture()))
        clock.now += 1
    assert [kept.get(name) is not None for name in names] == [False, False, True, True, True]


def test_the_oldest_go_first_where_they_take_too_much_room(tmp_path, clock):
    size = len(small_copy(picture()))
    kept = KeptPictures(tmp_path, most_bytes=2 * size + size // 2, clock=clock)
    names = []
    for _ in range(4):
        names.append(kept.keep(picture()))
        clock.now += 1
    assert [kept.get(name) is not None for name in names] == [False, False, True, True]


def test_what_is_not_ours_is_left_alone(kept):
    kept.folder.mkdir(parents=True)
    for name in ("notes.txt", "holiday.jpg", "0" * 31 + ".jpg"):
        (kept.folder / name).write_bytes(b"mine")
        os.utime(kept.folder / name, (0, 0))
    kept.keep(picture())
    assert len(list(kept.folder.iterdir())) == 4


def test_two_workers_share_the_folder(kept):
    other = KeptPictures(kept.folder, clock=kept.clock)
    name = kept.keep(picture())
    assert other.get(name) == kept.get(name)


@pytest.mark.parametrize(
    "name",
    ["", "..", "../secret", "0" * 31, "0" * 33, "A" * 32, "0" * 32 + "\n", "/" + "0" * 31, "0\0"],
)
def test_other_names_lead_nowhere(kept, name):
    kept.keep(picture())
    (kept.folder.parent / "secret.jpg").write_bytes(b"secret")
    assert kept.get(name) is None


def test_nothing_but_the_pixels_is_left(kept):
    exif = Image.Exif()
    exif[0x010F] = "the camera of somebody"
    exif[0x8825] = {1: "N", 2: (48.0, 51.0, 29.0)}
    written = io.BytesIO()
    Image.new("RGB", (300, 200), "red").save(
        written, "JPEG", exif=exif, comment=b"taken at home", icc_profile=b"profile of somebody"
    )
    assert b"somebody" in written.getvalue()
    data = kept.get(kept.keep(decode(written.getvalue())))
    for word in (b"Exif", b"somebody", b"home", b"ICC"):
        assert word not in data
    with Image.open(io.BytesIO(data)) as image:
        assert dict(image.getexif()) == {}
        assert not {"exif", "comment", "icc_profile"} & set(image.info)


@settings(deadline=None, max_examples=30)
@given(width=st.integers(16, 1_600), height=st.integers(16, 1_600))
def test_a_copy_is_small_and_can_be_read_again(width, height):
    pixels = np.full((height, width, 3), 127, np.uint8)
    assume(max(width, height) <= PictureLimits().aspect * min(width, height))
    data = small_copy(Picture("0" * 64, "PNG", width, height, pixels))
    copy = decode(data)
    assert max(copy.width, copy.height) <= SIDE
    assert min(copy.width, copy.height) >= min(width, height, 32)
    assert abs(copy.width / copy.height - width / height) < 0.1 * width / height


@pytest.mark.parametrize(
    ("code", "kind"), [(errno.ENOSPC, StoreFullError), (errno.EROFS, StoreUnavailableError)]
)
def test_a_disk_that_takes_nothing_is_told(kept, monkeypatch, code, kind):
    def broken(*_):
        raise OSError(code, "no")

    monkeypatch.setattr("matinee.service.kept_pictures.os.open", broken)
    with pytest.raises(kind) as raised:
        kept.keep(picture())
    assert raised.value.cure


def test_half_a_copy_is_not_left_behind(kept, monkeypatch):
    def broken(*_, **__):
        raise OSError(errno.ENOSPC, "no")

    monkeypatch.setattr("matinee.service.kept_pictures.os.utime", broken)
    with pytest.raises(StoreFullError):
        kept.keep(picture())
    assert list(kept.folder.iterdir()) == []
