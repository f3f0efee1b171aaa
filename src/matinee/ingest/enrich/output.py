"""Titles written as JSON lines that ``matinee build`` reads, and beside them where facts came from.

For ``films.jsonl`` there are ``films.provenance.jsonl``, a line for each title in which something
was filled, ``{"id": ..., "fields": {field: {source, url, retrieved, licence}}}``, and
``films.doubtful.jsonl``, a line for each find that was not used. Neither is a list of titles to
``matinee build``, so that they may lie in one folder with it.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import TYPE_CHECKING, Any

from matinee.catalogue.schema import SCHEMA
from matinee.errors import InputError, SourceError
from matinee.ingest.enrich.filling import FIELDS
from matinee.ingest.enrich.outcome import Provenance
from matinee.ingest.files import lines_of, open_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from matinee.catalogue.title import Title
    from matinee.ingest.enrich.run import Enriched

_SUFFIXES = (".jsonl", ".ndjson")


def sidecars(out: Path) -> tuple[Path, Path]:
    """Return the files beside an output: of provenance, and of what was in doubt.

    >>> from pathlib import Path
    >>> [path.name for path in sidecars(Path("films.jsonl"))]
    ['films.provenance.jsonl', 'films.doubtful.jsonl']
    """
    stem = out.stem if out.suffix in _SUFFIXES else out.name
    return out.with_name(f"{stem}.provenance.jsonl"), out.with_name(f"{stem}.doubtful.jsonl")


def check_output(out: Path, inputs: Sequence[Path]) -> None:
    """Refuse an output that is an input, or that cannot be written.

    Raises:
        InputError: it is.
    """
    if out.suffix not in _SUFFIXES:
        raise InputError(
            "The output is written as JSON lines", where=str(out), cure="Name it FILE.jsonl"
        )
    if not out.parent.is_dir() or out.is_dir():
        raise InputError("There is no such folder to write into", where=str(out), cure="Make it")
    for path in inputs:
        inside = path.iterdir() if path.is_dir() else (path,)
        if any(out.exists() and each.exists() and each.samefile(out) for each in inside):
            raise InputError(
                "The output is one of the catalogues that are read",
                where=str(out),
                cure="Give another name: what is read is not written over",
            )


def write(out: Path, made: Enriched) -> list[Path]:
    """Write titles, provenance and doubts, each file in one step, and return the files.

    Raises:
        SourceError: the folder cannot be written, or its disk is full.
    """
    proofs, doubts = sidecars(out)
    lines = (
        {"id": own, "fields": {name: each.to_dict() for name, each in fields.items()}}
        for own, fields in made.provenance.items()
    )
    doubtful = (
        {
            "id": ours.id,
            "ours": {"name": ours.title, "year": ours.year},
            "theirs": {"name": found.title, "year": found.year},
            "source": made.source,
            "reason": found.reason,
            "url": found.url,
        }
        for ours, found in made.doubtful
    )
    # The provenance first: titles without it would look as if all were the user's own.
    _write(proofs, lines)
    _write(doubts, doubtful)
    _write(out, map(_row, made.titles))
    return [out, proofs, doubts]


def read_provenance(paths: Iterable[Path]) -> dict[str, dict[str, Provenance]]:
    """Return what lies beside catalogues of earlier runs: id to field to provenance.

    Raises:
        SourceError: such a file is damaged.
    """
    found: dict[str, dict[str, Provenance]] = {}
    for path in paths:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        for file in files:
            beside = sidecars(file)[0]
            if file.suffix in _SUFFIXES and beside.is_file():
                for own, fields in _provenance(beside):
                    found.setdefault(own, {}).update(fields)
    return found


def _provenance(path: Path) -> Iterator[tuple[str, dict[str, Provenance]]]:
    with open_text(path) as text:
        for number, line in enumerate(lines_of(path, text), 1):
            try:
                told = json.loads(line)
                fields = {name: Provenance(**each) for name, each in told["fields"].items()}
                own = str(told["id"])
                if not _sound(told["fields"]):
                    raise TypeError
            except (ValueError, KeyError, TypeError, AttributeError):
                raise SourceError(
                    "the file of provenance is damaged",
                    where=f"{path}, line {number}",
                    cure="Correct it, or move it away if nothing of it is to be kept",
                ) from None
            yield own, fields


def _sound(fields: dict[str, dict[str, str]]) -> bool:
    texts = (text for each in fields.values() for text in each.values())
    return fields.keys() <= set(FIELDS) and all(isinstance(text, str) for text in texts)


def _row(title: Title) -> dict[str, Any]:
    """Return a title as ``matinee build`` reads it: what is absent is left out."""
    values = {name: getattr(title, name) for name in SCHEMA.names}
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in values.items()
        if value not in (None, ())
    }


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        try:
            with part.open("w", encoding="utf-8", newline="\n") as stream:
                for row in rows:
                    stream.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SourceError(
            "The enriched catalogue cannot be written",
            where=f"{error.filename or path}: {error.strerror or error}",
            cure="Free some room there, or check its permissions",
        ) from error
