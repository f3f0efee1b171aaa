"""``matinee evaluate ranking`` and ``matinee evaluate ratings``."""

from __future__ import annotations

import datetime as dt
import sys
from functools import partial
from pathlib import Path
from shlex import join
from typing import TYPE_CHECKING, Annotated

import typer

from matinee.cli.options import JsonOption, LibraryOption, open_library, print_json
from matinee.errors import InputError
from matinee.store.records import DEFAULT_PERSON

if TYPE_CHECKING:
    from matinee.evaluate.taste_comparison import TasteComparison
    from matinee.evaluate.taste_experiment import Task

DataOption = Annotated[
    Path,
    typer.Option(
        help="Folder with ratings (.csv, .dat, .inter, .parquet; .gz too) and, where there are "
        "any, titles and people.",
        show_default=False,
    ),
]
SeedOption = Annotated[
    list[int] | None,
    typer.Option("--seed", help="Of the split and of the model; repeatable.  [default: 0]"),
]
ModelOption = Annotated[
    list[str] | None,
    typer.Option("--model", help="Repeatable: the others are compared with the first."),
]
ReportOption = Annotated[
    Path | None, typer.Option(help="Also write a page with tables and plots there.")
]
BootstrapOption = Annotated[int, typer.Option(help="Resamples of the intervals.")]


def ranking(
    data: DataOption,
    protocol: Annotated[
        str,
        typer.Option(
            help="How people and titles are split: strong, strong-all, random, "
            "user-temporal, global-temporal, ml100k-a, ml100k-b, cold-items or cold-users."
        ),
    ] = "strong",
    seed: SeedOption = None,
    model: ModelOption = None,
    bootstrap: BootstrapOption = 2_000,
    report: ReportOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure how well models find the titles people liked."""
    _run("ranking", data, protocol, seed, model, bootstrap, report, as_json)


def ratings(
    data: DataOption,
    protocol: Annotated[
        str,
        typer.Option(
            help="How ratings are split: random, random-no-time, causal, user-temporal, "
            "global-temporal, cold-items or cold-users."
        ),
    ] = "random",
    seed: SeedOption = None,
    model: ModelOption = None,
    bootstrap: BootstrapOption = 2_000,
    report: ReportOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure how well models predict the stars people gave."""
    _run("ratings", data, protocol, seed, model, bootstrap, report, as_json)


def mine(
    library: LibraryOption = None,
    profile: Annotated[
        str | None,
        typer.Option(help="Person who is asked.  [default: default]", show_default=False),
    ] = None,
    everyone: Annotated[
        bool, typer.Option("--everyone", help="Ask all people the library learnt from.")
    ] = False,
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            help="Repeatable. Default: those that were trained, and some others.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
    apply: Annotated[
        bool,
        typer.Option(
            "--apply", help="Train the better model and make it the library's own choice."
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Find out by your own history which model finds what you like next."""
    from matinee.assembly import adopt, backtest
    from matinee.cli.progress import Steps
    from matinee.errors import QueryError
    from matinee.evaluate.mine import MEASURES

    if profile is not None and everyone:
        raise QueryError("--profile and --everyone exclude each other", cure="Give one of them")
    opened = open_library(library)
    mine_own = opened.people is not None and bool(opened.people.deeds(DEFAULT_PERSON))
    asked = None if everyone else profile or (DEFAULT_PERSON if mine_own else None)
    measure = partial(
        backtest,
        opened,
        models=tuple(model or ()),
        seed=seed,
        report=lambda name: typer.echo(name, err=True),
    )
    try:
        choice = measure(asked)
    except InputError as error:
        if asked is None or profile is not None:
            raise
        # Nobody was asked for by name: a young profile says too little, everybody says something.
        typer.echo(f"{error} Everybody is asked instead.", err=True)
        asked = None
        choice = measure(None)
    first = next(iter(choice.comparison.runs))
    changed = choice.model != first
    version = None
    if apply and changed:
        with Steps() as steps:
            version = adopt(opened, choice.model, seed=seed, progress=steps).manifest.version
    if as_json:
        told = choice.comparison.to_dict()
        told |= {"asked": asked or "everyone", "default": first}
        print_json(told | {"choice": choice.model, "why": choice.why, "applied": version})
        return
    _show(choice.comparison, MEASURES)
    typer.echo(f"Asked: {f'profile {asked}' if asked else 'everyone the library learnt from'}.")
    typer.echo(f"{choice.why}.")
    if version:
        typer.echo(f"{choice.model} is the library's own choice from {version} on.")
    elif changed:
        typer.echo("Make it the library's own choice with --apply.")


def _run(
    task: Task,
    data: Path,
    protocol: str,
    seeds: list[int] | None,
    models: list[str] | None,
    resamples: int,
    report: Path | None,
    as_json: bool,
) -> None:
    from matinee.evaluate.taste_experiment import MEASURES, TasteExperiment
    from matinee.evaluate.taste_report import taste_page
    from matinee.taste.named import DEFAULT_RANKING, DEFAULT_RATING

    default = DEFAULT_RANKING if task == "ranking" else DEFAULT_RATING
    experiment = TasteExperiment(
        task=task,
        protocol=protocol,
        models=tuple(models or (default,)),
        seeds=tuple(seeds or (0,)),
        resamples=resamples,
    )
    # Checked before the measuring, which may take minutes.
    if report is not None and not report.parent.is_dir():
        raise InputError("There is no such folder", where=str(report.parent))
    found = experiment.run(data, lambda text: typer.echo(text, err=True))
    if report is not None:
        page = taste_page(task, found, MEASURES[task], _facts(found))
        try:
            report.write_text(page, encoding="utf-8")
        except OSError as error:
            raise InputError(
                f"It cannot be written: {error.strerror}", where=str(report)
            ) from error
    if as_json:
        print_json(found.to_dict())
    else:
        _show(found, MEASURES[task])


def _show(found: TasteComparison, measures: tuple[str, ...]) -> None:
    from rich.console import Console
    from rich.table import Table

    seeds = ", ".join(map(str, found.seeds))
    table = Table(title=f"{found.dataset}, {found.protocol}, seeds {seeds}", title_justify="left")
    table.add_column("metric")
    for model in found.runs:
        table.add_column(model, justify="right")
    means = {model: found.mean(model) for model in found.runs}
    for name in next(iter(means.values())):
        table.add_row(name, *(f"{m[name]:.4f}" if name in m else "–" for m in means.values()))
    for label, what in (("seconds to fit", "fit"), ("seconds to score", "score")):
        each = (sum(r.seconds[what] for r in runs) / len(runs) for runs in found.runs.values())
        table.add_row(label, *(f"{value:.1f}" for value in each))
    peaks = (max(run.peak_mb for run in runs) for runs in found.runs.values())
    table.add_row("memory, MB", *(f"{peak:.0f}" for peak in peaks))
    Console().print(table)
    _, *others = found.runs
    for measure in measures:
        for model in others:
            if contrast := found.contrast(model, measure):
                gain = contrast.difference
                typer.echo(
                    f"{measure} of {model}: {gain.mean:+.4f} "
                    f"[{gain.low:+.4f}, {gain.high:+.4f}], p {contrast.p_holm:.4f} (Holm)"
                )
    notes = [note for runs in found.runs.values() for run in runs for note in run.notes]
    for note in dict.fromkeys(notes):
        typer.echo(f"{note}.")
    for model, runs in found.runs.items():
        for k, metrics in runs[0].by_history.items():
            typer.echo(f"{model}, {k} titles known: nDCG@10 {metrics['ndcg@10']:.4f}")


def _facts(found: TasteComparison) -> dict[str, object]:
    from matinee._version import __version__

    return {
        "Matinee": __version__,
        "Data": found.dataset,
        "Protocol": found.protocol,
        "Models": ", ".join(found.runs),
        "Seeds": ", ".join(map(str, found.seeds)),
        "Date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "Command": join([Path(sys.argv[0]).name, *sys.argv[1:]]),
    }
