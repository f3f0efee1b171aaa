"""A group night in a browser: a host with an account, guests without one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from matinee.deeds import deed_of
from matinee.service import create_app
from matinee.service.routes import tonight
from matinee.service.sessions import COOKIE, cookies_of
from matinee.settings import Settings
from matinee.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

    from matinee import Library

pytestmark = pytest.mark.extra

HERS = [("tmdb:949", 5.0), ("tmdb:769", 4.5), ("tmdb:680", 4.0), ("tmdb:862", 4.5)]


class House:
    """A service with accounts, and the browsers of the people there."""

    def __init__(self, url: str, browser: Browser, host: Callable[[BrowserContext], None]) -> None:
        self.url, self._browser, self._sign_in = url, browser, host
        self._open: list[BrowserContext] = []
        self.complaints: list[str] = []

    def page(self, *, host: bool = False, **options: Any) -> Page:
        """Return a page of a browser of its own."""
        context = self._browser.new_context(**options)
        self._open.append(context)
        if host:
            self._sign_in(context)
        context.set_default_timeout(10_000)
        made = context.new_page()
        made.on("pageerror", lambda error: self.complaints.append(str(error)))
        made.on(
            "console", lambda said: self.complaints.append(said.text) if said.type == "error" else 0
        )
        return made

    def close(self) -> None:
        for context in self._open:
            context.close()
        self._open.clear()


@pytest.fixture(scope="module")
def running(
    serve: Any, browser: Browser, demo: Library, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('tonight') / 'store.db'}")
    app = create_app(demo, settings=Settings(accounts="on", secret="x" * 32), store=store)
    if not any(getattr(route, "path", "") == "/tonight" for route in app.routes):
        app.include_router(tonight.router)
    ann = store.accounts.create("ann").result()
    store.history.rate(ann.key, list(map(deed_of, HERS))).result()
    url = serve(app).url

    def sign_in(context: BrowserContext) -> None:
        session = store.sessions.create(ann.key, seconds=600).result()
        value = cookies_of(app).pack(session)
        context.add_cookies([{"name": COOKIE, "value": value, "url": url}])

    yield House(url, browser, sign_in)
    store.close()


@pytest.fixture
def house(running: House) -> Iterator[House]:
    running.complaints.clear()
    yield running
    running.close()


def make(page: Page, url: str) -> str:
    page.goto(f"{url}/tonight")
    page.get_by_label("What it is called").fill("Friday at ours")
    page.get_by_role("button", name="Make the night").click()
    page.wait_for_url(re.compile(r"/tonight/.+"))
    return page.url


def join(page: Page, night: str, name: str, picks: int) -> None:
    page.goto(night)
    page.get_by_role("textbox", name="Your name").fill(name)
    for box in page.get_by_role("checkbox").all()[:picks]:
        box.check()
    page.get_by_role("button", name="Join", exact=True).click()
    page.get_by_role("heading", name="films for all of you").wait_for()


def names(page: Page) -> list[str]:
    return page.locator(".night-film h3 :is(a, bdi)").all_inner_texts()


def test_a_guest_joins_and_vetoes_and_the_host_sees_it(house: House) -> None:
    host = house.page(host=True)
    host.context.grant_permissions(["clipboard-read", "clipboard-write"])
    host.clock.install()
    night = make(host, house.url)
    host.get_by_role("button", name="Copy").click()
    host.get_by_role("button", name="Copied").wait_for()
    assert host.evaluate("navigator.clipboard.readText()") == night
    guest = house.page()
    join(guest, night, "Ben", 3)
    before = names(guest)
    assert len(before) == 10
    # The host's page asks again by itself.
    host.clock.run_for(6_000)
    host.get_by_text("2 people are here").first.wait_for()
    assert names(host) == before
    gone = before[2]
    guest.get_by_role("button", name=f"Not tonight {gone}").click()
    guest.get_by_role("button", name=f"Take back {gone}").wait_for()
    assert gone not in names(guest)
    host.clock.run_for(6_000)
    host.get_by_text("1 film vetoed").wait_for()
    assert gone not in names(host)
    # What one is about to press stays under the finger.
    host.locator(".not").first.focus()
    guest.get_by_role("button", name=f"Take back {gone}").click()
    guest.get_by_role("button", name=f"Not tonight {gone}").wait_for()
    with host.expect_response(re.compile(r"/tonight/")):
        host.clock.run_for(6_000)
    host.wait_for_function("name => document.body.innerText.includes(name)", arg=gone)
    assert host.evaluate("document.activeElement.className") == "not"
    assert guest.locator('a[href^="/title/"]').count() == 0
    assert guest.locator("main img").evaluate_all(
        "all => all.every(one => one.loading === 'lazy' || one.naturalWidth > 0)"
    )
    assert house.complaints == []


def test_it_works_without_a_script(house: House) -> None:
    host = house.page(host=True, java_script_enabled=False)
    night = make(host, house.url)
    guest = house.page(java_script_enabled=False)
    guest.goto(night)
    guest.get_by_role("textbox", name="Your name").fill("Ben")
    guest.get_by_role("checkbox").first.check()
    guest.get_by_label("Find a film by its name").fill("Heat")
    guest.get_by_role("button", name="Find").click()
    assert guest.get_by_role("checkbox").first.is_checked()
    guest.get_by_role("checkbox", name="Heat").first.check()
    guest.get_by_role("button", name="Join", exact=True).click()
    gone = names(guest)[0]
    guest.get_by_role("button", name=f"Not tonight {gone}").click()
    assert gone not in names(guest)
    host.get_by_role("link", name="Look again").click()
    host.reload()
    assert gone not in names(host)
    assert "1 film vetoed" in host.inner_text("main")
    guest.get_by_role("button", name=f"Take back {gone}").click()
    assert names(guest)[0] == gone
    host.locator("summary").click()
    host.get_by_label("Best on average").check()
    host.get_by_role("button", name="Choose so").click()
    assert "Best on average" in host.inner_text(".rules")
    host.locator("summary").click()
    host.get_by_role("button", name="End the night").click()
    assert guest.goto(night).status == 404  # type: ignore[union-attr]
