from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.ingest.repair import repaired

LATIN = st.characters(max_codepoint=0x17F, categories=["L", "Nd"])
MARKS = " .,'’“”‘…–—™»«›·\u00a0!?-"


@pytest.mark.parametrize(
    ("broken", "right"),
    [
        ("AmÃ©lie", "Amélie"),
        ("donâ€™t", "don’t"),
        ("ÃƒÂ©tÃƒÂ©", "été"),
        ("Ã‰tat, ÃŽle", "État, Île"),
        ("voilÃ\u00a0 tout", "voilà tout"),
        ("the â€œPopeyeâ€ (Hugh) took â€” off", "the “Popeye” (Hugh) took — off"),
        ("WÅ‚adysÅ‚aw KieÅ›lowski", "Władysław Kieślowski"),
        ("SaviÄ‡, KaplanoÄŸlu, KsiÄ…Å¼Ä™", "Savić, Kaplanoğlu, Książę"),
        ("Mikael Ã…kerfeldt, YÃ»ko, Artur Å»mijewski", "Mikael Åkerfeldt, Yûko, Artur Żmijewski"),
        ("LuminiÈ›a", "Luminița"),
        ("Î¤Î± Ï€Î±Î¹Î´Î¹Î¬", "Τα παιδιά"),
        ("í˜•ì‚¬ Duelist", "형사 Duelist"),
        ("ã‚´ã‚¸ãƒ©", "ゴジラ"),
        ("ð\u0178™‚ film", "🙂 film"),
        ("&amp;amp;", "&"),
        ("Am&eacute;lie &#8217; &#x2019; &#146;", "Amélie ’ ’ ’"),
        ("<i>Amélie</i>", "Amélie"),
        ("One<br/>two<BR>three<br />four", "One two three four"),
        ('<p class="x">One</p><p>two', " One  two"),
        ('a <a href="https://example.org/?a=1">link</a> b', "a link b"),
        ("&amp;lt;i&amp;gt;One&lt;/i&gt;", "One"),
        ("a&nbsp;b", "a\u00a0b"),
    ],
)
def test_what_is_broken_is_mended(broken: str, right: str) -> None:
    assert repaired(broken) == right
    assert repaired(right) == right


@pytest.mark.parametrize(
    "text",
    [
        "SÃO PAULO",
        "“A MINHA IRMÔ",
        "«MANHû E «CAFÉ»",
        "IRMÃ’S",
        "L'ÂGE D'OR",
        "LE CAFÉ… DE LA GARE – CAFə",
        "Professor Weiß’s wife",
        "Tomáš’s, Lukáš´s and Kříž’s",
        "ÚŽASNÝ, Úžas, VÝŠKA, KŘÍŽ",
        "Å’s village, »BLÅ«, Å\u00a0være",
        "cliché…” he said",
        "10€ – 20€",
        "Dvořák",
        "<3",
        "A < B > C",
        "1<2 and 3>2",
        "<--->",
        "<>",
        "<i>",
        "Plan <B>",
        "<a film about love>",
        "<Untitled>",
        "AT&T",
        "Rock&notes",
        "Q&A; B&B",
        "&notit; &;",
        "Mr. & Mrs. Smith",
    ],
)
def test_a_good_text_is_not_harmed(text: str) -> None:
    assert repaired(text) == text


@given(st.text() | st.text("Ãƒâ€&#;<>/ibr ampltÂ©é’œ", max_size=40))
@settings(max_examples=400, deadline=None)
def test_repairing_what_is_repaired_changes_nothing(text: str) -> None:
    once = repaired(text)
    assert repaired(once) == once


@settings(deadline=None)
@given(st.text(LATIN | st.sampled_from(MARKS), max_size=30))
def test_words_in_small_letters_and_capitals_are_not_harmed(text: str) -> None:
    # Of capitals with signs between them alone nobody could say whether they are meant.
    words = unicodedata.normalize("NFC", text).lower()
    assert repaired(words) == words


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=0xC0, max_codepoint=0xFF, categories=["L"])))
def test_letters_read_in_the_wrong_encoding_come_back(text: str) -> None:
    misread = "".join(
        bytes([octet]).decode("cp1252", errors="ignore") or chr(octet) for octet in text.encode()
    )
    # "Ã" and what follows a capital cannot be told from a good text; the rest comes back.
    if text == text.lower():
        assert repaired(f"a{misread}") == f"a{text}"


@pytest.mark.parametrize(
    "text", ["&" + "amp;" * 100_000, "Ã" + "ƒ" * 100_000, "<" * 100_000, "<<i></i>" * 20_000]
)
def test_what_never_comes_to_rest_is_left_as_it_came(text: str) -> None:
    # Without the bound each of these would be gone over as often as it is long.
    once = repaired(text)
    assert repaired(once) == once
