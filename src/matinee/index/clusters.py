"""The regions of a map of titles, each named by words that tell it from the rest."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc
from scipy.spatial import cKDTree

from matinee.catalogue.countries import country_name
from matinee.catalogue.languages import language_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy.typing as npt
    import pyarrow as pa

    from matinee.catalogue.table import TitleTable

_REGIONS = 14
"""Regions of a large map seen whole: as many names as can be read at a glance."""
_PARTS = 5
"""Parts of each of them, seen from near."""
_ROOT = 8.0
"""The square root of the number of titles, divided by this, is the number of regions: 14 from
12,500 titles on, 4 of 1,000."""
_ROUNDS = 40
"""Rounds of Lloyd\'s algorithm; on 30,000 titles the last moves no region by more than .002."""
_LEAST = 4
"""Titles of a region a word must be said of; fewer are chance."""
_SHARE = 0.025
"""Share of a region's titles a word must be said of, or it would not be true of the region."""
_COMMON = 0.6
"""What is said of more titles than that tells nothing, such as the language of most."""
_OF_MAKING = frozenset(
    (
        "woman director",
        "independent film",
        "based on novel or book",
        "duringcreditsstinger",
        "aftercreditsstinger",
    )
)
"""Common keywords that say how a film was made, not what it is about."""
_WORDS = 2
"""Words of a name: one says too little, three do not fit."""
_BETWEEN = " · "


@dataclass(frozen=True, slots=True)
class Cluster:
    """A region of the map.

    Attributes:
        label: its name, no other region's.
        x: its middle, in [0, 1].
        y: its middle, in [0, 1].
        size: titles in it; each belongs to the region of its level whose middle is nearest.
        level: 0 for the map seen whole, 1 seen from near.
    """

    label: str
    x: float
    y: float
    size: int
    level: int


def clusters(positions: npt.NDArray[np.float32], titles: TitleTable) -> tuple[Cluster, ...]:
    """Return the regions of a map, the wide ones first, then by size.

    A word is worth w p log(p / q) to a region: p is the share of its titles the word is said of, q
    that of all titles, w the weight of the column. Words go to regions by worth, each once a level,
    at most two a region and of different columns; a region left without is named by two words of
    others.

    Args:
        positions: places in [0, 1], float32 [n, 2].
        titles: the catalogue, row i at position i.
    """
    if not len(positions):
        return ()
    words = [*_columns(titles)]
    found: list[Cluster] = []
    said: set[str] = set()
    count = max(1, min(_REGIONS, round(len(positions) ** 0.5 / _ROOT)))
    for level, wanted in enumerate((count, count * _PARTS)):
        middles = centres(positions, wanted)
        which = nearest(positions, middles)
        sizes = np.bincount(which, minlength=len(middles))
        labels = _labels(which, sizes, words, said)
        order = np.argsort(-sizes, kind="stable").tolist()
        for number, i in enumerate(order, 1):
            label = labels.get(i) or f"Region {level + 1}.{number}"
            x, y = middles[i].tolist()
            found.append(Cluster(label, round(x, 4), round(y, 4), int(sizes[i]), level))
        said.update(labels.values())
    return tuple(found)


def nearest(
    positions: npt.NDArray[np.float32], middles: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Return which of the middles [k, 2] is nearest to each position [n, 2], int64 [n]."""
    which: npt.NDArray[np.int64] = cKDTree(middles).query(positions)[1]
    return which


def centres(positions: npt.NDArray[np.float32], wanted: int) -> npt.NDArray[np.float64]:
    """Return the middles of at most ``wanted`` regions by k-means, float64 [k, 2].

    It begins with the medians of halves of halves, so that nothing is left to chance.
    """
    pieces: list[npt.NDArray[np.float64]] = [positions.astype(np.float64)]
    while len(pieces) < wanted:
        # The widest with most titles is halved.
        worth = [len(one) * float(np.ptp(one, axis=0).max()) for one in pieces]
        largest = int(np.argmax(worth))
        if not worth[largest]:
            break
        piece = pieces.pop(largest)
        axis = int(np.argmax(np.ptp(piece, axis=0)))
        middle = (piece[:, axis].min() + piece[:, axis].max()) / 2
        pieces += [piece[piece[:, axis] <= middle], piece[piece[:, axis] > middle]]
    middles = np.array([one.mean(axis=0) for one in pieces])
    for _ in range(_ROUNDS):
        which = nearest(positions, middles)
        sizes = np.bincount(which, minlength=len(middles))
        sums = [np.bincount(which, positions[:, axis], len(middles)) for axis in (0, 1)]
        middles = (np.stack(sums, axis=1) / np.maximum(sizes, 1)[:, None])[sizes > 0]
    return np.round(middles, 4)


@dataclass(frozen=True, slots=True)
class _Words:
    """What a column says of titles: of the title ``rows[i]`` the word ``names[codes[i]]``.

    ``weight`` is what its words are worth beside those of other columns: chosen by reading names.
    """

    names: Sequence[str]
    codes: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    weight: float


def _columns(titles: TitleTable) -> Iterable[_Words]:
    """Yield what may name a region, in the order in which it stands in a name."""
    table = titles.table
    yield _listed(table, "genres", str, 1.0)
    # A keyword is said of few of the titles it fits, and says most.
    yield _listed(table, "keywords", str, 3.0)
    yield _listed(table, "countries", country_name, 1.0)
    yield _listed(table, "languages", language_name, 0.3)
    years = titles.numbers("year")
    rows = np.flatnonzero(np.isfinite(years))
    decades, codes = np.unique(years[rows] // 10, return_inverse=True)
    yield _Words([f"{int(one)}0s" for one in decades], codes.ravel(), rows, 0.3)


def _listed(
    table: pa.Table, column: str, name: Callable[[str], str | None], weight: float
) -> _Words:
    cells = table.column(column).combine_chunks()
    coded = cells.flatten().dictionary_encode()
    names = [name(one) or one for one in coded.dictionary.to_pylist()]
    rows = pc.list_parent_indices(cells).to_numpy().astype(np.int64)
    return _Words(names, coded.indices.to_numpy().astype(np.int64), rows, weight)


def _labels(
    which: npt.NDArray[np.int64],
    sizes: npt.NDArray[np.int64],
    words: Sequence[_Words],
    said: set[str],
) -> dict[int, str]:
    """Return names by region, none of which was said already."""
    offers: list[tuple[float, int, int, str]] = []
    for column, one in enumerate(words):
        if not len(one.names):
            continue
        cells = len(one.names) * len(sizes)
        counts = np.bincount(one.codes * len(sizes) + which[one.rows], minlength=cells)
        counts = counts.reshape(len(one.names), len(sizes))
        inside = counts / np.maximum(sizes, 1)
        outside = counts.sum(axis=1) / sizes.sum()
        often = (counts >= _LEAST) & (inside >= _SHARE) & (inside > outside[:, None])
        # Of those of which the column says anything: a language nobody noted is often that of most.
        known = len(np.unique(one.rows))
        often &= (counts.sum(axis=1) < _COMMON * known)[:, None]
        often[[name in _OF_MAKING for name in one.names]] = False
        for code, region in np.argwhere(often).tolist():
            p, q = inside[code, region], outside[code]
            offers.append((one.weight * float(p * np.log(p / q)), region, column, one.names[code]))
    offers.sort(key=lambda offer: (-offer[0], offer[1:]))
    own: dict[int, dict[int, str]] = {}
    best: dict[int, list[tuple[int, str]]] = {}
    used: set[str] = set()
    for _, region, column, word in offers:
        best.setdefault(region, []).append((column, word))
        mine = own.setdefault(region, {})
        if len(mine) < _WORDS and column not in mine and word.casefold() not in used:
            mine[column] = word
            used.add(word.casefold())
    names: dict[int, str] = {}
    for region, mine in own.items():
        # Whose words are all taken by others is named by two of them that nobody has together.
        pairs = (dict(pair) for pair in combinations(best[region], _WORDS))
        for words_of in (mine, *(pair for pair in pairs if len(pair) == _WORDS)):
            name = _named(words_of)
            if name and name not in said and name not in names.values():
                names[region] = name
                break
    return names


def _named(words: dict[int, str]) -> str:
    """Return words in the order of their columns, the first with a capital."""
    label = _BETWEEN.join(word for _, word in sorted(words.items()))
    return label[:1].upper() + label[1:]
