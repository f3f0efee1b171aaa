"""Pictures by the client, against a real server whose library has posters."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

import httpx2
import pytest
import uvicorn

from matinee import demo as demo_files
from matinee.assembly import open_library
from matinee.assembly.building import build_library
from matinee.client import ClientError, MatineeClient
from matinee.client import errors as refusals
from matinee.client.answers import SearchResult
from matinee.client.pictures import PictureResults, PictureSeen, PosterMatch, Recognised
from matinee.errors import ModelError, PictureError, PictureTooLargeError, QueryError
from matinee.service.app import create_app
from matinee.service.server import bind, configure
from matinee.settings import Settings
from matinee.testing import ColourEncoder, FixedCaptioner, drawn_poster

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MATRIX = "tmdb:603"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("posters")
    for seed, number in enumerate((603, 11, 949, 680)):
        (made / f"{number}.jpg").write_bytes(drawn_poster(seed))
    return made


@pytest.fixture(scope="module")
def library(folder, tmp_path_factory):
    root = tmp_path_factory.mktemp("library")
    build_library([demo_files.TITLES], root, posters=folder, picture_encoder=ColourEncoder())
    return open_library(root, picture_encoder=ColourEncoder(), captioner=FixedCaptioner())


@pytest.fixture
def client(library, tmp_path) -> Iterator[MatineeClient]:
    with serving(library, tmp_path) as url, MatineeClient(url) as made:
        yield made


@contextlib.contextmanager
def serving(library, tmp_path) -> Iterator[str]:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'store.db'}", accounts="off", max_picture=200_000
    )
    app = create_app(library, settings=settings)
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(bind("127.0.0.1", 0))
        server = uvicorn.Server(configure(app))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        stack.callback(thread.join, 30)
        stack.callback(setattr, server, "should_exit", True)
        deadline = time.monotonic() + 30
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        assert server.started
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_a_poster_is_recognised_by_path_and_by_bytes(client, folder, library):
    path = folder / "603.jpg"
    for picture in (path, str(path), path.read_bytes()):
        found = client.recognise(picture, k=3)
        assert isinstance(found, Recognised)
        assert [match.id for match in found.matches] == [MATRIX]
        assert isinstance(found.matches[0], PosterMatch)
        assert (found.matches[0].title, found.matches[0].year) == ("The Matrix", 1999)
        assert 0 < found.matches[0].similarity <= 1
        assert found.library == library.version
        assert found.request_id
    assert client.recognise(drawn_poster(99)).matches == ()


def test_searching_is_what_the_library_does(client, folder, library):
    path = folder / "603.jpg"
    found = client.search_by_picture(path, k=6)
    assert isinstance(found, PictureResults)
    wanted = library.search(image=path, k=6)
    assert [r.id for r in found.results] == [r.title.id for r in wanted]
    assert all(isinstance(each, SearchResult) for each in found.results)
    assert found.picture == PictureSeen(
        route="embedding",
        model="colours",
        share=0.5,
        recognised=PosterMatch(
            id=MATRIX,
            title="The Matrix",
            year=1999,
            similarity=found.picture.recognised.similarity,
        ),
    )


def test_every_argument_arrives(client, folder, library):
    path = folder / "11.jpg"
    found = client.search_by_picture(
        path,
        "a comedy, not a musical",
        5,
        route="both",
        share=0.25,
        caption="a dog in space",
        join=True,
        filter=["year:1980..2010", "-genre:Horror"],
        fields=["title", "year"],
        knobs={"rrf_k": 20, "fusion": "rrf"},
        method="mmr",
        understand=False,
        explain=True,
        facets=True,
        offset=2,
    )
    assert found.picture.route == "both"
    assert (found.picture.share, found.picture.caption) == (0.25, "a dog in space")
    assert (found.picture.joined, found.picture.captioner) == (True, None)
    assert (found.method, found.query) == ("mmr", "a comedy, not a musical")
    assert len(found.results) == 5
    assert all(1980 <= r.year <= 2010 and r.overview is None for r in found.results)
    assert found.facets


def test_what_is_refused_is_the_error_it_would_be_here(client, folder):
    picture = (folder / "603.jpg").read_bytes()
    with pytest.raises(PictureError) as raised:
        client.recognise(b"nothing of the kind")
    assert isinstance(raised.value, refusals.RefusedPictureError)
    assert raised.value.status == 422
    for size in (200_001, 2_000_000):
        with pytest.raises(PictureTooLargeError) as large:
            client.search_by_picture(picture + bytes(size))
        assert isinstance(large.value, ClientError)
        assert large.value.status == 413
        assert large.value.cure
    with pytest.raises(QueryError):
        client.search_by_picture(picture, route="astral")
    with pytest.raises(QueryError):
        client.recognise(picture, k=0)


def test_a_file_that_is_not_there_is_no_request(client, tmp_path):
    with pytest.raises(PictureError) as raised:
        client.recognise(tmp_path / "none.jpg")
    assert not isinstance(raised.value, ClientError)
    assert "none.jpg" in str(raised.value)


@pytest.mark.extra
def test_a_missing_model_is_told_with_its_cure(library, folder, tmp_path):
    bare = open_library(library.root)
    with serving(bare, tmp_path) as url, MatineeClient(url) as client:
        with pytest.raises(ModelError) as raised:
            client.search_by_picture(folder / "603.jpg")
        assert isinstance(raised.value, refusals.ModelUnavailableError)
        assert "matinee models pull clip" in raised.value.cure
        assert client.recognise(folder / "603.jpg").matches[0].id == MATRIX


def test_what_failed_is_sent_again_whole():
    bodies = []

    def answer(request):
        bodies.append(request.read())
        if len(bodies) == 1:
            return httpx2.Response(503, headers={"retry-after": "0"})
        return httpx2.Response(200, json={"matches": []})

    transport = httpx2.MockTransport(answer)
    with MatineeClient(transport=transport, sleep=lambda _: None) as client:
        assert client.recognise(b"abc", k=2).matches == ()
    assert len(bodies) == 2
    for body in bodies:
        assert b"abc" in body
        assert b'name="k"\r\n\r\n2' in body
