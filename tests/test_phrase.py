from __future__ import annotations

import copy
from typing import ClassVar

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from matinee.phrase import Fixed, Phrase, listed, number, phrase, plural, said, speaking


class German:
    """Knows a few words, and writes numbers with a point between thousands."""

    texts: ClassVar = {
        "%(what)s: %(told)s.": "%(what)s - %(told)s.",
        "unknown": "unbekannt",
        "%(year)ss": "%(year)ser",
        "up to %(most)s%%": "bis %(most)s %%",
    }

    def gettext(self, text: str, /) -> str:
        return self.texts.get(text, text)

    def ngettext(self, one: str, many: str, number: int, /) -> str:
        return {"%(number)s film": "%(number)s Film", "%(number)s films": "%(number)s Filme"}.get(
            one if number == 1 else many, one
        )

    def number(self, value: float, places: int = 0, /) -> str:
        return f"{value:,.{places}f}".translate(str.maketrans(",.", ".,"))


def test_a_phrase_is_an_english_text_and_can_be_said_again() -> None:
    films = plural("%(number)s film", "%(number)s films", 1_234)
    text = phrase("%(what)s: %(told)s.", what=films, told=listed([phrase("unknown"), "Heat"]))
    assert text == "1,234 films: unknown, Heat."
    assert said(text) == text
    with speaking(German()):
        assert said(text) == "1.234 Filme - unbekannt, Heat."
        assert said(phrase("%(year)ss", year="1990")) == "1990er"
        assert said(phrase("up to %(most)s%%", most=Fixed(12.345, 1))) == "bis 12,3 %"
        assert said("unknown") == "unbekannt"
        assert said("") == ""
        assert number(0.5, 2) == "0,50"
    assert said(text) == text


def test_copies_are_plain_texts() -> None:
    copied = copy.deepcopy(phrase("unknown"))
    assert copied == "unknown"
    assert type(copied) is str
    assert msgspec.json.encode(str(phrase("unknown"))) == b'"unknown"'


@given(st.text(), st.integers(0, 10**9))
def test_values_are_put_in_as_they_are(name: str, count: int) -> None:
    text = phrase("%(name)s has %(count)s votes", name=name, count=count)
    assert isinstance(text, Phrase)
    assert text == f"{name} has {count:,} votes"
    with speaking(German()):
        assert said(text) == f"{name} has {count:,} votes".replace(
            f" has {count:,} ", f" has {f'{count:,}'.replace(',', '.')} "
        )
