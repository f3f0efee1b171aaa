from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.service.translations import DEFAULT, LANGUAGES, negotiated, speaker

pytest.importorskip("babel")
ROOT = Path(__file__).parents[2]
HTML = {"accept": "text/html", "accept-language": "de-AT, en;q=0.5"}
OTHERS = [code for code in LANGUAGES if code != DEFAULT]


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("translations", ROOT / "tools/translations.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_of_the_pages_is_translated(tool, language):
    assert tool.faults(language) == []


def test_the_browser_chooses_and_a_button_overrules_it(client):
    german = client.get("/about", headers=HTML)
    assert '<html lang="de"' in german.text
    assert german.headers["content-language"] == "de"
    assert "Accept-Language" in german.headers["vary"]
    assert "Einblicke" in german.text
    back = client.post("/look", data={"lang": "en", "next": "/about"}, follow_redirects=False)
    assert (back.status_code, back.headers["location"]) == (303, "/about")
    english = client.get("/about", headers=HTML).text
    assert '<html lang="en"' in english
    assert "Insights" in english


def test_a_language_nobody_speaks_is_the_browsers(client):
    client.post("/look", data={"lang": "tlh", "next": "/about"})
    assert '<html lang="de"' in client.get("/about", headers=HTML).text


def test_numbers_follow_the_language():
    assert speaker("de").number(1_234_567.25, 1) == "1.234.567,2"
    assert speaker("en").number(1_234_567.25, 1) == "1,234,567.2"


@given(st.text(alphabet="de,;q=.-0123456789* \tx", max_size=60))
def test_any_header_gives_a_language_of_ours(header):
    assert negotiated(header) in LANGUAGES
