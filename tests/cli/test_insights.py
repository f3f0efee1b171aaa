from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

import matinee
from matinee.cli.insights import insights, shades
from matinee.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

FILMS = """title,year,genre,plot,runtime
Heat,1995,Crime,A thief and a detective.,170
Ran,1985,War,A lord and his three sons.,162
[REC],2007,Horror,A reporter is locked in a house.,78
"""


def run(folder: Path, *words: str | Path) -> str:
    """Run the command in this process and return what it printed.

    Raises:
        InputError: what was given is wrong.
    """
    app = typer.Typer()
    app.command()(insights)
    given = ["--library", str(folder / "library"), *map(str, words)]
    done = CliRunner().invoke(app, given, env={"COLUMNS": "100"})
    if done.exception is not None:
        raise done.exception
    return done.stdout


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("here")
    films = folder / "films.csv"
    films.write_text(FILMS)
    matinee.build([films], folder / "library")
    return folder


def test_it_tells_what_there_is(here: Path) -> None:
    lines = run(here).splitlines()
    assert lines[0] == "Library v0001, 3 titles"
    at = lines.index("Years")
    assert lines[at + 1].startswith("The oldest title is from 1985, the newest from 2007;")
    assert lines[at + 2].split() == ["1985", "1", 24 * "█"]
    assert [line.split()[0] for line in lines[at + 2 : at + 25]] == [
        str(year) for year in range(1985, 2008)
    ]
    at = lines.index("What is missing")
    assert [line.split() for line in lines[at + 2 : at + 4]] == [
        ["story", 6 * "·"],
        ["genres", 6 * "·"],
    ]
    assert (
        "Nobody's ratings are known to this library. Give it some with: matinee train taste"
        in lines
    )


def test_as_json(here: Path) -> None:
    found = json.loads(run(here, "--json"))
    assert set(found) == {"library", "titles", "charts", "gallery", "notes"}
    assert found["titles"] == 3
    assert [chart["key"] for chart in found["charts"]] == ["years", "runtime", "genres", "missing"]
    first = found["charts"][2]
    assert first["rows"] == ["Crime", "Horror", "War"]
    assert first["values"] == [[1], [1], [1]]


def test_a_chart_alone_has_all_figures(here: Path) -> None:
    out = run(here, "--chart", "missing")
    assert "Years" not in out
    assert out.splitlines()[4].split() == ["fact", "1980s", "1990s", "2000s"]
    assert "100%" in out
    both = run(here, "--chart", "runtime", "--chart", "years", "--json")
    assert [chart["key"] for chart in json.loads(both)["charts"]] == ["runtime", "years"]


def test_a_chart_that_is_not_there(here: Path) -> None:
    with pytest.raises(InputError, match=r"no such chart \(--chart stars\)") as caught:
        run(here, "--chart", "stars")
    assert "There are: years, runtime, genres, missing." in str(caught.value)
    assert "Nobody's ratings are known" in str(caught.value)


def test_the_page(here: Path) -> None:
    out = here / "page.html"
    assert run(here, "--out", out) == f"4 charts written to {out}\n"
    assert out.read_text(encoding="utf-8").count("<section>") == 4


def test_a_page_that_cannot_be_written(here: Path) -> None:
    with pytest.raises(InputError, match="cannot be written: No such file or directory"):
        run(here, "--out", here / "none" / "page.html")


def test_shades() -> None:
    assert shades((0, 25.0, 25.1, 100)) == "··░░▒▒██"
