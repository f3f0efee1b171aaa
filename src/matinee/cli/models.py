"""``matinee models``."""

from __future__ import annotations

import shutil
import textwrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matinee.cli.options import JsonOption, print_json

if TYPE_CHECKING:
    from matinee.models.card import ModelFiles
    from matinee.models.registry import ModelSpec

app = typer.Typer(help="See and fetch the models Matinee knows by name.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="Name of the model.")]

_WIDEST = 100
"""Longer lines are hard to read, however wide the window is."""
_COMMIT = 12
"""Digits of a commit that are shown; with --json there are all."""


@app.command("list")
def list_models(as_json: JsonOption = False) -> None:
    """Show the models, and which of them are on this machine."""
    from matinee.models.registry import MODELS, USED_BY

    rows = [_describe(spec) for spec in MODELS.values()]
    if as_json:
        print_json(rows)
        return
    typer.echo(_line("name", "kind", "size", "here", "licence"))
    for row in rows:
        here = "yes" if row["present"] else "no"
        size = f"{row['bytes'] / 1e6:,.0f} MB"
        typer.echo(_line(row["name"], row["kind"], size, here, row["licence"]))
        for text in _details(row):
            typer.echo(text)
    typer.echo("\nused by")
    for kind, command in USED_BY.items():
        for text in _wrapped(f"{kind}: {command}", 4):
            typer.echo(text)
    typer.echo("Every file is pinned to its SHA-256, compared by matinee models pull and verify.")


@app.command("pull")
def pull(name: NameArgument) -> None:
    """Download a model from the Hugging Face hub and check it against its pinned checksums."""
    from matinee.models import hub
    from matinee.models.registry import find

    files = hub.pull(find(name))
    typer.echo(f"{name} is here and as pinned: {files.folder}")


@app.command("verify")
def verify(
    name: Annotated[
        str | None, typer.Argument(help="Name of the model. Default: all that are here.")
    ] = None,
) -> None:
    """Read every byte of a model and compare it with its checksums."""
    from matinee.models import hub
    from matinee.models.registry import MODELS, find

    if name is not None:
        found = {name: hub.files_of(find(name))}
    else:
        here = {spec.name: _present(spec) for spec in MODELS.values()}
        found = {known: files for known, files in here.items() if files is not None}
    for known, files in found.items():
        files.check(full=True)
        count = len(files.paths)
        said = "1 file is as it should be" if count == 1 else f"{count} files are as they should be"
        typer.echo(f"{known}: {said}")


def _present(spec: ModelSpec) -> ModelFiles | None:
    """Return the files of a model, None if it has not been pulled."""
    from matinee.models import hub

    return hub.located(spec) if spec.sources else hub.files_of(spec)


def _describe(spec: ModelSpec) -> dict[str, Any]:
    """Return what there is to know of a model, as plain values."""
    from matinee.models.registry import USED_BY

    files, size = _present(spec), spec.bytes
    if files is not None and not spec.sources:
        size = sum(path.stat().st_size for path in files.paths.values())
    return {
        "name": spec.name,
        "kind": spec.kind,
        "bytes": size,
        "present": files is not None,
        "path": str(files.folder) if files else None,
        "licence": spec.licence,
        "languages": spec.languages,
        "used_for": spec.used_for,
        "used_by": USED_BY[spec.kind],
        "dimension": spec.dimension or None,
        "max_tokens": spec.max_tokens or None,
        "sources": [
            {
                "repo": source.repo,
                "revision": source.revision,
                "files": [
                    {"path": file.path, "bytes": file.bytes, "sha256": file.sha256}
                    for file in source.files.values()
                ],
            }
            for source in spec.sources
        ],
    }


def _line(name: str, kind: str, size: str, here: str, licence: str) -> str:
    return f"{name:<28} {kind:<15} {size:>8}  {here:<4}  {licence}"


def _details(row: dict[str, Any]) -> list[str]:
    """Return the lines below the first one of a model."""
    said = [] if row["languages"] == "none" else [f"languages: {row['languages']}"]
    pins = [f"{one['repo']} at {one['revision'][:_COMMIT]}" for one in row["sources"]]
    if pins:
        said.append(f"from {' and '.join(pins)}")
    return [*_wrapped(row["used_for"], 4), *_wrapped("; ".join(said), 4)]


def _wrapped(text: str, indent: int) -> list[str]:
    """Return a text in lines no wider than the window; words and names stay whole."""
    return textwrap.wrap(
        text,
        min(shutil.get_terminal_size().columns, _WIDEST),
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )
