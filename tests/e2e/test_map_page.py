"""The map in a real browser: by pointer, from its list by keyboard, and without a script."""

from __future__ import annotations

import pytest

from matinee.assembly import open_library
from matinee.service import create_app
from matinee.settings import Settings

pytestmark = pytest.mark.extra

READY = "canvas[data-rated]"


@pytest.fixture(scope="module")
def site(serve, tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}"
    return serve(create_app(open_library(), settings=Settings(database_url=url))).url


@pytest.fixture
def page(browser, site):
    """A page that must ask nobody but the site and complain of nothing."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, reduced_motion="reduce", base_url=site
    )
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


def picture(page) -> str:
    """Return what the canvas shows, to tell whether it has changed."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)))")
    return page.evaluate("document.getElementById('map').toDataURL()")


@pytest.mark.parametrize("width", [360, 390, 1440])
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_it_fits_and_is_drawn(page, width, scheme):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/map")
    page.wait_for_selector(READY)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    seen = page.evaluate(
        """() => {
          const c = document.getElementById('map');
          const p = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
          const found = new Set();
          for (let i = 0; i < p.length; i += 4)
            if (p[i + 3] > 200) found.add([p[i] >> 5, p[i + 1] >> 5, p[i + 2] >> 5].join());
          return found.size;
        }"""
    )
    assert seen > 8
    # Every button can be hit.
    small = page.evaluate(
        "[...document.querySelectorAll('main a, main button')].filter(e => e.checkVisibility())"
        ".filter(e => e.offsetHeight < 24).map(e => e.outerHTML.slice(0, 90))"
    )
    assert small == []


def test_all_of_it_can_be_done_from_the_list_by_keyboard(page):
    page.goto("/map")
    page.wait_for_selector(READY)
    whole = picture(page)
    page.focus(".to-list")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    focused = "document.activeElement"
    name = page.evaluate(f"{focused}.firstElementChild.textContent")
    page.keyboard.press("Enter")
    page.wait_for_selector("#list .films a")
    # The canvas went there too.
    assert picture(page) != whole
    assert page.inner_text("#list-title") == name
    assert page.evaluate(f"{focused}.id") == "list"
    assert "region=" in page.url
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(f"'id' in {focused}.dataset"):
            break
    title = page.evaluate(f"{focused}.textContent")
    # What has the keyboard is pointed at on the map.
    assert page.inner_text("#card a") == title
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.inner_text("h1") == title
    page.go_back()
    page.wait_for_selector(READY)
    assert page.inner_text("#list-title") == name


def test_a_search_flies_to_what_it_finds_and_lists_it(page):
    page.goto("/map")
    page.wait_for_selector(READY)
    before = picture(page)
    page.fill("#fly-q", "a heist")
    page.press("#fly-q", "Enter")
    page.wait_for_selector("#list .films a")
    assert page.inner_text("#list-title") == "Found: a heist"
    shown = page.locator("#list .films a").count()
    told = page.request.get("/v1/search?q=a heist&k=40&fields=id").json()["results"]
    assert shown == len(told)
    assert page.locator("#list .films a").first.get_attribute("data-id") == told[0]["id"]
    assert f"{shown} titles" in page.inner_text("#map-live")
    assert picture(page) != before
    page.click("#list [data-all]")
    page.wait_for_selector("#list .region")
    assert picture(page) == before or page.locator("#card").is_visible()


@pytest.mark.parametrize("how", ["button", "shift"])
def test_what_is_drawn_around_becomes_a_list(page, how):
    page.goto("/map")
    page.wait_for_selector(READY)
    box = page.locator("#map").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    if how == "button":
        page.click("[data-do=lasso]")
        assert page.get_attribute("[data-do=lasso]", "aria-pressed") == "true"
    else:
        page.keyboard.down("Shift")
    page.mouse.move(x - 120, y - 120)
    page.mouse.down()
    for to in ((120, -120), (120, 120), (-120, 120)):
        page.mouse.move(x + to[0], y + to[1], steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    page.wait_for_selector("#list .films a")
    assert page.inner_text("#list-title") == "Chosen"
    assert page.get_attribute("[data-do=lasso]", "aria-pressed") == "false"
    # Exactly those within, by the positions that are served, give or take what the edge touches.
    surely, perhaps = page.evaluate(
        """async () => {
          const told = await (await fetch('/v1/map')).json();
          const { clientWidth: w, clientHeight: h } = document.getElementById('frame');
          const across = Math.min(w, h * 1.35) * 0.94, down = Math.min(h, w * 1.35) * 0.94;
          return [118, 122].map((half) => told.id.filter((_, i) =>
            Math.abs((told.x[i] / 65535 - 0.5) * across) < half
            && Math.abs((told.y[i] / 65535 - 0.5) * down) < half));
        }"""
    )
    count = int(page.inner_text("#list > p").split()[0].replace(",", ""))
    assert 5 < len(surely) <= count <= len(perhaps) < 1_000
    listed = page.eval_on_selector_all("#list .films a", "all => all.map(a => a.dataset.id)")
    assert set(surely[:100]) <= set(listed) <= set(perhaps)


def test_keys_wheel_and_buttons_move_it(page):
    page.goto("/map")
    page.wait_for_selector(READY)
    whole = picture(page)
    page.focus("#map")
    seen = {whole}
    for pressed in ("+", "ArrowRight", "ArrowDown", "-"):
        page.keyboard.press(pressed)
        seen.add(picture(page))
    assert len(seen) == 5
    page.keyboard.press("0")
    assert picture(page) == whole
    page.hover("#map", position={"x": 30, "y": 400})
    page.mouse.wheel(0, -400)
    assert picture(page) != whole
    page.click("[data-do=whole]")
    page.focus("#map")
    page.keyboard.press("Escape")
    assert picture(page) == whole


def test_a_title_that_is_pointed_at_is_named(page):
    page.goto("/map")
    page.wait_for_selector(READY)
    x, y, name = page.evaluate(
        """async () => {
          const told = await (await fetch('/v1/map')).json();
          const { clientWidth: w, clientHeight: h } = document.getElementById('frame');
          const across = Math.min(w, h * 1.35) * 0.94, down = Math.min(h, w * 1.35) * 0.94;
          return [w / 2 + (told.x[0] / 65535 - 0.5) * across,
            h / 2 + (told.y[0] / 65535 - 0.5) * down, told.title[0]];
        }"""
    )
    page.hover("#map", position={"x": x, "y": y})
    assert page.inner_text("#card a") == name
    assert page.evaluate(
        "() => new Promise(done => { const i = document.querySelector('#card img');"
        " i.complete ? done(i.naturalWidth) : i.onload = () => done(i.naturalWidth) })"
    )


def test_what_one_has_rated_is_lit(page):
    page.goto("/map")
    page.wait_for_selector(READY)
    before = picture(page)
    assert page.get_attribute("#map", "data-rated") == "0"
    told = page.request.get("/v1/map").json()
    assert page.request.put(f"/v1/people/me/ratings/{told['id'][0]}", data={"rating": 4}).ok
    page.reload()
    page.wait_for_selector(READY)
    assert page.get_attribute("#map", "data-rated") == "1"
    assert picture(page) != before
    page.request.delete(f"/v1/people/me/ratings/{told['id'][0]}")


def test_without_a_script_the_list_is_the_map(browser, site):
    context = browser.new_context(java_script_enabled=False, base_url=site)
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/map")
    assert page.locator("canvas").is_hidden()
    with page.expect_navigation():
        page.locator("#list .region").first.click()
    assert page.locator("#list .films a").count() > 5
    with page.expect_navigation():
        page.locator("#list .films a").first.click()
    assert "/title/" in page.url
    context.close()


def test_a_server_that_does_not_answer_leaves_the_list(browser, site):
    context = browser.new_context(base_url=site)
    page = context.new_page()
    page.route("**/v1/map", lambda route: route.abort())
    page.goto("/map")
    page.wait_for_function("document.getElementById('map-live').textContent")
    assert "did not come" in page.inner_text("#map-live")
    page.locator("#list .region").first.click()
    page.wait_for_selector("#list .films a")
    context.close()
