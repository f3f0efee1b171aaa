"""Where the picture and the words of a poster go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from matinee.service.posters.shapes import area, box, disc

if TYPE_CHECKING:
    from matinee.service.posters.chance import Chance
    from matinee.service.posters.palettes import Palette

WIDTH, HEIGHT = 300, 450
MARGIN = 24


@dataclass(frozen=True, slots=True)
class Layout:
    """One division of the sheet.

    Attributes:
        clip: the outline the picture is cut to, as an SVG shape.
        focus: where the middle of the motif goes, x and y.
        scale: size of the motif.
        panel: what is drawn over the picture and under the words.
        behind: colour behind the words.
        frame: colour around the picture.
        text: x, y, width and height of the words' box.
        align: where lines begin.
        hang: whether the words hang from the top of their box or stand on its foot.
    """

    clip: str
    focus: tuple[float, float]
    scale: float
    panel: str
    behind: str
    frame: str
    text: tuple[float, float, float, float]
    align: Literal["start", "middle"]
    hang: bool


def foot(p: Palette, c: Chance) -> Layout:
    """Put the picture above, the words on plain ground below."""
    cut = c.pick((290, 304, 318))
    clip = box(0, 0, WIDTH, cut, p.ground)
    return _layout(c, p, clip, (150, cut / 2), 1.12, "", p.ground, below=cut)


def ruled(p: Palette, c: Chance) -> Layout:
    """As :func:`foot`, the words on a coloured field."""
    cut = c.pick((296, 310))
    behind = c.pick((p.form, p.accent, p.tone))
    panel = box(0, cut, WIDTH, HEIGHT - cut, behind)
    return _layout(
        c, p, box(0, 0, WIDTH, cut, p.ground), (150, cut / 2), 1.12, panel, behind, below=cut
    )


def head(p: Palette, c: Chance) -> Layout:
    """Put the words on top, the picture running off the foot."""
    clip = box(0, 146, WIDTH, HEIGHT - 146, p.ground)
    return _layout(c, p, clip, (150, 302), 1.16, "", p.ground, above=146)


def lintel(p: Palette, c: Chance) -> Layout:
    """As :func:`head`, the words on a coloured field."""
    behind = c.pick((p.form, p.accent, p.tone))
    panel = box(0, 0, WIDTH, 142, behind)
    return _layout(
        c, p, box(0, 142, WIDTH, 308, p.ground), (150, 300), 1.16, panel, behind, above=142
    )


def plate(p: Palette, c: Chance) -> Layout:
    """Put the picture over the whole sheet, the words on a plate."""
    behind = c.pick((p.accent, p.ground, p.form))
    panel = box(20, 312, 260, 118, behind)
    return Layout(
        box(0, 0, WIDTH, HEIGHT, p.ground),
        (150, 158),
        1.22,
        panel,
        behind,
        p.ground,
        (34, 324, 232, 94),
        "middle",
        False,
    )


def mat(p: Palette, c: Chance) -> Layout:
    """Put the picture in a mat, as a print is framed."""
    paper = p.accent if c.coin() else p.tone
    clip = box(MARGIN, MARGIN, WIDTH - 2 * MARGIN, 272, p.ground)
    return Layout(
        clip,
        (150, 160),
        0.98,
        "",
        paper,
        paper,
        (MARGIN, 308, 252, 120),
        c.pick(("start", "middle")),
        False,
    )


def arch(p: Palette, c: Chance) -> Layout:
    """Put the picture under an arch."""
    around = p.tone if c.coin(70) else p.accent
    clip = area("M36 318V142A114 114 0 0 1 264 142V318Z", p.ground)
    return Layout(
        clip, (150, 180), 0.94, "", around, around, (MARGIN, 326, 252, 104), "middle", False
    )


def medallion(p: Palette, c: Chance) -> Layout:
    """Put the picture in a disc."""
    around = c.pick((p.tone, p.accent))
    low = c.coin()
    y = 308 if low else 152
    text = (MARGIN, 24.0, 252, 128) if low else (MARGIN, 298.0, 252, 128)
    return Layout(
        disc(150, y, 124, p.ground), (150, y), 0.9, "", around, around, text, "middle", low
    )


def wedge(p: Palette, c: Chance) -> Layout:
    """Put the words on a slope across the foot."""
    behind = c.pick((p.form, p.accent))
    d = "M0 326L300 276V450H0Z" if c.coin() else "M0 276L300 326V450H0Z"
    return Layout(
        box(0, 0, WIDTH, HEIGHT, p.ground),
        (150, 146),
        1.14,
        area(d, behind),
        behind,
        p.ground,
        (MARGIN, 334, 252, 96),
        "start",
        False,
    )


LAYOUTS = (foot, ruled, head, lintel, plate, mat, arch, medallion, wedge, foot, head)
"""Plain layouts stand twice, so that they stay the rule."""


def _layout(
    c: Chance,
    p: Palette,
    clip: str,
    focus: tuple[float, float],
    scale: float,
    panel: str,
    behind: str,
    *,
    below: float = 0,
    above: float = 0,
) -> Layout:
    align: Literal["start", "middle"] = c.pick(("start", "start", "middle"))
    wide = WIDTH - 2 * MARGIN
    text = (
        (MARGIN, 22.0, wide, above - 34)
        if above
        else (MARGIN, below + 12, wide, HEIGHT - below - 34)
    )
    return Layout(clip, focus, scale, panel, behind, p.ground, text, align, bool(above))
