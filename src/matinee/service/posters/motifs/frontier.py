"""Motifs of the past: western, war and history."""

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


def cactus(b: Brush) -> str:
    """Draw a cactus before the sun."""
    plant = line("M0 320V-70", b.form, 34) + line(
        "M0 60H-46Q-58 60 -58 44V-14M0 24H44Q58 24 58 8V-44", b.form, 25
    )
    return (
        disc(b.chance.between(-40, 40), -20, 84, b.accent)
        + box(-300, 130, 600, 300, b.tone)
        + plant
    )


def mesa(b: Brush) -> str:
    """Table mountains."""
    far = area("M-300 320V60H-150L-136 -30H-70L-52 60H300V320Z", b.tone)
    near = area("M-300 320V110H10L26 -66H104L126 110H300V320Z", b.form)
    rider = disc(-44, 88, 5, b.form) + area(
        "M-66 112V104L-52 102L-46 94L-38 102L-28 98L-24 112Z", b.form
    )
    return disc(b.chance.between(-90, 20), -70, 40, b.accent) + far + near + rider


def badge(b: Brush) -> str:
    """Draw a sheriff's star."""
    tips = around(disc(0, -104, 13, b.form), 5)
    return turned(
        b.chance.pick((-12, 0, 8)),
        tips
        + star(0, 0, 104, 46, 5, b.form)
        + ring(0, 0, 33, b.accent, 6)
        + star(0, 0, 20, 8, 5, b.accent),
    )


def horseshoe(b: Brush) -> str:
    """Draw a horseshoe."""
    shoe = line("M-44 96Q-100 -6 -58 -62Q0 -122 58 -62Q100 -6 44 96", b.form, 38, cap="butt")
    nails = "".join(
        disc(x, y, 6, b.accent)
        for x, y in ((-62, 44), (-76, -6), (-56, -60), (0, -92), (56, -60), (76, -6), (62, 44))
    )
    return turned(b.chance.pick((0, 0, 180, 20)), shoe + nails)


def wheel(b: Brush) -> str:
    """Draw the wheel of a wagon."""
    spokes = around(box(-5, -100, 10, 100, b.form), 10, start=b.chance.below(36))
    return spokes + ring(0, 0, 98, b.form, 16) + disc(0, 0, 26, b.form) + disc(0, 0, 11, b.accent)


def cylinder(b: Brush) -> str:
    """Draw the cylinder of a revolver, one chamber loaded."""
    chambers = around(disc(0, -58, 22, b.ground), 6) + turned(
        60 * b.chance.below(6), disc(0, -58, 17, b.accent)
    )
    return disc(0, 0, 104, b.form) + chambers + disc(0, 0, 14, b.ground)


def railway(b: Brush) -> str:
    """Rails into the evening."""
    sleepers = "".join(
        box(-w, y, 2 * w, h, b.tone)
        for y, h, w in ((14, 5, 24), (32, 7, 38), (56, 9, 58), (90, 13, 86), (136, 18, 124))
    )
    rails = line("M-6 0L-110 320M6 0L110 320", b.form, 8)
    return disc(0, -12, 74, b.accent) + box(-300, 0, 600, 5, b.form) + sleepers + rails


def hat(b: Brush) -> str:
    """Draw a hat, and only the hat."""
    brim = area("M-118 14Q-96 52 0 52Q96 52 118 14Q74 34 58 24H-58Q-74 34 -118 14Z", b.form)
    crown = area("M-60 30Q-62 -66 -34 -66Q-14 -66 0 -52Q14 -66 34 -66Q62 -66 60 30Z", b.form)
    return crown + area("M-60 8H60V26H-60Z", b.accent) + brim


def helmet(b: Brush) -> str:
    """Draw a helmet."""
    shell = area("M-86 22Q-86 -78 0 -78Q86 -78 86 22Z", b.form)
    brim = area("M-108 34Q-100 16 -84 16H84Q100 16 108 34Q0 48 -108 34Z", b.form)
    strap = line("M-62 42Q-54 108 0 108Q54 108 62 42", b.form, 7)
    mark = star(0, -22, 26, 10, 5, b.accent) if b.chance.coin() else disc(22, -18, 13, b.accent)
    return strap + shell + brim + mark


def formation(b: Brush) -> str:
    """Aeroplanes in formation."""
    plane = area(
        "M0 -34L8 -12L48 8V18L8 10L5 30L18 38V44H-18V38L-5 30L-8 10L-48 18V8L-8 -12Z", b.form
    )
    places = ((0, -74), (-58, -18), (58, -18), (-112, 42), (112, 42), (0, 40))
    lead = plane.replace(b.form, b.accent)
    drawn = "".join(
        f'<g transform="translate({x} {y})">{lead if i == 0 else plane}</g>'
        for i, (x, y) in enumerate(places)
    )
    return turned(b.chance.pick((0, 24, -30)), drawn)


def barbed_wire(b: Brush) -> str:
    """Barbed wire."""
    drawn = ""
    for y in (-64, 0, 64):
        drawn += line(f"M-260 {y}Q0 {y + 16} 260 {y - 6}", b.form, 5)
        drawn += "".join(
            line(f"M{x - 11} {y - 8}l22 30M{x + 11} {y - 8}l-22 30", b.form, 5)
            for x in range(-130 + y // 4, 160, 62)
        )
    return disc(b.chance.between(-50, 50), 0, 78, b.accent) + drawn


def searchlights(b: Brush) -> str:
    """Searchlights over roofs."""
    a = b.chance.between(-20, 10)
    beams = turned(a - 24, area("M-8 160L-60 -320H34Z", b.accent), -90, 160) + turned(
        a + 30, area("M8 160L-30 -320H64Z", b.tone), 90, 160
    )
    roofs = area(
        "M-300 320V124H-120L-92 96L-64 124H-20V84H22V124H64L96 92L128 124H300V320Z", b.form
    )
    return beams + roofs


def poppy(b: Brush) -> str:
    """Draw a poppy."""
    petals = around(oval(0, -40, 50, 44, b.accent if b.chance.coin(30) else b.form), 4)
    return (
        line("M0 40Q12 160 -4 320", b.tone, 8)
        + petals
        + disc(0, 0, 25, b.ground)
        + around(disc(0, -17, 3, b.accent), 8)
    )


def chevrons(b: Brush) -> str:
    """Chevrons of rank."""
    rows = "".join(
        area(f"M-84 {y + 40}L0 {y}L84 {y + 40}V{y + 64}L0 {y + 24}L-84 {y + 64}Z", fill)
        for y, fill in ((-112, b.accent), (-62, b.form), (-12, b.form), (38, b.form))
    )
    return turned(b.chance.pick((0, 0, 180)), rows)


def columns(b: Brush) -> str:
    """Columns, one of them fallen short."""
    short, drawn = b.chance.below(4), ""
    for i in range(4):
        x, top = -99 + i * 56, 10 if i == short else -70
        drawn += box(x, top, 30, 180, b.form) + "".join(
            box(x + dx, top, 3, 180, b.tone) for dx in (8, 18)
        )
        drawn += "" if i == short else box(x - 6, -82, 42, 12, b.form)
    roof = area("M-116 -88L0 -134L116 -88Z", b.accent)
    return roof + drawn + box(-120, 104, 240, 14, b.form) + box(-300, 118, 600, 300, b.tone)


def crown(b: Brush) -> str:
    """Draw a crown."""
    band = area("M-92 70L-104 -50L-48 6L0 -84L48 6L104 -50L92 70Z", b.form)
    pearls = (
        disc(-104, -58, 11, b.accent) + disc(0, -92, 13, b.accent) + disc(104, -58, 11, b.accent)
    )
    stones = "".join(disc(x, 42, 9, b.accent) for x in (-52, 0, 52))
    return turned(
        b.chance.pick((-10, 0, 0, 14)), band + pearls + stones + box(-92, 80, 184, 14, b.form)
    )


def sword(b: Brush) -> str:
    """Draw a sword upright."""
    blade = area("M-11 30V-118L0 -142L11 -118V30Z", b.accent)
    hilt = box(-54, 30, 108, 13, b.form, 5) + box(-8, 43, 16, 58, b.form) + disc(0, 110, 14, b.form)
    rays = (
        around(area("M0 0L-13 -240H13Z", b.tone), 10)
        if b.chance.coin()
        else disc(0, -30, 84, b.tone)
    )
    return rays + turned(b.chance.pick((0, 180, 0)), blade + hilt)


def quill(b: Brush) -> str:
    """Draw a quill and its line."""
    feather = area("M-34 74Q-30 -70 78 -124Q92 -14 -8 52Z", b.form)
    spine = line("M-70 118Q-24 20 66 -104", b.accent, 4)
    return feather + spine + line("M-110 122Q-60 96 -20 122T60 118T120 108", b.form, 4)


def hourglass(b: Brush) -> str:
    """Draw an hourglass."""
    glass = area("M-58 -96H58Q58 -28 8 0Q58 28 58 96H-58Q-58 28 -8 0Q-58 -28 -58 -96Z", b.tone)
    sand = area(
        "M-36 -40H36Q24 -14 2 2V50Q44 58 50 96H-50Q-44 58 -2 50V2Q-24 -14 -36 -40Z", b.accent
    )
    return glass + sand + box(-76, -116, 152, 20, b.form, 5) + box(-76, 96, 152, 20, b.form, 5)


def shield(b: Brush) -> str:
    """Draw a shield, quartered."""
    whole = area("M-82 -100H82V-6Q82 80 0 122Q-82 80 -82 -6Z", b.form)
    quarters = area("M0 -100H82V-6H0ZM0 -6V122Q-82 80 -82 -6Z", b.accent)
    mark = disc(0, -6, 24, b.ground) if b.chance.coin() else star(0, -6, 40, 16, 6, b.ground)
    return whole + quarters + mark


WESTERN = (cactus, mesa, badge, horseshoe, wheel, cylinder, railway, hat)
WAR = (helmet, formation, barbed_wire, searchlights, poppy, chevrons)
HISTORY = (columns, crown, sword, quill, hourglass, shield)
