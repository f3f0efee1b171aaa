"""Motifs of the city at night: crime, mystery and thriller."""

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
    turned,
)


def skyline(b: Brush) -> str:
    """Towers against the dusk, one window lit."""
    c, x, drawn, lit = b.chance, -190, [], ""
    chosen = c.between(3, 5)
    for i in range(9):
        w, h = c.between(34, 56), c.between(90, 210)
        drawn.append(box(x, 110 - h, w - 3, 400, b.form))
        if i == chosen:
            lit = box(x + w / 2 - 9, 140 - h, 12, 18, b.accent)
        x += w
    return disc(c.between(-60, 60), -60, 44, b.tone) + "".join(drawn) + lit


def fingerprint(b: Brush) -> str:
    """Draw the whorl of a fingerprint."""
    arcs = [
        line(
            f"M{-r} 30V{-r * 0.35:.0f}A{r} {r * 1.1:.0f} 0 0 1 {r} {-r * 0.35:.0f}V{70 - r // 3}",
            b.accent if r == 44 else b.form,
            7,
        )
        for r in range(12, 93, 16)
    ]
    return turned(b.chance.pick((-14, 0, 12)), "".join(arcs) + line("M0 -4V62", b.form, 7))


def blinds(b: Brush) -> str:
    """Light through blinds, falling across an eye."""
    slats = "".join(box(-260, y, 520, 11, b.form) for y in range(-190, 240, 25))
    eye = area("M-62 0Q0 -58 62 0Q0 58 -62 0Z", b.accent) + disc(0, 0, 22, b.ground)
    return turned(b.chance.pick((-24, -12, 14, 26)), slats) + eye + disc(7, -7, 6, b.accent)


def street_lamp(b: Brush) -> str:
    """Draw a figure under the cone of a street lamp."""
    cone = area("M18 -92L-92 118H128Z", b.tone)
    pool = oval(18, 118, 110, 15, b.accent)
    post = line("M-60 320V-104Q-60 -122 -40 -122H18V-104", b.form, 7, cap="butt")
    lamp = area("M-4 -104H40L32 -88H4Z", b.accent)
    figure = disc(20, 40, 10, b.form) + area("M4 118L8 58Q20 48 32 58L36 118Z", b.form)
    return cone + pool + post + lamp + figure + box(6, 30, 28, 5, b.form)


def keyhole(b: Brush) -> str:
    """Draw a keyhole with light behind it."""
    plate = box(-62, -105, 124, 210, b.form, b.chance.pick((0, 62, 14)))
    return plate + disc(0, -24, 30, b.accent) + area("M-14 -4H14L28 68H-28Z", b.accent)


def playing_card(b: Brush) -> str:
    """Two cards, the ace of spades on top."""
    spade = area(
        "M0 -44C14 -22 42 -8 42 16C42 40 12 42 4 24L12 48H-12L-4 24C-12 42 -42 40 -42 16"
        "C-42 -8 -14 -22 0 -44Z",
        b.ground,
    )
    back = turned(-16, box(-62, -92, 124, 180, b.form, 10))
    return back + turned(9, box(-62, -92, 124, 180, b.accent, 10) + spade)


def bullets(b: Brush) -> str:
    """Cartridges in a row, one of them missing."""
    missing, drawn = b.chance.below(4), []
    for i in range(4):
        x = -92 + i * 51
        nose = f"M{x} -20Q{x} -82 {x + 16} -100Q{x + 32} -82 {x + 32} -20"
        if i == missing:
            drawn.append(line(f"{nose}V98H{x}Z", b.form, 3, dash="5 8"))
            continue
        case = box(x - 3, -8, 38, 92, b.accent) + box(x - 5, 90, 42, 11, b.accent, 3)
        drawn.append(area(f"{nose}Z", b.form) + case)
    return turned(b.chance.pick((0, 0, -14, 90)), "".join(drawn))


def fedora(b: Brush) -> str:
    """Draw a man reduced to his hat and collar."""
    hat = area("M-52 -42Q-48 -104 -14 -98Q0 -88 14 -98Q48 -104 52 -42Z", b.form)
    brim = oval(0, -38, 96, 14, b.form)
    coat = area("M-120 320V70L-34 22L0 70L34 22L120 70V320Z", b.form)
    tie = area("M-11 66H11L7 88L18 190L0 214L-18 190L-7 88Z", b.accent)
    return coat + tie + hat + box(-51, -56, 102, 12, b.accent) + brim


def magnifier(b: Brush) -> str:
    """Draw a magnifying glass."""
    glass = disc(-12, -18, 62, b.accent) + ring(-12, -18, 66, b.form, 14)
    handle = line("M38 34L92 92", b.form, 22)
    shine = line("M-52 -22A40 40 0 0 1 -18 -58", b.ground, 6)
    return glass + handle + shine


def door_ajar(b: Brush) -> str:
    """Draw a door ajar, light falling out of it."""
    light = area("M-34 98L30 98L130 260H-90Z", b.accent)
    return (
        light
        + box(-48, -110, 96, 208, b.form)
        + box(-34, -98, 66, 196, b.accent)
        + area("M-34 -98L12 -80V122L-34 98Z", b.tone)
        + disc(2, 16, 4, b.form)
    )


def spiral_stair(b: Brush) -> str:
    """Draw a stairwell seen from above."""
    treads = around(area("M0 0L-10 -104L22 -102Z", b.form), 14)
    return disc(0, 0, 112, b.tone) + treads + disc(0, 0, 34, b.ground) + disc(0, 0, 12, b.accent)


def maze(b: Brush) -> str:
    """Draw a maze, and what is looked for in its middle."""
    d = "M-96 96V-96H96V96H-60V-60H60V60H-24V-24H24"
    return turned(b.chance.pick((0, 90, 180, 45)), line(d, b.form, 13, cap="butt")) + disc(
        2, 14, 14, b.accent
    )


def moon_window(b: Brush) -> str:
    """Draw the moon behind the bars of a window."""
    bars = box(-5, -112, 10, 210, b.form) + box(-76, -12, 152, 10, b.form)
    frame = area("M-86 104V-40A86 86 0 0 1 86 -40V104ZM-72 92H72V-40A72 72 0 0 0 -72 -40Z", b.form)
    frame = frame.replace("<path", '<path fill-rule="evenodd"')
    glass = area("M-80 98V-40A80 80 0 0 1 80 -40V98Z", b.tone)
    return glass + disc(24, -36, 30, b.accent) + bars + frame


def crosshair(b: Brush) -> str:
    """Somebody small in the cross-hairs."""
    cross = "".join(box(-2.5, y, 5, 66, b.form) + box(y, -2.5, 66, 5, b.form) for y in (-118, 52))
    person = disc(0, -18, 9, b.accent) + area("M-13 36L-9 -4Q0 -12 9 -4L13 36Z", b.accent)
    return ring(0, 0, 84, b.form, 8) + ring(0, 0, 46, b.form, 3) + cross + person


def vertigo(b: Brush) -> str:
    """Draw a figure falling into circles."""
    rings = "".join(ring(i * 3, i * 5, r, b.form, 8) for i, r in enumerate(range(150, 12, -24)))
    person = disc(-4, -30, 10, b.accent) + line(
        "M-2 -18L8 18M8 18L-12 46M8 18L30 42M0 -8L-28 -22M0 -8L28 -26", b.accent, 9
    )
    return rings + turned(b.chance.between(-50, 50), person)


def crack(b: Brush) -> str:
    """Draw the picture, torn in two."""
    d = "L14 -120L-18 -70L20 -24L-22 26L16 78L-10 128L8 320"
    left = area(f"M-300 -320H-6{d}H-300Z", b.form)
    return left + line(f"M-6 -320{d}", b.accent, 8, cap="butt")


def clock(b: Brush) -> str:
    """Draw a clock, a few minutes before."""
    ticks = around(box(-3, -92, 6, 18, b.form), 12)
    hands = line("M0 0V-66", b.form, 8) + turned(
        b.chance.pick((-38, 62, 118, 200)), line("M0 12V-48", b.accent, 10)
    )
    return (
        disc(0, 0, 106, b.tone) + ring(0, 0, 106, b.form, 9) + ticks + hands + disc(0, 0, 8, b.form)
    )


def corridor(b: Brush) -> str:
    """Draw a corridor that ends in a lit door."""
    walls = "".join(
        area(f"M{-w} {-h}H{w}V{h}H{-w}Z", fill)
        for w, h, fill in (
            (170, 260, b.form),
            (124, 176, b.tone),
            (86, 118, b.form),
            (56, 76, b.tone),
            (32, 46, b.accent),
        )
    )
    return walls + disc(0, 4, 6, b.ground) + area("M-8 46L-5 14Q0 8 5 14L8 46Z", b.ground)


def handcuffs(b: Brush) -> str:
    """Handcuffs, one of them open."""
    shut = ring(-56, 24, 48, b.form, 15)
    loose = line("M22 58A48 48 0 1 1 92 52", b.form, 15)
    links = line("M-14 -8Q4 -28 22 -10", b.accent, 9)
    locks = box(-26, -18, 26, 34, b.accent, 5) + box(12, -14, 26, 34, b.accent, 5)
    return turned(b.chance.pick((-30, -12, 18)), shut + loose + links + locks)


def safe_dial(b: Brush) -> str:
    """Draw the dial of a safe."""
    ticks = around(box(-2, -82, 4, 15, b.accent), 24)
    knob = disc(0, 0, 52, b.accent) + around(box(-5, -54, 10, 17, b.form), 8)
    door = box(-118, -118, 236, 236, b.tone, 12) + disc(0, 0, 90, b.form)
    return door + ticks + turned(b.chance.below(45), knob) + disc(0, 0, 24, b.form)


def footprints(b: Brush) -> str:
    """Footprints that lead away, the last one only half there."""
    sole = oval(0, -22, 19, 32, "{0}", 4) + oval(2, 30, 14, 18, "{0}")
    steps = ((-34, 96, 1), (30, 40, -1), (-26, -22, 1), (34, -84, -1))
    return turned(
        b.chance.pick((-26, 0, 24)),
        "".join(
            f'<g transform="translate({x} {y}) scale({side * 0.82:.2f} .82)">'
            f"{sole.replace('{0}', b.accent if i == 3 else b.form)}</g>"
            for i, (x, y, side) in enumerate(steps)
        ),
    )


def key(b: Brush) -> str:
    """Draw an old key."""
    bow = ring(0, -74, 36, b.form, 17) + disc(0, -74, 10, b.accent)
    bit = box(8, 66, 42, 15, b.form) + box(8, 92, 30, 15, b.form)
    return turned(b.chance.pick((-38, 0, 32)), bow + box(-9, -40, 18, 156, b.form, 5) + bit)


def telephone(b: Brush) -> str:
    """Draw a telephone, off the hook."""
    body = area("M-58 -20H58L92 96H-92Z", b.form)
    holes = around(disc(0, -25, 6, b.form), 10)
    dial = disc(0, 40, 40, b.accent) + f'<g transform="translate(0 40)">{holes}</g>'
    handset = turned(
        b.chance.pick((-16, 14)), line("M-88 -52Q-84 -92 0 -92Q84 -92 88 -52", b.form, 27)
    )
    return body + dial + handset + line("M92 84Q140 60 130 0T150 -80", b.form, 6)


def match(b: Brush) -> str:
    """Draw matches, one of them burning."""
    lit, drawn = b.chance.below(4), ""
    for i in range(4):
        x = -75 + i * 50
        drawn += box(x - 5, -44, 10, 400, b.accent) + oval(x, -52, 11, 18, b.form)
        if i == lit:
            drawn += area(
                f"M{x} -150C{x + 26} -108 {x + 34} -92 {x + 28} -70A29 29 0 0 1 {x - 28} -70"
                f"C{x - 34} -92 {x - 12} -112 {x} -150Z",
                b.form,
            ) + oval(x, -66, 12, 20, b.accent)
    return drawn


CRIME = (
    skyline,
    fingerprint,
    blinds,
    street_lamp,
    playing_card,
    bullets,
    fedora,
    handcuffs,
    safe_dial,
)
MYSTERY = (magnifier, door_ajar, keyhole, maze, moon_window, footprints, key)
THRILLER = (crosshair, vertigo, crack, clock, corridor, spiral_stair, telephone, match)
