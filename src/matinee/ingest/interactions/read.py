"""Reading interactions: find the file, take its cells, read each field, leave the last word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import InputError, RejectedRowsError
from matinee.ingest.interactions.cells import read_cells
from matinee.ingest.interactions.columns import Fields, fields_of, require
from matinee.ingest.interactions.distinct import compact
from matinee.ingest.interactions.fields import Rows
from matinee.ingest.interactions.scales import check_scale
from matinee.ingest.sniff import take_sample
from matinee.interaction import Action, Interactions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    from matinee.ingest.interactions.cells import Cells
    from matinee.ingest.interactions.scales import Scale
    from matinee.ingest.source import Sample
    from matinee.types import Reject

_STATES = (Action.RATING, Action.LIKE, Action.DISLIKE, Action.HIDE)
"""Of these a person's last word on a title holds; the others are events, each of which happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What came of a file.

    Attributes:
        interactions: in the order of the file; people and titles in order of first appearance.
        rejects: rows that could not be used, by line.
        scale: what the ratings were taken to be of; None where there are none.
        replaced: rows left out because the person gave a later word on the same title.
        path: the file that was read.
        lines: int64 [n], 1-based line or record of each interaction.
    """

    interactions: Interactions
    rejects: list[Reject]
    scale: Scale | None
    replaced: int
    path: Path
    lines: npt.NDArray[np.int64]


def read_interactions(
    path: Path,
    *,
    mapping: Mapping[str, str] | None = None,
    scale: Scale | None = None,
    namespace: str | None = None,
    strict: bool = False,
) -> tuple[Interactions, list[Reject]]:
    """Return the interactions of a file or folder, and the rows that could not be used.

    :func:`load_interactions` takes the same and tells the scale as well.
    """
    loaded = load_interactions(
        path, mapping=mapping, scale=scale, namespace=namespace, strict=strict
    )
    return loaded.interactions, loaded.rejects


def load_interactions(
    path: Path,
    *,
    mapping: Mapping[str, str] | None = None,
    scale: Scale | None = None,
    namespace: str | None = None,
    strict: bool = False,
) -> Loaded:
    """Read who did what with which title, the format recognised by content.

    Formats: MovieLens' ``ratings.csv`` and ``.dat``, RecBole's ``.inter``, Parquet, any CSV with
    a header, JSON lines; text also gzipped. A rating beside another kind of interaction stays in
    its row.

    Args:
        path: a file, or a folder with one file of interactions.
        mapping: field (``user``, ``item``, ``rating``, ``time``, ``kind``) to column, for names
            that are not the usual ones.
        scale: of the ratings; None where the format or the largest rating decides it.
        namespace: of the ids that come without one, where the column's name or the format does
            not tell it or tells it wrongly.
        strict: raise on the first row that cannot be used.

    Raises:
        InputError: columns are missing, the scale or the namespace is not decided, no row can be
            used, or there is no such file.
        RejectedRowsError: ``strict`` was asked for and a row was bad.
    """
    mapping = dict(mapping or {})
    check_scale(scale)
    sample = _find(path, mapping)
    cells = read_cells(sample, mapping)
    fields = fields_of(sample.path, cells.columns or sample.columns, mapping)
    require(sample.path, fields, cells.columns or sample.columns)
    rows = _rows(sample, cells, fields, scale, namespace)
    rejects = sorted([*cells.rejects, *rows.rejects], key=lambda reject: reject.line)
    if rejects and strict:
        raise _refused(rejects[0])
    if not rows.good.any():
        first = _refused(rejects[0]) if rejects else None
        raise InputError(
            "The file holds no interaction that can be used",
            where=f"{first.where}: {first.what}" if first else str(sample.path),
            cure=first.cure if first else "Give a file with rows",
        )
    found = rows.interactions()
    last = last_words(found)
    kept = _compacted(found.take(last))
    return Loaded(
        interactions=kept,
        rejects=rejects,
        scale=rows.scale,
        replaced=len(found) - len(kept),
        path=sample.path,
        lines=cells.lines[rows.good][last],
    )


def _rows(
    sample: Sample, cells: Cells, fields: Fields, scale: Scale | None, namespace: str | None
) -> Rows:
    """Read the fields in the order in which a row's faults are told."""
    rows = Rows(sample, cells, fields)
    rows.read_users()
    rows.read_items(namespace or fields.namespace)
    rows.read_kinds()
    rows.read_ratings(scale)
    rows.read_times()
    return rows


def last_words(found: Interactions) -> npt.NDArray[np.bool_]:
    """Return which rows [n] stay: of a person's ratings of a title the latest, then the last.

    The same for likes, dislikes and hides; watches and the like all stay.
    """
    key = (found.users * len(found.item_ids) + found.items) * len(Action) + found.actions
    states = np.flatnonzero(np.isin(found.actions, _STATES))
    kept = np.ones(len(found), np.bool_)
    # Sorted: numpy's unique takes seconds for a million.
    if (np.diff(np.sort(key[states])) == 0).any():
        order = states[np.lexsort((found.times[states], key[states]))]
        kept[order[:-1][key[order[1:]] == key[order[:-1]]]] = False
    return kept


def _compacted(found: Interactions) -> Interactions:
    """Leave out people and titles that do nothing any more."""
    users, user_ids = compact(found.users, found.user_ids)
    items, item_ids = compact(found.items, found.item_ids)
    return Interactions(
        users=users,
        items=items,
        actions=found.actions,
        values=found.values,
        times=found.times,
        user_ids=user_ids,
        item_ids=item_ids,
    )


def _find(path: Path, mapping: Mapping[str, str]) -> Sample:
    if not path.exists():
        raise InputError("There is no such file", where=str(path), cure="Check the path")
    if not path.is_dir():
        return take_sample(path)
    inside = sorted(p for p in path.iterdir() if p.is_file() and p.name[0] not in "._")
    found = [sample for sample in map(take_sample, inside) if _holds(sample, mapping)]
    if len(found) != 1:
        listed = ", ".join(p.name for p in ([sample.path for sample in found] or inside))
        raise InputError(
            "The folder has several files of interactions"
            if found
            else "The folder has no file of interactions",
            where=f"{path}, it holds {listed[:400]}",
            cure="Name one file" if found else "Give a table with user, item and rating",
        )
    return found[0]


def _holds(sample: Sample, mapping: Mapping[str, str]) -> bool:
    if sample.fault is not None or sample.form in ("text", "json"):
        return False
    known = {field: column for field, column in mapping.items() if column in sample.columns}
    return fields_of(sample.path, sample.columns, known).complete


def _refused(reject: Reject) -> RejectedRowsError:
    what = f"{reject.column} {reject.reason}" if reject.column else f"the row {reject.reason}"
    return RejectedRowsError(
        what,
        where=f"{reject.path}, line {reject.line}, value {reject.value!r}",
        cure=reject.cure,
    )
