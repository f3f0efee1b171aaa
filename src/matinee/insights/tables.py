"""A chart as a table of text, for whoever cannot see the drawing or wants the figures."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from matinee.evaluate.html import table as html_table
from matinee.insights.lettering import clean
from matinee.phrase import message, number, said

if TYPE_CHECKING:
    from matinee.insights.chart import Chart

ABSENT = "–"
_TENTH = 0.1
_NAMES = {
    "years": message("year"),
    "runtime": message("minutes"),
    "stars": message("stars"),
    "votes": message("titles"),
    "missing": message("fact"),
}
"""What the rows of a chart are, where it is more than a category."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text.

    Attributes:
        caption: what it shows.
        header: of each column; the first is that of the rows' names.
        rows: the name of a row and its values, as many as the header has.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def html(self) -> str:
        """Return it as an HTML table in a region that scrolls by itself."""
        rows = [[clean(cell) for cell in row] for row in self.rows]
        return html_table(clean(self.caption), [clean(name) for name in self.header], {"": rows})

    # By this name notebooks ask for what to show.
    _repr_html_ = html


def table(chart: Chart) -> Table:
    """Return every figure of a chart as text.

    >>> from matinee.insights.chart import Chart
    >>> chart = Chart("stars", "Stars", "Many.", "columns", ("4.5", "5"), ("ratings",),
    ...     ((1200,), (None,)), "ratings")
    >>> table(chart)
    Table(caption='Stars', header=('stars', 'ratings'), rows=(('4.5', '1,200'), ('5', '–')))
    """
    header = (said(_NAMES.get(chart.key, "")), *chart.columns)
    rows = zip(chart.rows, chart.values, strict=True)
    return Table(
        chart.title,
        header,
        tuple((name, *(figure(value, chart.unit) for value in values)) for name, values in rows),
    )


def figure(value: float | None, unit: str) -> str:
    """Return a value as text: counts in full, shares to a tenth, others with three figures.

    >>> figure(1234, "titles"), figure(12.3456, "%"), figure(0.041, "%"), figure(0.34567, "of 1")
    ('1,234', '12.3%', '0.04%', '0.346')
    >>> figure(None, "%"), figure(100.0, "%"), figure(1234567.5, "titles")
    ('–', '100%', '1,234,568')
    """
    if value is None:
        return ABSENT
    if value == int(value) or value >= 1000:
        text = number(value)
    elif unit == "%":
        text = number(value, 1 if value >= _TENTH else _places(value, 1))
    else:
        text = number(value, _places(value, 3))
    return f"{text}%" if unit == "%" else text


def _places(value: float, figures: int) -> int:
    """Return how many places after the point show so many figures of a value, no zeros at the end.

    >>> _places(0.34567, 3), _places(12.3456, 3), _places(0.5, 3), _places(0.041, 1)
    (3, 1, 1, 2)
    """
    text = f"{Decimal(f'{value:.{figures}g}'):f}"
    return len(text.partition(".")[2].rstrip("0"))
