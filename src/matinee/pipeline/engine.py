"""Everything one search needs, opened together and of one version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from matinee.catalogue.table import TitleTable
    from matinee.library.manifest import Manifest
    from matinee.protocols import TextEncoder, TextIndex, VectorIndex
    from matinee.rank.prior import Prior


@dataclass(frozen=True, slots=True)
class Engine:
    """The parts of an open library version; row i is the same title in all of them.

    Attributes:
        manifest: what the version is made of.
        catalogue: the titles.
        vectors: float16 [n, d], the stored document vectors.
        encoder: turns a query into a vector of the same space.
        dense: nearest vectors.
        lexical: words.
        names: titles, with typos.
        prior: what is known of a title before any query.
    """

    manifest: Manifest
    catalogue: TitleTable
    vectors: npt.NDArray[np.float16]
    encoder: TextEncoder
    dense: VectorIndex
    lexical: TextIndex
    names: TextIndex
    prior: Prior
