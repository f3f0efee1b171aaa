"""``matinee models``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from matinee.cli.options import JsonOption, print_json

if TYPE_CHECKING:
    from matinee.models.card import ModelFiles
    from matinee.models.registry import ModelSpec

app = typer.Typer(help="See and fetch the models Matinee knows by name.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="Name of the model.")]


@app.command("list")
def list_models(as_json: JsonOption = False) -> None:
    """Show the models, and which of them are on this machine."""
    from matinee.models.registry import MODELS

    rows = [_describe(spec) for spec in MODELS.values()]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        here = "here" if row["present"] else "not here"
        size = f"{row['bytes'] / 1e6:,.0f} MB"
        typer.echo(
            f"{row['name']:<28} {row['kind']:<13} {size:>6}  {here:<8}  {row['licence']:<10}  "
            f"{row['languages']}"
        )
        typer.echo(f"    {row['used_for']}")


@app.command("pull")
def pull(name: NameArgument) -> None:
    """Download a model from the Hugging Face hub and check it against its pinned checksums."""
    from matinee.models import hub
    from matinee.models.registry import find

    files = hub.pull(find(name))
    typer.echo(f"{name} is here and as pinned: {files.model.parent}")


@app.command("verify")
def verify(
    name: Annotated[
        str | None, typer.Argument(help="Name of the model. Default: all that are here.")
    ] = None,
) -> None:
    """Read every byte of a model and compare it with its checksums."""
    from matinee.encode.named import files_of
    from matinee.models.registry import MODELS, find

    if name is not None:
        found = {name: files_of(find(name))}
    else:
        here = {spec.name: _present(spec) for spec in MODELS.values()}
        found = {known: files for known, files in here.items() if files is not None}
    for known, files in found.items():
        files.check(full=True)
        typer.echo(f"{known}: both files are as they should be")


def _present(spec: ModelSpec) -> ModelFiles | None:
    """Return the files of a model, None if it has not been pulled."""
    from matinee.encode.named import files_of
    from matinee.models import hub

    return files_of(spec) if spec.source is None else hub.located(spec)


def _describe(spec: ModelSpec) -> dict[str, Any]:
    """Return what there is to know of a model, as plain values."""
    files, source = _present(spec), spec.source
    if source is not None:
        size = source.bytes
    else:
        size = sum(path.stat().st_size for path in (files.model, files.tokenizer)) if files else 0
    return {
        "name": spec.name,
        "kind": spec.kind,
        "bytes": size,
        "present": files is not None,
        "path": str(files.model.parent) if files else None,
        "licence": spec.licence,
        "languages": spec.languages,
        "used_for": spec.used_for,
        "dimension": spec.dimension or None,
        "max_tokens": spec.max_tokens,
        "repo": source.repo if source else None,
        "revision": source.revision if source else None,
    }
