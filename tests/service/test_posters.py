"""Posters of any title at all: well-formed, legible, small, and not alike."""

from __future__ import annotations

import re
from collections import Counter
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.catalogue.title import Title
from matinee.service.posters import compose, stamp, text
from matinee.service.posters.chance import Chance
from matinee.service.posters.motifs import MOTIFS
from matinee.service.posters.palettes import MINIMUM_CONTRAST, PALETTES, contrast
from matinee.service.posters.shapes import Brush

SVG = "{http://www.w3.org/2000/svg}"
NAMES = st.one_of(
    st.text(max_size=60),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=400),
    st.sampled_from(
        (
            "", "   ", "M", "千と千尋の神隠し", "기생충", "ദൃശ്യം", "विक्रम वेधा", "بچه‌های آسمان",
            "שמיים אדומים",
            "🎬🔥 👩‍👩‍👧 Movie", "<script>alert('x')</script> & \"y\"", "\x00\x0b\ufffe",
            "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogoch" * 3, "W" * 200, "ﷺ" * 40,
        )
    ),
)  # fmt: skip
TITLES = st.builds(
    Title,
    id=st.integers(1, 10**6).map("tmdb:{}".format),
    title=NAMES,
    year=st.none() | st.integers(1870, 2100),
    genres=st.lists(st.sampled_from((*PALETTES, "Kaiju & <Sons>", "Talk")), max_size=5).map(tuple),
)


@given(TITLES)
@settings(max_examples=150, deadline=None)
def test_any_title_has_a_poster(title):
    poster = compose(title)
    root = ElementTree.fromstring(poster.svg)  # noqa: S314 -- our own drawing
    assert {child.tag for child in root.iter()}.isdisjoint({SVG + "script", SVG + "style"})
    assert len(poster.svg.encode()) < 6_000
    assert " style=" not in poster.svg

    _, _, wide, high = poster.box
    assert all(text.width(line, poster.size) <= wide + 0.01 for line in poster.lines)
    tall = len(poster.lines) * poster.size * text.LEADING
    assert tall <= high
    assert contrast(poster.ink, poster.behind) >= MINIMUM_CONTRAST
    assert compose(title) == poster


@given(TITLES)
@settings(max_examples=60, deadline=None)
def test_what_is_set_is_text(title):
    root = ElementTree.fromstring(compose(title).svg)  # noqa: S314 -- our own drawing
    said = " ".join(node.text or "" for node in root.iter(SVG + "text"))
    name = text.clean(title.title)
    if "…" not in said:
        assert re.sub(r"\s", "", name).casefold() in re.sub(r"\s", "", said).casefold()
    if title.year is not None:
        assert str(title.year) in said


@pytest.mark.parametrize("motif", sorted({m for ms in MOTIFS.values() for m in ms}, key=str))
def test_every_motif_is_well_formed_and_small(motif):
    for seed in range(5):
        drawn = motif(Brush("#111111", "#222222", "#333333", "#444444", Chance(str(seed))))
        ElementTree.fromstring(f"<svg>{drawn}</svg>")  # noqa: S314 -- our own drawing
        assert len(drawn) < 4_200


@pytest.mark.parametrize("genre", sorted(PALETTES))
def test_a_row_of_one_genre_varies(genre):
    assert len(PALETTES[genre]) >= 4
    assert len(set(MOTIFS[genre])) >= 6
    row = [compose(Title(id=f"tmdb:{i}", title=f"Film {i}", genres=(genre,))) for i in range(40)]
    assert len({poster.motif for poster in row}) >= 6 or len(MOTIFS[genre]) == 6
    assert Counter(poster.motif for poster in row).most_common(1)[0][1] <= 16
    assert len({poster.behind for poster in row}) >= 4


def test_ink_can_be_read_on_every_colour_of_every_palette():
    for palettes in PALETTES.values():
        for palette in palettes:
            for behind in (palette.ground, palette.tone, palette.form, palette.accent):
                assert contrast(palette.ink(behind), behind) >= MINIMUM_CONTRAST


def test_drama_gives_way_and_unknown_genres_have_a_poster():
    assert compose(Title(id="x:1", title="A", genres=("Drama", "Western"))).genre == "Western"
    assert compose(Title(id="x:1", title="A", genres=("Kaiju",))).genre == "Drama"


def test_the_stamp_changes_with_what_is_shown():
    film = Title(id="x:1", title="A", year=2000)
    assert stamp(film) == stamp(Title(id="x:1", title="A", year=2000, overview="More"))
    assert stamp(film) != stamp(Title(id="x:1", title="A", year=2001))


def test_right_to_left_titles_begin_at_the_right():
    for i in range(20):
        svg = compose(Title(id=f"x:{i}", title="بچه‌های آسمان")).svg
        assert 'direction="rtl"' in svg


def test_words_are_cut_between_letters_and_never_within_one():
    assert text.clusters("दृश्यम") == ["दृ", "श्य", "म"]
    assert "".join(text.clusters("👩‍👩‍👧x")) == "👩‍👩‍👧x"
    fitted = text.fit("word " * 200, 252, 100, 40, 5)
    assert fitted.lines[-1].endswith("…")
