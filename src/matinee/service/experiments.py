"""Answers of routes that take part in experiments. Read :func:`experimented`."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from matinee.errors import MatineeError, StoreError
from matinee.evaluate.experiments import arm_of, takes_part
from matinee.evaluate.experiments_answers import SHOWN
from matinee.evaluate.experiments_arms import varied, with_settings
from matinee.pipeline.results import Results
from matinee.query.request import SearchRequest
from matinee.rank.interleave import team_draft
from matinee.service.depends import degrade
from matinee.store.records import Event, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from concurrent.futures import Future

    from fastapi import Request

    from matinee.pipeline.recommended import Recommendations, Recommended
    from matinee.pipeline.results import Result
    from matinee.query.wanted import RecommendRequest
    from matinee.service.caller import Caller
    from matinee.store import Store
    from matinee.store.records import Experiment

R = TypeVar("R", bound="SearchRequest | RecommendRequest")
A = TypeVar("A", bound="Results | Recommendations")

_log = logging.getLogger("matinee.service")

HEADER = "X-Matinee-Experiment"
INTERLEAVED = "interleaved"
UNKNOWN, FAILED, UNRECORDED = (
    "experiments-unavailable",
    "experiment-failed",
    "exposure-not-recorded",
)
"""What X-Matinee-Degraded says: the store did not say what runs; a ranker failed, and the answer is
the usual one; what was shown could not be written down."""
_FRESH = 1.5
"""Seconds for which a worker believes that the same experiments run."""
_AGAIN = 10.0
"""Seconds until a store that did not answer is asked again: each try may hold up one answer."""
_RECORDED = 100
"""Places of an answer that are written down; hardly anybody looks further."""


@dataclass(frozen=True, slots=True)
class Shown(Generic[A]):
    """An answer as it is sent.

    Attributes:
        answer: the answer.
        headers: what its headers say of the experiment; empty where there was none.
        arms: of each result, the ranker that gave it, empty for nobody's; None where rankers were
            not mixed.
    """

    answer: A
    headers: dict[str, str]
    arms: tuple[str, ...] | None = None

    def after(self, first: int) -> Shown[A]:
        """Return what is shown from a place on."""
        if not first:
            return self
        fewer: Any = {"results": self.answer.results[first:]}
        arms = None if self.arms is None else self.arms[first:]
        return replace(self, answer=replace(self.answer, **fewer), arms=arms)

    def to_dict(self, fields: Collection[str] | None = None) -> dict[str, Any]:
        """Return the answer as plain values; each result with its ``arm`` where they were mixed.

        Args:
            fields: names of what is wanted of each result; None means all.
        """
        values = self.answer.to_dict(fields)
        if self.arms is not None:
            for result, arm in zip(values["results"], self.arms, strict=True):
                result["arm"] = arm
        return values


def experimented(
    asked: R,
    surface: str,
    caller: Caller,
    store: Store,
    ask: Callable[[R], A],
    *,
    request: Request,
    given: Collection[str],
    first: int = 0,
    shown: int | None = None,
) -> Shown[A]:
    """Answer a request, as part of an experiment where one runs and the caller takes part. Blocks.

    The answer is the usual one, and the person is not counted as exposed, where the caller said
    themselves what the experiment varies, where results are sorted by something else than the
    ranking, and where a ranker of the experiment fails. What was shown is written down after the
    answer is made, without waiting for it.

    Args:
        asked: what is asked for.
        surface: "search" or "recommend".
        caller: who asks; who is assigned, so it must be whom the answer is for.
        store: knows what runs.
        ask: answers a request.
        request: the HTTP request; its id names the answer.
        given: names of the parameters the caller gave (``model_fields_set``).
        first: place of the first result that is shown, above 0 on a later page; those before it
            are left out of what is returned.
        shown: how many results are shown from there on, if not all are.
    """
    found, known = desk_of(request).running(store, surface)
    if not known:
        degrade(request, UNKNOWN)
    person = caller.person.name
    taking = next((each for each in found if takes_part(each, person)), None)
    sorted_otherwise = isinstance(asked, SearchRequest) and asked.sort != "relevance"
    if taking is None or sorted_otherwise or not varied(taking).isdisjoint(given):
        return Shown(ask(asked), {}).after(first)
    try:
        made = _made(taking, asked, person, ask)
    except MatineeError as error:
        # If the request itself is at fault, the usual answer fails in the same way.
        usual = ask(asked)
        _log.warning("Experiment %s failed: %s", taking.name, error)
        degrade(request, FAILED)
        return Shown(usual, {}).after(first)
    made = made.after(first)
    _record(made, taking, caller, store, request, first, shown)
    return made


def _made(experiment: Experiment, asked: R, person: str, ask: Callable[[R], A]) -> Shown[A]:
    if experiment.design == "ab":
        arm = arm_of(experiment, person)
        settings = experiment.a if arm == "a" else experiment.b
        return Shown(ask(with_settings(asked, settings)), {HEADER: f"{experiment.name}; {arm}"})
    first = ask(with_settings(asked, experiment.a))
    second = ask(with_settings(asked, experiment.b))
    places = team_draft(
        [result.title.id for result in first.results],
        [result.title.id for result in second.results],
        seed=_seed(experiment, person, getattr(asked, "text", "")),
    )[: asked.k]
    # A title that both found comes as the ranker gave it that is credited with it.
    sides = {
        "": {r.title.id: r for r in (*second.results, *first.results)},
        "a": {r.title.id: r for r in first.results},
        "b": {r.title.id: r for r in second.results},
    }
    results = tuple(sides[place.team][place.id] for place in places)
    return Shown(
        _mixed(first, second, results),
        {HEADER: f"{experiment.name}; {INTERLEAVED}"},
        tuple(place.team for place in places),
    )


def _mixed(first: A, second: A, results: tuple[Any, ...]) -> A:
    """Return two answers as one; what was read from the query is the first one's."""
    methods = dict.fromkeys((first.method, second.method))
    said = "degraded" if isinstance(first, Results) else "notes"
    notes = dict.fromkeys((*getattr(first, said), *getattr(second, said)))
    shared: dict[str, Any] = {
        "results": results,
        "method": "+".join(methods),
        "took_ms": first.took_ms + second.took_ms,
        said: tuple(notes),
    }
    return replace(first, **shared)


def _seed(experiment: Experiment, person: str, text: str) -> int:
    """Return the seed of the coins: the same list for a person, a query and a day.

    Pages of one answer then fit together, and a request that is sent again is answered the same;
    over people, queries and days the coins are independent.
    """
    day = dt.datetime.now(dt.UTC).date().isoformat()
    key = "\0".join((experiment.salt, person, day, text))
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")


def _record(
    made: Shown[A],
    experiment: Experiment,
    caller: Caller,
    store: Store,
    request: Request,
    first: int,
    shown: int | None,
) -> None:
    """Write down what is shown, without waiting."""
    answer = str(getattr(request.state, "request_id", ""))
    arms = made.arms or (arm_of(experiment, caller.person.name),) * len(made.answer.results)
    now = int(time.time())
    places = _RECORDED if shown is None else min(shown, _RECORDED)
    results: Sequence[Result | Recommended] = made.answer.results[:places]
    events = [
        Event(
            kind=Kind.IMPRESSION,
            title=result.title.id,
            key=_key(answer, experiment.name, first + place, result.title.id),
            time=now,
            request=answer,
            position=first + place,
            experiment=experiment.name,
            arm=arms[place],
        )
        for place, result in enumerate(results)
    ]
    if not events:
        return
    desk = desk_of(request)
    if desk.failing:
        degrade(request, UNRECORDED)
    try:
        store.events.record(caller.person.key, events).add_done_callback(desk.noted)
    except MatineeError as error:
        desk.failed(error)
        degrade(request, UNRECORDED)


def _key(answer: str, experiment: str, place: int, title: str) -> str:
    """Return the key of an impression: the same for a request that is sent again.

    It holds the title as well, since a client may give all its requests the same id.
    """
    text = "\0".join((answer, experiment, str(place), title))
    return f"{SHOWN}{hashlib.sha256(text.encode()).hexdigest()[:32]}"


class Desk:
    """What a worker remembers of experiments: which of them run, and whether records get through.

    One belongs to the app. Its members may be used by several threads.
    """

    def __init__(self) -> None:
        self.failing = False
        self._found: dict[str, tuple[float, Sequence[Experiment], bool]] = {}
        self._lock = threading.Lock()

    def running(self, store: Store, surface: str) -> tuple[Sequence[Experiment], bool]:
        """Return the experiments that run on a surface, oldest first, and whether that is known.

        While one request asks the store, others go by what was known before.
        """
        until, known, reached = self._found.get(surface, (0.0, (), True))
        if time.monotonic() >= until and self._lock.acquire(blocking=False):
            try:
                found = store.experiments.running(surface)
                known = tuple(sorted(found, key=lambda each: (each.created, each.name)))
                until, reached = time.monotonic() + _FRESH, True
            except StoreError as error:
                _log.warning("Which experiments run cannot be read: %s", error)
                until, reached = time.monotonic() + _AGAIN, False
            finally:
                self._found[surface] = (until, known, reached)
                self._lock.release()
        return known, reached

    def forget(self) -> None:
        """Ask the store the next time; called where an experiment begins or stops here."""
        self._found.clear()

    def noted(self, future: Future[Any]) -> None:
        """Take note of what became of a record."""
        error = None if future.cancelled() else future.exception()
        if error is None:
            self.failing = False
        else:
            self.failed(error)

    def failed(self, error: BaseException) -> None:
        """Take note of a record that failed; the log is told once, not at every answer."""
        if not self.failing:
            _log.warning("What was shown in experiments cannot be recorded: %s", error)
        self.failing = True


def desk_of(request: Request) -> Desk:
    """Return the desk of the app that serves a request."""
    state = request.app.state
    desk: Desk | None = getattr(state, "experiments", None)
    if desk is None:
        # Two threads may both make one at the first request; either will do.
        desk = state.experiments = Desk()
    return desk
