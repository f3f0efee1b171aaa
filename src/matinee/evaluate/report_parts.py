"""The parts that every report page is made of."""

from __future__ import annotations

from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from matinee.evaluate.html import Markup, element, join

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from matinee.evaluate.comparison import Contrast
    from matinee.evaluate.statistics import Estimate


def page(title: str, body: Iterable[object]) -> str:
    """Return a whole page of a report; the parts of ``body`` are sections and the like."""
    template = files("matinee.evaluate").joinpath("report.html").read_text(encoding="utf-8")
    return Template(template).substitute(title=title, body=element("main", *body))


def conditions(
    notes: str, facts: Mapping[str, object], more: Mapping[str, Mapping[str, object]]
) -> Markup:
    """Return the foot of a report: how the figures were found.

    Args:
        notes: what the reader must know of the statistics.
        facts: shown as they are, by their names.
        more: further ones by the name of a list that is folded up.
    """

    def listed(values: Mapping[str, object]) -> Markup:
        pairs = (
            element("div", element("dt", name), element("dd", value))
            for name, value in values.items()
        )
        return element("dl", *pairs)

    return element(
        "footer",
        element("h2", "How this was found"),
        element("p", notes),
        listed(facts),
        *(
            element("details", element("summary", name), listed(values))
            for name, values in more.items()
        ),
    )


def figure(drawing: Markup, caption: str, values: Markup) -> Markup:
    """Return a drawing with its caption and, folded up, its figures as a table."""
    shown = element("details", element("summary", "The figures as a table"), values)
    return element("figure", element("figcaption", caption), drawing, shown)


def against(contrast: Contrast | None) -> tuple[str, str]:
    """Return the cells of a difference and its p; dashes for what is compared with itself."""
    if contrast is None:
        return "–", "–"
    return (
        stacked(signed(contrast.difference.mean), interval(contrast.difference, with_sign=True)),
        stacked(p_value(contrast.p), f"Holm {p_value(contrast.p_holm)}"),
    )


def stacked(above: object, below: object) -> Markup:
    """Return a cell of two lines, the second small; None leaves it out."""
    return join((above, None if below is None else element("small", below)))


def interval(estimate: Estimate, *, with_sign: bool = False) -> str:
    """Return the ends of an interval in words."""
    low, high = estimate.low, estimate.high
    return f"{signed(low)} to {signed(high)}" if with_sign else f"{low:.3f} to {high:.3f}"


def signed(value: float) -> str:
    """Return a difference with its sign, the minus as wide as the plus; 0 has none."""
    text = f"{value:+.3f}"
    return "0" if float(text) == 0 else text.replace("-", "−")


def p_value(value: float) -> str:
    """Return a p, the small ones with four places."""
    return f"{value:.4f}" if value < 0.01 else f"{value:.2f}"
