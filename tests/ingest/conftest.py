"""Writing small catalogues, with invented films, and reading them back."""

from __future__ import annotations

import csv
import gzip
import io
from typing import TYPE_CHECKING, Any

import pytest

from matinee.ingest import read_catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from matinee.ingest import Catalogue


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    """Write text or bytes under a name that tells nothing, gzipped if asked."""

    def write(content: str | bytes, name: str = "file", *, packed: bool = False) -> Path:
        raw = content.encode() if isinstance(content, str) else content
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(raw, mtime=0) if packed else raw)
        return path

    return write


@pytest.fixture
def put_csv(put: Callable[..., Path]) -> Callable[..., Path]:
    """Write rows as CSV, the first being the header."""

    def write(rows: Sequence[Sequence[Any]], name: str = "file", **options: Any) -> Path:
        text = io.StringIO(newline="")
        csv.writer(text, **options).writerows(rows)
        return put(text.getvalue(), name)

    return write


@pytest.fixture
def rows_of() -> Callable[..., list[dict[str, Any]]]:
    """Read paths and return the rows of the table."""

    def read(*paths: Path, **options: Any) -> list[dict[str, Any]]:
        catalogue: Catalogue = read_catalogue(paths, **options)
        report = catalogue.report
        assert report.rows == report.titles + report.merged + report.rejected
        rows: list[dict[str, Any]] = catalogue.table.to_pylist()
        return rows

    return read
