"""The pages about oneself in a real browser: they fit, and what is deleted is gone."""

from __future__ import annotations

import pytest

from matinee.assembly import open_library
from matinee.deeds import Deed
from matinee.interaction import Action
from matinee.service import create_app
from matinee.service.routes import acts, start, you
from matinee.settings import Settings
from matinee.store import open_store

pytestmark = pytest.mark.extra

HERS = (("tmdb:949", 5.0), ("tmdb:769", 4.5), ("tmdb:680", 4.0), ("tmdb:275", 5.0))


@pytest.fixture(scope="module")
def site(serve, tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}"
    store = open_store(url)
    me = store.accounts.ensure().key
    for title, stars in HERS:
        store.history.rate(me, [Deed(title, Action.RATING, stars)]).result()
    store.history.add_to_watchlist(me, "tmdb:603").result()
    store.history.hide(me, "tmdb:550").result()
    store.close()
    app = create_app(open_library(), settings=Settings(database_url=url))
    there = {getattr(route, "path", "") for route in app.routes}
    for router in (acts.router, start.router, you.router):
        if not {route.path for route in router.routes} <= there:
            app.include_router(router)
    return serve(app).url


@pytest.fixture
def page(browser, site):
    """A page that must ask nobody but the site and complain of nothing."""
    context = browser.new_context(base_url=site, reduced_motion="reduce")
    made = context.new_page()
    faults: list[str] = []
    made.on("console", lambda m: faults.append(m.text) if m.type in {"error", "warning"} else None)
    made.on("pageerror", lambda error: faults.append(str(error)))
    yield made
    context.close()
    assert faults == []


@pytest.mark.parametrize("width", [360, 1440])
def test_every_part_fits(page, width):
    page.set_viewport_size({"width": width, "height": 844})
    for show in ("watchlist", "ratings", "seen", "hidden", "taste", "settings"):
        page.goto(f"/you?show={show}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, show
        small = page.evaluate(
            "[...document.querySelectorAll('main a, main button')]"
            ".filter(e => e.checkVisibility() && e.offsetHeight < 24)"
            ".map(e => e.outerHTML.slice(0, 90))"
        )
        assert small == [], show


def test_a_rating_is_taken_back_where_it_stands(page):
    page.goto("/you?show=ratings")
    rated = page.locator(".entry-name a").all_inner_texts()
    page.get_by_role("button", name="Take back the rating of Heat").click()
    page.wait_for_load_state()
    assert page.locator(".entry-name a").all_inner_texts() == [n for n in rated if n != "Heat"]


def test_what_is_ignored_weighs_nothing(page):
    page.goto("/you?show=taste")
    named = page.locator(".weight-name a", has_text="Fargo")
    assert named.count() == 1
    entry = page.locator(".weights li", has_text="Fargo")
    entry.get_by_role("button", name="Ignore this").click()
    page.wait_for_load_state()
    assert page.locator(".weight-name a").count() > 0
    assert named.count() == 0
    page.goto("/you?show=seen")
    assert "Fargo" in page.locator(".card-title").all_inner_texts()


def test_everything_is_deleted(page):
    page.goto("/you?show=settings")
    page.get_by_role("link", name="Delete my data").click()
    page.get_by_label("Delete all of this").check()
    page.get_by_role("button", name="Delete my data").click()
    page.get_by_role("heading", name="Everything is deleted").wait_for()
    page.goto("/you")
    assert page.locator(".tabs small").count() == 0
    page.goto("/you?show=ratings")
    page.get_by_role("link", name="Pick five films").click()
    page.get_by_text("0 of 5").wait_for()
