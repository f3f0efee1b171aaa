"""What the tests in a real browser share: Chromium, and the service on a free port."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
import uvicorn

from matinee.service import create_app, server
from matinee.settings import Settings
from matinee.store import open_store
from matinee.store.records import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi import FastAPI
    from playwright.sync_api import Browser, BrowserContext, Page

    from matinee import Library

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


class Running:
    """The service on a free port, which can be stopped."""

    def __init__(self, app: FastAPI) -> None:
        self._socket = server.bind("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = uvicorn.Server(server.configure(app))
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + 60
        while not self._server.started:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.02)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self._socket.close()


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[[FastAPI], Running]]:
    """Start a service; it is stopped when the tests of the module are done."""
    started: list[Running] = []

    def start(app: FastAPI) -> Running:
        started.append(Running(app))
        return started[-1]

    yield start
    for running in started:
        running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; absent only outside CI."""
    from playwright.sync_api import sync_playwright

    if not CHROMIUM.exists():
        message = "chromium is not installed: apt-get install -y chromium"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()


PAGES = {
    "home": "/",
    "start": "/start",
    "search": "/search",
    "results": "/search?q=Malayalam thriller after 2020 not horror",
    "nothing": "/search?q=heist&filter=year:1890..1891",
    "fault": "/search?q=heist&w_dense=0&w_sparse=0&w_title=0",
    "title": "/title/tmdb:496243",
    "you": "/you",
    "leave": "/you/delete",
    "tonight": "/tonight",
    "evening": "/tonight/CODE",  # its address is known once it is made
    "pick": "/pick",
    "map": "/map",
    "insights": "/insights",
    "admin": "/admin",
    "about": "/about",
    "docs": "/docs",
    "login": "/login",
    "missing": "/nowhere",
}
"""Every page, and every state of one that looks different."""
WRONG = {PAGES["fault"]: 422, PAGES["missing"]: 404}
"""The statuses of those that are errors on purpose."""
RATED = {"tmdb:603": 4.5, "tmdb:157336": 5.0, "tmdb:27205": 4.5, "tmdb:680": 2.0, "tmdb:129": 4.0}
WANTED = ("tmdb:496243", "tmdb:274")
HIDDEN = "tmdb:597"


class Site(NamedTuple):
    """A service somebody has used, and the addresses of its pages."""

    url: str
    pages: dict[str, str]


@pytest.fixture(scope="module")
def used(
    serve: Callable[[FastAPI], Running],
    browser: Browser,
    demo: Library,
    tmp_path_factory: pytest.TempPathFactory,
) -> Site:
    """The demo library as somebody uses it, with an evening; and a household with accounts."""
    folder = tmp_path_factory.mktemp("used")
    settings = Settings(database_url=f"sqlite:///{folder / 'store.db'}")
    url = serve(create_app(demo, settings=settings)).url
    context = browser.new_context(base_url=url)
    me = "/v1/people/me"
    for title, stars in RATED.items():
        assert context.request.put(f"{me}/ratings/{title}", data={"rating": stars}).ok
    for title in WANTED:
        assert context.request.put(f"{me}/watchlist/{title}", data={}).ok
    assert context.request.put(f"{me}/hidden/{HIDDEN}", data={}).ok
    pages = {name: url + path for name, path in PAGES.items()}
    page = context.new_page()
    page.goto("/tonight")
    page.get_by_role("button", name="Make the night").click()
    page.wait_for_url("**/tonight/*")
    pages["evening"] = page.url
    context.close()
    # Where nobody has an account there is nothing to sign in to.
    store = open_store(f"sqlite:///{folder / 'household.db'}")
    store.accounts.create("root", role=Role.ADMIN, password="correct horse").result()  # noqa: S106
    household = serve(create_app(demo, settings=Settings(), store=store))
    pages["login"] = household.url + PAGES["login"]
    return Site(url, pages)


@pytest.fixture(params=PAGES)
def name(request: pytest.FixtureRequest) -> str:
    """One page after the other."""
    return request.param


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages that must ask nobody but their site, and complain of nothing."""
    opened: list[BrowserContext] = []
    faults: list[str] = []

    def go(address: str, width: int = 1280, height: int = 800, **options: object) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        opened.append(context)
        page = context.new_page()
        page.on("console", lambda m: note(m.text) if m.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: note(str(error)))
        site = "/".join(address.split("/", 3)[:3])
        page.on("request", lambda r: None if ours(r.url, site) else note(f"asked {r.url}"))
        page.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.error(e.violatedDirective))"
        )
        answer = page.goto(address, wait_until="networkidle")
        wanted = next((status for path, status in WRONG.items() if address.endswith(path)), 200)
        assert answer is not None
        assert answer.status == wanted, address
        return page

    def ours(url: str, site: str) -> bool:
        return url.startswith((f"{site}/", "data:", "blob:"))

    def note(text: str) -> None:
        # The status of the page itself, of those that are errors on purpose.
        if "Failed to load resource: the server responded with a status of 4" not in text:
            faults.append(text)

    yield go
    for context in opened:
        context.close()
    assert faults == []
