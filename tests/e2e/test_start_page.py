"""Five picks lead to a home page of one's own, with a script and without."""

from __future__ import annotations

import pytest

from matinee.assembly import open_library
from matinee.service import create_app
from matinee.service.routes import acts, start, you
from matinee.settings import Settings

pytestmark = pytest.mark.extra


@pytest.fixture
def site(serve, tmp_path):
    """A machine on which nobody has done anything yet."""
    app = create_app(
        open_library(), settings=Settings(database_url=f"sqlite:///{tmp_path / 'store.db'}")
    )
    there = {getattr(route, "path", "") for route in app.routes}
    for router in (acts.router, start.router, you.router):
        if not {route.path for route in router.routes} <= there:
            app.include_router(router)
    return serve(app).url


def opened(browser, site, faults, **options):
    context = browser.new_context(base_url=site, reduced_motion="reduce", **options)
    page = context.new_page()
    page.on("console", lambda m: faults.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "request",
        lambda r: None if r.url.startswith((site, "data:")) else faults.append(f"asked {r.url}"),
    )
    return page


def names(page) -> list[str]:
    return page.locator(".choice-name").all_inner_texts()


def shown_at_home(page) -> list[str]:
    page.goto("/?skip=1")
    return page.locator("main .card-title").all_inner_texts()


def test_five_picks_change_the_home_page(browser, site):
    faults: list[str] = []
    page = opened(browser, site, faults, viewport={"width": 390, "height": 844})
    before = shown_at_home(page)
    page.goto("/start")
    page.evaluate("window.stays = true")
    strip = page.locator(".taken")
    for number in range(1, 6):
        first = names(page)
        chosen = page.locator(".choice").nth(4)
        chosen.focus()
        page.keyboard.press("Enter")
        strip.nth(number - 1).wait_for()
        now = names(page)
        assert first[4] not in now
        assert now != first
        # The keyboard goes on where it was.
        at = page.evaluate("document.activeElement.querySelector('.choice-name')?.textContent")
        assert at == now[4]
        assert first[4] in page.locator("#start-why").inner_text()
    page.get_by_text("5 of 5 picked").wait_for(state="attached")
    assert page.evaluate("window.stays")
    # What lies under the strip does not have the focus, and nothing is too wide.
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    # The address holds the whole state.
    kept = names(page)
    page.reload()
    assert names(page) == kept
    page.fill("#q", "spirited away")
    page.locator(".choice-name", has_text="Spirited Away").first.wait_for()
    page.get_by_role("link", name="Back to the suggestions").click()
    page.get_by_role("link", name="Show others").wait_for()
    assert names(page) == kept
    page.get_by_role("link", name="Show me my films").click()
    page.wait_for_url(f"{site}/")
    after = page.locator("main .card-title").all_inner_texts()
    assert after != before
    assert faults == []


def test_without_a_script_the_same_forms_do(browser, site):
    faults: list[str] = []
    page = opened(browser, site, faults, java_script_enabled=False)
    before = shown_at_home(page)
    page.goto("/start")
    for number in range(1, 6):
        page.locator(".choice").nth(2 * number).click()
        page.wait_for_load_state()
        assert page.locator(".taken").count() == number
    page.locator(".taken").first.click()
    page.wait_for_load_state()
    assert page.locator(".taken").count() == 4
    page.get_by_role("link", name="Show me my films").click()
    page.wait_for_load_state()
    assert shown_at_home(page) != before
    assert faults == []
