"""Recommendations, reasons and ratings as a person reads them in a terminal."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from matinee.cli.options import counted
from matinee.interaction import NO_TIME
from matinee.pipeline.measured import decimals

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from matinee.assembly import Library
    from matinee.catalogue.title import Title
    from matinee.deeds import Deed
    from matinee.explain.explanation import Explanation
    from matinee.pipeline.recommended import Recommendations, Recommended, Stars

_REASONS = 4
"""Reasons of a title that are shown in a list."""
_MEASURES = {
    "ndcg@10": "NDCG@10",
    "recall@20": "recall@20",
    "precision@10": "precision@10",
    "coverage@10": "coverage@10",
}
"""What a training measures, as it is shown."""


def show_recommendations(answer: Recommendations, library: Library) -> None:
    """Print an answer: the titles, where it came from, and notes."""
    console = Console()
    if not answer.results:
        console.print("Nothing found.")
    elif answer.results[0].why is None:
        console.print(_table(answer))
    else:
        for place, result in enumerate(answer, 1):
            console.print(_explained(place, result), soft_wrap=True)
    origin = "demo library" if library.is_demo else str(library.root)
    line = (
        f"{answer.method}, {counted(answer.history, 'title', 'titles')} of the history, {origin}, "
        f"{answer.library}, {answer.took_ms:.1f} ms"
    )
    console.print(Text(line, style="dim"), soft_wrap=True)
    for sentence in answer.notes:
        console.print(Text(sentence, style="yellow"), soft_wrap=True)


def show_explanation(found: Explanation) -> None:
    """Print why a title is recommended."""
    console = Console()
    console.print(Text(f"{found.title.name}, {found.title.id}", style="bold"), soft_wrap=True)
    console.print(Text(f"Number {found.rank} of all titles. {found.sentence}"), soft_wrap=True)
    for reason in found.reasons:
        console.print(Text(f"{reason.percent:>8.1f}%  {reason.sentence}"), soft_wrap=True)
    for each in found.to_dict()["counterfactuals"]:
        console.print(Text(f"{'':>11}{each['sentence']}", style="dim"), soft_wrap=True)


def show_predictions(films: Iterable[Title], stars: Iterable[Stars]) -> None:
    """Print predicted stars, a title a line."""
    table = _plain_table("Title", "Year", "Stars", "Id")
    for film, each in zip(films, stars, strict=True):
        table.add_row(Text(film.title), str(film.year or ""), stars_line(each), Text(film.id))
    Console().print(table)


def show_profile(name: str, named: Sequence[tuple[Deed, str]], others: Sequence[str]) -> None:
    """Print what a profile says, latest first."""
    console = Console()
    if not named:
        console.print(Text(f"Profile {name} has no entries. Begin with: matinee rate TITLE STARS"))
        if others:
            console.print(Text(f"There are: {', '.join(others)}"))
        return
    table = _plain_table("Title", "Said", "When", "Id")
    for deed, title in reversed(named):
        said = deed.action.name.lower() if deed.stars is None else f"{deed.stars:g} stars"
        table.add_row(Text(title), said, _day(deed.time), Text(deed.title))
    console.print(table)
    console.print(Text(f"Profile {name}: {counted(len(named), 'entry', 'entries')}", style="dim"))


def stars_line(stars: Stars | None) -> str:
    """Return predicted stars as text.

    >>> from matinee.pipeline.recommended import Stars
    >>> stars_line(Stars(4.123, 3.2, 4.9)), stars_line(Stars(3.0)), stars_line(None)
    ('4.1 (3.2 to 4.9)', '3.0', '')
    """
    if stars is None:
        return ""
    if stars.low is None or stars.high is None:
        return f"{stars.stars:.1f}"
    return f"{stars.stars:.1f} ({stars.low:.1f} to {stars.high:.1f})"


def measured_line(metrics: Mapping[str, Any]) -> str:
    """Return what was measured when a library was trained, as one line.

    >>> measured_line({"protocol": "random", "people": 1234, "ndcg@10": 0.3456, "seed": 1})
    'NDCG@10 .346, on what 1,234 people did (random)'
    """
    shown = ", ".join(
        f"{label} {decimals(metrics[name])}" for name, label in _MEASURES.items() if name in metrics
    )
    return f"{shown}, on what {metrics['people']:,} people did ({metrics['protocol']})"


def _table(answer: Recommendations) -> Table:
    table = _plain_table("Title", "Year", "Genres", "Score", "Stars", "Id", numbered=True)
    for place, result in enumerate(answer, 1):
        title = result.title
        table.add_row(
            str(place),
            Text(title.title),
            str(title.year or ""),
            Text(", ".join(title.genres[:3])),
            f"{result.score:.3f}",
            stars_line(result.stars),
            Text(title.id),
        )
    return table


def _explained(place: int, result: Recommended) -> Text:
    title = result.title
    year = f" ({title.year})" if title.year else ""
    stars = stars_line(result.stars)
    head = Text.assemble(
        (f"{place:>3}  ", "dim"),
        (f"{title.title}{year}", "bold"),
        f"  {result.score:.3f}{f'  {stars} stars' if stars else ''}  ",
        (title.id, "dim"),
    )
    for reason in (result.why.reasons if result.why else ())[:_REASONS]:
        head.append(f"\n{reason.percent:>8.1f}%  {reason.sentence}")
    return head


def _plain_table(*names: str, numbered: bool = False) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    if numbered:
        table.add_column("", justify="right", style="dim")
    for name in names:
        right = name in ("Score", "Stars")
        table.add_column(
            name,
            overflow="fold",
            justify="right" if right else "left",
            style="dim" if name == "Id" else "",
        )
    return table


def _day(time: int) -> str:
    return "" if time == NO_TIME else dt.datetime.fromtimestamp(time, dt.UTC).date().isoformat()
