"""Judged queries: which titles are right for which words, and how right."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matinee.errors import JudgmentsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_TOP = 100
"""Grades beyond this would overflow the exponential gain; judges use 0 to 4."""
_FORM = '{"id": "q1", "query": "heist in Europe", "relevance": {"tmdb:603": 3}}'


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """One query and its judgments.

    Attributes:
        id: name of the query, unique in its file.
        query: the words.
        relevance: grade by title id; 0 means judged and wrong, higher is better.
        pool: ids of the only titles to rank, where the judgments cover no others; None means all.
    """

    id: str
    query: str
    relevance: Mapping[str, float]
    pool: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Questions:
    """The queries of a set.

    Attributes:
        queries: in the order of their source.
        left_out: how many of the source's items could not be used, by the reason.
    """

    queries: tuple[JudgedQuery, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)


def read_judgments(path: Path) -> list[JudgedQuery]:
    """Read judged queries from JSON lines.

    Raises:
        JudgmentsError: the file cannot be read, or naming the line, what is wrong and the form a
            line must have.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise JudgmentsError("There is no such file", where=str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise JudgmentsError(
            f"The judgments cannot be read: {error}",
            where=str(path),
            cure=f"Give UTF-8 JSON lines of the form {_FORM}",
        ) from error
    queries: dict[str, JudgedQuery] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        query = _parse(line, f"{path}, line {number}")
        if query.id in queries:
            raise JudgmentsError(
                f"The id {query.id!r} occurs twice",
                where=f"{path}, line {number}",
                cure="Give every query an id of its own",
            )
        queries[query.id] = query
    if not queries:
        raise JudgmentsError(
            "The file holds no judged query", where=str(path), cure=f"Give lines such as {_FORM}"
        )
    return list(queries.values())


def _parse(line: str, where: str) -> JudgedQuery:
    def wrong(what: str) -> JudgmentsError:
        return JudgmentsError(what, where=where, cure=f"A line has the form {_FORM}")

    try:
        raw = json.loads(line)
    except ValueError as error:
        raise wrong(f"The line is not JSON: {error}") from error
    if not isinstance(raw, dict):
        raise wrong("The line is not an object")
    identifier, query, relevance = raw.get("id"), raw.get("query"), raw.get("relevance")
    if not isinstance(identifier, (str, int)) or isinstance(identifier, bool):
        raise wrong("id is missing or not a text")
    if not isinstance(query, str) or not query.strip():
        raise wrong("query is missing or empty")
    if not isinstance(relevance, dict) or not relevance:
        raise wrong("relevance is missing or empty")
    for title, grade in relevance.items():
        number = isinstance(grade, (int, float)) and not isinstance(grade, bool)
        if not number or not 0 <= grade <= _TOP:
            raise wrong(f"The grade of {title!r} is {grade!r:.40}, not a number from 0 to {_TOP}")
    pool = raw.get("pool")
    if pool is not None and not (isinstance(pool, list) and all(isinstance(p, str) for p in pool)):
        raise wrong("pool is not a list of ids")
    return JudgedQuery(str(identifier), query, relevance, None if pool is None else tuple(pool))
