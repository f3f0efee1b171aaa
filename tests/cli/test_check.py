from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from matinee.cli.check import NOT_CLEAN, check
from matinee.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "title,year,plot,genre,votes\nLow Tide,1999,Fog.,Drama,12\n"
DIRTY = """title,year,plot,genre,stars,votes
Low Tide,1999,Fog.,Drama,Ann Oy|Jr.|Ben Ek,12
Low Tide,1999,Salt.,Drama,Cy Os,7
,2001,x,Drama,,
Moon,abc,Alone.,Drama,,3
Sun,def,Hot.,Drama,,3
"""


@pytest.fixture
def run(tmp_path: Path):
    app = typer.Typer()
    app.command("check")(check)

    def call(text: str, *words: str, status: int = 0) -> Any:
        path = tmp_path / "films.csv"
        path.write_text(text)
        done = CliRunner().invoke(app, [str(path), *words])
        assert done.exit_code == status, done.output
        return done

    return call


def test_a_good_catalogue_passes(run) -> None:
    done = run(GOOD, "--strict")
    assert "films.csv: 1 row read as table" in done.stdout
    assert "1 title; 0 rows joined others, 0 rows set aside, 0 values left out" in done.stdout
    assert "Nothing is wrong." in done.stdout


def test_what_is_wrong_is_shown_with_its_cure(run) -> None:
    out = run(DIRTY).stdout
    assert "1 row set aside: title has no title" in out
    assert "films.csv, line 4: \n" in out
    assert "Cure: Give the row a title." in out
    assert "2 values left out: year is not a number" in out
    assert "warning same-name: 1 row\n" in out
    assert "Demanded: No two ids have one title, year and kind." in out
    assert "local:low-tide-1999-" in out
    assert out.index("row set aside") < out.index("values left out") < out.index("warning")


def test_strict_tells_by_its_status(run) -> None:
    run(DIRTY, "--strict", status=NOT_CLEAN)
    # A value left out or a doubt is no reason to stop.
    run(GOOD + "Moon,abc,,,\n", "--strict")


def test_json_holds_every_rule_and_every_reason(run) -> None:
    found = json.loads(run(DIRTY, "--json").stdout)
    assert set(found) == {"ok", "read", "refused", "validation"}
    assert found["ok"] is False
    assert found["read"]["rejected"] == 1
    row, value = found["refused"]
    assert set(row) == {"what", "column", "reason", "count", "example", "cure"}
    assert (row["what"], row["column"], row["count"]) == ("row", "title", 1)
    assert (value["what"], value["column"], value["count"]) == ("value", "year", 2)
    assert value["example"]["line"] == 5
    assert found["validation"]["rows"] == 4
    assert found["validation"]["ok"] is True
    rules = {rule["rule"]: rule for rule in found["validation"]["rules"]}
    assert set(rules["same-name"]) == {"rule", "severity", "demand", "count", "examples", "cure"}
    assert rules["same-name"]["count"] == 1
    assert set(rules["same-name"]["examples"][0]) == {"id", "title", "column", "value"}
    assert rules["ids-apart"]["count"] == 0


def test_columns_of_other_names_are_mapped(run) -> None:
    out = run("Nom,An\nBrume,1999\n", "--map", "title=Nom", "--namespace", "shelf").stdout
    assert "1 title;" in out
    with pytest.raises(InputError, match="FIELD=COLUMN"):
        raise run(GOOD, "--map", "title", status=1).exception
