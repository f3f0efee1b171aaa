"""Several models of taste on the same splits: their means, and the first against each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.errors import InputError
from matinee.evaluate.comparison import Contrast
from matinee.evaluate.statistics import RESAMPLES, bootstrap, holm, randomisation_test

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from matinee.evaluate.taste_run import TasteRun


@dataclass(frozen=True, slots=True, kw_only=True)
class TasteComparison:
    """What several models earned under one protocol.

    Attributes:
        dataset: name of the data set.
        protocol: name of the protocol.
        about: what the protocol does, in a sentence.
        runs: of each model, by its name, one for each seed and in the same order of seeds; the
            first model is what the others are compared with.
        contrasts: the other models against the first, person by person over all seeds.
    """

    dataset: str
    protocol: str
    about: str
    runs: Mapping[str, Sequence[TasteRun]]
    contrasts: tuple[Contrast, ...]

    @property
    def seeds(self) -> list[int]:
        """The seeds, in the order of the runs."""
        return [run.seed for run in next(iter(self.runs.values()))]

    def mean(self, model: str) -> dict[str, float]:
        """Return a model's metrics, each the mean over the seeds."""
        runs = self.runs[model]
        return {
            name: float(np.mean([run.metrics[name] for run in runs])) for name in runs[0].metrics
        }

    def spread(self, model: str) -> dict[str, float]:
        """Return the standard deviation of a model's metrics over the seeds, 0 of a single one."""
        runs = self.runs[model]
        return {
            name: float(np.std([run.metrics[name] for run in runs], ddof=len(runs) > 1))
            for name in runs[0].metrics
        }

    def contrast(self, model: str, measure: str) -> Contrast | None:
        """Return a model's comparison with the first, None for the first itself."""
        return next((c for c in self.contrasts if (c.method, c.measure) == (model, measure)), None)

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as plain values; a single run as one flat object."""
        head = {"dataset": self.dataset, "protocol": self.protocol}
        runs = [run for each in self.runs.values() for run in each]
        if len(runs) == 1:
            return head | runs[0].to_dict()
        return head | {
            "seeds": self.seeds,
            "models": list(self.runs),
            "runs": [run.to_dict() for run in runs],
            "means": {model: _rounded(self.mean(model)) for model in self.runs},
            "deviations": {model: _rounded(self.spread(model)) for model in self.runs},
            "contrasts": [contrast.to_dict() for contrast in self.contrasts],
        }


def compare_models(
    dataset: str,
    protocol: str,
    about: str,
    runs: Mapping[str, Sequence[TasteRun]],
    *,
    measures: Sequence[str],
    seed: int,
    resamples: int = RESAMPLES,
) -> TasteComparison:
    """Compare models that were measured on the same splits.

    Differences are paired by person; a person who is measured under several seeds counts once,
    with the mean of their values, since their values under different seeds are not independent.

    Args:
        dataset: name of the data set.
        protocol: name of the protocol.
        about: what the protocol does.
        runs: of each model, one for each seed, the model to compare with first.
        measures: names among ``per_person``, to be tested.
        seed: of the bootstrap and the randomisation test.
        resamples: of the bootstrap.

    Raises:
        InputError: models were measured on different people.
    """
    baseline, *others = runs
    contrasts: list[Contrast] = []
    for measure in measures:
        first = _by_person(runs[baseline], measure)
        differences = {}
        for model in others:
            second = _by_person(runs[model], measure)
            if second.keys() != first.keys():
                raise InputError(
                    "Models were measured on different people", where=f"{baseline}, {model}"
                )
            differences[model] = (list(first.values()), [second[person] for person in first])
        found = {
            model: randomisation_test(a, b, seed=seed) for model, (a, b) in differences.items()
        }
        adjusted = holm(found)
        for model, (a, b) in differences.items():
            gains = [after - before for before, after in zip(a, b, strict=True)]
            difference = bootstrap(gains, seed=seed, resamples=resamples)
            contrasts.append(Contrast(measure, model, difference, found[model], adjusted[model]))
    return TasteComparison(
        dataset=dataset,
        protocol=protocol,
        about=about,
        runs=dict(runs),
        contrasts=tuple(contrasts),
    )


def _by_person(runs: Sequence[TasteRun], measure: str) -> dict[int, float]:
    people: npt.NDArray[np.int64] = np.concatenate([run.people for run in runs])
    values: npt.NDArray[np.float64] = np.concatenate([run.per_person[measure] for run in runs])
    names, owners = np.unique(people, return_inverse=True)
    means = np.bincount(owners, values) / np.bincount(owners)
    return dict(zip(names.tolist(), means.tolist(), strict=True))


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 6) for name, value in values.items()}
