"""Evidence in plain words: one reason for each title of a history, and for what holds without it.

A reason says no more than the numbers and the facts bear out: that people share a taste only where
a collaborative signal gave something, that a director is the same only where he is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.explain.removal import TOGETHER
from matinee.explain.wording import (
    Kind,
    Label,
    Shared,
    base_sentence,
    claim,
    gathered_sentence,
    stance,
    title_sentence,
)
from matinee.interaction import NO_TIME

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matinee.explain.shares import Evidence, Share
    from matinee.interaction import Histories

KIND_OF: Mapping[str, Kind] = {
    "collaborative": "collaborative",
    "story": "story",
    "people": "people",
    "genre": "genre",
    "era": "era",
    "recent": "recent",
    "sequence": "recent",
    "popular": "popular",
    "context": "context",
    TOGETHER: "together",
}
"""The kind of reason that each signal of a model gives; any other gives ``other``."""

_LATELY = 10
"""Entries at the end of a history that count as lately chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a title is recommended, or what speaks against it.

    Attributes:
        kind: what sort of evidence; of several the strongest that the facts bear out.
        title: the title of the history it rests on; None where it rests on none in particular.
        item: position of that title.
        tenths: all that it gave, in tenths of a percent of the score; negative if against.
        parts: kind and tenths of each signal it is made of, the largest first.
        sentence: the same in words.
        people: those who made both titles, where the sentence names them.
        genres: likewise.
        gathered: how many titles of the history it gathers; 0 where it is not of that sort.
    """

    kind: Kind
    tenths: int
    parts: tuple[tuple[Kind, int], ...]
    sentence: str
    title: Label | None = None
    item: int | None = None
    people: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    gathered: int = 0

    @property
    def percent(self) -> float:
        """The share of the score in percent, to one decimal; below 0 where it speaks against."""
        return self.tenths / 10

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "kind": self.kind,
            "title": None if self.title is None else self.title.to_dict(),
            "percent": self.percent,
            "parts": [{"kind": kind, "percent": tenths / 10} for kind, tenths in self.parts],
            "sentence": self.sentence,
            "people": list(self.people),
            "genres": list(self.genres),
            "gathered": self.gathered,
        }


def reasons(
    evidence: Evidence,
    history: Histories,
    item: int,
    *,
    label: Callable[[int], Label],
    facts: Callable[[int, int], Shared],
) -> tuple[Reason, ...]:
    """Return the reasons: those for the title by size, then those against.

    On either side what titles give together comes after what they give alone, gathered ones last.

    Args:
        evidence: of :func:`matinee.explain.shares.evidence`.
        history: the one it was taken from.
        item: position of the title recommended.
        label: id and name of the title at a position.
        facts: what the title at the first position, of the history, shares with that at the second.
    """
    by_title: dict[int, list[Share]] = {}
    for share in evidence.shares:
        if share.title is not None:
            by_title.setdefault(share.title, []).append(share)
    found = [
        _of_title(label(title), title, shares, history, facts(title, item))
        for title, shares in by_title.items()
    ]
    found += [
        _without_title(share, alone=not by_title)
        for share in evidence.shares
        if share.title is None
    ]
    return tuple(sorted(found, key=_order))


def _order(reason: Reason) -> tuple[bool, bool, bool, int]:
    together = reason.kind == "together"
    return reason.tenths < 0, reason.gathered > 0, together, -abs(reason.tenths)


def _of_title(
    label: Label, item: int, shares: Sequence[Share], history: Histories, shared: Shared
) -> Reason:
    value = sum(share.value for share in shares)
    # What speaks the way the title does as a whole can be its reason, the strongest first.
    telling = sorted(
        (share for share in shares if (share.value > 0) == (value > 0)),
        key=lambda share: -abs(share.value),
    )
    entries = np.flatnonzero(history.items == item).tolist()
    # Without times the order of a history says nothing.
    lately = entries[-1] >= len(history.items) - _LATELY and history.times[entries[-1]] != NO_TIME
    kind: Kind = "other"
    said = None
    for share in telling:
        said = claim(KIND_OF.get(share.signal, "other"), label.name, shared, lately=bool(lately))
        if said is not None:
            kind = KIND_OF[share.signal]
            break
    view = stance(history, entries)
    return Reason(
        kind=kind,
        tenths=sum(share.tenths for share in shares),
        parts=tuple(
            (KIND_OF.get(share.signal, "other"), share.tenths)
            for share in sorted(shares, key=lambda share: -abs(share.value))
        ),
        sentence=title_sentence(said, label.name, speaks_for=value > 0, stance=view),
        title=label,
        item=item,
        people=said.people if said else (),
        genres=said.genres if said else (),
    )


def _without_title(share: Share, *, alone: bool) -> Reason:
    kind = KIND_OF.get(share.signal, "other")
    speaks_for = share.value > 0
    if share.gathered:
        sentence = gathered_sentence(share.gathered, speaks_for=speaks_for, alone=alone)
    else:
        sentence = base_sentence(kind, speaks_for=speaks_for)
    return Reason(
        kind=kind,
        tenths=share.tenths,
        parts=((kind, share.tenths),),
        sentence=sentence,
        gathered=share.gathered,
    )
