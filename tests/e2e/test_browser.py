"""The pages in a real browser, over the demo library."""

from __future__ import annotations

import pytest

from matinee.assembly import open_library
from matinee.service import create_app

HEIST = "smart heist thriller set in Europe"

pytestmark = pytest.mark.extra


@pytest.fixture(scope="module")
def library():
    return open_library()


@pytest.fixture(scope="module")
def site(serve, library):
    return serve(create_app(library)).url


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
    made.faults = faults
    yield made
    context.close()
    assert faults == []


def until(page, expression, arg=None):
    """Wait for an expression: Playwright's own wait needs the eval that the policy forbids."""
    for _ in range(500):
        if page.evaluate(expression, arg):
            return
        page.wait_for_timeout(20)
    pytest.fail(f"never came true: {expression}")


def type_query(page, text):
    page.fill("#q", text)
    until(page, "text => location.search.includes(new URLSearchParams({q: text}))", text)


def titles(page):
    return page.locator("#results .card-title").all_inner_texts()


@pytest.mark.parametrize(
    "path", ["/?skip=1", "/search", f"/search?q={HEIST}", "/title/tmdb:961", "/about", "/docs"]
)
@pytest.mark.parametrize("width", [320, 360, 768, 1440])
def test_pages_load_without_complaint_and_without_sideways_scrolling(page, site, path, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(site + path, wait_until="networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").count() == 1
    broken = "[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
    assert page.evaluate(broken) == []


def test_targets_are_large_enough(page, site):
    page.goto(f"{site}/search?q={HEIST}")
    sizes = page.evaluate(
        "[...document.querySelectorAll('a, button, input, select, summary')]"
        ".filter(e => e.offsetParent && !e.matches('.skip'))"
        ".map(e => [e.outerHTML.slice(0, 80), e.offsetWidth, e.offsetHeight])"
    )
    assert [size for size in sizes if size[1] < 24 or size[2] < 24] == []


def test_search_and_title_work_without_script(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/?skip=1")
    page.fill("#q", HEIST)
    page.press("#q", "Enter")
    assert page.locator(".card").count() == 24
    assert page.locator(".count h2").inner_text() == "24 titles"
    page.click("a[data-more]")
    assert page.locator(".card").count() == 48
    page.locator(".card-title a").first.click()
    assert "/title/" in page.url
    assert page.locator("main h1").count() == 1
    context.close()


def test_results_come_while_typing_and_count_agrees(page, site):
    page.goto(f"{site}/search")
    type_query(page, HEIST)
    assert page.locator(".card").count() == 24
    assert page.locator(".count h2").inner_text() == "24 titles"
    until(page, "document.getElementById('live').textContent === '24 titles'")
    assert page.title().startswith(HEIST)


def test_what_takes_long_at_first_shows_where_the_films_will_stand(page, site):
    page.goto(f"{site}/search")
    held = []
    page.route("**/search?q=*", lambda route: held.append(route))
    page.fill("#q", "heist")
    page.wait_for_selector(".bone")
    assert page.locator(".card").count() == 0
    assert page.locator(".spinner").is_visible()
    held.pop().continue_()
    page.wait_for_selector(".card")
    assert page.locator(".bone").count() == 0
    # From then on the films of before stand until there are others.
    page.fill("#q", "space")
    page.wait_for_selector(".busy")
    assert page.locator(".card").count() == 24
    assert page.locator(".bone").count() == 0
    held.pop().continue_()


def test_a_stale_answer_never_wins(page, site):
    page.goto(f"{site}/search")
    held = []
    page.route("**/search?q=slow*", lambda route: held.append(route))
    page.fill("#q", "slow")
    for _ in range(100):
        if held:
            break
        page.wait_for_timeout(20)
    type_query(page, "lonely space survival drama")
    shown = titles(page)
    # By now the first request is aborted; if it were not, this answer would come last.
    held[0].continue_()
    page.wait_for_timeout(400)
    assert titles(page) == shown
    assert "lonely" in page.url


def test_back_reload_and_a_shared_address_restore_everything(page, site, browser):
    page.goto(f"{site}/search")
    page.click("summary")
    page.select_option("[name=method]", "lexical")
    page.select_option("[name=k]", "5")
    type_query(page, "heist")
    page.click("a[data-more]")
    until(page, "document.querySelectorAll('.card').length === 10")
    before, address = titles(page), page.url
    page.reload()
    assert titles(page) == before
    page.locator(".card-title a").nth(3).click()
    page.wait_for_url("**/title/**")
    page.go_back()
    page.wait_for_selector(".card")
    assert titles(page) == before
    assert page.input_value("#q") == "heist"
    assert page.input_value("[name=method]") == "lexical"
    other = browser.new_context().new_page()
    other.goto(address)
    assert titles(other) == before
    other.context.close()


def test_a_value_put_back_to_its_default_leaves_the_address(page, site):
    page.goto(f"{site}/search?q=heist&method=lexical")
    page.select_option("[name=method]", "hybrid")
    until(page, "!location.search.includes('lexical')")
    page.reload()
    assert page.input_value("[name=method]") == "hybrid"


def test_keyboard(page, site):
    page.goto(f"{site}/search?q=heist")
    focused = (
        "document.activeElement.id ||"
        "[...document.querySelectorAll('.card a')].indexOf(document.activeElement)"
    )
    page.keyboard.press("/")
    assert page.evaluate(focused) == "q"
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == 0
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == 1
    page.keyboard.press("ArrowDown")
    columns = page.evaluate(
        "getComputedStyle(document.querySelector('.grid')).gridTemplateColumns.split(' ').length"
    )
    assert page.evaluate(focused) == 1 + columns
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(focused) == 0
    page.keyboard.press("Escape")
    assert page.evaluate(focused) == "q"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/title/**")


def test_a_server_that_is_gone_is_explained_and_can_be_tried_again(browser, serve, library):
    running = serve(create_app(library))
    page = browser.new_page()
    page.goto(f"{running.url}/search")
    type_query(page, "heist")
    down = {"yes": True}
    page.route("**/search?*", lambda route: route.abort() if down["yes"] else route.continue_())
    page.fill("#q", "space")
    page.wait_for_selector("text=The server does not answer")
    assert page.input_value("#q") == "space"
    down["yes"] = False
    page.click("[data-retry]")
    page.wait_for_selector(".card")
    page.unroute_all()
    running.stop()
    page.fill("#q", "war")
    page.wait_for_selector("text=The server does not answer")
    page.close()


def test_an_error_of_the_form_is_shown_in_place(browser, site):
    page = browser.new_page()
    page.goto(f"{site}/search?q=heist&w_dense=0&w_sparse=0&w_title=0")
    assert "All weights are zero" in page.inner_text("#results")
    page.fill("[name=w_dense]", "1")
    page.wait_for_selector(".card")
    page.close()


ASKED = "Malayalam thriller after 2020 not horror"
YEAR = "year:2021.."


def chip(page, key):
    return page.locator(f'[data-chip="{key}"]')


def years(page):
    facts = page.locator("#results .facts").all_inner_texts()
    return [int(text[:4]) for text in facts if text[:4].isdecimal()]


def focused(page):
    return page.evaluate(
        "document.activeElement.className + ' ' + document.activeElement.textContent"
    )


def check_chips(page, settle):
    """Remove, put back and toggle a chip, with or without script."""
    everything = titles(page)
    assert chip(page, YEAR).get_attribute("class") == "chip must"
    assert min(years(page)) >= 2021
    chip(page, YEAR).locator(".chip-x").click()
    settle("without")
    assert chip(page, YEAR).get_attribute("class") == "chip removed"
    assert min(years(page)) < 2021
    page.reload()
    assert min(years(page)) < 2021
    chip(page, YEAR).locator(".chip-back").click()
    settle("")
    assert titles(page) == everything
    chip(page, "language:ml").locator(".chip-how").click()
    settle("soft")
    assert chip(page, "language:ml").get_attribute("class") == "chip ideally"
    chip(page, "language:ml").locator(".chip-how").click()
    settle("")
    assert titles(page) == everything
    chip(page, "-genre:Horror").locator(".chip-x").click()
    settle("without")
    page.go_back()
    page.wait_for_selector('[data-chip="-genre:Horror"].must')
    page.wait_for_load_state()
    assert titles(page) == everything


def test_chips_can_be_removed_put_back_and_toggled(page, site):
    page.goto(f"{site}/search?q={ASKED}")
    loads = []
    page.on("load", lambda: loads.append(page.url))

    def settle(name):
        until(
            page,
            "name => name ? location.search.includes(name + '=') : !/(without|soft|hard)=/"
            ".test(location.search)",
            name,
        )
        page.wait_for_selector("#results:not([aria-busy]) .card")

    check_chips(page, settle)
    # Only the reload and the way back drew the page anew.
    assert len(loads) == 2


def test_chips_work_without_script(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/search?q={ASKED}")
    check_chips(page, lambda name: page.wait_for_selector(".card"))
    page.locator("#facet-genre summary").click()
    page.locator("#facet-genre a", has_text="Crime").click()
    assert "filter=genre:Crime" in page.url
    # A new query keeps the filter, for it was chosen and not read from the words.
    page.fill("#q", "thriller in Paris")
    page.press("#q", "Enter")
    assert "filter=genre%3ACrime" in page.url
    assert chip(page, "genre:Crime").count() == 1
    context.close()


def test_the_keyboard_keeps_its_place_when_chips_change(page, site):
    page.goto(f"{site}/search?q={ASKED}")
    chip(page, YEAR).locator(".chip-x").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(f'[data-chip="{YEAR}"].removed')
    assert focused(page).startswith("chip-back")
    page.keyboard.press("Enter")
    page.wait_for_selector(f'[data-chip="{YEAR}"].must')
    assert focused(page).startswith("chip-how")
    page.keyboard.press("Enter")
    page.wait_for_selector(f'[data-chip="{YEAR}"].ideally')
    assert focused(page).startswith("chip-how")


def test_facets_narrow_down_and_the_filter_survives_typing(page, site):
    page.goto(f"{site}/search?q=heist")
    page.locator("#facet-decade summary").click()
    page.locator("#facet-decade a", has_text="1990s").click()
    page.wait_for_selector('[data-chip="year:1990..1999"]')
    assert {year // 10 for year in years(page)} == {199}
    # It stays open, with the keyboard at it.
    assert page.locator("#facet-decade").get_attribute("open") is not None
    assert focused(page).strip() == "on Decade"
    page.keyboard.press("Escape")
    assert page.locator("#facet-decade").get_attribute("open") is None
    type_query(page, "comedy")
    assert "filter=year" in page.url
    assert {year // 10 for year in years(page)} == {199}
    chip(page, "year:1990..1999").locator(".chip-x").click()
    until(page, "!location.search.includes('filter')")
    assert page.locator("[data-chip='year:1990..1999']").count() == 0


def test_one_facet_is_open_at_a_time_and_a_click_beside_closes_it(page, site):
    page.goto(f"{site}/search?q=heist")
    page.locator("#facet-genre summary").click()
    page.locator("#facet-language summary").click()
    assert page.locator(".facets details[open]").count() == 1
    page.locator(".count").click()
    assert page.locator(".facets details[open]").count() == 0


def test_why_this_adds_up(page, site):
    page.goto(f"{site}/search?q={ASKED}")
    for number in range(3):
        why = page.locator(".why").nth(number)
        assert not why.locator("dl").is_visible()
        why.locator("summary").click()
        assert why.locator("dl").is_visible()
        shown = why.locator("dd:not(.found)").all_inner_texts()
        assert sum(int(text.rstrip("%")) for text in shown) == 100
    # The card is a link all over, but not here.
    assert "/search" in page.url


def test_what_is_behind_advanced_follows_the_links(page, site):
    page.goto(f"{site}/search?q={ASKED}")
    assert page.locator(".card").count() < 24
    page.locator("a[href*='top_up']").click()
    until(page, "location.search.includes('top_up=true')")
    assert page.locator(".card").count() == 24
    assert "satisfy less" in page.inner_text(".note")
    page.click(".advanced summary")
    assert page.is_checked("[name=top_up]")
    page.uncheck("[name=top_up]")
    until(page, "!location.search.includes('top_up')")


def test_query_understanding_can_be_switched_off(page, site):
    page.goto(f"{site}/search?q={ASKED}")
    page.click(".advanced summary")
    page.check("[name=understand]")
    until(page, "location.search.includes('understand=false')")
    assert page.locator(".chip").count() == 0
    page.select_option("[name=fusion]", "rrf")
    page.fill("[name=rrf_k]", "10")
    until(page, "location.search.includes('fusion=rrf') && location.search.includes('rrf_k=10')")
    page.reload()
    assert page.is_checked("[name=understand]")
    assert page.input_value("[name=rrf_k]") == "10"


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_many_chips_and_open_panels_fit(page, site, width):
    page.set_viewport_size({"width": width, "height": 900})
    query = "Indian Malayalam investigative thriller after 2000 not horror with Mohanlal"
    page.goto(f"{site}/search?q={query}&filter=kind:film")
    assert page.locator(".chip").count() >= 6
    page.click(".advanced summary")
    page.locator(".why summary").first.click()
    for name in ("genre", "language"):
        if page.locator(f"#facet-{name}").count():
            page.locator(f"#facet-{name} summary").click()
            box = page.locator(f"#facet-{name} ul").bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_words_stand_out_from_their_ground(browser, site, scheme):
    page = browser.new_page(color_scheme=scheme)
    page.goto(f"{site}/search?q={ASKED}&without={YEAR}&filter=kind:film")
    page.locator(".why summary").first.click()
    page.locator(".facets summary").first.click()
    faint = page.evaluate(
        """() => {
          const rgba = (text) => {
            const context = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
            context.fillStyle = text;
            context.fillRect(0, 0, 1, 1);
            const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
            return [r, g, b, a / 255];
          };
          const light = ([r, g, b]) => [r, g, b]
            .map((c) => c / 255).map((c) => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
            .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
          const ground = (e) => {
            const layers = [];
            for (; e; e = e.parentElement) layers.push(rgba(getComputedStyle(e).backgroundColor));
            return layers.reverse().reduce((under, [r, g, b, a]) =>
              [r, g, b].map((c, i) => c * a + under[i] * (1 - a)), [255, 255, 255]);
          };
          const found = [];
          for (const e of document.querySelectorAll(
            '.chip *, .asked h2, .rest, .facets summary, .facets a *, .why *, .count *')) {
            if (e.closest('svg') || !e.textContent.trim() || !e.checkVisibility()) continue;
            const [a, b] = [light(rgba(getComputedStyle(e).color)), light(ground(e))];
            const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
            if (ratio < 4.5) found.push([e.className, e.textContent.trim(), ratio]);
          }
          return found;
        }"""
    )
    assert faint == []
    page.close()


def test_a_missing_model_is_explained_in_place(browser, site):
    page = browser.new_page()
    page.goto(f"{site}/search?q=heist")
    page.click(".advanced summary")
    page.select_option("[name=method]", "ce")
    page.wait_for_selector("text=A model is missing")
    page.select_option("[name=method]", "hybrid")
    page.wait_for_selector(".card")
    page.close()


def test_posters_keep_their_words_inside(page, site):
    page.goto(f"{site}/search?q=the&k=60&method=lexical")
    overflowing = page.evaluate(
        """async () => {
          const found = [];
          for (const image of document.querySelectorAll('.card img')) {
            const svg = await (await fetch(image.src)).text();
            const holder = document.body.appendChild(document.createElement('div'));
            holder.innerHTML = svg;
            const drawn = holder.firstElementChild;
            for (const text of drawn.querySelectorAll('text')) {
              const box = text.getBBox();
              if (box.x < 12 || box.x + box.width > 288) found.push(text.textContent);
            }
            holder.remove();
          }
          return found;
        }"""
    )
    assert overflowing == []
