"""All that the page of administrators shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.errors import StoreError
from matinee.service.admin_checks import read_checks
from matinee.service.admin_jobs import Paces, shown
from matinee.service.admin_library import read_library, read_versions
from matinee.service.admin_models import read_models
from matinee.service.admin_taste import read_evaluation
from matinee.service.insights import figure
from matinee.service.insights_live import latency

if TYPE_CHECKING:
    from starlette.datastructures import State

    from matinee.service.admin_checks import Check, StoreFacts
    from matinee.service.admin_jobs import JobView
    from matinee.service.admin_library import KeptVersion, LibraryFacts
    from matinee.service.admin_models import KnownModel
    from matinee.service.admin_taste import Evaluation
    from matinee.service.insights import Figure
    from matinee.store.records import Person

LISTED = 20
"""Jobs on the page; older ones are told by the API."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A server as its administrators see it.

    Attributes:
        checks: how its parts are.
        store: how large the store is; None where it does not answer.
        library: the library that answers; None where none does.
        versions: of the library on disk.
        models: that are known by name.
        jobs: the newest first; None where the store does not answer.
        evaluation: what the training of the library measured; None where it learnt nothing.
        latency: how quick answers are, drawn; None before the first.
        people: who has an account; None where the store does not answer.
    """

    checks: tuple[Check, ...]
    store: StoreFacts | None
    library: LibraryFacts | None
    versions: tuple[KeptVersion, ...]
    models: tuple[KnownModel, ...]
    jobs: list[JobView] | None
    evaluation: Evaluation | None
    latency: Figure | None
    people: list[Person] | None


def read_overview(state: State) -> Overview:
    """Return what is to be shown. Blocks: call it from a thread.

    Args:
        state: of the app.
    """
    checks, store = read_checks(state)
    quick = latency(state.metrics.render(state).decode())
    # A store that just failed to answer is not asked again: each time costs its timeout.
    jobs = None if store is None else read_jobs(state)
    return Overview(
        checks=checks,
        store=store,
        library=read_library(state.holder),
        versions=read_versions(state.holder),
        models=read_models(state.holder, state.settings),
        jobs=jobs,
        evaluation=read_evaluation(state.holder),
        latency=None if quick is None else figure(quick),
        people=None if jobs is None else _people(state),
    )


def read_jobs(state: State) -> list[JobView] | None:
    """Return the newest jobs, None where the store does not answer. Blocks.

    Args:
        state: of the app; it keeps how quick the jobs were at the last look.
    """
    if not hasattr(state, "paces"):
        state.paces = Paces()
    try:
        return shown(state.store.jobs.all(LISTED), state.paces)
    except StoreError:
        return None


def _people(state: State) -> list[Person] | None:
    try:
        found: list[Person] = state.store.accounts.all()
    except StoreError:
        return None
    return found
