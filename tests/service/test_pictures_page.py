"""Pictures at the search page, read without a browser."""

from __future__ import annotations

import io
import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from PIL import Image

from matinee.errors import LibraryError, ModelError
from matinee.service import assets, forms
from matinee.settings import Settings

GIVE = "/search/picture"
PART = {"X-Matinee-Fragment": "results"}
PERSON = {"accept": "text/html"}


def drawn(seed: int = 0) -> bytes:
    raster = np.random.default_rng(seed).integers(0, 255, (8, 6, 3), np.uint8)
    written = io.BytesIO()
    Image.fromarray(raster).resize((1_200, 1_600)).save(written, "JPEG")
    return written.getvalue()


@pytest.fixture
def library(seeing):
    return seeing


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(
        database_url=f"sqlite:///{tmp_path / 'store.db'}",
        cache=tmp_path / "cache",
        max_picture=500_000,
    )


def give(client, picture=None, address="/search", headers=PERSON):
    sent = drawn() if picture is None else picture
    return client.post(
        GIVE,
        data={"address": address},
        files={"picture": ("still.jpg", sent, "image/jpeg")},
        headers=headers,
    )


def name_in(answer) -> str:
    assert answer.status_code == 303, answer.text
    return re.search(r"[?&]picture=([0-9a-f]{32})(?:&|$)", answer.headers["location"])[1]


def test_a_picture_given_becomes_an_address(client, library):
    answer = give(client, address="/search?q=heist&k=5&filter=kind:film&page=3")
    name = name_in(answer)
    where = answer.headers["location"]
    assert where == f"/search?q=heist&k=5&filter=kind:film&picture={name}"
    assert answer.headers["cache-control"] == "no-store"
    html = client.get(where).text
    asked = library.requests[-1]
    assert (asked.text, asked.k) == ("heist", 6)
    picture = asked.picture.picture
    # The copy that is kept, and not what was sent.
    assert picture.format == "JPEG"
    assert 600 < max(picture.width, picture.height) <= 768
    assert f'src="/picture/{name}"' in html
    assert f'name="picture" value="{name}" form="search"' in html
    assert 'This is the poster of <a href="/title/tmdb:603"' in html
    assert "The Matrix (1999)" in html


def test_the_copy_is_served_to_browsers_alone(client):
    name = name_in(give(client))
    answer = client.get(f"/picture/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "private" in answer.headers["cache-control"]
    with Image.open(io.BytesIO(answer.content)) as image:
        assert 600 < max(image.size) <= 768
    for other in ("0" * 32, name[:-1], name.upper() + "0", "..%2f..%2fstore.db", f"{name}.jpg"):
        assert client.get(f"/picture/{other}").status_code == 404


def test_everything_on_the_page_keeps_the_picture(client, library):
    name = name_in(give(client, address="/search?q=asks+language"))
    query = f"/search?q=asks+language&k=3&picture={name}&route=both&share=0.25&caption=a+dog"
    html = client.get(query, headers=PART).text
    links = [unescape(link) for link in re.findall(r'href="(/search\?[^"]+)"', html)]
    assert len(links) > 10
    said = {"picture": name, "route": "both", "share": "0.25", "caption": "a dog"}
    for link in links:
        # All but one: that takes it away.
        kept = said.items() <= dict(parse_qsl(urlsplit(link).query)).items()
        assert kept or link == "/search?q=asks+language&k=3", link
    assert "/search?q=asks+language&k=3" in links
    more = re.search(r'href="([^"]+)" data-more', html)[1]
    assert client.get(unescape(more), headers=PART).text.count('class="card"') == 6
    assert library.requests[-1].picture.caption == "a dog"


def test_the_form_restores_what_the_address_says(client):
    name = name_in(give(client))
    html = client.get(
        f"/search?q=heist&picture={name}&route=both&share=0.25&caption=a+%3Cdog%3E&join=true"
    ).text
    assert '<option value="both" selected>' in html
    assert re.search(r'name="share" form="search" type="range"[^>]* value="0.25"', html)
    assert re.search(
        r'name="caption" form="search"[^>]* value="a &lt;dog&gt;" data-default=""', html
    )
    assert re.search(r'name="join" form="search"[^>]* checked', html)


def test_a_wrong_value_loses_neither_words_nor_picture(client):
    name = name_in(give(client))
    answer = client.get(f"/search?q=heist&picture={name}&k=0")
    assert answer.status_code == 422
    assert f'name="picture" value="{name}" form="search"' in answer.text
    assert 'value="heist"' in answer.text
    for wrong in ("route=astral", "share=2", "share=x", "join=perhaps", f"caption={'a' * 1_001}"):
        answer = client.get(f"/search?q=heist&picture={name}&{wrong}")
        assert answer.status_code == 422, wrong
        assert f'name="picture" value="{name}" form="search"' in answer.text


def test_what_the_captioner_said_can_be_changed_and_is_no_part_of_the_address(client):
    name = name_in(give(client))
    html = client.get(f"/search?q=heist&picture={name}&route=caption").text
    said = 'value="a &lt;red&gt; balloon" data-default="a &lt;red&gt; balloon"'
    assert said in html
    assert "by blip; change it if it is wrong" in html
    assert "caption=" not in re.search(r'data-address="([^"]+)"', html)[1]


def test_controls_that_would_do_nothing_are_not_shown_but_travel_along(client):
    name = name_in(give(client))
    html = client.get(f"/search?picture={name}&share=0.25&join=true&caption=a+dog").text
    assert 'type="range"' not in html
    assert 'name="join" form' not in html
    for field, value in (("share", "0.25"), ("join", "true"), ("caption", "a dog")):
        assert f'<input type="hidden" name="{field}" value="{value}" form="search">' in html
    assert client.get(f"/search?picture={name}&join=true").status_code == 200


def test_another_picture_has_another_caption(client):
    answer = give(client, address=f"/search?q=a&picture={'0' * 32}&route=caption&caption=a+dog")
    assert "route=caption" in answer.headers["location"]
    assert "caption=a" not in answer.headers["location"]
    assert "0" * 32 not in answer.headers["location"]


def test_a_picture_no_longer_kept_is_told_and_let_go(client, library, settings):
    name = name_in(give(client))
    for path in (settings.cache / "pictures").iterdir():
        path.unlink()
    assert client.get(f"/picture/{name}").status_code == 404
    for part in ({}, PART):
        answer = client.get(f"/search?q=heist&picture={name}", headers=part)
        assert answer.status_code == 422
        assert "The picture is no longer kept" in answer.text
        assert "Give it again" in answer.text
        assert name not in answer.text
    assert library.requests == []
    answer = client.get("/search?q=heist&picture=../../etc")
    assert answer.status_code == 422
    assert "no longer kept" in answer.text


@pytest.mark.parametrize("known", ["tmdb:603", None, "unknown"])
def test_without_the_model_it_is_told_whose_poster_it_is(client, library, known):
    name = name_in(give(client))
    library.failure = ModelError(
        "The model clip is not on this machine", where="/x", cure="matinee models pull clip"
    )
    library.recognised = known
    answer = client.get(f"/search?q=heist&picture={name}")
    assert answer.status_code == 503
    html = answer.text
    assert "A model is missing" in html
    assert html.count("matinee models pull clip") == 1
    if known == "tmdb:603":
        assert 'This is the poster of <a href="/title/tmdb:603"' in html
    else:
        assert "No poster of the library looks like it." in html
    # The picture stays while something else is typed.
    assert f'name="picture" value="{name}" form="search"' in html
    assert f'src="/picture/{name}"' in html


def test_a_library_without_posters_is_no_broken_library(client, library):
    name = name_in(give(client))
    library.failure = LibraryError("This library has no vectors of posters", cure="Build it")
    html = client.get(f"/search?picture={name}").text
    assert "There is nothing to compare the picture with" in html


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        (b"nothing", 422, "This picture cannot be used"),
        (b"", 422, "No picture was sent"),
        (b"\x89PNG\r\n\x1a\n" + bytes(600_000), 413, "500,000 bytes"),
    ],
)
def test_a_bad_file_is_explained_on_the_page(client, sent, status, words):
    for headers in (PERSON, PERSON | PART):
        answer = give(client, sent, "/search?q=heist&filter=kind:film", headers)
        assert answer.status_code == status
        assert words in answer.text
        # What was asked for is still in the form.
        assert 'name="filter" value="kind:film" form="search"' in answer.text
    assert give(client, sent, "/search?q=heist").text.count('value="heist"') == 1


def test_a_file_beyond_all_bounds_is_explained_by_a_page(client, settings):
    answer = give(client, bytes(settings.max_picture + settings.max_body + 1))
    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/html")
    assert "larger than the server allows" in answer.text


def test_what_is_no_form_is_explained_by_a_page(client):
    answer = client.post(GIVE, content=b"{}", headers=PERSON)
    assert answer.status_code == 415
    assert answer.headers["content-type"].startswith("text/html")


def test_the_address_of_the_form_leads_to_the_search(client):
    answer = client.get(GIVE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/search")


def test_an_address_that_is_none_of_ours_is_not_gone_to(client):
    for address in ("https://evil.test/?q=a", "//evil.test/search", "javascript:alert(1)", ""):
        assert give(client, address=address).headers["location"].startswith("/search?q=")
    answer = give(client, address="/search?k=nonsense")
    assert answer.status_code == 422


def test_another_sites_page_cannot_give_one(client):
    answer = give(client, headers=PERSON | {"origin": "https://evil.test"})
    assert answer.status_code == 403


def test_without_script_there_is_a_plain_form(client):
    html = client.get("/search?q=heist&method=mmr").text
    form = re.search(r'<form class="upload".*?</form>', html, re.S)[0]
    assert 'method="post" enctype="multipart/form-data"' in form
    assert 'type="file" accept="image/*" required' in form
    assert 'name="address" value="/search?q=heist&amp;method=mmr"' in form
    assert "<button>" in form
    assert 'data-most="500000"' in form


def test_results_a_page_are_chosen_among_some_and_any_other_number_counts(client):
    html = client.get("/search?q=heist&k=7").text
    select = re.search(r'<select name="k".*?</select>', html, re.S)[0]
    assert re.findall(r'value="(\d+)"', select) == ["7", "3", "5", "10", "24", "25"]
    assert '<option value="7" selected>' in select
    assert html.count('class="card"') == 7
    plain = client.get("/search?q=heist").text
    select = re.search(r'<select name="k".*?</select>', plain, re.S)[0]
    assert re.findall(r'value="(\d+)"', select) == ["3", "5", "10", "24", "25"]


def test_the_modules_send_what_the_server_reads():
    script = assets.FILES["picture.js"].decode()
    assert '"address"' in script
    assert '"picture"' in script
    assert forms.read.__module__
