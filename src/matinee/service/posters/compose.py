"""Composes the poster of a title: palette, backdrop, motif, layout and words."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from matinee.service.posters import layouts, text
from matinee.service.posters.backdrops import BACKDROPS
from matinee.service.posters.chance import Chance
from matinee.service.posters.motifs import MOTIFS
from matinee.service.posters.palettes import PALETTES, VISIBLE, contrast
from matinee.service.posters.shapes import Brush

if TYPE_CHECKING:
    from matinee.catalogue.title import Title
    from matinee.service.posters.layouts import Layout
    from matinee.service.posters.text import Fitted

DESIGN = "2"
"""Raise it when a drawing changes: the address of every poster changes with it."""
_FALLBACK = "Drama"
_SANS = "'Avenir Next','Helvetica Neue',Helvetica,Arial,'Noto Sans',sans-serif"
_SERIF = "Georgia,'Noto Serif','Times New Roman',serif"
_FACES = ((_SANS, 800), (_SANS, 700), (_SANS, 600), (_SERIF, 700))
_LARGEST = 44
_LARGEST_SHORT = 58
_SHORT = 9
_META = 12.5
_GAP = 10
_SPOKEN = 200
"""Characters of the name a screen reader is given; no title that means anything is longer."""


@dataclass(frozen=True, slots=True)
class Poster:
    """A drawn poster, and what was chosen for it.

    Attributes:
        svg: the picture.
        genre: whose palette and motifs it has.
        palette: which of the genre's palettes it is in.
        motif: name of the motif.
        layout: name of the layout.
        backdrop: name of what lies behind the motif.
        lines: the title as set.
        size: font size of the title.
        box: x, y, width and height of the box the words are in.
        ink: colour of the words.
        behind: colour behind the words.
    """

    svg: str
    genre: str
    palette: int
    motif: str
    layout: str
    backdrop: str
    lines: tuple[str, ...]
    size: int
    box: tuple[float, float, float, float]
    ink: str
    behind: str


def stamp(title: Title) -> str:
    """Return the name of a poster's contents: it changes when the poster may."""
    facts = f"{DESIGN}|{title.id}|{title.title}|{title.year}|{title.genres}"
    return hashlib.blake2b(facts.encode("utf-8", "replace"), digest_size=6).hexdigest()


def compose(title: Title) -> Poster:
    """Draw the poster of a title; the same title always gets the same one."""
    c = Chance(title.id)
    genre = _genre(title, c)
    palette = c.pick(PALETTES[genre])
    divide = c.pick(layouts.LAYOUTS)
    layout = divide(palette, c)
    motif = c.pick(MOTIFS[genre])
    backdrop = c.pick(BACKDROPS)
    form, accent = palette.form, palette.accent
    if c.coin(30) and contrast(accent, palette.tone) >= VISIBLE:
        form, accent = accent, form
    brush = Brush(form, accent, palette.tone, palette.ground, c)
    behind, picture = backdrop(brush), motif(brush)
    ink = palette.ink(layout.behind)
    name = text.clean(title.title) or "Untitled"
    words, fitted = _words(name, _meta(title), layout, ink, c)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {layouts.WIDTH} {layouts.HEIGHT}" '
        f'width="{layouts.WIDTH}" height="{layouts.HEIGHT}" role="img">'
        f"<title>{escape(name[:_SPOKEN])}</title>"
        f'<clipPath id="c">{layout.clip}</clipPath>'
        f'<rect width="100%" height="100%" fill="{layout.frame}"/>{layout.clip}'
        f'<g clip-path="url(#c)"><g transform="{_placing(layout, c)}">{behind}{picture}</g></g>'
        f"{layout.panel}{words}</svg>"
    )
    return Poster(
        svg,
        genre,
        PALETTES[genre].index(palette),
        motif.__name__,
        divide.__name__,
        backdrop.__name__.strip("_"),
        fitted.lines,
        fitted.size,
        layout.text,
        ink,
        layout.behind,
    )


def _genre(title: Title, c: Chance) -> str:
    """Return the genre to draw; drama says least of a film, so it gives way to any other."""
    known = [genre for genre in title.genres if genre in PALETTES]
    telling = [genre for genre in known if genre != _FALLBACK]
    return c.pick(telling or known or [_FALLBACK])


def _placing(layout: Layout, c: Chance) -> str:
    x, y = layout.focus
    scale = layout.scale * c.between(88, 108) / 100
    mirrored = -1 if c.coin() else 1
    x, y = x + c.between(-12, 12), y + c.between(-8, 8)
    return f"translate({x:g} {y:g}) scale({mirrored * scale:.2f} {scale:.2f})"


def _meta(title: Title) -> str:
    """Return year and genres on one line, as many genres as fit."""
    parts = [str(title.year)] if title.year is not None else []
    for genre in title.genres:
        tried = [*parts, text.clean(genre)]
        if text.width("  ".join(tried), _META) + 12 * len(tried) > _META_WIDTH:
            break
        parts = tried
    return " · ".join(part for part in parts if part)


_META_WIDTH = 226
"""The narrowest layout's width for words."""


def _words(name: str, meta: str, layout: Layout, ink: str, c: Chance) -> tuple[str, Fitted]:
    """Set title and facts in the layout's box."""
    x, y, wide, high = layout.text
    family, weight = c.pick(_FACES)
    meta_first = c.coin(35)
    shout = c.coin(30) and len(name) <= 18 and name.isascii() and family is _SANS
    room = high - ((_META + _GAP) if meta else 0)
    largest = _LARGEST_SHORT if len(name) <= _SHORT else _LARGEST
    fitted = text.fit(name.upper() if shout else name, wide, room, largest, 5)
    if shout and fitted.size < 26:
        fitted = text.fit(name, wide, room, largest, 5)
    total = fitted.height + ((_META + _GAP) if meta else 0)
    top = y if layout.hang else y + high - total
    rtl = fitted.right_to_left
    anchor_x = x + wide / 2 if layout.align == "middle" else (x + wide if rtl else x)
    shared = f'x="{anchor_x:g}" text-anchor="{layout.align}"'
    direction = ' direction="rtl"' if rtl else ""
    meta_top = top if meta_first else top + fitted.height + _GAP
    title_top = top + (_META + _GAP if meta and meta_first else 0)
    small = (
        f'<text {_side(layout, x, wide, rtl)} y="{meta_top + _META * 0.85:.1f}" '
        f'font-size="{_META:g}" font-weight="600" letter-spacing=".6">{escape(meta)}</text>'
        if meta
        else ""
    )
    lines = "".join(
        f'<text {shared}{direction} y="{title_top + i * fitted.leading + fitted.size * 0.88:.1f}" '
        f'font-size="{fitted.size}" font-weight="{weight}">{escape(line)}</text>'
        for i, line in enumerate(fitted.lines)
    )
    return f'<g fill="{ink}" font-family="{family}">{lines}{small}</g>', fitted


def _side(layout: Layout, x: float, wide: float, rtl: bool) -> str:
    """Return where the facts go: they run from left to right beside a title that does not."""
    if layout.align == "middle":
        return f'x="{x + wide / 2:g}" text-anchor="middle"'
    return f'x="{x + wide:g}" text-anchor="end"' if rtl else f'x="{x:g}" text-anchor="start"'
