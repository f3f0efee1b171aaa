"""``matinee experiment``: from the beginning of a comparison to its report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from matinee.evaluate.experiments_answers import SHOWN
from matinee.store import open_store
from matinee.store.records import Event, Kind

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.extra


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'store.db'}"


def matinee(database: str, *arguments: str, code: int = 0) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "matinee", "experiment", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        env={**os.environ, "COLUMNS": "200", "MATINEE_DATABASE_URL": database},
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


BEGIN = ("create", "mix", "--surface", "search", "--b", "method=blend", "--b", "w_recency=0.5")


def test_an_experiment_from_its_beginning_to_its_report(database: str) -> None:
    made = json.loads(matinee(database, *BEGIN, "--share", "0.5", "--json")[0])
    assert made["a"] == {}
    assert made["b"] == {"method": "blend", "w_recency": 0.5}
    assert (made["design"], made["share"], made["stopped"]) == ("interleave", 0.5, None)
    listed, _ = matinee(database, "list")
    assert listed.split()[:2] == ["mix", "runs"]
    assert "50% of the people" in listed

    store = open_store(database)
    for i in range(7):
        person = store.accounts.create(f"p{i}").result().key
        log = [
            Event(
                kind=Kind.IMPRESSION,
                title=f"t:{place}",
                key=f"{SHOWN}{place}",
                time=1_800_000_000,
                request="r",
                position=place,
                experiment="mix",
                arm=arm,
            )
            for place, arm in enumerate(["a", "b"])
        ]
        click = Event(kind=Kind.CLICK, title="t:0", key="click", time=1_800_000_001, request="r")
        store.events.record(person, [*log, click]).result()
    store.close()

    told, _ = matinee(database, "report", "mix", "--planned", "7")
    assert "7 people, 7 answers, 14 titles shown, 7 chosen" in told
    assert "people   for a 7, for b 0, tied 0" in told
    assert told.rstrip().endswith("People prefer a (p .016)")
    report = json.loads(matinee(database, "report", "mix", "--json")[0])
    assert report["preferred"]["delta"]["mean"] == -0.5
    assert report["warnings"]

    assert matinee(database, "stop", "mix")[0] == "mix is stopped\n"
    assert json.loads(matinee(database, "list", "--json")[0])["experiments"][0]["stopped"]


def test_an_ab_experiment_tells_each_measure(database: str) -> None:
    matinee(
        database,
        "create",
        "far",
        "--surface",
        "recommend",
        "--design",
        "ab",
        "--b",
        "exploration=0.4",
    )
    told, _ = matinee(database, "report", "far")
    assert "Not enough data" in told
    assert "click-through" in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("create", "x", "--surface", "search"), "same"),
        (("create", "x", "--surface", "moon", "--b", "method=blend"), "surface"),
        (("create", "x", "--surface", "search", "--b", "blend"), "PARAMETER=VALUE"),
        (("create", "x", "--surface", "search", "--b", "method=1"), "method"),
        (("create", "a b", "--surface", "search", "--b", "method=ce"), "name"),
        (("stop", "none"), "no experiment"),
        (("report", "none"), "no experiment"),
    ],
)
def test_what_cannot_be_is_refused(database: str, arguments: tuple[str, ...], said: str) -> None:
    _, error = matinee(database, *arguments, code=2)
    assert said in error


def test_a_name_is_given_once(database: str) -> None:
    matinee(database, *BEGIN)
    assert "mix" in matinee(database, *BEGIN, code=2)[1]
