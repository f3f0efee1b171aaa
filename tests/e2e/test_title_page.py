"""The page of a title, and searching without what one has seen, in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from matinee.service import create_app
from matinee.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from matinee import Library

pytestmark = pytest.mark.extra

HERS = {"tmdb:949": 5.0, "tmdb:769": 4.5, "tmdb:680": 4.0, "tmdb:275": 5.0, "tmdb:603": 1.0}
FILM = "/title/tmdb:500"


@pytest.fixture
def url(serve: Callable, browser, demo: Library, tmp_path) -> str:
    """A service of its own for each test, used by somebody with a taste."""
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'store.db'}")
    address: str = serve(create_app(demo, settings=settings)).url
    context = browser.new_context(base_url=address)
    for title, stars in HERS.items():
        assert context.request.put(f"/v1/people/me/ratings/{title}", data={"rating": stars}).ok
    context.close()
    return address


def percents(page: Page) -> list[int]:
    return [int(n) for n in re.findall(r'data-percent="(\d+)"', page.inner_html("[data-for]"))]


def test_why_this_film_is_told_anew_after_an_act(visit: Callable[..., Page], url: str) -> None:
    page = visit(url + FILM)
    why = page.get_by_role("region", name="Why this film")
    assert sum(percents(page)) == 100
    expect(why.get_by_text("Foretold")).to_have_count(0)
    page.get_by_text("4 stars", exact=True).locator("..").click()
    expect(why.get_by_text("Foretold")).to_be_visible()
    assert page.url.endswith(FILM)
    page.reload()
    expect(why.get_by_text("Foretold")).to_be_visible()
    why.get_by_role("button", name=re.compile("Less like it.*Fargo")).click()
    expect(why.get_by_text("you asked for less like it")).to_be_visible()
    # The button is gone; the keyboard goes on from the heading of what changed.
    expect(why.get_by_role("heading", name="Why this film")).to_be_focused()
    assert sum(percents(page)) == 100
    why.get_by_role("button", name="Less like this").click()
    expect(why.get_by_role("button", name="Less like this")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(why.get_by_text("Foretold")).to_have_count(0)


def test_a_rating_needs_no_script(visit: Callable[..., Page], url: str) -> None:
    page = visit(url + FILM, java_script_enabled=False)
    assert "Foretold" not in page.content()
    page.get_by_text("3½ stars").locator("..").click()
    page.get_by_role("button", name="Rate").click()
    assert page.url == url + FILM
    assert "Foretold" in page.content()
    assert "You gave 3½" in page.content()


def test_what_is_seen_leaves_grid_and_count_together(visit: Callable[..., Page], url: str) -> None:
    page = visit(f"{url}/search?q=crime&filter=year:1990..1992&filter=genre:Crime")
    cards = page.locator("#results .card")
    before = cards.count()
    expect(page.get_by_role("heading", name=f"{before} titles")).to_be_visible()
    name = cards.first.locator(".card-title").inner_text()
    cards.first.hover()
    page.get_by_role("button", name=f"Seen: {name}").click()
    expect(page.get_by_role("heading", name=f"{before - 1} titles")).to_be_visible()
    expect(cards).to_have_count(before - 1)
    assert page.get_by_role("link", name=name, exact=True).count() == 0
    page.get_by_role("button", name="Undo").click()
    expect(cards).to_have_count(before)
    expect(cards.first.locator(".card-title")).to_have_text(name)


def test_the_switch_is_in_the_address_and_goes_off_and_on(
    visit: Callable[..., Page], url: str
) -> None:
    page = visit(f"{url}/search?q=heat")
    switch = page.get_by_role("checkbox", name="Hide what I have seen")
    heat = page.locator('#results .card-title a[href="/title/tmdb:949"]')
    expect(switch).to_be_checked()
    expect(heat).to_have_count(0)
    switch.uncheck()
    expect(heat).to_have_count(1)
    assert page.url.endswith("/search?q=heat&seen=show")
    page.reload()
    expect(switch).not_to_be_checked()
    switch.check()
    expect(heat).to_have_count(0)
    assert page.url.endswith("/search?q=heat")
    page.get_by_role("link", name="Show what I have seen").click()
    expect(heat).to_have_count(1)
    expect(switch).not_to_be_checked()


def test_films_to_resemble_become_chips(visit: Callable[..., Page], url: str) -> None:
    page = visit(f"{url}/search?q=night")
    page.get_by_text("Advanced").click()
    films = page.get_by_label("Like these films")
    films.fill("Heat, Fargo")
    films.press("Enter")
    chips = page.locator("#results .chip")
    expect(chips).to_have_count(2)
    expect(films).to_have_value("")
    films.fill("Alien")
    films.press("Enter")
    expect(chips).to_have_count(3)
    page.get_by_role("link", name="Remove like Heat").click()
    expect(chips).to_have_count(2)
    address = page.url
    page.reload()
    expect(chips).to_have_count(2)
    assert page.url == address
