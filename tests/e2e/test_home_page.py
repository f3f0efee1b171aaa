"""The home page and one film for tonight in a real browser, with a script and without."""

from __future__ import annotations

import pytest

from matinee.assembly import open_library
from matinee.service import create_app
from matinee.settings import Settings

pytestmark = pytest.mark.extra

LIKED = ("tmdb:603", "tmdb:78", "tmdb:348", "tmdb:578", "tmdb:27205", "tmdb:155", "tmdb:13")
HOME = "/?seed=4"
FIRST = ".by-tonight .card-title a"


@pytest.fixture(scope="module")
def site(serve, tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}"
    return serve(create_app(open_library(), settings=Settings(database_url=url, rate_limit=0))).url


@pytest.fixture
def opened(browser, site):
    """Open a browser for somebody who likes some films; nothing may complain."""
    contexts, faults = [], []

    def open_(**options):
        context = browser.new_context(
            **{"viewport": {"width": 1440, "height": 900}, "base_url": site, **options}
        )
        contexts.append(context)
        for one in LIKED:
            assert context.request.put(f"/v1/people/me/ratings/{one}", data={"rating": 4.5}).ok
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [fault for fault in faults if "ERR_FAILED" not in fault] == []


def names(page) -> list[str]:
    return page.locator(FIRST).all_inner_texts()


def test_the_slider_swaps_the_rows_and_a_late_answer_never_wins(opened):
    page = opened()
    page.goto(HOME)
    before = names(page)
    held = []
    page.route("**/look", lambda route: held.append(route), times=1)
    slider = page.locator("input[name=explore]")
    slider.press("End")
    page.wait_for_selector("#look.busy")
    slider.press("Home")
    held[0].continue_()
    page.wait_for_selector("#look:not(.busy)")
    page.wait_for_function(
        "before => document.querySelector('.by-tonight .card-title').innerText !== before[0] ||"
        " [...document.querySelectorAll('.by-tonight .card-title')].some("
        "(e, i) => e.innerText !== before[i])",
        arg=before,
    )
    page.get_by_role("status").get_by_text("The rows have changed.").wait_for()
    swapped = names(page)
    assert page.evaluate("document.activeElement.name") == "explore"
    # What stands there is what was chosen last, and it is kept.
    page.reload()
    assert slider.input_value() == "-1"
    assert names(page) == swapped


def test_the_switch_shows_what_was_seen_and_hides_it_again(opened):
    page = opened()
    page.goto(HOME)
    switch = page.get_by_role("switch", name="Hide what I have seen")
    assert switch.get_attribute("aria-checked") == "true"
    switch.press("Enter")
    page.get_by_text("You have seen it").first.wait_for()
    assert switch.get_attribute("aria-checked") == "false"
    assert page.evaluate("document.activeElement.getAttribute('role')") == "switch"
    switch.press("Space")
    page.get_by_text("You have seen it").first.wait_for(state="detached")
    assert switch.get_attribute("aria-checked") == "true"


def test_where_no_answer_comes_the_rows_stay_and_it_is_said(opened):
    page = opened()
    page.goto(HOME)
    before = names(page)
    page.route("**/look", lambda route: route.abort())
    page.locator("input[name=explore]").press("End")
    page.get_by_role("alert").get_by_text("The server does not answer").wait_for()
    assert names(page) == before
    page.unroute("**/look")
    page.locator("input[name=explore]").press("Home")
    page.locator("#lost").wait_for(state="hidden")
    page.wait_for_selector("#look:not(.busy)")


def test_everything_works_without_a_script(opened):
    page = opened(java_script_enabled=False)
    page.goto(HOME)
    before = names(page)
    page.locator("input[name=explore]").press("Home")
    page.get_by_role("button", name="Show these").click()
    assert page.url.endswith(HOME)
    assert names(page) != before
    assert page.locator("input[name=explore]").input_value() == "-1"
    page.get_by_role("switch").click()
    assert page.get_by_text("You have seen it").count() > 0
    # The other choice is as it was.
    assert page.locator("input[name=explore]").input_value() == "-1"
    page.get_by_role("link", name="Shuffle").click()
    assert page.url.endswith("/?seed=5")
    page.get_by_role("link", name="Pick one for tonight").click()
    offered = []
    for _ in range(4):
        offered.append(page.locator("h1").inner_text())
        page.get_by_role("link", name="Another one").click()
    page.get_by_role("link", name="Under 100 minutes").click()
    offered.append(page.locator("h1").inner_text())
    assert len({*offered}) == 5


@pytest.mark.parametrize(("width", "posters"), [(1440, 8.0), (390, 2.3)])
def test_rows_hold_as_many_posters_as_fit(opened, width, posters):
    page = opened(viewport={"width": width, "height": 844})
    page.goto(HOME)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    seen = page.evaluate(
        """() => {
          const end = document.documentElement.clientWidth;
          return [...document.querySelectorAll('.by-tonight img')].reduce((sum, image) => {
            const box = image.getBoundingClientRect();
            return sum + Math.max(0, Math.min(1, (end - box.left) / box.width));
          }, 0);
        }"""
    )
    assert posters - 0.1 < seen < posters + 0.5
    # The first posters are in view at once; those further down wait.
    first = page.locator(".by-tonight img").first
    assert first.get_attribute("loading") is None
    assert first.evaluate("image => image.getBoundingClientRect().top") < 700
    assert page.locator(".shelf:last-child img").first.get_attribute("loading") == "lazy"
