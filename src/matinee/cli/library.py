"""``matinee build``, ``status``, ``verify`` and ``serve``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matinee.cli.options import (
    JsonOption,
    LibraryOption,
    MapOption,
    NamespaceOption,
    open_library,
    pairs,
    print_json,
)
from matinee.cli.progress import Lines, told_to_programs
from matinee.cli.show_read import show_read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    from rich.progress import Progress, TaskID

    from matinee.pipeline.build_pictures import PicturesMade


def build(
    paths: Annotated[list[Path], typer.Argument(help="Catalogue files or folders.")],
    library: LibraryOption = None,
    column: MapOption = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first bad row or value.")
    ] = False,
    namespace: NamespaceOption = "local",
    encoder: Annotated[
        str | None,
        typer.Option(
            help="Name of the text encoder, see matinee models list. Default: the one the library "
            "was built with, else the bundled one.",
            show_default=False,
        ),
    ] = None,
    posters: Annotated[
        list[str] | None,
        typer.Option(
            help="A folder of posters, a Parquet file, or tmdb to have them fetched; repeatable, "
            "the first counts first. Default: those of the library are kept; none leaves them out.",
            show_default=False,
        ),
    ] = None,
    picture_encoder: Annotated[
        str | None,
        typer.Option(
            help="Model that encodes the posters: clip, resnet50 or a folder; none to recognise "
            "them only. Default: the one the library was built with, else that of the settings.",
            show_default=False,
        ),
    ] = None,
    partitioned: Annotated[
        bool, typer.Option("--partitioned", help="Also write the catalogue in one folder a year.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Build a library from catalogue files: CSV, JSON lines, Parquet, MovieLens, TMDb, Netflix."""
    from matinee.assembly import build_library
    from matinee.pipeline.build import BuildOptions

    options = BuildOptions(
        mapping=pairs(column, "title=Name"),
        strict=strict,
        namespace=namespace,
        partitioned=partitioned,
    )
    with Lines(_STAGES) if told_to_programs() else _Bars() as bars:
        report = build_library(
            paths,
            library,
            options=options,
            encoder=encoder,
            posters=posters,
            picture_encoder=picture_encoder,
            progress=bars,
        )
    made, read, pictures = report.manifest, report.ingest, report.pictures
    if as_json:
        print_json(
            {
                "library": made.version,
                "path": str(report.folder.parent),
                "titles": made.titles,
                "encoded": report.encoded,
                "pictures": None if pictures is None else pictures.to_dict(),
                **asdict(read),
            }
        )
        return
    typer.echo(f"Built {made.version} with {made.titles:,} titles in {report.folder}")
    show_read(read)
    if report.lost is not None:
        typer.echo(f"  What was learnt of taste was kept; {report.lost:,} rated titles are gone")
    if pictures is not None:
        for line in _of_pictures(pictures):
            typer.echo(f"  {line}")
    if read.rejected or read.left_out or (pictures is not None and pictures.rejects):
        rejects = next(name for name in made.files if name.startswith("rejects"))
        typer.echo(f"  What was set aside or left out, and the cure: {report.folder / rejects}")


def status(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Show what is in the library."""
    found = open_library(library).status()
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        shown = ", ".join(f"{k} {v:,}" for k, v in value.items()) if name == "sources" else value
        if name == "versions":
            shown = ", ".join(value)
        if name == "taste" and value is not None:
            shown = f"{', '.join(value['rankings'])}; {value['interactions']:,} interactions of "
            shown += f"{value['people']:,} people"
        if name == "pictures" and value is not None:
            shown = ", ".join(_counts(value))
        if name == "bytes":
            shown = f"{value / 1e6:.1f} MB"
        typer.echo(f"{name.replace('_', ' '):<20} {shown}")
    if found["taste"] is not None and found["taste"]["metrics"]:
        from matinee.cli.show_taste import measured_line

        typer.echo(f"{'measured':<20} {measured_line(found['taste']['metrics'])}")
    if found["pictures"] is not None and found["pictures"]["note"]:
        typer.echo(f"{'missing':<20} {found['pictures']['note']}")


def verify(library: LibraryOption = None) -> None:
    """Read every byte of the library and compare it with its checksums."""
    opened = open_library(library)
    opened.verify()
    typer.echo(f"{opened.version}: all {len(opened.manifest.files)} files are as they were built")


def serve(
    library: LibraryOption = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on. Default: MATINEE_HOST or 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on. Default: MATINEE_PORT or 7860.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            help="Processes that answer; the models share the cores among them. Default: "
            "MATINEE_WORKERS or 1.",
            min=1,
            max=256,
            show_default=False,
        ),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Serve the bundled demo library whatever else there is.")
    ] = False,
) -> None:
    """Serve the page and the API."""
    from matinee.assembly import demo_library
    from matinee.errors import InputError
    from matinee.service.server import serve as run
    from matinee.settings import Settings

    settings = Settings.from_environment()
    if demo and library is not None:
        raise InputError("--demo and --library exclude each other", cure="Give one of them")
    path = demo_library(settings) if demo else library
    address, number = host or settings.host, port if port is not None else settings.port

    def announce() -> None:
        typer.echo(
            f"Matinee is at http://{address}:{number}\n"
            "Try:  smart heist thriller set in Europe\n"
            "      Indian Malayalam investigative thriller after 2020\n"
            "      anime coming-of-age with music and friendship\n"
            f"API:  http://{address}:{number}/docs     Stop with Ctrl+C."
        )

    run(
        host=address,
        port=number,
        path=path,
        settings=settings,
        workers=workers,
        announce=announce,
    )


def _of_pictures(made: PicturesMade) -> Iterator[str]:
    """Say what became of the posters, and what can be done about it."""
    card = made.card
    line = f"{card.posters:,} of {card.titles:,} titles have a poster"
    if card.rejected:
        line += f"; {card.rejected:,} could not be had or read"
    if card.kept:
        line += ", as before"
        line += f"; {card.gone:,} titles with one are gone" if card.gone else ""
    yield line
    if made.unused:
        line = f"{made.unused:,} of the pictures given fit no title"
        if made.unused > card.posters:
            line += "; a bare number is TMDB's, for those of MovieLens say --posters ml:WHERE"
        yield line
    if card.encoder is not None:
        line = f"{card.vectors:,} posters"
        if card.texts:
            line += f" and {card.texts:,} texts"
        line += f" have vectors by {card.encoder.name}"
        if made.encoded or made.texts_encoded:
            line += f"; encoded now: {made.encoded:,} and {made.texts_encoded:,}"
        yield line
    if card.note:
        yield card.note


def _counts(pictures: Mapping[str, Any]) -> Iterator[str]:
    """Say how many pictures a library has, and by which model they were encoded."""
    for name in ("posters", "signatures", "vectors", "texts"):
        yield f"{pictures[name]:,} {name}"
    if pictures["encoder"] is not None:
        yield f"by {pictures['encoder']['name']} ({pictures['encoder']['fingerprint']})"


_STAGES = {
    "read": "Reading",
    "encode": "Encoding",
    "index": "Indexing",
    "posters": "Posters",
    "pictures": "Pictures",
    "texts": "Texts",
    "map": "Laying out the map",
    "publish": "Publishing",
}


class _Bars:
    """Shows the progress of a build on standard error, with the time that is left."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._progress: Progress = Progress(
            TextColumn("{task.description:<10}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> _Bars:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(_STAGES[stage], total=None)
        self._progress.update(self._tasks[stage], completed=done, total=total or None)
