"""What is counted of the service's work, for Prometheus to fetch."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    multiprocess,
    values,
)

from matinee import timing
from matinee.models import loading
from matinee.service import logs
from matinee.service.levels import read_caches, read_levels, read_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.datastructures import State
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""How prometheus_client wants to be told the folder; it is no setting of ours."""

REQUEST_BUCKETS = (
    *(0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025),
    *(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)
"""Seconds: close together at 1 to 15 ms, where searches are, and up to what nobody waits for."""
STAGE_BUCKETS = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.005),
    *(0.01, 0.025, 0.1, 0.5, 2.5),
)
"""Seconds: a stage is a part of a search, and the cross-encoder takes most of one."""
LOAD_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Seconds: a small model is there at once; a large one, not yet in the page cache, is awaited."""
_LEVELS_SECONDS = 5.0
"""How often memory, sizes and caches are looked at; Prometheus asks every 15 seconds or so."""
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_UNMATCHED = "unmatched"
"""The template of a path that no route has; the path itself would make a series for each."""


class Metrics:
    """The counts and levels of one app.

    Attributes:
        caches: more caches by name, each what returns its hits and misses so far; put yours in.
    """

    def __init__(self) -> None:
        # They double the series to tell when each began, which nothing here asks.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._shared = _FOLDER in os.environ
        self._registry = CollectorRegistry()
        # With several workers the values lie in files, which the one that is asked adds up.
        to: dict[str, Any] = {"registry": None if self._shared else self._registry}
        self._seconds = Histogram(
            "matinee_request_seconds",
            "Time until a request was answered",
            ("method", "route", "status"),
            buckets=REQUEST_BUCKETS,
            **to,
        )
        self._stages = Histogram(
            "matinee_stage_seconds",
            "Time of the stages of a search or a recommendation; encode is part of retrieve",
            ("stage",),
            buckets=STAGE_BUCKETS,
            **to,
        )
        self._loads = Histogram(
            "matinee_model_load_seconds",
            "Time to load a model at its first use; outcome failed: it could not be, and is "
            "tried again at the next",
            ("model", "outcome"),
            buckets=LOAD_BUCKETS,
            **to,
        )
        self._in_flight = Gauge(
            "matinee_requests_in_flight",
            "Requests whose work has not ended",
            multiprocess_mode="livesum",
            **to,
        )
        self._refused = Counter(
            "matinee_requests_refused",
            "Requests refused: queue full, time over, body too long or too slow, rate exceeded",
            ("reason",),
            **to,
        )
        self._cache = Counter(
            "matinee_cache_lookups", "Look-ups in a cache", ("cache", "outcome"), **to
        )
        self._to = to
        self._level: dict[str, Gauge] = {}
        self._seen: dict[tuple[str, str], int] = {}
        self._shown: dict[str, set[tuple[str, ...]]] = {}
        # The look-up of a labelled child takes longer than what is then done to it.
        self._children: dict[tuple[str, str, int], Histogram] = {}
        self._stage_children: dict[str, Histogram] = {}
        self._look_again = 0.0
        self.caches: dict[str, Callable[[], tuple[int, int]]] = {}

    def begun(self) -> None:
        """Count a request as in flight."""
        self._in_flight.inc()

    def ended(self, scope: Scope, route: str, status: int, seconds: float) -> None:
        """Count a request that has ended."""
        self._in_flight.dec()
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        key = (method, route, status)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._seconds.labels(*key)
        child.observe(seconds)
        reason = scope.get("state", {}).get("refused")
        if reason is not None:
            self._refused.labels(reason).inc()

    def stage(self, name: str, seconds: float) -> None:
        """Count a stage; see :data:`matinee.timing.observe`."""
        child = self._stage_children.get(name)
        if child is None:
            child = self._stage_children[name] = self._stages.labels(name)
        child.observe(seconds)

    def load(self, model: str, seconds: float, outcome: loading.Outcome) -> None:
        """Count the load of a model; see :data:`matinee.models.loading.observe`."""
        self._loads.labels(model, outcome).observe(seconds)

    def look(self, state: State, *, now: bool = False) -> None:
        """Look at memory, sizes and caches, if that is some seconds ago; call it in the loop.

        Args:
            state: of the app.
            now: however short a time ago that is.
        """
        moment = time.monotonic()
        if moment < self._look_again and not now:
            return
        self._look_again = moment + _LEVELS_SECONDS
        self._set(read_levels(state))
        counted = read_caches(state) | {name: read() for name, read in self.caches.items()}
        for name, counts in counted.items():
            for outcome, count in zip(("hit", "miss"), counts, strict=True):
                before = self._seen.get((name, outcome), 0)
                # A cache that begins anew, as with another library, has not taken anything back.
                self._cache.labels(name, outcome).inc(count - before if count >= before else count)
                self._seen[name, outcome] = count

    def render(self, state: State) -> bytes:
        """Return the text that Prometheus reads. Blocks: call it from a thread.

        Args:
            state: of the app; its store is asked for its size.
        """
        self._set(read_store(state))
        registry = self._registry
        if self._shared:
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)

    def _set(self, levels: dict[str, dict[tuple[str, ...], float]]) -> None:
        for name, series in levels.items():
            gauge = self._level.get(name)
            if gauge is None:
                # Made at its first value: what a system does not tell must not be shown as 0.
                gauge = self._level[name] = Gauge(f"matinee_{name}", **_GAUGES[name], **self._to)
            # What is no more, as a version that was swapped out, must not go on being shown.
            for labels in self._shown.get(name, set()) - series.keys():
                gauge.labels(*labels).set(0) if self._shared else gauge.remove(*labels)
            for labels, value in series.items():
                (gauge.labels(*labels) if labels else gauge).set(value)
            self._shown[name] = set(series)


def _gauge(said: str, mode: str, *labels: str) -> dict[str, Any]:
    return {"documentation": said, "multiprocess_mode": mode, "labelnames": labels}


_GAUGES = {
    "info": _gauge("1 for what answers", "livemax", "matinee", "library"),
    "library_titles": _gauge("Titles of the library that answers", "livemax"),
    "library_bytes": _gauge("Bytes of the library's files by part", "livemax", "part"),
    "threads_busy": _gauge("Threads that work on requests", "livesum"),
    "requests_waiting": _gauge("Requests that wait for a thread", "livesum"),
    "resident_memory_bytes": _gauge("Memory the process holds", "liveall"),
    "store_up": _gauge("1 while the store answers", "livemostrecent"),
    "store_bytes": _gauge("Bytes of the store", "livemostrecent"),
    "store_writes_waiting": _gauge("Writes that wait for the store", "livesum"),
}
"""Name to meaning, labels, and how the values of several workers become one."""


class Metered:
    """Counts every request and writes its line in the log.

    While the app runs, it also hears of the stages of its searches, and of the models they load.

    Args:
        app: what comes after it.
        metrics: what counts.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status, ended = 500, None

        async def noted(message: Message) -> None:
            nonlocal status, ended
            await send(message)
            if message["type"] == "http.response.start":
                status = message["status"]
            elif not message.get("more_body", False):
                ended = time.perf_counter()

        self._metrics.begun()
        try:
            await self._app(scope, receive, noted)
        finally:
            # An answer may be sent before its work ends; see Shedding.
            seconds = (ended or time.perf_counter()) - began
            route = getattr(scope.get("route"), "path", None) or _UNMATCHED
            self._metrics.ended(scope, route, status, seconds)
            logs.write_request(scope, route, status, seconds * 1e3)
            self._metrics.look(scope["app"].state)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Bound methods are made anew at each look.
        stage, load = self._metrics.stage, self._metrics.load
        timing.observe, loading.observe = stage, load
        try:
            await self._app(scope, receive, send)
        finally:
            if timing.observe is stage:
                timing.observe = None
            if loading.observe is load:
                loading.observe = None


def prepare_metrics(folder: Path) -> None:
    """Have the workers that are started after this put their counts together.

    Call it once, in the process that starts them, before it makes an app of its own. With a single
    worker it is not needed.

    Args:
        folder: for the counts; what an earlier run left there is removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.db"):
        path.unlink()
    os.environ[_FOLDER] = str(folder)
    # Chosen when prometheus_client was imported, which is before anybody could say.
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]


def forget_worker(pid: int) -> None:
    """Leave a worker that has died out of what is the state of the living; its counts stay.

    Args:
        pid: its process, as the process that started it knows it.
    """
    multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
