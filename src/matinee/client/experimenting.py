"""Comparisons of rankers with real people; for administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from matinee.client.answers import Experiment, ExperimentReport
from matinee.client.wire import Wire, decoded, operation, segment

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Experiments(Struct, frozen=True):
    experiments: list[Experiment]


class Experimenting(Wire):
    """The part of a client that compares rankers."""

    @operation("GET", "/v1/experiments")
    def experiments(self) -> list[Experiment]:
        """Return all experiments, the latest first."""
        return self._get(_Experiments, "/v1/experiments").experiments

    @operation("POST", "/v1/experiments")
    def create_experiment(
        self,
        name: str,
        surface: str,
        design: str,
        *,
        a: Mapping[str, Any] | None = None,
        b: Mapping[str, Any] | None = None,
        share: float = 1.0,
    ) -> Experiment:
        """Begin an experiment.

        Args:
            name: of letters, digits, dots, hyphens and underscores.
            surface: ``search`` or ``recommend``.
            design: ``ab`` or ``interleave``.
            a: parameters of the first ranker; None for the usual one.
            b: parameters of the second.
            share: part of the people who take part.

        Raises:
            RefusedConflictError: the name is taken.
        """
        body = {
            "name": name,
            "surface": surface,
            "design": design,
            "a": dict(a or {}),
            "b": dict(b or {}),
            "share": share,
        }
        return decoded(self._ask("POST", "/v1/experiments", body=body), Experiment)

    @operation("GET", "/v1/experiments/{name}")
    def experiment(self, name: str) -> Experiment:
        """Return an experiment."""
        return self._get(Experiment, f"/v1/experiments/{segment(name)}")

    @operation("POST", "/v1/experiments/{name}/stop")
    def stop_experiment(self, name: str) -> Experiment:
        """Stop an experiment for good."""
        return decoded(self._ask("POST", f"/v1/experiments/{segment(name)}/stop"), Experiment)

    @operation("GET", "/v1/experiments/{name}/report")
    def experiment_report(self, name: str, *, planned: int | None = None) -> ExperimentReport:
        """Return what came of an experiment so far.

        Args:
            name: of the experiment.
            planned: people it was planned for, at which p holds.
        """
        path = f"/v1/experiments/{segment(name)}/report"
        return self._get(ExperimentReport, path, planned=planned)
