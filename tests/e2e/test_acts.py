"""What is done with a title in a real browser: by pointer, by keyboard, and without a script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fastapi import APIRouter, Request
from playwright.sync_api import expect
from starlette.responses import HTMLResponse

from matinee.assembly import open_library
from matinee.service import create_app, templating, toasts
from matinee.service.viewer import Viewing  # noqa: TC001 -- read by FastAPI
from matinee.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.extra

PAGE = """<!doctype html>
{% import "_macros.html" as m with context %}
{% from "_acts.html" import acts, stars with context %}
{% from "_toast.html" import toast_place with context %}
<html lang="en"{% if not scene().look.keys %} data-keys="off"{% endif %}>
<head><title>Acts</title><meta name="viewport" content="width=device-width">
<link rel="icon" href="{{ asset('icon.svg') }}">
<link rel="stylesheet" href="{{ asset('matinee.css') }}">
<link rel="stylesheet" href="{{ asset('acts.css') }}">
<link rel="stylesheet" href="{{ asset('rate.css') }}">
<script type="module" src="{{ asset('main.js') }}"></script></head>
<body><main id="main" tabindex="-1">{{ toast_place(told) }}
<h1>{{ film.title.title }}</h1>
<div class="film-acts">{{ stars(film.title, film.mark) }}{{ acts(film, wide=true) }}</div>
<form action="/search"><label>Find <input id="q" name="q"></label></form>
<h2>All</h2><ul class="grid" id="all" data-grid>
{% for c in cards[:5] %}<li>{{ m.card(c) }}</li>{% endfor %}</ul>
<h2>Unseen</h2><ul class="grid" id="unseen" data-grid data-hide-seen>
{% for c in cards[5:9] %}<li>{{ m.card(c) }}</li>{% endfor %}</ul>
</main></body></html>"""
"""One title on its own, a grid of all, and one that leaves out what was seen."""

router = APIRouter()


@router.get("/acts-page")
def acts_page(request: Request, viewer: Viewing) -> HTMLResponse:
    titles = [each.title for each in viewer.library.search("thriller", k=11)]
    film, *others = viewer.cards(titles)
    told = toasts.read_toast(request.cookies.get(toasts.COOKIE, ""))
    cards = [card for card in others if not card.mark.hidden]
    made = templating._ENV.from_string(PAGE).render(film=film, cards=cards, told=told)
    answer = HTMLResponse(made)
    if told is not None:
        toasts.clear(answer)
    return answer


def made(url: str) -> FastAPI:
    app = create_app(open_library(), settings=Settings(database_url=url, rate_limit=0))
    app.include_router(router)
    return app


@pytest.fixture(scope="module")
def library_is_open() -> None:
    open_library()


@pytest.fixture
def url(tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def running(serve, url: str, library_is_open: None) -> Iterator[Any]:
    started = serve(made(url))
    yield started
    started.stop()


@pytest.fixture
def site(running: Any) -> str:
    return running.url


@pytest.fixture
def page(browser, site: str) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, reduced_motion="reduce", base_url=site
    )
    opened = context.new_page()
    faults: list[str] = []
    opened.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.goto("/acts-page")
    yield opened
    context.close()
    # What a test breaks on purpose the browser complains of.
    assert [fault for fault in faults if "Failed to load resource" not in fault] == []


def names(page: Page, grid: str = "#all") -> list[str]:
    return page.locator(f"{grid} .card-title a").all_inner_texts()


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.innerText.trim()")


def card(page: Page, place: int, grid: str = "#all") -> Locator:
    return page.locator(f"{grid} .card").nth(place)


def says(page: Page, text: str) -> None:
    page.locator(".toast p", has_text=text).wait_for()


def test_hiding_takes_the_card_away_and_undo_brings_it_back_to_its_place(page: Page) -> None:
    before = names(page)
    hide = card(page, 1).get_by_role("button", name=f"Not for me: {before[1]}")
    hide.focus()
    hide.press("Enter")
    says(page, f"Hidden: {before[1]}")
    assert names(page) == before[:1] + before[2:]
    assert focused(page) == before[2]
    page.get_by_role("button", name="Undo").click()
    says(page, f"Undone: {before[1]}")
    assert names(page) == before
    assert focused(page) == before[1]
    page.reload()
    assert names(page) == before


def test_the_last_card_of_a_grid_leaves_the_keyboard_a_place(page: Page) -> None:
    while left := names(page):
        at = page.locator("#all .card-title a").last
        at.focus()
        page.keyboard.press("x")
        says(page, f"Hidden: {left[-1]}")
        assert len(names(page)) == len(left) - 1
    assert page.evaluate("document.activeElement.id") == "main"


def test_what_is_hidden_stays_hidden_when_the_server_starts_again(
    page: Page, serve, running: Any, url: str
) -> None:
    before = names(page)
    card(page, 0).hover()
    card(page, 0).get_by_role("button", name="Not for me").click()
    says(page, f"Hidden: {before[0]}")
    running.stop()
    again = serve(made(url))
    page.goto(f"{again.url}/acts-page")
    assert names(page)[: len(before) - 1] == before[1:]
    again.stop()


def test_seen_leaves_only_a_grid_that_hides_what_was_seen(page: Page) -> None:
    before = names(page, "#unseen")
    page.locator("#unseen .card-title a").first.focus()
    page.keyboard.press("s")
    says(page, f"Seen: {before[0]}")
    assert names(page, "#unseen") == before[1:]
    page.keyboard.press("u")
    says(page, "Undone")
    assert names(page, "#unseen") == before
    shown = names(page)
    page.locator("#all .card-title a").first.focus()
    page.keyboard.press("s")
    says(page, f"Seen: {shown[0]}")
    assert names(page) == shown
    seen = card(page, 0).locator("[data-key=s]")
    assert seen.get_attribute("aria-pressed") == "true"


def test_the_keys_work_on_the_card_that_has_the_keyboard_and_else_on_the_film(page: Page) -> None:
    film = page.inner_text("h1")
    page.evaluate(
        "document.addEventListener('matinee:acted', e => (window.acted ??= []).push(e.detail))"
    )
    page.keyboard.press("w")
    says(page, f"On your watchlist: {film}")
    page.locator("#all .card-title a").nth(2).focus()
    page.keyboard.press("w")
    says(page, f"On your watchlist: {names(page)[2]}")
    assert focused(page) == names(page)[2]
    page.keyboard.press("u")
    says(page, f"Undone: {names(page)[2]}")
    # Only the latest act can be taken back.
    page.keyboard.press("u")
    wide = page.locator(".wide-acts [data-key=w]")
    assert wide.get_attribute("aria-pressed") == "true"
    acted = page.evaluate("window.acted")
    assert [each["act"] for each in acted] == ["want", "want", "restore"]
    assert acted[1]["title"] == acted[2]["title"] != acted[0]["title"]


def test_the_keys_rest_while_one_types_with_modifiers_and_when_switched_off(page: Page) -> None:
    page.focus("#q")
    page.keyboard.type("wsxu")
    assert page.input_value("#q") == "wsxu"
    page.locator("#all .card-title a").first.focus()
    for keys in ("Control+x", "Alt+s", "Shift+w", "Meta+w"):
        page.locator("body").press(keys)
    page.request.post("/look", form={"keys": "off", "next": "/acts-page"})
    page.reload()
    page.locator("#all .card-title a").first.focus()
    page.keyboard.type("wsxu")
    told = page.request.get("/v1/people/me/watchlist").json()["results"]
    told += page.request.get("/v1/people/me/watches").json()["results"]
    told += page.request.get("/v1/people/me/hidden").json()["results"]
    assert told == []


def test_half_stars_by_pointer_and_by_keyboard(page: Page) -> None:
    labels = page.locator(".halves label")
    labels.nth(8).click()
    page.get_by_text("You gave 4½", exact=True).wait_for()
    # The same again takes it back.
    labels.nth(8).click()
    page.get_by_text("Not rated by you").wait_for()
    page.get_by_role("radio", name="3 stars").focus()
    page.keyboard.press("Space")
    page.get_by_text("You gave 3", exact=True).wait_for()
    with page.expect_request("**/acts") as asked:
        for _ in range(3):
            page.keyboard.press("ArrowRight")
    # Stars that were only passed over are not given.
    assert "stars=4.5" in (asked.value.post_data or "")
    page.get_by_text("You gave 4½", exact=True).wait_for()
    assert page.evaluate("document.activeElement.value") == "4.5"
    page.get_by_role("button", name="Take back").press("Enter")
    page.get_by_text("Not rated by you").wait_for()
    assert page.evaluate("document.activeElement.form?.className") == "rate"
    page.keyboard.press("u")
    page.get_by_text("You gave 4½", exact=True).wait_for()


@pytest.mark.parametrize("how", ["abort", "refuse"])
def test_where_the_server_does_not_answer_all_is_as_before_and_can_be_tried_again(
    page: Page, how: str
) -> None:
    before = names(page)

    def fail(route) -> None:
        route.abort() if how == "abort" else route.fulfill(status=502, body="no")

    page.route("**/acts", fail)
    page.locator("#all .card-title a").nth(1).focus()
    page.keyboard.press("x")
    says(page, "The server does not answer")
    assert names(page) == before
    card(page, 2).locator("[data-key=w]").press("Enter")
    says(page, "The server does not answer")
    expect(card(page, 2).locator("[data-key=w]")).to_have_attribute("aria-pressed", "false")
    page.unroute("**/acts")
    page.get_by_role("button", name="Try again").click()
    says(page, f"On your watchlist: {before[2]}")
    assert card(page, 2).locator("[data-key=w]").get_attribute("aria-pressed") == "true"


def test_the_toast_stays_while_it_is_looked_at_and_goes_then(page: Page) -> None:
    page.clock.install()
    page.goto("/acts-page")
    page.keyboard.press("w")
    says(page, "On your watchlist")
    page.clock.run_for(10_000)
    assert page.locator(".toast").is_visible()
    page.get_by_role("button", name="Undo").focus()
    page.clock.run_for(60_000)
    assert page.locator(".toast").is_visible()
    page.locator("#all .card-title a").first.focus()
    page.clock.run_for(13_000)
    assert page.locator(".toast").count() == 0
    # It can still be taken back.
    page.keyboard.press("u")
    says(page, "Undone")


def test_the_toast_covers_nothing_that_has_the_keyboard(page: Page) -> None:
    page.keyboard.press("w")
    says(page, "On your watchlist")
    covered = page.evaluate(
        """() => [...document.querySelectorAll("main a, main button")]
          .filter(e => !e.closest("#toast") && e.checkVisibility())
          .filter(e => {
            e.focus();
            const told = document.querySelector(".toast");
            const [a, b] = [e, told].map(x => x.getBoundingClientRect());
            return a.bottom > b.top && a.top < b.bottom && a.right > b.left && a.left < b.right;
          }).map(e => e.outerHTML.slice(0, 80))"""
    )
    assert covered == []


def test_all_of_it_works_without_a_script(browser, site: str) -> None:
    with browser.new_context(java_script_enabled=False, base_url=site) as context:
        page = context.new_page()
        page.goto("/acts-page")
        before = names(page)
        card(page, 1).hover()
        card(page, 1).get_by_role("button", name="Not for me").click()
        says(page, f"Hidden: {before[1]}")
        assert page.url.endswith("/acts-page")
        assert names(page)[:4] == before[:1] + before[2:5]
        # It is told once.
        page.reload()
        assert page.locator(".toast").count() == 0
        page.locator(".halves label").nth(6).click()
        page.get_by_role("button", name="Rate").click()
        page.get_by_text("You gave 3½", exact=True).wait_for()
        page.get_by_role("button", name="Take back").click()
        says(page, "Rating taken back")
        page.get_by_role("button", name="Undo").click()
        page.get_by_text("You gave 3½", exact=True).wait_for()
        says(page, "Undone")


def test_the_latest_act_is_taken_back_even_while_it_is_under_way(page: Page) -> None:
    before = names(page)
    links = page.locator("#all .card-title a")
    links.first.focus()
    page.keyboard.press("w")
    says(page, f"On your watchlist: {before[0]}")
    held: list[Any] = []
    page.route("**/acts", lambda route: held.append(route), times=1)
    links.nth(1).focus()
    page.keyboard.press("x")
    page.keyboard.press("u")
    page.wait_for_function(
        "n => document.querySelectorAll('#all .card').length < n", arg=len(before)
    )
    held[0].continue_()
    says(page, f"Undone: {before[1]}")
    assert names(page) == before
    assert card(page, 0).locator("[data-key=w]").get_attribute("aria-pressed") == "true"


def test_two_acts_in_a_row_and_the_undo_of_each_brings_back_its_own_card(page: Page) -> None:
    before = names(page)
    links = page.locator("#all .card-title a")
    links.nth(1).focus()
    page.keyboard.press("x")
    says(page, f"Hidden: {before[1]}")
    page.evaluate(
        """() => {
          const undo = document.querySelector(".toast .undo");
          document.activeElement.closest(".card").querySelector("[data-key=x]").click();
          undo.click();
        }"""
    )
    says(page, f"Undone: {before[1]}")
    assert names(page) == [*before[:2], *before[3:]]
