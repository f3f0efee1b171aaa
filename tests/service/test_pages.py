"""What the pages hold, read without a browser."""

from __future__ import annotations

import gzip
import re
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from starlette.datastructures import QueryParams

from matinee.pipeline.shares import SAID, SHARE_OF
from matinee.query.knobs import KNOB_NAMES, knob_bounds
from matinee.query.request import LANG_POLICIES, METHODS, SORTS
from matinee.service import assets, forms, home, pages, search_page, views
from matinee.service.controls import CONTROLS
from matinee.service.home import EXAMPLES

HTML = {"Accept": "text/html"}
FRAGMENT = {"X-Matinee-Fragment": "results"}
ALL = ["/", "/search", "/search?q=heist", "/search?q=nothing", "/title/tmdb:603", "/about", "/docs"]


@pytest.mark.parametrize("path", ALL)
def test_every_page_has_one_heading_landmarks_and_nothing_inline(client, path):
    html = client.get(path, headers=HTML).text
    assert html.count("<h1") == 1
    for landmark in ("<main", "<header", "<footer", 'aria-label="Site"', 'class="skip"'):
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
    found = home.shelves(library)
    whole = home.arranged(found, (), lambda title: False, 0)
    # Of 40 films found for each mood 4 are left for the last: too few for a row.
    assert [shelf.heading for shelf in whole] == [heading for heading, _ in home.MOODS[:3]]
    assert home.arranged(found, (), lambda title: True, 0) == ()
    # On another day another one is the first.
    assert home.arranged(found, (), lambda title: False, 1)[0].heading == whole[1].heading


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


def address(path="/search", /, **values):
    return f"{path}?{urlencode(values, doseq=True)}"


ASKS = "asks language year genre like"
EVERYTHING = {
    "q": "a b",
    "method": "lexical",
    "sort": "newest",
    "lang_policy": "auto-soft",
    "min_votes": "10",
    "k": "12",
    "understand": "false",
    "top_up": "true",
    "fusion": "rrf",
    "w_dense": "0.5",
    "mmr_lambda": "0.25",
    "filter": ["year:1990..1999", "-genre:Horror"],
    "without": ["language:ml", "person:agnes varda"],
    "hard": ["genre:War & Peace"],
    "soft": ["year:2021.."],
    "page": "3",
}


def form_of(values):
    return forms.read(QueryParams(urlencode(values, doseq=True)))


def test_the_form_restores_itself():
    form = form_of(EVERYTHING | {"rrf_k": ""})
    assert form.wanted == 36
    assert form.tuned
    assert forms.read(QueryParams(form.url().partition("?")[2])) == form
    assert form_of({"q": "a b", "method": "lexical", "page": "3", "w_dense": "0.5"}).url() == (
        "/search?q=a+b&method=lexical&w_dense=0.5&page=3"
    )
    assert forms.SearchForm("x").url() == "/search?q=x"


def test_every_field_of_the_form_reaches_the_library():
    request = form_of(EVERYTHING).request(5)
    assert (request.text, request.k) == ("a b", 5)
    assert (request.method, request.sort) == ("lexical", "newest")
    assert (request.understand, request.top_up, request.min_votes) == (False, True, 10)
    assert [c.key for c in request.filters] == ["year:1990..1999", "-genre:Horror"]
    assert request.without == {"language:ml", "person:agnes varda"}
    assert (request.hard, request.soft) == ({"genre:War & Peace"}, {"year:2021.."})
    assert (request.lang_policy, request.knobs.fusion) == ("auto-soft", "rrf")


def test_every_knob_has_a_field_with_its_bounds(client):
    html = client.get("/search").text
    fields = {control.name for _, group in CONTROLS for control in group}
    others = {"method", "sort", "lang_policy", "min_votes", "k", "understand", "top_up"}
    assert fields == {*KNOB_NAMES, *others}
    for name in KNOB_NAMES:
        assert f'name="{name}"' in html
        if bounds := knob_bounds(name):
            low, high = bounds
            assert re.search(rf'name="{name}" type="number" min="{low}" max="{high}"', html)
    for name, choices in (("method", METHODS), ("sort", SORTS), ("lang_policy", LANG_POLICIES)):
        offered = next(c for _, group in CONTROLS for c in group if c.name == name).choices
        assert [value for value, _ in offered] == sorted(choices, key=[v for v, _ in offered].index)
    checked = re.compile(r'name="understand"[^>]* checked')
    assert checked.search(client.get("/search?understand=false").text)
    assert not checked.search(html)


def chips_of(client, url):
    """Return, by its key, what a chip shows and where its links lead."""
    html = client.get(url, headers=FRAGMENT).text
    found = {}
    for state, key, body in re.findall(
        r'<li class="chip (\w+)" data-chip="([^"]+)">(.*?)</li>', html, re.DOTALL
    ):
        links = re.findall(r'<a class="(chip-\w+)" href="([^"]+)"', body)
        found[unescape(key)] = state, {name: unescape(href) for name, href in links}
    return found


def test_chips_show_what_was_understood(client):
    shown = chips_of(client, address(q=ASKS))
    assert {key: state for key, (state, _) in shown.items()} == {
        "language:ml": "must",
        "year:2021..": "must",
        "genre:Thriller": "ideally",
        "-genre:Horror": "must",
        "like:imdb:tt4": "ideally",
    }
    html = client.get(address(q=ASKS)).text
    for text in ("Malayalam", "2021 or later", "not &lt;Horror&gt;", "like Drishyam", "the rest"):
        assert text in html
    assert "not <Horror>" not in html
    assert chips_of(client, address(q=ASKS, understand="false")) == {}


def test_a_chip_is_toggled_and_toggled_back(client):
    for key, first, second in (
        ("language:ml", "must", "ideally"),
        ("genre:Thriller", "ideally", "must"),
    ):
        state, links = chips_of(client, address(q=ASKS))[key]
        assert state == first
        state, again = chips_of(client, links["chip-how"])[key]
        assert state == second
        assert again["chip-how"] == address(q=ASKS)


def test_intents_are_wishes_only(client):
    state, links = chips_of(client, address(q=ASKS))["like:imdb:tt4"]
    assert (state, set(links)) == ("ideally", {"chip-x"})


def test_a_chip_is_removed_and_put_back(client, library):
    _, links = chips_of(client, address(q=ASKS))["year:2021.."]
    assert links["chip-x"] == "/search?q=asks+language+year+genre+like&without=year:2021.."
    shown = chips_of(client, links["chip-x"])
    assert library.requests[-1].without == {"year:2021.."}
    # It keeps its place among the others.
    assert list(shown) == list(chips_of(client, address(q=ASKS)))
    state, links = shown["year:2021.."]
    assert (state, links) == ("removed", {"chip-back": address(q=ASKS)})


def test_a_removed_chip_forgets_that_it_had_been_changed(client):
    url = address(q=ASKS, soft=["year:2021..", "language:ml"])
    _, links = chips_of(client, url)["year:2021.."]
    assert links["chip-x"].endswith("like&without=year:2021..&soft=language:ml")


def test_keys_the_text_no_longer_has_are_dropped(client):
    url = address(q="asks year", without=["language:ml", "year:2021.."], hard="genre:Thriller")
    html = client.get(url, headers=FRAGMENT).text
    assert 'data-address="/search?q=asks+year&amp;without=year:2021.."' in html
    assert html.count('form="search"') == 1
    assert '<input type="hidden" name="without" value="year:2021.." form="search">' in html


def test_what_the_form_does_not_show_travels_with_it(client):
    url = address(q=ASKS, filter="kind:film", soft="year:2021..")
    html = client.get(url, headers=FRAGMENT).text
    for name, key in (("filter", "kind:film"), ("soft", "year:2021..")):
        assert f'<input type="hidden" name="{name}" value="{key}" form="search">' in html


def test_filters_are_chips_that_can_be_removed(client, library):
    shown = chips_of(client, address(q="heist", filter=["kind:film", "year:1990..1999"]))
    assert set(shown) == {"kind:film", "year:1990..1999"}
    state, links = shown["kind:film"]
    assert (state, links) == ("must", {"chip-x": "/search?q=heist&filter=year:1990..1999"})
    assert len(library.requests[-1].filters) == 2
    assert client.get("/search?filter=kind:film", headers=FRAGMENT).text.count('class="card"') == 7


def facets_of(client, url):
    html = client.get(url, headers=FRAGMENT).text
    found = {}
    for name, body in re.findall(r'id="facet-(\w+)">(.*?)</details>', html, re.DOTALL):
        values = re.findall(
            r'<a href="([^"]+)" data-swap( aria-current="true")?><span class="what">([^<]+)<'
            r'.*?<span class="number">([\d,]+)<',
            body,
        )
        found[name] = [(label, int(n), unescape(url), bool(on)) for url, on, label, n in values]
    return found


def test_facets_narrow_the_answer_down(client):
    shown = facets_of(client, address(q="heist"))
    # Every candidate is from one country: choosing it would change nothing.
    assert list(shown) == ["genre", "language", "decade", "kind", "certification"]
    assert [(label, n) for label, n, _, _ in shown["genre"]] == [
        ("Drama", 9), ("Crime", 8), ("Horror", 7), ("War", 6), ("Music", 5), ("Family", 4),
    ]  # fmt: skip
    assert shown["language"][0] == ("Malayalam", 20, "/search?q=heist&filter=language:ml", False)
    assert shown["decade"][0] == ("2010s", 1, "/search?q=heist&filter=year:2010..2019", False)
    assert shown["kind"][1] == ("Series", 1, "/search?q=heist&filter=kind:series", False)
    assert [(label, n, url) for label, n, url, _ in shown["certification"]] == [
        ("PG-13", 4, "/search?q=heist&filter=age:13..13"),
        ("R, TV-MA", 5, "/search?q=heist&filter=age:17..17"),
    ]


def test_a_chosen_value_is_marked_and_its_link_removes_it(client):
    shown = facets_of(client, address(q="heist", filter=["country:IN", "genre:Sport"]))
    assert shown["country"] == [("India", 45, "/search?q=heist&filter=genre:Sport", True)]
    # It is shown although six others are more frequent.
    assert shown["genre"][-1] == ("Sport", 3, "/search?q=heist&filter=country:IN", True)
    assert len(shown["genre"]) == 6


def test_every_facet_link_is_a_filter_the_library_understands(client, library):
    for values in facets_of(client, address(q="heist")).values():
        for _, _, url, _ in values:
            assert client.get(url).status_code == 200
            assert len(library.requests[-1].filters) == 1


def test_why_this_totals_one_hundred_and_shows_its_evidence(client):
    html = client.get(address(q=ASKS), headers=FRAGMENT).text
    first = re.search(r'<details class="why">.*?</details>', html, re.DOTALL)[0]
    assert sum(map(int, re.findall(r"<dd>(\d+)%</dd>", first))) == 100
    assert "Thriller" in first.partition("wishes fulfilled")[2]
    for text in ("meaning", "place 1 by this alone", "heist, &lt;i&gt;"):
        assert text in first


def test_every_share_has_a_name_and_the_templates_know_it():
    macros = (Path(pages.__file__).with_name("templates") / "_macros.html").read_text()
    for name in SAID:
        assert f'"{name}": ' in macros
    assert set(SHARE_OF.values()) == set(SAID)


OFFER = "2021 or later: 24 titles or more"


def test_where_nothing_is_found_conditions_can_be_given_up(client):
    html = client.get("/search?q=asks+year+nothing", headers=FRAGMENT).text
    assert "No title satisfies all of that" in html
    offers = re.findall(r'<a href="([^"]+)" data-swap>without ([^<]+)</a>', html)
    assert offers == [("/search?q=asks+year+nothing&amp;without=year:2021..", OFFER)]
    assert "No title has these words" in client.get("/search?q=nothing", headers=FRAGMENT).text


def test_too_few_results_can_be_filled_up(client):
    html = client.get("/search?q=asks+year&filter=kind:film", headers=FRAGMENT).text
    assert "/search?q=asks+year&amp;top_up=true&amp;filter=kind:film" in html
    assert "top_up" not in client.get("/search?q=asks+year", headers=FRAGMENT).text


def test_a_missing_model_is_explained_in_place(client):
    answer = client.get("/search?q=a&method=ce", headers=FRAGMENT)
    assert answer.status_code == 503
    for text in ("A model is missing", "The model x is not here.", "Pull it."):
        assert text in answer.text
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "bad",
    [
        {"k": "x"},
        {"k": "0"},
        {"page": "0"},
        {"w_dense": "x"},
        {"rrf_k": "nan"},
        {"understand": "maybe"},
        {"min_votes": "-1"},
        {"sort": "up"},
        {"fusion": "cold"},
        {"filter": "x"},
        {"without": list(map(str, range(65)))},
        {"hard": "x" * 1001},
    ],
)
def test_a_bad_form_is_explained(client, bad):
    answer = client.get("/search", params={"q": "a"} | bad)
    assert answer.status_code == 422
    assert next(iter(bad)) in answer.text


def test_assets_are_small_immutable_and_known_by_their_contents(client):
    for name in assets.FILES:
        answer = client.get(assets.url(name))
        assert answer.headers["cache-control"] == assets.IMMUTABLE
        again = client.get(assets.url(name), headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
    assert client.get("/static/0/main.js").headers["cache-control"] == assets.REVALIDATE
    assert client.get(f"/static/{assets.DIGEST}/..%2Fapp.py").status_code == 404
    scripts = [data for name, data in assets.FILES.items() if name.endswith(".js")]
    assert sum(len(gzip.compress(data)) for data in scripts) < 30_000
    sheets = [data for name, data in assets.FILES.items() if name.endswith(".css")]
    assert sum(len(gzip.compress(data)) for data in sheets) < 20_000


@pytest.mark.parametrize("path", ALL)
def test_no_page_loads_more_style_than_20_kb(client, path):
    page = client.get(path)
    assert page.headers["content-type"].startswith("text/html")
    sheets = re.findall(r'<link rel="stylesheet" href="/static/\w+/([\w.-]+)"', page.text)
    assert len(sheets) == len(set(sheets)) > 0
    assert sum(len(assets.FILES[name]) for name in sheets) <= 20_480


def test_the_fragment_header_is_the_one_the_module_sends():
    assert search_page.FRAGMENT in assets.FILES["fragment.js"].decode().lower()


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
