"""``matinee search``: every option reaches the library, and what people are shown."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from matinee.catalogue.title import Title
from matinee.cli import find
from matinee.cli.main import app
from matinee.cli.show import _also
from matinee.errors import MatineeError, ModelError, QueryError
from matinee.pipeline.explain import Reason
from matinee.pipeline.results import Result, Results
from matinee.query.conditions import Condition, Understood
from matinee.query.knobs import KNOB_NAMES, Knobs
from matinee.query.options import KNOBS, OPTIONS

if TYPE_CHECKING:
    from matinee import Library
    from matinee.query.request import SearchRequest

FILM = Title(
    id="tmdb:1", title="[REC] & Co", year=2007, languages=("es",), genres=("Horror", "Thriller")
)
WISH = Condition(
    field="genre", values=("Thriller",), hard=False, label="Thriller", words="thriller"
)
MUST = Condition(field="language", values=("es",), label="Spanish", words="spanish")
WHY = (
    Reason("dense", 0.4, {"rank": 1, "score": 0.5}),
    Reason("lexical", 0.2, {"rank": 3, "score": 9.0, "words": {"[camera]": 4.0}}),
    Reason("wishes", 0.2, {"fulfilled": {"genre:Thriller": 1.0}}),
)


class Recorded:
    """A library that finds one film and remembers what it was asked."""

    is_demo = True
    root = Path("films")

    def __init__(self) -> None:
        self.asked: SearchRequest | None = None

    def __len__(self) -> int:
        return 1

    def answer(self, request: SearchRequest) -> Results:
        self.asked = request
        if request.method == "ce":
            raise ModelError("The model is not here", cure="Pull it")
        why = WHY if request.explain else None
        parts = {"dense": 0.4, "lexical": 0.2, "wishes": 0.2}
        return Results(
            results=(Result(FILM, 0.8, parts, why),),
            query=request.text,
            method=request.method,
            library="v0001",
            took_ms=1.0,
            degraded=("Something was missing.",),
            understood=Understood(request.text, (WISH, MUST), "camera"),
            facets={"decade": {"1990": 2, "2000": 1200}, "genre": dict.fromkeys("abcdefgh", 1)}
            if request.facets
            else None,
        )


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    recorded = Recorded()
    monkeypatch.setattr(find, "open_library", lambda _: recorded)
    return recorded


def run(*words: str) -> str:
    done = CliRunner().invoke(app, ["search", *words], env={"COLUMNS": "120"})
    if isinstance(done.exception, MatineeError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


def test_without_options_the_request_is_the_default_one(library: Recorded) -> None:
    run("a film")
    asked = library.asked
    assert asked is not None
    assert (asked.text, asked.k, asked.method, asked.knobs) == ("a film", 10, "hybrid", Knobs())
    assert (asked.filters, asked.without, asked.hard, asked.soft) == ((), set(), set(), set())
    assert asked.understand
    assert not any((asked.top_up, asked.facets, asked.explain))


def test_every_option_reaches_the_request(library: Recorded) -> None:
    run(
        "a film", "-k", "3", "--method", "mmr", "--filter", "year:1990..1999",
        "--filter", "-genre:Horror", "--without", "language:es", "--without", "x", "--hard", "y",
        "--soft", "z", "--lang-policy", "off", "--no-understand", "--min-votes", "9",
        "--sort", "newest", "--top-up", "--facets", "--explain", "--json",
    )  # fmt: skip
    asked = library.asked
    assert asked is not None
    assert [condition.key for condition in asked.filters] == ["year:1990..1999", "-genre:Horror"]
    assert (asked.without, asked.hard, asked.soft) == ({"language:es", "x"}, {"y"}, {"z"})
    assert (asked.k, asked.method, asked.lang_policy, asked.min_votes) == (3, "mmr", "off", 9)
    assert (asked.sort, asked.understand) == ("newest", False)
    assert asked.top_up
    assert asked.facets
    assert asked.explain


@pytest.mark.parametrize("name", KNOB_NAMES)
def test_every_knob_is_an_option(library: Recorded, name: str) -> None:
    value: Any = "rrf" if name == "fusion" else 1
    run("a film", f"--{name.replace('_', '-')}", str(value))
    assert library.asked is not None
    assert library.asked.knobs == Knobs(**({"fusion": "rrf"} if name == "fusion" else {name: 1}))


def test_every_parameter_is_described_and_offered() -> None:
    offered = set(inspect.signature(find.search).parameters)
    assert set(KNOBS) == set(KNOB_NAMES) <= offered
    renamed = {"q": "query", "filter": "filters"}
    assert {renamed.get(name, name) for name in OPTIONS} <= offered


def test_filters_alone_are_a_search(library: Recorded) -> None:
    assert "Filters: film · 1990s" in run("--filter", "kind:film", "--filter", "year:1990..1999")


def test_what_was_understood_is_one_line(library: Recorded) -> None:
    out = run("spanish thriller camera")
    assert out.splitlines()[0] == "Understood: Spanish (hard); Thriller (wish)"
    assert "[REC] & Co" in out
    assert "Something was missing." in out


def test_an_explanation_is_indented_under_each_result(library: Recorded) -> None:
    lines = run("x", "--explain").splitlines()
    assert lines[1] == "  1  [REC] & Co (2007)  0.800  tmdb:1"
    assert lines[2] == "      50%  meaning                   place 1"
    assert lines[3] == "      25%  words                     place 3: [camera]"
    assert lines[4] == "      25%  wishes fulfilled          Thriller"


def test_facets_are_compact_lines(library: Recorded) -> None:
    out = run("x", "--facets")
    assert "Decade        1990s 2, 2000s 1,200\n" in out
    assert "Genre         a 1, b 1, c 1, d 1, e 1, f 1 and 2 more\n" in out


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ([""], "empty"),
        (["x", "--method", "magic"], "magic"),
        (["x", "--filter", "year"], "year"),
        (["x", "--filter", "colour:red"], "colour"),
        (["x", "--sort", "up"], "up"),
        (["x", "--lang-policy", "maybe"], "maybe"),
        (["x", "--min-votes", "-1"], "min_votes"),
        (["x", "--mmr-lambda", "2"], "mmr_lambda"),
        (["x", "--fusion", "cold"], "cold"),
    ],
)
def test_a_wrong_option_is_reported_before_the_library_is_opened(
    library: Recorded, words: list[str], named: str
) -> None:
    with pytest.raises(QueryError, match=named):
        run(*words)
    assert library.asked is None


def test_a_missing_model_says_its_cure(library: Recorded) -> None:
    with pytest.raises(ModelError, match="Pull it"):
        run("x", "--method", "ce")


def test_on_the_demo_library(demo: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "open_library", lambda _: demo)
    query = "Malayalam thriller after 2020"
    found = json.loads(run(query, "--json", "--explain", "--facets", "-k", "5"))
    assert found["results"]
    for result in found["results"]:
        assert result["languages"][0] == "ml"
        assert result["year"] > 2020
        assert sum(reason["value"] for reason in result["why"]) == pytest.approx(
            result["score"], abs=1e-4
        )
    keys = [condition["key"] for condition in found["understood"]["conditions"]]
    assert {"language:ml", "year:2021.."} <= set(keys)
    wide = json.loads(run(query, "--json", "--without", "year:2021..", "-k", "50"))
    assert any(result["year"] <= 2020 for result in wide["results"])
    plain = json.loads(run(query, "--json", "--no-understand"))
    assert plain["understood"]["conditions"] == []
    old = json.loads(run("thriller", "--json", "--filter", "year:1950..1959"))
    assert {result["year"] // 10 for result in old["results"]} == {195}


def test_a_long_series_is_told_by_its_first_titles() -> None:
    shown = _also(Result(title=FILM, score=1.0, parts={}, also=(FILM,) * 5))
    assert shown == " (also [REC] & Co, [REC] & Co, and 3 more)"
    assert _also(Result(title=FILM, score=1.0, parts={}, also=(FILM,))) == " (also [REC] & Co)"
    assert _also(Result(title=FILM, score=1.0, parts={})) == ""
