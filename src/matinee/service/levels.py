"""What stands at some level and is not counted: memory, sizes, queues; read when asked."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread

from matinee._version import __version__
from matinee.errors import StoreError

if TYPE_CHECKING:
    from starlette.datastructures import State

    from matinee.assembly import Library
    from matinee.service.answers import AnswerCache
    from matinee.store import Store

Levels = dict[str, dict[tuple[str, ...], float]]
"""Name of a gauge to its labels to its value."""


def resident_bytes() -> int | None:
    """Return the memory this process holds now, None where the system does not say."""
    if sys.platform != "linux":
        return None
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def read_levels(state: State) -> Levels:
    """Return what can be known without waiting. To be called in the event loop.

    Args:
        state: of the app.
    """
    library: Library | None = state.holder.library
    version = "none" if library is None else library.version
    threads = anyio.to_thread.current_default_thread_limiter().statistics()
    levels: Levels = {
        "info": {(__version__, version): 1},
        "threads_busy": {(): threads.borrowed_tokens},
        "requests_waiting": {(): threads.tasks_waiting},
    }
    if (held := resident_bytes()) is not None:
        levels["resident_memory_bytes"] = {(): held}
    if library is not None:
        levels["library_titles"] = {(): len(library)}
        levels["library_bytes"] = library_bytes(library)
    return levels


def read_caches(state: State) -> dict[str, tuple[int, int]]:
    """Return the hits and misses so far of the caches of an app, by name.

    Args:
        state: of the app.
    """
    caches = {}
    # A library of somebody's own need not have a cache, and answers may not have been asked yet.
    queries: tuple[int, int] | None = getattr(state.holder.library, "query_cache", None)
    if queries is not None:
        caches["query_vectors"] = queries
    answers: AnswerCache | None = getattr(state, "answers", None)
    if answers is not None:
        tally = answers.tally
        caches["answers"] = (tally.hits, tally.misses)
    return caches


def library_bytes(library: Library) -> dict[tuple[str, ...], float]:
    """Return the bytes of a library's files, by the first part of their names."""
    made = getattr(library, "manifest", None)
    sizes: Counter[tuple[str, ...]] = Counter()
    for name, record in (made.files if made is not None else {}).items():
        sizes[(name.partition("/")[0],)] += record.bytes
    return dict(sizes)


def read_store(state: State) -> Levels:
    """Return what the store says of itself. May block.

    Args:
        state: of the app.
    """
    store: Store | None = getattr(state, "store", None)
    if store is None:
        return {}
    levels: Levels = {"store_writes_waiting": {(): store.writes_waiting}}
    try:
        return levels | {"store_up": {(): 1}, "store_bytes": {(): store.size()}}
    except StoreError:
        return levels | {"store_up": {(): 0}}
