"""The ``matinee`` command: every command in one list, every error as one line and an exit code.

Heavy parts are imported inside the commands, so that ``matinee --help`` answers at once.
"""

from __future__ import annotations

import os
import sys

import typer

from matinee import errors
from matinee._version import __version__
from matinee.cli import (
    backup,
    catalogue,
    enrich,
    evaluate,
    experiment,
    find,
    insights,
    library,
    models,
    pictures,
    settings,
    share,
    taste,
    tmdb,
    train,
    user,
)

app = typer.Typer(
    name="matinee",
    help="Finds films by what you feel like watching.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("search")(find.search)
app.command("parse")(find.parse)
app.command("similar")(find.similar)
app.command("recognise")(pictures.recognise)
app.command("recommend")(taste.recommend)
app.command("explain")(taste.explain)
app.command("predict")(taste.predict)
app.command("rate")(taste.rate)
app.command("ratings")(taste.ratings)
app.command("build")(library.build)
app.command("enrich")(enrich.enrich)
app.command("status")(library.status)
app.command("insights")(insights.insights)
app.command("verify")(library.verify)
app.command("serve")(library.serve)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("settings")(settings.settings)
app.add_typer(catalogue.app, name="catalogue")
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(experiment.app, name="experiment")
app.add_typer(share.app, name="library")
app.add_typer(models.app, name="models")
app.add_typer(tmdb.app, name="tmdb")
app.add_typer(train.app, name="train")
app.add_typer(user.app, name="user")

EXIT_CODES: tuple[tuple[type[errors.MatineeError], int], ...] = (
    (errors.InputError, 2),
    (errors.SettingsError, 2),
    (errors.LibraryError, 3),
    (errors.ModelError, 4),
    (errors.MissingExtraError, 4),
)
"""Exit status: 2 what was given is wrong, 3 the library, 4 a model or an extra, 1 anything else.

``matinee recognise`` also ends with 1 where no poster looks like the picture."""


@app.callback(invoke_without_command=True)
def _options(
    version: bool = typer.Option(False, "--version", help="Show the version and leave."),
) -> None:
    if version:
        typer.echo(f"matinee {__version__}")
        raise typer.Exit


def run() -> None:
    """Run the command line and leave with its exit status."""
    try:
        app()
    except errors.MatineeError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(next((code for kind, code in EXIT_CODES if isinstance(error, kind)), 1))
    except BrokenPipeError:
        # The reader (head, less) has seen enough. Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
