"""Everything one search needs, opened together and of one version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from matinee.catalogue.columns import Columns
    from matinee.catalogue.table import TitleTable
    from matinee.index.people import PeopleIndex
    from matinee.library.manifest import Manifest
    from matinee.pipeline.pictures import Pictures
    from matinee.pipeline.taste import Taste
    from matinee.protocols import Reranker, TextEncoder, TextIndex, VectorIndex, WordIndex
    from matinee.query.lexicon import Lexicon
    from matinee.query.parse import Parser
    from matinee.rank.prior import Prior


@dataclass(frozen=True, slots=True)
class Engine:
    """The parts of an open library version; row i is the same title in all of them.

    Attributes:
        manifest: what the version is made of.
        catalogue: the titles.
        columns: their facts by column.
        vectors: float16 [n, d], the stored document vectors.
        encoder: turns a query into a vector of the same space.
        dense: nearest vectors.
        lexical: words.
        names: titles, with typos.
        people: who is in which titles.
        lexicon: the names a query may speak of.
        parser: reads conditions from a query.
        prior: what is known of a title before any query.
        reranker: returns the cross-encoder, loaded at the first call.
        pictures: what answers a picture.
        taste: what was learnt of taste, None before any training.
    """

    manifest: Manifest
    catalogue: TitleTable
    columns: Columns
    vectors: npt.NDArray[np.float16]
    encoder: TextEncoder
    dense: VectorIndex
    lexical: WordIndex
    names: TextIndex
    people: PeopleIndex
    lexicon: Lexicon
    parser: Parser
    prior: Prior
    reranker: Callable[[], Reranker]
    pictures: Pictures
    taste: Taste | None = None
