"""``matinee recognise``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matinee.cli.options import CountOption, JsonOption, LibraryOption, open_library, print_json

_NO_MATCH = 1
"""Exit status where nothing was found, as grep has it; errors end with 2 and more."""


def recognise(
    poster: Annotated[Path, typer.Argument(help="A picture of a poster: cropped, scaled, darker.")],
    k: CountOption = 5,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell which film a poster is of; no model is needed. Exit status 1 where it is of none."""
    from rich.console import Console
    from rich.text import Text

    from matinee.pictures import read_picture
    from matinee.query.request import check_k

    check_k(k)
    # Read before the library is opened: a file that is no picture is reported at once.
    picture = read_picture(poster)
    opened = open_library(library)
    found = opened.recognise(picture, k)
    if as_json:
        print_json(found.to_dict())
    else:
        console = Console()
        for match in found.matches:
            year = f" ({match.title.year})" if match.title.year else ""
            line = Text.assemble(
                (f"{match.title.title}{year}", "bold"),
                f"  {match.similarity:.3f}  ",
                (match.title.id, "dim"),
            )
            console.print(line, soft_wrap=True)
        if not found.matches:
            console.print("No poster of the library looks like this.")
        for sentence in found.degraded:
            console.print(Text(sentence, style="yellow"))
    if not found.matches:
        raise typer.Exit(_NO_MATCH)
