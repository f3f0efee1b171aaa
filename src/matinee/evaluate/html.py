"""HTML and SVG elements: every text is escaped unless it is markup made here."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_EMPTY = frozenset({"path", "line", "circle", "rect", "br"})


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def element(name: str, *children: object, **attributes: object) -> Markup:
    """Return an element.

    Children that are not :class:`Markup` are escaped; None is left out. An attribute's underscores
    become hyphens and one at its end is dropped (``class_``); None leaves it out.

    >>> element("p", "a < b", element("b", "!"), class_="x")
    '<p class="x">a &lt; b<b>!</b></p>'
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_text(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _EMPTY:
        return Markup(f"<{name}{given}>" if name == "br" else f"<{name}{given}/>")
    return Markup(f"<{name}{given}>{join(children)}</{name}>")


def join(children: Iterable[object]) -> Markup:
    """Return children one after the other, those that are no markup escaped."""
    return Markup(
        "".join(
            child if isinstance(child, Markup) else escape(_text(child))
            for child in children
            if child is not None
        )
    )


def table(
    caption: str,
    heads: Sequence[object],
    groups: Mapping[str, Iterable[Sequence[object]]],
    *,
    class_: str = "",
) -> Markup:
    """Return a table in a region that scrolls by itself.

    Args:
        caption: what it shows; also the region's name.
        heads: of the columns.
        groups: rows by the name of their group; a name that is empty is not shown. The first cell
            of a row is its head.
        class_: of the region.
    """
    bodies = []
    for group, rows in groups.items():
        name = element("th", group, colspan=len(heads), scope="rowgroup") if group else None
        shown = [element("tr", name)] if name else []
        shown += [
            element("tr", element("th", first, scope="row"), *(element("td", c) for c in cells))
            for first, *cells in rows
        ]
        bodies.append(element("tbody", *shown))
    columns = (element("th", head, scope="col") for head in heads)
    return element(
        "div",
        element(
            "table",
            element("caption", caption),
            element("thead", element("tr", *columns)),
            *bodies,
        ),
        class_=f"wide {class_}".strip(),
        # A region that scrolls must be reachable by keyboard, and so must have a name.
        tabindex=0,
        role="region",
        aria_label=caption,
    )


def _text(value: object) -> str:
    # Coordinates: hundredths of a pixel are enough, and 1e-17 is no SVG anybody wants to read.
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
