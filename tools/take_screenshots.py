"""Take the screenshots of the documentation anew: every page of the demo library, in Chromium.

    python tools/take_screenshots.py [PAGE ...]

Needs the extra ``browser`` and Chromium on the PATH; writes docs/screenshots/PAGE-WIDTH-THEME.png
of 256 colours, as somebody sees the pages who has rated some films. Given names, it takes those.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

import numpy as np
from PIL import Image, ImageDraw
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, FilePayload, Page

FOLDER = Path(__file__).parents[1] / "docs/screenshots"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
SIZES = {1440: 1000, 390: 844}
"""Heights by width."""
THEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
COLOURS = 256
"""Of each file: a third of the size, and no difference that one sees beside the other."""
RATED = {
    "tmdb:496243": 5.0, "tmdb:27205": 4.5, "tmdb:129": 4.5, "tmdb:603": 4.0, "tmdb:680": 4.5,
    "tmdb:157336": 4.0, "tmdb:597": 2.0, "tmdb:274": 3.5,
}  # fmt: skip
WANTED = ("tmdb:949", "tmdb:11324", "tmdb:244786")
HIDDEN = ("tmdb:24428",)
MALAYALAM = f"/search?q={quote('Indian Malayalam investigative thriller after 2020 not horror')}"
HEIST = f"/search?q={quote('French heist comedy 2000s')}"
PAGES = {
    "home": "/",
    "start": "/start",
    "search": MALAYALAM,
    "unfolded": HEIST,
    "nothing": "/search?q=heist&filter=year:1890..1891",
    "title": f"/title/{quote('tmdb:11423', safe='')}",
    "you": "/you",
    "tonight": "/tonight",
    "pick": "/pick?seed=5",
    "map": "/map",
    "insights": "/insights",
    "admin": "/admin",
    "about": "/about",
    "docs": "/docs",
    "missing": "/nowhere",
    "picture": "/search?q=adventure",
    "evening": "/tonight",
}
CAPTION = "a man alone in the desert at dusk"
"""Written by hand, as somebody does who has no model: the demo has none."""


def still() -> bytes:
    """Return a drawn picture of a figure among hills at dusk, a JPEG."""
    rng = np.random.default_rng(5)
    sky = np.linspace([18, 24, 60], [190, 90, 60], 400)[:, None].repeat(720, axis=1)
    image = Image.fromarray((sky + rng.normal(0, 4, sky.shape)).clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    draw.ellipse((480, 60, 570, 150), fill=(245, 225, 180))
    for row in range(5):
        heights = 300 + row * 20 + np.cumsum(rng.normal(0, 5, 721))
        ridge = [(x, float(heights[x])) for x in range(0, 721, 6)]
        colour = (60 - 10 * row, 40 - 7 * row, 60 - 9 * row)
        draw.polygon([(0, 400), *ridge, (720, 400)], fill=colour)
    draw.rectangle((150, 250, 162, 330), fill=(8, 8, 14))
    draw.ellipse((146, 228, 166, 252), fill=(8, 8, 14))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=90)
    return stream.getvalue()


def prepare(page: Page, name: str) -> None:
    """Bring a page to what is worth showing of it."""
    if name == "unfolded":
        page.click("#facet-genre summary")
        for place in (3, 5):  # opened by script: a click beside a facet closes it
            unfold = page.locator(f"li:nth-child({place}) .why summary")
            unfold.evaluate("summary => { summary.parentElement.open = true }")
    elif name == "picture":
        file: FilePayload = {"name": "still.jpg", "mimeType": "image/jpeg", "buffer": still()}
        page.set_input_files("#given", file)
        page.wait_for_url("**picture=**")
        page.goto(f"{page.url}&route=caption&caption={quote(CAPTION)}", wait_until="networkidle")
    elif name == "evening":
        page.get_by_label("What it is called").fill("Friday at ours")
        page.get_by_role("button", name="Make the night").click()
        page.wait_for_url("**/tonight/*")
        page.wait_for_load_state("networkidle")
    elif name == "map":
        page.wait_for_selector("canvas[data-rated]")


def take(browser: Browser, base: str, name: str) -> None:
    """Photograph a page at both widths, dark and light."""
    for width, height in SIZES.items():
        for theme in THEMES:
            page = browser.new_page(
                viewport={"width": width, "height": height},
                color_scheme=theme,
                reduced_motion="reduce",
            )
            page.goto(base + PAGES[name], wait_until="networkidle")
            prepare(page, name)
            taken = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            page.close()
            small = taken.quantize(COLOURS, dither=Image.Dither.NONE)
            small.save(FOLDER / f"{name}-{width}-{theme}.png", optimize=True)


def tell(base: str, path: str, body: dict[str, object]) -> None:
    """Say by the API what the person did."""
    request = urllib.request.Request(
        f"{base}/v1/people/me/{path}",
        json.dumps(body).encode(),
        {"content-type": "application/json"},
        method="PUT",
    )
    urllib.request.urlopen(request, timeout=30).close()


@contextmanager
def served() -> Iterator[str]:
    """Serve the demo to somebody who has rated; gives the address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    command = [Path(sys.executable).with_name("matinee"), "serve", "--demo", "--port", str(port)]
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"MATINEE_DATABASE_URL": f"sqlite:///{folder}/store.db"},
        )
        try:
            for _ in range(600):
                try:
                    urllib.request.urlopen(f"{base}/health/ready", timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.1)
            for title, stars in RATED.items():
                tell(base, f"ratings/{title}", {"rating": stars})
            for title in WANTED:
                tell(base, f"watchlist/{title}", {})
            for title in HIDDEN:
                tell(base, f"hidden/{title}", {})
            yield base
        finally:
            server.terminate()
            server.wait(30)


def main() -> None:
    """Serve the demo, photograph, stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*", help=f"of {', '.join(PAGES)}; all where none is named")
    chosen = parser.parse_args().pages or list(PAGES)
    if unknown := set(chosen) - set(PAGES):
        parser.error(f"there is no page {', '.join(sorted(unknown))}")
    FOLDER.mkdir(exist_ok=True)
    with served() as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name in chosen:
            take(browser, base, name)
        browser.close()


if __name__ == "__main__":
    main()
