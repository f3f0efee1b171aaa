"""Posters of any title at all: well-formed, legible, small, and not alike."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.catalogue.title import Title
from matinee.service.posters import Poster, compose, stamp, text
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
            "שמיים אדומים", "Hotel ל\u202e\u2067 California", "தமிழ்ப்படம் இரண்டாம் பாகம்",
            "🎬🔥 👩‍👩‍👧 Movie", "<script>alert('x')</script> & \"y\"", "\x00\x0b\ufffe",
            "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogoch" * 3, "W" * 200, "ﷺ" * 40,
        )
    ),
)  # fmt: skip
GENRES = sorted(PALETTES)
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


@pytest.mark.parametrize("genre", GENRES)
def test_a_genre_has_eight_motifs_and_eight_palettes_at_least(genre):
    assert len(set(MOTIFS[genre])) >= 8
    assert len(set(PALETTES[genre])) >= 8


@pytest.mark.parametrize("genre", GENRES)
def test_a_row_of_one_genre_varies(genre):
    row = [compose(Title(id=f"tmdb:{i}", title=f"Film {i}", genres=(genre,))) for i in range(40)]
    assert len({poster.motif for poster in row}) >= 6
    assert Counter(poster.motif for poster in row).most_common(1)[0][1] <= 16
    assert len({poster.behind for poster in row}) >= 4
    shared = [alike(*pair) for pair in pairwise(row)]
    # Motif and palette, which one sees from afar: by chance one pair in seventy has both.
    assert sum({"motif", "palette"} <= traits for traits in shared) <= 1
    # And no two are the same but for their words.
    assert max(map(len, shared)) <= 3
    assert sum(len(traits) == 3 for traits in shared) <= 2


@pytest.mark.parametrize("genre", GENRES)
def test_of_any_two_of_a_genre_few_are_alike(genre):
    row = [compose(Title(id=f"x:{i}", title=f"Film {i}", genres=(genre,))) for i in range(300)]
    shared = [alike(*pair) for pair in pairwise(row)]
    assert sum({"motif", "palette"} <= traits for traits in shared) <= 300 / 40
    assert sum(len(traits) == 4 for traits in shared) <= 2


def alike(left: Poster, right: Poster) -> set[str]:
    """In which of four traits two posters are the same."""
    traits = {name for name in ("motif", "layout", "backdrop") if same(left, right, name)}
    if same(left, right, "genre") and same(left, right, "palette"):
        traits.add("palette")
    return traits


def same(left: Poster, right: Poster, name: str) -> bool:
    return getattr(left, name) == getattr(right, name)


@pytest.mark.parametrize("genre", GENRES)
def test_every_palette_can_be_seen_and_its_ink_be_read_on_each_of_its_colours(genre):
    for palette in PALETTES[genre]:
        for behind in (palette.ground, palette.tone, palette.form, palette.accent):
            assert contrast(palette.ink(behind), behind) >= MINIMUM_CONTRAST
        # A yellow balloon in a blue sky is the palest of them.
        assert contrast(palette.form, palette.ground) >= 1.35


@pytest.mark.parametrize("genre", GENRES)
@pytest.mark.parametrize("name", ["M", "Dr. Strangelove or: How I Learned to Stop Worrying " * 3])
def test_short_and_long_titles_can_be_read_in_every_palette_and_layout(genre, name):
    seen = set()
    for i in range(60):
        poster = compose(Title(id=f"x:{i}", title=name, year=1964, genres=(genre,)))
        assert contrast(poster.ink, poster.behind) >= MINIMUM_CONTRAST
        seen.add((poster.layout, poster.behind))
    assert len(seen) >= 12


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


def test_what_turns_letters_or_towers_over_them_is_left_out():
    assert text.clean("a\u202eb\u2066c\u2069") == "abc"
    tower = text.clean("Z" + "\u0335\u0321" * 30 + "algo")
    assert len(tower) == len("Zalgo") + 4
    assert text.clean("ﬁ\u200d \u05d0\u05b8\u0591") == "ﬁ\u200d \u05d0\u05b8\u0591"


def test_words_are_cut_between_letters_and_never_within_one():
    assert text.clusters("दृश्यम") == ["दृ", "श्य", "म"]
    assert "".join(text.clusters("👩‍👩‍👧x")) == "👩‍👩‍👧x"
    fitted = text.fit("word " * 200, 252, 100, 40, 5)
    assert fitted.lines[-1].endswith("…")
