"""Pictures on the pages: had once, in the background, within bounds, and never as they came."""

from __future__ import annotations

import io
import logging
import re
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from starlette.testclient import TestClient

from matinee.catalogue.title import Title
from matinee.errors import PictureError, SourceError
from matinee.ingest.outside import Guard
from matinee.service import art, assets, create_app, posters, views
from matinee.service.art import Art, key_of
from matinee.service.art_kept import Absence, KeptArt
from matinee.service.art_picture import printed
from matinee.service.art_sources import (
    FETCHED_SECONDS,
    LONGEST_PAUSE,
    Supplier,
    pause_after,
    suppliers,
)
from matinee.settings import Settings
from matinee.testing import drawn_poster
from matinee.types import Reject

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILM = Title(id="tmdb:603", ids=("tmdb:603",), title="The Matrix", year=1999, poster_path="/a.jpg")
OTHER = Title(id="tmdb:2", ids=("tmdb:2",), title="Topkapi")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
TMDB = "This product uses the TMDB API but is not endorsed or certified by TMDB."


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


class FakeSource:
    """Gives what it was told to; notes the titles it was asked for.

    Attributes:
        gives: bytes, or why there are none, by id.
        fault: raised instead.
    """

    name, unused = "fake", 0

    def __init__(self, **gives: bytes | str) -> None:
        self.gives = {name.replace("_", ":"): value for name, value in gives.items()}
        self.fault: Exception | None = None
        self.asked: list[str] = []

    def posters(self, titles):
        self.asked += [title.id for title in titles]
        if self.fault is not None:
            raise self.fault
        for position, title in enumerate(titles):
            got = self.gives.get(title.id)
            if isinstance(got, bytes):
                yield position, got
            elif got is not None:
                yield position, Reject("fake", 1, "", "", got, "")


class Later:
    """Runs what is to run in the background when it is told to."""

    def __init__(self) -> None:
        self.works: list[Callable[[], None]] = []

    def __call__(self, work: Callable[[], None]) -> None:
        self.works.append(work)

    def run(self) -> None:
        works, self.works = self.works, []
        for work in works:
            work()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def later() -> Later:
    return Later()


@pytest.fixture
def kept(tmp_path: Path, clock: Clock) -> KeptArt:
    return KeptArt(tmp_path / "art", 1_000_000, clock)


def showing(
    kept: KeptArt, start: Callable[[Callable[[], None]], None], *sources: FakeSource
) -> Art:
    suppliers = [Supplier(s.name, lambda s=s: s, FETCHED_SECONDS) for s in sources]
    return Art(suppliers, kept, clock=kept.clock, start=start)


def picture(kind: str = "JPEG", size: tuple[int, int] = (342, 513), **more: object) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "teal").save(written, kind, **more)
    return written.getvalue()


# --- What is shown --------------------------------------------------------------------------


def test_the_first_look_is_not_kept_waiting_and_the_next_has_the_picture(kept, later):
    source = FakeSource(tmdb_603=drawn_poster(1))
    shown = showing(kept, later, source)
    assert shown.stamp(FILM) is None
    assert shown.picture(FILM) is None
    assert source.asked == []
    later.run()
    data, stamp = shown.picture(FILM)
    assert stamp == shown.stamp(FILM)
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.size) == ("WEBP", (240, 360))
    assert source.asked == ["tmdb:603"]
    assert not later.works, "what is there is not looked for again"


def test_another_path_of_the_poster_is_another_poster(kept, later):
    shown = showing(kept, later, FakeSource(tmdb_603=drawn_poster(1)))
    shown.picture(FILM)
    later.run()
    assert shown.stamp(FILM)
    assert shown.stamp(replace(FILM, poster_path="/b.jpg")) is None


def test_the_first_source_that_can_be_used_gives_the_picture(kept, later):
    broken, good, late = (
        FakeSource(tmdb_603=b"GIF89a and no more"),
        FakeSource(tmdb_603=picture()),
        FakeSource(tmdb_603=drawn_poster(2)),
    )
    shown = showing(kept, later, broken, good, late)
    shown.picture(FILM)
    later.run()
    assert shown.stamp(FILM)
    assert (broken.asked, good.asked, late.asked) == (["tmdb:603"], ["tmdb:603"], [])


def test_a_picture_is_looked_for_again_when_it_is_old_and_goes_when_there_is_none(
    kept, later, clock
):
    source = FakeSource(tmdb_603=drawn_poster(1))
    shown = showing(kept, later, source)
    shown.picture(FILM)
    later.run()
    first = shown.stamp(FILM)
    clock.now += FETCHED_SECONDS - 1
    shown.picture(FILM)
    assert not later.works
    clock.now += 2
    assert shown.picture(FILM), "the old one is shown meanwhile"
    later.run()
    assert shown.stamp(FILM) == first, "the same picture has the same address"
    source.gives["tmdb:603"] = drawn_poster(2)
    clock.now += FETCHED_SECONDS + 1
    shown.picture(FILM)
    later.run()
    assert shown.stamp(FILM) not in (None, first)
    source.gives = {"tmdb:603": "the host is asleep"}
    clock.now += FETCHED_SECONDS + 1
    shown.picture(FILM)
    later.run()
    assert shown.stamp(FILM), "one that cannot be had now is still shown"
    source.gives = {}
    clock.now += LONGEST_PAUSE
    shown.picture(FILM)
    later.run()
    assert shown.stamp(FILM) is None


# --- What fails -----------------------------------------------------------------------------


def test_what_cannot_be_had_is_asked_for_after_pauses_that_grow(kept, later, clock):
    source = FakeSource(tmdb_603="the host answers 403")
    shown = showing(kept, later, source)
    for failures in range(1, 8):
        shown.picture(FILM)
        later.run()
        assert len(source.asked) == failures
        clock.now += pause_after(failures) - 1
        shown.picture(FILM)
        assert not later.works
        assert shown.seconds_without(FILM) == art.SOON
        clock.now += 2
    assert pause_after(7) == LONGEST_PAUSE
    # Another process, or this one started again, knows it too.
    assert kept.absence(key_of(FILM)).failures == 7
    source.gives["tmdb:603"] = picture()
    shown.picture(FILM)
    later.run()
    assert shown.stamp(FILM)
    assert kept.absence(key_of(FILM)) is None


def test_a_title_without_a_poster_is_left_alone_for_an_hour(kept, later, clock):
    source = FakeSource()
    shown = showing(kept, later, source)
    shown.picture(FILM)
    later.run()
    assert shown.seconds_without(FILM) == art.LOOK_AGAIN
    clock.now += art.LOOK_AGAIN - 1
    shown.picture(FILM)
    assert not later.works
    clock.now += 1
    shown.picture(FILM)
    later.run()
    assert source.asked == ["tmdb:603"] * 2


def test_a_source_that_fails_rests_and_the_next_one_is_asked(kept, later, clock, caplog):
    dead, folder = FakeSource(), FakeSource(tmdb_2=picture())
    dead.fault = SourceError("no answer", where="the last: connection refused")
    shown = showing(kept, later, dead, folder)
    shown.picture(FILM)
    shown.picture(OTHER)
    with caplog.at_level(logging.WARNING):
        later.run()
    assert "connection refused" in caplog.text
    assert shown.stamp(OTHER)
    assert shown.stamp(FILM) is None
    third = replace(OTHER, id="tmdb:3")
    shown.picture(third)
    later.run()
    assert dead.asked == ["tmdb:603", "tmdb:2"], "it rests from other titles too"
    # Whose turn did not come is not to blame, and tried again when the source is.
    assert kept.absence(key_of(FILM)).failures == 0
    clock.now += pause_after(1) + 1
    dead.fault, dead.gives = None, {"tmdb:603": picture()}
    shown.picture(FILM)
    later.run()
    assert shown.stamp(FILM)


def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_tried_for_a_while(
    tmp_path, later, clock, caplog
):
    (tmp_path / "art").write_text("a file where the folder should be")
    shown = showing(KeptArt(tmp_path / "art", 1_000_000, clock), later, FakeSource())
    shown.picture(FILM)
    later.run()
    assert "cannot be kept" in caplog.text
    shown.picture(FILM)
    assert not later.works
    clock.now += 61
    shown.picture(FILM)
    assert later.works


def test_a_thread_that_dies_leaves_nothing_behind(kept, later):
    source = FakeSource()
    source.fault = ZeroDivisionError()
    shown = showing(kept, later, source)
    shown.picture(FILM)
    with pytest.raises(ZeroDivisionError):
        later.run()
    source.fault, source.gives = None, {"tmdb:603": picture()}
    shown.picture(FILM)
    later.run()
    assert shown.stamp(FILM)


# --- Once, and within bounds ----------------------------------------------------------------


def test_many_who_look_at_once_have_it_looked_for_once(kept):
    source = FakeSource(tmdb_603=picture())
    asked, go = threading.Event(), threading.Event()
    before = source.posters

    def slow(titles):
        asked.set()
        assert go.wait(10)
        yield from before(titles)

    source.posters = slow
    workers: list[threading.Thread] = []

    def start(work):
        workers.append(threading.Thread(target=work))
        workers[-1].start()

    shown = showing(kept, start, source)
    lookers = [threading.Thread(target=shown.picture, args=(FILM,)) for _ in range(16)]
    for looker in lookers:
        looker.start()
    for looker in lookers:
        looker.join(10)
    assert asked.wait(10)
    shown.picture(FILM)  # while it is under way
    go.set()
    for worker in workers:
        worker.join(10)
    shown.picture(FILM)
    assert len(workers) == 1
    assert source.asked == ["tmdb:603"]


def test_two_workers_have_it_looked_for_once(kept, later):
    sources = FakeSource(tmdb_603=picture()), FakeSource(tmdb_603=picture())
    both = [showing(kept, later, source) for source in sources]
    for shown in both:
        shown.picture(FILM)
    assert len(later.works) == 2
    later.run()
    assert sum(len(source.asked) for source in sources) == 1
    assert all(shown.stamp(FILM) for shown in both)


def test_the_queue_is_bounded(kept, later, monkeypatch):
    monkeypatch.setattr(art, "_QUEUE", 3)
    source = FakeSource()
    shown = showing(kept, later, source)
    for n in range(10):
        shown.picture(replace(FILM, id=f"tmdb:{n}"))
    later.run()
    assert source.asked == ["tmdb:0", "tmdb:1", "tmdb:2"]


def test_a_service_that_stops_looks_for_nothing_more(kept, later):
    source = FakeSource(tmdb_603=picture())
    shown = showing(kept, later, source)
    shown.picture(FILM)
    shown.close()
    later.run()
    assert source.asked == []
    shown.picture(OTHER)
    assert not later.works


def test_the_folder_stays_within_its_bound_and_what_was_looked_at_stays(kept, later, clock):
    data = b"RIFF" + (20_000 - 8).to_bytes(4, "little") + bytes(20_000 - 8)
    keys = [f"{n:032x}" for n in range(60)]
    for key in keys:
        clock.now += 1
        kept.keep(key, data, clock.now + 1e6)
    clock.now += 100_000  # more than a day
    assert kept.read(keys[0]), "looked at"
    kept.trim()
    left = [key for key in keys if kept.read(key)]
    assert sum(1 for _ in kept.folder.rglob("*.webp")) == len(left)
    assert len(left) * 20_480 <= kept.most_bytes
    assert keys[0] in left
    assert left[1:] == keys[-len(left) + 1 :]


def test_a_file_that_was_cut_short_is_none(kept):
    data = printed(picture(), 10**6)
    kept.keep("ab" * 16, data, 2e9)
    assert kept.digest("ab" * 16)
    path = next(kept.folder.rglob("*.webp"))
    path.write_bytes(data[:-5])
    assert kept.read("ab" * 16) is None
    assert kept.digest("ab" * 16) is None
    assert kept.is_due("ab" * 16)


def test_a_note_that_cannot_be_read_is_none(kept):
    kept.keep_absence("ab" * 16, Absence(3, 2e9))
    next(kept.folder.rglob("*.none")).write_bytes(b"\xff")
    assert kept.absence("ab" * 16) is None


# --- Hostile files --------------------------------------------------------------------------

BOMB = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (60_000).to_bytes(4, "big") * 2
    + b"\x08\x02\x00\x00\x00" + bytes(4)
)  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        b"", SVG, b"<html><script>alert(1)</script>", picture()[:400], BOMB, b"\xff\xd8\xff\xe0",
        picture("PNG", (20_000, 20)), picture("PNG", (8, 8)), picture("TIFF"), b"RIFF\0\0\0\0WEBP",
        b"GIF89a" + SVG,
    ],
    ids=[
        "nothing", "svg", "html", "cut short", "bomb", "a beginning", "strip", "speck", "tiff",
        "empty webp", "svg in disguise",
    ],
)  # fmt: skip
def test_what_is_no_poster_never_reaches_a_browser(data, kept, later):
    with pytest.raises(PictureError):
        printed(data, 1_000_000)
    shown = showing(kept, later, FakeSource(tmdb_603=data))
    shown.picture(FILM)
    later.run()
    assert shown.picture(FILM) is None
    assert kept.absence(key_of(FILM)).failures == 1


def test_a_file_that_is_too_large_is_not_decoded():
    with pytest.raises(PictureError, match="bytes"):
        printed(picture() + bytes(2_000), 1_000)


def test_nothing_but_pixels_is_shown():
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    exif[0x0112] = 6  # lies on its side
    data = picture(size=(600, 400), exif=exif, comment=b"<script>") + b"<script>alert(1)</script>"
    made = printed(data, 10**6)
    assert b"script" not in made
    assert b"taken" not in made
    with Image.open(io.BytesIO(made)) as image:
        assert image.size[1] * 2 == image.size[0] * 3
        assert not image.getexif()


@pytest.mark.parametrize("size", [(342, 513), (2000, 3000), (185, 278), (641, 360), (17, 160)])
def test_a_picture_is_two_to_three_and_no_larger_than_it_was(size):
    with Image.open(io.BytesIO(printed(picture("PNG", size), 10**7))) as image:
        assert image.width * 3 == image.height * 2
        assert image.width <= min(400, size[0])


@pytest.mark.parametrize("odd", ["tmdb:../../etc", "local:a/../b", "x:\x00", "x:\ud800"])
def test_no_id_leads_out_of_the_folder(odd, kept, later, tmp_path):
    film = replace(FILM, id=odd, poster_path="../../../etc/passwd")
    source = FakeSource()
    source.gives = {odd: picture()}
    shown = showing(kept, later, source)
    shown.picture(film)
    later.run()
    assert shown.stamp(film)
    files = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert all(re.fullmatch(r"art/(\.lock|[0-9a-f]{2}/[0-9a-f]{32}\.webp)", str(p)) for p in (
        path.relative_to(tmp_path) for path in files
    ))  # fmt: skip


# --- Of TMDb's image host -------------------------------------------------------------------

HERE = Guard(allowed=lambda address: address.is_loopback, plain=True)


@pytest.fixture
def host():
    """A host with one picture, on the loopback interface; it notes what it is asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            body = picture() if self.path.endswith("/a.jpg") else b""
            self.send_response(200 if body else 404)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/t/p", asked
    server.shutdown()
    server.server_close()


def fetching(kept: KeptArt, later: Later, url: str, guard: Guard | None) -> Art:
    settings = Settings(posters=("tmdb",), poster_host=url)
    return Art(
        suppliers(settings, kept.folder / "fetched", guard=guard),
        kept,
        clock=kept.clock,
        start=later,
    )


def test_pictures_are_fetched_by_the_server_and_only_kept_as_they_are_shown(kept, later, host):
    url, asked = host
    shown = fetching(kept, later, url, HERE)
    gone = replace(FILM, id="tmdb:4", poster_path="/gone.jpg")
    for film in (FILM, OTHER, gone, replace(FILM, id="x:1", poster_path="//evil.example/a.jpg")):
        shown.picture(film)
    later.run()
    assert shown.stamp(FILM)
    assert sorted(asked) == ["/t/p/w342/a.jpg", "/t/p/w342/gone.jpg"]
    # What the host sent is not kept beside it; that it lacks one is, for a month.
    left = [path for path in (kept.folder / "fetched").rglob("*") if path.is_file()]
    assert [path.name for path in left] == ["gone.jpg.absent"]
    kept.clock.now += LONGEST_PAUSE + 1
    shown.picture(gone)
    later.run()
    assert len(asked) == 2


def test_a_host_within_the_network_is_never_asked(kept, later, host, caplog):
    url, asked = host
    shown = fetching(kept, later, url, Guard(plain=True))
    shown.picture(FILM)
    later.run()
    assert asked == []
    assert shown.stamp(FILM) is None
    assert "private network" in caplog.text


# --- Over HTTP ------------------------------------------------------------------------------


@pytest.fixture
def pictures(tmp_path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "603.jpg").write_bytes(drawn_poster(1))
    (folder / "tmdb-2.png").write_bytes(SVG)
    return folder


@pytest.fixture
def site(library, settings, pictures, tmp_path, later):
    wanted = replace(settings, posters=(str(pictures),), cache=tmp_path / "cache")
    app = create_app(library, settings=wanted)
    made = getattr(app.state, "art", None) or art.install(app, wanted)
    made._start = later
    app.add_api_route("/of/{film}", lambda film: told(library.title(film)))
    with TestClient(app, base_url="http://localhost") as client:
        yield client


def told(film: Title) -> tuple[str, bool]:
    """What a page says of a poster."""
    return views.poster_url(film), views.is_drawn(film)


def address(client: TestClient, film: str, *, drawn: bool = True) -> str:
    url, said = client.get(f"/of/{film}").json()
    assert said is drawn
    return url


def test_an_address_is_immutable_once_it_is_that_of_a_picture(site, later):
    drawn = address(site, "tmdb:603")
    first = site.get(drawn)
    assert first.headers["content-type"] == "image/svg+xml"
    assert first.headers["cache-control"] == f"public, max-age={art.SOON}"
    later.run()
    shown = address(site, "tmdb:603", drawn=False)
    assert shown != drawn
    answer = site.get(shown)
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == assets.IMMUTABLE
    known = {"if-none-match": answer.headers["etag"]}
    assert site.get(shown, headers=known).status_code == 304
    # Under the old address there is the picture now, and it must be asked for again.
    for stale in (drawn, "/poster/tmdb:603", "/poster/tmdb:603?v=0"):
        again = site.get(stale)
        assert again.headers["content-type"] == "image/webp"
        assert again.headers["cache-control"] == assets.REVALIDATE
    # The drawing has an address of its own, whatever there is.
    svg = site.get(f"/poster/tmdb:603.svg?v={drawn.partition('=')[2]}")
    assert svg.headers["content-type"] == "image/svg+xml"
    assert svg.headers["cache-control"] == assets.IMMUTABLE


def test_a_hostile_file_is_answered_with_the_drawing(site, later):
    site.get(address(site, "tmdb:2"))
    later.run()
    answer = site.get(address(site, "tmdb:2"))
    assert answer.headers["content-type"] == "image/svg+xml"
    assert b"alert" not in answer.content
    assert "immutable" not in answer.headers["cache-control"]


def test_an_address_from_when_pictures_were_shown_still_answers(client):
    answer = client.get("/poster/tmdb:603?v=0123456789abcdef")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == assets.REVALIDATE
    assert client.get("/poster/tmdb%3A1").status_code == 404


def test_with_accounts_a_picture_is_for_one_persons_cache(library, settings, pictures, tmp_path):
    wanted = replace(settings, posters=(str(pictures),), cache=tmp_path, accounts="on")
    app = create_app(library, settings=wanted)
    made = getattr(app.state, "art", None) or art.install(app, wanted)
    made._start = later = Later()
    with TestClient(app, base_url="http://localhost") as client:
        store = app.state.store
        store.accounts.create("kim").result()
        _, token = store.tokens.create("kim").result()
        client.headers["authorization"] = f"Bearer {token}"
        for _ in range(2):
            answer = client.get("/poster/tmdb:603")
            assert answer.headers["cache-control"].startswith("private")
            assert answer.headers["vary"].startswith("Cookie, Authorization")
            later.run()
        assert answer.headers["content-type"] == "image/webp"


def test_nothing_is_looked_for_unless_the_settings_say_so(library, settings):
    app = create_app(library, settings=settings)
    assert art.install(app, settings) is None
    assert Settings().posters == ()


def test_tmdb_is_thanked_where_it_gives_the_pictures(library, settings, tmp_path):
    asked = replace(settings, posters=("tmdb",), cache=tmp_path)
    app = create_app(library, settings=asked)
    if getattr(app.state, "art", None) is None:
        art.install(app, asked)
    with TestClient(app, base_url="http://localhost") as client:
        # The foot of it is that of every page.
        assert TMDB in client.get("/nothing", headers={"accept": "text/html"}).text


def test_the_stamp_of_a_drawing_is_none_of_a_picture(kept, later):
    shown = showing(kept, later, FakeSource(tmdb_603=picture()))
    shown.picture(FILM)
    later.run()
    assert shown.stamp(FILM) != posters.stamp(FILM)


def test_the_page_of_a_title_says_whether_its_poster_is_drawn(client, monkeypatch):
    for drawn, said in ((True, 'alt="Drawn poster of '), (False, 'alt="Poster of ')):
        monkeypatch.setattr(views, "is_drawn", lambda film, drawn=drawn: drawn)
        assert said in client.get("/title/tmdb-tv:3").text
