"""Motifs of movement: action and adventure."""

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


def fast_car(b: Brush) -> str:
    """Draw a car, faster than its lines."""
    streaks = "".join(
        box(b.chance.between(-220, -60), y, b.chance.between(120, 200), 7, b.tone, 3)
        for y in range(-90, 100, 26)
    )
    body = area("M-98 34Q-100 4 -60 0L-28 -32H38L70 -2Q104 4 102 34Z", b.form)
    glass = area("M-20 -24H4V-2H-40ZM12 -24H34L54 -2H12Z", b.accent)
    wheels = "".join(
        disc(x, 36, 22, b.ground) + disc(x, 36, 16, b.form) + disc(x, 36, 6, b.accent)
        for x in (-54, 58)
    )
    return streaks + body + glass + wheels


def explosion(b: Brush) -> str:
    """Draw an explosion, flat as in a comic."""
    n = b.chance.pick((9, 11, 13))
    return (
        star(0, 0, 124, 66, n, b.form)
        + turned(13, star(0, 0, 84, 44, n, b.accent))
        + disc(0, 0, 24, b.ground)
    )


def bolt(b: Brush) -> str:
    """Draw a flash of lightning."""
    flash = area("M34 -132L-62 22H-8L-34 132L66 -30H10Z", b.accent)
    return disc(0, 0, 94, b.form) + turned(b.chance.pick((-8, 0, 12)), flash)


def arrows(b: Brush) -> str:
    """Chevrons, rushing."""
    rows = "".join(
        area(f"M{x} -90L{x + 70} 0L{x} 90H{x + 32}L{x + 102} 0L{x + 32} -90Z", fill)
        for x, fill in ((-150, b.tone), (-92, b.form), (-34, b.form), (24, b.accent))
    )
    return turned(b.chance.pick((0, -45, -90, 180)), rows)


def bomb(b: Brush) -> str:
    """Draw a bomb, its fuse lit."""
    fuse = line("M44 -48Q66 -86 92 -74Q112 -62 104 -96", b.form, 7)
    ball = disc(-8, 22, 82, b.form) + turned(38, box(-20, -76, 40, 24, b.form), -8, 22)
    shine = line("M-66 18A60 60 0 0 1 -30 -34", b.tone, 9)
    return fuse + ball + shine + star(104, -108, 28, 10, 8, b.accent)


def jet(b: Brush) -> str:
    """Draw a jet, climbing."""
    trails = area("M-30 40L-44 320H-24ZM30 40L44 320H24Z", b.tone)
    body = area(
        "M0 -128L18 -60V-10L104 56V76L18 44L14 84L40 108V118H-40"
        "V108L-14 84L-18 44L-104 76V56"
        "L-18 -10V-60Z",
        b.form,
    )
    return turned(b.chance.pick((0, 24, -26, 40)), trails + body + oval(0, -62, 7, 24, b.accent))


def tyre(b: Brush) -> str:
    """Draw a tyre and its track."""
    tread = around(box(-8, -114, 16, 22, b.form), 20)
    spokes = around(box(-6, -54, 12, 54, b.accent), 5, start=b.chance.below(72))
    return (
        tread
        + ring(0, 0, 82, b.form, 44)
        + spokes
        + ring(0, 0, 56, b.accent, 5)
        + disc(0, 0, 15, b.accent)
    )


def runner(b: Brush) -> str:
    """Somebody running, against converging lines."""
    rays = around(area("M0 0L-14 -320H14Z", b.tone), 14, start=b.chance.below(25))
    body = line(
        "M8 -36L-10 22M-10 22L30 52L22 98M-10 22L-34 64L-80 62"
        "M6 -28L42 -4L68 -24M6 -28L-32 -20L-44 14",
        b.form,
        17,
    )
    return rays + disc(22, -66, 20, b.accent) + body


def helicopter(b: Brush) -> str:
    """Draw a helicopter against the sun."""
    cabin = area(
        "M-20 -20H46Q88 -14 88 22Q86 44 40 44H-10Q-34 40 -34 18L-118 6V-30H-104L-98 -8Z", b.form
    )
    rotor = box(-96, -50, 220, 8, b.form, 4) + box(10, -46, 8, 28, b.form)
    skids = line("M4 44V62M48 44V62M-22 64H80", b.form, 5)
    return (
        disc(20, 0, 104, b.accent) + cabin + rotor + skids + area("M48 -10Q74 -6 76 16H48Z", b.tone)
    )


def summit(b: Brush) -> str:
    """Draw a summit with a flag."""
    back = area("M-300 320L-110 -20L20 200L130 30L300 320Z", b.tone)
    peak = area("M-220 320L0 -80L220 320Z", b.form)
    snow = area("M0 -80L46 4L22 -8L2 22L-20 -4L-46 4Z", b.accent)
    flag = box(-2, -132, 4, 54, b.accent) + area("M2 -132L40 -120L2 -106Z", b.accent)
    return disc(b.chance.pick((-92, 88)), -84, 30, b.accent) + back + peak + snow + flag


def compass(b: Brush) -> str:
    """Draw a compass rose."""
    half = area("M0 -112L17 -17H0Z", b.accent) + area("M0 -112L-17 -17H0Z", b.form)
    rose = turned(45, around(area("M0 -70L12 -12H-12Z", b.tone), 4)) + around(half, 4)
    return (
        ring(0, 0, 84, b.form, 5)
        + turned(b.chance.pick((0, 12, -16)), rose)
        + disc(0, 0, 13, b.accent)
    )


def sailing_ship(b: Brush) -> str:
    """Draw a ship under sail."""
    sails = area("M-4 -120V44H-84Q-34 -20 -4 -120Z", b.accent) + area(
        "M8 -92Q76 -30 70 44H8Z", b.form
    )
    hull = area("M-100 58H100L76 104H-72Z", b.form)
    water = "".join(
        line(f"M-260 {y}" + "q16 -14 32 0t32 0" * 9, b.tone, 6) for y in (112, 136, 160)
    )
    return (
        disc(b.chance.pick((-70, 76)), -84, 28, b.form)
        + sails
        + box(-1, -126, 6, 186, b.form)
        + hull
        + water
    )


def treasure_map(b: Brush) -> str:
    """Draw a dashed line to an X."""
    way = line("M-110 110Q-100 20 -34 44T20 -16T72 -74", b.form, 8, dash="16 15")
    cross = line("M60 -98L104 -54M104 -98L60 -54", b.accent, 15)
    palms = disc(-110, 116, 14, b.accent)
    peaks = area("M-96 -20L-62 -78L-28 -20ZM-56 -20L-30 -58L-4 -20Z", b.tone)
    return turned(b.chance.pick((0, 0, -20)), peaks + way + cross + palms)


def tent(b: Brush) -> str:
    """Draw a tent under the stars."""
    stars = "".join(
        star(
            b.chance.between(-140, 140),
            b.chance.between(-180, -20),
            b.chance.pick((5, 8, 12)),
            2.5,
            4,
            b.accent,
        )
        for _ in range(11)
    )
    canvas = area("M-110 108L0 -44L110 108Z", b.form) + area("M-30 108L0 6L30 108Z", b.accent)
    pines = area("M-178 108L-146 10L-114 108ZM120 108L150 -6L180 108Z", b.tone)
    return stars + pines + canvas + box(-300, 108, 600, 300, b.tone)


def island(b: Brush) -> str:
    """Draw an island with one palm."""
    frond = area("M0 0Q40 -42 92 -12Q44 -20 0 0Z", b.form)
    crown = "".join(turned(a, frond, 0, 0) for a in (-150, -100, -60, -14, 24, 200))
    trunk = line("M0 0Q-26 60 -8 128", b.form, 11)
    palm = f'<g transform="translate({b.chance.pick((-18, 22))} -48)">{trunk}{crown}</g>'
    return (
        disc(50, 0, 66, b.accent)
        + palm
        + oval(0, 106, 96, 30, b.form)
        + box(-300, 106, 600, 300, b.tone)
    )


def jungle(b: Brush) -> str:
    """Leaves, and a sun between them."""
    blade = area("M0 0Q-70 -90 0 -210Q70 -90 0 0Z", "{0}") + line("M0 -6V-180", b.ground, 3)
    leaves = "".join(
        f'<g transform="translate({x} {y}) rotate({a})">{blade.replace("{0}", fill)}</g>'
        for x, y, a, fill in (
            (-70, 190, -20, b.tone),
            (70, 190, 20, b.tone),
            (-130, 150, 32, b.form),
            (130, 150, -32, b.form),
            (-60, 230, 6, b.accent),
            (66, 240, -8, b.form),
        )
    )
    return disc(b.chance.between(-20, 20), -40, b.chance.between(50, 68), b.accent) + leaves


ACTION = (fast_car, explosion, bolt, arrows, bomb, jet, tyre, runner, helicopter)
ADVENTURE = (summit, compass, sailing_ship, treasure_map, tent, island, jungle)
