from __future__ import annotations

import pytest

from matinee.catalogue.countries import (
    REGIONS,
    country_code,
    country_codes,
    country_name,
    demonyms,
    region,
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("United States of America", "US"),
        ("UK", "GB"),
        ("The Netherlands", "NL"),
        ("South Korea", "KR"),
        ("Soviet Union", "SU"),
        ("West Germany", "DE"),
        ("XG", "DE"),
        ("Hong Kong", "HK"),
        ("Cote D'Ivoire", "CI"),
        ("Türkiye", "TR"),
        ("fra", "FR"),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_code_of(text: str, code: str | None) -> None:
    assert country_code(text) == code


def test_every_code_and_name_finds_itself() -> None:
    assert len(country_codes()) >= 249
    for code in country_codes():
        name = country_name(code)
        assert country_code(code) == code
        assert name
        assert country_code(name) == code
        assert region(code) in REGIONS


def test_adjectives() -> None:
    assert demonyms("IN") == ("Indian",)
    assert "British" in demonyms("GB")
    assert demonyms("KR") == ("South Korean", "Korean")
    assert demonyms("QQ") == ()
    assert country_name("QQ") is None
    assert region("QQ") is None
    assert region("FR") == "Europe"
    assert REGIONS["Europe"] == ("European",)
