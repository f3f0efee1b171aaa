"""``matinee backup`` and ``matinee restore``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matinee.cli.options import JsonOption, print_json


def backup(
    target: Annotated[
        Path,
        typer.Argument(
            help="File to write, or a folder, in which it is named after the time.",
            show_default=False,
        ),
    ],
    library: Annotated[
        bool | None,
        typer.Option(
            "--library/--no-library",
            help="Save the library as well. Default: where there is one of your own; the demo is "
            "made again anywhere.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Save accounts, ratings, events and the library in one file, while the service runs.

    The file holds the key that signs sessions and the hashes of tokens and passwords: only you can
    read it, and nobody else should.
    """
    from contextlib import closing

    from matinee.assembly import default_root
    from matinee.assembly.backup import backup as make
    from matinee.library import versions
    from matinee.settings import Settings
    from matinee.store import open_store

    settings = Settings.from_environment()
    root = default_root(settings)
    wanted = versions.exists(root) if library is None else library
    with closing(open_store(settings.database_url)) as store:
        made = make(target.expanduser(), store=store, root=root if wanted else None)
    found = made.contents
    if as_json:
        print_json(
            {
                "path": str(made.path),
                "bytes": made.bytes,
                "created": found.created,
                "library": found.library,
                "rows": found.store,
                "files": len(found.files),
            }
        )
        return
    rows = sum((found.store or {}).values())
    what = f"library {found.library}" if found.library else "no library"
    typer.echo(f"{made.path}: {rows:,} rows, {what}, {made.bytes / 1e6:.1f} MB, read back")


def restore(
    source: Annotated[
        Path, typer.Argument(help="File that matinee backup made.", show_default=False)
    ],
    store_only: Annotated[
        bool, typer.Option("--store-only", help="Leave the library as it is.")
    ] = False,
    library_only: Annotated[
        bool, typer.Option("--library-only", help="Leave accounts, ratings and events.")
    ] = False,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="Replace a store that is not empty. Its file is kept."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Put back what a backup holds; stop the service first.

    The backup is checked in full before anything is touched. The versions of the library stay, and
    so does the SQLite file that is replaced, under a name with the time.
    """
    from matinee.assembly import default_root
    from matinee.assembly.backup_restore import restore as put_back
    from matinee.errors import InputError
    from matinee.settings import Settings

    if store_only and library_only:
        raise InputError("--store-only and --library-only exclude each other", cure="Give one")
    settings = Settings.from_environment()
    done = put_back(
        source.expanduser(),
        url=settings.database_url,
        root=default_root(settings),
        store=True if store_only else False if library_only else None,
        library=True if library_only else False if store_only else None,
        replace_store=yes,
    )
    if as_json:
        kept = None if done.kept is None else str(done.kept)
        print_json({"library": done.library, "rows": done.rows, "kept": kept})
        return
    if done.rows is not None:
        typer.echo(f"The store has {sum(done.rows.values()):,} rows")
    if done.kept is not None:
        typer.echo(f"What was there before is kept in {done.kept}")
    if done.library is not None:
        typer.echo(f"The library answers from {done.library}")
