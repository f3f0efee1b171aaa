"""Search quality on the judged sets: everything fused, meaning alone, words alone.

    python benchmarks/search_quality.py [--library FOLDER] [--set NAME] [--methods A,B] [--write]

Builds the library of 29,876 titles in FOLDER if it is not there (some minutes), measures each
method on each set of :mod:`matinee.evaluate.sets`, and prints a table with 95% intervals; a star
marks what differs from the first method (paired randomisation test, Holm, p < .05). ``--write``
keeps the figures in ``benchmarks/results``. ``matinee evaluate search --set all`` tells more.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matinee
from matinee.catalogue.table import TitleTable
from matinee.evaluate.experiment import Experiment
from matinee.evaluate.kinds import Material
from matinee.evaluate.sets import ALL, CATALOGUE, select
from matinee.library import versions
from matinee.settings import Settings
from results import keep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.evaluate.comparison import Comparison

METHODS = "hybrid,retrieval,lexical"
SIGNIFICANT = 0.05


def data() -> Path:
    """Return the folder of the evaluation data."""
    return Material(data=Settings.from_environment().data).folder()


def library_of(folder: Path | None) -> matinee.Library:
    """Return the library of the large catalogue, built if need be."""
    root = folder or Path(tempfile.mkdtemp(prefix="matinee-"))
    if not versions.exists(root):
        matinee.build([data() / CATALOGUE], root)
    return matinee.open(root)


def run(library: matinee.Library, names: Sequence[str], methods: Sequence[str]) -> list[Comparison]:
    """Measure the methods on the sets."""
    experiment = Experiment(methods=tuple(methods))
    material = Material(data=data(), titles=lambda: TitleTable.open(library.root / library.version))
    library.warm()
    return [experiment.run(library, judged, material) for judged in select(names)]


def table(found: Sequence[Comparison]) -> str:
    """Return the figures as Markdown."""
    methods = list(found[0].reports)
    lines = [f"| set | n | measure | {' | '.join(methods)} |"]
    lines.append("|---" * (3 + len(methods)) + "|")
    for comparison in found:
        for measure in comparison.measures:
            cells = " | ".join(cell(comparison, method, measure) for method in methods)
            number = len(comparison.first.answers)
            lines.append(f"| {comparison.name} | {number} | {measure} | {cells} |")
    return "\n".join(lines)


def cell(comparison: Comparison, method: str, measure: str) -> str:
    """Return a mean with its interval, starred where it differs from the first method's."""
    estimate = comparison.estimates[method][measure]
    contrast = comparison.contrast(method, measure)
    star = "*" if contrast and contrast.p_holm < SIGNIFICANT else ""
    return f"{estimate.mean:.3f}{star} ({estimate.low:.3f}–{estimate.high:.3f})"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", type=Path)
    parser.add_argument("--set", action="append", dest="sets")
    parser.add_argument("--methods", default=METHODS)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    found = run(library_of(options.library), options.sets or [ALL], options.methods.split(","))
    print(table(found))
    plain: dict[str, Any] = {
        comparison.name: {"queries": len(comparison.first.answers)}
        | {method: report.to_dict()["metrics"] for method, report in comparison.reports.items()}
        for comparison in found
    }
    keep("search_quality", plain, write=options.write)


if __name__ == "__main__":
    main()
