"""Pictures sent to the service as it runs for real: bombs, floods, and senders that stop midway."""

from __future__ import annotations

import contextlib
import io
import json
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable

SEARCH, RECOGNISE = "/v1/search/picture", "/v1/pictures/recognise"
EDGE = "aaaaaaaaaaaaaaaa"
MEGABYTE = 1_000_000
ROOM = 100
"""Megabytes that a picture may take while it is looked at."""

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the system does not tell what memory is used"
)


def form(picture: bytes, **fields: str) -> bytes:
    parts = [
        f'--{EDGE}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'--{EDGE}\r\nContent-Disposition: form-data; name="picture"; filename="a"\r\n\r\n'
    return b"".join([*parts, head.encode(), picture, f"\r\n--{EDGE}--\r\n".encode()])


def send(service: Any, path: str, picture: bytes, timeout: float = 60, **fields: str) -> Any:
    with contextlib.closing(service.connect(timeout)) as connection:
        headers = {"Content-Type": f"multipart/form-data; boundary={EDGE}"}
        connection.request("POST", path, form(picture, **fields), headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def noise(kind: str = "JPEG", size: tuple[int, int] = (2_000, 2_000)) -> bytes:
    raster = np.random.default_rng(0).integers(0, 255, (50, 50, 3), np.uint8)
    written = io.BytesIO()
    Image.fromarray(raster).resize(size).save(written, kind)
    return written.getvalue()


def bomb(mode: str = "L", side: int = 16_000) -> bytes:
    written = io.BytesIO()
    Image.new(mode, (side, side)).save(written, "PNG", compress_level=9)
    return written.getvalue()


def animation() -> bytes:
    frames = [Image.new("P", (2_000, 2_000), i % 256) for i in range(200)]
    written = io.BytesIO()
    frames[0].save(written, "GIF", save_all=True, append_images=frames[1:])
    return written.getvalue()


def memory(service: Any, what: str) -> float:
    """Return megabytes of the server's process: VmRSS now, VmHWM at its highest."""
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith(what))
    return int(line.split()[1]) * 1_024 / MEGABYTE


@pytest.fixture
def service(serve: Callable[..., Any]) -> Any:
    started = serve()
    started.start()
    # What a first request loads is no growth.
    assert send(started, SEARCH, noise())[0] == 503
    assert started.get("/v1/search?q=heist").status == 200
    return started


def test_a_bomb_is_refused_and_takes_no_memory(service):
    before = memory(service, "VmRSS")
    for mode in ("1", "L", "RGB", "RGBA"):
        small = bomb(mode)
        assert len(small) < 4 * MEGABYTE
        for path in (SEARCH, RECOGNISE):
            status, problem = send(service, path, small)
            assert status == 413, problem
            assert problem["cure"]
    assert len(bomb("1")) < 40_000
    status, _ = send(service, RECOGNISE, animation())
    assert status in (413, 422, 503)
    assert memory(service, "VmHWM") - before < ROOM
    assert service.get("/v1/search?q=heist").status == 200


def test_many_large_pictures_at_once_take_bounded_memory(service):
    before = memory(service, "VmRSS")
    large = noise(size=(6_000, 6_000))
    assert len(large) < 9 * MEGABYTE
    statuses: list[int] = []

    def one() -> None:
        statuses.append(send(service, SEARCH, large)[0])

    threads = [threading.Thread(target=one) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The model is missing, or there were too many of them: never anything else.
    assert set(statuses) == {503}
    held = 16 * len(form(large)) / MEGABYTE
    assert memory(service, "VmHWM") - before < 2 * held + 2 * ROOM
    assert service.get("/v1/search?q=heist").status == 200


def test_without_the_model_it_is_said_how_to_get_it(service):
    status, problem = send(service, SEARCH, noise(), q="heist")
    assert (status, problem["title"]) == (503, "Model")
    assert "matinee models pull clip" in problem["cure"]
    status, problem = send(service, RECOGNISE, noise())
    assert status == 503
    assert "posters" in problem["cure"]


def test_a_file_far_too_large_is_read_and_its_sender_told(service):
    before = memory(service, "VmRSS")
    status, problem = send(service, SEARCH, bytes(30 * MEGABYTE))
    assert (status, problem["title"]) == (413, "Picture too large")
    # By pieces whose sum nobody was told: the connection ends, with an answer or without.
    with contextlib.closing(service.connect()) as connection:
        headers = {"Content-Type": f"multipart/form-data; boundary={EDGE}"}
        whole = form(bytes(12 * MEGABYTE))
        pieces = (whole[i : i + 65_536] for i in range(0, len(whole), 65_536))
        status = 413
        with contextlib.suppress(ConnectionError):
            connection.request("POST", SEARCH, pieces, headers, encode_chunked=True)
            status = connection.getresponse().status
        assert status == 413
    assert memory(service, "VmHWM") - before < 2 * 12
    assert service.get("/v1/search?q=heist").status == 200


def test_senders_that_stop_midway_hold_nothing_for_long(serve):
    service = serve(MATINEE_REQUEST_SECONDS="1")
    service.start()
    body = form(noise())
    head = (
        f"POST {SEARCH} HTTP/1.1\r\nHost: 127.0.0.1:{service.port}\r\nContent-Type: "
        f"multipart/form-data; boundary={EDGE}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    stuck = []
    for _ in range(20):
        one = socket.create_connection(("127.0.0.1", service.port))
        one.sendall(head + body[: len(body) // 2])
        stuck.append(one)
    said = stuck[0].recv(65_536)
    assert said.startswith(b"HTTP/1.1 408")
    deadline = time.monotonic() + 30
    while send(service, SEARCH, noise())[1]["title"] != "Model":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    for one in stuck:
        one.close()
    assert service.get("/health/live").status == 200
    assert b"Traceback" not in service.log.read_bytes()


def test_copies_of_the_page_are_shared_by_the_workers(serve, tmp_path):
    service = serve(workers=2, MATINEE_CACHE=str(tmp_path / "cache"))
    service.start()
    with contextlib.closing(service.connect()) as connection:
        headers = {"Content-Type": f"multipart/form-data; boundary={EDGE}"}
        connection.request("POST", "/search/picture", form(noise()), headers)
        response = connection.getresponse()
        assert response.status == 303
        where = response.headers["location"]
    name = where.partition("picture=")[2]
    for _ in range(12):
        # Each on a connection of its own, which either worker may take.
        answer = service.get(f"/picture/{name}")
        assert answer.status == 200
        assert answer.headers["content-type"] == "image/jpeg"
    assert [path.stem for path in (tmp_path / "cache/pictures").iterdir()] == [name]
