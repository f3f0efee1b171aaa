"""Options and output shared by the commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from matinee.assembly import Library

LibraryOption = Annotated[
    Path | None,
    typer.Option(
        "--library",
        help="Folder of the library. Default: MATINEE_LIBRARY, else your own library, else the "
        "bundled demo.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
CountOption = Annotated[int, typer.Option("-k", "--k", help="How many, 1 to 1,000.")]
MethodOption = Annotated[
    str,
    typer.Option(
        "--method",
        help="hybrid (everything, fused), retrieval (meaning alone) or lexical (words alone).",
    ),
]


def open_library(path: Path | None) -> Library:
    """Open the library a command was given, or the default one."""
    from matinee.assembly import open_library as open_it

    return open_it(path)


def print_json(value: Any) -> None:
    """Print a value as JSON on standard output."""
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    # A terminal in another encoding must not break the answer: escape what it cannot show.
    encoding = getattr(typer.get_text_stream("stdout"), "encoding", None) or "utf-8"
    typer.echo(text.encode(encoding, "backslashreplace").decode(encoding))
