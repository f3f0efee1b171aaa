"""Motifs of fear: horror."""

from __future__ import annotations

from matinee.service.posters.shapes import Brush, area, around, box, disc, line, oval, turned


def bare_tree(b: Brush) -> str:
    """Draw a bare tree before the moon."""
    trunk = line(
        "M0 320V30M0 120L-46 50L-84 34M-46 50L-40 6L-66 -26M-40 6L-20 -30M0 80L40 22L84 8"
        "M40 22L34 -22L62 -58M34 -22L14 -62"
        "M0 30L-8 -40L-30 -74M-8 -40L10 -92",
        b.form,
        7,
    )
    return disc(b.chance.between(-24, 24), -30, 86, b.accent) + trunk


def hill_house(b: Brush) -> str:
    """Draw a house on a hill, one window lit."""
    hill = area("M-300 320V150Q-90 120 -30 70H44Q110 120 300 160V320Z", b.form)
    house = area(
        "M-40 84V-20L-52 -18L-6 -66L40 -18L28 -20V84ZM-34 -30V-80H-20V-44Z"
        "M20 84V-50L42 -96L64 -50V84Z",
        b.form,
    )
    windows = box(36, -38, 12, 20, b.accent) + box(-20, 4, 12, 18, b.accent)
    return disc(-50, -70, 54, b.tone) + hill + house + windows


def eyes(b: Brush) -> str:
    """Eyes in the dark."""
    drawn = []
    for y in range(-120, 121, 60):
        x = b.chance.between(-90, 60)
        w = b.chance.between(12, 24)
        fill = b.form if b.chance.coin(30) else b.accent
        for cx in (x, x + w * 2.6):
            drawn.append(
                area(
                    f"M{cx - w:g} {y}Q{cx:g} {y - w} {cx + w:g} {y}Q{cx:g} {y + w} {cx - w:g} {y}Z",
                    fill,
                )
            )
            drawn.append(disc(cx, y, w * 0.32, b.ground))
    return "".join(drawn)


def claws(b: Brush) -> str:
    """Four cuts."""
    cuts = "".join(
        area(
            f"M{x} {-118 + abs(i - 1) * 22}Q{x + 30} 0 {x - 18} {124 - abs(i - 2) * 24}"
            f"Q{x + 4} 0 {x} {-118 + abs(i - 1) * 22}Z",
            b.accent if i == 1 else b.form,
        )
        for i, x in enumerate(range(-84, 100, 54))
    )
    return turned(b.chance.pick((-10, 8, 22)), cuts)


def knife(b: Brush) -> str:
    """Draw a knife and a drop."""
    blade = area("M-20 34V-70Q-18 -112 20 -128V34Z", b.accent)
    handle = box(-30, 34, 62, 12, b.form) + box(-18, 46, 36, 82, b.form, 8)
    drop = area("M46 40C46 54 66 66 66 84A20 20 0 0 1 26 84C26 66 46 54 46 40Z", b.form)
    return turned(b.chance.pick((0, -18, 180, 162)), blade + handle) + drop


def candle(b: Brush) -> str:
    """Draw a candle burnt low, its flame a face of shadow."""
    glow = disc(0, -62, 84, b.tone)
    flame = area(
        "M0 -128C22 -92 28 -74 22 -54A23 23 0 0 1 -22 -54C-28 -74 -10 -94 0 -128Z", b.accent
    )
    wax = area("M-30 -20Q-14 -30 0 -20Q16 -32 30 -20V320H-30Z", b.form)
    drip = area("M30 -20Q46 -8 42 40A8 8 0 0 1 28 40Z", b.form)
    return glow + flame + box(-2, -38, 4, 18, b.ground) + wax + drip


def dripping(b: Brush) -> str:
    """Something drips from above."""
    d, x = "M-300 -400H300V-60", 300
    while x > -300:
        w, depth = b.chance.between(22, 34), b.chance.between(-40, 110)
        d += f"L{x} {depth}A{w // 2} {w // 2} 0 0 1 {x - w} {depth}V-50"
        x -= w
        d += f"A{w // 2} {w // 2} 0 0 0 {x - w} -50"
        x -= w
    return area(d + "V-400Z", b.form) + disc(b.chance.between(-50, 50), 146, 9, b.form)


def web(b: Brush) -> str:
    """Draw a web with its owner."""
    threads = around(line("M0 0V-260", b.form, 2.5), 8)
    rounds = "".join(
        around(
            line(
                f"M0 {-r}Q{r * 0.3:.0f} {-r * 0.72:.0f} {r * 0.71:.0f} {-r * 0.71:.0f}", b.form, 2.5
            ),
            8,
        )
        for r in (46, 94)
    )
    legs = line(
        "M-10 56L-32 40L-40 60M-10 64L-34 66L-38 88M10 56L32 40L40 60M10 64L34 66L38 88",
        b.accent,
        4,
    )
    return threads + rounds + legs + oval(0, 66, 13, 18, b.accent) + disc(0, 46, 9, b.accent)


def mask(b: Brush) -> str:
    """Draw a pale mask."""
    face = area("M-66 -66Q0 -118 66 -66Q76 30 0 118Q-76 30 -66 -66Z", b.accent)
    holes = oval(-28, -24, 17, 26, b.ground, 12) + oval(28, -24, 17, 26, b.ground, -12)
    return face + holes + oval(0, 58, 13, 30, b.ground) + line("M30 8L44 60", b.form, 6)


def coffin(b: Brush) -> str:
    """Draw a coffin, not quite shut."""
    lid = area("M-34 -122H34L66 -52L38 122H-38L-66 -52Z", b.form)
    inside = area("M-28 -110H30L56 -50L34 110H-34L-54 -50Z", b.accent)
    return (
        inside
        + turned(b.chance.pick((9, -9, 13)), lid, 38, 122)
        + line("M0 -70V10M-22 -44H22", b.ground, 9, cap="butt")
    )


HORROR = (bare_tree, hill_house, eyes, claws, knife, candle, dripping, web, mask, coffin)
