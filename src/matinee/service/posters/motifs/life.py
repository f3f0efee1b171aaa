"""Motifs of ordinary life and of looking at it: drama and documentary."""

from __future__ import annotations

from matinee.service.posters.shapes import Brush, area, around, box, disc, line, oval, ring, turned


def lone_tree(b: Brush) -> str:
    """Draw a tree on a hill."""
    crown = disc(0, -40, 58, b.form) + disc(-38, -14, 38, b.form) + disc(40, -16, 36, b.form)
    hill = oval(0, 250, 330, 150, b.tone)
    sun = disc(b.chance.pick((-72, 78)), -84, 30, b.accent)
    return sun + hill + box(-6, 0, 12, 112, b.form) + crown


def window_light(b: Brush) -> str:
    """Draw the light of a window on a wall, and a shadow in it."""
    pane = "".join(box(x, y, 62, 74, b.accent) for x in (-66, 4) for y in (-94, -14))
    shadow = disc(22, -2, 22, b.form) + area("M-22 140L-14 52Q22 10 58 52L66 140Z", b.form)
    return f'<g transform="skewX({b.chance.pick((-16, -8, 10))})">{pane}</g>' + shadow


def two_profiles(b: Brush) -> str:
    """Two faces that nearly meet."""
    face = (
        "L{x0} -320V-84Q{x1} -74 {x1} -46L{x2} -8L{x1} 4L{x3} 18L{x1} 26L{x3} 42"
        "Q{x1} 66 {x4} 74V320"
    )

    def side(s: int) -> str:
        points = dict(zip(("x0", "x1", "x2", "x3", "x4"), (40, 26, 8, 18, 58), strict=True))
        return face.format(**{name: s * x for name, x in points.items()})

    return area(f"M-300 -320{side(-1)}H-300Z", b.form) + area(f"M300 -320{side(1)}H300Z", b.accent)


def chair(b: Brush) -> str:
    """Draw an empty chair in a pool of light."""
    legs = line("M-38 30L-46 112M40 30L48 112M-38 -96V30", b.form, 9)
    back = (
        box(-43, -96, 78, 12, b.form, 4)
        + box(-43, -62, 78, 10, b.form, 4)
        + box(26, -96, 9, 120, b.form)
    )
    return oval(0, 112, 112, 18, b.accent) + legs + back + box(-46, 20, 94, 14, b.form, 4)


def road(b: Brush) -> str:
    """Draw a road to the horizon."""
    sun = disc(b.chance.between(-40, 40), 6, 58, b.accent)
    plain = box(-300, 20, 600, 400, b.tone)
    way = area("M-6 20H6L150 320H-150Z", b.form)
    dashes = "".join(
        area(f"M{-w} {y}H{w}L{w * 1.4:g} {y + h}H{-w * 1.4:g}Z", b.accent)
        for y, h, w in ((34, 10, 1.4), (54, 16, 2.4), (84, 26, 4), (130, 40, 6))
    )
    return sun + plain + way + dashes


def sea(b: Brush) -> str:
    """Draw a sun in the sea."""
    sun = disc(0, 0, 76, b.accent)
    bands = "".join(
        box(-300, y, 600, h, b.form) for y, h in ((0, 9), (20, 13), (44, 18), (74, 300))
    )
    sail = area("M58 -4L58 -58L94 -4Z", b.form) if b.chance.coin() else ""
    return sun + bands + sail


def curtain(b: Brush) -> str:
    """Draw a curtain, parting."""
    left = "".join(
        area(
            f"M{x} -320H{x + 30}Q{x + 26} 0 {x - 24} 220H{x - 66}Q{x} 0 {x} -320Z",
            b.form if i % 2 else b.tone,
        )
        for i, x in enumerate(range(-170, -29, 28))
    )
    right = f'<g transform="scale(-1 1)">{left}</g>'
    return disc(0, 40, 62, b.accent) + left + right


def leaf(b: Brush) -> str:
    """Draw a branch, one leaf of another colour."""
    odd = b.chance.below(4)
    leaves = ""
    for i, y in enumerate((70, 26, -18, -62)):
        for s in (-1, 1):
            fill = b.accent if i == odd and s == 1 else b.form
            leaves += area(f"M0 {y}Q{s * 20} {y - 46} {s * 84} {y - 50}Q{s * 70} {y} 0 {y}Z", fill)
    tip = area("M0 -80Q-24 -104 0 -140Q24 -104 0 -80Z", b.form)
    return turned(b.chance.pick((-20, 0, 18)), line("M0 320V-90", b.form, 6) + leaves + tip)


def stair(b: Brush) -> str:
    """Somebody on a stair."""
    d = "M-300 320V128H-96"
    for i in range(6):
        d += f"V{96 - i * 32}H{-60 + i * 36}"
    person = disc(-18, -44, 12, b.accent) + area("M-34 32L-28 -20Q-18 -32 -8 -20L-2 32Z", b.accent)
    return disc(74, -96, 40, b.tone) + area(d + "H300V320Z", b.form) + person


def balance(b: Brush) -> str:
    """Stones in balance."""
    stones = (
        (0, 92, 78, 26),
        (-8, 48, 58, 22),
        (10, 8, 44, 19),
        (-4, -26, 30, 16),
        (3, -56, 17, 14),
    )
    return "".join(
        oval(x, y, rx, ry, b.accent if i == b.chance.pick((1, 2, 3)) else b.form)
        for i, (x, y, rx, ry) in enumerate(stones)
    ) + box(-300, 116, 600, 300, b.tone)


def globe(b: Brush) -> str:
    """Draw a globe of meridians."""
    lines = "".join(
        f'<ellipse rx="{rx}" ry="100" fill="none" stroke="{b.ground}" stroke-width="4"/>'
        for rx in (34, 70)
    ) + line("M0 -100V100M-100 0H100M-87 -50H87M-87 50H87", b.ground, 4, cap="butt")
    return turned(b.chance.pick((-23, 12, 23)), disc(0, 0, 100, b.form) + lines) + disc(
        b.chance.between(-50, 50), b.chance.between(-50, 50), 12, b.accent
    )


def aperture(b: Brush) -> str:
    """Draw the blades of a lens."""
    blade = area("M0 -104A104 104 0 0 1 90 -52L-22 -38Z", b.form)
    return disc(0, 0, 104, b.tone) + around(blade, 6) + disc(0, 0, 24, b.accent)


def tree_rings(b: Brush) -> str:
    """Draw the rings of a tree."""
    radii = (108, 92, 80, 62, 50, 34, 18)
    odd = b.chance.below(5)
    drawn = "".join(
        ring(i * 2, i, r, b.accent if i == odd else b.form, b.chance.pick((5, 7, 9)))
        for i, r in enumerate(radii)
    )
    return drawn + disc(13, 7, 7, b.form)


def tripod(b: Brush) -> str:
    """Draw a film camera on its tripod."""
    legs = line("M0 40L-64 320M0 40L64 320M0 40V320", b.form, 8)
    body = box(-60, -36, 104, 72, b.form, 6) + area("M44 -12L88 -36V36L44 12Z", b.form)
    reels = disc(-34, -66, 34, b.form) + disc(28, -60, 26, b.form)
    return (
        legs
        + body
        + reels
        + disc(-34, -66, 11, b.accent)
        + disc(28, -60, 8, b.accent)
        + disc(26, 18, 5, b.accent)
    )


def contours(b: Brush) -> str:
    """Draw the contour lines of a mountain."""
    drawn = "".join(
        line(
            f"M{-s} {s * 0.1:.0f}"
            f"C{-s} {-s * 0.9:.0f} {s * 0.5:.0f} {-s * 0.8:.0f} {s} {-s * 0.2:.0f}"
            f"C{s * 1.2:.0f} {s * 0.6:.0f} {s * 0.2:.0f} {s * 0.7:.0f} {-s * 0.2:.0f} {s * 0.8:.0f}"
            f"C{-s * 0.7:.0f} {s:.0f} {-s} {s * 0.7:.0f} {-s} {s * 0.1:.0f}Z",
            b.form,
            4,
        )
        for s in range(16, 190, 22)
    )
    return turned(b.chance.below(360), drawn) + disc(0, 0, 9, b.accent)


def waves(b: Brush) -> str:
    """Draw a recording, drawn as bars of sound."""
    c = b.chance
    heights = [c.between(10, 40) + (70 if abs(i - 7) < 4 else 10) + c.below(30) for i in range(15)]
    return "".join(
        box(-127 + i * 17.5, -h / 2 * 1.4, 9, h * 1.4, b.accent if i == 7 else b.form, 4)
        for i, h in enumerate(heights)
    )


def strip(b: Brush) -> str:
    """Draw a strip of film."""
    holes = "".join(box(x, y, 11, 13, b.ground, 2) for x in (-70, 59) for y in range(-250, 260, 30))
    frames = "".join(
        box(-48, y, 96, 72, b.accent if i == 3 else b.tone, 3)
        for i, y in enumerate(range(-300, 240, 84))
    )
    return turned(b.chance.pick((-18, 12, 24)), box(-80, -320, 160, 640, b.form) + holes + frames)


DRAMA = (
    lone_tree,
    window_light,
    two_profiles,
    chair,
    road,
    sea,
    curtain,
    leaf,
    stair,
    balance,
)
DOCUMENTARY = (globe, aperture, tree_rings, tripod, contours, waves, strip)
