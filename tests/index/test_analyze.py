import re
import sys
import threading
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.catalogue import words as word_rules
from matinee.catalogue.words import fold, plain_words, words
from matinee.index import analyze
from matinee.index.analyze import STOP_WORDS, terms


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("HEAT", "heat"),
        ("Amélie", "amelie"),
        ("Œuvre", "œuvre"),
        ("Straße", "strasse"),
        ("Ёлки", "елки"),
        ("Ελλάδα", "ελλαδα"),
        ("ＣＡＦÉ", "cafe"),
        ("İstanbul", "istanbul"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ocean's Twelve", ["oceans", "twelve"]),
        ("Ocean’s 8", ["oceans", "8"]),
        ("'quoted' words", ["quoted", "words"]),
        ("snake_case - dash/slash", ["snake", "case", "dash", "slash"]),
        ("हिन्दी फ़िल्म", ["हिन्दी", "फ़िल्म"]),
        ("千と千尋の神隠し", ["千と", "と千", "千尋", "尋の", "の神", "神隠", "隠し"]),
        ("映", ["映"]),
        ("東京2020", ["東京", "2020"]),
        ("기생충 영화", ["기생충", "영화"]),
        ("", []),
        ("?! …", []),
    ],
)
def test_words(text: str, found: list[str]) -> None:
    assert words(text) == [unicodedata.normalize("NFC", fold(word)) for word in found]


def test_plain_words_leave_unspaced_scripts_whole() -> None:
    assert plain_words("東京物語 1953") == ["東京物語", "1953"]


def test_terms_are_stemmed_and_without_stop_words() -> None:
    assert terms("The robberies of the robbery") == ["robberi", "robberi"]
    assert terms("who is it") == []
    assert terms("Ёлки фильм") == ["елки", "фильм"]


def test_stop_words_are_in_the_form_in_which_they_are_met() -> None:
    assert all(words(word) == [word] for word in STOP_WORDS)


def test_every_combining_mark_belongs_to_a_word() -> None:
    marks = (chr(c) for c in range(0x370, sys.maxunicode + 1))
    missed = [
        c for c in marks if unicodedata.category(c) in {"Mn", "Mc"} and c not in word_rules._MARKS
    ]
    assert missed == []


@settings(deadline=None)
@given(st.text(st.characters(codec="ascii")))
def test_the_short_way_for_ascii_gives_the_same_words(text: str) -> None:
    closed = re.sub("(?<=\\w)'(?=\\w)", "", text.lower())
    assert words(text) == word_rules._WORD.findall(closed)


@settings(deadline=None)
@given(st.text())
def test_words_are_folded_and_never_empty(text: str) -> None:
    for word in words(text):
        assert word
        assert not any(c.isspace() for c in word)


def test_threads_do_not_share_a_stemmer() -> None:
    samples = [f"running{i} robberies{i} cities{i}" for i in range(500)]
    expected = [terms(text) for text in samples]
    analyze._stem.cache_clear()
    results: dict[int, list[list[str]]] = {}

    def work(number: int) -> None:
        results[number] = [terms(text) for text in samples]

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(results[n] == expected for n in range(4))
