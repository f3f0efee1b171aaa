"""Answers as a person reads them in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from matinee.catalogue.countries import country_name
from matinee.catalogue.languages import language_name
from matinee.pipeline.shares import SAID, SHARE_OF, evidence, shares

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from matinee.assembly import Library
    from matinee.pipeline.results import PictureSeen, Result, Results
    from matinee.query.conditions import Condition, Understood

_FACET_LENGTH = 6
"""Values of a facet that fit a line."""
_NAMED = 2
"""Other titles of a series that are named beside the first."""
_NAMES: Mapping[str, Callable[[str], str | None]] = {
    "language": language_name,
    "country": country_name,
}


def show(results: Results, library: Library, *, filters: Iterable[Condition] = ()) -> None:
    """Print an answer: what was understood, the titles, facets and notes.

    Args:
        results: the answer.
        library: what gave it.
        filters: conditions besides those of the text.
    """
    console = Console()
    understood = results.understood
    asked = () if understood is None else understood.conditions
    if results.picture is not None:
        for line in picture_lines(results.picture):
            console.print(Text(line), soft_wrap=True)
    for name, line in (("Understood", understood_line(asked)), ("Filters", _labels(filters))):
        if line:
            console.print(Text(f"{name}: {line}"), soft_wrap=True)
    if not results.results:
        console.print("Nothing found.")
    elif results[0].why is None:
        console.print(_table(results))
    else:
        labels = {condition.key: _label(condition) for condition in asked}
        for place, result in enumerate(results, 1):
            console.print(_explained(place, result, labels), soft_wrap=True)
    for name, counts in (results.facets or {}).items():
        if counts:
            heading = Text(f"{name.capitalize():<14}", style="dim")
            console.print(heading + _facet(name, counts), soft_wrap=True)
    origin = "demo library" if library.is_demo else str(library.root)
    line = f"{len(library):,} titles, {origin}, {results.library}, {results.took_ms:.1f} ms"
    console.print(Text(line, style="dim"))
    for sentence in results.degraded:
        console.print(Text(sentence, style="yellow"))


def show_understood(understood: Understood) -> None:
    """Print what a query is taken to ask, a condition a line, and the words left over."""
    console = Console()
    if understood.conditions:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in ("Field", "Label", "How", "Words", "Key", "Or else"):
            table.add_column(name, overflow="fold")
        for condition in understood.conditions:
            others = " or ".join(other.key for other in condition.alternatives)
            table.add_row(
                condition.field,
                Text(_label(condition)),
                _how(condition),
                Text(condition.words),
                Text(condition.key, style="cyan"),
                Text(others, style="dim"),
            )
        console.print(table)
    else:
        console.print("No conditions: every word is searched for.")
    if understood.description:
        console.print("It tells of one film, so that every condition is but a wish.")
    console.print(Text(f"Searched for: {understood.rest or 'nothing else'}"))


def understood_line(conditions: Sequence[Condition]) -> str:
    """Return what was understood in one line, hard conditions first.

    >>> from matinee.query.conditions import Condition
    >>> understood_line([
    ...     Condition(field="genre", values=("Thriller",), hard=False, label="Thriller"),
    ...     Condition(field="language", values=("ml",), label="Malayalam"),
    ...     Condition(field="year", low=2021, label="2021 or later"),
    ... ])
    'Malayalam · 2021 or later (hard); Thriller (wish)'
    """
    groups = ((_labels(c for c in conditions if c.hard is hard), hard) for hard in (True, False))
    return "; ".join(
        f"{labels} ({'hard' if hard else 'wish'})" for labels, hard in groups if labels
    )


def picture_lines(picture: PictureSeen) -> list[str]:
    r"""Return what became of a picture, a thing a line.

    >>> from matinee.pipeline.results import PictureSeen, SeenTitle
    >>> heat = SeenTitle("tmdb:949", "Heat", 1995, 0.97)
    >>> seen = PictureSeen("both", "clip", "two men in a diner", "blip", 0.5, False, heat)
    >>> print("\n".join(picture_lines(seen)))
    Picture: route both, model clip
    Caption: two men in a diner (blip)
    Poster of: Heat (1995), tmdb:949, similarity 0.970
    """
    model = f", model {picture.model}" if picture.model else ""
    lines = [f"Picture: route {picture.route}{model}"]
    if picture.caption:
        source = f" ({picture.captioner})" if picture.captioner else ""
        lines.append(f"Caption: {picture.caption}{source}")
    if picture.joined:
        lines[-1] += ", joined with the words"
    title = picture.recognised
    if title is not None:
        year = f" ({title.year})" if title.year else ""
        lines.append(
            f"Poster of: {title.title}{year}, {title.id}, similarity {title.similarity:.3f}"
        )
    return lines


def _table(results: Iterable[Result]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", justify="right", style="dim")
    table.add_column("Title", overflow="fold")
    table.add_column("Year")
    table.add_column("Language")
    table.add_column("Genres", overflow="fold")
    table.add_column("Score", justify="right")
    table.add_column("Id", style="dim", overflow="fold")
    for place, result in enumerate(results, 1):
        title = result.title
        language = language_name(title.languages[0]) if title.languages else None
        # Text, not str: a title such as "[REC]" would be read as markup.
        table.add_row(
            str(place),
            Text(title.title + _also(result)),
            str(title.year or ""),
            Text(language or ""),
            Text(", ".join(title.genres[:3])),
            f"{result.score:.3f}",
            Text(title.id),
        )
    return table


def _explained(place: int, result: Result, labels: Mapping[str, str]) -> Text:
    """Return a result as a line, and under it what its score is made of, a share a line."""
    title = result.title
    year = f" ({title.year})" if title.year else ""
    head = Text.assemble(
        (f"{place:>3}  ", "dim"),
        (f"{title.title}{year}", "bold"),
        f"  {result.score:.3f}  ",
        (title.id, "dim"),
    )
    for share in shares(result.parts):
        seen = evidence(result.why or (), share.name, labels)
        said = [f"place {seen['rank']}"] if "rank" in seen else []
        said += [", ".join(seen["found"])] if "found" in seen else []
        said = [": ".join(said)] if said else []
        said += _sentences(result, share.name)
        line = f"{share.percent:>8}%  {SAID.get(share.name, share.name):<24}  {'; '.join(said)}"
        head.append(f"\n{line.rstrip()}")
    return head


def _sentences(result: Result, share: str) -> list[str]:
    """Return what a picture says of a result, of those parts that belong to a share."""
    reasons = [r for r in result.why or () if SHARE_OF.get(r.part, r.part) == share]
    return [reason.detail["said"] for reason in reasons if "said" in reason.detail]


def _facet(name: str, counts: Mapping[str, int]) -> Text:
    named = _NAMES.get(name)
    most = sorted(counts.items(), key=lambda item: -item[1])[:_FACET_LENGTH]
    if name == "decade":
        most = [(f"{decade}s", count) for decade, count in sorted(most)]
    parts = [f"{(named(v) if named else None) or v} {count:,}" for v, count in most]
    more = f" and {len(counts) - len(most):,} more" if len(counts) > len(most) else ""
    return Text(", ".join(parts) + more)


def _how(condition: Condition) -> str:
    return "hard" if condition.hard else f"wish {condition.weight:g}"


def _labels(conditions: Iterable[Condition]) -> str:
    return " · ".join(map(_label, conditions))


def _label(condition: Condition) -> str:
    return condition.label or condition.key


def _also(result: Result) -> str:
    """Return the other titles of the series in brackets, the first of them by name."""
    if not result.also:
        return ""
    names = ", ".join(other.title for other in result.also[:_NAMED])
    more = len(result.also) - _NAMED
    return f" (also {names}{f', and {more} more' if more > 0 else ''})"
