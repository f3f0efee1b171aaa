"""Searching by a picture in a real browser: pasted, dropped, chosen, refused, restored."""

from __future__ import annotations

import base64
import contextlib
import gzip
from typing import TYPE_CHECKING

import pytest

from matinee import demo as demo_files
from matinee.assembly import open_library
from matinee.assembly.building import build_library
from matinee.service import assets, create_app
from matinee.settings import Settings
from matinee.testing import ColourEncoder, FixedCaptioner, drawn_poster

if TYPE_CHECKING:
    from pathlib import Path

MATRIX = "This is the poster of The Matrix (1999)"
MOST = 300_000

pytestmark = pytest.mark.extra


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("posters")
    for seed, number in enumerate((603, 11, 949, 680)):
        (made / f"{number}.png").write_bytes(drawn_poster(seed))
    (made.parent / "strange.png").write_bytes(drawn_poster(99))
    (made.parent / "drawing.jpg").write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    (made.parent / "huge.jpg").write_bytes(drawn_poster(1) + bytes(MOST))
    return made


@pytest.fixture(scope="module")
def root(folder, tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("library")
    build_library([demo_files.TITLES], made, posters=folder, picture_encoder=ColourEncoder())
    return made


def app_of(library, cache: Path):
    settings = Settings(
        database_url=f"sqlite:///{cache / 'store.db'}", cache=cache, max_picture=MOST
    )
    return create_app(library, settings=settings)


@pytest.fixture(scope="module")
def site(serve, root, tmp_path_factory):
    library = open_library(root, picture_encoder=ColourEncoder(), captioner=FixedCaptioner())
    return serve(app_of(library, tmp_path_factory.mktemp("cache"))).url


@pytest.fixture(scope="module")
def bare_site(serve, root, tmp_path_factory):
    """The same without the models."""
    return serve(app_of(open_library(root), tmp_path_factory.mktemp("cache"))).url


@pytest.fixture
def page(browser):
    """A page that must ask nobody but this machine, and complain of nothing but refusals."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    made = context.new_page()
    faults: list[str] = []

    def complained(message) -> None:
        # The browser itself notes each answer of 422 and 503; those are what is tested.
        refused = "the server responded with a status of" in message.text
        if message.type in {"error", "warning"} and not refused:
            faults.append(message.text)

    made.on("console", complained)
    made.on("pageerror", lambda error: faults.append(str(error)))
    made.on(
        "request",
        lambda r: None if r.url.startswith("http://127.0.0.1:") else faults.append(r.url),
    )
    yield made
    context.close()
    assert faults == []


def until(page, expression, arg=None):
    """Wait for an expression: Playwright's own wait needs the eval that the policy forbids."""
    from playwright.sync_api import Error

    for _ in range(500):
        # While a page gives way to another there is none to ask.
        with contextlib.suppress(Error):
            if page.evaluate(expression, arg):
                return
        page.wait_for_timeout(20)
    pytest.fail(f"never came true: {expression}")


def settled(page):
    until(page, "!document.querySelector('#results').hasAttribute('aria-busy')")


def choose(page, path):
    with page.expect_file_chooser() as chooser:
        page.click("[data-pick]")
    chooser.value.set_files(str(path))


def says(page, text):
    until(
        page,
        "text => document.querySelector('#results').innerText.replace(/\\s+/g, ' ').includes(text)",
        text,
    )


def titles(page):
    return page.locator("#results .card-title").all_inner_texts()


# The clipboard and the mouse of a page under test hold what a script puts there.
BRING = """([data, type, kind]) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const files = new DataTransfer();
  files.items.add(new File([bytes], "picture", { type }));
  const event = kind === "paste"
    ? new ClipboardEvent(kind, { clipboardData: files, bubbles: true, cancelable: true })
    : new DragEvent(kind, { dataTransfer: files, bubbles: true, cancelable: true });
  document.activeElement.dispatchEvent(event);
  return event.defaultPrevented;
}"""


def bring(page, kind, data, media_type="image/png"):
    return page.evaluate(BRING, [base64.b64encode(data).decode(), media_type, kind])


def check_it_is_the_matrix(page):
    says(page, MATRIX)
    until(page, "location.search.includes('picture=')")
    assert titles(page)[0] == "The Matrix"
    # The copy is shown, and not a broken image.
    until(page, "document.querySelector('.shown img').naturalWidth > 0")


def test_by_the_button(page, site, folder):
    page.goto(f"{site}/search")
    choose(page, folder / "603.png")
    check_it_is_the_matrix(page)


def test_by_pasting(page, site, folder):
    page.goto(f"{site}/search")
    page.focus("#q")
    assert bring(page, "paste", (folder / "603.png").read_bytes())
    check_it_is_the_matrix(page)


def test_by_dropping(page, site, folder):
    page.goto(f"{site}/search")
    data = (folder / "603.png").read_bytes()
    bring(page, "dragenter", data)
    assert page.locator("#drop").is_visible()
    assert bring(page, "dragover", data)
    bring(page, "dragleave", data)
    assert not page.locator("#drop").is_visible()
    bring(page, "dragenter", data)
    assert bring(page, "drop", data)
    check_it_is_the_matrix(page)
    assert not page.locator("#drop").is_visible()


def test_pasted_words_stay_words(page, site):
    page.goto(f"{site}/search")
    page.focus("#q")
    page.keyboard.insert_text("heist")
    until(page, "location.search.includes('q=heist')")
    assert "picture=" not in page.url


def test_the_picture_stays_while_one_types_and_narrows(page, site, folder):
    page.goto(f"{site}/search")
    choose(page, folder / "603.png")
    check_it_is_the_matrix(page)
    alone = titles(page)
    page.fill("#q", "romantic comedy after 1990")
    until(page, "location.search.includes('romantic') && location.search.includes('picture=')")
    settled(page)
    says(page, "1991 or later")
    says(page, MATRIX)
    assert titles(page) != alone
    page.click("[data-chip] .chip-x >> nth=0")
    until(page, "location.search.includes('without=')")
    assert "picture=" in page.url
    page.click(".facets summary >> nth=0")
    page.click(".facets details[open] a >> nth=0")
    until(page, "location.search.includes('filter=')")
    assert "picture=" in page.url
    page.click("text=Remove the picture")
    until(page, "!location.search.includes('picture=')")
    assert "filter=" in page.url
    assert page.locator(".shown").count() == 0


def test_weight_route_caption_and_join(page, site, folder):
    page.goto(f"{site}/search?q=romantic+comedy")
    choose(page, folder / "603.png")
    says(page, MATRIX)
    page.focus("select[name=route]")
    page.select_option("select[name=route]", "both")
    until(page, "location.search.includes('route=both')")
    settled(page)
    assert page.input_value("input[name=caption]") == "a man with a red balloon"
    assert "caption=" not in page.url
    # The keyboard stays where it was.
    assert page.evaluate("document.activeElement.name") == "route"
    page.focus("input[name=share]")
    page.keyboard.press("Home")
    until(page, "location.search.includes('share=0&') || location.search.endsWith('share=0')")
    settled(page)
    says(page, "Weight of the picture: 0%")
    assert titles(page)[0] != "The Matrix"
    page.fill("input[name=caption]", "a dog in the snow")
    page.keyboard.press("Enter")
    until(page, "location.search.includes('caption=a+dog')")
    settled(page)
    page.check("input[name=join]")
    until(page, "location.search.includes('join=true')")
    settled(page)
    before = titles(page)
    page.reload()
    assert page.input_value("input[name=caption]") == "a dog in the snow"
    assert page.is_checked("input[name=join]")
    assert page.input_value("input[name=share]") == "0"
    assert titles(page) == before


def test_reload_back_and_a_shared_address_restore_it(browser, page, site, folder):
    page.goto(f"{site}/search?q=heist")
    words = titles(page)
    choose(page, folder / "603.png")
    check_it_is_the_matrix(page)
    found, address = titles(page), page.url
    page.reload()
    assert titles(page) == found
    check_it_is_the_matrix(page)
    page.go_back()
    until(page, "!location.search.includes('picture=')")
    until(page, "!document.querySelector('.shown')")
    assert titles(page) == words
    page.go_forward()
    check_it_is_the_matrix(page)
    other = browser.new_context()
    theirs = other.new_page()
    theirs.goto(address)
    assert titles(theirs) == found
    other.close()


def test_show_more_goes_on_with_the_picture(page, site, folder):
    page.goto(f"{site}/search?k=5")
    choose(page, folder / "603.png")
    check_it_is_the_matrix(page)
    first = titles(page)
    assert len(first) == 5
    page.click("[data-more]")
    until(page, "document.querySelectorAll('#results .card').length === 10")
    assert titles(page)[:5] == first
    check_it_is_the_matrix(page)


def test_results_a_page_are_chosen(page, site, folder):
    page.goto(f"{site}/search")
    choose(page, folder / "603.png")
    check_it_is_the_matrix(page)
    page.click(".advanced summary")
    for count in ("3", "5", "10", "25"):
        page.select_option("select[name=k]", count)
        until(page, "n => document.querySelectorAll('#results .card').length === +n", count)


def test_a_bad_file_is_explained_and_what_was_asked_for_is_kept(page, site, folder):
    page.goto(f"{site}/search?q=heist&filter=kind:film")
    choose(page, folder.parent / "drawing.jpg")
    says(page, "This picture cannot be used")
    assert "q=heist" in page.url
    assert "picture" not in page.url
    choose(page, folder.parent / "huge.jpg")
    says(page, "This picture is too large")
    says(page, "0.3 MB")
    page.fill("#q", "heists")
    until(page, "location.search.includes('q=heists')")
    assert "filter=kind" in page.url
    choose(page, folder / "603.png")
    says(page, MATRIX)
    assert "filter=kind" in page.url
    live = "document.getElementById('live').textContent"
    bring(page, "drop", b"%PDF-1.7", "application/pdf")
    says(page, "This picture cannot be used")
    until(page, f"{live}.length > 0 && !{live}.includes('titles')")


def test_without_the_model_there_is_the_poster_and_one_clear_message(page, bare_site, folder):
    page.goto(f"{bare_site}/search?q=heist")
    choose(page, folder / "603.png")
    says(page, MATRIX)
    says(page, "matinee models pull clip")
    assert page.locator("#results").inner_text().count("matinee models pull clip") == 1
    until(page, "location.search.includes('picture=')")
    page.reload()
    says(page, MATRIX)
    choose(page, folder.parent / "strange.png")
    says(page, "No poster of the library looks like it.")
    page.click(".shown a:text('Remove the picture')")
    until(page, "document.querySelectorAll('#results .card').length > 0")


def test_without_script(browser, site, folder):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/search?q=heist&k=5")
    assert not page.locator("[data-pick]").is_visible()
    page.set_input_files("#given", str(folder / "603.png"))
    page.click("#by-picture button")
    assert "picture=" in page.url
    assert "q=heist" in page.url
    assert titles(page)[0] == "The Matrix"
    assert len(titles(page)) == 5
    page.select_option("select[name=route]", "caption")
    page.fill("#q", "dogs")
    page.click("#search button:not([data-pick])")
    assert "route=caption" in page.url
    assert "picture=" in page.url
    assert page.input_value("input[name=caption]") == "a man with a red balloon"
    page.click("text=Show more")
    assert len(titles(page)) == 10
    page.click("text=Remove the picture")
    assert "picture=" not in page.url
    page.set_input_files("#given", str(folder.parent / "drawing.jpg"))
    page.click("#by-picture button")
    assert "This picture cannot be used" in page.locator("#results").inner_text()
    assert page.input_value("#q") == "dogs"
    context.close()


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_nothing_is_wider_than_the_screen_or_too_small_to_hit(page, site, folder, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site}/search?q=heist&route=both")
    choose(page, folder / "603.png")
    check_it_is_the_matrix(page)
    page.select_option("select[name=route]", "both")
    until(page, "document.querySelector('input[name=caption]')")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        "[...document.querySelectorAll('.shown a, .shown input, .shown select, #search button')]"
        ".filter(e => e.type !== 'hidden' && e.offsetParent)"
        ".map(e => [e.outerHTML.slice(0, 80), e.offsetWidth, e.offsetHeight])"
    )
    assert [size for size in small if size[1] < 24 or size[2] < 24] == []
    unnamed = page.evaluate(
        "[...document.querySelectorAll('.shown input, .shown select')]"
        ".filter(e => e.type !== 'hidden' && !e.labels.length).map(e => e.name)"
    )
    assert unnamed == []


def test_the_scripts_are_small():
    scripts = [data for name, data in assets.FILES.items() if name.endswith(".js")]
    assert sum(len(gzip.compress(data)) for data in scripts) < 30_000
