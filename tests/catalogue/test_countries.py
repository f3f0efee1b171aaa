from __future__ import annotations

import pytest

from matinee.catalogue.countries import (
    REGIONS,
    adjectives,
    country_code,
    country_codes,
    country_name,
    demonyms,
    region,
    region_codes,
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


def test_countries_of_an_adjective() -> None:
    assert adjectives()["french"] == ("FR",)
    assert adjectives()["south korean"] == ("KR",)
    assert adjectives()["monegasque"] == ("MC",)
    assert all(codes for codes in adjectives().values())


def test_countries_of_a_region() -> None:
    assert {"FR", "DE", "PL"} <= set(region_codes("Europe"))
    assert region_codes("Atlantis") == ()
    assert sorted(code for name in REGIONS for code in region_codes(name)) == sorted(
        country_codes()
    )
