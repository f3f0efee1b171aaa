"""Motifs of things that stand for a tale: more of genres that had few."""

from __future__ import annotations

from matinee.service.posters.shapes import (
    Brush,
    area,
    box,
    disc,
    line,
    oval,
    ring,
    scatter,
    star,
    turned,
)


def robot(b: Brush) -> str:
    """Draw a small robot that waves."""
    head = box(-54, -104, 108, 78, b.form, 16) + line("M0 -104V-130", b.form, 6)
    face = disc(-22, -66, 14, b.accent) + disc(22, -66, 14, b.accent)
    body = box(-44, -16, 88, 96, b.form, 12) + box(-24, 4, 48, 30, b.ground, 6)
    arms = line("M-44 4Q-88 20 -78 64M44 4Q92 -6 86 -52", b.form, 13)
    legs = line("M-22 84V120M22 84V120", b.form, 13)
    lamp = disc(0, -134, 10, b.accent) + disc(-10, 19, 6, b.accent) + disc(10, 19, 6, b.accent)
    return arms + legs + head + face + body + lamp


def flight(b: Brush) -> str:
    """Draw a bird four times, as drawings follow each other."""
    wings = (
        "M-46 -34Q-22 -30 0 0Q22 -30 46 -34Q26 -6 0 16Q-26 -6 -46 -34Z",
        "M-52 -8Q-24 -18 0 0Q24 -18 52 -8Q26 2 0 16Q-26 2 -52 -8Z",
        "M-48 20Q-28 -8 0 -2Q28 -8 48 20Q24 8 0 16Q-24 8 -48 20Z",
        "M-40 42Q-34 4 0 -2Q34 4 40 42Q22 18 0 16Q-22 18 -40 42Z",
    )
    odd = b.chance.below(4)
    places = ((-62, 78), (-8, 26), (-28, -38), (46, -86))
    drawn = "".join(
        f'<g transform="translate({x} {y})">{area(d, b.accent if i == odd else b.form)}</g>'
        for i, (d, (x, y)) in enumerate(zip(wings, places, strict=True))
    )
    return line("M-150 150Q-70 90 -20 20T130 -150", b.tone, 5, dash="2 14") + drawn


def jester_star(b: Brush) -> str:
    """Draw a star that has a face."""
    eyes = oval(-20, -8, 9, 14, b.ground) + oval(20, -8, 9, 14, b.ground)
    smile = line("M-22 24Q0 46 22 24", b.ground, 7)
    cheeks = disc(-42, 16, 10, b.accent) + disc(42, 16, 10, b.accent)
    body = turned(b.chance.pick((-8, 0, 10)), star(0, 0, 124, 66, 5, b.form))
    sparks = star(-98, -96, 20, 6, 4, b.accent) + star(104, 82, 16, 5, 4, b.accent)
    return body + eyes + smile + cheeks + sparks


def paper_crane(b: Brush) -> str:
    """Draw a crane folded of paper."""
    far = area("M0 20L86 -104L46 46Z", b.tone) + area("M8 14L64 -84L40 34Z", b.accent)
    tail = area("M20 56L132 -8L58 66Z", b.form)
    neck = area("M-20 54L-112 -74L-92 -34L-128 -46L-104 -70L-44 66Z", b.form)
    near = area("M-34 52L-10 -118L58 58L0 84Z", b.form) + area("M-10 -118L58 58L14 66Z", b.accent)
    return far + tail + neck + near


def dog_tags(b: Brush) -> str:
    """Draw two tags on a chain."""

    def tag(fill: str, words: str) -> str:
        lines = "".join(box(-20, y, w, 6, words, 3) for y, w in ((-12, 40), (4, 40), (20, 26)))
        return box(-36, -56, 72, 112, fill, 34) + disc(0, -40, 6, words) + lines

    chain = line("M-6 -34Q-92 -150 -30 -330M8 -34Q96 -150 34 -330", b.form, 5, dash="1 11")
    return (
        chain
        + f'<g transform="translate(26 28) rotate(-16)">{tag(b.accent, b.ground)}</g>'
        + f'<g transform="translate(-16 14) rotate(12)">{tag(b.form, b.ground)}</g>'
    )


def tank(b: Brush) -> str:
    """Draw a tank on a rise."""
    tracks = box(-100, 26, 200, 52, b.form, 26) + "".join(
        disc(x, 52, 16, b.ground) for x in (-70, -35, 0, 35, 70)
    )
    tower = area("M-52 -24Q-44 -56 -12 -56H30Q52 -56 56 -24Z", b.form)
    hull = area("M-92 22L-74 -24H78L94 22Z", b.form) + box(46, -46, 108, 12, b.form, 4)
    land = area("M-300 88Q0 64 300 92V400H-300Z", b.tone)
    return disc(b.chance.pick((-70, 0)), -70, 48, b.accent) + land + tower + hull + tracks


def pyramids(b: Brush) -> str:
    """Draw pyramids in the sun."""
    sun = disc(b.chance.pick((-76, 70)), -84, 38, b.accent)
    sand = box(-300, 84, 600, 400, b.tone)
    far = area("M18 84L92 -26L166 84Z", b.form) + area("M92 -26L166 84H106Z", b.accent)
    near = area("M-138 84L-24 -92L90 84Z", b.form) + area("M-24 -92L90 84H2Z", b.accent)
    return sun + sand + far + near + line("M-300 118H-60M-10 140H300", b.form, 4)


def scroll(b: Brush) -> str:
    """Draw a scroll with a seal."""
    sheet = box(-66, -92, 132, 180, b.accent)
    words = "".join(
        box(-46, y, w, 7, b.form, 3)
        for y, w in ((-62, 92), (-40, 92), (-18, 70), (4, 92), (26, 54))
    )
    rolls = "".join(
        box(-86, y, 172, 32, b.form, 16) + disc(-70, y + 16, 7, b.ground) for y in (-116, 78)
    )
    seal = star(38, 52, 22, 17, 10, b.form) + disc(38, 52, 9, b.ground)
    return turned(b.chance.pick((-10, 0, 8)), sheet + words + seal + rolls)


def raven(b: Brush) -> str:
    """Draw a raven before the moon."""
    moon = disc(8, -26, 96, b.accent)
    tail = area("M30 34L128 96L92 104L20 70Z", b.form)
    body = area("M-86 -52L-46 -66Q-20 -92 10 -70Q60 -34 62 30Q44 76 -6 66Q-50 40 -44 -36Z", b.form)
    wing = line("M-4 -16Q34 6 46 52M-18 6Q10 28 22 60", b.ground, 5)
    branch = line("M-300 104Q-60 92 300 128M-150 98L-190 60M120 112L150 78", b.form, 11)
    return moon + tail + body + wing + disc(-22, -56, 7, b.accent) + branch


def lantern(b: Brush) -> str:
    """Draw a lantern in the dark."""
    light = disc(0, 16, 118, b.tone)
    glass = area("M-44 -36H44L54 76H-54Z", b.accent)
    flame = area("M0 64C-34 40 -10 14 0 -14C10 14 34 40 0 64Z", b.form)
    frame = box(-62, 76, 124, 22, b.form, 5) + area("M-58 -36L-26 -76H26L58 -36Z", b.form)
    bars = line("M-44 -36L-54 76M44 -36L54 76", b.form, 7)
    return light + glass + flame + bars + frame + ring(0, -98, 24, b.form, 8)


def sword_in_stone(b: Brush) -> str:
    """Draw a sword in a stone."""
    blade = area("M-11 -64H11V66H-11Z", b.accent) + box(-1.5, -60, 3, 120, b.form)
    hilt = (
        box(-46, -78, 92, 16, b.form, 7)
        + box(-8, -124, 16, 50, b.form)
        + disc(0, -130, 14, b.accent)
    )
    stone = area("M-104 130L-84 62L-34 34L30 30L88 58L108 130L140 330H-140Z", b.form)
    edges = line("M30 30L44 96L22 150L40 330M44 96L108 130", b.ground, 4)
    return scatter(b, 8, -140, 0, b.accent) + blade + hilt + stone + edges


def owl(b: Brush) -> str:
    """Draw an owl."""
    body = area(
        "M-84 -112Q-44 -84 0 -86Q44 -84 84 -112Q98 20 62 84Q0 134 -62 84Q-98 20 -84 -112Z", b.form
    )
    eyes = "".join(
        disc(x, -40, 36, b.accent) + disc(x, -40, 19, b.ground) + disc(x + 6, -47, 6, b.accent)
        for x in (-36, 36)
    )
    beak = area("M-12 -20H12L0 12Z", b.ground)
    breast = "".join(
        line(f"M{x - 13} {y}Q{x} {y + 16} {x + 13} {y}", b.accent, 5)
        for y, xs in ((34, (-30, 0, 30)), (60, (-16, 16)))
        for x in xs
    )
    return line("M-300 112H300", b.tone, 16) + body + eyes + beak + breast


def hot_air(b: Brush) -> str:
    """Draw a balloon over the hills."""
    hills = oval(-110, 190, 190, 110, b.tone) + oval(130, 210, 220, 120, b.tone)
    bag = disc(0, -42, 84, b.form) + area("M-72 0L-22 74H22L72 0Z", b.form)
    stripe = area("M0 -126Q-46 -40 -14 74H14Q46 -40 0 -126Z", b.accent)
    ropes = line("M-20 74L-14 104M20 74L14 104", b.form, 4)
    return hills + bag + stripe + ropes + box(-20, 102, 40, 30, b.form, 5)


def lighthouse(b: Brush) -> str:
    """Draw a lighthouse and its beam."""
    turn = b.chance.pick((1, -1))
    beam = area(f"M0 -86L{300 * turn} -170V10Z", b.tone)
    tower = area("M-28 -62H28L44 320H-44Z", b.form)
    bands = area("M-32 -10H32L36 34H-36Z", b.accent) + area("M-40 78H40L43 122H-43Z", b.accent)
    top = box(-34, -70, 68, 10, b.form) + box(-20, -104, 40, 36, b.accent)
    return beam + tower + bands + top + area("M-28 -104L0 -136L28 -104Z", b.form)


def newspaper(b: Brush) -> str:
    """Draw a front page."""
    sheet = box(-80, -112, 160, 224, b.form, 4)
    picture = box(-64, -40, 76, 68, b.accent) + area("M-64 28L-36 -8L-18 12L-4 -2L12 28Z", b.ground)
    words = "".join(box(24, y, 40, 7, b.ground) for y in (-38, -22, -6, 10))
    below = "".join(box(x, y, 58, 7, b.ground) for x in (-64, 6) for y in (46, 62, 78, 94))
    head = box(-64, -98, 128, 26, b.ground) + box(-64, -62, 128, 6, b.ground)
    behind = turned(8, box(-80, -112, 160, 224, b.tone, 4))
    return turned(b.chance.pick((-9, -4, 6)), behind + sheet + head + picture + words + below)


def bulb(b: Brush) -> str:
    """Draw a light bulb that is lit."""
    glow = "".join(
        turned(a, line("M0 -128V-158", b.accent, 8), 0, -24) for a in range(-120, 121, 40)
    )
    glass = area("M-26 66Q-30 34 -54 14A76 76 0 1 1 54 14Q30 34 26 66Z", b.form)
    wire = line("M-14 64L-22 -10L0 12L22 -10L14 64", b.ground, 6)
    base = "".join(box(-26, y, 52, 12, b.accent, 6) for y in (72, 90, 108))
    return glow + glass + wire + base


WAR = (paper_crane, dog_tags, tank)
HISTORY = (pyramids, scroll)
MYSTERY = (raven, lantern)
FANTASY = (sword_in_stone, owl)
ADVENTURE = (hot_air, lighthouse)
DOCUMENTARY = (newspaper, bulb)
ANIMATION = (robot, flight, jester_star)
