"""``matinee evaluate``."""

from __future__ import annotations

import datetime as dt
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from matinee.cli import evaluate_posters, evaluate_taste
from matinee.cli.options import JsonOption, LibraryOption, open_library, print_json
from matinee.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matinee.assembly import Library
    from matinee.evaluate.comparison import Comparison
    from matinee.evaluate.experiment import Experiment
    from matinee.evaluate.kinds import Material, SearchSet

app = typer.Typer(help="Measure on judged data.", no_args_is_help=True)
app.command("ranking")(evaluate_taste.ranking)
app.command("ratings")(evaluate_taste.ratings)
app.command("mine")(evaluate_taste.mine)
app.command("posters")(evaluate_posters.posters)

Gains = Literal["exponential", "linear"]
_GAIN: Gains = "exponential"


@app.command("search")
def search(
    judgments: Annotated[
        Path | None,
        typer.Option("--judgments", help="JSON lines: id, query, relevance by title id."),
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="Named set, family of sets, or all; repeatable. Published sets are read from "
            "MATINEE_DATA.",
        ),
    ] = None,
    library: LibraryOption = None,
    methods: Annotated[
        str,
        typer.Option(
            "--methods",
            "--method",
            help="Those of matinee search --method, separated by commas; the others are compared "
            "with the first.",
        ),
    ] = "hybrid",
    gain: Annotated[
        Gains | None,
        typer.Option(
            help="What grade g of --judgments is worth to nDCG: 2^g - 1, or g.  "
            "[default: exponential]",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
    bootstrap: Annotated[
        int, typer.Option(help="Resamples of the intervals, 100 to 1,000,000.")
    ] = 2_000,
    per_query: Annotated[
        Path | None,
        typer.Option(help="Also write every answer there, one line of JSON a method and query."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Also write a page with tables and plots there.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure methods of search on judged queries, and compare them."""
    from matinee.evaluate.experiment import Experiment
    from matinee.query.request import SearchRequest

    names = tuple(name.strip() for name in methods.split(",") if name.strip())
    experiment = Experiment(methods=names, seed=seed, resamples=bootstrap)
    for name in names:
        SearchRequest("checks the method", method=name)
    chosen = _chosen(judgments, gain, sets or [])
    # Checked before the measuring, which may take minutes.
    for path in (per_query, report):
        if path is not None and not path.parent.is_dir():
            raise InputError("There is no such folder", where=str(path.parent))

    opened = open_library(library)
    opened.warm()
    found = _measure(opened, experiment, chosen, quiet=as_json)
    if per_query is not None:
        _write(per_query, "".join(_lines(found)))
    if report is not None:
        _write(report, _page(opened, experiment, found))
    if not as_json:
        return
    values: dict[str, Any] = {"library": opened.version, "seed": seed, "bootstrap": bootstrap}
    if judgments is not None and len(found) == len(names) == 1:
        # The form for a file and one method, from before there were several.
        values |= found[0].first.to_dict() | {"method": names[0], "gain": gain or _GAIN}
        print_json(values | {"intervals": found[0].to_dict()["methods"][names[0]]["intervals"]})
    else:
        print_json(values | {"methods": names, "sets": [each.to_dict() for each in found]})


def _chosen(judgments: Path | None, gain: Gains | None, names: Sequence[str]) -> list[SearchSet]:
    from matinee.evaluate.judgments import Questions, read_judgments
    from matinee.evaluate.kinds import JudgedSet
    from matinee.evaluate.search import GRADED
    from matinee.evaluate.sets import select

    chosen = [*select(names)]
    if judgments is None and gain is not None:
        raise InputError("A named set has its own gain", cure="Give --gain with --judgments alone")
    if judgments is not None:
        questions = Questions(tuple(read_judgments(judgments)))
        chosen.insert(
            0,
            JudgedSet(
                name=judgments.name,
                about="Judged queries of a file.",
                measures=GRADED,
                read=lambda _: questions,
                gain=gain or _GAIN,
            ),
        )
    if not chosen:
        raise InputError(
            "There is nothing to measure on", cure="Give --set NAME, --set all or --judgments FILE"
        )
    return chosen


def _measure(
    opened: Library, experiment: Experiment, chosen: Sequence[SearchSet], *, quiet: bool
) -> list[Comparison]:
    material = _material(opened, experiment.seed)
    found = []
    for judged in chosen:
        found.append(experiment.run(opened, judged, material))
        if not quiet:
            _show(found[-1], opened.version)
    return found


def _material(opened: Library, seed: int) -> Material:
    from matinee.catalogue.table import TitleTable
    from matinee.evaluate.kinds import Material
    from matinee.settings import Settings

    return Material(
        data=Settings.from_environment().data,
        titles=lambda: TitleTable.open(opened.root / opened.version),
        seed=seed,
    )


def _show(comparison: Comparison, version: str) -> None:
    """Print the figures in lines of about 80 characters, for a terminal."""
    from matinee.evaluate.statistics import CONFIDENCE

    first, *others = comparison.reports
    answers = comparison.first.answers
    typer.echo(f"{comparison.name}: {len(answers):,} queries, library {version}")
    against = f", less {first}, p (Holm)" if others else ""
    typer.echo(f"  mean [{CONFIDENCE:.0%} interval]{against}")
    wide = max(map(len, comparison.reports))
    long = max(map(len, (*comparison.measures, "p50_ms")))
    for measure in comparison.measures:
        for method, estimates in comparison.estimates.items():
            mean = estimates[measure]
            line = f"  {measure:<{long}} {method:<{wide}} "
            line += f"{mean.mean:.4f} [{mean.low:.3f}, {mean.high:.3f}]"
            if contrast := comparison.contrast(method, measure):
                gain = contrast.difference
                line += f"  {gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"
                line += f" p {contrast.p_holm:.4f}"
            typer.echo(line)
    for name in ("p50_ms", "p95_ms"):
        for method, report in comparison.reports.items():
            typer.echo(f"  {name:<{long}} {method:<{wide}} {report.metrics[name]:.2f}")
    for note in comparison.notes:
        typer.echo(f"  {note}")


def _lines(found: Sequence[Comparison]) -> Iterator[str]:
    for comparison in found:
        for method, report in comparison.reports.items():
            for answer in report.answers:
                values = {"set": comparison.name, "method": method} | answer.to_dict()
                yield json.dumps(values, ensure_ascii=False, allow_nan=False) + "\n"


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"It cannot be written: {error.strerror}", where=str(path)) from error


def _page(opened: Library, experiment: Experiment, found: Sequence[Comparison]) -> str:
    from shlex import join

    from matinee._version import __version__
    from matinee.evaluate.report import Run, report_page
    from matinee.query.knobs import Knobs

    encoder = opened.manifest.encoder
    facts = {
        "Matinee": __version__,
        "Library": f"{opened.version}, {len(opened):,} titles",
        "Encoder": f"{encoder.name} ({encoder.fingerprint})",
        "Methods": ", ".join(experiment.methods),
        "Seed": experiment.seed,
        "Bootstrap": f"{experiment.resamples:,} resamples",
        "Date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "Command": join([Path(sys.argv[0]).name, *sys.argv[1:]]),
    }
    return report_page(Run(facts=facts, knobs=asdict(Knobs())), found)
