"""The settings of an experiment's rankers, and requests made with them."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any, TypeVar

from matinee.errors import QueryError
from matinee.query.knobs import KNOB_NAMES
from matinee.query.request import SearchRequest
from matinee.query.wanted import RecommendRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matinee.store.records import Experiment

R = TypeVar("R", bound="SearchRequest | RecommendRequest")

SURFACES: dict[str, frozenset[str]] = {
    "search": frozenset(("method", "understand", "lang_policy", *KNOB_NAMES)),
    "recommend": frozenset(("method", "exploration", "diversity", "calibration")),
}
"""Where experiments run, and what they may vary there: how titles are ranked, never which titles
were asked for, nor how many."""
DESIGNS = ("ab", "interleave")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SAMPLES: dict[str, SearchRequest | RecommendRequest] = {
    "search": SearchRequest("anything"),
    "recommend": RecommendRequest(),
}


def checked(experiment: Experiment) -> Experiment:
    """Return an experiment that can be run.

    Raises:
        QueryError: its name, surface, design or share is none, a setting is not one that may vary
            there or is out of its bounds, or both rankers are the same.
    """
    if not _NAME.fullmatch(experiment.name):
        raise QueryError(
            "This cannot be the name of an experiment",
            where=f"{experiment.name:.64}",
            cure="Use 1 to 64 letters, digits, dots, hyphens and underscores",
        )
    if experiment.surface not in SURFACES:
        raise QueryError(
            f"There is no surface {experiment.surface!r:.60}",
            cure=f"Use one of: {', '.join(SURFACES)}",
        )
    if experiment.design not in DESIGNS:
        raise QueryError(
            f"There is no design {experiment.design!r:.60}",
            cure=f"Use one of: {', '.join(DESIGNS)}",
        )
    share: object = experiment.share
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
        raise QueryError(f"share is {share!r:.40}", cure="Give a number above 0, 1 at most")
    sample = _SAMPLES[experiment.surface]
    if with_settings(sample, experiment.a) == with_settings(sample, experiment.b):
        raise QueryError(
            "Both rankers are the same", where=experiment.name, cure="Give b another setting"
        )
    return experiment


def with_settings(request: R, settings: Mapping[str, Any]) -> R:
    """Return a request with the settings of a ranker.

    Raises:
        QueryError: there is no such setting, or its value cannot be used.

    >>> with_settings(SearchRequest("heist"), {"method": "blend", "w_recency": 0.5}).knobs.w_recency
    0.5
    """
    allowed = SURFACES["search" if isinstance(request, SearchRequest) else "recommend"]
    if unknown := sorted(set(settings) - allowed):
        raise QueryError(
            f"An experiment cannot vary {', '.join(unknown):.80}",
            cure=f"Use some of: {', '.join(sorted(allowed))}",
        )
    if not isinstance(settings.get("understand", True), bool):
        raise QueryError(f"understand is {settings['understand']!r:.40}", cure="Give true or false")
    if not isinstance(settings.get("method", ""), str):
        raise QueryError(f"method is {settings['method']!r:.40}", cure="Give the name of a method")
    own = {name: value for name, value in settings.items() if name not in KNOB_NAMES}
    if isinstance(request, SearchRequest):
        turned = {name: value for name, value in settings.items() if name in KNOB_NAMES}
        return dataclasses.replace(
            request, knobs=dataclasses.replace(request.knobs, **turned), **own
        )
    return dataclasses.replace(request, **own)


def varied(experiment: Experiment) -> frozenset[str]:
    """Return the names of the settings an experiment varies."""
    return frozenset((*experiment.a, *experiment.b))
