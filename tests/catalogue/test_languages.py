from __future__ import annotations

import pytest

from matinee.catalogue.languages import language_code, language_codes, language_name


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("en", "en"),
        ("English", "en"),
        ("eng", "en"),
        ("en-US", "en"),
        ("pt_BR", "pt"),
        ("Français", "fr"),
        ("francais", "fr"),
        ("日本語", "ja"),
        ("Castilian", "es"),
        ("Farsi", "fa"),
        ("Mandarin", "zh"),
        ("cn", "zh"),
        ("sh", "sr"),
        ("mo", "ro"),
        ("nb", "no"),
        ("nn", "no"),
        ("xx", None),
        ("No Language", None),
        ("Quenya", None),
        ("", None),
    ],
)
def test_code_of(text: str, code: str | None) -> None:
    assert language_code(text) == code


def test_every_code_and_name_finds_itself() -> None:
    assert len(language_codes()) >= 180
    for code in language_codes():
        name = language_name(code)
        assert language_code(code) == code
        assert name
        assert language_code(name) == code


def test_unknown_code_has_no_name() -> None:
    assert language_name("qq") is None
