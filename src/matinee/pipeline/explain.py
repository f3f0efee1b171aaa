"""What the score of a result is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matinee.pipeline.constrain import fulfilment
from matinee.pipeline.retrieve import subject
from matinee.pipeline.weigh import wishes_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matinee.pipeline.engine import Engine
    from matinee.pipeline.rerank import Ranking
    from matinee.pipeline.see import Seen
    from matinee.pipeline.understanding import Asked
    from matinee.rank.fusion import WeightedList
    from matinee.types import Rows

_WORDS = 8
"""Words named of those a result was found by."""
SAID_OF_PICTURES: Mapping[str, str] = {
    "poster": "The picture is its poster, or hardly differs from it",
    "picture": "Its poster looks like the picture",
    "picture text": "What is written of it fits the picture",
    "caption": "It is about what the picture shows: {caption}",
    "caption words": "It has words of what the picture shows: {caption}",
}
"""What each list of a picture says of a title that is in it."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of a score.

    Attributes:
        part: its name, as in the result's parts.
        value: what it gave; the values of a result sum to its score.
        detail: what it rests on: place and own score in a list, words found, conditions fulfilled;
            of a picture also ``said``, a sentence.
    """

    part: str
    value: float
    detail: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {"part": self.part, "value": round(self.value, 6), "detail": dict(self.detail)}


def explain(
    engine: Engine,
    asked: Asked,
    lists: Mapping[str, WeightedList],
    ranking: Ranking,
    seen: Seen | None = None,
) -> list[tuple[Reason, ...]]:
    """Return the parts of each result's score that gave something, the largest first."""
    details = {name: _in_list(entry, ranking.rows) for name, entry in lists.items()}
    details["wishes"] = _fulfilled(engine, asked, ranking.rows)
    likes = engine.catalogue.titles(asked.likes.tolist())
    resembled = [title.id for title in likes]
    details["like"] = [found | {"titles": resembled} for found in details.get("like", [])]
    searched = {
        "lexical": asked.words,
        "like words": " ".join(map(subject, likes)),
        "caption words": "" if seen is None else seen.caption,
    }
    for name, text in searched.items():
        if name in details:
            given = engine.lexical.contributions(text, ranking.rows)
            details[name] = [
                found | {"words": _telling(words)}
                for found, words in zip(details[name], given, strict=True)
            ]
    for name, sentence in SAID_OF_PICTURES.items():
        if name in lists:
            said = sentence.format(caption=seen.caption if seen else "")
            details[name] = [found | {"said": said} if found else {} for found in details[name]]
    nothing: list[dict[str, Any]] = [{}] * len(ranking.rows)
    reasons = [
        [
            Reason(name, float(part[place]), details.get(name, nothing)[place])
            for name, part in ranking.parts.items()
            if part[place]
        ]
        for place in range(len(ranking.rows))
    ]
    return [tuple(sorted(each, key=lambda reason: -reason.value)) for each in reasons]


def _in_list(entry: WeightedList, rows: Rows) -> list[dict[str, Any]]:
    places = {row: place for place, row in enumerate(entry.ranked.rows.tolist())}
    return [
        {
            "rank": places[row] + 1,
            "score": round(float(entry.ranked.scores[places[row]]), 6),
        }
        if row in places
        else {}
        for row in rows.tolist()
    ]


def _telling(words: Mapping[str, float]) -> dict[str, float]:
    return {word: round(value, 4) for word, value in list(words.items())[:_WORDS]}


def _fulfilled(engine: Engine, asked: Asked, rows: Rows) -> list[dict[str, Any]]:
    degrees = {c.key: fulfilment(engine, c, rows) for c, _ in wishes_of(asked)}
    return [
        {
            "fulfilled": {
                key: round(float(degree[place]), 4)
                for key, degree in degrees.items()
                if degree[place]
            }
        }
        for place in range(len(rows))
    ]
