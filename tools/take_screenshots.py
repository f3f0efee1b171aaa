"""Take the screenshots of the documentation anew: the demo library's pages, in Chromium.

    python tools/take_screenshots.py

Needs the extra ``browser`` and Chromium on the PATH; writes docs/screenshots/.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from playwright.sync_api import sync_playwright

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
}
"""Path, width, height, colours, and what is clicked, by name of the file."""


def main() -> None:
    """Serve the demo, photograph, stop."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    command = [Path(sys.executable).with_name("matinee"), "serve", "--demo", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
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
            browser.close()
    finally:
        server.terminate()
        server.wait(30)


if __name__ == "__main__":
    main()
