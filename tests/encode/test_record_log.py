"""A log that is cut anywhere holds what was whole, and can be written on."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.encode.record_log import KEY_BYTES, RecordLog, content_keys

LENGTH = 5
RECORD = KEY_BYTES + LENGTH + 4
records = st.lists(
    st.tuples(st.binary(min_size=16, max_size=16), st.binary(min_size=LENGTH, max_size=LENGTH)),
    max_size=6,
    unique_by=lambda record: record[0],
)


@given(records, records, st.integers(0, 6 * RECORD))
def test_whatever_is_cut_off(
    first: list[tuple[bytes, bytes]], second: list[tuple[bytes, bytes]], cut: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = RecordLog(Path(folder) / "some.log", LENGTH)
        assert log.read() == log.recover() == {}
        log.append([key for key, _ in first], [content for _, content in first])
        data = log.path.read_bytes()
        assert len(data) == RECORD * len(first)
        log.path.write_bytes(data[:cut])
        whole = dict(first[: cut // RECORD])
        assert log.read() == whole
        assert log.path.stat().st_size == min(cut, len(data)), "reading must not write"
        assert log.recover() == whole
        log.append([key for key, _ in second], [content for _, content in second])
        assert log.read() == whole | dict(second)


def test_a_changed_byte_ends_the_log(tmp_path: Path) -> None:
    log = RecordLog(tmp_path / "some.log", LENGTH)
    keys = [bytes([n]) * KEY_BYTES for n in range(3)]
    log.append(keys, [b"aaaaa", b"bbbbb", b"ccccc"])
    sound = log.path.read_bytes()
    for place in range(RECORD, 2 * RECORD):
        damaged = bytearray(sound)
        damaged[place] ^= 1
        log.path.write_bytes(damaged)
        assert log.read() == {keys[0]: b"aaaaa"}


def test_a_content_of_another_length_is_refused(tmp_path: Path) -> None:
    log = RecordLog(tmp_path / "some.log", LENGTH)
    with pytest.raises(ValueError, match="bytes"):
        log.append([b"k" * KEY_BYTES], [b"too long"])
    assert not log.path.exists()


def test_keys_tell_makers_and_contents_apart() -> None:
    keys = [key for maker in ("a", "b") for key in content_keys(maker + "\0", [b"x", b"y", b"x"])]
    assert len(set(keys)) == 4
    assert keys[0] == keys[2]
    assert all(len(key) == KEY_BYTES for key in keys)
