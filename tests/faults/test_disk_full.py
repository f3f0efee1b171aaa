"""A full disk under the store: it is said, reading goes on, writing too once there is room."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SIZE = 4 * 2**20
"""Bytes of the disk; the store of a new server and its log take a quarter of it."""
FILLED = 0.3


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.extra
def test_a_full_disk(
    serve: Callable[..., Any],
    titles: list[str],
    tmp_path: Path,
    skip_or_fail: Callable[[str], None],
) -> None:
    if os.geteuid() != 0:
        skip_or_fail("only root may mount a small disk")
    with small_disk(tmp_path / "disk") as disk:
        service = serve(f"sqlite:///{disk / 'store.db'}")
        service.start()
        try:
            acknowledged: dict[str, float] = {}
            assert service.rate(titles[0], 4.0).status == 200
            acknowledged[titles[0]] = 4.0
            # Other data on the same disk takes all but some of the room, ratings take the rest.
            other = disk / "other"
            free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
            other.write_bytes(bytes(int(free * (1 - FILLED))))
            refused = None
            for turn in range(20_000):
                title, stars = titles[turn % len(titles)], 0.5 + turn // len(titles) % 10 / 2
                answer = service.rate(title, stars)
                if answer.status != 200:
                    refused = answer
                    break
                acknowledged[title] = stars
            assert refused is not None
            assert refused.status == 507, refused.raw
            assert "disk" in refused.json["detail"].lower()
            # Reading, searching and saying how one is go on.
            assert service.ratings() == acknowledged
            assert service.get("/v1/search?q=space").status == 200
            assert service.get("/health/live").status == 200
            for title in titles[:5]:
                answer = service.rate(title, 1.5)
                assert answer.status in (200, 507)
                if answer.status == 200:
                    acknowledged[title] = 1.5
            assert service.ratings() == acknowledged
            other.unlink()
            # Without a restart.
            assert service.rate(titles[9], 2.5).status == 200
            acknowledged[titles[9]] = 2.5
            assert service.ratings() == acknowledged
            service.kill()
            service.start()
            assert service.ratings() == acknowledged
        finally:
            service.kill()
