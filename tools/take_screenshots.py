"""Take the screenshots of the documentation anew: the demo library's pages, in Chromium.

    python tools/take_screenshots.py

Needs the extra ``browser`` and Chromium on the PATH; writes docs/screenshots/.
"""

from __future__ import annotations

import io
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

import numpy as np
from PIL import Image, ImageDraw
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FilePayload

FOLDER = Path(__file__).parents[1] / "docs/screenshots"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
SEARCH = f"/search?q={quote('Indian Malayalam investigative thriller after 2020 not horror')}"
HEIST = f"/search?q={quote('French heist comedy 2000s')}"
UNFOLDED = ("#facet-genre summary", "li:nth-child(3) .why summary", "li:nth-child(5) .why summary")
Shot = tuple[str, int, int, Literal["dark", "light"], tuple[str, ...]]
SHOTS: dict[str, Shot] = {
    "home-1440": ("/", 1440, 1000, "dark", ()),
    "search-1440": (SEARCH, 1440, 1000, "dark", ()),
    "search-390": (SEARCH, 390, 844, "dark", ()),
    "unfolded-1440": (HEIST, 1440, 1000, "light", UNFOLDED),
    "title-1440": (f"/title/{quote('tmdb:496243', safe='')}", 1440, 1000, "dark", ()),
    "insights-1440": ("/insights", 1440, 1000, "dark", ()),
    "insights-390": ("/insights", 390, 844, "dark", ()),
}
"""Path, width, height, colours, and what is clicked, by name of the file."""


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


def picture(browser: Browser, base: str) -> None:
    """Photograph a search by a picture, its caption and words."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000}, color_scheme="dark")
    page.goto(f"{base}/search?q=adventure")
    file: FilePayload = {"name": "still.jpg", "mimeType": "image/jpeg", "buffer": still()}
    page.set_input_files("#given", file)
    page.wait_for_url("**picture=**")
    page.goto(f"{page.url}&route=caption&caption={quote(CAPTION)}", wait_until="networkidle")
    page.screenshot(path=FOLDER / "picture-1440.png")
    page.close()


def main() -> None:
    """Serve the demo, photograph, stop."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    command = [Path(sys.executable).with_name("matinee"), "serve", "--demo", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{base}/health/ready", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=FLAGS
            )
            for name, (path, width, height, scheme, clicked) in SHOTS.items():
                page = browser.new_page(
                    viewport={"width": width, "height": height}, color_scheme=scheme
                )
                page.goto(base + path, wait_until="networkidle")
                # The last first: a click beside a facet closes it.
                for place in reversed(clicked):
                    page.click(place)
                page.screenshot(path=FOLDER / f"{name}.png")
                page.close()
            picture(browser, base)
            browser.close()
    finally:
        server.terminate()
        server.wait(30)


if __name__ == "__main__":
    main()
