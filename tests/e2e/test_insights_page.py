"""The page of insights in a real browser: it fits, can be read and used without mouse or script."""

from __future__ import annotations

from itertools import pairwise

import pytest

from matinee.assembly import open_library
from matinee.service import create_app
from matinee.settings import Settings

pytestmark = pytest.mark.extra


@pytest.fixture(scope="module")
def site(serve, tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}"
    return serve(create_app(open_library(), settings=Settings(database_url=url))).url


@pytest.fixture(scope="module", autouse=True)
def used(browser, site):
    """Ask and rate once, so that there is something of the server to show."""
    context = browser.new_context(base_url=site)
    assert context.request.get("/v1/search?q=a heist").ok
    assert context.request.get("/v1/people/me/recommendations?k=3").ok
    assert context.request.put("/v1/people/me/ratings/tmdb:603", data={"rating": 4.5}).ok
    context.close()


@pytest.fixture
def page(browser, site):
    """A page that must ask nobody but the site and complain of nothing."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    made = context.new_page()
    faults: list[str] = []
    made.on("console", lambda m: faults.append(m.text) if m.type in {"error", "warning"} else None)
    made.on("pageerror", lambda error: faults.append(str(error)))
    made.on(
        "request",
        lambda r: None if r.url.startswith((site, "data:")) else faults.append(f"asked {r.url}"),
    )
    made.add_init_script(
        "addEventListener('securitypolicyviolation', e => console.error(e.violatedDirective))"
    )
    yield made
    context.close()
    assert faults == []


@pytest.mark.parametrize("width", [320, 360, 390, 768, 1440])
def test_it_fits_and_every_chart_is_shown_once(page, site, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site}/insights", wait_until="networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shown = page.evaluate(
        "[...document.querySelectorAll('figure')].map(f =>"
        " [...f.querySelectorAll('svg')].filter(s => s.checkVisibility()).length)"
    )
    assert len(shown) > 10
    assert set(shown) == {1}
    # What is written in a drawing can be read: no smaller than 9 pixels where 12 are meant.
    smallest = page.evaluate(
        "Math.min(...[...document.querySelectorAll('figure svg')]"
        ".filter(s => s.checkVisibility())"
        ".map(s => 12 * s.getBoundingClientRect().width / s.viewBox.baseVal.width))"
    )
    assert smallest >= 9
    # Nothing stands out of its frame.
    assert (
        page.evaluate(
            "[...document.querySelectorAll('.plot')].flatMap(p => {"
            " const frame = p.getBoundingClientRect();"
            " return [...p.querySelectorAll('text')].filter(t => t.checkVisibility())"
            " .map(t => [t.textContent, t.getBoundingClientRect()])"
            " .filter(([, box]) => box.left < frame.left || box.right > frame.right)"
            " .map(([text]) => text) })"
        )
        == []
    )


@pytest.mark.parametrize("width", [360, 1440])
def test_opened_tables_fit_too(page, site, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site}/insights")
    page.evaluate("document.querySelectorAll('.plot details').forEach(d => { d.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        "[...document.querySelectorAll('main a, main summary')]"
        ".filter(e => e.checkVisibility() && !e.closest('.card'))"
        ".map(e => [e.outerHTML.slice(0, 80), e.offsetWidth, e.offsetHeight])"
        ".filter(([, , high]) => high < 24)"
    )
    assert small == []


def test_the_keyboard_opens_a_table_and_follows_its_links(page, site):
    page.goto(f"{site}/insights#genres")
    # From where the address points, the next stop is that chart's table.
    page.keyboard.press("Tab")
    focused = "document.activeElement"
    assert page.evaluate(f"{focused}.tagName") == "SUMMARY"
    assert page.evaluate(f"{focused}.closest('section').id") == "genres"
    page.keyboard.press("Enter")
    assert page.evaluate(f"{focused}.parentElement.open")
    page.keyboard.press("Tab")
    assert page.evaluate(f"{focused}.getAttribute('role')") == "region"
    page.keyboard.press("Tab")
    assert page.evaluate(f"{focused}.textContent") == "Drama"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "filter=genre:Drama" in page.url
    assert page.locator("#results .card").count() > 0


def test_every_drawing_says_in_words_what_it_shows(page, site):
    page.goto(f"{site}/insights")
    unnamed = page.evaluate(
        "[...document.querySelectorAll('figure svg')].filter(s =>"
        " s.getAttribute('role') !== 'img' || !s.querySelector('title').textContent).length"
    )
    assert unnamed == 0
    assert page.locator("h1").count() == 1
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])")
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_bars_stand_out_from_their_ground(browser, site, scheme):
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{site}/insights")
    ratios = page.evaluate(
        """() => {
          const light = (c) => c.match(/[\\d.]+/g).slice(0, 3).map(Number).map((v) => v / 255)
            .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          return [...document.querySelectorAll('rect.s0, rect.s1, rect.s2')].map((bar) => {
            const ground = getComputedStyle(bar.closest('.plot')).backgroundColor;
            const both = [light(getComputedStyle(bar).fill), light(ground)].sort((a, b) => b - a);
            const solid = getComputedStyle(bar).fillOpacity === '1';
            return solid ? (both[0] + 0.05) / (both[1] + 0.05) : 0;
          });
        }"""
    )
    context.close()
    assert len(ratios) > 50
    assert min(ratios) >= 3


def test_it_is_complete_without_script(browser, site):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{site}/insights")
    page.click("text=Genres >> nth=0")
    assert page.url.endswith("#genres")
    page.click("#genres summary")
    assert page.locator("#genres table").is_visible()
    page.click("#genres table a >> nth=0")
    assert "filter=genre:" in page.url
    assert page.locator("#results .card").count() > 0
    page.click("text=Insights")
    assert page.url.endswith("/insights")
    assert page.locator("#latency svg").count() == 2
    context.close()


def test_posters_of_the_gallery_are_whole(page, site):
    page.goto(f"{site}/insights")
    cards = page.locator("#gallery .card")
    assert 0 < cards.count() <= 24
    page.evaluate("for (const image of document.images) image.loading = 'eager'")
    page.wait_for_load_state("networkidle")
    broken = page.evaluate(
        "async () => { const all = [...document.images];"
        " await Promise.all(all.map(i => i.decode().catch(() => 0)));"
        " return all.filter(i => !i.naturalWidth).map(i => i.src) }"
    )
    assert broken == []
