"""What the pages hold, read without a browser."""

from __future__ import annotations

import re

import pytest

from matinee.service import assets, forms, home, pages, views
from matinee.service.home import EXAMPLES

HTML = {"Accept": "text/html"}
FRAGMENT = {"X-Matinee-Fragment": "results"}
ALL = ["/", "/search", "/search?q=heist", "/search?q=nothing", "/title/tmdb:603", "/about", "/docs"]


@pytest.mark.parametrize("path", ALL)
def test_every_page_has_one_heading_landmarks_and_nothing_inline(client, path):
    html = client.get(path, headers=HTML).text
    assert html.count("<h1") == 1
    for landmark in ("<main", "<header", "<footer", "<nav", 'class="skip"'):
        assert html.count(landmark) == 1
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)", html)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", html)


def test_fragment_and_page_agree(client):
    for query in ("/search?q=heist", "/search?q=nothing", "/search", "/search?q=a&k=0"):
        whole, part = client.get(query), client.get(query, headers=FRAGMENT)
        assert whole.status_code == part.status_code
        assert part.text.strip() in whole.text
        assert "<html" not in part.text
        assert "x-matinee-fragment" in whole.headers["vary"].lower()


def test_count_and_grid_agree_page_by_page(client):
    for page, cards in ((1, 24), (2, 45)):
        html = client.get(f"/search?q=heist&page={page}", headers=FRAGMENT).text
        assert html.count('class="card"') == cards
        assert f"<h2>{cards} titles</h2>" in html
        assert ("data-more" in html) is (page == 1)


def test_what_a_title_says_is_escaped(client):
    for path in ("/search?q=a", "/title/tmdb-tv:3"):
        html = client.get(path).text
        assert "<b>Heist" not in html
        assert "&lt;b&gt;Heist&lt;/b&gt; &amp; Co" in html
    assert "<i>" not in client.get("/search?q=<i>x").text


def test_the_home_page_shows_no_film_twice(client):
    html = client.get("/").text
    titles = re.findall(r'<a href="(/title/[^"]+)"', html)
    assert len(titles) == len(set(titles)) > 30
    for example in EXAMPLES:
        assert views.search_url(example).replace("'", "%27") in html


def test_shelves_without_films_are_left_out(library):
    assert all(shelf.titles for shelf in home.shelves(library))


def test_a_title_shows_its_facts_and_links(client):
    html = client.get("/title/tmdb:603").text
    for fact in ("1999", "2 h 16 min", ">R<", "8.2", "25,000 votes", "United States", "English"):
        assert fact in html
    assert "/search?q=Keanu+Reeves" in html
    assert html.count('class="card"') == 12


def test_degraded_answers_say_so(client, library):
    library.degraded = ("Titles were not searched.",)
    assert "Titles were not searched." in client.get("/search?q=a").text


def test_errors_are_pages_for_people(client):
    for path, status in (("/nothing", 404), ("/title/tmdb:1", 404), ("/search?q=a&k=abc", 422)):
        answer = client.get(path, headers=HTML)
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith("text/html")
        assert "<h1" in answer.text


def test_the_form_restores_itself():
    values = {
        "q": "a b",
        "method": "lexical",
        "k": "12",
        "page": "3",
        "w_dense": "0.5",
        "rrf_k": "",
    }
    form = forms.read(values)
    assert form.wanted == 36
    assert form.tuned
    assert form.url(page=form.page) == "/search?q=a+b&method=lexical&k=12&w_dense=0.5&page=3"
    assert forms.SearchForm("x").url() == "/search?q=x"


@pytest.mark.parametrize(
    "bad", [{"k": "x"}, {"k": "0"}, {"page": "0"}, {"w_dense": "x"}, {"rrf_k": "nan"}]
)
def test_a_bad_form_is_explained(client, bad):
    answer = client.get("/search", params={"q": "a"} | bad)
    assert answer.status_code == 422
    assert next(iter(bad)) in answer.text


def test_shares_total_one_hundred():
    for parts in ({"dense": 0.31, "lexical": 0.29, "title": 0.123}, {"dense": 1e-9, "lexical": 1}):
        assert sum(s.percent for s in views.shares(parts)) == 100
    assert views.shares({}) == ()


def test_assets_are_small_immutable_and_known_by_their_contents(client):
    for name in assets.FILES:
        answer = client.get(assets.url(name))
        assert answer.headers["cache-control"] == assets.IMMUTABLE
        again = client.get(assets.url(name), headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
    assert client.get("/static/0/main.js").headers["cache-control"] == assets.REVALIDATE
    assert client.get(f"/static/{assets.DIGEST}/..%2Fapp.py").status_code == 404
    scripts = [data for name, data in assets.FILES.items() if name.endswith(".js")]
    assert sum(map(len, scripts)) < 15_000
    assert len(assets.FILES["matinee.css"]) < 20_000


def test_the_fragment_header_is_the_one_the_module_sends():
    assert pages.FRAGMENT in assets.FILES["fragment.js"].decode().lower()


def test_posters_answer_for_every_title_and_only_those(client):
    answer = client.get("/poster/tmdb:603.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert client.get("/poster/tmdb%3A1.svg").status_code == 404
    address = re.search(
        r'src="(/poster/tmdb:603\.svg\?v=[0-9a-f]+)"', client.get("/title/tmdb:603").text
    )
    versioned = client.get(address[1])
    assert versioned.headers["cache-control"] == assets.IMMUTABLE
    tag = {"If-None-Match": versioned.headers["etag"]}
    assert client.get(address[1], headers=tag).status_code == 304
    assert answer.headers["cache-control"] == assets.REVALIDATE
