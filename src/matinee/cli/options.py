"""Options and output shared by the commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matinee.query.options import OPTIONS, knob_help
from matinee.query.wanted import WANTED

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
MapOption = Annotated[
    list[str] | None,
    typer.Option("--map", help="FIELD=COLUMN for a table with names of its own; repeatable."),
]
NamespaceOption = Annotated[
    str, typer.Option(help="Namespace of ids that are yours alone (local:...).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
CountOption = Annotated[int, typer.Option("-k", "--k", help="How many, 1 to 1,000.")]


def request_option(name: str, *flags: str, panel: str | None = None) -> Any:
    """Return a parameter of a search as an option, with the help all interfaces give."""
    return typer.Option(*flags, help=OPTIONS[name], rich_help_panel=panel)


def wanted_option(name: str, *flags: str) -> Any:
    """Return a parameter of a recommendation as an option, with the help all interfaces give."""
    return typer.Option(*flags, help=WANTED[name], rich_help_panel="The answer")


def knob_option(name: str) -> Any:
    """Return a knob as an option."""
    return typer.Option(help=knob_help(name), rich_help_panel="Lists, fusion and reranking")


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


def pairs(given: list[str] | None, example: str) -> dict[str, str] | None:
    """Return the pairs of ``--map``, None without any.

    Raises:
        InputError: one is not of the form FIELD=COLUMN.
    """
    from matinee.errors import InputError

    found = {}
    for pair in given or ():
        field, sign, name = pair.partition("=")
        if not sign or not field or not name:
            raise InputError("--map takes FIELD=COLUMN", where=pair, cure=f"Try --map {example}")
        found[field] = name
    return found or None


def counted(number: int, one: str, several: str) -> str:
    """Return a number with what it counts, as one says it."""
    return f"{number:,} {one if number == 1 else several}"
