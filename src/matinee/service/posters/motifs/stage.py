"""Motifs of sound: music."""

from __future__ import annotations

from matinee.service.posters.shapes import Brush, area, box, disc, line, oval, ring, turned


def record(b: Brush) -> str:
    """Draw a record."""
    grooves = "".join(ring(0, 0, r, b.ground, 2) for r in (92, 80, 68, 56))
    label = disc(0, 0, 40, b.accent) + disc(0, 0, 6, b.form)
    arm = line("M104 -112L92 -20L58 26", b.accent, 8)
    return disc(0, 0, 106, b.form) + grooves + label + (arm if b.chance.coin() else "")


def piano(b: Brush) -> str:
    """Piano keys, one of them played."""
    played = b.chance.between(2, 5)
    white = "".join(
        box(-160 + i * 40, -100, 37, 240, b.accent if i == played else b.form, 3) for i in range(8)
    )
    black = "".join(box(-134 + i * 40, -100, 24, 142, b.ground) for i in (0, 1, 3, 4, 5, 7))
    return turned(b.chance.pick((0, -14, 14)), white + black)


def guitar(b: Brush) -> str:
    """Draw the strings of a guitar over its sound hole."""
    strings = "".join(
        box(x, -320, w, 640, b.accent) for x, w in ((-30, 4), (-14, 3.5), (2, 3), (18, 2.5))
    )
    hole = disc(0, 10, 86, b.form) + ring(0, 10, 98, b.form, 4)
    return turned(b.chance.pick((0, 22, -22)), hole + strings)


def note(b: Brush) -> str:
    """Two quavers."""
    heads = oval(-50, 78, 32, 24, b.form, -20) + oval(62, 54, 32, 24, b.form, -20)
    stems = box(-30, -84, 11, 160, b.form) + box(82, -108, 11, 160, b.form)
    return heads + stems + area("M-30 -92L93 -118V-76L-30 -50Z", b.accent)


def equaliser(b: Brush) -> str:
    """Columns of dots, as loud as the song."""
    drawn = ""
    for i in range(7):
        high = b.chance.between(2, 9)
        drawn += "".join(
            box(-119 + i * 35, 100 - j * 25, 27, 17, b.accent if j == high - 1 else b.form, 3)
            for j in range(high)
        )
    return drawn


def microphone(b: Brush) -> str:
    """Draw a stage microphone."""
    bars = "".join(box(-50, y, 100, 6, b.ground) for y in (-96, -76, -56, -36))
    head = box(-50, -124, 100, 118, b.form, 46) + bars + box(-4, -124, 8, 118, b.ground)
    return head + box(-58, -6, 116, 20, b.accent, 6) + area("M-22 14H22L12 320H-12Z", b.form)


def trumpet_bell(b: Brush) -> str:
    """Sound out of a bell."""
    bell = area("M-150 -12H-40Q10 -16 48 -78V78Q10 16 -40 12H-150Z", b.form) + oval(
        48, 0, 17, 78, b.accent
    )
    waves = "".join(
        line(f"M{x} {-y}Q{x + y * 0.5:g} 0 {x} {y}", b.accent, 6) for x, y in ((82, 44), (104, 64))
    )
    return turned(b.chance.pick((-30, -16, 0)), bell + waves)


def speakers(b: Brush) -> str:
    """Draw a loudspeaker, close."""
    frame = box(-82, -124, 164, 248, b.form, 10)
    woofer = disc(0, 42, 62, b.ground) + disc(0, 42, 46, b.accent) + disc(0, 42, 17, b.form)
    return frame + woofer + disc(0, -70, 32, b.ground) + disc(0, -70, 18, b.accent)


def drum(b: Brush) -> str:
    """Draw a drum and its sticks."""
    body = area("M-84 -10V70Q0 108 84 70V-10Z", b.form)
    cords = line("M-84 8L-56 84L-28 18L0 96L28 18L56 84L84 8", b.ground, 4)
    sticks = line("M-20 -24L74 -112M20 -24L-74 -112", b.accent, 9)
    return body + cords + oval(0, -10, 84, 28, b.tone) + sticks


MUSIC = (record, piano, guitar, note, equaliser, microphone, trumpet_bell, speakers, drum)
