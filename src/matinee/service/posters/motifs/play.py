"""Motifs of play and wonder: animation, family and fantasy."""

from __future__ import annotations

from matinee.service.posters.shapes import (
    Brush,
    area,
    around,
    box,
    disc,
    line,
    oval,
    scatter,
    star,
    turned,
)


def pencil(b: Brush) -> str:
    """Draw a pencil and the line it draws."""
    body = box(-20, -130, 40, 150, b.form) + area("M-20 20H20L0 68Z", b.accent)
    top = box(-20, -146, 40, 22, b.accent, 5)
    trace = line("M-20 84Q-90 30 -120 90T-40 130T60 110T160 140", b.form, 7)
    return trace + turned(
        b.chance.pick((24, 34, 44)), body + top + area("M-8 49H8L0 68Z", b.ground), 0, 68
    )


def blocks(b: Brush) -> str:
    """Draw a face of a square, a circle and a triangle."""
    c = b.chance
    body = c.pick(
        (
            box(-74, -64, 148, 148, b.form, 18),
            disc(0, 10, 82, b.form),
            area("M0 -104L98 90H-98Z", b.form),
        )
    )
    eyes = (
        disc(-22, 8, 17, b.accent)
        + disc(24, 8, 17, b.accent)
        + disc(-18, 10, 7, b.ground)
        + disc(28, 10, 7, b.ground)
    )
    legs = line("M-30 84V128H-46M30 84V128H46", b.form, 8)
    return legs + body + eyes + line("M-18 48Q2 64 22 48", b.ground, 7)


def rainbow(b: Brush) -> str:
    """Draw a rainbow between clouds."""
    bows = "".join(
        line(f"M{-r} 60A{r} {r} 0 0 1 {r} 60", fill, 17, cap="butt")
        for r, fill in ((112, b.form), (93, b.accent), (74, b.tone), (55, b.form))
    )
    cloud = disc(-22, 60, 26, b.accent) + disc(8, 50, 32, b.accent) + disc(34, 64, 22, b.accent)
    return bows + "".join(f'<g transform="translate({x} 10)">{cloud}</g>' for x in (-88, 80))


def kite(b: Brush) -> str:
    """Draw a kite on its string."""
    sail = area("M0 -110L58 -30L0 70L-58 -30Z", b.form) + area(
        "M0 -110L58 -30H0ZM0 70L-58 -30H0Z", b.accent
    )
    tail = line("M0 70Q40 110 0 150T20 320", b.form, 4)
    bows = "".join(
        area(f"M{x - 15} {y - 9}L{x + 15} {y + 9}V{y - 9}L{x - 15} {y + 9}Z", b.accent)
        for x, y in ((20, 108), (2, 150), (-4, 196))
    )
    return turned(b.chance.pick((18, 28, -22)), sail + tail + bows)


def paper_plane(b: Brush) -> str:
    """Draw a paper aeroplane and its loop."""
    plane = area("M-60 10L96 -70L20 72L2 26Z", b.form) + area(
        "M2 26L96 -70L-22 18L-26 66Z", b.accent
    )
    loop = line("M-180 120Q-80 150 -56 92T-110 60T-40 60", b.accent, 4, dash="3 11")
    return turned(b.chance.pick((-12, 0, 14)), loop + plane)


def creature(b: Brush) -> str:
    """Draw a creature that means no harm."""
    body = area("M-86 320V10A86 92 0 0 1 86 10V320Z", b.form)
    n = b.chance.pick((1, 2, 3))
    eyes = "".join(
        disc(x, -8, 52 - n * 11, b.accent) + disc(x + 5, -4, 22 - n * 4, b.ground)
        for x in {1: (0,), 2: (-34, 34), 3: (-48, 0, 48)}[n]
    )
    horns = area("M-70 -50L-88 -114L-34 -74ZM70 -50L88 -114L34 -74Z", b.accent)
    return horns + body + eyes + line("M-30 60Q0 84 30 60", b.ground, 8)


def clouds(b: Brush) -> str:
    """Clouds before the sun."""
    cloud = (
        disc(-46, 10, 30, "{0}")
        + disc(-6, -10, 42, "{0}")
        + disc(44, 6, 32, "{0}")
        + box(-76, 8, 152, 32, "{0}", 16)
    )
    return disc(b.chance.between(-40, 40), -50, 62, b.accent) + "".join(
        f'<g transform="translate({x} {y})">{cloud.replace("{0}", fill)}</g>'
        for x, y, fill in ((-70, 6, b.tone), (74, 34, b.form), (-30, 92, b.form))
    )


def cottage(b: Brush) -> str:
    """Draw a house with a light on and smoke that curls."""
    house = area("M-72 112V0H72V112Z", b.form) + area("M-96 8L0 -84L96 8Z", b.accent)
    door = box(-16, 52, 32, 60, b.ground, 14) + disc(0, -26, 13, b.ground)
    smoke = line("M56 -56V-84Q40 -100 58 -114T50 -150", b.form, 9)
    return smoke + house + door + box(-300, 112, 600, 300, b.tone)


def balloon(b: Brush) -> str:
    """Draw a hot-air balloon."""
    bag = area(
        "M0 -124C72 -124 92 -62 72 -14Q52 28 16 58H-16Q-52 28 -72 -14C-92 -62 -72 -124 0 -124Z",
        b.form,
    )
    gore = area(
        "M0 -124C26 -124 36 -62 28 -14Q20 28 8 58H-8Q-20 28 -28 -14C-36 -62 -26 -124 0 -124Z",
        b.accent,
    )
    basket = line("M-14 58L-10 84M14 58L10 84", b.form, 3) + box(-15, 84, 30, 24, b.form, 4)
    return (
        bag
        + gore
        + basket
        + f'<g transform="translate({b.chance.pick((-104, 104))} 70) scale(.28)">{bag}</g>'
    )


def paw(b: Brush) -> str:
    """Draw a paw print."""
    pad = area(
        "M0 -4C34 -4 66 44 56 74C44 104 20 84 0 84C-20 84 -44 104 -56 74C-66 44 -34 -4 0 -4Z",
        b.form,
    )
    toes = (
        oval(-66, -14, 19, 28, b.form, -24)
        + oval(-26, -56, 20, 31, b.accent, -8)
        + oval(26, -56, 20, 31, b.form, 8)
        + oval(66, -14, 19, 28, b.form, 24)
    )
    return turned(b.chance.pick((-16, 0, 18)), pad + toes)


def swing(b: Brush) -> str:
    """Draw a swing under a tree."""
    crown = disc(-30, -96, 76, b.form) + disc(52, -86, 58, b.form)
    trunk = area("M-58 -40H-32L-24 320H-72Z", b.form)
    child = disc(64, 40, 12, b.accent) + area("M48 86L56 56Q66 48 74 60L76 86Z", b.accent)
    return (
        crown
        + trunk
        + line("M40 -50L52 88M88 -50L84 88", b.accent, 3)
        + child
        + box(42, 86, 54, 8, b.accent, 3)
    )


def pinwheel(b: Brush) -> str:
    """Draw a paper windmill."""
    blade = area("M0 0V-86L62 -54Q40 -12 0 0Z", b.form) + area("M0 0V-86L-18 -30Z", b.accent)
    return (
        box(-4, 0, 8, 320, b.form)
        + around(blade, 4, start=b.chance.below(90))
        + disc(0, 0, 11, b.accent)
    )


def castle(b: Brush) -> str:
    """Draw a castle on a rock."""
    towers = (
        box(-62, -40, 32, 160, b.form)
        + box(-18, -76, 36, 190, b.form)
        + box(32, -22, 30, 140, b.form)
    )
    roofs = area("M-70 -38L-46 -88L-22 -38ZM-26 -74L0 -136L26 -74ZM24 -20L47 -66L70 -20Z", b.accent)
    rock = area("M-300 320V180L-90 96H88L300 200V320Z", b.form)
    windows = "".join(box(x, y, 8, 14, b.accent, 4) for x, y in ((-50, -8), (-4, -44), (43, 10)))
    return disc(b.chance.pick((-74, 78)), -80, 34, b.tone) + towers + roofs + rock + windows


def crescent(b: Brush) -> str:
    """Draw a crescent moon and a star."""
    moon = area("M34 -100A104 104 0 1 0 34 100A80 80 0 1 1 34 -100Z", b.form)
    return (
        scatter(b, 14, -170, 150, b.accent)
        + turned(b.chance.between(-30, 20), moon)
        + star(46, 0, 34, 12, b.chance.pick((4, 5, 8)), b.accent)
    )


def toadstools(b: Brush) -> str:
    """Toadstools."""

    def one(x: int, y: int, s: float, fill: str) -> str:
        spots = (
            disc(-34, -18, 9, b.ground) + disc(4, -36, 12, b.ground) + disc(40, -14, 8, b.ground)
        )
        cap = area("M-72 0Q-64 -74 0 -74Q64 -74 72 0Q0 16 -72 0Z", fill) + spots
        stem = area("M-17 0H17L26 340H-26Z", b.tone)
        return f'<g transform="translate({x} {y}) scale({s})">{stem}{cap}</g>'

    return one(-48, 10, 0.9, b.form) + one(62, 54, 0.7, b.accent) + one(10, -40, 0.6, b.form)


def potion(b: Brush) -> str:
    """Draw a flask of something."""
    flask = area("M-20 -112H20V-40L74 74Q82 106 48 106H-48Q-82 106 -74 74L-20 -40Z", b.form)
    drink = area("M-40 22Q-14 8 6 22T42 22L64 74Q68 96 46 96H-46Q-68 96 -64 74Z", b.accent)
    bubbles = disc(-16, 56, 9, b.form) + disc(18, 68, 6, b.form) + disc(4, -6, 5, b.accent)
    return (
        flask
        + drink
        + bubbles
        + box(-27, -124, 54, 16, b.accent, 5)
        + star(52, -84, 18, 5, 4, b.accent)
    )


def portal(b: Brush) -> str:
    """Draw a door to elsewhere."""
    arch = area("M-72 320V-30A72 72 0 0 1 72 -30V320Z", b.form)
    inside = area("M-50 320V-30A50 50 0 0 1 50 -30V320Z", b.accent)
    hills = area("M-50 320V60Q-20 24 10 60T50 50V320Z", b.form)
    return scatter(b, 16, -180, 100, b.accent) + arch + inside + disc(12, -20, 15, b.ground) + hills


def crystal(b: Brush) -> str:
    """Crystals."""

    def shard(x: int, h: int, w: int, turn: int) -> str:
        left = area(f"M{x - w} {100 - h * 0.75:g}L{x} {100 - h}V120H{x - w}Z", b.form)
        right = area(f"M{x} {100 - h}L{x + w} {100 - h * 0.75:g}V120H{x}Z", b.accent)
        return turned(turn, left + right, x, 120)

    middle = shard(0, 214, 28, b.chance.between(-5, 5))
    return (
        shard(-40, 130, 22, -22)
        + shard(44, 140, 22, 20)
        + middle
        + box(-300, 112, 600, 300, b.tone)
    )


def dragon(b: Brush) -> str:
    """Draw the eye of a dragon."""
    scales = "".join(
        line(f"M{-198 + i % 2 * 22} {y}" + "a22 22 0 0 0 44 0" * 9, b.tone, 4)
        for i, y in enumerate(range(-160, 161, 32))
    )
    eye = area("M-104 8Q-10 -86 104 -10Q14 70 -104 8Z", b.form)
    return scales + eye + disc(4, -8, 40, b.accent) + oval(4, -8, 8, 38, b.ground)


ANIMATION = (pencil, blocks, rainbow, kite, paper_plane, creature, clouds)
FAMILY = (cottage, balloon, paw, swing, pinwheel, kite, rainbow, clouds)
FANTASY = (castle, crescent, toadstools, potion, portal, crystal, dragon)
