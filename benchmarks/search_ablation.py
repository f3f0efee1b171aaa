"""What each part of a search is worth: every part off in turn, on every judged set.

    python benchmarks/search_ablation.py [--library FOLDER] [--set NAME] [--write]

A star marks what differs from the whole (paired randomisation test, Holm over all variants, p <
.05). The parts are taken out of the real pipeline, by its own options where it has them.
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np

from matinee.evaluate.sets import ALL
from matinee.pipeline import retrieve, understanding, weigh
from matinee.query.knobs import Knobs
from matinee.rank.learned import NONE
from results import keep
from search_quality import library_of, run, table

if TYPE_CHECKING:
    from collections.abc import Collection

    import matinee
    from matinee.pipeline.engine import Engine
    from matinee.pipeline.results import Results
    from matinee.types import Rows


class NoPrior:
    """A prior that knows nothing."""

    def __init__(self, engine: Engine) -> None:
        self._prior = engine.prior

    def __getattr__(self, name: str) -> Any:
        return getattr(self._prior, name)

    def shares(self, rows: Rows, *, times: float = 1.0) -> tuple[float, Any]:
        """Return all of a relevance and nothing beside it."""
        del times
        return 1.0, np.zeros(len(rows), np.float32)


@dataclass(frozen=True, slots=True)
class Variant:
    """A search with a part taken out or changed.

    Attributes:
        options: arguments of the search.
        patches: functions and tables of the pipeline replaced, by module.
        prior: whether what is known of a title counts.
    """

    options: dict[str, Any] = field(default_factory=dict)
    patches: tuple[tuple[Any, str, Any], ...] = ()
    prior: bool = True


VARIANTS = {
    "whole": Variant(),
    "no understanding": Variant({"understand": False}),
    "no wishes": Variant(patches=((weigh, "_WORTH", {}),)),
    "people in descriptions": Variant(patches=((weigh, "_IN_PASSING", frozenset()),)),
    "words of telling kept": Variant(patches=((understanding, "without_telling", str),)),
    "no prior": Variant(prior=False),
    "no titles": Variant({"knobs": Knobs(w_title=0.0)}),
    "no meaning": Variant({"knobs": Knobs(w_dense=0.0)}),
    "no words": Variant({"knobs": Knobs(w_sparse=0.0)}),
    "meaning of dense rows only": Variant(
        patches=((retrieve, "_completed", lambda _, __, lists: lists["dense"].ranked),)
    ),
    "words of lexical rows only": Variant(
        patches=((retrieve, "_completed_by_words", lambda _, __, lists: lists["lexical"].ranked),)
    ),
    "no learned ranker": Variant(patches=((weigh, "weights_for", lambda *_: NONE),)),
    "fusion by ranks": Variant({"knobs": Knobs(fusion="rrf")}),
    "languages as wishes": Variant({"lang_policy": "auto-soft"}),
    "blend": Variant({"method": "blend"}),
    "mmr": Variant({"method": "mmr"}),
}


class Ablated:
    """A library searched by the name of a variant instead of a method."""

    def __init__(self, library: matinee.Library) -> None:
        self._library = library
        self._engine = library._engine
        self.root, self.version = library.root, library.version
        self.canonical_id, self.title, self.warm = (
            library.canonical_id,
            library.title,
            library.warm,
        )

    def search(
        self,
        text: str,
        k: int = 10,
        *,
        method: str = "whole",
        within: Collection[str] | None = None,
    ) -> Results:
        """Answer with the variant's part taken out."""
        variant = VARIANTS[method]
        prior = self._engine.prior if variant.prior else NoPrior(self._engine)
        self._library._engine = replace(self._engine, prior=prior)  # type: ignore[arg-type]
        with ExitStack() as stack:
            for module, name, value in variant.patches:
                stack.enter_context(patch.object(module, name, value))
            return self._library.search(text, k, within=within, **variant.options)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", type=Path)
    parser.add_argument("--set", action="append", dest="sets")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    ablated = Ablated(library_of(options.library))
    found = run(ablated, options.sets or [ALL], list(VARIANTS))  # type: ignore[arg-type]
    print(table(found))
    plain = {
        comparison.name: {
            variant: {name: report.metrics[name] for name in comparison.measures}
            for variant, report in comparison.reports.items()
        }
        for comparison in found
    }
    keep("search_ablation", plain, write=options.write)


if __name__ == "__main__":
    main()
