"""Several methods on the same queries: their means with intervals, and the first against each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matinee.evaluate.search import DEPTH
from matinee.evaluate.statistics import Estimate, bootstrap, holm, randomisation_test

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matinee.evaluate.search import SearchReport


@dataclass(frozen=True, slots=True)
class Contrast:
    """One method against the first, on one measure.

    Attributes:
        measure: its name.
        method: the method that is compared with the first.
        difference: its mean less the first method's, paired by query, with its bootstrap interval.
        p: of the paired randomisation test, two-sided.
        p_holm: the same, adjusted for the number of methods compared on this set and measure.
    """

    measure: str
    method: str
    difference: Estimate
    p: float
    p_holm: float

    def to_dict(self) -> dict[str, Any]:
        """Return the contrast as plain values."""
        return {
            "measure": self.measure,
            "method": self.method,
            "difference": _plain(self.difference),
            "p": round(self.p, 6),
            "p_holm": round(self.p_holm, 6),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What several methods earned on one set.

    Attributes:
        name: of the set.
        about: what it asks.
        measures: shown and tested, the one that decides first.
        left_out: items of the set's source that could not be used, by the reason.
        reports: what each method earned, by its name; the first is what the others are compared
            with.
        estimates: means with intervals, by method and measure.
        contrasts: the other methods against the first.
        degraded: answers from which something was missing, by method and by what it was; their
            figures are not the method's own.
    """

    name: str
    about: str
    measures: tuple[str, ...]
    left_out: Mapping[str, int]
    reports: Mapping[str, SearchReport]
    estimates: Mapping[str, Mapping[str, Estimate]]
    contrasts: tuple[Contrast, ...]
    degraded: Mapping[str, Mapping[str, int]]

    @property
    def first(self) -> SearchReport:
        """Return the report that the others are compared with."""
        return next(iter(self.reports.values()))

    @property
    def notes(self) -> list[str]:
        """Return what a reader must know besides the figures, as short sentences without stops."""
        notes = []
        if self.first.unknown:
            notes.append(f"{len(self.first.unknown):,} judged films are not in the library")
        left_out = [f"{reason} ({n:,})" for reason, n in self.left_out.items() if n]
        if left_out:
            notes.append(f"left out: {', '.join(left_out)}")
        if len(self.reports) > 1:
            # The library keeps the vectors of the latest queries, and all methods ask the same.
            notes.append("the milliseconds of the first method alone include the query's vector")
        for method, sentences in self.degraded.items():
            notes += [f"{method}, {n:,} times: {what}" for what, n in sentences.items()]
        return notes

    def contrast(self, method: str, measure: str) -> Contrast | None:
        """Return a method's comparison with the first, None for the first itself."""
        found = (c for c in self.contrasts if (c.method, c.measure) == (method, measure))
        return next(found, None)

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as plain values."""
        return {
            "set": self.name,
            "about": self.about,
            "queries": len(self.first.answers),
            "depth": DEPTH,
            "measures": list(self.measures),
            "left_out": dict(self.left_out),
            "unknown_ids": len(self.first.unknown),
            "methods": {
                method: {
                    "metrics": {n: round(value, 6) for n, value in report.metrics.items()},
                    "intervals": {
                        n: _plain(estimate) for n, estimate in self.estimates[method].items()
                    },
                    "proxies": report.proxies,
                    "degraded": dict(self.degraded.get(method, {})),
                }
                for method, report in self.reports.items()
            },
            "contrasts": [contrast.to_dict() for contrast in self.contrasts],
        }


def compare(
    name: str,
    reports: Mapping[str, SearchReport],
    *,
    measures: Sequence[str],
    seed: int,
    resamples: int,
    about: str = "",
    left_out: Mapping[str, int] | None = None,
    degraded: Mapping[str, Mapping[str, int]] | None = None,
) -> Comparison:
    """Compare methods that answered the same queries.

    Args:
        name: of the set.
        reports: one for each method, by its name, the one to compare with first.
        measures: to show and test.
        seed: of the bootstrap and the randomisation test.
        resamples: of the bootstrap.
        about: what the set asks.
        left_out: items of the set's source that could not be used, by the reason.
        degraded: answers from which something was missing, by method and by what it was.
    """
    baseline, *others = reports
    contrasts: list[Contrast] = []
    for measure in measures:
        first = reports[baseline].values(measure)
        values = {method: reports[method].values(measure) for method in others}
        found = {m: randomisation_test(first, other, seed=seed) for m, other in values.items()}
        adjusted = holm(found)
        for method, other in values.items():
            gains = [b - a for a, b in zip(first, other, strict=True)]
            difference = bootstrap(gains, seed=seed, resamples=resamples)
            contrasts.append(Contrast(measure, method, difference, found[method], adjusted[method]))
    estimates = {
        method: {m: bootstrap(report.values(m), seed=seed, resamples=resamples) for m in measures}
        for method, report in reports.items()
    }
    return Comparison(
        name=name,
        about=about,
        measures=tuple(measures),
        left_out=left_out or {},
        reports=reports,
        estimates=estimates,
        contrasts=tuple(contrasts),
        degraded=degraded or {},
    )


def _plain(estimate: Estimate) -> dict[str, float]:
    return {
        "mean": round(estimate.mean, 6),
        "low": round(estimate.low, 6),
        "high": round(estimate.high, 6),
    }
