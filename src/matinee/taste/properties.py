"""What titles share, as rows to learn from beside those of people.

Each genre, span of three years and maker is a row that has a weight at the titles it is true of, as
if somebody had wanted just these. The weights were chosen on MovieLens 1M (people and model as in
:mod:`matinee.taste.ease`), one kind after another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.interaction import ItemFeatures

GENRE = 3.0
"""Of 0, 1, 3 and 10 the third was best."""
YEARS = 3.0
"""Of 0, 3, 6 and 10 the second was best."""
MAKER = 2.0
"""Of a director 1, 3 and 6, and of one of the cast 2 and 4, were tried: the middle was best."""
_SPAN = 3
"""Years of a span, in which tastes change little."""


def property_rows(features: ItemFeatures) -> Any:
    """Return what titles share as a SciPy CSR matrix, float32 [r, n].

    A row true of one title alone ties it to nothing, and is left out.
    """
    from scipy.sparse import csr_matrix, vstack

    known = np.flatnonzero(~np.isnan(features.years))
    spans = (features.years[known] // _SPAN).astype(np.int64)
    made = [sorted(set(people)) for people in features.people or ()]
    makers = np.array([person for people in made for person in people], np.int64)
    titles = np.repeat(np.arange(len(made)), [len(people) for people in made])
    genres = features.genres.nonzero()
    rows = [
        _rows(genres[1], genres[0], GENRE, len(features)),
        _rows(spans, known, YEARS, len(features)),
        _rows(makers, titles, MAKER, len(features)),
    ]
    found = vstack(rows, format="csr", dtype=np.float32)
    return csr_matrix(found[np.diff(found.indptr) > 1])


def _rows(
    names: npt.NDArray[np.int64], titles: npt.NDArray[np.int64], weight: float, count: int
) -> Any:
    from scipy.sparse import csr_matrix

    distinct, places = np.unique(names, return_inverse=True)
    weights = np.full(len(titles), weight, np.float32)
    return csr_matrix((weights, (places, titles)), shape=(len(distinct), count))
