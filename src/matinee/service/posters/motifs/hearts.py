"""Motifs of love and laughter: romance and comedy."""

from __future__ import annotations

from matinee.service.posters.shapes import (
    Brush,
    area,
    around,
    box,
    disc,
    line,
    oval,
    ring,
    star,
    turned,
)

_HEART = "M0 84C-26 52 -92 20 -92 -34C-92 -86 -22 -96 0 -44C22 -96 92 -86 92 -34C92 20 26 52 0 84Z"


def two_circles(b: Brush) -> str:
    """Two circles, and what they share."""
    lens = area("M0 -60A70 70 0 0 1 0 60A70 70 0 0 1 0 -60Z", b.ground)
    both = disc(-36, 0, 70, b.form) + disc(36, 0, 70, b.accent) + lens
    return turned(b.chance.pick((0, 35, 90, -30)), both)


def heart(b: Brush) -> str:
    """Draw a heart in two halves."""
    half = area("M0 84C26 52 92 20 92 -34C92 -86 22 -96 0 -44L14 -12L-10 16L10 44Z", b.accent)
    return turned(b.chance.pick((-12, 0, 10)), area(_HEART, b.form) + half)


def tulip(b: Brush) -> str:
    """One flower."""
    stem = line("M0 10Q-8 120 6 320", b.form, 7)
    leaf = area("M-2 150Q-70 120 -74 40Q-20 70 -2 150ZM2 170Q60 150 76 84Q22 104 2 170Z", b.form)
    bloom = area(
        "M-52 -84Q-26 -66 -20 -44Q-8 -84 0 -96Q8 -84 20 -44Q26 -66 52 -84"
        "Q66 20 0 22Q-66 20 -52 -84Z",
        b.accent,
    )
    return turned(b.chance.pick((-8, 0, 8)), stem + leaf + bloom, 0, 120)


def umbrella(b: Brush) -> str:
    """Two people under one umbrella, in the rain."""
    c = b.chance
    rain = "".join(
        line(f"M{x} {c.between(-190, -60)}l-8 {c.between(24, 44)}", b.accent, 3)
        for x in range(-140, 150, 24)
    )
    top = area(
        "M-104 0A104 96 0 0 1 104 0Q88 -16 70 0Q52 -16 35 0Q18 -16 0 0Q-18 -16 -35 0"
        "Q-52 -16 -70 0Q-88 -16 -104 0Z",
        b.form,
    )
    pair = "".join(
        disc(x, 44, 15, fill)
        + area(f"M{x - 24} 320L{x - 20} 84Q{x} 52 {x + 20} 84L{x + 24} 320Z", fill)
        for x, fill in ((-24, b.form), (24, b.accent))
    )
    return rain + line("M0 -104V70", b.form, 5) + top + pair


def two_birds(b: Brush) -> str:
    """Two birds on a wire, before the sun."""
    sun = disc(b.chance.between(-40, 40), -50, 66, b.accent)
    bird = area("M-30 22Q-26 -20 6 -22Q22 -24 26 -10L40 -6L26 0Q24 26 -8 28L-46 52Z", b.form)
    first = f'<g transform="translate(-46 10)">{bird}</g>'
    second = f'<g transform="translate(50 14) scale(-1 1)">{bird}</g>'
    return sun + line("M-260 40Q0 62 260 36", b.form, 4) + first + second


def wine(b: Brush) -> str:
    """Two glasses that touch."""
    glass = area("M-34 -92H34Q40 -12 4 -4V76H28V86H-28V76H-4V-4Q-40 -12 -34 -92Z", b.form) + area(
        "M-29 -56H29Q30 -18 0 -13Q-30 -18 -29 -56Z", b.accent
    )
    return (
        f'<g transform="translate(-42 12) rotate(12)">{glass}</g>'
        f'<g transform="translate(42 12) rotate(-12)">{glass}</g>'
        + star(0, -112, 14, 4, 4, b.accent)
    )


def letter(b: Brush) -> str:
    """Draw a letter, sealed with a heart."""
    seal = f'<g transform="translate(0 6) scale(.26)">{area(_HEART, b.ground)}</g>'
    flap = area("M-100 -66L0 22L100 -66Z", b.accent)
    paper = box(-100, -66, 200, 136, b.form) + line("M-100 70L-30 0M100 70L30 0", b.ground, 3)
    return turned(b.chance.pick((-9, -4, 7)), paper + flap + disc(0, 8, 30, b.accent) + seal)


def moon_boat(b: Brush) -> str:
    """Two in a boat on the path of the moon."""
    path = "".join(
        box(-w / 2, y, w, 6, b.accent)
        for w, y in ((120, 62), (86, 78), (104, 96), (52, 114), (70, 134))
    )
    boat = area("M-70 34H70Q52 66 0 66Q-52 66 -70 34Z", b.form)
    pair = (
        disc(-15, 4, 10, b.form)
        + disc(15, 4, 10, b.form)
        + area("M-30 36Q-28 12 -14 14Q0 16 0 22Q0 16 14 14Q28 12 30 36Z", b.form)
    )
    return disc(0, -60, 52, b.accent) + path + boat + pair


def smile(b: Brush) -> str:
    """Draw a smile, and no more."""
    eyes = disc(-40, -38, 15, b.form) + disc(40, -38, 15, b.form)
    if b.chance.coin():
        eyes = disc(-40, -38, 15, b.form) + line("M22 -38Q40 -54 58 -38", b.form, 10)
    return disc(0, 0, 104, b.accent) + eyes + area("M-66 8H66A66 66 0 0 1 -66 8Z", b.form)


def bow_tie(b: Brush) -> str:
    """Draw a bow tie and three buttons."""
    tie = area("M0 -30L-84 -76V36L0 -8L84 36V-76Z", b.form) + box(-17, -42, 34, 44, b.accent, 8)
    return tie + "".join(disc(0, y, 9, b.accent) for y in (54, 96, 138))


def moustache(b: Brush) -> str:
    """Draw a bowler and a moustache."""
    hat = area("M-58 -52Q-56 -122 0 -122Q56 -122 58 -52Z", b.form) + box(
        -94, -54, 188, 16, b.form, 8
    )
    whiskers = area(
        "M0 18C20 -8 56 -2 64 22C72 38 92 34 98 20"
        "C98 64 42 76 0 40C-42 76 -98 64 -98 20"
        "C-92 34 -72 38 -64 22C-56 -2 -20 -8 0 18Z",
        b.form,
    )
    return hat + box(-58, -72, 116, 14, b.accent) + whiskers


def cocktail(b: Brush) -> str:
    """Draw a cocktail with an olive."""
    glass = area("M-92 -84H92L6 10V92H44V104H-44V92H-6V10Z", b.form)
    drink = area("M-66 -70H66L0 0Z", b.accent)
    return (
        glass
        + drink
        + line("M-8 -34L52 -122", b.ground, 5)
        + disc(-2, -42, 14, b.ground)
        + disc(2, -44, 5, b.form)
    )


def confetti(b: Brush) -> str:
    """Confetti."""
    c, drawn = b.chance, []
    for _ in range(34):
        x, y, fill = (
            c.between(-126, 126),
            c.between(-150, 140),
            c.pick((b.form, b.accent, b.form, b.accent, b.tone)),
        )
        shape = c.below(3)
        if shape == 0:
            drawn.append(disc(x, y, c.between(7, 17), fill))
        elif shape == 1:
            drawn.append(turned(c.below(180), box(x - 15, y - 6, 30, 12, fill), x, y))
        else:
            drawn.append(
                turned(c.below(180), line(f"M{x - 22} {y}q11 -20 22 0t22 0", fill, 6), x, y)
            )
    return "".join(drawn)


def spotlight(b: Brush) -> str:
    """Draw a microphone in the spotlight."""
    beam = area("M-150 -260L-70 118H70L-60 -260Z", b.tone)
    stand = line("M0 116V-30", b.form, 7) + oval(0, 122, 60, 11, b.form)
    head = box(-21, -92, 42, 70, b.accent, 21) + line("M-32 -58A32 34 0 0 0 32 -58", b.form, 6)
    return beam + stand + head


def splat(b: Brush) -> str:
    """Draw a target for custard pies."""
    rays = around(area("M0 0L-16 -240H16Z", b.tone), 12)
    pie = star(0, 0, 92, 58, 11, b.form) + disc(0, 0, 62, b.form)
    return rays + pie + ring(0, 0, 40, b.accent, 10) + disc(0, 0, 14, b.accent)


def banana(b: Brush) -> str:
    """Draw a banana skin, waiting."""
    skin = area(
        "M-8 -92H8Q10 -30 98 60Q40 50 16 4Q28 60 10 112Q-10 64 -10 6Q-36 52 -98 62Q-12 -34 -8 -92Z",
        b.accent,
    )
    return oval(0, 98, 120, 16, b.tone) + skin + box(-9, -108, 18, 22, b.form, 4)


ROMANCE = (two_circles, heart, tulip, umbrella, two_birds, wine, letter, moon_boat)
COMEDY = (
    smile,
    bow_tie,
    moustache,
    cocktail,
    confetti,
    spotlight,
    splat,
    banana,
)
