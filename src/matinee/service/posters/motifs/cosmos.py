"""Motifs of space and machines: science fiction."""

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
    scatter,
    star,
    turned,
)


def ringed_planet(b: Brush) -> str:
    """Draw a planet with its rings."""
    tilt = b.chance.between(-32, -8)
    back = line("M-118 0A118 30 0 0 1 118 0", b.accent, 9, cap="butt")
    front = line("M-118 0A118 30 0 0 0 118 0", b.accent, 9, cap="butt")
    shade = area("M0 -66A66 66 0 0 1 0 66A92 92 0 0 0 0 -66Z", b.tone)
    stars = scatter(b, 16, -170, 150, b.accent)
    return stars + turned(tilt, back + disc(0, 0, 66, b.form) + shade + front)


def orbits(b: Brush) -> str:
    """Draw a sun and the orbits of its planets."""
    drawn = [ring(0, 0, r, b.tone, 3) for r in (52, 82, 112, 148, 190)]
    for r in (52, 82, 112, 148):
        size = b.chance.pick((7, 9, 12, 15))
        planet = disc(0, -r, size, b.accent if b.chance.coin(60) else b.form)
        drawn.append(turned(b.chance.below(360), planet))
    return "".join(drawn) + disc(0, 0, 30, b.form)


def star_horizon(b: Brush) -> str:
    """Draw a lone figure on the curve of a planet."""
    moon = disc(b.chance.between(-70, 70), -70, b.chance.between(22, 40), b.accent)
    ground = disc(0, 360, 290, b.form)
    person = disc(0, 32, 8, b.accent) + area("M-11 76L-8 46Q0 38 8 46L11 76Z", b.accent)
    return scatter(b, 26, -190, 60, b.accent) + moon + ground + person


def monolith(b: Brush) -> str:
    """Draw a slab on a plain, a sun and a crescent in line above it."""
    x = b.chance.pick((-34, 0, 30))
    sun = area(f"M{x - 72} -64A72 72 0 0 1 {x + 72} -64Z", b.accent)
    crescent = area(
        f"M{x - 40} -150A42 42 0 0 0 {x + 40} -150A48 48 0 0 1 {x - 40} -150Z", b.accent
    )
    slab = box(x - 40, -64, 80, 184, b.form)
    return crescent + sun + oval(0, 216, 320, 110, b.tone) + slab


def rocket(b: Brush) -> str:
    """Draw a rocket and its trail."""
    trail = area("M-9 40Q-20 150 -60 320H60Q20 150 9 40Z", b.accent)
    hull = area("M0 -110Q38 -62 24 44H-24Q-38 -62 0 -110Z", b.form)
    fins = area("M-24 0L-50 54L-24 44ZM24 0L50 54L24 44Z", b.form)
    stars = scatter(b, 14, -180, 120, b.accent)
    return stars + turned(
        b.chance.pick((-18, 0, 16, 28)), trail + fins + hull + disc(0, -36, 12, b.ground)
    )


def wormhole(b: Brush) -> str:
    """Circles within circles, drifting to one side."""
    dx, dy = b.chance.pick(((4, 3), (-5, 2), (3, -4), (0, 5)))
    fills = (b.tone, b.form, b.ground, b.accent, b.tone, b.form, b.ground)
    discs = "".join(
        disc(i * dx, i * dy, r, fill)
        for i, (r, fill) in enumerate(zip((140, 116, 92, 70, 60, 40, 22), fills, strict=True))
    )
    return discs + disc(6 * dx, 6 * dy, 5, b.accent)


def machine_eye(b: Brush) -> str:
    """Draw the eye of a machine."""
    housing = box(-64, -116, 128, 232, b.tone, 10)
    eye = disc(0, -18, 52, b.ground) + disc(0, -18, 36, b.form) + disc(0, -18, 16, b.accent)
    grille = "".join(box(-40, y, 80, 5, b.ground) for y in (62, 76, 90))
    return housing + eye + disc(-16, -36, 6, b.accent) + grille


def sun_grid(b: Brush) -> str:
    """Draw a banded sun over a plain drawn in perspective."""
    sun = disc(0, -10, 84, b.form) + "".join(
        box(-100, y, 200, h, b.ground) for y, h in ((-2, 5), (14, 8), (32, 11), (52, 20))
    )
    rows = "".join(line(f"M-260 {y}H260", b.accent, 2.5) for y in (72, 84, 102, 130, 170, 226))
    columns = "".join(line(f"M{x / 5:g} 72L{x * 2} 300", b.accent, 2) for x in range(-240, 241, 60))
    return sun + box(-260, 72, 520, 300, b.tone) + rows + columns


def dish(b: Brush) -> str:
    """Draw a radio dish, listening."""
    bowl = area("M-84 -30A86 86 0 0 0 84 -30Z", b.form)
    mast = line("M0 -30V-84", b.form, 5) + disc(0, -90, 9, b.accent)
    stand = area("M-14 40H14L54 320H-54Z", b.form)
    waves = "".join(
        line(f"M{-r} {-96 - r // 3}A{r} {r} 0 0 1 {r} {-96 - r // 3}", b.accent, 4)
        for r in (24, 44, 64)
    )
    return (
        scatter(b, 12, -190, 40, b.accent)
        + stand
        + turned(b.chance.pick((-30, -18, 22, 34)), waves + bowl + mast, 0, 20)
    )


def atom(b: Brush) -> str:
    """Electrons around a nucleus."""
    path = line("M-112 0A112 38 0 1 1 112 0A112 38 0 1 1 -112 0", b.form, 6)
    return around(path + disc(112, 0, 10, b.accent), 3, sweep=180) + disc(0, 0, 24, b.accent)


def comet(b: Brush) -> str:
    """Draw a comet crossing the sky."""
    tail = area("M-8 -34L-220 -250L-120 -240L34 8Z", b.form) + area(
        "M-4 -20L-160 -230L-120 -236L20 4Z", b.accent
    )
    head = disc(18, 18, 44, b.form) + disc(18, 18, 26, b.accent)
    return scatter(b, 18, -180, 160, b.accent) + tail + head + star(-70, 90, 13, 4, 4, b.accent)


SCIENCE_FICTION = (
    ringed_planet,
    orbits,
    star_horizon,
    monolith,
    rocket,
    wormhole,
    machine_eye,
    sun_grid,
    dish,
    atom,
    comet,
)
