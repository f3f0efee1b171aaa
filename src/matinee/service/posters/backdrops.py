"""What lies behind a motif."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.service.posters.shapes import Brush, area, around, box, disc

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _plain(_brush: Brush) -> str:
    return ""


def _dusk(b: Brush) -> str:
    """Flat bands that darken toward the horizon."""
    return "".join(
        f'<rect x="-300" y="{y}" width="600" height="700" fill="{b.tone}" opacity=".34"/>'
        for y in (-70, 0, 70)
    )


def _halves(b: Brush) -> str:
    if b.chance.coin():
        return box(0, -400, 400, 800, b.tone)
    return area("M-400 400L400 -400V400Z", b.tone)


def _disc(b: Brush) -> str:
    return disc(
        b.chance.between(-50, 50), b.chance.between(-40, 20), b.chance.between(96, 128), b.tone
    )


def _rays(b: Brush) -> str:
    return around(area("M0 0L-34 -420H34Z", b.tone), 11, start=b.chance.below(30))


def _stripes(b: Brush) -> str:
    return "".join(box(x, -400, 18, 800, b.tone) for x in range(-200, 201, 36))


def _echo(b: Brush) -> str:
    """Rings around the motif."""
    return disc(0, 0, 170, b.tone) + disc(0, 0, 138, b.ground) + disc(0, 0, 112, b.tone)


BACKDROPS: Sequence[Callable[[Brush], str]] = (
    _plain,
    _plain,
    _plain,
    _dusk,
    _dusk,
    _halves,
    _disc,
    _rays,
    _stripes,
    _echo,
)
"""The plain ground stands three times: a poster lives by what is left out."""
