"""``matinee parse``: what a query is taken to ask, as a table and as JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from matinee.cli import find
from matinee.cli.main import app
from matinee.errors import MatineeError, QueryError
from matinee.query.conditions import Condition, Understood
from matinee.query.tagger import Slot

if TYPE_CHECKING:
    from matinee import Library

READ = Understood(
    "french [noir]",
    (
        Condition(
            field="language",
            values=("fr",),
            label="French",
            words="french",
            spans=((0, 6),),
            alternatives=(Condition(field="country", values=("FR",), label="France"),),
        ),
        Condition(field="genre", values=("[noir]",), hard=False, weight=0.75, words="[noir]"),
    ),
    "[noir]",
    description=True,
)


class Reading:
    def __init__(self, read: Understood) -> None:
        self.read = read

    def parse(self, text: str) -> Understood:
        return self.read

    def slots(self, text: str) -> tuple[Slot, ...]:
        return (Slot("Genre", 0, len(text), 0.5),)


def run(*words: str) -> str:
    done = CliRunner().invoke(app, ["parse", *words], env={"COLUMNS": "120"})
    if isinstance(done.exception, MatineeError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_table_has_a_line_for_each_condition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "open_library", lambda _: Reading(READ))
    lines = run("x").splitlines()
    assert lines[0].split() == ["Field", "Label", "How", "Words", "Key", "Or", "else"]
    assert lines[1].split() == ["language", "French", "hard", "french", "language:fr", "country:FR"]
    assert lines[2].split() == ["genre", "genre:[noir]", "wish", "0.75", "[noir]", "genre:[noir]"]
    assert "tells of one film" in lines[3]
    assert lines[4] == "Searched for: [noir]"


def test_json_is_what_the_api_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "open_library", lambda _: Reading(READ))
    slot = {"label": "Genre", "words": "x", "start": 0, "end": 1, "weight": 0.5}
    assert json.loads(run("x", "--json")) == READ.to_dict() | {"slots": [slot]}


def test_a_query_without_conditions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "open_library", lambda _: Reading(Understood("x", (), "x")))
    assert run("x").splitlines() == [
        "No conditions: every word is searched for.",
        "Searched for: x",
    ]


@pytest.mark.parametrize("bad", ["", "  ", "x" * 10_001])
def test_a_query_that_cannot_be_searched_cannot_be_parsed(bad: str) -> None:
    with pytest.raises(QueryError):
        run(bad)


def test_on_the_demo_library(demo: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "open_library", lambda _: demo)
    read = json.loads(run("French comedy from the 2000s, not horror", "--json"))
    keys = {condition["key"] for condition in read["conditions"]}
    assert {"language:fr", "year:2000..2009", "-genre:Horror"} <= keys
    assert any(slot["label"] == "Genre" and "comedy" in slot["words"] for slot in read["slots"])
    assert all(read["text"][s["start"] : s["end"]] == s["words"] for s in read["slots"])


ROW = re.compile(r"^\| `(.+?)` \| (`.+) \|$", re.MULTILINE)
KEY = re.compile(r"`(.+?)`( wish)?")


def test_the_table_of_the_documentation_is_true(demo: Library) -> None:
    page = (Path(__file__).parents[2] / "docs/how-to/search.md").read_text(encoding="utf-8")
    rows = ROW.findall(page.partition("## What is understood")[2].partition("## ")[0])
    assert len(rows) >= 20
    for query, cell in rows:
        told = {(key.replace("\\|", "|"), not wish) for key, wish in KEY.findall(cell)}
        assert {(c.key, c.hard) for c in demo.parse(query).conditions} == told, query
