"""``matinee experiment``: compare two rankers on the people of the service."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matinee.cli.options import JsonOption, counted, print_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matinee.evaluate.experiments import ExperimentReport
    from matinee.evaluate.experiments_tests import Compared, Preferred
    from matinee.store import Store
    from matinee.store.records import Experiment

app = typer.Typer(
    help="Compare two rankers on the people of the service: mixed into one list, or one for half "
    "of the people and one for the others.",
    no_args_is_help=True,
)

_SALT = 8
"""Bytes of chance in a salt: people are assigned anew by every experiment."""
_LABELS = {"click_through": "click-through", "plays": "plays an answer", "mean_rating": "stars"}

NameArgument = Annotated[str, typer.Argument(help="Name of the experiment.")]


@app.command()
def create(
    name: NameArgument,
    surface: Annotated[str, typer.Option(help="Where it runs: search or recommend.")],
    design: Annotated[
        str, typer.Option(help="interleave: both rankers mixed; ab: each person sees one.")
    ] = "interleave",
    a: Annotated[
        list[str] | None,
        typer.Option(
            "--a",
            help="PARAMETER=VALUE of the first ranker; repeatable; none for the usual one.",
            show_default=False,
        ),
    ] = None,
    b: Annotated[
        list[str] | None,
        typer.Option(
            "--b", help="PARAMETER=VALUE of the second ranker; repeatable.", show_default=False
        ),
    ] = None,
    share: Annotated[float, typer.Option(help="Part of the people who take part.")] = 1.0,
    as_json: JsonOption = False,
) -> None:
    """Begin an experiment; a running server takes it up within seconds."""
    import secrets

    from matinee.evaluate.experiments_arms import checked
    from matinee.store.records import Experiment

    wanted = checked(
        Experiment(
            name=name,
            surface=surface,
            design=design,
            a=_settings(a, "--a"),
            b=_settings(b, "--b"),
            share=share,
            salt=secrets.token_hex(_SALT),
        )
    )
    with _store() as store:
        made = store.experiments.create(wanted).result()
    if as_json:
        print_json(_plain(made))
        return
    typer.echo(f"{made.name} runs: {_line(made)}")
    typer.echo(f"See what comes of it:  matinee experiment report {made.name}")


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List the experiments, the latest first."""
    with _store() as store:
        found = store.experiments.all()
    if as_json:
        print_json({"experiments": [_plain(each) for each in found]})
        return
    for each in found:
        typer.echo(f"{each.name:<24} {'stopped' if each.stopped else 'runs':<8} {_line(each)}")


@app.command()
def stop(name: NameArgument, as_json: JsonOption = False) -> None:
    """Stop an experiment for good; its report stays."""
    with _store() as store:
        _known(store, name)
        stopped = store.experiments.stop(name).result()
    if as_json:
        print_json(_plain(stopped))
        return
    typer.echo(f"{name} is stopped")


@app.command()
def report(
    name: NameArgument,
    planned: Annotated[
        int | None,
        typer.Option(
            help="People the experiment was planned for; with fewer the outcome is preliminary.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the intervals.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Show what came of an experiment."""
    from matinee.evaluate.experiments import report as reported
    from matinee.evaluate.experiments_answers import logged

    with _store() as store:
        experiment = _known(store, name)
        made = reported(experiment, *logged(store, experiment), seed=seed, planned=planned)
    if as_json:
        print_json(made.to_dict())
        return
    _show(experiment, made)


def _show(experiment: Experiment, made: ExperimentReport) -> None:
    typer.echo(f"{experiment.name}: {_line(experiment)}")
    typer.echo(
        f"{counted(made.people, 'person', 'people')}, {counted(made.answers, 'answer', 'answers')},"
        f" {counted(made.impressions, 'title', 'titles')} shown, {made.clicks:,} chosen"
    )
    if made.preferred is not None:
        _show_preferred(made.preferred)
    if made.compared is not None and made.arms is not None:
        for arm, each in made.arms.items():
            typer.echo(f"  {arm}: " + ", ".join(f"{v:,} {k}" for k, v in each.to_dict().items()))
        for metric, compared in made.compared.items():
            _show_compared(_LABELS[metric], compared)
    typer.echo(made.verdict)
    for warning in made.warnings:
        typer.echo(f"  {warning}")


def _show_preferred(found: Preferred) -> None:
    for what in ("people", "answers"):
        a, b, tied = (getattr(found, f"{what}_{side}") for side in ("a", "b", "tied"))
        typer.echo(f"  {what:<8} for a {a:,}, for b {b:,}, tied {tied:,}")
    if found.delta is not None:
        typer.echo(
            f"  delta    {found.delta.mean:+.3f} [{found.delta.low:+.3f}, {found.delta.high:+.3f}]"
            ", from -0.5 (all for a) to 0.5 (all for b)"
        )
    if found.detectable is not None:
        typer.echo(
            f"  so many people would show that {found.detectable:.0%} of them prefer one, four "
            "times in five"
        )


def _show_compared(label: str, found: Compared) -> None:
    if found.a is None or found.b is None:
        typer.echo(f"  {label:<16} not known of both")
        return
    line = f"  {label:<16} a {found.a:.3f}, b {found.b:.3f}"
    if found.low is not None and found.p is not None:
        line += f", b - a {found.difference:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"
        line += f", p {found.p:.3f}; {found.detectable:.3f} would be found four times in five"
    typer.echo(line + ("" if found.enough else "; too few people"))


def _line(experiment: Experiment) -> str:
    how = {"interleave": "mixed", "ab": "each to half of the people"}[experiment.design]
    sides = "; ".join(
        f"{side} {', '.join(f'{k}={v}' for k, v in arm.items()) or 'as usual'}"
        for side, arm in (("a", experiment.a), ("b", experiment.b))
    )
    return f"{experiment.surface}, {sides}, {how}, {experiment.share:.0%} of the people"


def _settings(given: list[str] | None, option: str) -> dict[str, Any]:
    from matinee.errors import InputError

    found: dict[str, Any] = {}
    for pair in given or ():
        name, sign, value = pair.partition("=")
        if not sign or not name or not value:
            raise InputError(
                f"{option} takes PARAMETER=VALUE", where=pair, cure=f"Try {option} method=blend"
            )
        found[name] = _value(value)
    return found


def _value(text: str) -> Any:
    """Return what is written: true, false, a number, or else the text."""
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return kind(text)
    return text


def _known(store: Store, name: str) -> Experiment:
    from matinee.errors import InputError

    found = store.experiments.get(name)
    if found is None:
        raise InputError(
            "There is no experiment of that name", where=name, cure="See matinee experiment list"
        )
    return found


def _plain(experiment: Experiment) -> dict[str, Any]:
    values = {
        field.name: getattr(experiment, field.name) for field in dataclasses.fields(experiment)
    }
    return values | {"a": dict(experiment.a), "b": dict(experiment.b)}


@contextlib.contextmanager
def _store() -> Iterator[Store]:
    from matinee.settings import Settings
    from matinee.store import open_store

    store = open_store(Settings.from_environment().database_url)
    try:
        yield store
    finally:
        store.close()
