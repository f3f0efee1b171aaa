"""Who gave how much to the score of a title for one person, in shares that sum to 100.

A model says what its score is made of (:class:`~matinee.types.Contributions`); here that becomes a
short list: each title of the person's history, by each kind of evidence, what holds whatever the
person did, and the many small ones together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from matinee.interaction import Histories
    from matinee.types import Contributions

MOST_TITLES = 8
"""Titles told apart; a reader takes in no more, and what is left is gathered."""

LEAST_PERCENT = 1.0
"""Titles that give less of the score than this, in percent, are gathered."""

_WHOLE = 1000
"""A score in tenths of a percent."""

_ROUNDING = 1e-5
"""A score smaller than this part of all that speaks for and against it is float32 rounding of 0."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one thing gave to a score.

    Attributes:
        signal: kind of evidence, as the model names it; empty where titles are gathered.
        title: position of the title of the history that gave it; None for what holds whatever the
            person did, and where titles are gathered.
        value: what it gave, in the units of the score; below 0 where it speaks against.
        tenths: the same in tenths of a percent, see :class:`Evidence`.
        gathered: number of titles gathered in it, 0 where it is not of that sort.
    """

    signal: str
    title: int | None
    value: float
    tenths: int
    gathered: int = 0

    @property
    def percent(self) -> float:
        """The share in percent, to one decimal; below 0 where it speaks against."""
        return self.tenths / 10


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a score is made of.

    Attributes:
        score: the score, the sum of all values.
        against: whether no more speaks for the title than against it, so that it is none to
            recommend.
        shares: what speaks for the title first, then what speaks against, each by size, gathered
            titles last. Their ``tenths`` sum to 1000; those against are negative, so that those for
            sum to more. Where ``against`` is set there is nothing to be a share of: then they are
            shares of all that speaks, and it is their absolute ``tenths`` that sum to 1000.
    """

    score: float
    against: bool
    shares: tuple[Share, ...]


def evidence(
    contributions: Contributions,
    history: Histories,
    column: int = 0,
    *,
    among: Sequence[int] | None = None,
    most: int = MOST_TITLES,
    least: float = LEAST_PERCENT,
) -> Evidence:
    """Return what a score is made of, in shares rounded by the largest remainder.

    Entries of one title (watched, then rated) are one. A title is either told in full, all its
    signals, or gathered in full, so that the shares of a title sum to what it gave.

    Args:
        contributions: of one person to m titles, signals [s], entries [h].
        history: of that person, a batch of one with h entries.
        column: which of the m titles.
        among: titles of the history that may be told apart; None for all.
        most: titles of the history told apart.
        least: percent under which a title is gathered.

    Raises:
        InputError: the contributions are not of this history, or not finite.

    >>> from matinee.interaction import Histories
    >>> from matinee.types import Contributions
    >>> watched = Histories(
    ...     offsets=np.array([0, 3]), items=np.array([7, 8, 9]), actions=np.zeros(3, np.int8),
    ...     values=np.full(3, 5, np.float32), times=np.arange(3), users=np.array([-1]))
    >>> made = Contributions(("story",), np.array([[1.]], np.float32),
    ...     np.array([[[4.], [2.], [-1.]]], np.float32))
    >>> [(share.title, share.percent) for share in evidence(made, watched).shares]
    [(7, 66.7), (8, 33.3), (None, 16.7), (9, -16.7)]
    """
    _check(contributions, history, column)
    titles, cells = _by_title(contributions, history, column)
    base = contributions.base[:, column].astype(np.float64)
    net = cells.sum(axis=0)
    score = float(base.sum() + net.sum())
    size = float(np.abs(base).sum() + np.abs(net).sum())
    against = score <= _ROUNDING * size
    told = np.argsort(-np.abs(net), kind="stable")
    if among is not None:
        told = told[np.isin(titles[told], among)]
    told = told[:most]
    told = told[np.abs(net[told]) >= least / 100 * (size if against else score)]

    found: list[tuple[str, int | None, float, int]] = [
        (signal, int(titles[t]), float(cells[s, t]), 0)
        for t in told
        for s, signal in enumerate(contributions.signals)
    ]
    found += [(signal, None, float(base[s]), 0) for s, signal in enumerate(contributions.signals)]
    rest = np.ones(len(titles), np.bool_)
    rest[told] = False
    for side in (net > 0, net < 0):
        found.append(("", None, float(net[rest & side].sum()), int((rest & side).sum())))
    found = [each for each in found if each[2] != 0]
    tenths = _tenths(np.array([each[2] for each in found]), score, against)
    shares = [
        Share(signal, title, value, part, gathered)
        for (signal, title, value, gathered), part in zip(found, tenths, strict=True)
    ]
    shares.sort(key=lambda share: (share.value < 0, share.gathered > 0, -abs(share.value)))
    return Evidence(score, against, tuple(shares))


def strongest(
    contributions: Contributions, history: Histories, column: int = 0, *, most: int = MOST_TITLES
) -> tuple[int, ...]:
    """Return the titles of the history that give or take most, at most ``most``, strongest first.

    Raises:
        InputError: the contributions are not of this history, or not finite.
    """
    _check(contributions, history, column)
    titles, cells = _by_title(contributions, history, column)
    net = np.abs(cells.sum(axis=0))
    order = [i for i in np.argsort(-net, kind="stable")[:most] if net[i] > 0]
    return tuple(int(titles[i]) for i in order)


def _by_title(
    contributions: Contributions, history: Histories, column: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return the titles of the history, ascending, [t], and what each gives by signal, [s, t]."""
    titles, place = np.unique(history.items, return_inverse=True)
    cells = np.zeros((len(contributions.signals), len(titles)))
    for row, given in zip(cells, contributions.titles[:, :, column], strict=True):
        np.add.at(row, place, given.astype(np.float64))
    return titles, cells


def _tenths(values: npt.NDArray[np.float64], score: float, against: bool) -> list[int]:
    """Return values as tenths of a percent: of the score, or of the sum of their sizes."""
    if not len(values):
        return []
    if not against:
        found = _rounded(values * (_WHOLE / score))
    else:
        sizes = np.abs(values)
        found = np.sign(values).astype(np.int64) * _rounded(sizes * (_WHOLE / sizes.sum()))
    return [int(part) for part in found]


def _rounded(exact: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Round numbers that sum to :data:`_WHOLE` so that they still do: largest remainders go up."""
    whole = np.floor(exact).astype(np.int64)
    short = _WHOLE - int(whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:short]] += 1
    return whole


def _check(contributions: Contributions, history: Histories, column: int) -> None:
    signals, entries, items = contributions.titles.shape
    if len(history) != 1 or entries != len(history.items):
        raise InputError(
            f"Contributions of {entries} entries are not those of this history",
            where=f"{len(history)} people, {len(history.items)} entries",
            cure="Give the history of the one person that was explained",
        )
    if contributions.base.shape != (signals, items) or signals != len(contributions.signals):
        raise InputError(
            "The parts of the contributions do not fit together",
            where=f"base {contributions.base.shape}, titles {contributions.titles.shape}",
            cure="base is [s, m], titles is [s, h, m], and each of s signals has a name",
        )
    if not 0 <= column < items:
        raise InputError(
            "The contributions have no such title",
            where=f"column {column} of {items}",
            cure="Columns count from 0",
        )
    if not (
        np.isfinite(contributions.titles[:, :, column]).all()
        and np.isfinite(contributions.base[:, column]).all()
    ):
        raise InputError(
            "A contribution is not a finite number",
            where=f"column {column}",
            cure="Train the model again",
        )
