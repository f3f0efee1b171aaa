"""The few SVG shapes motifs are made of.

Only presentation attributes are used, never a style: the content security policy forbids those.
Coordinates are in the motif's own square, -100 to 100 with the origin in the middle; full-bleed
motifs reach beyond it and are clipped by the composition.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi, sin
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from matinee.service.posters.chance import Chance


@dataclass(frozen=True, slots=True)
class Brush:
    """Colours and chance given to a motif.

    Attributes:
        form: colour of the main shape.
        accent: colour of its highlight.
        tone: the quieter second colour of the ground.
        ground: what lies behind everything.
        chance: for what may vary from poster to poster.
    """

    form: str
    accent: str
    tone: str
    ground: str
    chance: Chance


Motif: TypeAlias = Callable[[Brush], str]
"""Draws one picture with a brush, as SVG elements."""


def disc(x: float, y: float, r: float, fill: str) -> str:
    """Return a filled circle."""
    return f'<circle cx="{x:g}" cy="{y:g}" r="{r:g}" fill="{fill}"/>'


def ring(x: float, y: float, r: float, stroke: str, width: float) -> str:
    """Return the outline of a circle."""
    return (
        f'<circle cx="{x:g}" cy="{y:g}" r="{r:g}" fill="none" '
        f'stroke="{stroke}" stroke-width="{width:g}"/>'
    )


def oval(x: float, y: float, rx: float, ry: float, fill: str, turn: float = 0) -> str:
    """Return a filled ellipse, turned by ``turn`` degrees about its centre."""
    turned = f' transform="rotate({turn:g} {x:g} {y:g})"' if turn else ""
    return f'<ellipse cx="{x:g}" cy="{y:g}" rx="{rx:g}" ry="{ry:g}" fill="{fill}"{turned}/>'


def box(x: float, y: float, w: float, h: float, fill: str, round_: float = 0) -> str:
    """Return a filled rectangle."""
    corner = f' rx="{round_:g}"' if round_ else ""
    return f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}"{corner} fill="{fill}"/>'


def area(d: str, fill: str) -> str:
    """Return a filled path."""
    return f'<path d="{d}" fill="{fill}"/>'


def line(d: str, stroke: str, width: float, *, dash: str = "", cap: str = "round") -> str:
    """Return a stroked path."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<path d="{d}" fill="none" stroke="{stroke}" stroke-width="{width:g}" '
        f'stroke-linecap="{cap}" stroke-linejoin="round"{dashed}/>'
    )


def turned(angle: float, content: str, x: float = 0, y: float = 0) -> str:
    """Return ``content`` turned by ``angle`` degrees about (x, y)."""
    return f'<g transform="rotate({angle:g} {x:g} {y:g})">{content}</g>'


def around(content: str, times: int, *, start: float = 0, sweep: float = 360) -> str:
    """Return ``content`` repeated at equal angles about the origin."""
    return "".join(turned(round(start + sweep * i / times, 1), content) for i in range(times))


def star(x: float, y: float, outer: float, inner: float, points: int, fill: str) -> str:
    """Return a filled star with one point up."""
    corners = []
    for i in range(points * 2):
        r = inner if i % 2 else outer
        a = pi * i / points
        corners.append(f"{x + r * sin(a):.0f},{y - r * cos(a):.0f}")
    return f'<polygon points="{" ".join(corners)}" fill="{fill}"/>'


def scatter(brush: Brush, n: int, top: int, bottom: int, fill: str) -> str:
    """Return ``n`` small dots strewn over the width, between two heights."""
    c = brush.chance
    return "".join(
        disc(c.between(-160, 160), c.between(top, bottom), c.pick((1, 1.5, 2, 3)), fill)
        for _ in range(n)
    )
