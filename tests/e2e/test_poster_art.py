"""Posters in a real browser: nothing breaks or moves whatever the host does, and rows vary."""

from __future__ import annotations

import io
import ipaddress
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import pytest
from PIL import Image

from matinee.assembly import open_library
from matinee.catalogue.title import Title
from matinee.ingest.outside import Guard
from matinee.service import art, create_app
from matinee.service.home import shelves
from matinee.service.posters import compose
from matinee.service.posters.palettes import PALETTES
from matinee.settings import Settings

pytestmark = pytest.mark.extra

HERE = Guard(allowed=lambda address: address == ipaddress.ip_address("127.0.0.1"), plain=True)
MOVED = """
new Promise(done => {
  let moved = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) moved += entry.value;
  }).observe({type: "layout-shift", buffered: true});
  requestAnimationFrame(() => setTimeout(() => done(moved), 300));
})
"""
BROKEN = "[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
POSTERS = "[...document.images].filter(i => i.src.includes('/poster/') && i.naturalWidth)"
NAMES = (
    "M", "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb", "千と千尋の神隠し",
    "기생충", "ദൃശ്യം", "विक्रम वेधा", "தமிழ்ப்படம் இரண்டாம் பாகம்", "بچه‌های آسمان", "ﷺ" * 8,
    "ברוכים הבאים ל-Hotel California 2", "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogoch",
    "W" * 60, "Z̸̛͓a̷̧͝l̴̨̛g̵̡̛o̷", "ฉลาดเกมส์โกง", "劇場版「鬼滅の刃」無限列車編", "Amélie",
    "The Assassination of Jesse James by the Coward Robert Ford", "Миллион алых роз",
)  # fmt: skip
NEAREST = 16.0
"""Of 255: how far the pixels of two posters beside each other are apart, on average, at least."""


@pytest.fixture(scope="module")
def library():
    return open_library()


class Host:
    """An image host on the loopback interface."""

    def __init__(self) -> None:
        written = io.BytesIO()
        Image.new("RGB", (342, 513), "teal").save(written, "JPEG")
        body = written.getvalue()
        self.asked: list[str] = []
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                host.asked.append(self.path)
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/t/p"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Pathed:
    """Asks for a poster of each title, for those of the demo library have none."""

    name, unused = "the host", 0

    def __init__(self, source) -> None:
        self._source = source

    def posters(self, titles):
        paths = [f"/{title.id.replace(':', '-')}.jpg" for title in titles]
        pathed = zip(titles, paths, strict=True)
        yield from self._source.posters([replace(t, poster_path=path) for t, path in pathed])


def site_of(serve, library, host_url, tmp_path):
    settings = Settings(
        posters=("tmdb",),
        poster_host=host_url,
        cache=tmp_path / "cache",
        database_url=f"sqlite:///{tmp_path / 'store.db'}",
    )
    # The host is on this machine, which the service itself would not ask.
    app = create_app(library, settings=replace(settings, posters=()))
    made = art.install(app, settings, guard=HERE, folder=tmp_path / "art")
    (supplier,) = made._sources
    source = supplier.open()
    supplier.open = lambda: Pathed(source)
    return serve(app).url, made


def still(browser, url, width):
    """Open a page and go down it; return how far things moved, and how many posters it showed."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url, wait_until="networkidle")
    for _ in range(6):
        page.mouse.wheel(0, 700)
        page.wait_for_timeout(60)
    page.wait_for_load_state("networkidle")
    moved, broken = page.evaluate(MOVED), page.evaluate(BROKEN)
    shown = page.evaluate(f"{POSTERS}.map(i => i.currentSrc)")
    context.close()
    site = url.split("/", 3)[:3]
    assert all(one.startswith(("/".join(site), "data:")) for one in asked)
    assert broken == []
    return moved, shown


@pytest.mark.parametrize("width", [390, 1440])
def test_with_the_host_dead_nothing_is_broken_and_nothing_moves(
    browser, serve, library, tmp_path, width, caplog
):
    host = Host()
    host.close()
    site, made = site_of(serve, library, host.url, tmp_path)
    for path in ("/search?q=heist", "/title/tmdb:961"):
        moved, shown = still(browser, site + path, width)
        assert shown
        assert moved < 0.02
    until(browser, lambda: "failed one after another" in caplog.text)
    assert made.stamp(library.title("tmdb:961")) is None


def test_pictures_come_with_the_next_look_and_nothing_moves(browser, serve, library, tmp_path):
    host = Host()
    try:
        site, made = site_of(serve, library, host.url, tmp_path)
        film = library.title("tmdb:961")
        _, before = still(browser, f"{site}/title/tmdb:961", 1440)
        until(browser, lambda: made.stamp(film))
        moved, after = still(browser, f"{site}/title/tmdb:961", 1440)
        assert after[0] != before[0]
        assert after[0].endswith(f"?v={made.stamp(film)}")
        assert moved < 0.02
        assert host.asked.count("/t/p/w342/tmdb-961.jpg") == 1
    finally:
        host.close()


def until(browser, happened):
    page = browser.new_page()
    for _ in range(400):
        if happened():
            break
        page.wait_for_timeout(25)
    page.close()
    assert happened()


def far_apart(page, svgs):
    """Return how far each drawing is from the next: the mean difference of 16 x 24 pixels."""
    return page.evaluate(
        """async svgs => {
          const seen = [];
          for (const svg of svgs) {
            const image = new Image();
            image.src = URL.createObjectURL(new Blob([svg], {type: "image/svg+xml"}));
            await image.decode();
            const canvas = new OffscreenCanvas(16, 24).getContext("2d");
            canvas.imageSmoothingQuality = "high";
            canvas.drawImage(image, 0, 0, 16, 24);
            seen.push(canvas.getImageData(0, 0, 16, 24).data);
          }
          return seen.slice(1).map((data, i) =>
            data.reduce((sum, v, at) => sum + Math.abs(v - seen[i][at]), 0) / (16 * 24 * 3));
        }""",
        svgs,
    )


def test_posters_beside_each_other_are_not_alike(browser, library):
    page = browser.new_page()
    for shelf in shelves(library):
        posters = [compose(title) for title in shelf.titles]
        assert len(posters) >= 6
        assert min(far_apart(page, [poster.svg for poster in posters])) >= NEAREST
        for one, other in pairwise(posters):
            assert (one.genre, one.motif, one.palette) != (other.genre, other.motif, other.palette)
    for genre in PALETTES:
        row = [Title(id=f"tmdb:{i}", title=f"Film {i}", genres=(genre,)) for i in range(40)]
        apart = far_apart(page, [compose(title).svg for title in row])
        # Films of nothing but one genre, with one name but for its number.
        assert min(apart) >= NEAREST, genre
    page.close()


def test_words_stay_in_their_box_in_every_script(browser):
    titles = [
        Title(id=f"x:{i}-{n}", title=name, year=1990, genres=(genre, "Drama"))
        for i, name in enumerate(NAMES)
        for n, genre in enumerate(list(PALETTES)[::3])
    ]
    posters = [compose(title) for title in titles]
    page = browser.new_page()
    page.set_content("<div id=sheet></div>")
    drawn = page.evaluate(
        """svgs => svgs.map(svg => {
          sheet.innerHTML = svg;
          return [...sheet.querySelectorAll("text")].map(text => {
            const box = text.getBBox();
            return [text.textContent, box.x, box.x + box.width, box.y, box.y + box.height];
          });
        })""",
        [poster.svg for poster in posters],
    )
    page.close()
    for poster, lines in zip(posters, drawn, strict=True):
        x, _, wide, _ = poster.box
        for line, left, right, top, foot in lines:
            # What a face has above its capitals and below its baseline may reach further.
            assert x - 3 <= left <= right <= x + wide + 3, line
            assert -8 <= top <= foot <= 458, line
