"""Proxy metrics: how near the first films of an answer lie to the right ones by their plain facts.

They stand beside the judged metrics and decide nothing: they are computed where judgments are few,
and a good answer can be far from them (a remake has another year). A fact that is unknown is left
out and counted, never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matinee.catalogue.title import Title

NAMES = ("genre_jaccard", "year_gap", "language_match")


@dataclass(frozen=True, slots=True)
class Proxy:
    """One proxy of one answer.

    Attributes:
        value: mean over the films that could be compared, None if none could.
        unknown: films of the answer that could not be.
    """

    value: float | None
    unknown: int


def proxies(found: Sequence[Title], relevant: Sequence[Title]) -> dict[str, Proxy]:
    """Return the proxies of one answer by name.

    Each film of the answer is compared with the right film that it is nearest to, for a query with
    several right films has several tastes:

    * ``genre_jaccard``, in [0, 1], higher is nearer: the largest ``|A & B| / |A | B|`` of its
      genres A and those B of a right film.
    * ``year_gap``, in years, 0 and up, **lower** is nearer: the smallest difference from the year
      of a right film. A distance, the one exception to "higher is better".
    * ``language_match``, 1 or 0: whether its original language is that of a right film.

    Args:
        found: the first films of the answer, the right ones among them included.
        relevant: the right films.

    >>> from matinee.catalogue.title import Title
    >>> right = Title(id="a", title="A", genres=("Drama", "War"), year=1979, languages=("en",))
    >>> film = Title(id="b", title="B", genres=("Drama",), year=1986)
    >>> near = proxies([film], [right])
    >>> near["genre_jaccard"].value, near["year_gap"].value, near["language_match"]
    (0.5, 7.0, Proxy(value=None, unknown=1))
    """
    genres = [set(title.genres) for title in relevant if title.genres]
    years = [title.year for title in relevant if title.year is not None]
    languages = {title.languages[0] for title in relevant if title.languages}

    def jaccard(title: Title) -> float | None:
        own = set(title.genres)
        return max(len(own & g) / len(own | g) for g in genres) if own and genres else None

    def gap(title: Title) -> float | None:
        if title.year is None or not years:
            return None
        return float(min(abs(title.year - year) for year in years))

    def language(title: Title) -> float | None:
        if not title.languages or not languages:
            return None
        return float(title.languages[0] in languages)

    return {
        name: _mean(of, found) for name, of in zip(NAMES, (jaccard, gap, language), strict=True)
    }


def summary(answers: Sequence[Mapping[str, Proxy]]) -> dict[str, dict[str, Any]]:
    """Return each proxy's mean over the answers that have it, and what was left out.

    ``queries`` is the number of those answers, ``left_out`` that of films whose fact was unknown,
    in all answers.
    """
    found: dict[str, dict[str, Any]] = {}
    for name in NAMES if answers else ():
        values = [answer[name].value for answer in answers]
        known = [value for value in values if value is not None]
        found[name] = {
            "mean": fmean(known) if known else None,
            "queries": len(known),
            "left_out": sum(answer[name].unknown for answer in answers),
        }
    return found


def _mean(of: Callable[[Title], float | None], found: Sequence[Title]) -> Proxy:
    values = [of(title) for title in found]
    known = [value for value in values if value is not None]
    return Proxy(fmean(known) if known else None, len(values) - len(known))
