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
SEARCH = f"/search?q={quote('neo-noir crime with witty dialogue')}"
SHOTS = {
    "home-1440": ("/", 1440, 1000),
    "search-1440": (SEARCH, 1440, 1000),
    "search-390": (SEARCH, 390, 844),
    "title-1440": (f"/title/{quote('tmdb:496243', safe='')}", 1440, 1000),
}


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
            for name, (path, width, height) in SHOTS.items():
                page = browser.new_page(
                    viewport={"width": width, "height": height}, color_scheme="dark"
                )
                page.goto(base + path, wait_until="networkidle")
                page.screenshot(path=FOLDER / f"{name}.png")
                page.close()
            browser.close()
    finally:
        server.terminate()
        server.wait(30)


if __name__ == "__main__":
    main()
