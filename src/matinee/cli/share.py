"""``matinee library push`` and ``matinee library pull``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from matinee.cli.options import JsonOption, counted, print_json
from matinee.cli.progress import Steps

app = typer.Typer(
    name="library",
    help="Shares a library: at a path, on S3 and its like, on the Hugging Face hub.",
    no_args_is_help=True,
)

FolderOption = Annotated[
    Path | None,
    typer.Option(
        "--library",
        help="Folder of the library here. Default: MATINEE_LIBRARY, else your own.",
        show_default=False,
    ),
]
VersionOption = Annotated[
    str | None,
    typer.Option("--version", help="Its name. Default: the one that is live.", show_default=False),
]


@app.command("push")
def push(
    target: Annotated[
        str,
        typer.Argument(
            help="Path or address: s3://BUCKET/FOLDER, gs://, az://, sftp://, file://, "
            "hf://datasets/OWNER/NAME.",
            show_default=False,
        ),
    ],
    library: FolderOption = None,
    version: VersionOption = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Read back what is there already; send again what differs."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring a version of the library to where other machines can pull it.

    Only what is not there yet is sent. Readers see the version before or this one, each whole;
    stopped at any moment, the next push goes on.
    """
    from matinee.library.sharing import push as send

    with Steps() as steps:
        sent = send(
            _root(library),
            target,
            version=version,
            check=check,
            progress=lambda done, total: steps("Pushing bytes", done, total),
        )
    if as_json:
        print_json(asdict(sent))
        return
    line = f"{sent.version} is there: {counted(sent.files, 'file', 'files')} sent, "
    line += f"{sent.bytes / 1e6:.1f} MB; {sent.kept:,} were there already"
    typer.echo(line)


@app.command("pull")
def pull(
    source: Annotated[
        str,
        typer.Argument(help="Path or address that was pushed to.", show_default=False),
    ],
    library: FolderOption = None,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring a library here, and make it the live one once every byte is checked.

    A server that runs on it changes over by itself. Stopped at any moment, what was live is live,
    and the next pull goes on. Where nothing is new nothing is written: run it as often as you like.
    """
    from matinee.library.sharing import pull as bring

    root = _root(library)
    with Steps() as steps:
        done = bring(
            source,
            root,
            version=version,
            progress=lambda done, total: steps("Pulling bytes", done, total),
        )
    if as_json:
        print_json({**asdict(done), "path": str(root)})
    elif not done.changed:
        typer.echo(f"{done.version} is live already; nothing was brought")
    else:
        line = f"{done.version} is live in {root}: {done.bytes / 1e6:.1f} MB brought and checked"
        if done.version != done.source:
            line += f"; it is {done.source} where it came from"
        typer.echo(line)


def _root(library: Path | None) -> Path:
    from matinee.assembly import default_root
    from matinee.settings import Settings

    return library.expanduser() if library else default_root(Settings.from_environment())
