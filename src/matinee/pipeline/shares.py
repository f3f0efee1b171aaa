"""What gave how much to a score, in whole percents, by names a reader understands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matinee.pipeline.explain import Reason

SHARE_OF: Mapping[str, str] = {
    "dense": "meaning",
    "lexical": "words",
    "near": "meaning",
    "telling": "words",
    "title": "title",
    "like": "like",
    "like words": "like",
    "poster": "poster",
    "picture": "picture",
    "picture text": "picture",
    "caption": "caption",
    "caption words": "caption",
    "viewers": "viewers",
    "makers": "makers",
    "known": "known",
    "prior": "known",
    "wishes": "wishes",
    "recency": "fresh",
    "popularity": "popular",
    "difference": "different",
    "cross-encoder": "read",
}
"""Which share each part of a score belongs to."""

SAID: Mapping[str, str] = {
    "meaning": "meaning",
    "words": "words",
    "title": "title",
    "like": "like the film named",
    "poster": "its poster",
    "picture": "looks like the picture",
    "caption": "what the picture shows",
    "viewers": "liked by the same people",
    "makers": "by the same people",
    "known": "well known and liked",
    "wishes": "wishes fulfilled",
    "fresh": "fresh",
    "popular": "popular",
    "different": "different from the others",
    "read": "read closely",
}
"""What each share is called."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one thing gave to a score.

    Attributes:
        name: key of :data:`SAID`.
        percent: of the whole; the shares of a result total 100.
        start: sum of the shares before it.
    """

    name: str
    percent: int
    start: int


def shares(parts: Mapping[str, float]) -> tuple[Share, ...]:
    """Return the shares of a score in whole percents that total 100, by largest remainder.

    The largest comes first; one that rounds to nothing is left out.

    >>> [(s.name, s.percent) for s in shares({"dense": 1, "lexical": 1, "title": 1})]
    [('meaning', 34), ('words', 33), ('title', 33)]
    >>> [(s.name, s.percent) for s in shares({"known": 0.5, "prior": 0.25, "wishes": 0.25})]
    [('known', 75), ('wishes', 25)]
    """
    given: dict[str, float] = {}
    for part, value in parts.items():
        if value > 0:
            name = SHARE_OF.get(part, part)
            given[name] = given.get(name, 0.0) + value
    total = sum(given.values())
    if not total:
        return ()
    exact = {name: 100 * value / total for name, value in given.items()}
    whole = {name: int(value) for name, value in exact.items()}
    short = 100 - sum(whole.values())
    for name in sorted(exact, key=lambda n: whole[n] - exact[n])[:short]:
        whole[name] += 1
    found, start = [], 0
    for name, percent in sorted(whole.items(), key=lambda item: -item[1]):
        if percent:
            found.append(Share(name, percent, start))
            start += percent
    return tuple(found)


def evidence(reasons: Sequence[Reason], share: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return what a share rests on.

    Args:
        reasons: the result's reasons.
        share: key of :data:`SAID`.
        labels: how conditions are shown, by their keys.

    Returns:
        ``rank``, the place in the list (of the better one where there are two), if it is of a list;
        ``found``, words found or wishes fulfilled, the weightiest first; either may be absent.
    """
    mine = [reason.detail for reason in reasons if SHARE_OF.get(reason.part) == share]
    values: dict[str, Any] = {}
    if ranks := [detail["rank"] for detail in mine if "rank" in detail]:
        values["rank"] = min(ranks)
    found = [word for detail in mine for word in detail.get("words", ())]
    found += [labels.get(key, key) for detail in mine for key in detail.get("fulfilled", ())]
    return values | ({"found": tuple(found)} if found else {})
