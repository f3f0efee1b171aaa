"""What a reranker learns from: judged queries, and what the search finds for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from matinee.catalogue.document import rerank_text
from matinee.errors import JudgmentsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from matinee.catalogue.title import Title
    from matinee.evaluate.judgments import JudgedQuery

CANDIDATES = 100
"""Results of the search that are ranked anew when measuring: as many as a reranker may be given."""
_PAGE = 10
"""Results that never become negatives without a judgment: on the first page, what nobody judged is
about as often right as wrong."""


class Source(Protocol):
    """The library that the judgments are about."""

    def candidates(self, query: str, k: int, within: Sequence[str] | None) -> Sequence[Title]:
        """Return at most ``k`` titles, best first, as a search without reranker finds them."""

    def title(self, identifier: str) -> Title | None:
        """Return the title known by an id, None if the library does not have it."""


@dataclass(frozen=True, slots=True)
class Question:
    """A judged query against a library.

    Attributes:
        query: the words.
        grades: grade by the library's own id of the title; ids it does not have keep their name.
        judged: the judged titles that it has.
        found: what the search finds, best first.
    """

    query: str
    grades: Mapping[str, float]
    judged: Sequence[Title]
    found: Sequence[Title]


@dataclass(frozen=True, slots=True)
class Example:
    """One pair to learn: a query, the text of a title, and how well it fits, in [0, 1]."""

    query: str
    document: str
    label: float


def ask(source: Source, queries: Sequence[JudgedQuery]) -> list[Question]:
    """Look up what is judged and search for each query."""
    questions = []
    for query in queries:
        grades: dict[str, float] = {}
        judged: dict[str, Title] = {}
        for identifier, grade in query.relevance.items():
            title = source.title(identifier)
            known = identifier if title is None else title.id
            grades[known] = max(grade, grades.get(known, 0.0))
            if title is not None:
                judged[title.id] = title
        pool = None if query.pool is None else [i for i in query.pool if source.title(i)]
        found = source.candidates(query.query, CANDIDATES, pool)
        questions.append(Question(query.query, grades, list(judged.values()), found))
    return questions


def split(
    questions: Sequence[Question], share: float, rng: np.random.Generator
) -> tuple[list[Question], list[Question]]:
    """Divide questions into those to learn from and those held out, by their words.

    The same words never come on both sides, whatever their case. Each side gets at least one.

    Raises:
        JudgmentsError: there are not two different queries.
    """
    words = sorted({_words(question) for question in questions})
    if len(words) < 2:
        raise JudgmentsError(
            "There are not two different queries, so none can be held out",
            cure="Judge more queries; some thirty are the least that teach anything",
        )
    number = min(max(1, round(share * len(words))), len(words) - 1)
    out = {words[i] for i in rng.permutation(len(words))[:number].tolist()}
    learnt = [question for question in questions if _words(question) not in out]
    return learnt, [question for question in questions if _words(question) in out]


def examples(
    questions: Sequence[Question], negatives: int, rng: np.random.Generator
) -> list[Example]:
    """Return the pairs to learn from.

    A judged title is labelled with its grade, as a share of the highest grade there is. Beside
    these come ``negatives`` titles a query with label 0, drawn from what the search finds below
    its first page: they share words or meaning with the query, and are wrong all the same.

    Raises:
        JudgmentsError: no judged title with a grade above 0 is in the library.
    """
    top = max((grade for q in questions for grade in q.grades.values()), default=0.0)
    if not any(q.grades[title.id] > 0 for q in questions for title in q.judged):
        raise JudgmentsError(
            "No title judged as right is in the library", cure="Judge titles of this library"
        )
    pairs = []
    for question in questions:
        for title in question.judged:
            label = question.grades[title.id] / top
            pairs.append(Example(question.query, rerank_text(title), label))
        unjudged = [title for title in question.found[_PAGE:] if title.id not in question.grades]
        drawn = rng.permutation(len(unjudged))[:negatives].tolist()
        pairs += [Example(question.query, rerank_text(unjudged[i]), 0.0) for i in drawn]
    return pairs


def _words(question: Question) -> str:
    return " ".join(question.query.casefold().split())
