"""What posters add, measured on a library: the command, and what it says where something lacks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from typer.testing import CliRunner

import matinee
from matinee.assembly import study_posters, train_taste
from matinee.cli.main import app
from matinee.errors import IndexUnavailableError, InputError
from matinee.evaluate.posters import POSTER, TEXT, PosterStudy
from matinee.pipeline.train_taste import TrainOptions
from matinee.testing import ColourEncoder, HashingEncoder

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 80
COLOURS = {"Horror": (150, 20, 20), "Comedy": (230, 200, 60), "Romance": (90, 140, 220)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Films whose posters have the colour of their genre, and whose texts say nothing of it."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("study")
    rng = np.random.default_rng(5)
    genres = rng.choice(list(COLOURS), SIZE)
    (folder / "posters").mkdir()
    lines = ["tmdb_id,title,year,genres,plot"]
    for number, genre in enumerate(genres, 1):
        word = "".join(rng.choice(list("abcdefgh"), 6))
        lines.append(f"{number},Film {word},2000,{genre},About {word}.")
        pixels = np.array(COLOURS[genre]) + rng.integers(-20, 21, (30, 20, 3))
        image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
        image.save(folder / f"posters/{number}.png")
    (folder / "films.csv").write_text("\n".join(lines) + "\n")
    ratings = ["userId,tmdbId,rating"]
    for person in range(60):
        own = np.flatnonzero(genres == list(COLOURS)[person % 3]) + 1
        ratings += [f"{person},{film},5" for film in rng.choice(own, 12, replace=False)]
    (folder / "ratings.csv").write_text("\n".join(ratings) + "\n")
    return folder


def built(folder: Path, root: Path, *, posters: bool = True) -> matinee.Library:
    matinee.build(
        [folder / "films.csv"],
        root,
        encoder=HashingEncoder(),
        posters=[folder / "posters"] if posters else None,
        picture_encoder=ColourEncoder(),
    )
    return matinee.open(root, encoder=HashingEncoder(), picture_encoder=ColourEncoder())


def test_posters_that_show_the_genre_are_found_to_help(folder: Path, tmp_path: Path) -> None:
    built(folder, tmp_path / "library")
    options = TrainOptions(models=("popularity",), rating="")
    train_taste([folder / "ratings.csv"], tmp_path / "library", options=options)
    library = matinee.open(
        tmp_path / "library", encoder=HashingEncoder(), picture_encoder=ColourEncoder()
    )
    found = study_posters(library, study=PosterStudy(resamples=200), seed=3)
    assert (found.titles, found.encoder) == (SIZE, "colours")
    told = found.findings.to_dict()
    assert told["genres"][POSTER]["mean"] > 0.95
    # The words of a text do name the genre, and are kept away where it is to be found.
    assert told["genres"][TEXT]["mean"] < 0.9
    assert told["genres"][POSTER]["gain_low"] > 0
    assert told["genres"]["both 0.3"]["mean"] > told["genres"][TEXT]["mean"]
    # Random vectors reach .38 with a deviation of .06, knowing the genre .76.
    assert told["cold titles"][POSTER]["mean"] > 0.6
    assert len(found.findings.values["cold titles"][POSTER]) > 20


def test_without_people_genres_are_all_there_is(folder: Path, tmp_path: Path) -> None:
    found = study_posters(built(folder, tmp_path / "library"), most=60)
    assert found.titles == 60
    assert set(found.findings.values) == {"genres"}
    assert "matinee train taste" in found.notes[0]


def test_without_vectors_there_is_nothing_to_measure(folder: Path, tmp_path: Path) -> None:
    matinee.build([folder / "films.csv"], tmp_path / "library", encoder=HashingEncoder())
    library = matinee.open(tmp_path / "library", encoder=HashingEncoder())
    with pytest.raises(IndexUnavailableError, match="no vectors of posters"):
        study_posters(library)


def test_a_share_is_between_both() -> None:
    with pytest.raises(InputError, match="A share is 1"):
        PosterStudy(shares=(1.0,))


def test_the_command(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = built(folder, tmp_path / "library")
    monkeypatch.setattr("matinee.cli.evaluate_posters.open_library", lambda _: library)
    run = CliRunner().invoke
    shown = run(app, ["evaluate", "posters", "--bootstrap", "200", "--share", "0.4"])
    assert shown.exit_code == 0, shown.output
    assert "80 titles with a poster, encoded by colours" in shown.output
    assert "both 0.4" in shown.output
    told = json.loads(run(app, ["evaluate", "posters", "--bootstrap", "200", "--json"]).output)
    assert (told["titles"], told["encoder"], told["seed"]) == (SIZE, "colours", 0)
    assert told["tasks"]["genres"]["asked"] == SIZE
    assert set(told["tasks"]["genres"]) == {"asked", TEXT, POSTER, "both 0.3", "both 0.5"}
