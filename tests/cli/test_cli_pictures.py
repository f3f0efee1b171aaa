"""``matinee search --image``, ``matinee recognise`` and ``matinee similar --poster-share``."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from matinee.assembly import build_library, open_library
from matinee.cli import find, pictures
from matinee.cli.main import app
from matinee.errors import LibraryError, MatineeError, ModelError, PictureError, QueryError
from matinee.testing import HashingEncoder
from matinee.testing.fakes import ColourEncoder, FixedCaptioner

if TYPE_CHECKING:
    from pathlib import Path

    from matinee import Library

FILMS = [
    (1, "Ember", "A fire burns in a red theatre.", (200, 40, 30)),
    (2, "Fern", "A forest hides two lovers.", (40, 180, 50)),
    (3, "Tide", "A man with a red balloon walks by the sea.", (40, 60, 200)),
    (4, "Rust", "An old car waits in a yard.", (190, 60, 50)),
    (5, "Blank", "Nothing is known of it.", None),
]


def poster(seed: int, colour: tuple[int, int, int]) -> Image.Image:
    """A picture full of shapes, mostly of one colour; another seed makes quite another."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", (342, 513), colour)
    draw = ImageDraw.Draw(image)
    for _ in range(60):
        x, y = rng.integers(0, 342), rng.integers(0, 513)
        w, h = rng.integers(10, 90, 2)
        shade = tuple(np.clip(np.array(colour) + rng.integers(-90, 90, 3), 0, 255).tolist())
        if rng.random() < 0.5:
            draw.rectangle((x, y, x + w, y + h), fill=shade)
        else:
            draw.ellipse((x, y, x + w, y + h), fill=shade)
    return image


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with films.csv, posters/, still.png and strange.png."""
    folder = tmp_path_factory.mktemp("pictures")
    with (folder / "films.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["tmdb_id", "title", "year", "overview"])
        writer.writerows((n, title, 1990 + n, plot) for n, title, plot, _ in FILMS)
    (folder / "posters").mkdir()
    for n, _, _, colour in FILMS:
        if colour is not None:
            poster(n, colour).save(folder / "posters" / f"{n}.png")
    # Cut at the edges, smaller, darker and compressed: a photograph of a poster.
    again = poster(2, FILMS[1][3] or (0, 0, 0)).crop((12, 15, 330, 500)).resize((240, 366))
    again.point(lambda value: int(value * 0.85)).save(folder / "again.jpg", quality=60)
    Image.new("RGB", (200, 300), (210, 30, 20)).save(folder / "still.png")
    poster(99, (120, 120, 120)).save(folder / "strange.png")
    return folder


@pytest.fixture(scope="module")
def built(files: Path) -> Path:
    """A library with vectors of posters."""
    build_library(
        [files / "films.csv"],
        files / "library",
        encoder=HashingEncoder(),
        posters=files / "posters",
        picture_encoder=ColourEncoder(),
    )
    return files / "library"


@pytest.fixture
def library(built: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """That library, opened with the models it needs, for every command."""
    opened = open_library(
        built,
        encoder=HashingEncoder(),
        picture_encoder=ColourEncoder(),
        captioner=FixedCaptioner("a man with a red balloon"),
    )
    for module in (find, pictures):
        monkeypatch.setattr(module, "open_library", lambda _: opened)
    return opened


def run(*words: Any, code: int = 0) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200"})
    if isinstance(done.exception, MatineeError):
        raise done.exception
    assert done.exit_code == code, done.output
    return done.stdout


def test_a_picture_is_searched_for_and_told(library: Library, files: Path) -> None:
    lines = run("search", "--image", files / "still.png", "-k", "2").splitlines()
    assert lines[0] == "Picture: route embedding, model colours"
    assert "Ember" in lines[2]
    assert "Poster of" not in "".join(lines)
    found = json.loads(run("search", "--image", files / "still.png", "--json"))
    assert found["picture"]["route"] == "embedding"
    assert found["picture"]["recognised"] is None
    assert found["results"][0]["title"] == "Ember"
    assert "picture" not in json.loads(run("search", "sea", "--json"))


def test_caption_route_and_a_recognised_poster_are_shown(library: Library, files: Path) -> None:
    image = files / "again.jpg"
    lines = run("search", "--image", image, "--route", "both", "--share", "0.4", "sea").splitlines()
    assert lines[0] == "Picture: route both, model colours"
    assert lines[1] == "Caption: a man with a red balloon (fixed)"
    assert lines[2].startswith("Poster of: Fern (1992), tmdb:2, similarity ")
    found = json.loads(run("search", "--image", image, "--route", "caption", "--json"))
    assert found["results"][0]["title"] == "Fern"
    assert found["picture"]["recognised"]["id"] == "tmdb:2"


def test_a_caption_of_ones_own_is_joined_with_the_words(library: Library, files: Path) -> None:
    out = run(
        "search", "yard", "--image", files / "still.png", "--route", "caption",
        "--caption", "an old [red] car", "--join",
    )  # fmt: skip
    assert out.splitlines()[1] == "Caption: an old [red] car, joined with the words"
    assert "Rust" in out.splitlines()[3]


def test_an_explanation_says_what_the_picture_gave(library: Library, files: Path) -> None:
    out = run("search", "--image", files / "again.jpg", "--route", "both", "--explain")
    assert "The picture is its poster, or hardly differs from it" in out
    assert "Its poster looks like the picture" in out
    assert "It has words of what the picture shows: a man with a red balloon" in out


def test_a_poster_is_recognised(library: Library, files: Path) -> None:
    out = run("recognise", files / "again.jpg")
    assert out.startswith("Fern (1992)  0.")
    assert out.splitlines()[0].endswith("  tmdb:2")
    found = json.loads(run("recognise", files / "posters" / "3.png", "--json", "-k", "1"))
    assert [match["id"] for match in found["matches"]] == ["tmdb:3"]
    assert found["matches"][0]["similarity"] > 0.9


def test_no_match_is_said_and_ends_with_1_as_grep_does(library: Library, files: Path) -> None:
    out = run("recognise", files / "strange.png", code=1)
    assert out.splitlines() == [
        "No poster of the library looks like this.",
        "Posters of 80% of all titles here are known",
    ]
    assert json.loads(run("recognise", files / "strange.png", "--json", code=1))["matches"] == []


def test_posters_count_in_what_is_alike_if_wanted(library: Library) -> None:
    plain = json.loads(run("similar", "Ember", "--json"))["results"]
    assert all("poster" not in result["parts"] for result in plain)
    alike = json.loads(run("similar", "Ember", "--poster-share", "0.9", "--json"))["results"]
    assert alike[0]["title"] == "Rust"
    assert alike[0]["parts"]["poster"] > 0
    with pytest.raises(QueryError, match="share is"):
        run("similar", "Ember", "--poster-share", "2")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--route", "magic"], "magic"),
        (["--share", "2"], "share is"),
        (["--join", "--route", "embedding"], "makes no caption"),
        (["--method", "lexical"], "Use hybrid"),
    ],
)
def test_wrong_options_are_reported_before_the_library_is_opened(
    files: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], named: str
) -> None:
    monkeypatch.setattr(find, "open_library", None)
    with pytest.raises(QueryError, match=named):
        run("search", "--image", files / "still.png", *words)
    with pytest.raises(QueryError, match="there is none"):
        run("search", "sea", "--route", "both")


def test_what_is_no_picture_is_reported(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (find, pictures):
        monkeypatch.setattr(module, "open_library", None)
    for path in (files / "films.csv", files / "nothing.png"):
        with pytest.raises(PictureError):
            run("search", "--image", path)
        with pytest.raises(PictureError):
            run("recognise", path)


def test_without_the_model_posters_are_still_recognised(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What everybody has today: no model on the machine, and posters in a folder."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "nothing"))
    monkeypatch.setenv("MATINEE_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "library"
    build = ("build", files / "films.csv", "--posters", files / "posters", "--library", folder)
    assert "matinee models pull clip" in run(*build)
    found = json.loads(run("recognise", files / "again.jpg", "--json", "--library", folder))
    assert [match["title"] for match in found["matches"]] == ["Fern"]
    with pytest.raises(ModelError, match="matinee models pull clip"):
        run("search", "--image", files / "still.png", "--library", folder)
    given = ("--route", "caption", "--caption", "a red theatre", "--library", folder)
    out = run("search", "--image", files / "still.png", *given)
    assert "Ember" in out.splitlines()[3]
    status = json.loads(run("status", "--library", folder, "--json"))["pictures"]
    assert (status["posters"], status["signatures"], status["encoder"]) == (4, 4, None)
    assert status["sources"] == ["posters"]


def test_a_library_without_posters_says_what_to_do(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_library([files / "films.csv"], tmp_path / "bare", encoder=HashingEncoder())
    bare = open_library(
        tmp_path / "bare", encoder=HashingEncoder(), picture_encoder=ColourEncoder()
    )
    for module in (find, pictures):
        monkeypatch.setattr(module, "open_library", lambda _: bare)
    with pytest.raises(LibraryError, match="--posters"):
        run("recognise", files / "still.png")
    with pytest.raises(LibraryError, match="no vectors of posters"):
        run("search", "--image", files / "still.png")
    assert bare.status()["pictures"] is None
