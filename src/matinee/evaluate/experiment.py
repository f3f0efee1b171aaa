"""One run of methods over judged sets: what ``matinee evaluate search`` does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.errors import InputError
from matinee.evaluate.comparison import Comparison, compare
from matinee.evaluate.searchable import LibrarySearcher
from matinee.evaluate.statistics import RESAMPLES

if TYPE_CHECKING:
    from matinee.evaluate.kinds import Material, SearchSet
    from matinee.evaluate.searchable import Searchable

_FEWEST = 100
_MOST = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """What is compared, and how finely.

    Attributes:
        methods: names of search methods, none twice; the others are compared with the first.
        seed: of everything random.
        resamples: of the bootstrap, 100 to 1,000,000.

    Raises:
        InputError: there is no method, one occurs twice, or the resamples are out of bounds.
    """

    methods: tuple[str, ...]
    seed: int = 0
    resamples: int = RESAMPLES

    def __post_init__(self) -> None:
        if not self.methods or len(set(self.methods)) < len(self.methods):
            raise InputError(
                f"The methods are {', '.join(self.methods) or 'none'}", cure="Name each once"
            )
        if not _FEWEST <= self.resamples <= _MOST:
            raise InputError(
                f"The bootstrap has {self.resamples:,} resamples",
                cure=f"Give a number from {_FEWEST:,} to {_MOST:,}",
            )
        if self.seed < 0:
            raise InputError(f"The seed is {self.seed}", cure="Give 0 or a number above it")

    def run(self, library: Searchable, judged: SearchSet, material: Material) -> Comparison:
        """Let every method answer every query of a set, and compare them.

        Raises:
            SettingsError: the set needs the evaluation data and no folder was named.
            JudgmentsError: the set cannot be read.
        """
        searchers = {method: LibrarySearcher(library, method) for method in self.methods}
        reports, left_out = judged.evaluate(searchers, library, material)
        return compare(
            judged.name,
            reports,
            measures=judged.measures,
            seed=self.seed,
            resamples=self.resamples,
            about=judged.about,
            left_out=left_out,
            degraded={method: dict(ask.degraded) for method, ask in searchers.items()},
        )
