"""Titles filled from one source, and the account of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from matinee.errors import InputError, MatineeError
from matinee.ingest.enrich.filling import FIELDS, check_fields, fill, lacking
from matinee.ingest.enrich.outcome import Doubtful, Found, Missing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matinee.catalogue.title import Title
    from matinee.ingest.enrich.outcome import Enricher, Provenance

EXAMPLES = 5
"""Of what was filled, and of why something was not; enough to see what kind of thing it is."""


@dataclass(slots=True)
class Enriched:
    """What came of a run.

    Attributes:
        source: name of the source.
        attribution: the sentence to show beside what came from it.
        titles: all titles, in order, those that lacked something with it filled where it was had.
        provenance: id of a title to field to where its value came from.
        looked_up: titles that were looked up.
        found: of these, those the source knows without doubt.
        filled: field to the number of titles in which it was filled.
        doubtful: title and why what was found is not used.
        missing: reason to number of titles for which there was nothing.
        failed: titles that may be had another day.
        examples: title and the fields that were filled in it.
        requests: requests sent.
        stopped: why the run ended before its end; None if it did not.
    """

    source: str
    attribution: str
    titles: list[Title]
    provenance: dict[str, dict[str, Provenance]] = field(default_factory=dict)
    looked_up: int = 0
    found: int = 0
    filled: Counter[str] = field(default_factory=Counter)
    doubtful: list[tuple[Title, Doubtful]] = field(default_factory=list)
    missing: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    examples: list[tuple[Title, tuple[str, ...]]] = field(default_factory=list)
    requests: int = 0
    stopped: MatineeError | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the account, without the titles, for JSON."""
        return {
            "source": self.source,
            "attribution": self.attribution,
            "titles": len(self.titles),
            "looked_up": self.looked_up,
            "found": self.found,
            "filled": {self.source: dict(self.filled)},
            "examples": [
                {"id": title.id, "title": title.title, "year": title.year, "fields": list(names)}
                for title, names in self.examples
            ],
            "doubtful": len(self.doubtful),
            "missing": dict(self.missing),
            "failed": self.failed,
            "requests": self.requests,
            "stopped": None if self.stopped is None else str(self.stopped),
        }


def enrich(
    titles: Sequence[Title],
    source: Enricher,
    *,
    needs: Sequence[str] | None = None,
    overwrite: Sequence[str] = (),
    provenance: Mapping[str, Mapping[str, Provenance]] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Enriched:
    """Return titles with what they lack filled from a source.

    A title is looked up when it lacks one of ``needs``, or when something in it is to be
    overwritten; what else it lacks is then filled as well. A run that is stopped gives back what it
    had; what was answered is kept by the source, and is not asked for again.

    Args:
        titles: of a catalogue; each has its own id.
        source: what is asked.
        needs: fields for whose sake a title is looked up; None means those of the source.
        overwrite: fields in which the source is to be believed rather than the title.
        provenance: of earlier runs; it is kept, save of fields that are filled anew.
        progress: called with the number of titles done, and of all to do.

    Raises:
        InputError: there is no such field, or the source never knows it.
    """
    wanted = _known(source, source.needs if needs is None else needs, "--need")
    replaced = _known(source, overwrite, "--overwrite")
    made = Enriched(source.name, source.attribution, list(titles))
    made.provenance = {own: dict(fields) for own, fields in (provenance or {}).items()}
    positions = [i for i, title in enumerate(titles) if replaced or lacking(title, wanted)]
    made.looked_up = len(positions)
    done = 0
    try:
        for k, outcome in source.find([titles[i] for i in positions]):
            done += 1
            _note(made, positions[k], outcome, replaced)
            if progress is not None:
                progress(done, len(positions))
    except MatineeError as error:
        made.stopped = error
    made.looked_up = done if made.stopped is not None else len(positions)
    made.requests = source.requests
    return made


def _note(
    made: Enriched, position: int, outcome: Found | Doubtful | Missing, overwrite: tuple[str, ...]
) -> None:
    ours = made.titles[position]
    if isinstance(outcome, Doubtful):
        made.doubtful.append((ours, outcome))
        return
    if isinstance(outcome, Missing):
        made.missing[outcome.reason] += 1
        made.failed += outcome.failed
        return
    made.found += 1
    title, names = fill(ours, outcome.title, source=made.source, overwrite=overwrite)
    if not names:
        return
    made.titles[position] = title
    made.provenance.setdefault(title.id, {}).update(dict.fromkeys(names, outcome.provenance))
    made.filled.update(names)
    if len(made.examples) < EXAMPLES:
        made.examples.append((title, names))


def _known(source: Enricher, names: Sequence[str], option: str) -> tuple[str, ...]:
    given = check_fields(names, option)
    if never := [name for name in given if name not in source.fields]:
        raise InputError(
            f"{source.name} never knows {never[0]}",
            where=option,
            cure=f"It may know: {', '.join(name for name in FIELDS if name in source.fields)}",
        )
    return given
