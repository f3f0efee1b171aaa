"""Whether each part of a server does its work, in words for whoever looks after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from matinee._version import __version__
from matinee.errors import MatineeError, StoreError
from matinee.service.levels import resident_bytes
from matinee.service.scene import gettext, ngettext, number

if TYPE_CHECKING:
    from starlette.datastructures import State

    from matinee.service.holder import Holder
    from matinee.store import Store

_KINDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True, slots=True)
class Check:
    """How one part of the server is.

    Attributes:
        name: of the part.
        state: "ok", "warn" for what works and could be better, "bad" for what does not work.
        said: how it is, as a sentence.
        cure: what to do about it; empty where there is nothing to do.
    """

    name: str
    state: Literal["ok", "warn", "bad"]
    said: str
    cure: str = ""


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """How large a store is.

    Attributes:
        kind: of database.
        url: where it is, without a password.
        bytes: it takes on disk.
        rows: by table, the largest first.
    """

    kind: str
    url: str
    bytes: int
    rows: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """Rows of all tables."""
        return sum(count for _, count in self.rows)


def read_checks(state: State) -> tuple[tuple[Check, ...], StoreFacts | None]:
    """Return how the parts of a server are, and the size of its store unless that is away.

    They are those of ``GET /health/ready``, and the processes. Blocks: call it from a thread.

    Args:
        state: of the app.
    """
    store, facts = _store(state.store)
    return (_library(state.holder), store, _server(state)), facts


def _library(holder: Holder) -> Check:
    name = gettext("Library")
    try:
        library = holder.get()
    except MatineeError as error:
        return Check(name, "bad", f"{error.what}.", error.cure or "")
    if holder.degraded:
        cure = gettext("Build it again; the version before goes on answering")
        return Check(name, "warn", "; ".join(holder.degraded), cure)
    count = len(library)
    said = ngettext(
        "%(version)s answers, with %(shown)s title.",
        "%(version)s answers, with %(shown)s titles.",
        count,
    )
    return Check(name, "ok", said % {"version": library.version, "shown": number(count)})


def _store(store: Store) -> tuple[Check, StoreFacts | None]:
    name = gettext("Store")
    try:
        store.ready()
        rows = sorted(store.counts().items(), key=lambda each: (-each[1], each[0]))
        kind = _KINDS.get(store.dialect, store.dialect)
        facts = StoreFacts(kind, store.url, store.size(), tuple(rows))
    except StoreError as error:
        return Check(name, "bad", f"{error.what}.", error.cure or ""), None
    total = facts.total
    said = ngettext(
        "%(kind)s answers, with %(shown)s row.", "%(kind)s answers, with %(shown)s rows.", total
    )
    return Check(name, "ok", said % {"kind": kind, "shown": number(total)}), facts


def _server(state: State) -> Check:
    name = gettext("Server")
    if getattr(state, "stopping", False):
        return Check(name, "bad", gettext("It is being stopped, and takes no more requests."))
    held, board = resident_bytes(), state.holder.board
    said = [f"Matinee {__version__}."]
    if held is not None:
        text = gettext("The process that answers you holds %(size)s MB of memory.")
        said.append(text % {"size": number(held / 1e6)})
    if board is None:
        return Check(name, "ok", " ".join(said))
    workers = [each for each in board.workers() if each.ready]
    count = ngettext("%(shown)s process answers.", "%(shown)s processes answer.", len(workers))
    said.append(count % {"shown": len(workers)})
    apart = {each.version for each in workers} - {state.holder.version}
    wrong = [text for each in workers for text in each.degraded]
    if apart or wrong:
        said += [*dict.fromkeys(wrong)] or [gettext("Not all of them have the same library yet.")]
        return Check(name, "warn", " ".join(said))
    return Check(name, "ok", " ".join(said))
