"""What posters add to texts: three tasks, each solved by texts, by posters and by both.

* **genres**: a linear model learns from the vectors of four fifths of the titles which genres a
  title has; measured is the average precision of the genres of the others.
* **cold titles**: a fifth of the titles is hidden from everybody; of each person the mean vector of
  what they liked among the rest ranks the hidden ones; measured is nDCG@10 of those they liked.
* **alike**: a title ranks the others by the likeness of their vectors; measured is nDCG@10 against
  what is known of their likeness from elsewhere.

Both kinds of vectors are brought to the same footing first. The mean is taken off, as the vectors
of a model of pictures lie in a narrow cone; and likenesses are divided by their own standard
deviation, so that a share of .3 means three parts in ten of what tells titles apart, whatever model
made the vectors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.errors import InputError
from matinee.evaluate import topn
from matinee.evaluate.splits import Lists
from matinee.evaluate.statistics import RESAMPLES, Estimate, bootstrap, holm, randomisation_test

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]
    """One vector a title, float32 [p, d]."""
    Values = npt.NDArray[np.float64]
    """What was measured of each title or person, float64 [q]."""

TEXT, POSTER = "text", "poster"
K = 10
_PENALTIES = (0.01, 0.1, 1.0, 10.0, 100.0)
"""Of the linear model, as shares of the mean eigenvalue; chosen on a part of what it learns."""
_SAMPLE = 2_000
"""Titles whose likenesses to each other tell how far likenesses differ: two million pairs."""
_FEWEST = 10
"""Titles a genre must have, to be learnt and measured at all."""


@dataclass(frozen=True, slots=True)
class Views:
    """Titles as their texts and as their posters show them; row i of both is one title.

    Attributes:
        text: float32 [p, d].
        poster: float32 [p, e].

    Raises:
        InputError: there are too few titles, or not as many of one as of the other.
    """

    text: Vectors
    poster: Vectors

    def __post_init__(self) -> None:
        if len(self.text) != len(self.poster):
            raise InputError(
                f"There are {len(self.text)} texts and {len(self.poster)} posters",
                cure="Give the vectors of titles that have both",
            )
        if len(self.text) < 2 * K:
            raise InputError(
                f"Only {len(self.text)} titles have a text and a poster",
                cure=f"Measure on {2 * K} titles at least",
            )

    def joined(self, share: float) -> Vectors:
        """Return vectors whose dot product is ``(1 - share)`` text and ``share`` poster.

        Args:
            share: of the posters, 0 to 1.
        """
        parts = [
            np.float32(np.sqrt(weight)) * level(view)
            for view, weight in ((self.text, 1.0 - share), (self.poster, share))
            if weight > 0
        ]
        return np.concatenate(parts, axis=1)


@dataclass(frozen=True, slots=True)
class Likes:
    """Who liked what.

    Attributes:
        people: int64 [e].
        rows: int64 [e], rows of the views; no pair twice.
    """

    people: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the likeness of titles.

    Attributes:
        rows: int64 [q], those that are asked about.
        grades: float32 [q, p], how like them each title is, at least 0.
    """

    rows: npt.NDArray[np.int64]
    grades: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Findings:
    """What was measured.

    Attributes:
        values: by task and variant, one value a title or person, float64 [q].
        seed: of everything random.
        resamples: of the intervals.
    """

    values: dict[str, dict[str, Values]]
    seed: int
    resamples: int = RESAMPLES

    def mean(self, task: str, variant: str) -> Estimate:
        """Return the mean of a variant and its interval."""
        found = self.values[task][variant]
        return bootstrap(found.tolist(), seed=self.seed, resamples=self.resamples)

    def gain(self, task: str, variant: str) -> Estimate:
        """Return what a variant has more than texts alone, and the interval of that."""
        found = self.values[task]
        more = found[variant] - found[TEXT]
        return bootstrap(more.tolist(), seed=self.seed, resamples=self.resamples)

    def p_values(self, task: str) -> dict[str, float]:
        """Return of every other variant the p of its difference to texts, adjusted by Holm."""
        found = self.values[task]
        text = found[TEXT].tolist()
        return holm(
            {
                name: randomisation_test(values.tolist(), text, seed=self.seed)
                for name, values in found.items()
                if name != TEXT
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values: by task, the number asked and each variant."""
        told: dict[str, Any] = {}
        for task, found in self.values.items():
            p_values = self.p_values(task)
            told[task] = {"asked": len(found[TEXT])}
            for name in found:
                mean = self.mean(task, name)
                told[task][name] = {"mean": mean.mean, "low": mean.low, "high": mean.high}
                if name != TEXT:
                    gain = self.gain(task, name)
                    told[task][name] |= {"gain": gain.mean, "gain_low": gain.low}
                    told[task][name] |= {"gain_high": gain.high, "p": p_values[name]}
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class PosterStudy:
    """How posters are measured against texts.

    Attributes:
        shares: of the posters where both are used; .3 is that of the system this is compared with.
        folds: parts the titles are cut into to learn genres.
        cold: share of the titles hidden from everybody.
        told: titles a person must have liked among the rest.
        resamples: of the intervals.

    Raises:
        InputError: a share is not between 0 and 1.
    """

    shares: tuple[float, ...] = (0.3, 0.5)
    folds: int = 5
    cold: float = 0.2
    told: int = 5
    resamples: int = RESAMPLES

    def __post_init__(self) -> None:
        for share in self.shares:
            if not 0 < share < 1:
                raise InputError(f"A share is {share!r}", cure="Give numbers between 0 and 1")

    def run(
        self,
        views: Views,
        *,
        genres: npt.NDArray[np.bool_] | None = None,
        stories: Vectors | None = None,
        likes: Likes | None = None,
        known: Known | None = None,
        seed: int = 0,
    ) -> Findings:
        """Measure every variant on each task there is something for.

        Args:
            views: the titles.
            genres: bool [p, g], which genres each title has.
            stories: float32 [p, d], the texts without the names of their genres, which are to be
                found; None where those of ``views`` do not tell them.
            likes: who liked what.
            known: which titles are known to be alike.
            seed: of everything random.

        Raises:
            InputError: there is too little for a task that was given something.
        """
        shares = {TEXT: 0.0, POSTER: 1.0} | {f"both {share:g}": share for share in self.shares}
        untold = views if stories is None else Views(stories, views.poster)
        found: dict[str, dict[str, Values]] = {}
        for name, share in shares.items():
            vectors = views.joined(share)
            if genres is not None:
                told = self.genres(untold.joined(share), genres, seed)
                found.setdefault("genres", {})[name] = told
            if likes is not None:
                found.setdefault("cold titles", {})[name] = self.cold_titles(vectors, likes, seed)
            if known is not None:
                found.setdefault("alike", {})[name] = alike(vectors, known)
        return Findings(found, seed, self.resamples)

    def genres(self, vectors: Vectors, genres: npt.NDArray[np.bool_], seed: int) -> Values:
        """Return the average precision of each title's genres, ranked by a ridge regression."""
        usual = genres[:, genres.sum(axis=0) >= _FEWEST]
        asked = usual.any(axis=1) & ~usual.all(axis=1)
        if not asked.any():
            raise InputError(f"No genre has {_FEWEST} titles", cure="Measure on more titles")
        vectors, usual = vectors[asked], usual[asked]
        scores = np.zeros(usual.shape)
        parts = np.random.default_rng(seed).permutation(len(vectors)) % self.folds
        for fold in range(self.folds):
            learnt, left = parts != fold, parts == fold
            inner = parts == (fold + 1) % self.folds
            rest = learnt & ~inner
            chosen = max(
                _PENALTIES,
                key=lambda penalty, rest=rest, inner=inner: float(  # type: ignore[misc]
                    average_precision(
                        ridge(vectors[rest], usual[rest], vectors[inner], penalty), usual[inner]
                    ).mean()
                ),
            )
            scores[left] = ridge(vectors[learnt], usual[learnt], vectors[left], chosen)
        return average_precision(scores, usual)

    def cold_titles(self, vectors: Vectors, likes: Likes, seed: int) -> Values:
        """Return nDCG@10 of each person's liked titles among those hidden from everybody."""
        cold = np.random.default_rng(seed).random(len(vectors)) < self.cold
        candidates = np.flatnonzero(cold)
        place = np.cumsum(cold) - 1
        profiles, targets = [], []
        for rows in _by_person(likes):
            told, asked = rows[~cold[rows]], rows[cold[rows]]
            if len(told) >= self.told and len(asked):
                profiles.append(vectors[told].mean(axis=0))
                targets.append(place[asked])
        if not profiles:
            raise InputError(
                f"Nobody liked {self.told} titles that have a poster, and a hidden one",
                cure="Measure on more ratings",
            )
        scores = np.stack(profiles) @ vectors[candidates].T
        lengths = [len(one) for one in targets]
        wanted = Lists(np.concatenate(([0], np.cumsum(lengths))), np.concatenate(targets))
        lists = topn.best(scores, K, np.ones(len(candidates), np.bool_))
        found = topn.hits(lists, wanted, len(candidates))
        return topn.ndcg(found, wanted.lengths, K)


def level(vectors: Vectors) -> Vectors:
    """Return vectors without their mean, so that the likeness of two has a deviation of 1."""
    rest = vectors - vectors.mean(axis=0)
    lengths = np.linalg.norm(rest, axis=1, keepdims=True)
    rest = (rest / np.maximum(lengths, 1e-12)).astype(np.float32)
    some = rest[:_SAMPLE]
    spread = float((some @ some.T)[~np.eye(len(some), dtype=np.bool_)].std())
    return np.asarray(rest / np.sqrt(max(spread, 1e-12)), np.float32)


def ridge(
    vectors: Vectors, labels: npt.NDArray[np.bool_], asked: Vectors, penalty: float
) -> npt.NDArray[np.float64]:
    """Return scores, float64 [m, g], of a linear model with squared weights punished.

    ``scores = mean + (a - m) X^T (X X^T + penalty * t I)^-1 (Y - mean)``, X centred and t the mean
    of the diagonal of ``X X^T``: the dual form, as there are fewer titles than numbers in a vector.

    Args:
        vectors: float32 [n, d], learnt from.
        labels: bool [n, g].
        asked: float32 [m, d].
        penalty: above 0.
    """
    centre = vectors.mean(axis=0)
    known, wanted = vectors - centre, asked - centre
    gram = (known @ known.T).astype(np.float64)
    gram[np.diag_indices_from(gram)] += penalty * float(np.trace(gram)) / len(gram)
    mean = labels.mean(axis=0)
    return np.asarray(mean + (wanted @ known.T) @ np.linalg.solve(gram, labels - mean), np.float64)


def average_precision(scores: npt.NDArray[np.float64], labels: npt.NDArray[np.bool_]) -> Values:
    """Return the average precision of each row's labels ranked by their scores.

    Also known as label ranking average precision; every row has a label.

    >>> average_precision(np.array([[0.9, 0.5, 0.1]]), np.array([[True, False, True]])).round(4)
    array([0.8333])
    """
    order = np.argsort(-scores, axis=1, kind="stable")
    right = np.take_along_axis(labels, order, axis=1)
    precision = np.cumsum(right, axis=1) / np.arange(1, scores.shape[1] + 1)
    return np.asarray((precision * right).sum(axis=1) / right.sum(axis=1), np.float64)


def alike(vectors: Vectors, known: Known) -> Values:
    """Return nDCG@10 of the titles nearest to each that is asked about; grades are the gains."""
    scores = vectors[known.rows] @ vectors.T
    grades = known.grades.astype(np.float64)
    own = np.arange(len(known.rows)), known.rows
    scores[own], grades[own] = -np.inf, 0.0
    discounts = 1.0 / np.log2(np.arange(2, K + 2))
    order = np.argsort(-scores, axis=1, kind="stable")[:, :K]
    gains = np.take_along_axis(grades, order, axis=1) @ discounts
    ideal = -np.sort(-grades, axis=1)[:, :K] @ discounts
    if not (ideal > 0).all():
        raise InputError("A title is asked about that is known to be like no other")
    return np.asarray(gains / ideal, np.float64)


def liked_together(likes: Likes, size: int, *, fewest: int = 20) -> Known:
    """Return how alike titles are by who liked them: the cosine of their columns of likes.

    Args:
        likes: who liked what.
        size: titles there are.
        fewest: people who must have liked a title for it to be asked about.

    Raises:
        InputError: no title was liked by so many.
    """
    people = np.unique(likes.people, return_inverse=True)[1]
    table = np.zeros((int(people.max(initial=-1)) + 1, size), np.float32)
    table[people, likes.rows] = 1.0
    counts = table.sum(axis=0)
    rows = np.flatnonzero(counts >= fewest)
    if not len(rows):
        raise InputError(f"No title was liked by {fewest} people", cure="Measure on more ratings")
    together = table[:, rows].T @ table
    grades = together / np.sqrt(np.maximum(np.outer(counts[rows], counts), 1.0))
    grades[np.arange(len(rows)), rows] = 0.0
    some = (grades > 0).any(axis=1)
    return Known(rows[some], grades[some].astype(np.float32))


def _by_person(likes: Likes) -> Iterator[npt.NDArray[np.int64]]:
    order = np.argsort(likes.people, kind="stable")
    cuts = np.flatnonzero(np.diff(likes.people[order])) + 1
    return iter(np.split(likes.rows[order], cuts))
